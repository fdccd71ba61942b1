//! `cargo xtask soak`: a long run of a server at half its load, to measure the growth of memory and
//! descriptors.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use crate::attack::honest::Honest;
use crate::attack::target::Target;
use crate::attack::{build, private_database};

/// Run a server under half its load for long; look for memory and descriptors that grow
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo xtask soak --minutes 60 --release")]
pub(crate) struct Options {
    /// Duration
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// A program to run instead of the one built here
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Run an optimised build
    #[arg(long)]
    release: bool,
    /// On a private PostgreSQL instead of SQLite
    #[arg(long)]
    database: bool,
    /// Requests a second
    #[arg(long, value_name = "N", default_value_t = 200)]
    rate: u32,
}

/// Initial part of a run, in which caches fill: its growth is ignored.
const WARM_UP: Duration = Duration::from_secs(600);
/// Interval between two samples.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Measurements at one instant.
struct Sample {
    at: Duration,
    resident: f64,
    descriptors: usize,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let program = match &options.program {
        Some(program) => program.clone(),
        None => build(options.release)?,
    };
    let postgres = private_database(options.database)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let target = Target::start(&program, postgres.as_ref(), 1024, &["--client-rate", "0"]).await?;
        let honest = Honest::new(&target).await?.at_rate(options.rate);
        soak(&target, &honest, Duration::from_secs(options.minutes * 60)).await
    })
}

async fn soak(target: &Target, honest: &Honest, length: Duration) -> Result<()> {
    let began = Instant::now();
    let mut samples = Vec::new();
    let tenth = length / 10;
    let mut percentiles = Vec::new();
    let mut failures = 0;
    for part in 0..10 {
        let working = honest.clone().works_until_told();
        while began.elapsed() < tenth * (part + 1) {
            tokio::time::sleep(LOOK_EVERY.min(tenth)).await;
            samples.push(Sample {
                at: began.elapsed(),
                resident: target.anonymous()?,
                descriptors: target.descriptors()?,
            });
        }
        let worked = working.end().await;
        failures += worked.failures;
        percentiles.push(worked.p99);
        let Some(last) = samples.last() else { continue };
        println!(
            "{:>4} min: {:.1} MB of its own, {} descriptors, p99 {:.1} ms",
            began.elapsed().as_secs() / 60,
            last.resident,
            last.descriptors,
            worked.p99
        );
    }
    let warm_up = WARM_UP.min(length / 2);
    let counted: Vec<&Sample> = samples.iter().filter(|sample| sample.at >= warm_up).collect();
    let descriptors = |pick: fn(&[usize]) -> Option<usize>| {
        pick(&counted.iter().map(|sample| sample.descriptors).collect::<Vec<_>>()).unwrap_or_default()
    };
    println!(
        "Slope of its own memory after {} minutes: {:.2} MB/h. Descriptors: {} to {}. p99 of the first tenth \
         {:.1} ms, of the last {:.1} ms. Requests that failed: {failures}.",
        warm_up.as_secs() / 60,
        slope(&counted),
        descriptors(|all| all.iter().min().copied()),
        descriptors(|all| all.iter().max().copied()),
        percentiles.first().unwrap_or(&f64::NAN),
        percentiles.last().unwrap_or(&f64::NAN),
    );
    Ok(())
}

/// Returns the slope of the least-squares line through the samples, in MB per hour.
fn slope(samples: &[&Sample]) -> f64 {
    let count = samples.len() as f64;
    let hours: Vec<f64> = samples.iter().map(|sample| sample.at.as_secs_f64() / 3600.0).collect();
    let mean_hour = hours.iter().sum::<f64>() / count;
    let mean_memory = samples.iter().map(|sample| sample.resident).sum::<f64>() / count;
    let together =
        hours.iter().zip(samples).map(|(hour, sample)| (hour - mean_hour) * (sample.resident - mean_memory));
    let squares = hours.iter().map(|hour| (hour - mean_hour).powi(2));
    together.sum::<f64>() / squares.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_in_megabytes_an_hour() {
        let sample = |minutes: u64, resident| Sample {
            at: Duration::from_secs(minutes * 60),
            resident,
            descriptors: 10,
        };
        let samples = [sample(0, 30.0), sample(30, 31.0), sample(60, 32.0)];
        let of = slope(&samples.iter().collect::<Vec<_>>());
        assert!((of - 2.0).abs() < 1e-9, "{of}");
    }
}
