//! Cursors: opaque texts that encode the position where a page ended.
//!
//! A cursor is opaque, not secret: it contains only data that the page has shown. Visibility is
//! computed again on every page. A tampered cursor, or one of another query, is rejected.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use epissure_filter::plan::{Column, Holds, OrderBy};
use epissure_filter::{Plan, Query};
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::CursorRefusal;
use epissure_store::{KeyValue, ListRequest, Place, Start, Viewer};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Maximum length of a cursor, in bytes: it must fit in a request target along with the query.
const MAX_BYTES: usize = 2048;

/// Position from which a list continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    /// Fingerprint of the query.
    #[serde(rename = "q")]
    query: String,
    /// Position of the last row of the previous page.
    #[serde(rename = "p")]
    place: Place,
    /// Number of rows before this position, counted by the preceding pages.
    #[serde(rename = "n")]
    before: u64,
    /// Instant of the first page. Every page compares running durations at this instant.
    #[serde(rename = "t")]
    at: Timestamp,
}

/// Start of the next page, as offered to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Cursor to continue from.
    Cursor(String),
    /// Offset, when the cursor would be too long for an address.
    Offset(u64),
}

/// Page that a query requests.
pub(crate) struct PageRequest {
    plan: Plan,
    start: Start,
    /// Number of rows before the page. After a cursor, it is the count of the pages already walked.
    pub(crate) before: u64,
    /// Instant at which running durations are compared.
    pub(crate) now: Timestamp,
}

impl PageRequest {
    /// Reads the start of the page. `own_keys` is the number of sort keys of a list without a
    /// requested order.
    pub(crate) fn new(query: &Query, plan: Plan, own_keys: usize, now: Timestamp) -> Result<Self, Problem> {
        let keys = if plan.order.is_empty() { own_keys } else { plan.order.len() };
        let cursor = query.cursor.as_deref().map(|text| Cursor::read(text, &plan, keys)).transpose()?;
        // All pages compare running durations as of the first page; otherwise rows would change
        // order between pages.
        let began = cursor.as_ref().filter(|_| plan.depends_on_time()).map(|cursor| cursor.at);
        let (start, before) = match cursor {
            Some(cursor) => (Start::After(cursor.place), cursor.before),
            None => (Start::Offset(query.offset), query.offset),
        };
        Ok(Self { plan, start, before, now: began.unwrap_or(now) })
    }

    pub(crate) fn request(&self, viewer: Viewer, limit: u32) -> ListRequest {
        let Self { plan, start, now, .. } = self;
        ListRequest { viewer, plan: plan.clone(), start: start.clone(), limit, now: *now }
    }

    /// Returns the start of the next page, when rows follow the `count` rows of this page.
    pub(crate) fn next(&self, more_after: Option<Place>, count: usize) -> Option<Next> {
        let behind = self.before.saturating_add(count as u64);
        more_after.map(|place| {
            let cursor = Cursor::new(&self.plan, place, behind, self.now);
            cursor.to_text().map_or(Next::Offset(behind), Next::Cursor)
        })
    }
}

impl Cursor {
    fn new(plan: &Plan, place: Place, before: u64, at: Timestamp) -> Self {
        Self { query: fingerprint(plan), place, before, at }
    }

    /// Encodes the cursor; returns `None` when it would be too long for an address.
    fn to_text(&self) -> Option<String> {
        let text = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).ok()?);
        (text.len() <= MAX_BYTES).then_some(text)
    }

    /// Decodes a cursor and checks that it belongs to the query.
    fn read(text: &str, plan: &Plan, keys: usize) -> Result<Self, Problem> {
        let decoded = (text.len() <= MAX_BYTES).then(|| BASE64_URL_SAFE_NO_PAD.decode(text).ok()).flatten();
        let cursor: Option<Self> = decoded.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        cursor
            .filter(|cursor| cursor.query == fingerprint(plan) && fits(&cursor.place, plan, keys))
            .ok_or_else(|| CursorRefusal::OtherQuery.into())
    }
}

/// Returns true when a position has a value of the right type for each sort key, because a client
/// may forge a cursor.
fn fits(place: &Place, plan: &Plan, keys: usize) -> bool {
    let fits_key =
        |(index, value): (usize, &KeyValue)| match (plan.order.get(index).map(|order| &order.by), value) {
            (_, KeyValue::Null) => true,
            (Some(OrderBy::Document(_)), value) => matches!(value, KeyValue::Bytes(_)),
            (Some(OrderBy::Column(Column { holds: Holds::Text, .. })), KeyValue::Text(text)) => {
                !text.contains('\0')
            }
            (Some(OrderBy::Column(Column { holds: Holds::Text, .. })), _) => false,
            // Every other column is numeric, as is the date of the default order.
            (_, value) => matches!(value, KeyValue::Integer(_)),
        };
    place.keys.len() == keys && place.keys.iter().enumerate().all(fits_key)
}

/// Returns a fingerprint of the plan, which distinguishes queries by predicate and order.
fn fingerprint(plan: &Plan) -> String {
    let hash = Sha256::digest(format!("{plan:?}"));
    BASE64_URL_SAFE_NO_PAD.encode(&hash[..9])
}

#[cfg(test)]
mod tests {
    use epissure_filter::{AnySchema, Options, Query};
    use epissure_store::CATALOG;

    use super::*;

    fn plan(raw: &str) -> Plan {
        Plan::new(&Query::parse(raw, &AnySchema, &Options::default()).unwrap(), &CATALOG)
    }

    fn cursor(plan: &Plan, key: &str) -> Cursor {
        let keys = vec![KeyValue::Text(key.to_owned()), KeyValue::Null];
        Cursor::new(plan, Place { keys, seq: 7 }, 50, Timestamp::from_second(1_700_000_000).unwrap())
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let plan = plan("status=PENDING&sort=name,-resolutionDate");
        let sent = cursor(&plan, "B");
        assert_eq!(Cursor::read(&sent.to_text().unwrap(), &plan, 2), Ok(sent));
    }

    #[test]
    fn a_cursor_of_another_query_or_of_no_one_is_refused() {
        let of = plan("status=PENDING&sort=name,-resolutionDate");
        let text = cursor(&of, "B").to_text().unwrap();
        for other in ["sort=name,-resolutionDate", "status=PENDING&sort=name,resolutionDate", ""] {
            assert!(Cursor::read(&text, &plan(other), 2).is_err(), "{other}");
        }
        for garbage in ["", "x", "e30", &text[1..], &"A".repeat(4096)] {
            let problem = Cursor::read(garbage, &of, 2).unwrap_err();
            assert_eq!(problem, CursorRefusal::OtherQuery.into(), "{garbage}");
        }
    }

    #[test]
    fn a_cursor_whose_keys_are_not_of_the_order_s_types_is_refused() {
        let plan = plan("sort=name,-resolutionDate");
        let forged = |keys: Vec<KeyValue>| {
            let cursor = Cursor::new(&plan, Place { keys, seq: 7 }, u64::MAX, Timestamp::MAX);
            Cursor::read(&cursor.to_text().unwrap(), &plan, 2).is_ok()
        };
        let text = |text: &str| KeyValue::Text(text.to_owned());
        assert!(forged(vec![text("B"), KeyValue::Integer(-1)]));
        for keys in [
            vec![text("B\0"), KeyValue::Null],
            vec![KeyValue::Integer(1), KeyValue::Null],
            vec![text("B"), text("B")],
            vec![text("B"), KeyValue::Bytes(vec![1])],
            vec![text("B")],
        ] {
            assert!(!forged(keys.clone()), "{keys:?}");
        }
    }

    #[test]
    fn a_cursor_too_long_for_an_address_is_not_made() {
        assert_eq!(cursor(&plan("sort=name,-resolutionDate"), &"x".repeat(2000)).to_text(), None);
    }
}
