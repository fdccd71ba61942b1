//! Context of a request: the language of its errors, and the resources that it holds from its
//! authorisation to the end of its answer.

use std::cell::RefCell;

use epissure_app::memory::Budget;
use epissure_app::quota::Admission;
use epissure_protocol::refusal::Language;

tokio::task_local! {
    static SCOPE: Scope;
}

struct Scope {
    language: Language,
    admission: RefCell<Option<Admission>>,
}

/// Runs the handler of a request, and drops its resources at the end. Returns also the budget for
/// its response.
pub(crate) async fn within<T>(language: Language, treatment: impl Future<Output = T>) -> (T, Option<Budget>) {
    let scoped = async {
        let treated = treatment.await;
        (treated, budget())
    };
    SCOPE.scope(Scope { language, admission: RefCell::new(None) }, scoped).await
}

/// Returns the language of the request's errors.
pub(crate) fn language() -> Language {
    SCOPE.try_with(|scope| scope.language).unwrap_or_default()
}

/// Stores the admission of the request until its handler ends. Outside a request the admission ends
/// immediately.
pub(crate) fn hold(admission: Admission) {
    let _ = SCOPE.try_with(|scope| scope.admission.replace(Some(admission)));
}

/// Returns the memory budget of the client, after its authorisation.
pub(crate) fn budget() -> Option<Budget> {
    let memory = |scope: &Scope| scope.admission.borrow().as_ref().map(|admission| admission.memory.clone());
    SCOPE.try_with(memory).ok().flatten()
}
