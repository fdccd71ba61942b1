//! Databases of the measured servers: one on SQLite, and optionally the same tickets on PostgreSQL.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::Result;
use epissure_store::Store;
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use rusqlite::Connection;

use super::database;
use crate::load;
use crate::psql::Psql;

/// A database with tickets.
#[derive(Debug, Clone)]
pub(super) struct Data {
    /// Folder of the SQLite database, which also describes the contents of the other.
    pub(super) folder: PathBuf,
    /// Address of the PostgreSQL database, when that one is measured.
    pub(super) url: Option<String>,
}

/// Name of a PostgreSQL database for writes.
const SCRATCH: &str = "epissure_bench_scratch";
/// First version with `CREATE DATABASE … STRATEGY`; without it, a copy is also written to the log.
const WITH_STRATEGY: u32 = 150_000;

impl Data {
    pub(super) fn sqlite(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), url: None }
    }

    /// Adds the database to the options of a server.
    pub(super) fn serve(&self, command: &mut Command) -> Result<()> {
        match &self.url {
            None => command.arg("--data").arg(&self.folder),
            // Attached files are stored outside the database, in a folder.
            Some(url) => command.args(["--database", url]).arg("--data").arg(database::folder("files")?),
        };
        Ok(())
    }

    /// Opens the database in this process; requires a runtime.
    pub(super) async fn open(&self) -> Result<Arc<dyn Store>> {
        Ok(match &self.url {
            None => Arc::new(SqliteStore::open(&Settings::new(self.folder.join(FILE_NAME)))?),
            Some(url) => Arc::new(load::open(url).await?),
        })
    }

    /// Makes a copy for writes.
    pub(super) fn scratch(&self) -> Result<Self> {
        let Some(url) = &self.url else { return Ok(Self::sqlite(&scratch(&self.folder)?)) };
        let psql = Psql::new(&with_database(url, "postgres"));
        let version: u32 = psql.value("SHOW server_version_num")?.parse()?;
        let strategy = if version >= WITH_STRATEGY { " STRATEGY file_copy" } else { "" };
        psql.run(&format!("DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)"))?;
        psql.run(&format!("CREATE DATABASE {SCRATCH} TEMPLATE {}{strategy}", name_of(url)))?;
        Ok(Self { folder: self.folder.clone(), url: Some(with_database(url, SCRATCH)) })
    }

    /// Removes such a copy.
    pub(super) fn remove(&self) -> Result<()> {
        match &self.url {
            None => fs::remove_dir_all(&self.folder)?,
            Some(url) => {
                let psql = Psql::new(&with_database(url, "postgres"));
                psql.run(&format!("DROP DATABASE {SCRATCH} WITH (FORCE)"))?;
            }
        }
        Ok(())
    }
}

/// Copies the database of a folder.
fn scratch(of: &Path) -> Result<PathBuf> {
    let folder = database::folder("scratch")?;
    fs::remove_dir_all(&folder)?;
    fs::create_dir_all(&folder)?;
    Connection::open(of.join(FILE_NAME))?.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    fs::copy(of.join(FILE_NAME), folder.join(FILE_NAME))?;
    Ok(folder)
}

/// Returns the address of another database on the same server.
pub(super) fn with_database(url: &str, name: &str) -> String {
    let (base, query) =
        url.split_once('?').map_or((url, String::new()), |(base, rest)| (base, format!("?{rest}")));
    let begin = base.find("://").map_or(0, |at| at + 3);
    let end = base[begin..].find('/').map_or(base.len(), |at| begin + at);
    format!("{}/{name}{query}", &base[..end])
}

fn name_of(url: &str) -> &str {
    let base = url.split('?').next().unwrap_or_default();
    base.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_of_a_server_has_the_same_address_but_for_its_name() {
        let other = |url| with_database(url, "other");
        assert_eq!(
            other("postgres://u@%2Ftmp/one?sslmode=disable"),
            "postgres://u@%2Ftmp/other?sslmode=disable"
        );
        assert_eq!(other("postgres://u@a,b"), "postgres://u@a,b/other");
        assert_eq!(name_of("postgres://u@%2Ftmp/one?a=/b"), "one");
    }
}
