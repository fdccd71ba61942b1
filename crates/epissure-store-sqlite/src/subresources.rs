//! The notes and attachments of one ticket, counted and read in slices.

use async_trait::async_trait;
use epissure_protocol::names::TicketId;
use epissure_store::{Collection, Numbered, Slice, StoreError, Subresources, Viewer};
use rusqlite::params;

use crate::SqliteStore;
use crate::events::seen;

/// SQL statements of a collection.
struct Statements {
    count: &'static str,
    slice: &'static str,
}

const fn statements(of: Collection) -> Statements {
    match of {
        Collection::Notes => Statements {
            count: "SELECT count(*) FROM note WHERE ticket = ?",
            slice: "SELECT seq, document FROM note WHERE ticket = ? AND seq > ? ORDER BY seq LIMIT ? OFFSET ?",
        },
        Collection::Attachments => Statements {
            count: "SELECT count(*) FROM attachment WHERE ticket = ?",
            slice: "SELECT seq, document FROM attachment WHERE ticket = ? AND seq > ?
                    ORDER BY seq LIMIT ? OFFSET ?",
        },
    }
}

#[async_trait]
impl Subresources for SqliteStore {
    async fn count_subresources(
        &self,
        of: Collection,
        ticket: TicketId,
        viewer: &Viewer,
    ) -> Result<Option<u64>, StoreError> {
        let viewer = viewer.clone();
        self.readers
            .run(move |reader| {
                let Some(ticket) = seen(reader, ticket, &viewer)? else { return Ok(None) };
                let mut count = reader.prepare_cached(statements(of).count)?;
                count.query_row([ticket], |row| row.get(0)).map(|count: i64| Some(count.unsigned_abs()))
            })
            .await
    }

    async fn subresources(
        &self,
        of: Collection,
        ticket: TicketId,
        viewer: &Viewer,
        slice: Slice,
    ) -> Result<Option<Vec<Numbered>>, StoreError> {
        let viewer = viewer.clone();
        self.readers
            .run(move |reader| {
                let Some(ticket) = seen(reader, ticket, &viewer)? else { return Ok(None) };
                let Slice { after, offset, limit, max_bytes } = slice;
                let offset = i64::try_from(offset).unwrap_or(i64::MAX);
                let mut select = reader.prepare_cached(statements(of).slice)?;
                let mut rows = select.query(params![ticket, after, limit, offset])?;
                let (mut found, mut bytes) = (Vec::new(), 0);
                while let Some(row) = rows.next()? {
                    bytes += row.get_ref(1)?.as_bytes()?.len();
                    if bytes > max_bytes && !found.is_empty() {
                        break;
                    }
                    found.push(Numbered { seq: row.get(0)?, document: row.get(1)? });
                }
                Ok(Some(found))
            })
            .await
    }
}
