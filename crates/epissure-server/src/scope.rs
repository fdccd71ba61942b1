//! Resources of a request, from its authorisation to the end of its response.

use std::cell::RefCell;

use epissure_app::memory::Budget;
use epissure_app::quota::Admission;

tokio::task_local! {
    static SCOPE: RefCell<Option<Admission>>;
}

/// Runs the handler of a request, and drops its resources at the end. Returns also the budget for
/// its response.
pub(crate) async fn within<T>(treatment: impl Future<Output = T>) -> (T, Option<Budget>) {
    let scoped = async {
        let treated = treatment.await;
        let budget = SCOPE.with(|held| held.borrow().as_ref().map(|admission| admission.memory.clone()));
        (treated, budget)
    };
    SCOPE.scope(RefCell::new(None), scoped).await
}

/// Stores the admission of the request until its handler ends. Outside a request the admission ends
/// immediately.
pub(crate) fn hold(admission: Admission) {
    let _ = SCOPE.try_with(|held| held.replace(Some(admission)));
}

/// Returns the memory budget of the client, after its authorisation.
pub(crate) fn budget() -> Option<Budget> {
    SCOPE.try_with(|held| held.borrow().as_ref().map(|admission| admission.memory.clone())).ok().flatten()
}
