//! PostgreSQL's own client, for the tasks' own statements.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::postgres;

/// The client of one database.
#[derive(Debug, Clone)]
pub(crate) struct Psql {
    program: PathBuf,
    url: String,
}

impl Psql {
    /// Makes a client for an address.
    pub(crate) fn new(url: &str) -> Self {
        Self { program: program("psql"), url: url.to_owned() }
    }

    /// Returns the rows of a statement, with each column as text. NULL is empty.
    pub(crate) fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>> {
        let mut command = self.command();
        command.args(["--tuples-only", "--no-align", "--field-separator", "\t", "--command", sql]);
        let answer = finished(command.output().context("psql does not start")?)?;
        Ok(answer.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect())
    }

    /// Returns the single value of a statement.
    pub(crate) fn value(&self, sql: &str) -> Result<String> {
        let row = self.rows(sql)?.into_iter().next();
        row.and_then(|row| row.into_iter().next()).with_context(|| format!("no row: {sql}"))
    }

    /// Runs a statement.
    pub(crate) fn run(&self, sql: &str) -> Result<()> {
        self.rows(sql).map(drop)
    }

    /// Sends the lines that a `COPY … FROM STDIN` reads.
    pub(crate) fn copy(&self, sql: &str, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
        let mut command = self.command();
        command.args(["--command", sql]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut client = command.spawn().context("psql does not start")?;
        let input = client.stdin.take().context("psql has no input")?;
        let mut input = BufWriter::with_capacity(1 << 20, input);
        let written = write(&mut input).and_then(|()| Ok(input.flush()?));
        drop(input);
        // If psql ended early, its own error explains more than the broken pipe.
        finished(client.wait_with_output()?)?;
        written
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", &self.url])
            .env("PGCLIENTENCODING", "UTF8")
            .env("PGOPTIONS", "-c client_min_messages=warning");
        command
    }
}

/// Returns the path of a PostgreSQL program: in the server's folder if installed there, otherwise
/// from `PATH`.
pub(crate) fn program(name: &str) -> PathBuf {
    let beside = postgres::programs().map(|programs| programs.join(name));
    beside.filter(|program| program.exists()).unwrap_or_else(|| name.into())
}

fn finished(output: Output) -> Result<String> {
    if !output.status.success() {
        bail!("psql: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}
