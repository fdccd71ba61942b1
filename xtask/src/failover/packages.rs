//! Programs that the cluster needs in addition to PostgreSQL.

use std::path::Path;

use anyhow::Result;

use crate::packages;

pub(super) const ETCD: &str = "/usr/bin/etcd";
pub(super) const PATRONI: &str = "/usr/bin/patroni";
/// Programs, and the Debian packages that contain them.
const NEEDED: &[(&str, &str)] =
    &[(PATRONI, "patroni"), (ETCD, "etcd-server"), ("/usr/bin/psql", "postgresql-client")];

/// Checks the programs, and installs missing ones if `--install` was given.
pub(super) fn present() -> Result<()> {
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(program, _)| !Path::new(program).exists())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    packages::install(&missing)
}
