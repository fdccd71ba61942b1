//! Targets, and the delivery status of each.

use epissure_protocol::names::OperatorCode;
use epissure_protocol::target::Target;
use epissure_store::{Pair, Standing, StoreError, StoredTarget, TargetSecrets, TargetState};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::rows::{column, maybe_instant, named, unreadable};

pub(crate) const TARGET: &str =
    "SELECT oi, oc, target, secrets, state, reason, failing_since, held_until, rate, asked FROM target";

pub(crate) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    // The serializer's own message could quote a secret.
    serde_json::to_string(value)
        .map_err(|_| StoreError::Unexpected("a target cannot be written as JSON".to_owned()))
}

pub(crate) fn from_json<T: DeserializeOwned>(row: &Row, at: usize) -> Result<T, StoreError> {
    let text: &str = column(row, at)?;
    serde_json::from_str(text)
        .map_err(|error| unreadable(row, at, &format!("is no such JSON: {:?}", error.classify())))
}

/// Reads the columns of [`TARGET`].
pub(crate) fn stored(row: &Row) -> Result<StoredTarget, StoreError> {
    let state = |text: &str| TargetState::ALL.into_iter().find(|state| state.as_str() == text);
    Ok(StoredTarget {
        pair: Pair { oi: named(row, 0, OperatorCode::parse)?, oc: named(row, 1, OperatorCode::parse)? },
        target: from_json::<Target>(row, 2)?,
        secrets: from_json::<TargetSecrets>(row, 3)?,
        standing: Standing {
            state: state(column(row, 4)?).ok_or_else(|| unreadable(row, 4, "is none"))?,
            reason: column(row, 5)?,
            failing_since: maybe_instant(row, 6)?,
            held_until: maybe_instant(row, 7)?,
            rate: column::<Option<i64>>(row, 8)?.and_then(|rate| u32::try_from(rate).ok()),
            asked: u32::try_from(column::<i64>(row, 9)?).unwrap_or(u32::MAX),
        },
    })
}

/// Delivery status of a target, as parameters.
pub(crate) struct BoundStanding<'a> {
    state: &'static str,
    reason: Option<&'a str>,
    failing_since: Option<i64>,
    held_until: Option<i64>,
    rate: Option<i64>,
    asked: i64,
}

impl<'a> BoundStanding<'a> {
    pub(crate) fn new(standing: &'a Standing) -> Self {
        let millisecond = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
        Self {
            state: standing.state.as_str(),
            reason: standing.reason.as_deref(),
            failing_since: millisecond(standing.failing_since),
            held_until: millisecond(standing.held_until),
            rate: standing.rate.map(i64::from),
            asked: i64::from(standing.asked),
        }
    }

    /// `state, reason, failing_since, held_until, rate, asked`.
    pub(crate) fn parameters(&self) -> [&(dyn ToSql + Sync); 6] {
        [&self.state, &self.reason, &self.failing_since, &self.held_until, &self.rate, &self.asked]
    }
}
