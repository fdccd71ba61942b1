//! The folder of a demo: ours by a mark that we put in it, and by nothing else.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::store;

/// The file that says whose folder it is; locked while a demo runs in it.
const MARK: &str = "MADE-BY-EPISSURE-DEMO.txt";
const MARK_TEXT: &str =
    "This folder was made by `epissure demo`. Everything in it is invented; it can be removed.\n";
/// The file that says that the tickets are all there.
const SEEDED: &str = "seeded";

/// The folder of the OC's server.
const PARTNER: &str = "oc";

/// A demo's folder, held by this process until it is dropped.
pub(super) struct Folder {
    path: PathBuf,
    new: bool,
    _lock: File,
}

impl Folder {
    /// Takes a folder that is ours, or makes it.
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

    /// Where the database is.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join(epissure_store_sqlite::FILE_NAME)
    }

    /// Where the database of the OC's server is.
    pub(super) fn partner_database(&self) -> Result<PathBuf, Failure> {
        let folder = self.path.join(PARTNER);
        store::create_folder(&folder)?;
        Ok(folder.join(epissure_store_sqlite::FILE_NAME))
    }

    /// Whether the tickets are still to be made.
    pub(super) const fn is_new(&self) -> bool {
        self.new
    }

    /// Remembers that the tickets are all there.
    pub(super) fn seeded(&self) -> Result<(), Failure> {
        File::create(self.path.join(SEEDED)).map_err(|error| cannot(&self.path, &error))?;
        Ok(())
    }

    /// Removes what a demo that was interrupted while it made its tickets has left.
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
