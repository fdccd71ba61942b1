//! Databases for measurements, reused between runs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use crate::load::{self, Sizes};
use crate::root;

/// Version of the generator: increased when the same seed generates other tickets.
const GENERATION: u32 = 1;
const SEED: u64 = 1;

/// Returns the build folder.
pub(super) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns a folder for the files of a run.
pub(super) fn folder(name: &str) -> Result<PathBuf> {
    let folder = target().join("bench").join(name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Returns the folder of a database with this many tickets, filling it on first use.
pub(super) fn filled(tickets: u64) -> Result<PathBuf> {
    once(&tickets.to_string(), &format!("{tickets} tickets"), |folder| load::fill(folder, tickets, SEED))
}

/// Returns the folder of a database with this many parties, filling it on first use.
pub(super) fn directory(sizes: Sizes) -> Result<PathBuf> {
    let Sizes { organizations, individuals } = sizes;
    let what = format!("{organizations} organizations and {individuals} individuals");
    once(&format!("directory-{individuals}"), &what, |folder| load::fill_directory(folder, sizes, SEED))
}

fn once(name: &str, what: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let name = format!("{name}-seed{SEED}-{}", schema()?);
    let done = target().join("bench").join(&name);
    if !done.exists() {
        println!("filling a database with {what}, once");
        let unfinished = folder(&format!("{name}.unfinished"))?;
        fs::remove_dir_all(&unfinished)?;
        fill(&unfinished)?;
        fs::rename(&unfinished, &done)?;
    }
    Ok(done)
}

/// Returns a name for the schema, so that a database with another schema is not reused.
fn schema() -> Result<String> {
    let empty = tempfile::tempdir()?;
    let path = empty.path().join(FILE_NAME);
    drop(SqliteStore::open(&Settings::new(path.clone()))?);
    let mut hash = Sha256::new_with_prefix(GENERATION.to_string());
    let connection = Connection::open(path)?;
    let mut statement = connection.prepare("SELECT coalesce(sql, '') FROM sqlite_schema ORDER BY name")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    for line in lines {
        hash.update(line?);
    }
    let digest: [u8; 32] = hash.finalize().into();
    Ok(digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect())
}
