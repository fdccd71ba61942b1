//! The server's figures, over HTTP.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::best::{Best, latencies};
use super::comparison::Comparison;
use super::data::Data;
use super::postgres::Postgres;
use super::report::Figure;
use super::subject::{Subject, cores, processor};
use super::wire::{Load, ask, drive, request};
use super::{Pace, ceiling, database, post};
use crate::load::{DAYS, FIRST_DAY, OC_CLIENT, SECRET};

pub(super) const MOUNT: &str = "/api/v2/anomalie-adresse";
pub(super) const CONNECTIONS: usize = 32;

/// Results on one database.
pub(super) struct Measured {
    pub(super) figures: Vec<Figure>,
    /// Cost of a request by work, in milliseconds, to compare databases.
    pub(super) costs: Vec<(&'static str, f64)>,
}

/// A server under load.
struct Bench<'a> {
    tickets: u64,
    data: &'a Data,
    /// PostgreSQL server of the database.
    postgres: Option<&'a Postgres>,
    /// Replayed statements, run on PostgreSQL alone.
    beside: Option<Comparison>,
    pace: Pace,
    subject: Subject,
    token: String,
    measured: Measured,
}

pub(super) fn measure(
    (data, postgres): (&Data, Option<&Postgres>),
    tickets: u64,
    pace: Pace,
    program: &Path,
) -> Result<Measured> {
    let ids = ids(&data.folder, 20_000)?;
    let beside = postgres.map(|_| Comparison::record(data, program, &ids)).transpose()?;
    let subject = Subject::server(data, program)?;
    let token = token(&subject)?;
    let measured = Measured { figures: Vec::new(), costs: Vec::new() };
    let mut bench = Bench { tickets, data, postgres, beside, pace, subject, token, measured };
    bench.at_rest(program)?;
    bench.get_by_id(&ids)?;
    bench.list()?;
    bench.count()?;
    bench.same_answer_on_any_size()?;
    bench.one_at_a_time()?;
    bench.scan(&ids)?;
    bench.memory("memory after the reads")?;
    let Bench { mut measured, subject, .. } = bench;
    drop(subject);
    post::measure((data, postgres), tickets, pace, program, &mut measured)?;
    Ok(measured)
}

/// Requests a token of the client from a server that has just started.
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

    /// Measures the start and the memory before any work.
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
        // Mapped files are part of the system's cache, which is freed when memory is short.
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
        let mut own = Best::of(&self.subject, self.postgres);
        let mut of_bare = Best::of(&bare, None);
        let select = self.beside.as_ref().map(|beside| &beside.by_id);
        let [rate, ceiling, few, many] = self.pace.by_turns([
            &mut |_| own.turn(&load),
            &mut |_| of_bare.turn(&to_bare),
            &mut |length| select.map_or(Ok(0.0), |select| Ok(select.run(readers(), length)?.rate)),
            &mut |length| select.map_or(Ok(0.0), |select| Ok(select.run(CONNECTIONS, length)?.rate)),
        ])?;
        let work = "GET by id, 32 connections (ceiling: bare handler)";
        let more = format!("{}; bare: {}", own.shown(), of_bare.shown());
        let figure = Figure::new(self.tickets, work, rate, "/s").against(ceiling, Some(0.5)).more(more);
        let beside = select.map_or(Vec::new(), |select| {
            [(readers(), few), (CONNECTIONS, many)]
                .map(|(clients, most)| {
                    let work =
                        format!("GET by id, 32 connections (beside: pgbench, its select, {clients} clients)");
                    Figure::new(self.tickets, &work, rate, "/s")
                        .against(most, None)
                        .more(select.recorded.clone())
                })
                .to_vec()
        });
        self.figure(figure);
        beside.into_iter().for_each(|figure| self.figure(figure));
        self.measured.costs.push(("GET by id, 32 connections", 1e3 / rate));
        Ok(())
    }

    fn list(&mut self) -> Result<()> {
        let Some(Comparison { list, page, .. }) = &self.beside else {
            let text = |text: &str| Value::Text(text.to_owned());
            let work = ceiling::Work {
                rows: Some(
                    "SELECT document, findings FROM ticket WHERE code_oc = ? AND status = ? AND zone = ?
                     ORDER BY creation_date DESC, seq DESC LIMIT 51",
                ),
                count: Some("SELECT count(*) FROM ticket WHERE code_oc = ? AND status = ? AND zone = ?"),
                bindings: vec![vec![text("SFRA"), text("PENDING"), text("ZMD")]],
            };
            let folder = self.data.folder.clone();
            let name = "list of 50 by status and zone, exact total (ceiling: the same SQL in process)";
            return self.list_beside(name, vec![queue(None)], Some(0.25), &|length| {
                ceiling::rate(&folder, &work, length)
            });
        };
        let (list, page) = (list.clone(), page.clone());
        // Each request has a total of its own, so that none is cached.
        let counted = (0..20_000).map(|number| queue(Some(number))).collect();
        let name = "list of 50 by status and zone, total counted (beside: pgbench, page and count)";
        self.list_beside(name, counted, Some(0.25), &|length| Ok(list.run(readers(), length)?.rate))?;
        self.also(&list.recorded);
        let name = "list of 50 by status and zone, total known (beside: pgbench, page alone)";
        self.list_beside(name, vec![queue(None)], None, &|length| Ok(page.run(readers(), length)?.rate))?;
        self.also(&page.recorded);
        Ok(())
    }

    fn list_beside(
        &mut self,
        work: &str,
        targets: Vec<String>,
        at_least: Option<f64>,
        other: &dyn Fn(Duration) -> Result<f64>,
    ) -> Result<()> {
        let requests: Vec<_> = targets.iter().map(|target| self.request("GET", target)).collect();
        let (status, head, _) = ask(self.subject.address, &requests[0])?;
        let total = total(&head).with_context(|| format!("no total: {status} {head}"))?;
        let load = self.load(requests, CONNECTIONS);
        let mut best = Best::of(&self.subject, self.postgres);
        let mut sql_cost = f64::MAX;
        let (rate, ceiling) = self.pace.in_turn(
            |_| best.turn(&load),
            |length| {
                // A rate depends on other load on the machine; the processor time of a request
                // depends on it less.
                let before = self.processor_of_sql()?;
                let rate = other(length)?;
                let spent = self.processor_of_sql()? - before;
                sql_cost = sql_cost.min(spent / (rate * length.as_secs_f64()).max(1.0));
                Ok(rate)
            },
        )?;
        let more = format!("{}; {total} match; SQL {:.0} µs", best.shown(), sql_cost * 1e6);
        let figure = Figure::new(self.tickets, work, rate, "/s").against(ceiling, at_least).more(more);
        self.figure(figure);
        Ok(())
    }

    /// Returns the processor time of the process that runs the ceiling's statements.
    fn processor_of_sql(&self) -> Result<f64> {
        match self.postgres {
            None => processor("self"),
            Some(postgres) => Ok(postgres.processor().unwrap_or(f64::NAN)),
        }
    }

    /// Measures totals of months: each for the first time, then one repeatedly.
    fn count(&mut self) -> Result<()> {
        let requests: Vec<_> = (0..20_000).map(|number| self.request("HEAD", &month(number))).collect();
        let (status, head, _) = ask(self.subject.address, &requests[0])?;
        let total = total(&head).with_context(|| format!("no total: {status} {head}"))?;
        let known = vec![requests[0].clone()];
        let counted = drive(&self.load(requests, 1))?;
        let known = drive(&self.load(known, 1))?;
        let name = "HEAD count by status, zone and month, p50";
        let mut figure = Figure::new(self.tickets, name, counted.quantile(0.5), "ms");
        if let Some(beside) = &self.beside {
            figure = figure.against(beside.count.run(1, self.pace.length)?.latency, None);
            figure.work += " (beside: pgbench, the same count, mean)";
        }
        let recorded = self.beside.as_ref().map(|beside| beside.count.recorded.clone());
        self.figure(figure.at_most(10.0).more(format!(
            "{}; about {total} match; p50 {:.2} ms when the total is known",
            latencies(&counted),
            known.quantile(0.5)
        )));
        self.also(&recorded.unwrap_or_default());
        Ok(())
    }

    /// Measures work that is the same on any database: the number of matching tickets does not
    /// depend on its size.
    fn same_answer_on_any_size(&mut self) -> Result<()> {
        let end = Timestamp::from_second(FIRST_DAY + DAYS * 86_400)?;
        let seconds = DAYS * 86_400 * 10_000 / i64::try_from(self.tickets)?.max(10_000);
        let since = end - SignedDuration::from_secs(seconds);
        let list =
            format!("{MOUNT}?status=PENDING&zone=ZMD&creationDate[gte]={since}&sort=-creationDate&limit=50");
        let buildings = buildings(&self.data.folder, 2000)?;
        let by_building = buildings.iter().map(|id| format!("{MOUNT}?relatedEntity.id={id}"));
        for (work, targets) in [
            ("list of 50 of about 250, by status, zone and date", vec![list]),
            ("list by building", by_building.collect()),
        ] {
            let requests: Vec<_> = targets.iter().map(|target| self.request("GET", target)).collect();
            let load = self.load(requests, CONNECTIONS);
            let mut best = Best::of(&self.subject, self.postgres);
            let mut rate = 0.0_f64;
            for _ in 0..self.pace.turns {
                rate = rate.max(best.turn(&load)?);
            }
            self.measured.costs.push((work, 1e3 / rate));
            let more = best.shown();
            self.figure(Figure::new(self.tickets, work, rate, "/s").more(more));
        }
        Ok(())
    }

    /// Measures lists that sort or skip more than they show.
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

    /// Measures a filter that no index serves, and the latency of other requests meanwhile.
    fn scan(&mut self, ids: &[String]) -> Result<()> {
        let requests = ids.iter().map(|id| self.request("GET", &format!("{MOUNT}/{id}"))).collect();
        let reads = self.load(requests, 4);
        let (status, elapsed, spent) = self.scanned(&nowhere(0))?;
        let rate = self.tickets as f64 / elapsed;
        let mut figure = match &self.beside {
            None => Figure::new(self.tickets, "unindexed filter, one core", rate, "docs/s"),
            // PostgreSQL may use several processes.
            Some(beside) => {
                let same = beside.scan.run(1, self.pace.length)?;
                let work = "unindexed filter (beside: pgbench, the same rows sent)";
                let figure = Figure::new(self.tickets, work, rate, "docs/s");
                figure.against(self.tickets as f64 / same.latency * 1e3, None)
            }
        };
        figure = figure.at_least(1e6);
        let spent = seconds(spent);
        self.figure(if status == 200 {
            figure.more(format!("{elapsed:.2} s; processor {spent}"))
        } else {
            let more = format!(
                "fewer than that: {status} after {elapsed:.1} s, the budget of a query; processor {spent}"
            );
            Figure { reached: Some(false), ..figure }.more(more)
        });
        // A text that occurs makes the evaluator search each document.
        let (status, elapsed, spent) =
            self.scanned(&format!("{MOUNT}?description[regex]=num.ro.*escalier"))?;
        let work = "unindexed expression, every document read";
        let rate = self.tickets as f64 / elapsed;
        self.figure(
            Figure::new(self.tickets, work, rate, "docs/s")
                .more(format!("answered {status}; {elapsed:.2} s; processor {}", seconds(spent))),
        );
        let alone = drive(&reads)?.quantile(0.99);
        let to = self.subject.address;
        let until = Instant::now() + reads.length;
        let token = self.token.clone();
        let scanner = thread::spawn(move || {
            for number in 1.. {
                if Instant::now() >= until {
                    break;
                }
                let _ = ask(to, &request("HEAD", &nowhere(number), &token, None));
            }
        });
        let beside = drive(&reads)?.quantile(0.99);
        let _ = scanner.join();
        let work = "p99 of GET by id beside such a scan, in times of p99 without";
        let figure = Figure::new(self.tickets, work, beside / alone, "×").at_most(3.0);
        self.figure(figure.more(format!("{beside:.2} ms, alone {alone:.2} ms; 4 connections")));
        Ok(())
    }

    /// Returns the status of a scan, its duration, and the processor seconds of the server and of
    /// its PostgreSQL.
    fn scanned(&self, target: &str) -> Result<(u16, f64, [f64; 2])> {
        let of_postgres = || self.postgres.and_then(Postgres::processor).unwrap_or_default();
        let before = [self.subject.processor()?, of_postgres()];
        let started = Instant::now();
        let (status, ..) = ask(self.subject.address, &self.request("HEAD", target))?;
        let elapsed = started.elapsed().as_secs_f64();
        Ok((status, elapsed, [self.subject.processor()? - before[0], of_postgres() - before[1]]))
    }

    /// Adds details to the last figure.
    fn also(&mut self, more: &str) {
        if let (Some(figure), false) = (self.measured.figures.last_mut(), more.is_empty()) {
            figure.more += &format!("; {more}");
        }
    }

    fn figure(&mut self, figure: Figure) {
        said(&figure);
        self.measured.figures.push(figure);
    }
}

/// Returns the list to measure, newest first. Each number sets another end instant, after all
/// tickets: a different query with the same result.
pub(super) fn queue(number: Option<usize>) -> String {
    let before = number.map(|number| format!("&creationDate[lt]={}", instant(DAYS + 1, number)));
    let before = before.unwrap_or_default();
    format!("{MOUNT}?status=PENDING&zone=ZMD{before}&sort=-creationDate&limit=50")
}

/// Returns a query for the closed tickets of a zone in one month, another month for each number.
pub(super) fn month(number: usize) -> String {
    let first = i64::try_from(number % 40).unwrap_or_default() * 30;
    let [from, to] = [first, first + 30].map(|day| instant(day, number));
    format!("{MOUNT}?status=CLOSED&zone=ZMD&creationDate[gte]={from}&creationDate[lt]={to}")
}

/// Returns a filter that no index serves and no ticket matches. Each number makes a different
/// query, so that no total is cached.
pub(super) fn nowhere(number: usize) -> String {
    format!("{MOUNT}?severity=none%20that%20exists%20{number}")
}

/// Returns the instant of a millisecond in a day of the tickets.
fn instant(day: i64, millisecond: usize) -> Timestamp {
    let millisecond = i64::try_from(millisecond).unwrap_or_default();
    Timestamp::from_millisecond((FIRST_DAY + day * 86_400) * 1000 + millisecond).unwrap_or_default()
}

/// Returns the server's default number of read connections.
fn readers() -> usize {
    cores() * 4
}

fn seconds([server, postgres]: [f64; 2]) -> String {
    match postgres {
        0.0 => format!("{server:.2} s"),
        postgres => format!("{server:.2} s, PostgreSQL's {postgres:.2} s"),
    }
}

/// Prints a figure at once: a run is long.
pub(super) fn said(figure: &Figure) {
    eprintln!("{}: {:.2} {} {}", figure.work, figure.measured, figure.unit, figure.more);
}

/// Returns the cost of each work on the largest database, relative to its cost on the smallest.
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

/// Returns identifiers of tickets spread over the database.
pub(super) fn ids(data: &Path, many: i64) -> Result<Vec<String>> {
    texts(data, "SELECT id FROM ticket WHERE seq % max(1, (SELECT max(seq) FROM ticket) / ?1) = 0", many)
}

/// Returns buildings with one ticket each, so that the result does not grow with the database.
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
    // Neighbours in the table are not requested one after the other.
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
