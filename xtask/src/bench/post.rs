//! Opening tickets over HTTP, on a copy of the database.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use epissure_protocol::json::Object;

use super::best::Best;
use super::comparison::{BATCH, PostComparison};
use super::data::Data;
use super::http::{self, CONNECTIONS, MOUNT, Measured, said};
use super::postgres::Postgres;
use super::report::Figure;
use super::subject::Subject;
use super::wire::{Load, request};
use super::{Pace, insert};
use crate::load::Bodies;

/// Number of bodies in one run.
const BODIES: usize = 20_000;

pub(super) fn measure(
    (data, postgres): (&Data, Option<&Postgres>),
    tickets: u64,
    pace: Pace,
    program: &Path,
    measured: &mut Measured,
) -> Result<()> {
    let scratch = data.scratch()?;
    let beside = match data.url {
        None => None,
        Some(_) => Some(PostComparison::record(&scratch, program, &texts(Bodies::new(999_999).take(100))?)?),
    };
    let subject = Subject::server(&scratch, program)?;
    let token = http::token(&subject)?;
    let mut best = Best::of(&subject, postgres);
    let (mut one, mut other) = (Bodies::new(1_000_000), Bodies::new(1_000_001));
    let rates = pace.by_turns([
        &mut |length| {
            insert::rate(&scratch, &one.by_ref().take(BODIES).collect::<Vec<_>>(), CONNECTIONS, length)
        },
        &mut |length| {
            let bodies = texts(other.by_ref().take(BODIES))?;
            let requests = bodies.iter().map(|body| request("POST", MOUNT, &token, Some(body)));
            let (to, requests) = (subject.address, Arc::new(requests.collect()));
            let load = Load { to, requests, status: 201, connections: CONNECTIONS, length };
            best.turn(&load)
        },
        &mut |length| {
            beside.as_ref().map_or(Ok(0.0), |beside| Ok(beside.same.run(CONNECTIONS, length)?.rate))
        },
        &mut |length| {
            let batches = beside.as_ref().map(|beside| beside.plain.run(CONNECTIONS, length)).transpose()?;
            Ok(batches.map_or(0.0, |batches| batches.rate * f64::from(BATCH)))
        },
    ])?;
    let [in_process, rate, same, plain] = rates;
    let figure = |of: &str, other: f64, at_least| {
        let work = format!("POST ticket, durable, 32 connections ({of})");
        Figure::new(tickets, &work, rate, "/s").against(other, at_least)
    };
    let ceiling = figure("ceiling: 32 inserts at once in process", in_process, Some(0.5)).more(best.shown());
    let mut figures = vec![ceiling];
    if let Some(beside) = &beside {
        let same = figure("beside: pgbench, the same statements, 32 clients", same, Some(0.5));
        figures.push(same.more(beside.same.recorded.clone()));
        let plain = figure("beside: pgbench, one table with one index", plain, None);
        figures.push(plain.more(format!("{BATCH} rows a transaction, 32 clients")));
    }
    figures.iter().for_each(said);
    measured.figures.extend(figures);
    measured.costs.push(("POST ticket, 32 connections", 1e3 / rate));
    drop(subject);
    scratch.remove()
}

fn texts(bodies: impl Iterator<Item = Object>) -> Result<Vec<String>> {
    bodies.map(|body| Ok(serde_json::to_string(&body)?)).collect()
}
