//! Writes that change the queues of tickets.

use epissure_store::{
    Action, Author, DeliveryState, Pair, Resend, Settled, Settlement, Standing, TargetState,
};
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::types::ToSql;

use crate::append::{Appended, wait_for_others};
use crate::rows::column;
use crate::unit::{Fault, Outcome, Unit, Work};

/// Deletes a target and its queued deliveries.
pub(crate) struct Remove<'a> {
    pub(crate) pair: &'a Pair,
    pub(crate) by: &'a Author,
}

impl Work for Remove<'_> {
    type Done = bool;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<bool>, Fault> {
        let of: [&(dyn ToSql + Sync); 2] = [&self.pair.oi.as_str(), &self.pair.oc.as_str()];
        // Waits for transactions that are enqueuing for the target; later ones find it deleted.
        // Must precede the lock on the target, which they also take.
        wait_for_others(unit).await?;
        if unit.execute("DELETE FROM target WHERE oi = $1 AND oc = $2", &of).await? == 0 {
            return Ok(Outcome::Nothing(false));
        }
        unit.rows("DELETE FROM delivery WHERE oi = $1 AND oc = $2 AND state = 'QUEUED'", &of).await?;
        let subject = self.pair.to_string();
        Ok(Outcome::Keep(true, Appended::told(self.by, Action::TargetRemove, &subject, (None, None))))
    }
}

/// Records an attempt, with its consequences.
pub(crate) struct Settle(pub(crate) Settlement);

impl Work for Settle {
    type Done = bool;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<bool>, Fault> {
        let Settlement { pair, rank, attempt, settled, standing } = &self.0;
        let (state, due) = match settled {
            Settled::Delivered => (DeliveryState::Delivered, None),
            Settled::Again { at } => (DeliveryState::Queued, Some(at.as_millisecond())),
            Settled::Exhausted => (DeliveryState::Exhausted, None),
        };
        let lock = "SELECT ticket.id FROM delivery JOIN ticket ON ticket.id = delivery.ticket
                    WHERE delivery.event = $1 FOR NO KEY UPDATE OF ticket";
        let Some(row) = unit.row(lock, &[rank]).await? else { return Ok(Outcome::Nothing(false)) };
        let ticket: &str = column(&row, 0)?;
        let number = i64::from(attempt.number);
        let update = "UPDATE delivery SET state = $1, attempts = $2, step = step + 1,
                          due = CASE WHEN due IS NULL THEN NULL ELSE $3::bigint END
                      WHERE event = $4 AND attempts + 1 = $2 AND state = 'QUEUED' RETURNING event";
        if unit.row(update, &[&state.as_str(), &number, &due, rank]).await?.is_none() {
            return Ok(Outcome::Nothing(false));
        }
        let (at, elapsed) =
            (attempt.at.as_millisecond(), i64::try_from(attempt.elapsed_ms).unwrap_or(i64::MAX));
        let status = attempt.status.map(i32::from);
        let parameters: [&(dyn ToSql + Sync); 7] =
            [rank, &number, &at, &elapsed, &status, &attempt.error, &attempt.body];
        let insert = "INSERT INTO attempt (event, number, at, elapsed_ms, status, error, body)
                      VALUES ($1, $2, $3, $4, $5, $6, $7)";
        unit.rows(insert, &parameters).await?;
        if state != DeliveryState::Queued {
            release_first(unit, ticket, attempt.at + SignedDuration::from_millis(elapsed)).await?;
        }
        if let Some(standing) = standing {
            save_standing(unit, pair, standing).await?;
        }
        Ok(Outcome::Keep(true, Appended::default()))
    }
}

/// Records the status of a target after an attempt. An administrator's change in the meantime is
/// not overwritten, unless the target is to be disabled.
async fn save_standing(unit: &mut Unit, pair: &Pair, standing: &Standing) -> Result<(), Fault> {
    let millisecond = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
    let parameters: [&(dyn ToSql + Sync); 6] = [
        &pair.oi.as_str(),
        &pair.oc.as_str(),
        &millisecond(standing.failing_since),
        &millisecond(standing.held_until),
        &(standing.state == TargetState::Disabled),
        &standing.reason,
    ];
    let sql = "UPDATE target SET failing_since = $3, held_until = $4,
                   reason = CASE WHEN $5 AND state <> 'DISABLED' THEN $6 ELSE reason END,
                   state = CASE WHEN $5 THEN 'DISABLED' ELSE state END
               WHERE oi = $1 AND oc = $2";
    unit.rows(sql, &parameters).await?;
    Ok(())
}

/// Restarts the retry schedule of deliveries.
pub(crate) struct SendAgain<'a> {
    pub(crate) what: Resend,
    pub(crate) by: &'a Author,
}

impl Work for SendAgain<'_> {
    type Done = u64;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<u64>, Fault> {
        // Locks all rows in one statement and in a fixed order, so that two concurrent calls wait
        // instead of deadlocking.
        let rows = match &self.what {
            Resend::Event(id) => {
                let sql = "SELECT delivery.event, ticket.id FROM event
                           JOIN delivery ON delivery.event = event.seq JOIN ticket ON ticket.id = delivery.ticket
                           WHERE event.id = $1 FOR NO KEY UPDATE OF ticket";
                unit.rows(sql, &[&id.to_string()]).await?
            }
            Resend::Exhausted(pair) => {
                let sql = "SELECT delivery.event, ticket.id FROM delivery
                           JOIN ticket ON ticket.id = delivery.ticket
                           WHERE oi = $1 AND oc = $2 AND state = 'EXHAUSTED'
                           ORDER BY ticket.id, delivery.event FOR NO KEY UPDATE OF ticket";
                unit.rows(sql, &[&pair.oi.as_str(), &pair.oc.as_str()]).await?
            }
        };
        for row in &rows {
            let (rank, ticket): (i64, &str) = (column(row, 0)?, column(row, 1)?);
            let begin = "UPDATE delivery SET state = 'QUEUED', step = 0, due = NULL WHERE event = $1";
            unit.rows(begin, &[&rank]).await?;
            // The resent delivery may precede the previous head of the queue.
            let wait = "UPDATE delivery SET due = NULL WHERE ticket = $1 AND state = 'QUEUED'";
            unit.rows(wait, &[&ticket]).await?;
            release_first(unit, ticket, self.by.at).await?;
        }
        if rows.is_empty() {
            return Ok(Outcome::Nothing(0));
        }
        let subject = match &self.what {
            Resend::Event(id) => id.to_string(),
            Resend::Exhausted(pair) => pair.to_string(),
        };
        let told = Appended::told(self.by, Action::EventResend, &subject, (None, None));
        Ok(Outcome::Keep(rows.len() as u64, told))
    }
}

/// Makes the head of a ticket's queue due, unless it is due or claimed already.
async fn release_first(unit: &mut Unit, ticket: &str, now: Timestamp) -> Result<(), Fault> {
    let sql = "UPDATE delivery SET due = coalesce(due, $2)
               WHERE event = (SELECT min(event) FROM delivery WHERE ticket = $1 AND state = 'QUEUED')";
    unit.rows(sql, &[&ticket, &now.as_millisecond()]).await?;
    Ok(())
}
