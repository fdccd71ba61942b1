//! Lists of the notes or attachments of a ticket. The database counts and pages where the query
//! allows. Otherwise, the query is evaluated on batches of bounded size.

use epissure_filter::{Query, Segment, Source, compare_all};
use epissure_protocol::json::{self, Object};
use epissure_protocol::names::TicketId;
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::CursorRefusal;
use epissure_store::{Collection, MAX_PAGE_BYTES, Numbered, Slice};
use serde_json::Value;

use crate::failure::{failed, unreadable};
use crate::memory::{self, Reservation};
use crate::{App, Caller, heavy};

/// Page of notes or attachments of a ticket.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Documents of the page: as many as the caller requested, or as fit in [`MAX_PAGE_BYTES`].
    pub page: Vec<Object>,
    /// Total number of matching documents.
    pub total: u64,
}

/// Maximum number of documents, and of bytes, in a batch.
const BATCH: (u32, usize) = (200, 1024 * 1024);

/// List of notes or attachments of a ticket, for a caller.
pub(crate) struct List<'a> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller,
    pub(crate) ticket: TicketId,
    pub(crate) of: Collection,
    /// Removes the members of a stored document that clients may not see.
    pub(crate) public: fn(Object) -> Object,
}

/// Matching document.
struct Match {
    seq: i64,
    /// Members by which the list is sorted.
    keys: Value,
}

impl List<'_> {
    /// Returns the page that a query requests. Without a sort, documents are in the order of
    /// insertion.
    ///
    /// # Errors
    /// Returns 404 when the caller may see no such ticket, 400 when the query has a cursor. Returns
    /// 503 when no memory is free for the sort.
    pub(crate) async fn page(&self, query: &Query) -> Result<Listed, Problem> {
        if query.cursor.is_some() {
            let refusal = match self.of {
                Collection::Notes => CursorRefusal::OfNotes,
                Collection::Attachments => CursorRefusal::OfAttachments,
            };
            return Err(refusal.into());
        }
        if query.predicates.is_empty() && query.sort.is_empty() {
            let total = self.all().await?;
            let slice =
                Slice { after: 0, offset: query.offset, limit: query.limit, max_bytes: MAX_PAGE_BYTES };
            let page = if query.limit == 0 { Vec::new() } else { self.slice(slice).await? };
            let page = page.iter().map(|row| self.read(row)).collect::<Result<_, _>>()?;
            return Ok(Listed { page, total });
        }
        let (mut matches, _reservation) = self.matches(query).await?;
        let total = matches.len() as u64;
        // As in other lists, documents with equal keys are newest first when the last key descends.
        if query.sort.last().is_some_and(|key| key.descending) {
            matches.reverse();
        }
        matches.sort_by(|a, b| compare_all(&query.sort, &a.keys, &b.keys));
        let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let (mut page, mut bytes) = (Vec::new(), 0);
        for found in matches.iter().skip(offset).take(query.limit as usize) {
            let one = Slice { after: found.seq - 1, offset: 0, limit: 1, max_bytes: MAX_PAGE_BYTES };
            let Some(row) = self.slice(one).await?.pop() else { continue };
            bytes += row.document.len();
            if bytes > MAX_PAGE_BYTES && !page.is_empty() {
                break;
            }
            page.push(self.read(&row)?);
        }
        Ok(Listed { page, total })
    }

    /// Returns the number of matching documents.
    ///
    /// # Errors
    /// Fails as [`page`](Self::page) does.
    pub(crate) async fn count(&self, query: &Query) -> Result<u64, Problem> {
        if query.predicates.is_empty() {
            return self.all().await;
        }
        let unsorted = Query { sort: Vec::new(), ..query.clone() };
        Ok(self.matches(&unsorted).await?.0.len() as u64)
    }

    async fn all(&self) -> Result<u64, Problem> {
        let viewer = self.caller.viewer();
        let count = self.app.store.count_subresources(self.of, self.ticket, &viewer).await;
        count.map_err(failed)?.ok_or_else(|| Problem::standard(Code::NotFound))
    }

    async fn slice(&self, slice: Slice) -> Result<Vec<Numbered>, Problem> {
        let viewer = self.caller.viewer();
        let slice = self.app.store.subresources(self.of, self.ticket, &viewer, slice).await;
        slice.map_err(failed)?.ok_or_else(|| Problem::standard(Code::NotFound))
    }

    /// Returns the matching documents in the order of insertion, and the reservation of their
    /// memory.
    async fn matches(&self, query: &Query) -> Result<(Vec<Match>, Reservation), Problem> {
        let (limit, max_bytes) = BATCH;
        let mut reservation = self.app.memory.reserve(max_bytes).await?;
        let (mut matches, mut after) = (Vec::new(), 0);
        loop {
            let batch = self.slice(Slice { after, offset: 0, limit, max_bytes }).await?;
            let Some(last) = batch.last() else { return Ok((matches, reservation)) };
            after = last.seq;
            let bytes = batch.iter().map(|row| row.document.len()).sum();
            let (batch_query, public, name) = (query.clone(), self.public, self.name());
            let found = heavy::run(bytes, move || matches_of(&batch, &batch_query, public, name)).await??;
            for (weight, found) in found {
                if !reservation.try_grow(weight) {
                    return Err(memory::exhausted());
                }
                matches.push(found);
            }
        }
    }

    fn read(&self, row: &Numbered) -> Result<Object, Problem> {
        read(row, self.public, self.name())
    }

    const fn name(&self) -> &'static str {
        match self.of {
            Collection::Notes => "notes",
            Collection::Attachments => "attachments",
        }
    }
}

/// Parses a stored document and removes the members that clients may not see.
fn read(row: &Numbered, public: fn(Object) -> Object, name: &str) -> Result<Object, Problem> {
    let document = json::stored(&row.document).map_err(|error| unreadable(name, &error))?;
    Ok(public(document))
}

/// Evaluates a query on a batch; returns the matches with the memory of each, in bytes.
fn matches_of(
    batch: &[Numbered],
    query: &Query,
    public: fn(Object) -> Object,
    name: &str,
) -> Result<Vec<(usize, Match)>, Problem> {
    let mut found = Vec::new();
    for row in batch {
        let document = Value::Object(read(row, public, name)?);
        if query.matches(&document) {
            // Every member can be a sort key, so the length of the stored text bounds their memory.
            let weight = if query.sort.is_empty() { 64 } else { row.document.len() };
            found.push((weight, Match { seq: row.seq, keys: sort_members(query, document) }));
        }
    }
    Ok(found)
}

/// Returns the first-level members of a document that are used by the sort keys.
fn sort_members(query: &Query, document: Value) -> Value {
    let Value::Object(mut document) = document else { return Value::Null };
    let names = query.sort.iter().filter_map(|key| match &key.field.source {
        Source::Document(path) => path.segments().first().map(Segment::name),
        Source::Constant(_) => None,
    });
    let names: Vec<&str> = names.collect();
    document.retain(|member, _| names.contains(&member.as_str()));
    Value::Object(document)
}
