//! `cargo xtask test`: every test of the workspace.

use std::io::{BufRead as _, BufReader, IsTerminal as _, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::clients::{Client, Outcome};
use crate::postgres::{self, PrivateServer};
use crate::process::{cargo, shown};

/// Run every test: unit, integration and documentation tests; what is tested over HTTP, on SQLite
/// and on PostgreSQL
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only tests whose name contains one of these
    filters: Vec<String>,

    /// Skip the tests that need a PostgreSQL server
    #[arg(long)]
    without_postgres: bool,
}

/// Counts in the summary of a test runner.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let server = if options.without_postgres { None } else { Some(PrivateServer::start()?) };
    let runner = Runner { nextest: has_nextest(), filters: &options.filters };
    let mut commands = vec![runner.workspace(server.is_some())];
    if let Some(server) = &server {
        commands[0].env(postgres::SERVER, &server.url);
        let mut again = runner.over_http();
        again.env(postgres::SERVER, &server.url).env("EPISSURE_TEST_BACKEND", "postgres");
        commands.push(again);
    }
    commands
        .extend(CONDITIONAL.iter().filter(|tests| tests.can_run()).map(|tests| runner.conditional(tests)));
    let closing = if runner.nextest { NEXTEST } else { LIBTEST };
    let mut commands: Vec<_> = commands.into_iter().map(|command| (command, closing)).collect();
    let mut documentation = cargo();
    documentation.args(["test", "--workspace", "--doc", "--"]).args(&options.filters);
    commands.push((documentation, LIBTEST));

    let mut total = Tally::default();
    let (mut ran, mut failed) = (Vec::new(), Vec::new());
    for (command, closing) in &mut commands {
        // A failing test prints the closing line of its own runner: only the outermost counts.
        let (tally, success) = run_one(command, closing)?;
        total = total.and(tally);
        let line = format!("{}: {} passed, {} failed", named(command), tally.passed, tally.failed);
        if !success {
            failed.push(named(command));
        }
        ran.push(line);
    }
    for client in Client::ALL {
        if !options.filters.is_empty() && !options.filters.iter().any(|filter| client.name().contains(filter))
        {
            continue;
        }
        println!("\n$ cargo xtask clients ({})", client.name());
        let outcome = client.try_out()?;
        total = total.and(tally(&outcome));
        if matches!(outcome, Outcome::Failed(_)) {
            failed.push(client.name().to_owned());
        }
        ran.push(client.line(&outcome));
    }
    println!("\n{}", ran.join("\n"));
    for tests in CONDITIONAL.iter().filter(|tests| !tests.can_run()) {
        println!("not run: {} ({})", tests.name, tests.missing);
    }
    if server.is_none() {
        println!("not run: the tests that need PostgreSQL (--without-postgres)");
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    if !failed.is_empty() {
        bail!("failed: {}", failed.join("; "));
    }
    if total.passed == 0 {
        bail!("no test ran");
    }
    Ok(())
}

/// A client is one test; without its tools it is skipped.
fn tally(outcome: &Outcome) -> Tally {
    let of = |wanted: bool| u64::from(wanted);
    Tally {
        passed: of(matches!(outcome, Outcome::Passed)),
        failed: of(matches!(outcome, Outcome::Failed(_))),
        skipped: of(matches!(outcome, Outcome::NotRun(_))),
    }
}

/// Tests marked `#[ignore]` because they need something that not every machine has.
struct Conditional {
    name: &'static str,
    /// Part of the names of the test binaries and of the tests.
    test: &'static str,
    /// Explains to the reader why they did not run.
    missing: &'static str,
    can_run: fn() -> bool,
}

impl Conditional {
    fn can_run(&self) -> bool {
        (self.can_run)()
    }
}

const CONDITIONAL: &[Conditional] = &[
    Conditional {
        name: "answers validated against the official schemas",
        test: "against_",
        missing: "no shared/reference beside the checkout, and EPISSURE_REFERENCE is not set",
        can_run: || {
            std::env::var_os("EPISSURE_REFERENCE").is_some()
                || crate::root().join("../shared/reference/interop-v2").is_dir()
        },
    },
    Conditional {
        name: "a real antivirus",
        test: "a_real_clamd",
        missing: "clamd is not installed: apt-get install clamav-daemon",
        can_run: || Command::new("clamd").arg("--version").stdout(Stdio::null()).status().is_ok(),
    },
    Conditional {
        name: "attachments in a bucket",
        test: "a_bucket_keeps",
        missing: "EPISSURE_TEST_BUCKET names no bucket",
        can_run: || std::env::var_os("EPISSURE_TEST_BUCKET").is_some(),
    },
];

/// Tests that run over HTTP on either backend. They are already built with the workspace.
const OVER_HTTP: &[&str] = &["anomalie_adresse", "delivery", "guide", "http", "oauth", "party", "printed"];

/// Tests that need a PostgreSQL server: nextest's filter, and libtest's parts of names.
const POSTGRES: &str =
    "(package(epissure-store-postgres) & kind(test)) | binary(backends) | test(/^(postgres|copy)::/)";

/// Commands of the installed test runner.
struct Runner<'a> {
    nextest: bool,
    filters: &'a [String],
}

impl Runner<'_> {
    /// Returns the command for every test but documentation tests.
    fn workspace(&self, with_postgres: bool) -> Command {
        let mut command = cargo();
        if self.nextest {
            command.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
            if !with_postgres {
                command.args(["-E", &format!("not ({POSTGRES})")]);
            }
            command.args(self.filters);
        } else {
            command.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]);
            if !with_postgres {
                command.args(["--exclude", "epissure-store-postgres"]);
            }
            command.arg("--").args(self.filters);
            if !with_postgres {
                command.args([
                    "--skip",
                    "postgres::",
                    "--skip",
                    "copy::",
                    "--skip",
                    "on_sqlite_and_postgresql",
                ]);
            }
        }
        command
    }

    fn over_http(&self) -> Command {
        let mut command = cargo();
        let tests = OVER_HTTP.iter().flat_map(|test| ["--test", test]);
        if self.nextest {
            command.args(["nextest", "run", "--workspace"]).args(tests);
            // A filter may match none of these tests.
            command.args(["--no-fail-fast", "--no-tests", "pass"]).args(self.filters);
        } else {
            command
                .args(["test", "--workspace"])
                .args(tests)
                .args(["--no-fail-fast", "--"])
                .args(self.filters);
        }
        command
    }

    fn conditional(&self, tests: &Conditional) -> Command {
        let mut command = cargo();
        if self.nextest {
            command.args(["nextest", "run", "--workspace", "--run-ignored", "only", "--no-fail-fast"]);
            command.args(["--no-tests", "pass", "-E", &format!("test({})", tests.test)]).args(self.filters);
        } else {
            command.args(["test", "--workspace", "--tests", "--no-fail-fast", "--", "--ignored", tests.test]);
        }
        command
    }
}

/// Formats the command as typed in a shell, with its backend if that is not the default.
fn named(command: &Command) -> String {
    let backend = command.get_envs().find(|(name, _)| *name == "EPISSURE_TEST_BACKEND");
    let backend = backend.and_then(|(_, value)| value).map(|value| format!(" on {}", value.display()));
    format!("{}{}", shown(command), backend.unwrap_or_default())
}

/// Beginning of nextest's summary line.
const NEXTEST: &str = "Summary [";
/// Beginning of libtest's summary lines.
const LIBTEST: &str = "test result:";

fn has_nextest() -> bool {
    let answer = cargo().args(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    answer.is_ok_and(|status| status.success())
}

/// Runs a test runner, forwards its output, and reads its counts.
fn run_one(command: &mut Command, closing: &'static str) -> Result<(Tally, bool)> {
    let colour = if std::io::stdout().is_terminal() { "always" } else { "never" };
    println!("\n$ {}", named(command));
    let mut child = command
        // A snapshot that differs is a failure, not a file to review later.
        .env("INSTA_UPDATE", "no")
        .env("RUST_BACKTRACE", "0")
        .env("CARGO_TERM_COLOR", colour)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", shown(command)))?;
    let out = child.stdout.take().context("no output")?;
    let err = child.stderr.take().context("no output")?;
    let aside = thread::spawn(move || forward(err, &mut std::io::stderr(), closing));
    let tally = forward(out, &mut std::io::stdout(), closing);
    let aside = aside.join().unwrap_or_default();
    let status = child.wait()?;
    Ok((tally.and(aside), status.success()))
}

/// Forwards lines, and adds up the counts of summary lines.
fn forward(from: impl Read, to: &mut impl Write, closing: &str) -> Tally {
    let mut total = Tally::default();
    for line in BufReader::new(from).split(b'\n') {
        let Ok(line) = line else { break };
        // The reader may have closed the pipe; the tests continue.
        let _ = to.write_all(&line).and_then(|()| to.write_all(b"\n"));
        total = total.and(count(&plain(&String::from_utf8_lossy(&line)), closing));
    }
    total
}

/// Returns the line without colours.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut escaped = false;
    for character in line.chars() {
        match character {
            '\u{1b}' => escaped = true,
            'm' if escaped => escaped = false,
            _ if escaped => {}
            _ => plain.push(character),
        }
    }
    plain
}

/// Parses the counts of a summary line of nextest or libtest; zeros for any other line.
fn count(line: &str, closing: &str) -> Tally {
    let line = line.trim();
    if !line.starts_with(closing) {
        return Tally::default();
    }
    let words: Vec<&str> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
    let of = |names: &[&str]| {
        words
            .windows(2)
            .filter(|pair| names.contains(&pair[1]))
            .filter_map(|pair| pair[0].parse::<u64>().ok())
            .sum()
    };
    Tally { passed: of(&["passed"]), failed: of(&["failed", "timed"]), skipped: of(&["skipped", "ignored"]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_both_runners_are_counted() {
        let tally = |passed, failed, skipped| Tally { passed, failed, skipped };
        let nextest = "\u{1b}[32;1m     Summary\u{1b}[0m [   7.012s] 341 tests run: 339 passed (2 slow), 2 failed, 3 skipped";
        assert_eq!(count(&plain(nextest), NEXTEST), tally(339, 2, 3));
        let libtest =
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s";
        assert_eq!(count(libtest, LIBTEST), tally(12, 0, 1));
        assert_eq!(count(libtest, NEXTEST), Tally::default());
        assert_eq!(count("test one_passed ... ok", LIBTEST), Tally::default());
        assert_eq!(count("12 passed, 0 failed", NEXTEST), Tally::default());
    }
}
