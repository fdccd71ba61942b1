//! Three members of etcd, and three nodes of PostgreSQL under Patroni.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::process::{
    Running, TIMEOUT, done, end_postgres, free_ports, signal_postgres, wait, write_private,
};
use super::{Place, packages, template};
use crate::postgres;

const ADDRESS: &str = "127.0.0.1";
/// Protects only a temporary database, deleted with the task.
const PASSWORD: &str = "known-to-all";
const NODES: usize = 3;

/// The cluster, stopped on drop.
pub(super) struct Cluster<'a> {
    place: &'a Place<'a>,
    nodes: Vec<Node>,
    _etcd: Vec<Running>,
    http: reqwest::blocking::Client,
    /// Address for all writers.
    pub(super) url: String,
}

/// A node of PostgreSQL.
struct Node {
    name: String,
    folder: PathBuf,
    port: u16,
    rest: u16,
    patroni: Option<Running>,
}

/// State of the cluster, as Patroni reports it.
#[derive(Debug, Deserialize)]
struct Seen {
    members: Vec<Member>,
}

#[derive(Debug, Deserialize)]
struct Member {
    name: String,
    role: String,
    state: String,
}

impl Member {
    fn works(&self) -> bool {
        matches!(self.state.as_str(), "running" | "streaming")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Patroni first: it would restart PostgreSQL.
        drop(self.patroni.take());
        end_postgres(&self.folder.join("data"));
    }
}

impl<'a> Cluster<'a> {
    /// Starts everything, and waits until the cluster is complete.
    pub(super) fn start(place: &'a Place<'a>) -> Result<Self> {
        let ports = free_ports(4 * NODES)?;
        let (clients, rest) = ports.split_at(NODES);
        let (peers, rest) = rest.split_at(NODES);
        let (databases, rest) = rest.split_at(NODES);
        let etcd = start_etcd(place, clients, peers)?;
        let mut nodes = Vec::new();
        let known = clients.iter().map(|port| format!("{ADDRESS}:{port}")).collect::<Vec<_>>().join(",");
        for (number, (port, rest)) in databases.iter().zip(rest).enumerate() {
            let name = format!("db{}", number + 1);
            let folder = place.inside(&name)?;
            let node = Node { name, folder, port: *port, rest: *rest, patroni: None };
            node.configure(place, &known)?;
            nodes.push(node);
        }
        let hosts = databases.iter().map(|port| format!("{ADDRESS}:{port}")).collect::<Vec<_>>().join(",");
        let passwords = place.folder.join("passwords");
        let url = format!(
            "postgres://epissure@{hosts}/epissure?target_session_attrs=read-write&sslmode=disable&passfile={}",
            passwords.display()
        );
        write_private(&passwords, &format!("*:*:*:*:{PASSWORD}\n"))?;
        let http = reqwest::blocking::Client::builder().no_proxy().timeout(TIMEOUT / 60).build()?;
        let mut cluster = Self { place, nodes, _etcd: etcd, http, url };
        for node in 0..NODES {
            cluster.revive(node)?;
        }
        cluster.wait_until_whole()?;
        cluster.make_database()?;
        Ok(cluster)
    }

    /// Creates a role and its database, as in the guide.
    fn make_database(&self) -> Result<()> {
        let as_superuser =
            self.url.replacen("epissure@", "postgres@", 1).replacen("/epissure?", "/postgres?", 1);
        for statement in [
            format!("CREATE ROLE epissure LOGIN PASSWORD '{PASSWORD}'"),
            "CREATE DATABASE epissure OWNER epissure ENCODING 'UTF8' TEMPLATE template0".to_owned(),
        ] {
            done(Command::new(self.place.programs.join("psql")).args([
                "-X",
                "-q",
                "-c",
                &statement,
                &as_superuser,
            ]))?;
        }
        Ok(())
    }

    /// Returns the primary node.
    pub(super) fn primary(&self) -> Option<usize> {
        let seen = self.seen()?;
        let leader = seen.members.iter().find(|member| member.role == "leader" && member.works())?;
        self.nodes.iter().position(|node| node.name == leader.name)
    }

    pub(super) fn name(&self, node: usize) -> &str {
        &self.nodes[node].name
    }

    /// Kills a node, Patroni first, so that it does not restart PostgreSQL.
    pub(super) fn kill(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        drop(node.patroni.take());
        signal_postgres("KILL", &node.folder.join("data"));
    }

    /// Starts a node's Patroni, which does the rest.
    pub(super) fn revive(&mut self, node: usize) -> Result<()> {
        let node = &mut self.nodes[node];
        let mut command = postgres::ended_by("TERM", self.place.user, packages::PATRONI.as_ref());
        command.arg(node.folder.join("patroni.yml"));
        node.patroni = Some(Running::start(&mut command, &node.folder.join("log"))?);
        Ok(())
    }

    /// Waits until every node works and one standby is synchronous.
    pub(super) fn wait_until_whole(&self) -> Result<()> {
        let whole = || {
            let Some(seen) = self.seen() else { return false };
            let of = |role: &str| {
                seen.members.iter().filter(|member| member.role == role && member.works()).count()
            };
            (of("leader"), of("sync_standby"), of("replica")) == (1, 1, NODES - 2)
        };
        wait("the cluster is not whole", TIMEOUT, whole).with_context(|| self.logs())
    }

    /// Returns the state reported by the first node that answers.
    fn seen(&self) -> Option<Seen> {
        self.nodes.iter().filter(|node| node.patroni.is_some()).find_map(|node| {
            let answer = self.http.get(format!("http://{ADDRESS}:{}/cluster", node.rest)).send().ok()?;
            serde_json::from_str(&answer.text().ok()?).ok()
        })
    }

    /// Returns the ends of the nodes' logs, for diagnosis.
    fn logs(&self) -> String {
        let end = |node: &Node| {
            let log = std::fs::read_to_string(node.folder.join("log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            format!("{}:\n{}", node.name, lines[lines.len().saturating_sub(15)..].join("\n"))
        };
        self.nodes.iter().map(end).collect::<Vec<_>>().join("\n")
    }
}

impl Node {
    fn configure(&self, place: &Place<'_>, etcd: &str) -> Result<()> {
        let (port, rest) = (self.port.to_string(), self.rest.to_string());
        let (folder, programs) = (self.folder.display().to_string(), place.programs.display().to_string());
        let text = template::filled(
            template::PATRONI,
            &[
                ("NODE", &self.name),
                ("ADDRESS", ADDRESS),
                ("NETWORK", "127.0.0.1/32"),
                ("PORT", &port),
                ("REST_PORT", &rest),
                ("ETCD", etcd),
                ("FOLDER", &folder),
                ("PROGRAMS", &programs),
                ("SUPERUSER_PASSWORD", PASSWORD),
                ("REPLICATION_PASSWORD", PASSWORD),
                // A watchdog would reset this machine.
                ("WATCHDOG", "off"),
            ],
        )?;
        Ok(std::fs::write(self.folder.join("patroni.yml"), text)?)
    }
}

fn start_etcd(place: &Place<'_>, clients: &[u16], peers: &[u16]) -> Result<Vec<Running>> {
    let name = |number: usize| format!("etcd{}", number + 1);
    let members =
        peers.iter().enumerate().map(|(number, port)| format!("{}=http://{ADDRESS}:{port}", name(number)));
    let members = members.collect::<Vec<_>>().join(",");
    let start = |(number, (client, peer)): (usize, (&u16, &u16))| {
        let folder = place.inside(&name(number))?;
        let text = template::filled(
            template::ETCD,
            &[
                ("NODE", &name(number)),
                ("ADDRESS", ADDRESS),
                ("CLIENT_PORT", &client.to_string()),
                ("PEER_PORT", &peer.to_string()),
                ("MEMBERS", &members),
                ("FOLDER", &folder.display().to_string()),
            ],
        )?;
        let file = folder.join("etcd.yml");
        std::fs::write(&file, text)?;
        let mut command = postgres::ended_by("TERM", place.user, packages::ETCD.as_ref());
        Running::start(command.arg("--config-file").arg(&file), &folder.join("log"))
    };
    clients.iter().zip(peers).enumerate().map(start).collect()
}
