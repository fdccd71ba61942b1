//! The notes and attachments of one ticket, counted and read in slices.

use async_trait::async_trait;
use epissure_protocol::names::TicketId;
use epissure_store::{Collection, Numbered, Slice, StoreError, Subresources, Viewer};

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::PostgresStore;
use crate::rows::column;
use crate::tickets::whose;

fn numbered(row: &Row) -> Result<Option<Numbered>, StoreError> {
    let Some(document) = column(row, 1)? else { return Ok(None) };
    Ok(Some(Numbered { seq: column(row, 0)?, document }))
}

const fn table(of: Collection) -> &'static str {
    match of {
        Collection::Notes => "note",
        Collection::Attachments => "attachment",
    }
}

#[async_trait]
impl Subresources for PostgresStore {
    async fn count_subresources(
        &self,
        of: Collection,
        ticket: TicketId,
        viewer: &Viewer,
    ) -> Result<Option<u64>, StoreError> {
        let (table, whose) = (table(of), whose(viewer));
        let sql = format!(
            "SELECT (SELECT count(*) FROM {table} WHERE {table}.ticket = ticket.seq)
             FROM ticket WHERE id = $1 AND {} = $2",
            whose.column
        );
        let row = self.row(&sql, &[&ticket.to_string(), &whose.code.as_str()]).await?;
        let count: Option<i64> = row.as_ref().map(|row| column(row, 0)).transpose()?;
        Ok(count.map(i64::unsigned_abs))
    }

    async fn subresources(
        &self,
        of: Collection,
        ticket: TicketId,
        viewer: &Viewer,
        slice: Slice,
    ) -> Result<Option<Vec<Numbered>>, StoreError> {
        let (table, whose) = (table(of), whose(viewer));
        // A ticket without a resource in the slice yields one row without a document.
        let sql = format!(
            "SELECT part.seq, part.document FROM ticket LEFT JOIN LATERAL (
                 SELECT seq, document FROM {table} WHERE {table}.ticket = ticket.seq AND seq > $3
                 ORDER BY seq LIMIT $4 OFFSET $5
             ) part ON TRUE
             WHERE ticket.id = $1 AND ticket.{} = $2 ORDER BY part.seq",
            whose.column
        );
        let Slice { after, offset, limit, max_bytes } = slice;
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let (ticket, code, limit) = (ticket.to_string(), whose.code.as_str(), i64::from(limit));
        let parameters: &[&(dyn ToSql + Sync)] = &[&ticket, &code, &after, &limit, &offset];
        let rows = self.rows_up_to(&sql, parameters, slice.limit.max(1), max_bytes).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let numbered = rows.iter().filter_map(|row| numbered(row).transpose());
        numbered.collect::<Result<_, _>>().map(Some)
    }
}
