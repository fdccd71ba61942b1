//! The programs that the cluster needs besides PostgreSQL.

use std::path::Path;

use anyhow::Result;

use crate::packages;

pub(super) const ETCD: &str = "/usr/bin/etcd";
pub(super) const PATRONI: &str = "/usr/bin/patroni";
/// Programs, and Debian's packages that have them.
const NEEDED: &[(&str, &str)] =
    &[(PATRONI, "patroni"), (ETCD, "etcd-server"), ("/usr/bin/psql", "postgresql-client")];

/// Installs the missing programs if `--install` was given.
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
