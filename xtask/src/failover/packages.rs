//! The programs that the cluster needs besides PostgreSQL.

use std::path::Path;

use anyhow::{Result, bail};

use crate::postgres::{apt_get, may_install};

pub(super) const ETCD: &str = "/usr/bin/etcd";
pub(super) const PATRONI: &str = "/usr/bin/patroni";
/// Programs, and Debian's packages that have them.
const NEEDED: &[(&str, &str)] =
    &[(PATRONI, "patroni"), (ETCD, "etcd-server"), ("/usr/bin/psql", "postgresql-client")];

/// Installs what is missing, where it may.
pub(super) fn present() -> Result<()> {
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(program, _)| !Path::new(program).exists())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if may_install() {
        println!("not installed: {names}; installing");
        if apt_get(&missing) {
            return Ok(());
        }
    }
    bail!("not installed: {names}. Install them (Debian, Ubuntu: apt-get install {names})")
}
