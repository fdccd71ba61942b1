//! The key of the audit's seals, in a file next to the data, and the last sealed row, in a file
//! next to the key.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use epissure_app::entropy::{Entropy as _, SystemEntropy};
use epissure_store::{AuditSeal, SealKey};

use crate::cli::Common;
use crate::failure::Failure;

/// Name of the key's file in the data folder.
const FILE_NAME: &str = "audit.key";
/// Prefix of the file's content.
const PREFIX: &str = "epissure-audit-key-1 ";

/// Returns the path of the key.
pub(crate) fn path(common: &Common, given: Option<PathBuf>) -> PathBuf {
    given.unwrap_or_else(|| common.data.join(FILE_NAME))
}

/// Reads the key, or creates one that only its owner can read.
pub(crate) fn load_or_create(path: &Path) -> Result<SealKey, Failure> {
    if let Some(key) = load(path)? {
        return Ok(key);
    }
    if let Some(folder) = path.parent() {
        crate::store::create_folder(folder)?;
    }
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    let text = format!("{PREFIX}{}\n", BASE64_STANDARD.encode(bytes));
    let created =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
    match created {
        Ok(()) => Ok(SealKey::new(bytes)),
        // Another process has created it in the meantime.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            load(path)?.ok_or_else(|| unusable(path, "it has vanished"))
        }
        Err(error) => Err(unusable(path, error)),
    }
}

/// Reads the key; `None` when there is no file.
pub(crate) fn load(path: &Path) -> Result<Option<SealKey>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, error)),
    };
    let encoded = text.trim().strip_prefix(PREFIX.trim());
    let bytes = encoded.and_then(|text| BASE64_STANDARD.decode(text.trim()).ok());
    let bytes: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.map(SealKey::new).map(Some).ok_or_else(|| unusable(path, "it is no key of the audit"))
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("the key of the audit, {}, cannot be used: {why}", path.display()))
        .then("Restore it from a backup, or name another file with --audit-key.")
}

fn head_path(key: &Path) -> PathBuf {
    key.with_extension("head")
}

/// Writes the last sealed row to a file next to the key, atomically.
pub(crate) fn write_head(key: &Path, seal: &AuditSeal) -> io::Result<()> {
    let path = head_path(key);
    let new = path.with_extension("head.new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    writeln!(file, "{} {}", seal.number, seal.hash)?;
    file.sync_all()?;
    fs::rename(new, path)
}

/// Returns the number and the hash of the last sealed row, if this machine has sealed one.
pub(crate) fn read_head(key: &Path) -> Option<(i64, String)> {
    let text = fs::read_to_string(head_path(key)).ok()?;
    let (number, hash) = text.trim().split_once(' ')?;
    Some((number.parse().ok()?, hash.to_owned()))
}
