//! What a request holds from its authorisation to the end of its answer.

use std::cell::RefCell;

use epissure_app::memory::Budget;
use epissure_app::quota::Admission;

tokio::task_local! {
    static SCOPE: RefCell<Option<Admission>>;
}

/// Runs the treatment of a request; what it holds is dropped at its end. Says also of which budget its answer is.
pub(crate) async fn within<T>(treatment: impl Future<Output = T>) -> (T, Option<Budget>) {
    let scoped = async {
        let treated = treatment.await;
        let budget = SCOPE.with(|held| held.borrow().as_ref().map(|admission| admission.memory.clone()));
        (treated, budget)
    };
    SCOPE.scope(RefCell::new(None), scoped).await
}

/// Holds the admission of the request until its treatment ends. Outside of one it ends here.
pub(crate) fn hold(admission: Admission) {
    let _ = SCOPE.try_with(|held| held.replace(Some(admission)));
}

/// The budget of memory of the request's client, once it is known.
pub(crate) fn budget() -> Option<Budget> {
    SCOPE.try_with(|held| held.borrow().as_ref().map(|admission| admission.memory.clone())).ok().flatten()
}
