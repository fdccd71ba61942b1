//! The query language on a large database: each shape of query over HTTP, and its statements in
//! process.
//!
//! Requests run one at a time, so that the result is the cost of one query. An unrelated write
//! precedes each, so that totals are counted instead of cached. The gain from a cached total is
//! measured separately.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};
use epissure_filter::{Options, Plan, Query};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::OperatorCode;
use epissure_store::{CATALOG, ListRequest, Start, Tickets as _, Viewer};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use jiff::Timestamp;
use serde::Serialize;

use super::data::Data;
use super::http::{self, MOUNT};
use super::subject::Subject;
use super::times::Times;
use super::wire::{Caller, Load, drive, request};
use super::{Pace, report};
use crate::load::{DAYS, FIRST_DAY};

/// Results of one query.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shape {
    /// Description of the query.
    work: &'static str,
    /// Query string, preceded by `HEAD` when only the total is requested.
    query: String,
    /// Status of the response: 422 when the query would exceed its budget.
    status: u16,
    /// Number of tickets that match.
    total: Option<u64>,
    /// Latency over HTTP: median, in milliseconds.
    http: f64,
    /// Latency in process: median, in milliseconds.
    in_process: f64,
    /// Latency over HTTP with a cached total, in milliseconds.
    again: f64,
    /// Index that finds the tickets, or a note that they are scanned.
    found_by: String,
}

/// Number of clients that send hostile queries, one after the other.
const ATTACKERS: usize = 9;

/// A query in the table.
struct BenchQuery {
    work: &'static str,
    query: String,
    head: bool,
}

fn page(work: &'static str, query: impl Into<String>) -> BenchQuery {
    BenchQuery { work, query: query.into(), head: false }
}

fn count(work: &'static str, query: impl Into<String>) -> BenchQuery {
    BenchQuery { work, query: query.into(), head: true }
}

/// Returns queries that each kind of index answers, and queries that none does.
fn table(tickets: u64, building: &str, cursor: &str) -> Result<Vec<BenchQuery>> {
    let day = |days: i64| Timestamp::from_second(FIRST_DAY + days * 86_400);
    let month = format!("creationDate[gte]={}&creationDate[lt]={}", day(700)?, day(730)?);
    let yesterday = day(DAYS - 1)?;
    let deep = tickets / 2;
    Ok(vec![
        page("queue, newest first", "status=PENDING&zone=ZMD&sort=-creationDate&limit=50"),
        count("its total", "status=PENDING&zone=ZMD"),
        page("a large share", "status=CLOSED&zone=ZMD&limit=50"),
        page("by building", format!("relatedEntity.id={building}")),
        page(
            "by building, among open tickets",
            format!("status[in]=ACKNOWLEDGED,IN_PROGRESS,PENDING&relatedEntity.id={building}"),
        ),
        page("a month, short durations", format!("{month}&totalDuration[lt]=36000&limit=50")),
        count("its total", format!("{month}&totalDuration[lt]=36000")),
        count("the regulator's count", format!("status=CLOSED&zone=ZMD&{month}")),
        page(
            "changed since yesterday",
            format!("lastUpdateDate[gt]={yesterday}&sort=lastUpdateDate&limit=50"),
        ),
        count("names that begin as most do", "name[regex]=%5EAnomalie.*7K$"),
        page("by a party that many share", "relatedParty.id=cell-01&limit=50"),
        page(
            "names that begin so",
            "name[regex]=%5EAnomalieAdresse%5C.nbLogements%20IMB/09027/X/0Q7&limit=50",
        ),
        count("names that end so", "name[regex]=7K$"),
        count("all", ""),
        count("all of a status", "status=CLOSED"),
        count("a member without an index", "priority=HIGH"),
        page("half way down, by offset", format!("sort=-creationDate&limit=50&offset={deep}")),
        page("half way down, by cursor", format!("sort=-creationDate&limit=50&cursor={cursor}")),
        page(
            "by a member without an index, half way down",
            format!("sort=externalId&limit=50&offset={deep}"),
        ),
        page("in the order of a nested member", "sort=issues.building.address.city.value&limit=50"),
        count(
            "nested equality, behind a queue",
            "status=PENDING&zone=ZMD&issues.building.address.city.value=Pau",
        ),
        count("nested equality, nowhere", "issues.building.address.city.value=Atlantis"),
        count("nested equality, common", "issues.building.address.city.value=Pau"),
        count("nested expression", "issues.building.address.city.value[regex]=%5EP.u$"),
        count("expression on texts", "description[regex]=num.ro.*escalier"),
    ])
}

/// Returns queries within every limit that are as costly as possible.
fn hostile() -> Vec<BenchQuery> {
    let list = |many: usize| (0..many).map(|n| format!("v{n}")).collect::<Vec<_>>().join(",");
    let predicates: Vec<String> = (0..32).map(|n| format!("description[ne]=x{n}")).collect();
    let deep_path = vec!["statusChange"; 16].join(".");
    let operand = "{%22a%22:".repeat(8) + "1" + &"}".repeat(8);
    vec![
        count("a regular expression that explodes elsewhere", "description[regex]=(a%2B)%2B$"),
        count(
            "eight expressions of many states",
            (0..8)
                .map(|n| format!("description[regex]=(e%7C{n}%7Cs){{1,40}}z"))
                .collect::<Vec<_>>()
                .join("&"),
        ),
        count("32 filters", predicates.join("&")),
        count("a list of 500 items", format!("description[in]={}", list(500))),
        count("a path of 16 segments", format!("{deep_path}=x")),
        count("an operand of 8 levels", format!("statusChange[json]={operand}")),
        count(
            "five keys of the document",
            "sort=issues.a,-issues.b,relatedEntity.name,-statusChange.author,description",
        ),
        page(
            "a page in the order of five nested keys",
            "sort=issues.a,-issues.b,relatedEntity.name,-statusChange.author,description&limit=100",
        ),
    ]
}

/// Measures and prints every shape. Returns the rate at which tickets are scanned.
pub(super) fn measure(
    data: &Path,
    tickets: u64,
    pace: Pace,
    program: &Path,
) -> Result<(Vec<Shape>, Vec<report::Figure>)> {
    let subject = Subject::server(&Data::sqlite(data), program)?;
    let token = http::token(&subject)?;
    let building = http::buildings(data, 10)?.pop().context("no building")?;
    let mut bench = Bench {
        caller: Caller::new(subject.address)?,
        store: SqliteStore::open(&Settings::new(data.join(FILE_NAME)))?,
        runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        times: Times::new(data)?,
        token,
        pace,
    };
    let cursor = bench.cursor(tickets / 2)?;
    let mut shapes = Vec::new();
    for asked in table(tickets, &building, &cursor)?.into_iter().chain(hostile()) {
        let shape = bench.shape(asked)?;
        eprintln!("{}: {:.3} ms, in process {:.3} ms", shape.work, shape.http, shape.in_process);
        shapes.push(shape);
    }
    let mut figures = vec![rate(tickets, &shapes)?];
    figures.push(beside(&subject, &bench.token, data, tickets, pace)?);
    Ok((shapes, figures))
}

struct Bench {
    caller: Caller,
    store: SqliteStore,
    runtime: tokio::runtime::Runtime,
    times: Times,
    token: String,
    pace: Pace,
}

impl Bench {
    fn request(&self, asked: &BenchQuery) -> Vec<u8> {
        let method = if asked.head { "HEAD" } else { "GET" };
        request(method, &format!("{MOUNT}?{}", asked.query), &self.token, None)
    }

    /// Returns the cursor of a page at this depth.
    fn cursor(&mut self, depth: u64) -> Result<String> {
        let asked = page("", format!("sort=-creationDate&limit=50&offset={depth}"));
        let request = self.request(&asked);
        let (status, head, _) = self.caller.ask(&request)?;
        let cursor = head.split("cursor=").nth(1).and_then(|rest| rest.split('&').next());
        cursor.map(str::to_owned).with_context(|| format!("no cursor: {status} {head}"))
    }

    fn shape(&mut self, asked: BenchQuery) -> Result<Shape> {
        let request = self.request(&asked);
        let (status, head, _) = self.caller.ask(&request)?;
        let total = http::total(&head);
        if status != 200 && status != 422 {
            bail!("{}: {status} {head}", asked.query);
        }
        let length = self.pace.length;
        let http = self.times.median(length, true, || self.caller.ask(&request).map(|_| ()))?;
        let again = self.times.median(length / 4, false, || self.caller.ask(&request).map(|_| ()))?;
        let (request, found_by) = self.in_process(&asked)?;
        let in_process = self.times.median(length, true, || {
            let ListRequest { viewer, plan, now, .. } = request.clone();
            let outcome = if asked.head {
                self.runtime.block_on(self.store.count(viewer, plan, now)).map(|_| ())
            } else {
                self.runtime.block_on(self.store.list(request.clone())).map(|_| ())
            };
            match outcome {
                Ok(()) | Err(epissure_store::StoreError::TooExpensive) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })?;
        let BenchQuery { work, query, head } = asked;
        let query = if head { format!("HEAD {query}") } else { query };
        Ok(Shape { work, query, status, total, http, in_process, again, found_by })
    }

    /// Returns the same query for the backend, and the access path that the backend reports.
    fn in_process(&self, asked: &BenchQuery) -> Result<(ListRequest, String)> {
        let query = Query::parse(&asked.query, &Dialect::Interop20, &Options::default())?;
        let plan = Plan::new(&query, &CATALOG);
        let start = match &query.cursor {
            Some(_) => Start::After(self.place(&plan)?),
            None => Start::Offset(query.offset),
        };
        let viewer = Viewer::Oc("SFRA".parse::<OperatorCode>().map_err(anyhow::Error::msg)?);
        let now = Timestamp::from_second(FIRST_DAY + DAYS * 86_400)?;
        let request = ListRequest { viewer, plan, start, limit: query.limit, now };
        let explained = self.runtime.block_on(self.store.explain(request.clone()))?;
        let steps = if asked.head { &explained.count } else { &explained.page };
        let index = steps[1..].iter().find_map(|step| {
            let (_, index) = step.split_once("INDEX ")?;
            index.split_whitespace().next().filter(|index| *index != "1").map(str::to_owned)
        });
        let lane = if explained.scans { "tickets, by " } else { "" };
        Ok((request, format!("{lane}{}", index.as_deref().unwrap_or("table"))))
    }

    /// Returns the place of a ticket half way through the list.
    fn place(&self, plan: &Plan) -> Result<epissure_store::Place> {
        let viewer = Viewer::Oc("SFRA".parse::<OperatorCode>().map_err(anyhow::Error::msg)?);
        let now = Timestamp::from_second(FIRST_DAY + DAYS * 86_400)?;
        let total = self.runtime.block_on(self.store.count(viewer.clone(), plan.clone(), now))?;
        let request =
            ListRequest { viewer, plan: plan.clone(), start: Start::Offset(total / 2), limit: 1, now };
        self.runtime.block_on(self.store.list(request))?.more_after.context("nothing half way down")
    }
}

/// Returns the tickets per second that one core scans, reading one member of each.
fn rate(tickets: u64, shapes: &[Shape]) -> Result<report::Figure> {
    let shape = |work: &str| shapes.iter().find(|shape| shape.work == work).context("no such shape");
    let (nowhere, common) = (shape("nested equality, nowhere")?, shape("nested equality, common")?);
    let rate = |shape: &Shape| tickets as f64 / shape.in_process * 1e3;
    let figure = report::Figure::new(
        tickets,
        "unindexed filter, one core, text found nowhere",
        rate(nowhere),
        "docs/s",
    );
    Ok(figure.at_least(1e6).more(format!("{:.0} docs/s when every document must be read", rate(common))))
}

/// Measures the latency of point reads while hostile queries run one after the other.
fn beside(subject: &Subject, token: &str, data: &Path, tickets: u64, pace: Pace) -> Result<report::Figure> {
    let ids = http::ids(data, 20_000)?;
    let requests = ids.iter().map(|id| request("GET", &format!("{MOUNT}/{id}"), token, None)).collect();
    let (to, length) = (subject.address, pace.length);
    let reads = Load { to, requests: Arc::new(requests), status: 200, connections: 4, length };
    let alone = drive(&reads)?.quantile(0.99);
    let attacks: Vec<Vec<u8>> = hostile()
        .iter()
        .map(|asked| request("GET", &format!("{MOUNT}?{}", asked.query), token, None))
        .collect();
    let until = Instant::now() + length;
    // As many as may be queued: one more would be refused at once.
    let attackers: Vec<_> = (0..ATTACKERS)
        .map(|number| {
            let attacks = attacks.clone();
            thread::spawn(move || -> Result<()> {
                let mut caller = Caller::new(to)?;
                let mut next = number;
                while Instant::now() < until {
                    caller.ask(&attacks[next % attacks.len()])?;
                    next += 1;
                }
                Ok(())
            })
        })
        .collect();
    let beside = drive(&reads)?.quantile(0.99);
    for attacker in attackers {
        // A query still running when the time is over ends with its connection.
        let _ = attacker.join();
    }
    let work =
        format!("p99 of GET by id beside {ATTACKERS} clients of hostile queries, in times of p99 without");
    let figure = report::Figure::new(tickets, &work, beside / alone, "×").at_most(3.0);
    Ok(figure.more(format!("{beside:.2} ms, alone {alone:.2} ms; 4 connections")))
}

/// Prints the shapes as a Markdown table.
pub(super) fn print(shapes: &[Shape]) {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "work",
        "query",
        "matches",
        "HTTP",
        "in process",
        "ratio",
        "HTTP, total known",
        "found by",
    ]);
    for column in 2..=6 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for shape in shapes {
        let milliseconds = |value: f64| format!("{} ms", report::round(value));
        let shown: String = shape.query.chars().take(90).collect();
        table.add_row([
            shape.work.to_owned(),
            format!("`{shown}`"),
            shape.total.map_or_else(|| shape.status.to_string(), |total| total.to_string()),
            milliseconds(shape.http),
            milliseconds(shape.in_process),
            format!("{:.0} %", shape.in_process / shape.http * 100.0),
            milliseconds(shape.again),
            shape.found_by.clone(),
        ]);
    }
    println!("\n{table}");
}
