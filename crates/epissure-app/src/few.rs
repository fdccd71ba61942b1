//! Lists of what is few under one ticket: all of it is read, and the query is evaluated on it.

use epissure_filter::{Query, compare_all};
use epissure_protocol::json::Object;
use epissure_protocol::problem::{Code, Problem};
use serde_json::Value;

/// A page of what is few.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What the page holds.
    pub page: Vec<Object>,
    /// How many match in all.
    pub total: u64,
}

/// The page that a query asks for; `what` is it of.
pub(crate) fn page(all: Vec<Object>, query: &Query, what: &str) -> Result<Listed, Problem> {
    if query.cursor.is_some() {
        return Err(Problem::new(
            Code::InvalidQueryParameter,
            format!("`cursor`: the {what} of a ticket are few, and are paged by `offset`"),
        ));
    }
    let found = matching(all, query);
    let total = found.len() as u64;
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let page = found.into_iter().skip(offset).take(query.limit as usize);
    let page = page.filter_map(|one| if let Value::Object(one) = one { Some(one) } else { None });
    Ok(Listed { page: page.collect(), total })
}

/// Those that match, in the order asked for, or in their own.
pub(crate) fn matching(all: Vec<Object>, query: &Query) -> Vec<Value> {
    let mut found: Vec<Value> = all.into_iter().map(Value::Object).filter(|one| query.matches(one)).collect();
    // As other lists: equal ones come latest first when the last key descends.
    if query.sort.last().is_some_and(|key| key.descending) {
        found.reverse();
    }
    found.sort_by(|a, b| compare_all(&query.sort, a, b));
    found
}
