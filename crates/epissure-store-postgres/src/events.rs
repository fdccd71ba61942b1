//! Notes, and the events that announce every change.

use async_trait::async_trait;
use epissure_filter::Plan;
use epissure_protocol::codes::Status;
use epissure_protocol::names::{EventId, TicketId};
use epissure_protocol::note;
use epissure_store::{
    Action, Author, Events, ListRequest, NewNote, Noted, Notes, Page, StoreError, StoredEvent, Viewer,
};
use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::PostgresStore;
use crate::append::{Appended, Subject};
use crate::idempotency::{self, Answer, Earlier};
use crate::render::ListQuery;
use crate::rows::column;
use crate::tables::EVENTS;
use crate::tickets::whose;
use crate::unit::{Fault, Outcome, Unit, Work};

#[async_trait]
impl Notes for PostgresStore {
    async fn add_note(&self, new: NewNote, by: &Author) -> Result<Noted, StoreError> {
        let document = serde_json::to_string(&new.document)
            .map_err(|error| StoreError::Unexpected(format!("a note cannot be written as JSON: {error}")))?;
        self.write_together(AddNote { new, document, by: by.clone() }).await
    }
}

/// A ticket that a resource is added to.
pub(crate) struct Found {
    pub(crate) seq: i64,
    pub(crate) is_final: bool,
    code_oi: String,
    code_oc: String,
}

impl Found {
    pub(crate) fn subject(&self, ticket: TicketId) -> Subject<'_> {
        Subject { ticket, code_oi: &self.code_oi, code_oc: &self.code_oc }
    }
}

/// Finds a ticket and locks it until the end of the transaction.
pub(crate) async fn find(unit: &mut Unit, ticket: TicketId) -> Result<Option<Found>, Fault> {
    let sql = "SELECT seq, status, code_oi, code_oc FROM ticket WHERE id = $1 FOR NO KEY UPDATE";
    let Some(row) = unit.row(sql, &[&ticket.to_string()]).await? else { return Ok(None) };
    let is_final = Status::parse(column(&row, 1)?).is_none_or(Status::is_final);
    Ok(Some(Found { seq: column(&row, 0)?, is_final, code_oi: column(&row, 2)?, code_oc: column(&row, 3)? }))
}

/// Inserts a note of a ticket.
struct AddNote {
    new: NewNote,
    document: String,
    by: Author,
}

impl Work for AddNote {
    type Done = Noted;

    async fn run(&self, unit: &mut Unit) -> Result<Outcome<Noted>, Fault> {
        if let Some(key) = &self.new.idempotency {
            let answer = Answer { at: self.new.at, document: &self.document, individual: None };
            if !idempotency::remember(unit, key, &answer).await? {
                return Ok(Outcome::Nothing(match idempotency::earlier(unit, key).await? {
                    Earlier::Same(replay) => Noted::Repeated(replay),
                    Earlier::Another => Noted::Contradicted,
                }));
            }
        }
        let Some(found) = find(unit, self.new.ticket).await?.filter(|found| !found.is_final) else {
            return Ok(Outcome::Nothing(Noted::Closed));
        };
        let most = i64::try_from(note::MOST).unwrap_or(i64::MAX);
        let insert = "INSERT INTO note (id, ticket, document)
                      SELECT $1, $2, $3 WHERE (SELECT count(*) FROM note WHERE ticket = $2) < $4
                      RETURNING seq";
        let added = unit.row(insert, &[&self.new.id.to_string(), &found.seq, &self.document, &most]).await?;
        if added.is_none() {
            return Ok(Outcome::Nothing(Noted::Full));
        }
        let subject = found.subject(self.new.ticket);
        let id = self.new.id.to_string();
        let told = Appended::told(&self.by, Action::NoteAdd, &id, (None, Some(&id)));
        Ok(Outcome::Keep(Noted::Added, told.and_event(self.new.event, &subject, &self.document)))
    }
}

#[async_trait]
impl Events for PostgresStore {
    async fn list_events(&self, request: ListRequest) -> Result<Page<StoredEvent>, StoreError> {
        let ListRequest { viewer, plan, start, limit, now } = request;
        self.page(list_query(&viewer, plan, now), start, limit, stored).await
    }

    async fn count_events(&self, viewer: Viewer, plan: Plan, now: Timestamp) -> Result<u64, StoreError> {
        self.total(list_query(&viewer, plan, now)).await
    }

    async fn event_rank(&self, id: EventId, viewer: &Viewer) -> Result<Option<i64>, StoreError> {
        let sql = match viewer {
            Viewer::Oi(_) => "SELECT seq FROM event WHERE id = $1 AND code_oi = $2",
            Viewer::Oc(_) => "SELECT seq FROM event WHERE id = $1 AND code_oc = $2",
        };
        let row = self.row(sql, &[&id.to_string(), &whose(viewer).code.as_str()]).await?;
        row.as_ref().map(|row| column(row, 0)).transpose()
    }

    async fn events_after(
        &self,
        rank: i64,
        viewer: Viewer,
        limit: u32,
        max_bytes: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let sql = match viewer {
            Viewer::Oi(_) => {
                "SELECT document, seq FROM event WHERE code_oi = $1 AND seq > $2 ORDER BY seq LIMIT $3"
            }
            Viewer::Oc(_) => {
                "SELECT document, seq FROM event WHERE code_oc = $1 AND seq > $2 ORDER BY seq LIMIT $3"
            }
        };
        let (whose, most) = (whose(&viewer), i64::from(limit));
        let parameters: &[&(dyn ToSql + Sync)] = &[&whose.code.as_str(), &rank, &most];
        let rows = self.rows_up_to(sql, parameters, limit, max_bytes).await?;
        rows.iter().map(stored).collect()
    }
}

fn list_query(viewer: &Viewer, plan: Plan, now: Timestamp) -> ListQuery {
    ListQuery { table: &EVENTS, shown: "document", whose: Some(whose(viewer)), plan, now, by_text: false }
}

/// Reads `document, seq`.
fn stored(row: &Row) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent { document: column(row, 0)?, seq: column(row, 1)? })
}
