//! Rendering of pages.

use epissure_app::{heavy, memory};
use epissure_protocol::problem::Problem;

use crate::scope;

/// Renders the items of a page. `bytes` is the total size of their stored texts.
///
/// # Errors
/// Returns 503 when the memory budget has no space for a heavy page, and any error of `render`.
pub(crate) async fn page<T, F>(items: Vec<T>, bytes: usize, render: F) -> Result<Vec<String>, Problem>
where
    T: Send + 'static,
    F: Fn(&T) -> Result<String, Problem> + Send + 'static,
{
    // A heavy page is queued, and its texts are in memory twice during rendering.
    let budget = scope::budget().filter(|_| bytes > heavy::MAX_INLINE);
    let reserved = budget.map(|budget| budget.try_reserve(2 * bytes));
    if matches!(reserved, Some(None)) {
        return Err(memory::exhausted());
    }
    heavy::run(bytes, move || items.iter().map(render).collect()).await?
}
