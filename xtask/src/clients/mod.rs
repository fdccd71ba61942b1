//! `cargo xtask clients`: clients that public tools generate from the served documents, used
//! against a server.

mod server;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::process::output;
use crate::root;
use server::Server;
use tools::Missing;

/// Generate a Python and a TypeScript client from the served documents, and use them against a
/// server
#[derive(Debug, Args)]
pub(crate) struct Options {}

/// The served documents, and the module that is generated from each.
const MODULES: &[(&str, &str)] = &[
    ("anomalie-adresse-interop-2.0.json", "tickets"),
    ("party-management.json", "party"),
    ("oauth.json", "oauth"),
];

/// A generated client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Python,
    TypeScript,
}

/// The result of a client.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    /// Its tools are missing; the text says how to install them.
    NotRun(String),
}

pub(crate) fn run(_: &Options) -> Result<()> {
    let mut complete = true;
    for client in Client::ALL {
        let outcome = client.try_out()?;
        println!("{}", client.line(&outcome));
        complete &= matches!(outcome, Outcome::Passed);
    }
    if !complete {
        bail!("not every client passed");
    }
    Ok(())
}

impl Client {
    pub(crate) const ALL: [Self; 2] = [Self::Python, Self::TypeScript];

    /// Its name among tests.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Python => "clients::python",
            Self::TypeScript => "clients::typescript",
        }
    }

    /// The line that reports an outcome.
    pub(crate) fn line(self, outcome: &Outcome) -> String {
        match outcome {
            Outcome::Passed => format!("{}: passed", self.name()),
            Outcome::Failed(why) => format!("{}: failed\n{why}", self.name()),
            Outcome::NotRun(why) => format!("{}: did not run: {why}", self.name()),
        }
    }

    /// Generates the client from the documents of a server of its own, and runs its program.
    ///
    /// # Errors
    /// When no server can be started; a fault of the client is an [`Outcome`].
    pub(crate) fn try_out(self) -> Result<Outcome> {
        if let Err(Missing(why)) = tools::prepare(self) {
            return Ok(Outcome::NotRun(why));
        }
        let server = Server::start()?;
        let work = folder().join("generated").join(self.name().replace("::", "-"));
        if work.exists() {
            fs::remove_dir_all(&work)?;
        }
        fs::create_dir_all(&work)?;
        let program = match self {
            Self::Python => python(&server, &work),
            Self::TypeScript => typescript(&server, &work),
        };
        let ran = program.and_then(|mut program| output(program.envs(server.environment())));
        Ok(ran.map_or_else(|error| Outcome::Failed(format!("{error:#}")), |_| Outcome::Passed))
    }
}

/// Returns the folder of tools and generated code.
fn folder() -> PathBuf {
    root().join("target/clients")
}

/// Returns the folder of the sources.
fn sources() -> PathBuf {
    root().join("e2e/clients")
}

/// Generates the packages of Python; the program that uses them.
fn python(server: &Server, work: &Path) -> Result<Command> {
    for (document, module) in MODULES {
        let file = server.download(document, work)?;
        let mut generate = Command::new(tools::python("openapi-python-client"));
        generate.args(["generate", "--meta", "none", "--fail-on-warning", "--path"]).arg(file);
        generate.arg("--config").arg(sources().join("generator.yml"));
        generate.arg("--output-path").arg(work.join(module));
        output(&mut generate)?;
    }
    let mut program = Command::new(tools::python("python"));
    program.arg(sources().join("smoke.py")).env("PYTHONPATH", work).env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(program)
}

/// Generates the types of TypeScript and compiles the program that uses them.
fn typescript(server: &Server, work: &Path) -> Result<Command> {
    let tool = |name: &str| {
        let mut command = Command::new("node");
        command.arg(tools::node_modules().join(".bin").join(name)).current_dir(work);
        command
    };
    for (document, module) in MODULES {
        let file = server.download(document, work)?;
        output(tool("openapi-typescript").arg(file).args(["--output", &format!("{module}.ts")]))?;
    }
    for file in ["smoke.ts", "tsconfig.json", "package.json"] {
        fs::copy(sources().join(file), work.join(file)).with_context(|| format!("cannot copy {file}"))?;
    }
    // Node and the compiler look for packages beside the program.
    std::os::unix::fs::symlink(tools::node_modules(), work.join("node_modules"))?;
    output(&mut tool("tsc"))?;
    let mut program = Command::new("node");
    program.arg("out/smoke.js").current_dir(work);
    Ok(program)
}
