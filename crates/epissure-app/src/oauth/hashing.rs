//! Argon2 computations, one at a time: each uses a core for tens of milliseconds, and 19 MiB.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use argon2::Block;
use epissure_store::SecretHash;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::secret;

/// Maximum number of queued computations for clients with a chosen secret.
const MAX_KNOWN: usize = 256;
/// Maximum number for other clients, whose computation only hides that no hash exists to compare
/// with.
const MAX_OTHERS: usize = 8;

static TURN: Semaphore = Semaphore::const_new(1);
static KNOWN: Semaphore = Semaphore::const_new(MAX_KNOWN);
static OTHERS: Semaphore = Semaphore::const_new(MAX_OTHERS);
/// Number of queued computations for clients with a chosen secret, which have priority.
static KNOWN_WAITING: AtomicUsize = AtomicUsize::new(0);
/// Memory of the computation, reused by the next one.
static MEMORY: Mutex<Vec<Block>> = Mutex::new(Vec::new());

/// Verifies the decodings of a secret. Returns true when one is right, `None` when too many
/// computations are queued.
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

/// Waits for the computation's permit; clients with a chosen secret have priority.
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
