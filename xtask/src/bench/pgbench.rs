//! Throughput of PostgreSQL alone: the statements of a request, run by its own `pgbench`.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::recording::Recorded;
use super::subject::cores;
use crate::psql;

/// Maximum number of scripts that pgbench accepts; further ones are omitted.
pub(super) const MAX_SCRIPTS: usize = 100;

/// A `pgbench` run.
#[derive(Debug, Clone)]
pub(super) struct Pgbench {
    pub(super) url: String,
    /// Session settings of each connection.
    pub(super) session: String,
    /// Scripts, run alternately; pgbench counts each as one transaction.
    pub(super) scripts: Vec<String>,
    /// Description of the statements that the server sends for such a request.
    pub(super) recorded: String,
}

/// Result of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    /// Scripts per second.
    pub(super) rate: f64,
    /// Average latency of one script, in milliseconds.
    pub(super) latency: f64,
}

impl Pgbench {
    /// Runs the scripts, prepared, on this many connections for this long.
    pub(super) fn run(&self, clients: usize, length: Duration) -> Result<Outcome> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(psql::program("pgbench"));
        command
            .args(["--no-vacuum", "--protocol", "prepared"])
            .args(["--client", &clients.to_string(), "--jobs", &clients.min(cores()).to_string()])
            .args(["--time", &length.as_secs().max(1).to_string()]);
        for (number, script) in self.scripts.iter().take(MAX_SCRIPTS).enumerate() {
            let file = folder.path().join(format!("{number}.sql"));
            fs::write(&file, script)?;
            command.arg("--file").arg(file);
        }
        command.arg(&self.url).env("PGOPTIONS", &self.session);
        let output = command.output().context(
            "pgbench does not start. It comes with PostgreSQL's server (Debian, Ubuntu: apt-get install postgresql)",
        )?;
        let (said, complaint) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            bail!("pgbench: {}", complaint.trim());
        }
        read(&said).with_context(|| format!("pgbench says what is not understood:\n{said}{complaint}"))
    }
}

/// Parses the summary that pgbench prints.
fn read(text: &str) -> Option<Outcome> {
    let after = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    Some(Outcome { rate: after("tps = ")?, latency: after("latency average = ")? })
}

/// Returns a script of recorded statements, with the same pipelines. `instead` may replace a
/// parameter by SQL.
pub(super) fn script(said: &[Recorded], instead: impl Fn(&str) -> Option<String>) -> String {
    let mut script = String::new();
    for flight in said.chunk_by(|one, other| one.flight == other.flight) {
        let together = flight.len() > 1;
        script += if together { "\\startpipeline\n" } else { "" };
        for one in flight {
            script += &one.statement(&instead);
            script += ";\n";
        }
        script += if together { "\\endpipeline\n" } else { "" };
    }
    script
}

#[cfg(test)]
mod tests {
    use super::super::recording::Value;
    use super::*;

    fn said(flight: (usize, usize), sql: &str, values: &[&str]) -> Recorded {
        let value = |text: &&str| Value { kind: "text".to_owned(), text: Some((*text).to_owned()) };
        Recorded { flight, sql: sql.to_owned(), values: values.iter().map(value).collect() }
    }

    #[test]
    fn what_was_sent_together_is_sent_together() {
        let all = [
            said((0, 1), "SELECT $1", &["a"]),
            said((1, 1), "BEGIN", &[]),
            said((1, 1), "INSERT INTO t VALUES ($1, $2)", &["b", "c"]),
        ];
        let script = script(&all, |value| (value == "b").then(|| "'b' || :n".to_owned()));
        assert_eq!(
            script,
            "SELECT E'a'::text;\n\\startpipeline\nBEGIN;\nINSERT INTO t VALUES (('b' || :n), E'c'::text);\n\
             \\endpipeline\n"
        );
    }

    #[test]
    fn its_rate_and_its_latency_are_read() {
        let text = "pgbench (15.18)\ntransaction type: multiple scripts\nlatency average = 0.352 ms\n\
                    initial connection time = 22.1 ms\ntps = 22710.5 (without initial connection time)\n";
        assert_eq!(read(text), Some(Outcome { rate: 22710.5, latency: 0.352 }));
        assert_eq!(read("latency average = 0.352 ms"), None);
    }
}
