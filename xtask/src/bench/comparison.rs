//! Ceilings of the server's figures on PostgreSQL. The statements that the server sends for a
//! request are recorded once, then replayed by `pgbench`.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::data::Data;
use super::http::{self, MOUNT};
use super::pgbench::{MAX_SCRIPTS, Pgbench, script};
use super::recording::{Recorded, RecordingProxy, Value};
use super::subject::Subject;
use super::wire::{ask, request};

/// Number of times that a request is recorded. The first ones also connect and prepare, and later
/// ones may include unrelated statements, so the shortest recording is used.
const TIMES: usize = 5;
const NOT_LISTENED_TO: usize = 2;
/// Delay until all statements of a request are recorded: a read-only transaction ends after its
/// response.
const RECORDING_DELAY: Duration = Duration::from_millis(50);
/// Number of months whose tickets are counted.
const MONTHS: usize = 20;
/// Number of rows in a batch, for the minimum cost of an insert.
pub(super) const BATCH: u32 = 32;

/// Statements to replay.
pub(super) struct Comparison {
    /// One ticket by its identifier, different each time.
    pub(super) by_id: Pgbench,
    /// A page and its total.
    pub(super) list: Pgbench,
    /// A page alone.
    pub(super) page: Pgbench,
    /// A total, for different months.
    pub(super) count: Pgbench,
    /// The rows that a filter without an index leaves.
    pub(super) scan: Pgbench,
}

/// Ceilings of opening a ticket.
pub(super) struct PostComparison {
    pub(super) same: Pgbench,
    /// Inserts into a table with one index, [`BATCH`] rows per transaction.
    pub(super) plain: Pgbench,
}

impl Comparison {
    pub(super) fn record(data: &Data, program: &Path, ids: &[String]) -> Result<Self> {
        let listener = Listener::new(data, program)?;
        let get = |target: String| request("GET", &target, &listener.token, None);
        let head = |target: String| request("HEAD", &target, &listener.token, None);

        let id = ids.first().context("no ticket")?;
        let recorded = listener.record(|_| get(format!("{MOUNT}/{id}")))?;
        let one = recorded.with(|said| said.values.iter().any(|value| value.text.as_ref() == Some(id)))?;
        let by_id = ids
            .iter()
            .take(MAX_SCRIPTS)
            .map(|other| script(&one, |value| (value == id).then(|| format!("'{other}'"))));
        let by_id = listener.pgbench(&recorded, by_id.collect());

        let recorded = listener.record(|number| get(http::queue(Some(number))))?;
        let both = recorded.of_tickets()?;
        let list = listener.pgbench(&recorded, vec![script(&both, |_| None)]);
        let recorded = listener.record(|_| get(http::queue(None)))?;
        let one = recorded.of_tickets()?;
        let page = listener.pgbench(&recorded, vec![script(&one[..1], |_| None)]);

        let mut scripts = Vec::new();
        let mut last = None;
        for month in 0..MONTHS {
            let recorded = listener.record(|number| head(http::month(month + MONTHS * number)))?;
            scripts.push(script(&recorded.of_tickets()?, |_| None));
            last = Some(recorded);
        }
        let count = listener.pgbench(&last.context("no month")?, scripts);

        let recorded = listener.record(|number| head(http::nowhere(number)))?;
        let scan = listener.pgbench(&recorded, vec![script(&recorded.of_tickets()?, |_| None)]);
        Ok(Self { by_id, list, page, count, scan })
    }
}

impl PostComparison {
    /// Records the opening of tickets, on a copy of the database.
    pub(super) fn record(data: &Data, program: &Path, bodies: &[String]) -> Result<Self> {
        let listener = Listener::new(data, program)?;
        let post = |number: usize| {
            let body = &bodies[number % bodies.len()];
            request("POST", MOUNT, &listener.token, Some(body))
        };
        let recorded = listener.record(post)?;
        let ticket: serde_json::Value = serde_json::from_slice(&recorded.body)?;
        let id = ticket["id"].as_str().context("a ticket without an identifier")?;
        let begin = id.rsplit_once('-').map_or("", |(begin, _)| begin);
        // A different ticket each time, opened at the same instant.
        let another = format!("'{begin}-' || lpad(to_hex(:end::bigint), 12, '0')");
        let script = |said: &[Recorded]| {
            let said = script(said, |value| (value == id).then(|| another.clone()));
            format!("\\set end random(0, {})\n{said}", (1_u64 << 48) - 1)
        };
        let same = listener.pgbench(&recorded, vec![script(&recorded.said)]);

        let values = recorded.said.iter().flat_map(|said| &said.values);
        let document = values.max_by_key(|value| value.text.as_ref().map_or(0, String::len));
        let document = document.context("nothing was written")?.clone();
        let psql = crate::psql::Psql::new(&listener.url);
        psql.run(
            "CREATE TABLE IF NOT EXISTS bench_plain
                 (id text COLLATE \"C\" PRIMARY KEY, document text NOT NULL)",
        )?;
        let batch = Recorded {
            flight: (0, 0),
            sql: format!(
                "INSERT INTO bench_plain SELECT $1 || number, $2 FROM generate_series(1, {BATCH}) AS number"
            ),
            values: vec![Value { kind: "text".to_owned(), text: Some(id.to_owned()) }, document],
        };
        let plain = listener.pgbench(&recorded, vec![script(&[batch])]);
        Ok(Self { same, plain })
    }
}

/// A server whose statements are recorded.
struct Listener {
    subject: Subject,
    ear: RecordingProxy,
    token: String,
    /// Address of the database itself.
    url: String,
    /// Session settings of each connection, as options.
    session: Vec<String>,
}

impl Listener {
    fn new(data: &Data, program: &Path) -> Result<Self> {
        let url = data.url.clone().context("only PostgreSQL is listened to")?;
        let ear = RecordingProxy::before(&url)?;
        let subject = Subject::server(&Data { url: Some(ear.url.clone()), ..data.clone() }, program)
            .context("the server cannot be listened to; its database must let one in without TLS")?;
        let token = http::token(&subject)?;
        let session = options(&ear.recorded(), "SET ");
        Ok(Self { subject, ear, token, url, session })
    }

    /// Records the statements of a request, which may differ each time.
    fn record(&self, request: impl Fn(usize) -> Vec<u8>) -> Result<Recording> {
        let mut shortest: Option<Recording> = None;
        for number in 0..TIMES {
            self.ear.recorded();
            let (status, _, body) = ask(self.subject.address, &request(number))?;
            // A query that exceeds its budget sent its statements too.
            if !matches!(status, 200 | 201 | 422) {
                bail!("{status}: {}", String::from_utf8_lossy(&body));
            }
            thread::sleep(RECORDING_DELAY);
            let recorded = Recording { said: self.ear.recorded(), body };
            let shorter = shortest.as_ref().is_none_or(|least| recorded.said.len() < least.said.len());
            if number >= NOT_LISTENED_TO && shorter {
                shortest = Some(recorded);
            }
        }
        shortest.context("nothing was recorded")
    }

    fn pgbench(&self, recorded: &Recording, scripts: Vec<String>) -> Pgbench {
        let mut session = self.session.clone();
        session.extend(options(&recorded.said, "SET LOCAL "));
        let recorded = format!(
            "the server says {} statements and waits {} times",
            recorded.said.len(),
            recorded.waits()
        );
        Pgbench { url: self.url.clone(), session: session.join(" "), scripts, recorded }
    }
}

/// Returns the recorded session settings as options, except the statement time-out, which differs
/// each time.
fn options(said: &[Recorded], before: &str) -> Vec<String> {
    let mut options = Vec::new();
    for said in said {
        let Some((name, value)) = said.sql.strip_prefix(before).and_then(|set| set.split_once(" = ")) else {
            continue;
        };
        let option = format!("-c {name}={}", value.trim_matches('\''));
        if name != "statement_timeout" && !name.contains(' ') && !options.contains(&option) {
            options.push(option);
        }
    }
    options
}

/// Statements recorded for a request.
struct Recording {
    said: Vec<Recorded>,
    body: Vec<u8>,
}

impl Recording {
    fn with(&self, is: impl Fn(&Recorded) -> bool) -> Result<Vec<Recorded>> {
        let found: Vec<Recorded> = self.said.iter().filter(|said| is(said)).cloned().collect();
        if found.is_empty() {
            let all: Vec<&str> = self.said.iter().map(|said| said.sql.as_str()).collect();
            bail!("what is looked for was not said: {}", all.join("; "));
        }
        Ok(found)
    }

    /// Returns the statements on tickets.
    fn of_tickets(&self) -> Result<Vec<Recorded>> {
        self.with(|said| said.sql.contains(" FROM ticket "))
    }

    /// Returns the number of round trips.
    fn waits(&self) -> usize {
        let mut flights: Vec<_> = self.said.iter().map(|said| said.flight).collect();
        flights.sort_unstable();
        flights.dedup();
        flights.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_become_options_of_a_session() {
        let said =
            ["SET jit = off", "SET lock_timeout = '5s'", "BEGIN", "SET jit = off", "SET LOCAL work_mem = 1"]
                .map(|sql| Recorded { flight: (0, 0), sql: sql.to_owned(), values: Vec::new() });
        assert_eq!(options(&said, "SET "), ["-c jit=off", "-c lock_timeout=5s"]);
        let local = ["SET LOCAL enable_seqscan = off", "SET LOCAL statement_timeout = 4999"]
            .map(|sql| Recorded { flight: (0, 0), sql: sql.to_owned(), values: Vec::new() });
        assert_eq!(options(&local, "SET LOCAL "), ["-c enable_seqscan=off"]);
    }
}
