//! Tickets.

use async_trait::async_trait;
use epissure_filter::Plan;
use epissure_protocol::codes::Status;
use epissure_protocol::names::{OperatorCode, TicketId};
use epissure_store::{
    Action, Author, Idempotency, ListRequest, NewEvent, NewTicket, Opened, Page, StoreError, StoredTicket,
    TicketChange, Tickets, Viewer, Written,
};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::PostgresStore;
use crate::append::{Appended, Subject};
use crate::idempotency::{self, Answer, Earlier};
use crate::render::{ListQuery, Whose};
use crate::rows::{column, instant, named};
use crate::tables::TICKETS;
use crate::ticket_row::{TicketRow, findings_text};
use crate::unit::{Fault, Outcome, Unit, Work};

#[async_trait]
impl Tickets for PostgresStore {
    async fn open(&self, new: NewTicket, by: &Author) -> Result<Opened, StoreError> {
        let row = TicketRow::new(new.ticket, findings_text(&new.findings)?)?;
        self.write_together(Open { row, key: new.idempotency, by: by.clone() }).await
    }

    async fn change(&self, change: TicketChange, by: &Author) -> Result<Written, StoreError> {
        let rerun = change.findings.is_some();
        let findings = findings_text(&change.findings.unwrap_or_default())?;
        let row = TicketRow::new(change.ticket, findings)?;
        let (expected, event) = (change.expected.to_string(), change.event);
        self.write_together(Change { row, rerun, expected, event, by: by.clone() }).await
    }

    async fn ticket(&self, id: TicketId, viewer: &Viewer) -> Result<Option<StoredTicket>, StoreError> {
        let sql = match viewer {
            Viewer::Oi(_) => "SELECT document, findings FROM ticket WHERE id = $1 AND code_oi = $2",
            Viewer::Oc(_) => "SELECT document, findings FROM ticket WHERE id = $1 AND code_oc = $2",
        };
        let row = self.row(sql, &[&id.to_string(), &whose(viewer).code.as_str()]).await?;
        row.as_ref().map(stored).transpose()
    }

    async fn list(&self, request: ListRequest) -> Result<Page<StoredTicket>, StoreError> {
        let ListRequest { viewer, plan, start, limit, now } = request;
        self.page(self.list_query(&viewer, plan, now), start, limit, stored).await
    }

    async fn count(&self, viewer: Viewer, plan: Plan, now: Timestamp) -> Result<u64, StoreError> {
        self.total(self.list_query(&viewer, plan, now)).await
    }

    async fn waiting(
        &self,
        oi: &OperatorCode,
        oc: &OperatorCode,
        status: Status,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TicketId, Timestamp)>, StoreError> {
        // The status is a literal so that the partial index applies, which covers these two
        // statuses.
        let sql = match status {
            Status::Pending => {
                "SELECT id, entered FROM ticket
                 WHERE status = 'PENDING' AND code_oi = $1 AND code_oc = $2 AND entered <= $3
                 ORDER BY entered LIMIT $4"
            }
            Status::Resolved => {
                "SELECT id, entered FROM ticket
                 WHERE status = 'RESOLVED' AND code_oi = $1 AND code_oc = $2 AND entered <= $3
                 ORDER BY entered LIMIT $4"
            }
            _ => return Ok(Vec::new()),
        };
        let parameters: [&(dyn ToSql + Sync); 4] =
            [&oi.as_str(), &oc.as_str(), &since.as_millisecond(), &i64::from(limit)];
        let rows = self.rows(sql, &parameters).await?;
        rows.iter().map(|row| Ok((named(row, 0, TicketId::parse)?, instant(row, 1)?))).collect()
    }

    async fn active_with_external_id(
        &self,
        oi: &OperatorCode,
        oc: &OperatorCode,
        external_id: &str,
    ) -> Result<Vec<TicketId>, StoreError> {
        let rows = self
            .rows(
                "SELECT id FROM ticket
                 WHERE code_oc = $1 AND external_id = $2 AND code_oi = $3
                   AND status IN ('ACKNOWLEDGED', 'IN_PROGRESS', 'PENDING', 'RESOLVED')
                 ORDER BY seq LIMIT 10",
                &[&oc.as_str(), &external_id, &oi.as_str()],
            )
            .await?;
        rows.iter().map(|row| named(row, 0, TicketId::parse)).collect()
    }
}

impl PostgresStore {
    /// Explains a page of tickets and its total.
    ///
    /// # Errors
    ///
    /// Fails when the database does not answer.
    pub async fn explain(&self, request: ListRequest) -> Result<crate::Explanation, StoreError> {
        let ListRequest { viewer, plan, start, limit, now } = request;
        self.explain_list(&self.list_query(&viewer, plan, now), &start, limit).await
    }

    fn list_query(&self, viewer: &Viewer, plan: Plan, now: Timestamp) -> ListQuery {
        let whose = Some(whose(viewer));
        ListQuery { table: &TICKETS, shown: "document, findings", whose, plan, now, by_text: self.by_text }
    }
}

/// Returns the operator whose rows a viewer sees.
pub(crate) fn whose(viewer: &Viewer) -> Whose {
    match viewer {
        Viewer::Oi(code) => Whose { column: "code_oi", code: code.clone() },
        Viewer::Oc(code) => Whose { column: "code_oc", code: code.clone() },
    }
}

fn stored(row: &Row) -> Result<StoredTicket, StoreError> {
    Ok(StoredTicket { document: column(row, 0)?, findings: column(row, 1)? })
}

/// Inserts a ticket.
struct Open {
    row: TicketRow,
    key: Option<Idempotency>,
    by: Author,
}

impl Work for Open {
    type Done = Opened;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<Opened>, Fault> {
        if let Some(key) = &self.key {
            let at = self.row.ticket.creation_date;
            let answer = Answer { at, document: &self.row.document, individual: None };
            if !idempotency::remember(unit, key, &answer).await? {
                return Ok(Outcome::Nothing(match idempotency::earlier(unit, key).await? {
                    Earlier::Same(replay) => Opened::Repeated(replay),
                    Earlier::Another => Opened::Contradicted,
                }));
            }
        }
        unit.rows(TicketRow::INSERT, &self.row.parameters_to_insert()).await?;
        let (id, version) = (self.row.ticket.id.to_string(), self.row.ticket.version.to_string());
        let told = Appended::told(&self.by, Action::TicketOpen, &id, (None, Some(&version)));
        Ok(Outcome::Keep(Opened::Added, told))
    }
}

/// Replaces the stored version of a ticket.
struct Change {
    row: TicketRow,
    /// True when the checks ran again.
    rerun: bool,
    expected: String,
    event: NewEvent,
    by: Author,
}

impl Work for Change {
    type Done = Written;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<Written>, Fault> {
        let parameters = self.row.parameters_to_update(&self.expected, &self.rerun);
        if unit.row(TicketRow::UPDATE, &parameters).await?.is_none() {
            return Ok(Outcome::Nothing(Written::Stale));
        }
        let ticket = &self.row.ticket;
        let subject =
            Subject { ticket: ticket.id, code_oi: ticket.code_oi.as_str(), code_oc: ticket.code_oc.as_str() };
        let (id, version) = (ticket.id.to_string(), ticket.version.to_string());
        let versions = (Some(self.expected.as_str()), Some(version.as_str()));
        let told = Appended::told(&self.by, Action::TicketChange, &id, versions);
        Ok(Outcome::Keep(Written::Done, told.and_event(self.event, &subject, &self.row.document)))
    }
}
