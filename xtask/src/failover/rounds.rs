//! Repeated kills of the primary under load.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::cluster::Cluster;
use super::ledger::Ledger;
use super::process::{TIMEOUT, wait};
use super::report::{Report, Round};
use super::servers::{self, Server};
use super::writers::Writers;
use super::{Options, Place};

/// Duration of the writes to a complete cluster before its primary is killed.
const BEFORE: Duration = Duration::from_secs(3);
/// Number of new tickets that proves recovery, in addition to those already requested.
const AGAIN: usize = 100;

/// Runs every round. Returns the problems found.
pub(super) fn run(place: &Place<'_>, options: &Options) -> Result<Vec<String>> {
    println!("starting etcd and three nodes of PostgreSQL under Patroni");
    let mut cluster = Cluster::start(place)?;
    servers::prepare(place, &cluster.url)?;
    let both = [
        Server::start(place, "server-1.log", &cluster.url)?,
        Server::start(place, "server-2.log", &cluster.url)?,
    ];
    let ledger = Arc::new(Ledger::new());
    let writers = Writers::start(options.writers, &both.each_ref().map(Server::base), &ledger)?;
    let mut report = Report::new("primary killed → its heir");
    for _ in 0..options.kills {
        report.add(round(place, &mut cluster, &ledger, options.writers)?);
    }
    writers.stop();
    let compared = ledger.compare(&place.programs.join("psql"), &cluster.url)?;
    report.finish(ledger.tally().acknowledged, compared, ledger.take_wrong())
}

/// Runs one kill, and checks every condition for the next.
fn round(place: &Place<'_>, cluster: &mut Cluster<'_>, ledger: &Ledger, writers: usize) -> Result<Round> {
    cluster.wait_until_whole()?;
    ledger.begin();
    let (began, before) = (Instant::now(), ledger.acknowledged());
    thread::sleep(BEFORE);
    let rate = (ledger.acknowledged() - before) as f64 / began.elapsed().as_secs_f64();
    let primary = cluster.primary().context("the cluster has no primary")?;
    ledger.begin();
    cluster.kill(primary);
    let killed = ledger.acknowledged();
    wait("no other node became the primary", TIMEOUT, || {
        cluster.primary().is_some_and(|heir| heir != primary)
    })?;
    let heir = cluster.primary().map_or("?", |heir| cluster.name(heir)).to_owned();
    wait("nothing is acknowledged any more", TIMEOUT, || ledger.acknowledged() >= killed + writers + AGAIN)?;
    let tally = ledger.tally();
    let what = format!("{} → {heir}", cluster.name(primary));
    cluster.revive(primary)?;
    let compared = ledger.compare(&place.programs.join("psql"), &cluster.url)?;
    Ok(Round { what, rate, tally, compared })
}
