//! The folder of a demo, identified by a marker file that the demo creates in it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::store;

/// Marker file that identifies the folder; locked while a demo runs in it.
const MARK: &str = "MADE-BY-EPISSURE-DEMO.txt";
const MARK_TEXT: &str =
    "This folder was made by `epissure demo`. Everything in it is invented; it can be removed.\n";
/// File that marks the tickets as complete.
const SEEDED: &str = "seeded";

/// Folder of the OC's server.
const PARTNER: &str = "oc";

/// A demo's folder, locked by this process until it is dropped.
pub(super) struct Folder {
    path: PathBuf,
    new: bool,
    _lock: File,
}

impl Folder {
    /// Locks an existing demo folder, or creates one.
    pub(super) fn take(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let mark = path.join(MARK);
        if !path.exists() {
            store::create_folder(path)?;
            let written = File::create_new(&mark).and_then(|mut file| file.write_all(MARK_TEXT.as_bytes()));
            written.map_err(|error| cannot(path, &error))?;
        } else if !mark.is_file() {
            return Err(Failure::failed(format!(
                "{shown} exists and was not made by `epissure demo`: it is not touched"
            ))
            .then("Run the demo elsewhere, or name a folder that does not exist with --data."));
        }
        let lock = File::open(&mark).map_err(|error| cannot(path, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::failed(format!("another demo runs in {shown}"))
                    .then("Stop it with Ctrl-C, or name another folder with --data."));
            }
            Err(TryLockError::Error(error)) => return Err(cannot(path, &error)),
        }
        let new = !path.join(SEEDED).exists();
        let folder = Self { path: path.to_owned(), new, _lock: lock };
        if new {
            folder.empty().map_err(|error| cannot(path, &error))?;
        }
        Ok(folder)
    }

    /// Returns the path of the database.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join(epissure_store_sqlite::FILE_NAME)
    }

    /// Returns the path of the OC's database.
    pub(super) fn partner_database(&self) -> Result<PathBuf, Failure> {
        let folder = self.path.join(PARTNER);
        store::create_folder(&folder)?;
        Ok(folder.join(epissure_store_sqlite::FILE_NAME))
    }

    /// Returns true when the tickets are still to be created.
    pub(super) const fn is_new(&self) -> bool {
        self.new
    }

    /// Marks the tickets as complete.
    pub(super) fn seeded(&self) -> Result<(), Failure> {
        File::create(self.path.join(SEEDED)).map_err(|error| cannot(&self.path, &error))?;
        Ok(())
    }

    /// Removes the files of a demo that was interrupted while it created its tickets.
    fn empty(&self) -> io::Result<()> {
        for suffix in ["", "-wal", "-shm"] {
            match fs::remove_file(self.path.join(format!("{}{suffix}", epissure_store_sqlite::FILE_NAME))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("the folder {} cannot be used: {error}", path.display()))
        .then("Let this user write there, or name another folder with --data.")
}
