//! The server's figures, over HTTP.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use epissure_protocol::json::Object;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::report::Figure;
use super::subject::{Subject, processor};
use super::wire::{Load, Outcome, ask, drive, request};
use super::{Pace, ceiling, database, insert};
use crate::load::{Bodies, DAYS, FIRST_DAY, OC_CLIENT, SECRET};

pub(super) const MOUNT: &str = "/api/v2/anomalie-adresse";
const CONNECTIONS: usize = 32;

/// What was measured on one database.
pub(super) struct Measured {
    pub(super) figures: Vec<Figure>,
    /// What a request costs, in milliseconds, by work: to be compared between databases.
    pub(super) costs: Vec<(&'static str, f64)>,
}

/// A server under load.
struct Bench<'a> {
    tickets: u64,
    data: &'a Path,
    pace: Pace,
    subject: Subject,
    token: String,
    measured: Measured,
}

pub(super) fn measure(data: &Path, tickets: u64, pace: Pace, program: &Path) -> Result<Measured> {
    let subject = Subject::server(data, program)?;
    let token = token(&subject)?;
    let measured = Measured { figures: Vec::new(), costs: Vec::new() };
    let mut bench = Bench { tickets, data, pace, subject, token, measured };
    bench.at_rest(program)?;
    let ids = ids(data, 20_000)?;
    bench.get_by_id(&ids)?;
    bench.list()?;
    bench.count()?;
    bench.same_answer_on_any_size()?;
    bench.one_at_a_time()?;
    bench.scan(&ids)?;
    bench.memory("memory after the reads")?;
    let Bench { pace, mut measured, subject, .. } = bench;
    drop(subject);
    post(data, tickets, pace, program, &mut measured)?;
    Ok(measured)
}

/// A server that has just started answers, and has the client's token.
pub(super) fn token(subject: &Subject) -> Result<String> {
    // RFC 7617, without a library: the alphabet is ASCII.
    let credentials = base64(format!("{OC_CLIENT}:{SECRET}").as_bytes());
    let form = "grant_type=client_credentials";
    let request = format!(
        "POST /oauth/v2/token HTTP/1.1\r\nhost: bench\r\nauthorization: Basic {credentials}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let (status, _, body) = ask(subject.address, request.as_bytes())?;
    let answer: serde_json::Value = serde_json::from_slice(&body)?;
    answer["access_token"].as_str().map(str::to_owned).with_context(|| format!("no token: {status} {answer}"))
}

impl Bench<'_> {
    fn load(&self, requests: Vec<Vec<u8>>, connections: usize) -> Load {
        let (to, length) = (self.subject.address, self.pace.length);
        Load { to, requests: Arc::new(requests), status: 200, connections, length }
    }

    fn request(&self, method: &str, target: &str) -> Vec<u8> {
        request(method, target, &self.token, None)
    }

    /// Start and memory before any work.
    fn at_rest(&mut self, program: &Path) -> Result<()> {
        let mut started = self.subject.started_in;
        for _ in 0..3 {
            started = started.min(Subject::server(self.data, program)?.started_in);
        }
        let milliseconds = started.as_secs_f64() * 1e3;
        self.figure(Figure::new(self.tickets, "start to first answer", milliseconds, "ms").at_most(200.0));
        let idle = Subject::server(self.data, program)?.memory()?;
        let figure = Figure::new(self.tickets, "memory when idle", idle.resident, "MB").at_most(40.0);
        self.figure(figure.more(format!("of it {:.0} MB of mapped files", idle.of_files)));
        Ok(())
    }

    fn memory(&mut self, work: &str) -> Result<()> {
        let memory = self.subject.memory()?;
        let own = memory.resident - memory.of_files;
        // What is mapped is the system's cache, and given back when memory is short.
        let figure = Figure::new(self.tickets, &format!("{work}, without mapped files"), own, "MB");
        self.figure(
            figure.at_most(150.0).more(format!(
                "{:.0} MB with the mapped files, which are the system's cache",
                memory.resident
            )),
        );
        Ok(())
    }

    fn get_by_id(&mut self, ids: &[String]) -> Result<()> {
        let requests: Vec<_> = ids.iter().map(|id| self.request("GET", &format!("{MOUNT}/{id}"))).collect();
        let (_, _, body) = ask(self.subject.address, &requests[0])?;
        let file = database::folder("bytes")?.join("ticket.json");
        fs::write(&file, &body)?;
        let bare = Subject::bytes(&file)?;
        let load = self.load(requests, CONNECTIONS);
        let to_bare = Load { to: bare.address, ..load.clone() };
        let (mut outcomes, mut costs) = ((None, None), (f64::MAX, f64::MAX));
        let (rate, ceiling) = self.pace.in_turn(
            |_| keep(&load, &self.subject, &mut outcomes.0, &mut costs.0),
            |_| keep(&to_bare, &bare, &mut outcomes.1, &mut costs.1),
        )?;
        let work = "GET by id, 32 connections (ceiling: bare handler)";
        let figure = Figure::new(self.tickets, work, rate, "/s").against(ceiling, Some(0.5)).more(format!(
            "{}; bare {}; processor {:.1} µs a request, bare {:.1} µs",
            shown(outcomes.0.as_ref()),
            shown(outcomes.1.as_ref()),
            costs.0 * 1e6,
            costs.1 * 1e6
        ));
        self.figure(figure);
        self.measured.costs.push(("GET by id, 32 connections", 1e3 / rate));
        Ok(())
    }

    fn list(&mut self) -> Result<()> {
        let target = format!("{MOUNT}?status=PENDING&zone=ZMD&sort=-creationDate&limit=50");
        let (status, head, _) = ask(self.subject.address, &self.request("GET", &target))?;
        let total = total(&head).with_context(|| format!("no total: {status} {head}"))?;
        let load = self.load(vec![self.request("GET", &target)], CONNECTIONS);
        let text = |text: &str| Value::Text(text.to_owned());
        let work = ceiling::Work {
            rows: Some(
                "SELECT document, findings FROM ticket WHERE code_oc = ? AND status = ? AND zone = ?
                 ORDER BY creation_date DESC, seq DESC LIMIT 51",
            ),
            count: Some("SELECT count(*) FROM ticket WHERE code_oc = ? AND status = ? AND zone = ?"),
            bindings: vec![vec![text("SFRA"), text("PENDING"), text("ZMD")]],
        };
        let mut outcome = None;
        let (mut cost, mut sql_cost) = (f64::MAX, f64::MAX);
        let (rate, ceiling) = self.pace.in_turn(
            |_| keep(&load, &self.subject, &mut outcome, &mut cost),
            |length| {
                // A rate depends on what else runs; what a request costs does so less.
                let before = processor("self")?;
                let rate = ceiling::rate(self.data, &work, length)?;
                let spent = processor("self")? - before;
                sql_cost = sql_cost.min(spent / (rate * length.as_secs_f64()).max(1.0));
                Ok(rate)
            },
        )?;
        let work = "list of 50 by status and zone, exact total (ceiling: the same SQL in process)";
        let figure = Figure::new(self.tickets, work, rate, "/s").against(ceiling, Some(0.25)).more(format!(
            "{}; {total} match; processor {:.0} µs a request, SQL {:.0} µs",
            shown(outcome.as_ref()),
            cost * 1e6,
            sql_cost * 1e6
        ));
        self.figure(figure);
        Ok(())
    }

    fn count(&mut self) -> Result<()> {
        let instant = |days: i64| Timestamp::from_second(FIRST_DAY + days * 86_400);
        let (from, to) = (instant(700)?, instant(730)?);
        let target = format!("{MOUNT}?status=CLOSED&zone=ZMD&creationDate[gte]={from}&creationDate[lt]={to}");
        let (status, head, _) = ask(self.subject.address, &self.request("HEAD", &target))?;
        let total = total(&head).with_context(|| format!("no total: {status} {head}"))?;
        let outcome = drive(&self.load(vec![self.request("HEAD", &target)], 1))?;
        let figure = Figure::new(
            self.tickets,
            "HEAD count by status, zone and month, p50",
            outcome.quantile(0.5),
            "ms",
        );
        self.figure(figure.at_most(10.0).more(format!("{}; {total} match", shown(Some(&outcome)))));
        Ok(())
    }

    /// The same work on any database: as many tickets match, whatever their number in all.
    fn same_answer_on_any_size(&mut self) -> Result<()> {
        let end = Timestamp::from_second(FIRST_DAY + DAYS * 86_400)?;
        let seconds = DAYS * 86_400 * 10_000 / i64::try_from(self.tickets)?.max(10_000);
        let since = end - SignedDuration::from_secs(seconds);
        let list =
            format!("{MOUNT}?status=PENDING&zone=ZMD&creationDate[gte]={since}&sort=-creationDate&limit=50");
        let buildings = buildings(self.data, 2000)?;
        let by_building = buildings.iter().map(|id| format!("{MOUNT}?relatedEntity.id={id}"));
        for (work, targets) in [
            ("list of 50 of about 250, by status, zone and date", vec![list]),
            ("list by building", by_building.collect()),
        ] {
            let requests: Vec<_> = targets.iter().map(|target| self.request("GET", target)).collect();
            let load = self.load(requests, CONNECTIONS);
            let mut outcome = None;
            let mut cost = f64::MAX;
            let mut rate = 0.0_f64;
            for _ in 0..self.pace.turns {
                rate = rate.max(keep(&load, &self.subject, &mut outcome, &mut cost)?);
            }
            self.measured.costs.push((work, 1e3 / rate));
            let more = format!("{}; processor {:.0} µs a request", shown(outcome.as_ref()), cost * 1e6);
            self.figure(Figure::new(self.tickets, work, rate, "/s").more(more));
        }
        Ok(())
    }

    /// Lists that have more to sort or to skip than to show.
    fn one_at_a_time(&mut self) -> Result<()> {
        let deep = self.tickets / 2;
        for (work, query) in [
            (
                "list of 50 by status alone, newest first",
                "status=CLOSED&sort=-creationDate&limit=50".to_owned(),
            ),
            ("list of 50 of all, half way down", format!("sort=-creationDate&limit=50&offset={deep}")),
        ] {
            let request = self.request("GET", &format!("{MOUNT}?{query}"));
            let mut best = f64::MAX;
            let mut answered = 0;
            for _ in 0..self.pace.turns {
                let started = Instant::now();
                (answered, ..) = ask(self.subject.address, &request)?;
                best = best.min(started.elapsed().as_secs_f64() * 1e3);
            }
            let figure = Figure::new(self.tickets, work, best, "ms");
            self.figure(figure.more(format!("answered {answered}; one at a time")));
        }
        Ok(())
    }

    /// A filter that no index serves, and what others wait for meanwhile.
    fn scan(&mut self, ids: &[String]) -> Result<()> {
        let requests = ids.iter().map(|id| self.request("GET", &format!("{MOUNT}/{id}"))).collect();
        let reads = self.load(requests, 4);
        let target = format!("{MOUNT}?severity=none%20that%20exists");
        let scan = self.request("HEAD", &target);
        let started = Instant::now();
        let (status, ..) = ask(self.subject.address, &scan)?;
        let elapsed = started.elapsed();
        let rate = self.tickets as f64 / elapsed.as_secs_f64();
        let figure = Figure::new(self.tickets, "unindexed filter, one core", rate, "docs/s");
        let seconds = elapsed.as_secs_f64();
        let figure = figure.at_least(1e6);
        self.figure(if status == 200 {
            figure.more(format!("{seconds:.2} s"))
        } else {
            let more = format!("fewer than that: {status} after {seconds:.1} s, the budget of a query");
            Figure { reached: Some(false), ..figure }.more(more)
        });
        let alone = drive(&reads)?.quantile(0.99);
        let to = self.subject.address;
        let until = Instant::now() + reads.length;
        let scanner = thread::spawn(move || {
            while Instant::now() < until {
                let _ = ask(to, &scan);
            }
        });
        let beside = drive(&reads)?.quantile(0.99);
        let _ = scanner.join();
        let work = "p99 of GET by id beside such a scan, in times of p99 without";
        let figure = Figure::new(self.tickets, work, beside / alone, "×").at_most(3.0);
        self.figure(figure.more(format!("{beside:.2} ms, alone {alone:.2} ms; 4 connections")));
        Ok(())
    }

    fn figure(&mut self, figure: Figure) {
        said(&figure);
        self.measured.figures.push(figure);
    }
}

/// Says at once what was measured: a run is long.
fn said(figure: &Figure) {
    eprintln!("{}: {:.2} {} {}", figure.work, figure.measured, figure.unit, figure.more);
}

/// Measures once more; keeps the best, with its latencies and its cost in processor seconds a request.
fn keep(load: &Load, subject: &Subject, best: &mut Option<Outcome>, cost: &mut f64) -> Result<f64> {
    let before = subject.processor()?;
    let outcome = drive(load)?;
    let spent = subject.processor()? - before;
    *cost = cost.min(spent / outcome.count().max(1) as f64);
    let rate = outcome.rate;
    if best.as_ref().is_none_or(|best| best.rate < rate) {
        *best = Some(outcome);
    }
    Ok(rate)
}

fn shown(outcome: Option<&Outcome>) -> String {
    outcome.map_or(String::new(), |outcome| {
        format!("p50 {:.2} ms, p99 {:.2} ms", outcome.quantile(0.5), outcome.quantile(0.99))
    })
}

/// Opening tickets, on a copy of the database.
fn post(data: &Path, tickets: u64, pace: Pace, program: &Path, measured: &mut Measured) -> Result<()> {
    let scratch = database::scratch(data)?;
    let subject = Subject::server(&scratch, program)?;
    let token = token(&subject)?;
    let (mut outcome, mut cost, mut seed) = (None, f64::MAX, 1_000_000);
    let mut bodies = || -> Vec<Object> {
        seed += 1;
        Bodies::new(seed).take(20_000).collect()
    };
    let (mut rate, mut ceiling) = (0.0_f64, 0.0_f64);
    for _ in 0..pace.turns {
        let own = bodies();
        ceiling = ceiling.max(insert::rate(&scratch, &own, CONNECTIONS, pace.length)?);
        let mut requests = Vec::new();
        for body in bodies() {
            requests.push(request("POST", MOUNT, &token, Some(&serde_json::to_string(&body)?)));
        }
        let load = Load {
            to: subject.address,
            requests: Arc::new(requests),
            status: 201,
            connections: CONNECTIONS,
            length: pace.length,
        };
        rate = rate.max(keep(&load, &subject, &mut outcome, &mut cost)?);
    }
    let work = "POST ticket, durable, 32 connections (ceiling: 32 inserts at once in process)";
    let figure = Figure::new(tickets, work, rate, "/s").against(ceiling, Some(0.5)).more(format!(
        "{}; processor {:.0} µs a request",
        shown(outcome.as_ref()),
        cost * 1e6
    ));
    said(&figure);
    measured.figures.push(figure);
    measured.costs.push(("POST ticket, 32 connections", 1e3 / rate));
    drop(subject);
    fs::remove_dir_all(scratch)?;
    Ok(())
}

/// What each work costs on the largest database, in times of its cost on the smallest.
pub(super) fn growth(
    tickets: u64,
    small: &[(&'static str, f64)],
    large: &[(&'static str, f64)],
) -> Vec<Figure> {
    small
        .iter()
        .zip(large)
        .map(|((work, small), (_, large))| {
            let figure = Figure::new(tickets, &format!("growth of cost: {work}"), large / small, "×");
            figure.at_most(1.5).more(format!("{small:.3} ms, then {large:.3} ms"))
        })
        .collect()
}

pub(super) fn total(head: &str) -> Option<u64> {
    head.lines().find_map(|line| line.strip_prefix("x-total-count: ")?.trim().parse().ok())
}

/// Identifiers of tickets all over the database.
pub(super) fn ids(data: &Path, many: i64) -> Result<Vec<String>> {
    texts(data, "SELECT id FROM ticket WHERE seq % max(1, (SELECT max(seq) FROM ticket) / ?1) = 0", many)
}

/// Buildings of one ticket each: what is answered does not grow with the database.
pub(super) fn buildings(data: &Path, many: i64) -> Result<Vec<String>> {
    let sql = "SELECT value FROM multi_value AS one
               WHERE path = 0 AND seq % max(1, (SELECT max(seq) FROM ticket) / ?1) = 0
                   AND (SELECT count(*) FROM multi_value WHERE path = 0 AND value = one.value) = 1
               LIMIT ?1";
    texts(data, sql, many)
}

fn texts(data: &Path, sql: &str, many: i64) -> Result<Vec<String>> {
    let connection = Connection::open(data.join(epissure_store_sqlite::FILE_NAME))?;
    let mut statement = connection.prepare(sql)?;
    let mut texts: Vec<String> = statement.query_map([many], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if texts.is_empty() {
        bail!("the database is empty");
    }
    // Neighbours in the table are not asked for one after the other.
    let mut place = 0;
    for number in (1..texts.len()).rev() {
        place = (place * 31 + 17) % (number + 1);
        texts.swap(number, place);
    }
    Ok(texts)
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let block =
            chunk.iter().fold(0_u32, |block, byte| block << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = (block >> (18 - 6 * place)) as usize % 64;
            text.push(if place <= chunk.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    text
}
