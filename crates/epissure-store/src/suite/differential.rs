//! Differential test of the evaluator and a backend: same tickets, same queries, same results.

use epissure_filter::{Options, Plan, Query, compare_all};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::durations::{self, Clock};
use epissure_protocol::names::OperatorCode;
use epissure_protocol::ticket::Ticket;
use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;

use super::samples;
use super::samples::author;
use crate::{CATALOG, ListRequest, NewTicket, Start, Store, Viewer};

/// Counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compared {
    /// Number of (document, query) pairs compared.
    pub pairs: u64,
    /// Number of queries.
    pub queries: u64,
    /// Number of pairs that match.
    pub matches: u64,
}

/// A query on which the two disagree, reduced to one condition and one document when these suffice
/// to show it.
#[derive(Debug, Clone)]
pub struct Disagreement {
    /// Query.
    pub query: String,
    /// Dialect of the query.
    pub dialect: Dialect,
    /// Result of the evaluator: positions of tickets, in order.
    pub evaluator: Vec<usize>,
    /// Result of the backend.
    pub backend: Vec<usize>,
    /// Documents on which the two differ.
    pub documents: Vec<Value>,
}

/// Returns a ticket as the evaluator reads it: the document, and its durations at an instant.
#[must_use]
pub fn readable(ticket: &Ticket, now: Timestamp) -> Value {
    let mut document = serde_json::to_value(ticket).unwrap_or_default();
    let steps = ticket.steps();
    for clock in Clock::ALL {
        document[clock.member()] = durations::read(clock, &steps).seconds_at(now).into();
    }
    document
}

/// Fills a new store with `tickets` random tickets and runs `queries` random queries.
///
/// # Errors
///
/// Fails at the first disagreement.
///
/// # Panics
///
/// Panics when the store fails.
pub async fn run(
    store: &dyn Store,
    seed: u64,
    tickets: usize,
    queries: u64,
) -> Result<Compared, Disagreement> {
    let mut filled = fill(store, seed, tickets).await;
    ask(store, &mut filled, queries).await
}

/// Contents of a filled store.
pub struct Filled {
    random: StdRng,
    tickets: Vec<Ticket>,
    documents: Vec<Value>,
}

/// Fills a new store with random tickets.
///
/// # Panics
///
/// Panics when the store fails.
pub async fn fill(store: &dyn Store, seed: u64, tickets: usize) -> Filled {
    let mut random = StdRng::seed_from_u64(seed);
    let tickets: Vec<Ticket> = (0..tickets).map(|_| samples::ticket(&mut random)).collect();
    for ticket in &tickets {
        let new = NewTicket { ticket: ticket.clone(), findings: Vec::new(), idempotency: None };
        store.open(new, &author()).await.expect("the store opens a ticket");
    }
    let now = samples::now();
    let documents = tickets.iter().map(|ticket| readable(ticket, now)).collect();
    Filled { random, tickets, documents }
}

/// Runs random queries.
///
/// # Errors
///
/// Fails at the first disagreement.
///
/// # Panics
///
/// Panics when the store fails.
pub async fn ask(store: &dyn Store, filled: &mut Filled, queries: u64) -> Result<Compared, Disagreement> {
    let Filled { random, tickets, documents } = filled;
    let mut compared = Compared::default();
    for turn in 0..queries {
        let raw = samples::query(random);
        let dialect = Dialect::ALL[usize::from(turn % 2 == 0)];
        match compare(store, tickets, documents, &raw, dialect).await {
            // Some random operands do not fit the type of their path: the query is refused, and not
            // counted.
            Ok(None) => {}
            Ok(Some(matches)) => {
                compared.queries += 1;
                compared.pairs += documents.len() as u64;
                compared.matches += matches;
            }
            Err(disagreement) => {
                return Err(reduce(store, tickets, documents, disagreement).await);
            }
        }
    }
    Ok(compared)
}

/// Runs one query. Returns the number of tickets that match; `None` when the language refuses the
/// query.
async fn compare(
    store: &dyn Store,
    tickets: &[Ticket],
    documents: &[Value],
    raw: &str,
    dialect: Dialect,
) -> Result<Option<u64>, Disagreement> {
    let options = Options { default_limit: 100, ..Options::default() };
    let Ok(query) = Query::parse(raw, &dialect, &options) else { return Ok(None) };
    let mut evaluator: Vec<usize> =
        (0..documents.len()).filter(|position| query.matches(&documents[*position])).collect();
    let plan = Plan::new(&query, &CATALOG);
    if plan.order.is_empty() {
        evaluator.sort_by_key(|position| tickets[*position].creation_date);
    } else {
        let latest_first = plan.order.last().is_some_and(|key| key.descending);
        evaluator.sort_by(|a, b| {
            let arrival = if latest_first { b.cmp(a) } else { a.cmp(b) };
            compare_all(&query.sort, &documents[*a], &documents[*b]).then(arrival)
        });
    }

    let viewer = Viewer::Oi(OperatorCode::parse(samples::OI).expect("a code"));
    let by_offset = walk(store, tickets, &viewer, &plan, false).await;
    let by_place = walk(store, tickets, &viewer, &plan, true).await;
    let total = store.count(viewer, plan, samples::now()).await.expect("the store counts");
    let backend = if by_offset == evaluator { by_place } else { by_offset };
    if evaluator == backend && total == backend.len() as u64 {
        return Ok(Some(total));
    }
    let differing = (0..documents.len()).filter(|at| evaluator.contains(at) != backend.contains(at));
    let documents = differing.map(|at| documents[at].clone()).collect();
    Err(Disagreement { query: raw.to_owned(), dialect, evaluator, backend, documents })
}

/// Returns the positions of the tickets on every page. Each page starts at an offset, or after the
/// last place of the previous page.
async fn walk(
    store: &dyn Store,
    tickets: &[Ticket],
    viewer: &Viewer,
    plan: &Plan,
    by_place: bool,
) -> Vec<usize> {
    let mut met = Vec::new();
    let mut start = Start::Offset(0);
    loop {
        let request =
            ListRequest { viewer: viewer.clone(), plan: plan.clone(), start, limit: 25, now: samples::now() };
        let page = store.list(request).await.expect("the store lists");
        for stored in &page.rows {
            let found: Value = serde_json::from_str(&stored.document).expect("a document");
            let position = tickets.iter().position(|ticket| found["id"] == ticket.id.to_string());
            met.push(position.expect("a ticket of the sample"));
        }
        let done = met.len() as u64 >= page.total;
        match page.more_after {
            // Report endless pages as a disagreement instead of looping.
            _ if page.rows.is_empty() || met.len() > tickets.len() => return met,
            Some(place) if by_place => start = Start::After(place),
            None if by_place => return met,
            _ if done => return met,
            _ => start = Start::Offset(met.len() as u64),
        }
    }
}

/// Searches for a single condition that shows the disagreement, and returns the smallest document
/// that does.
async fn reduce(
    store: &dyn Store,
    tickets: &[Ticket],
    documents: &[Value],
    found: Disagreement,
) -> Disagreement {
    let mut smallest = found.clone();
    for part in found.query.split('&') {
        if let Err(smaller) = compare(store, tickets, documents, part, found.dialect).await {
            smallest = smaller;
            break;
        }
    }
    smallest.documents.sort_by_key(|document| document.to_string().len());
    smallest.documents.truncate(1);
    smallest
}
