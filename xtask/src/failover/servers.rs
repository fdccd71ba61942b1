//! The ticket servers.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::Place;
use super::process::{Running, TIMEOUT, done, free_ports, wait};
use crate::postgres::ended_by;

/// Client of the OC that opens the tickets.
pub(super) const CLIENT: &str = "sfra-oc";
pub(super) const SECRET: &str = "known to all, for this task only";

/// A ticket server, killed on drop.
pub(super) struct Server<'a> {
    place: &'a Place<'a>,
    database: String,
    listen: String,
    log: PathBuf,
    running: Option<Running>,
}

/// Migrates the schema, and adds the operators and the client that opens tickets.
pub(super) fn prepare(place: &Place<'_>, database: &str) -> Result<()> {
    for verb in [
        &["database", "migrate"][..],
        &["operator", "add", "FTEL", "--name", "The infrastructure", "--oi"],
        &["operator", "add", "SFRA", "--name", "The commercial operator", "--oc"],
        &["client", "add", "--operator", "SFRA", "--role", "oc", "--id", CLIENT, "--secret", SECRET],
        &["contract", "set", "--oi", "FTEL", "--oc", "SFRA"],
    ] {
        done(
            Command::new(place.epissure).args(verb).args(["--database", database]).current_dir(place.folder),
        )?;
    }
    Ok(())
}

impl<'a> Server<'a> {
    /// Starts a server and waits until it answers.
    pub(super) fn start(place: &'a Place<'a>, name: &str, database: &str) -> Result<Self> {
        let listen = format!("127.0.0.1:{}", free_ports(1)?[0]);
        let log = place.folder.join(name);
        let mut server = Self { place, database: database.to_owned(), listen, log, running: None };
        server.revive()?;
        let http = reqwest::blocking::Client::builder().no_proxy().build()?;
        let ready = format!("{}/health/ready", server.base());
        wait(&format!("{name} is not ready"), TIMEOUT, || {
            http.get(&ready).send().is_ok_and(|answer| answer.status().is_success())
        })?;
        Ok(server)
    }

    /// Returns the base URL of the server.
    pub(super) fn base(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// `kill -9`.
    pub(super) fn kill(&mut self) {
        drop(self.running.take());
    }

    /// Starts the server again, without waiting.
    pub(super) fn revive(&mut self) -> Result<()> {
        let mut command = ended_by("TERM", None, self.place.epissure);
        command.args(["serve", "--listen", &self.listen, "--database", &self.database, "--client-rate", "0"]);
        self.running = Some(Running::start(&mut command, &self.log)?);
        Ok(())
    }
}
