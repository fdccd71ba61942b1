//! Cursors: the place where a page ended, as a text that a caller gives back.
//!
//! A cursor is opaque, not secret: it holds nothing that the page did not show, and what a caller may see is decided
//! anew on every page. One that was tampered with, or belongs to another query, is refused.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use epissure_filter::Plan;
use epissure_protocol::problem::{Code, Problem};
use epissure_store::Place;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The longest cursor, in bytes: it must fit in a request target beside the query.
const MOST_BYTES: usize = 2048;

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Of which query.
    #[serde(rename = "q")]
    query: String,
    /// After which place.
    #[serde(rename = "p")]
    pub(crate) place: Place,
    /// How many came before, as far as the caller has counted.
    #[serde(rename = "n")]
    pub(crate) before: u64,
    /// The instant of the first page, at which running durations are compared on all of them.
    #[serde(rename = "t")]
    pub(crate) at: Timestamp,
}

impl Cursor {
    pub(crate) fn new(plan: &Plan, place: Place, before: u64, at: Timestamp) -> Self {
        Self { query: fingerprint(plan), place, before, at }
    }

    /// The text of the cursor; nothing when it would be too long for an address.
    pub(crate) fn to_text(&self) -> Option<String> {
        let text = BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).ok()?);
        (text.len() <= MOST_BYTES).then_some(text)
    }

    /// Reads the cursor that came with a query.
    pub(crate) fn read(text: &str, plan: &Plan) -> Result<Self, Problem> {
        let decoded = (text.len() <= MOST_BYTES).then(|| BASE64_URL_SAFE_NO_PAD.decode(text).ok()).flatten();
        let cursor: Option<Self> = decoded.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let keys = plan.order.len().max(1);
        cursor.filter(|cursor| cursor.query == fingerprint(plan) && cursor.place.keys.len() == keys).ok_or_else(
            || {
                Problem::new(
                    Code::InvalidQueryParameter,
                    "`cursor`: not a cursor of this query. Follow the address in the Link header as it is; only \
                     `limit` and `fields` may change. To ask something else, begin without a cursor.",
                )
            },
        )
    }
}

/// What tells one query from another: what it looks for, and in which order.
fn fingerprint(plan: &Plan) -> String {
    let hash = Sha256::digest(format!("{plan:?}"));
    BASE64_URL_SAFE_NO_PAD.encode(&hash[..9])
}

#[cfg(test)]
mod tests {
    use epissure_filter::{AnySchema, Options, Query};
    use epissure_store::{CATALOG, KeyValue};

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
        assert_eq!(Cursor::read(&sent.to_text().unwrap(), &plan), Ok(sent));
    }

    #[test]
    fn a_cursor_of_another_query_or_of_no_one_is_refused() {
        let of = plan("status=PENDING&sort=name,-resolutionDate");
        let text = cursor(&of, "B").to_text().unwrap();
        for other in ["sort=name,-resolutionDate", "status=PENDING&sort=name,resolutionDate", ""] {
            assert!(Cursor::read(&text, &plan(other)).is_err(), "{other}");
        }
        for garbage in ["", "x", "e30", &text[1..], &"A".repeat(4096)] {
            let problem = Cursor::read(garbage, &of).unwrap_err();
            assert_eq!(problem.code, Code::InvalidQueryParameter, "{garbage}");
        }
    }

    #[test]
    fn a_cursor_too_long_for_an_address_is_not_made() {
        assert_eq!(cursor(&plan("sort=name,-resolutionDate"), &"x".repeat(2000)).to_text(), None);
    }
}
