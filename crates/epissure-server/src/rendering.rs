//! Rendering of pages. A heavy page is rendered beside the workers of the runtime, one at a time, so that other
//! callers do not wait for it.

use epissure_app::memory;
use epissure_protocol::problem::{Code, Problem};
use tokio::sync::Semaphore;

use crate::scope;

/// A page of more bytes than these, as stored, is heavy.
const HEAVY: usize = 256 * 1024;

static ONE_HEAVY: Semaphore = Semaphore::const_new(1);

/// Renders the items of a page whose stored texts have so many bytes.
///
/// # Errors
/// 503 when a heavy page finds no memory to wait in; those of `render`.
pub(crate) async fn page<T, F>(items: Vec<T>, bytes: usize, render: F) -> Result<Vec<String>, Problem>
where
    T: Send + 'static,
    F: Fn(&T) -> Result<String, Problem> + Send + 'static,
{
    if bytes <= HEAVY {
        return items.iter().map(render).collect();
    }
    // The page is held while others are rendered, and twice while it is itself.
    let reserved = scope::budget().map(|budget| budget.try_reserve(2 * bytes));
    if matches!(reserved, Some(None)) {
        return Err(memory::exhausted());
    }
    let Ok(turn) = ONE_HEAVY.acquire().await else { return Err(memory::exhausted()) };
    let rendered = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        items.iter().map(render).collect()
    });
    let rendered = rendered.await.unwrap_or_else(|_| Err(Problem::standard(Code::InternalError)));
    drop(reserved);
    rendered
}
