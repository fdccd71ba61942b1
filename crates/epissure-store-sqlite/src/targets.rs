//! Targets, and the delivery status of each.

use epissure_protocol::target::Target;
use epissure_store::{Pair, Standing, StoreError, StoredTarget, TargetSecrets, TargetState};
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::columns::{code, instant, unreadable};

const TARGET: &str =
    "SELECT oi, oc, target, secrets, state, reason, failing_since, held_until, rate, asked FROM target";

pub(crate) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    // The serializer's own message could quote a secret.
    serde_json::to_string(value)
        .map_err(|_| StoreError::Unexpected("a target cannot be written as JSON".to_owned()))
}

pub(crate) fn from_json<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(at)?.as_str()?;
    serde_json::from_str(text).map_err(|_| unreadable(row, at, Type::Text, "the expected JSON"))
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredTarget> {
    let state: String = row.get(4)?;
    let state = TargetState::ALL
        .into_iter()
        .find(|known| known.as_str() == state)
        .ok_or_else(|| unreadable(row, 4, Type::Text, "the state of a target"))?;
    let maybe = |at: usize| row.get::<_, Option<i64>>(at)?.map(|_| instant(row, at)).transpose();
    Ok(StoredTarget {
        pair: Pair { oi: code(row, 0)?, oc: code(row, 1)? },
        target: from_json::<Target>(row, 2)?,
        secrets: from_json::<TargetSecrets>(row, 3)?,
        standing: Standing {
            state,
            reason: row.get(5)?,
            failing_since: maybe(6)?,
            held_until: maybe(7)?,
            rate: row.get(8)?,
            asked: row.get(9)?,
        },
    })
}

pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<StoredTarget>> {
    let mut statement = connection.prepare_cached(&format!("{TARGET} ORDER BY oi, oc"))?;
    statement.query_map([], stored)?.collect()
}

pub(crate) fn one(connection: &Connection, pair: &Pair) -> rusqlite::Result<Option<StoredTarget>> {
    let mut statement = connection.prepare_cached(&format!("{TARGET} WHERE oi = ? AND oc = ?"))?;
    statement.query_row([pair.oi.as_str(), pair.oc.as_str()], stored).optional()
}

pub(crate) fn put(
    connection: &Connection,
    pair: &Pair,
    target: &str,
    secrets: &str,
    standing: &Standing,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO target (oi, oc, target, secrets, state, asked) VALUES (?, ?, ?, ?, ?, 0)
             ON CONFLICT (oi, oc) DO UPDATE SET target = excluded.target, secrets = excluded.secrets",
        )?
        .execute(params![pair.oi.as_str(), pair.oc.as_str(), target, secrets, standing.state.as_str()])?;
    set_standing(connection, pair, standing)?;
    Ok(())
}

pub(crate) fn set_standing(
    connection: &Connection,
    pair: &Pair,
    standing: &Standing,
) -> rusqlite::Result<usize> {
    let millisecond = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    connection
        .prepare_cached(
            "UPDATE target SET state = :state, reason = :reason, failing_since = :failing_since,
                 held_until = :held_until, rate = :rate, asked = :asked
             WHERE oi = :oi AND oc = :oc",
        )?
        .execute(named_params! {
            ":state": standing.state.as_str(),
            ":reason": standing.reason,
            ":failing_since": millisecond(standing.failing_since),
            ":held_until": millisecond(standing.held_until),
            ":rate": standing.rate,
            ":asked": standing.asked,
            ":oi": pair.oi.as_str(),
            ":oc": pair.oc.as_str(),
        })
}

/// Records the status of a target after an attempt. An administrator's change in the meantime is
/// not overwritten, unless the target is to be disabled.
pub(crate) fn save_standing(
    connection: &Connection,
    pair: &Pair,
    standing: &Standing,
) -> rusqlite::Result<()> {
    let millisecond = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    connection
        .prepare_cached(
            "UPDATE target SET failing_since = :failing_since, held_until = :held_until,
                 reason = iif(:disabled AND state <> 'DISABLED', :reason, reason),
                 state = iif(:disabled, 'DISABLED', state)
             WHERE oi = :oi AND oc = :oc",
        )?
        .execute(named_params! {
            ":failing_since": millisecond(standing.failing_since),
            ":held_until": millisecond(standing.held_until),
            ":disabled": standing.state == TargetState::Disabled,
            ":reason": standing.reason,
            ":oi": pair.oi.as_str(),
            ":oc": pair.oc.as_str(),
        })?;
    Ok(())
}
