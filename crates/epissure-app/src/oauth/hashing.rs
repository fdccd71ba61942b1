//! Argon2 computations, one at a time: each takes a core for tens of milliseconds, and 19 MiB.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use argon2::Block;
use epissure_store::SecretHash;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::secret;

/// The most computations that wait for clients that have a chosen secret.
const MAX_KNOWN: usize = 256;
/// The most that wait for other clients, for which a computation only hides that there is nothing to compare with.
const MAX_OTHERS: usize = 8;

static TURN: Semaphore = Semaphore::const_new(1);
static KNOWN: Semaphore = Semaphore::const_new(MAX_KNOWN);
static OTHERS: Semaphore = Semaphore::const_new(MAX_OTHERS);
/// How many computations wait that go first.
static KNOWN_WAITING: AtomicUsize = AtomicUsize::new(0);
/// The memory of the computation, kept from one to the next.
static MEMORY: Mutex<Vec<Block>> = Mutex::new(Vec::new());

/// Verifies the readings of a secret: true when one is right, `None` when too many computations wait.
pub(super) async fn verify(readings: Vec<String>, hash: Option<SecretHash>) -> Option<bool> {
    let is_known = matches!(hash, Some(SecretHash::Argon2id(_)));
    let queue = if is_known { &KNOWN } else { &OTHERS };
    let _place = queue.try_acquire().ok()?;
    let turn = turn(is_known).await?;
    let computed = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
        readings.iter().any(|given| secret::verify(given, hash.as_ref(), &mut memory))
    });
    Some(computed.await.unwrap_or(false))
}

/// Waits for the turn; known clients go first.
async fn turn(is_known: bool) -> Option<SemaphorePermit<'static>> {
    if is_known {
        KNOWN_WAITING.fetch_add(1, Ordering::Relaxed);
        let turn = TURN.acquire().await.ok();
        KNOWN_WAITING.fetch_sub(1, Ordering::Relaxed);
        return turn;
    }
    loop {
        let turn = TURN.acquire().await.ok()?;
        if KNOWN_WAITING.load(Ordering::Relaxed) == 0 {
            return Some(turn);
        }
        drop(turn);
        tokio::task::yield_now().await;
    }
}
