//! One server on one PostgreSQL: each is killed under load, and restarted at once.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::ledger::Ledger;
use super::process::{Running, TIMEOUT, done, end_postgres, free_ports, wait};
use super::report::{Report, Round};
use super::servers::{self, Server};
use super::writers::Writers;
use super::{Options, Place};
use crate::postgres;

/// Duration of the writes before a kill.
const BEFORE: Duration = Duration::from_secs(1);

/// A standalone PostgreSQL, which recovers after a kill.
struct Database<'a> {
    place: &'a Place<'a>,
    folder: PathBuf,
    port: u16,
    running: Option<Running>,
}

impl Database<'_> {
    fn url(&self) -> String {
        format!("postgres://epissure@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    fn start(&mut self) -> Result<()> {
        let mut command = postgres::under(self.place.user, &self.place.programs.join("postgres"));
        command.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        command.args([
            "-p",
            &self.port.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_connections=200",
            // The checkpoint interval determines the work of crash recovery.
            "-c",
            "checkpoint_timeout=1min",
        ]);
        self.running = Some(Running::start(&mut command, &self.folder.join("log"))?);
        Ok(())
    }

    /// Does the same as `pg_ctl stop -m immediate`, and waits for the end.
    fn stop_at_once(&mut self) -> Result<()> {
        let mut command = postgres::under(self.place.user, &self.place.programs.join("pg_ctl"));
        command.args(["stop", "-m", "immediate", "-D"]).arg(self.folder.join("data"));
        // The process is a child of this one, which waits for it itself.
        done(command.arg("--no-wait"))?;
        let present = self.folder.join("data").join("postmaster.pid");
        wait("PostgreSQL does not stop", TIMEOUT, || !present.exists())?;
        drop(self.running.take());
        Ok(())
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        end_postgres(&self.folder.join("data"));
    }
}

/// Runs every round. Returns the problems found.
pub(super) fn run(place: &Place<'_>, options: &Options) -> Result<Vec<String>> {
    let folder = place.inside("database")?;
    postgres::initialise(place.programs, &folder.join("data"), place.user)?;
    let mut database = Database { place, folder, port: free_ports(1)?[0], running: None };
    database.start()?;
    let url = database.url();
    let ready = place.programs.join("pg_isready");
    wait("PostgreSQL does not start", TIMEOUT, || done(Command::new(&ready).args(["-d", &url])).is_ok())?;
    servers::prepare(place, &url)?;
    let mut server = Server::start(place, "server.log", &url)?;
    let ledger = Arc::new(Ledger::new());
    let writers = Writers::start(options.writers, &[server.base()], &ledger)?;
    let mut report = Report::new("killed");
    let mut slowest = [Duration::ZERO; 3];
    for _ in 0..options.kills {
        let (round, first) = die(place, &url, &ledger, options.writers, "epissure, kill -9", || {
            server.kill();
            server.revive()
        })?;
        slowest[0] = slowest[0].max(first);
        report.add(round);
    }
    for _ in 0..options.kills {
        let mut recovered = None;
        let (round, first) =
            die(place, &url, &ledger, options.writers, "PostgreSQL, immediate stop", || {
                database.stop_at_once()?;
                database.start()?;
                recovered = Some(recovery(ready.clone(), url.clone()));
                Ok(())
            })?;
        slowest[1] = slowest[1].max(first);
        let recovered = recovered.and_then(|watch| watch.join().ok()).transpose()?;
        slowest[2] = slowest[2].max(recovered.unwrap_or_default());
        report.add(round);
    }
    writers.stop();
    let compared = ledger.compare(&place.programs.join("psql"), &url)?;
    let wrong = report.finish(ledger.tally().acknowledged, compared, ledger.take_wrong())?;
    let [server, database, recovered] = slowest.map(|time| time.as_secs_f64());
    println!(
        "From the start to the first ticket, at most: epissure {server:.2} s, PostgreSQL {database:.2} s, which itself \
         let nobody in for at most {recovered:.2} s"
    );
    Ok(wrong)
}

/// Measures the time during which PostgreSQL accepts no connection.
fn recovery(ready: PathBuf, url: String) -> JoinHandle<Result<Duration>> {
    let started = Instant::now();
    thread::spawn(move || {
        wait("PostgreSQL does not recover", TIMEOUT, || {
            done(Command::new(&ready).args(["-d", &url])).is_ok()
        })?;
        Ok(started.elapsed())
    })
}

/// Kills and restarts a process. Returns the round, and the time from the restart to the
/// acknowledgement of a ticket requested after it.
fn die(
    place: &Place<'_>,
    url: &str,
    ledger: &Ledger,
    writers: usize,
    what: &str,
    mut death: impl FnMut() -> Result<()>,
) -> Result<(Round, Duration)> {
    ledger.begin();
    let (began, before) = (Instant::now(), ledger.acknowledged());
    thread::sleep(BEFORE);
    let rate = (ledger.acknowledged() - before) as f64 / began.elapsed().as_secs_f64();
    ledger.begin();
    death()?;
    // Each writer may still receive one response to an earlier request.
    let (started, had) = (Instant::now(), ledger.acknowledged() + writers);
    wait("nothing is acknowledged any more", TIMEOUT, || ledger.acknowledged() > had)
        .context(what.to_owned())?;
    let first = started.elapsed();
    thread::sleep(BEFORE);
    let (tally, compared) = (ledger.tally(), ledger.compare(&place.programs.join("psql"), url)?);
    Ok((Round { what: what.to_owned(), rate, tally, compared }, first))
}
