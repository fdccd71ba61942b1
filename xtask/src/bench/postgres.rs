//! The measured PostgreSQL server: an existing one, or a private one that is reused between runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::data::{Data, with_database};
use super::database;
use super::report::Figure;
use super::subject::ticks;
use crate::load;
use crate::postgres::{PrivateServer, programs};
use crate::psql::Psql;

/// Keyword for a private server, instead of an address.
pub(super) const PRIVATE: &str = "private";

/// Returns the settings of a private server. Others have their defaults, including a disk sync at
/// each commit. The share of the machine's memory is the one that PostgreSQL's manual recommends.
fn settings() -> Result<Vec<String>> {
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kilobytes = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next());
    let megabytes = kilobytes.context("no memory")?.parse::<u64>()? / 1024;
    Ok(vec![
        "listen_addresses=".to_owned(),
        "max_connections=200".to_owned(),
        format!("shared_buffers={}MB", megabytes / 4),
        format!("effective_cache_size={}MB", megabytes / 2),
        "maintenance_work_mem=512MB".to_owned(),
        "max_wal_size=8GB".to_owned(),
        "checkpoint_timeout=15min".to_owned(),
    ])
}

/// Settings of the server to print with its figures.
const SHOWN: &[&str] = &[
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "max_wal_size",
    "checkpoint_timeout",
    "max_parallel_workers_per_gather",
    "autovacuum",
];

/// Time until an ended process is counted in its parent's statistics.
const ACCOUNTING_DELAY: Duration = Duration::from_millis(100);

/// A PostgreSQL server.
pub(super) struct Postgres {
    /// Running private server, stopped on drop.
    private: Option<PrivateServer>,
    url: String,
}

impl Postgres {
    /// Uses the server at an address, whose role may create databases, or starts a private one.
    pub(super) fn new(address: &str) -> Result<Self> {
        if address != PRIVATE {
            return Ok(Self { private: None, url: address.to_owned() });
        }
        let server = PrivateServer::kept(&home()?, &settings()?)?;
        Ok(Self { url: server.url.clone(), private: Some(server) })
    }

    /// Returns the settings to print.
    pub(super) fn shown(&self) -> Result<Vec<(String, String)>> {
        let psql = Psql::new(&self.url);
        SHOWN.iter().map(|name| Ok(((*name).to_owned(), psql.value(&format!("SHOW {name}"))?))).collect()
    }

    /// Returns a database with this many tickets, filling it on first use.
    pub(super) fn filled(&self, tickets: u64) -> Result<Data> {
        let folder = database::filled(tickets)?;
        let psql = Psql::new(&self.url);
        let name = self.name(&folder)?;
        let url = with_database(&self.url, &name);
        let sql = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
        if psql.value(&sql)? == "0" {
            println!("copying them to PostgreSQL, once");
            let unfinished = format!("{name}_unfinished");
            self.make(&unfinished)?;
            load::copy(&folder, &with_database(&self.url, &unfinished))?;
            psql.run(&format!("ALTER DATABASE {unfinished} RENAME TO {name}"))?;
            // Everything is on disk before the measurement.
            psql.run("CHECKPOINT")?;
        }
        Ok(Data { folder, url: Some(url) })
    }

    /// Names a database after its content and schema, so that one with another schema is not
    /// reused.
    fn name(&self, folder: &Path) -> Result<String> {
        let empty = "epissure_bench_empty";
        self.make(empty)?;
        let url = with_database(&self.url, empty);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        drop(runtime.block_on(load::open(&url))?);
        drop(runtime);
        let sql = "SELECT left(md5(string_agg(checksum::text, ' ' ORDER BY version)), 8) FROM refinery_schema_history";
        let schema = Psql::new(&url).value(sql)?;
        Psql::new(&self.url).run(&format!("DROP DATABASE {empty} WITH (FORCE)"))?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().replace('-', "_");
        Ok(format!("epissure_bench_{name}_{schema}"))
    }

    fn make(&self, name: &str) -> Result<()> {
        let psql = Psql::new(&self.url);
        psql.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
        psql.run(&format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    }

    /// Returns the processor time used so far, in seconds, if the server is a child of this
    /// program.
    pub(super) fn processor(&self) -> Option<f64> {
        let process = self.private.as_ref()?.process()?;
        let parent = || ticks(&process.to_string()).ok();
        loop {
            // Ended processes are counted in their parent's statistics after a delay.
            thread::sleep(ACCOUNTING_DELAY);
            let before = parent()?;
            let running = fs::read_dir("/proc").ok()?.flatten();
            let running = running.filter_map(|entry| ticks(entry.file_name().to_str()?).ok());
            let running: f64 = running.filter(|ticks| ticks.parent == process).map(|ticks| ticks.own).sum();
            // A process that ended in the meantime would be counted in neither.
            if parent()?.of_ended == before.of_ended {
                return Some(before.own + before.of_ended + running);
            }
        }
    }
}

/// Returns the data folder of a private server. It depends on the version, because versions cannot
/// read each other's data.
fn home() -> Result<PathBuf> {
    let version = programs().and_then(|programs| {
        programs.parent()?.file_name().map(|version| version.to_string_lossy().into_owned())
    });
    Ok(database::folder("postgres")?.join(version.unwrap_or_else(|| "installed".to_owned())))
}

/// Returns the sizes of a database on disk.
pub(super) fn sizes(url: &str, tickets: u64) -> Result<Vec<Figure>> {
    let sql = "SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
               WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
                   AND relname IN ('ticket', 'multi_value', 'audit')
               ORDER BY 2 DESC";
    let rows = Psql::new(url).rows(sql)?;
    let column = |at: usize| -> Result<Vec<(String, f64)>> {
        rows.iter().map(|row| Ok((row[0].clone(), row[at].parse::<f64>()? / 1e6))).collect()
    };
    let figure = |work: &str, sizes: Vec<(String, f64)>| {
        let shown: Vec<String> = sizes.iter().map(|(name, size)| format!("{name} {size:.0}")).collect();
        let all = sizes.iter().map(|(_, size)| size).sum();
        Figure::new(tickets, work, all, "MB").more(shown.join(", "))
    };
    Ok(vec![figure("disk: tables", column(1)?), figure("disk: their indexes", column(2)?)])
}
