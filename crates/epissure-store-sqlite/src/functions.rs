//! SQL functions for the query language's evaluator and sort order, which SQL cannot express.
//!
//! A statement refers to an expression or a sort key by its position in the plan. The parts of the
//! plan are set here before the statement runs.

use std::sync::{Arc, Mutex, PoisonError};

use epissure_filter::{
    Absent, Comparison, Field, Operand, Pattern, Predicate, Projection, SortKey, Test, fold,
};
use memchr::memmem::Finder;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use serde_json::Value;

/// Parts of the plan that the running statement refers to.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) predicates: Vec<Predicate>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) keys: Vec<SortKey>,
}

/// Parts of the plan, prepared for fast evaluation.
#[derive(Default)]
struct Prepared {
    parts: Parts,
    /// Texts of which a matching document contains every one.
    needles: Vec<Finder<'static>>,
    /// Members that the predicates read.
    filtered: Projection,
    /// Members that each sort key reads.
    sorted: Vec<Projection>,
}

/// Plan parts of one connection. Only the connection's own thread locks them.
#[derive(Clone, Default)]
pub(crate) struct Evaluation(Arc<Mutex<Prepared>>);

impl Evaluation {
    pub(crate) fn prepare(&self, parts: Parts) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Prepared {
            needles: parts.predicates.iter().filter_map(needle).collect(),
            filtered: Projection::new(&parts.predicates, &[]),
            sorted: parts.keys.iter().map(|key| Projection::new(&[], std::slice::from_ref(key))).collect(),
            parts,
        };
    }

    fn with<T>(&self, read: impl FnOnce(&Prepared) -> T) -> T {
        read(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Prepared {
    fn matches(&self, text: &str) -> serde_json::Result<bool> {
        if self.needles.iter().any(|needle| needle.find(text.as_bytes()).is_none()) {
            return Ok(false);
        }
        let document = self.filtered.read(text)?;
        Ok(self.parts.predicates.iter().all(|predicate| predicate.matches(&document)))
    }

    fn sort_value(&self, place: usize, text: &str) -> serde_json::Result<Option<Vec<u8>>> {
        let (Some(key), Some(projection)) = (self.parts.keys.get(place), self.sorted.get(place)) else {
            return Ok(None);
        };
        let document: Value = projection.read(text)?;
        Ok(key.value(&document).to_bytes())
    }
}

/// Returns the text that every matching document contains, if JSON writes it unescaped.
fn needle(predicate: &Predicate) -> Option<Finder<'static>> {
    let Test::Compare(Comparison::Equal, Operand::Text(text)) = &predicate.test else { return None };
    let plain = !text.is_empty() && !text.contains(|c: char| c < ' ' || c == '"' || c == '\\');
    let found = plain && !predicate.negated && predicate.field.absent == Absent::Missing;
    found.then(|| Finder::new(text.as_bytes()).into_owned())
}

/// Makes a sort key of a field, for [`Parts::keys`].
pub(crate) fn sort_key(field: &Field, descending: bool) -> SortKey {
    SortKey { field: field.clone(), descending, parameter: String::new() }
}

/// Registers `document_matches(document)`, `pattern_matches(place, text)`,
/// `sort_value(place, document)` and `folded(text)`.
pub(crate) fn register(connection: &Connection, evaluation: &Evaluation) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    let prepared = evaluation.clone();
    connection.create_scalar_function("document_matches", 1, flags, move |context| {
        let document = text(context, 0)?;
        prepared.with(|prepared| prepared.matches(document)).map_err(unreadable)
    })?;
    let prepared = evaluation.clone();
    connection.create_scalar_function("pattern_matches", 2, flags, move |context| {
        let place: u32 = context.get(0)?;
        let text = context.get_raw(1).as_str_or_null()?;
        Ok(prepared.with(|prepared| match (prepared.parts.patterns.get(place as usize), text) {
            (Some(pattern), Some(text)) => pattern.is_match(text),
            _ => false,
        }))
    })?;
    // The result depends on the text alone, so that an index may contain it.
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("folded", 1, pure, |context| {
        Ok(context.get_raw(0).as_str_or_null()?.map(fold))
    })?;
    let prepared = evaluation.clone();
    connection.create_scalar_function("sort_value", 2, flags, move |context| {
        let place: u32 = context.get(0)?;
        let document = text(context, 1)?;
        prepared.with(|prepared| prepared.sort_value(place as usize, document)).map_err(unreadable)
    })
}

fn text<'a>(context: &'a Context<'_>, at: usize) -> rusqlite::Result<&'a str> {
    Ok(context.get_raw(at).as_str()?)
}

fn unreadable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(Box::new(error))
}
