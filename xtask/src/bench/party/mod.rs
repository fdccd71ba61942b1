//! The directory at full size: each shape of search over HTTP, in process, and as its SQL alone.
//!
//! Requests run one at a time, for pages of 100, so that the result is the cost of one search. An
//! unrelated write precedes each, so that totals are counted instead of cached. The gain from a
//! cached total is measured separately.

mod alone;
mod searches;

use std::path::Path;

use anyhow::{Result, bail};
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};
use epissure_filter::{Options, Plan, Query};
use epissure_protocol::names::OperatorCode;
use epissure_protocol::party::{CONTACT_MEDIUM, Resource};
use epissure_store::{INDIVIDUAL_CATALOG, ORGANIZATION_CATALOG, Parties as _, PartyListRequest, StoreError};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use rusqlite::Connection;
use serde::Serialize;

use alone::Statements;
use searches::{Finds, Search, individuals, organizations};

use super::data::Data;
use super::subject::Subject;
use super::times::Times;
use super::wire::{Caller, request};
use super::{Pace, http, report};
use crate::load::{OC, Sizes};

const MOUNT: &str = "/united-way/party-management/v1";
/// Number of parties in a page.
const PAGE: i64 = 100;

/// Results of one search.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Shape {
    /// Description of the search.
    work: &'static str,
    /// Query string.
    query: String,
    /// Status of the response: 422 when the search would exceed its budget.
    status: u16,
    /// Number of parties that match.
    total: Option<u64>,
    /// Latency over HTTP: median, in milliseconds.
    http: f64,
    /// Latency in process: median, in milliseconds.
    in_process: f64,
    /// Latency of the statements alone: median, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<f64>,
    /// Latency over HTTP with a cached total, in milliseconds.
    again: f64,
    /// Index that finds the parties, or a note that they are scanned.
    found_by: String,
}

/// Measures every shape.
pub(super) fn measure(data: &Path, sizes: Sizes, pace: Pace, program: &Path) -> Result<Vec<Shape>> {
    let subject = Subject::server(&Data::sqlite(data), program)?;
    let token = http::token(&subject)?;
    let mut bench = Bench {
        caller: Caller::new(subject.address)?,
        store: SqliteStore::open(&Settings::new(data.join(FILE_NAME)))?,
        alone: alone::open(data)?,
        runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        times: Times::new(data)?,
        operator: OC.parse().map_err(anyhow::Error::msg)?,
        token,
        pace,
    };
    let sql = "SELECT identification_id FROM organization_identification WHERE identification_type = 'siren'
               LIMIT 1 OFFSET ?";
    let half = i64::try_from(sizes.organizations / 2)?;
    let siren: String = bench.alone.query_row(sql, [half], |row| row.get(0))?;
    let searches = individuals(&Finds::new(&bench.alone)?, sizes.individuals).into_iter();
    let mut shapes = Vec::new();
    for search in searches.chain(organizations(sizes.organizations, &siren)) {
        let shape = bench.shape(search)?;
        eprintln!("{}: {:.3} ms, in process {:.3} ms", shape.work, shape.http, shape.in_process);
        shapes.push(shape);
    }
    Ok(shapes)
}

struct Bench {
    caller: Caller,
    store: SqliteStore,
    alone: Connection,
    runtime: tokio::runtime::Runtime,
    times: Times,
    operator: OperatorCode,
    token: String,
    pace: Pace,
}

impl Bench {
    fn shape(&mut self, search: Search) -> Result<Shape> {
        let target = format!("{MOUNT}/{}?{}", search.resource.segment(), search.query);
        let request = request("GET", &target, &self.token, None);
        let (status, head, _) = self.caller.ask(&request)?;
        let total = http::total(&head);
        if status != 200 && status != 422 {
            bail!("{}: {status} {head}", search.query);
        }
        let length = self.pace.length;
        let http = self.times.median(length, true, || self.caller.ask(&request).map(|_| ()))?;
        let again = self.times.median(length / 4, false, || self.caller.ask(&request).map(|_| ()))?;
        let (plan, with_media, found_by) = self.in_process(&search)?;
        let in_process = self.times.median(length, true, || {
            let limit = u32::try_from(PAGE)?;
            let request = PartyListRequest { plan: plan.clone(), offset: search.offset, limit };
            let outcome = self.runtime.block_on(async {
                match search.resource {
                    Resource::Individual => {
                        let page = self.store.list_individuals(&self.operator, request, with_media).await?;
                        Ok(page.total)
                    }
                    Resource::Organization => Ok(self.store.list_organizations(request).await?.total),
                }
            });
            match outcome {
                Ok(found) if Some(found) == total => Ok(()),
                Ok(found) => bail!("{}: {found} in process, {total:?} over HTTP", search.query),
                Err(StoreError::TooExpensive) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })?;
        let sql = match &search.sql {
            Some(sql) => {
                let mut statements = Statements::new(&self.alone, &search, sql, with_media)?;
                Some(self.times.median(length, true, || match statements.run(&self.alone)? {
                    found if Some(found) == total => Ok(()),
                    found => bail!("{}: {found} by SQL, {total:?} over HTTP", search.query),
                })?)
            }
            None => None,
        };
        let Search { work, query, .. } = search;
        Ok(Shape { work, query, status, total, http, in_process, sql, again, found_by })
    }

    /// Returns the same query for the backend, the option to read contact media, and the access
    /// path that the backend reports.
    fn in_process(&self, search: &Search) -> Result<(Plan, bool, String)> {
        let query = Query::parse_closed(&search.query, search.resource.list(), &Options::default())?;
        let (whose, catalog) = match search.resource {
            Resource::Individual => (Some(self.operator.clone()), &INDIVIDUAL_CATALOG),
            Resource::Organization => (None, &ORGANIZATION_CATALOG),
        };
        let plan = Plan::new(&query, catalog);
        let with_media = query.fields.as_ref().is_none_or(|fields| fields.selects(CONTACT_MEDIUM));
        let request = PartyListRequest { plan: plan.clone(), offset: query.offset, limit: query.limit };
        let explained = self.runtime.block_on(self.store.explain_parties(whose, request))?;
        let lane = if explained.scans { "parties, by " } else { "" };
        let index = explained.page[1..].iter().find_map(|step| named(step));
        Ok((plan, with_media, format!("{lane}{}", index.unwrap_or("table"))))
    }
}

/// Returns the index of a query plan step, unless the step reads the parties already found.
fn named(step: &str) -> Option<&str> {
    if let Some((_, index)) = step.split_once("INDEX ")
        && !step.contains("VIRTUAL TABLE")
    {
        return index.split_whitespace().next();
    }
    let table =
        step.strip_prefix("SEARCH ").or_else(|| step.strip_prefix("SCAN "))?.split_whitespace().next()?;
    (table != "party").then_some(table)
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
        "SQL alone",
        "in process, in times of it",
        "HTTP, total known",
        "found by",
    ]);
    for column in 2..=7 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for shape in shapes {
        let milliseconds = |value: f64| format!("{} ms", report::round(value));
        let shown = shape.query.replace(&format!("&limit={PAGE}"), "");
        table.add_row([
            shape.work.to_owned(),
            format!("`{shown}`"),
            shape.total.map_or_else(|| shape.status.to_string(), |total| total.to_string()),
            milliseconds(shape.http),
            milliseconds(shape.in_process),
            shape.sql.map(milliseconds).unwrap_or_default(),
            shape.sql.map(|sql| format!("{:.2}", shape.in_process / sql)).unwrap_or_default(),
            milliseconds(shape.again),
            shape.found_by.clone(),
        ]);
    }
    println!("\n{table}");
}
