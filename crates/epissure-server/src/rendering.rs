//! Rendering of pages.

use epissure_app::{heavy, memory};
use epissure_protocol::problem::Problem;

use crate::scope;

/// Renders the items of a page whose stored texts have so many bytes.
///
/// # Errors
/// 503 when a heavy page finds no memory to wait in; those of `render`.
pub(crate) async fn page<T, F>(items: Vec<T>, bytes: usize, render: F) -> Result<Vec<String>, Problem>
where
    T: Send + 'static,
    F: Fn(&T) -> Result<String, Problem> + Send + 'static,
{
    // The stored texts of a heavy page wait for their turn, and are in memory twice while they are rendered.
    let budget = scope::budget().filter(|_| bytes > heavy::MAX_INLINE);
    let reserved = budget.map(|budget| budget.try_reserve(2 * bytes));
    if matches!(reserved, Some(None)) {
        return Err(memory::exhausted());
    }
    heavy::run(bytes, move || items.iter().map(render).collect()).await?
}
