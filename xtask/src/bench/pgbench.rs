//! What PostgreSQL alone can do: the statements of a request, said by its own `pgbench`.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::overheard::Said;
use super::subject::cores;
use crate::psql;

/// The most scripts that it takes; beyond, some are left out.
pub(super) const MOST_SCRIPTS: usize = 100;

/// What it measures.
#[derive(Debug, Clone)]
pub(super) struct Pgbench {
    pub(super) url: String,
    /// What each connection is told first.
    pub(super) session: String,
    /// What is said, by turns: each script is one transaction of its counting.
    pub(super) scripts: Vec<String>,
    /// What the server says for such a request, in words.
    pub(super) heard: String,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    /// Scripts a second.
    pub(super) rate: f64,
    /// How long one took on average, in milliseconds.
    pub(super) latency: f64,
}

impl Pgbench {
    /// Says the scripts, prepared, on so many connections for so long.
    pub(super) fn run(&self, clients: usize, length: Duration) -> Result<Outcome> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(psql::program("pgbench"));
        command
            .args(["--no-vacuum", "--protocol", "prepared"])
            .args(["--client", &clients.to_string(), "--jobs", &clients.min(cores()).to_string()])
            .args(["--time", &length.as_secs().max(1).to_string()]);
        for (number, script) in self.scripts.iter().take(MOST_SCRIPTS).enumerate() {
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

/// Reads what it prints at its end.
fn read(text: &str) -> Option<Outcome> {
    let after = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    Some(Outcome { rate: after("tps = ")?, latency: after("latency average = ")? })
}

/// A script that says the same. What was sent without waiting for answers is sent so again. A value may be put in
/// another's place: the SQL that stands for it then.
pub(super) fn script(said: &[Said], instead: impl Fn(&str) -> Option<String>) -> String {
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
    use super::super::overheard::Value;
    use super::*;

    fn said(flight: (usize, usize), sql: &str, values: &[&str]) -> Said {
        let value = |text: &&str| Value { kind: "text".to_owned(), text: Some((*text).to_owned()) };
        Said { flight, sql: sql.to_owned(), values: values.iter().map(value).collect() }
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
