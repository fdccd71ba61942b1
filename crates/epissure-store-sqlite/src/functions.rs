//! What SQL cannot say: the evaluator and the order of the query language, as functions of a connection.
//!
//! A statement names a predicate, an expression or a sort key by its place in the plan; the plan's parts are put
//! here before the statement runs.

use std::sync::{Arc, Mutex, PoisonError};

use epissure_filter::{Field, Pattern, Predicate, SortKey};
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use serde_json::Value;

/// What the statement that runs refers to.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) predicates: Vec<Predicate>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) keys: Vec<SortKey>,
}

/// The parts of one connection. Only its own thread ever locks it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evaluation(Arc<Mutex<Parts>>);

impl Evaluation {
    pub(crate) fn prepare(&self, parts: Parts) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = parts;
    }

    fn with<T>(&self, read: impl FnOnce(&Parts) -> T) -> T {
        read(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Makes a sort key of a field, for [`Parts::keys`].
pub(crate) fn sort_key(field: &Field, descending: bool) -> SortKey {
    SortKey { field: field.clone(), descending, parameter: String::new() }
}

/// Adds `document_matches(document)`, `pattern_matches(place, text)` and `sort_value(place, document)`.
pub(crate) fn register(connection: &Connection, evaluation: &Evaluation) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    let parts = evaluation.clone();
    connection.create_scalar_function("document_matches", 1, flags, move |context| {
        let document = document(context, 0)?;
        Ok(parts.with(|parts| parts.predicates.iter().all(|predicate| predicate.matches(&document))))
    })?;
    let parts = evaluation.clone();
    connection.create_scalar_function("pattern_matches", 2, flags, move |context| {
        let place: u32 = context.get(0)?;
        let text = context.get_raw(1).as_str_or_null()?;
        Ok(parts.with(|parts| match (parts.patterns.get(place as usize), text) {
            (Some(pattern), Some(text)) => pattern.is_match(text),
            _ => false,
        }))
    })?;
    let parts = evaluation.clone();
    connection.create_scalar_function("sort_value", 2, flags, move |context| {
        let place: u32 = context.get(0)?;
        let document = document(context, 1)?;
        Ok(parts.with(|parts| parts.keys.get(place as usize).and_then(|key| key.value(&document).to_bytes())))
    })
}

fn document(context: &Context<'_>, at: usize) -> rusqlite::Result<Value> {
    let text = context.get_raw(at).as_str()?;
    serde_json::from_str(text).map_err(|error| rusqlite::Error::UserFunctionError(Box::new(error)))
}
