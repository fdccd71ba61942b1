//! Rows of tickets. The columns are extracted from the ticket on write.

use epissure_protocol::codes::{Complexity, Priority, Reason, Zone};
use epissure_protocol::durations::{self, Clock};
use epissure_protocol::identifiers::Finding;
use epissure_protocol::ticket::Ticket;
use epissure_store::{StoreError, multi_values};
use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use crate::bound::looked_up;

type Parameter<'a> = &'a (dyn ToSql + Sync);

/// A ticket, ready to be bound.
pub(crate) struct TicketRow {
    pub(crate) ticket: Ticket,
    pub(crate) document: String,
    findings: Option<String>,
    columns: Columns,
    /// Numbers of the multi-valued paths, and the texts found there.
    paths: Vec<i16>,
    values: Vec<String>,
}

/// Values that the stored JSON does not have.
struct Columns {
    id: String,
    version: String,
    code_oi: String,
    code_oc: String,
    kind: &'static str,
    origin: &'static str,
    created: i64,
    status: &'static str,
    entered: i64,
    zone: Option<&'static str>,
    complexity: Option<&'static str>,
    priority: Option<&'static str>,
    reason: Option<&'static str>,
    size_refs: i64,
    updated: i64,
    status_changed: Option<i64>,
    resolved: Option<i64>,
    expected_resolution: Option<i64>,
    requested_resolution: Option<i64>,
    /// Total of each clock over its finished intervals, in the order of [`CLOCKS`].
    done: [i64; 6],
}

/// Clocks, in the order of their columns in the statements.
const CLOCKS: [Clock; 6] = [
    Clock::Acknowledged,
    Clock::InProgress,
    Clock::Pending,
    Clock::Total,
    Clock::ResolvedToAcknowledged,
    Clock::ResolvedToClosed,
];

pub(crate) fn findings_text(findings: &[Finding]) -> Result<Option<String>, StoreError> {
    if findings.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(findings).map(Some).map_err(unserializable)
}

fn unserializable(error: serde_json::Error) -> StoreError {
    StoreError::Unexpected(format!("a ticket cannot be written as JSON: {error}"))
}

impl TicketRow {
    /// Inserts the row and those of its multi-valued paths.
    pub(crate) const INSERT: &str = "
        WITH added AS (
            INSERT INTO ticket (
                version, status, entered, zone, complexity, priority, status_change_reason, name, external_id,
                size_refs, last_update_date, status_change_date, resolution_date, expected_resolution_date,
                requested_resolution_date, acknowledged_done, in_progress_done, pending_done, total_done,
                refused_done, accepted_done, findings, document,
                id, code_oi, code_oc, type, ticket_type, creation_date)
            VALUES (
                $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                $22, $23, $26, $27, $28, $29, $30, $31)
            RETURNING seq)
        INSERT INTO multi_value (path, value, seq)
        SELECT path, value, seq FROM added, unnest($24::smallint[], $25::text[]) AS reached (path, value)";

    /// Replaces the row if it has the expected version, along with the changed rows of its
    /// multi-valued paths. Returns a row on success.
    pub(crate) const UPDATE: &str = "
        WITH changed AS (
            UPDATE ticket SET
                version = $1, status = $2, entered = $3, zone = $4, complexity = $5, priority = $6,
                status_change_reason = $7, name = $8, external_id = $9, size_refs = $10, last_update_date = $11,
                status_change_date = $12, resolution_date = $13, expected_resolution_date = $14,
                requested_resolution_date = $15, acknowledged_done = $16, in_progress_done = $17,
                pending_done = $18, total_done = $19, refused_done = $20, accepted_done = $21,
                findings = CASE WHEN $28 THEN $22 ELSE findings END, document = $23
            WHERE id = $26 AND version = $27
            RETURNING seq),
        reached AS (SELECT path, value FROM unnest($24::smallint[], $25::text[]) AS reached (path, value)),
        gone AS (
            DELETE FROM multi_value USING changed
            WHERE multi_value.seq = changed.seq
              AND NOT EXISTS (
                  SELECT 1 FROM reached
                  WHERE reached.path = multi_value.path AND reached.value = multi_value.value COLLATE \"C\")),
        added AS (
            INSERT INTO multi_value (path, value, seq) SELECT path, value, seq FROM changed, reached
            ON CONFLICT DO NOTHING)
        SELECT seq FROM changed";

    pub(crate) fn new(ticket: Ticket, findings: Option<String>) -> Result<Self, StoreError> {
        let document = serde_json::to_string(&ticket).map_err(unserializable)?;
        let value = serde_json::from_str(&document).map_err(unserializable)?;
        let number = |path| i16::try_from(path).unwrap_or(i16::MAX);
        let (paths, values) =
            multi_values(&value).into_iter().map(|(path, value)| (number(path), looked_up(&value))).unzip();
        Ok(Self { document, columns: Columns::of(&ticket), ticket, findings, paths, values })
    }

    /// Returns the parameters of [`Self::INSERT`].
    pub(crate) fn parameters_to_insert(&self) -> Vec<Parameter<'_>> {
        let Columns { id, code_oi, code_oc, kind, origin, created, .. } = &self.columns;
        let fixed: [Parameter<'_>; 6] = [id, code_oi, code_oc, kind, origin, created];
        let mut parameters = self.changing();
        parameters.extend(fixed);
        parameters
    }

    /// Returns the parameters of [`Self::UPDATE`].
    pub(crate) fn parameters_to_update<'a>(
        &'a self,
        expected: &'a String,
        rerun: &'a bool,
    ) -> Vec<Parameter<'a>> {
        let which: [Parameter<'a>; 3] = [&self.columns.id, expected, rerun];
        let mut parameters = self.changing();
        parameters.extend(which);
        parameters
    }

    /// Returns the columns that a change may update.
    fn changing(&self) -> Vec<Parameter<'_>> {
        let columns = &self.columns;
        let [acknowledged, in_progress, pending, total, refused, accepted] = &columns.done;
        vec![
            &columns.version,
            &columns.status,
            &columns.entered,
            &columns.zone,
            &columns.complexity,
            &columns.priority,
            &columns.reason,
            &self.ticket.name,
            &self.ticket.external_id,
            &columns.size_refs,
            &columns.updated,
            &columns.status_changed,
            &columns.resolved,
            &columns.expected_resolution,
            &columns.requested_resolution,
            acknowledged,
            in_progress,
            pending,
            total,
            refused,
            accepted,
            &self.findings,
            &self.document,
            &self.paths,
            &self.values,
        ]
    }
}

impl Columns {
    fn of(ticket: &Ticket) -> Self {
        let millisecond = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
        let steps = ticket.steps();
        let entered = steps.last().map_or(ticket.creation_date, |(_, at)| *at);
        Self {
            id: ticket.id.to_string(),
            version: ticket.version.to_string(),
            code_oi: ticket.code_oi.as_str().to_owned(),
            code_oc: ticket.code_oc.as_str().to_owned(),
            kind: ticket.kind.as_str(),
            origin: ticket.origin.as_str(),
            created: ticket.creation_date.as_millisecond(),
            status: ticket.status.as_str(),
            entered: entered.as_millisecond(),
            zone: ticket.zone.map(Zone::as_str),
            complexity: ticket.complexity.map(Complexity::as_str),
            priority: ticket.priority.map(Priority::as_str),
            reason: ticket.status_change_reason.map(Reason::as_str),
            size_refs: i64::try_from(ticket.size_refs).unwrap_or(i64::MAX),
            updated: ticket.last_update_date.as_millisecond(),
            status_changed: millisecond(ticket.status_change_date),
            resolved: millisecond(ticket.resolution_date),
            expected_resolution: millisecond(ticket.expected_resolution_date),
            requested_resolution: millisecond(ticket.requested_resolution_date),
            done: CLOCKS.map(|clock| durations::read(clock, &steps).done),
        }
    }
}

#[cfg(test)]
mod tests {
    use epissure_store::done_column;

    use super::*;

    #[test]
    fn clocks_stand_in_the_order_of_their_columns() {
        for statement in [TicketRow::INSERT, TicketRow::UPDATE] {
            let places = CLOCKS.map(|clock| statement.find(done_column(clock)).expect("a column"));
            assert!(places.is_sorted(), "{statement}");
        }
        assert_eq!(CLOCKS.len(), Clock::ALL.len());
    }
}
