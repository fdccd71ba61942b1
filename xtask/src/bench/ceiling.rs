//! Throughput of the database alone: the prepared statements of a request, on one thread per core.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use epissure_store_sqlite::FILE_NAME;
use rusqlite::types::Value;
use rusqlite::{Connection, Statement, params_from_iter};

use super::subject::cores;

/// Statements of one request.
#[derive(Clone)]
pub(super) struct Work {
    /// Selects documents, decoded into strings as the backend does.
    pub(super) rows: Option<&'static str>,
    /// Selects a number.
    pub(super) count: Option<&'static str>,
    /// Parameters, for both statements.
    pub(super) bindings: Vec<Vec<Value>>,
}

/// Measures the requests per second.
pub(super) fn rate(folder: &Path, work: &Work, length: Duration) -> Result<f64> {
    let threads = cores();
    let workers: Vec<_> = (0..threads)
        .map(|number| {
            let (path, work) = (folder.join(FILE_NAME), work.clone());
            thread::spawn(move || one_thread(&path, &work, number, length))
        })
        .collect();
    let mut rate = 0.0;
    for worker in workers {
        match worker.join() {
            Ok(measured) => rate += measured?,
            Err(_) => bail!("a thread of the ceiling panicked"),
        }
    }
    Ok(rate)
}

fn one_thread(path: &Path, work: &Work, number: usize, length: Duration) -> Result<f64> {
    let connection = Connection::open(path)?;
    // Same settings as the backend's connections.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA mmap_size = 2147418112;
         PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;",
    )?;
    let mut rows = work.rows.map(|sql| connection.prepare(sql)).transpose()?;
    let mut count = work.count.map(|sql| connection.prepare(sql)).transpose()?;
    let mut done = 0_usize;
    let started = Instant::now();
    while started.elapsed() < length {
        let bindings = &work.bindings[(done * 7919 + number) % work.bindings.len()];
        let snapshot = connection.unchecked_transaction()?;
        if let Some(rows) = &mut rows {
            read(rows, bindings)?;
        }
        if let Some(count) = &mut count {
            let _: i64 = count.query_row(params_from_iter(bindings), |row| row.get(0))?;
        }
        snapshot.finish()?;
        done += 1;
    }
    Ok(done as f64 / started.elapsed().as_secs_f64())
}

type Kept = (String, Option<String>);

fn read(statement: &mut Statement<'_>, bindings: &[Value]) -> Result<Vec<Kept>> {
    let kept = statement.query_map(params_from_iter(bindings), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(kept.collect::<Result<_, _>>()?)
}
