//! Computations that would block a worker of the runtime for milliseconds. They run one at a time
//! on a blocking thread, so that requests of other callers are not delayed.

use epissure_protocol::problem::{Code, Problem};
use tokio::sync::Semaphore;

use crate::memory;

/// Largest JSON text, in bytes, that is parsed or rendered on a worker: about 0.3 ms.
pub const MAX_INLINE: usize = 32 * 1024;

static ONE: Semaphore = Semaphore::const_new(1);

/// Runs a computation over a JSON text of `bytes` bytes: inline if short, otherwise queued for a
/// blocking thread.
///
/// # Errors
/// Returns 500 when the computation panics.
pub async fn run<T, F>(bytes: usize, work: F) -> Result<T, Problem>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    if bytes <= MAX_INLINE {
        return Ok(work());
    }
    let Ok(turn) = ONE.acquire().await else { return Err(memory::exhausted()) };
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    done.await.map_err(|_| Problem::standard(Code::InternalError))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_short_computation_stays_on_its_thread_and_a_long_one_does_not() {
        let here = std::thread::current().id();
        let thread = || std::thread::current().id();
        assert_eq!(run(MAX_INLINE, thread).await.unwrap(), here);
        assert_ne!(run(MAX_INLINE + 1, thread).await.unwrap(), here);
    }
}
