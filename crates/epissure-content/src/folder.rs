//! Permissions and crash recovery of a local folder.
//!
//! `object_store` writes a temporary file in the same folder, syncs it, renames it and syncs the
//! folder. It leaves file modes to the process's umask, and does not list unfinished files.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Readable and writable by the owner only.
const FILE_MODE: u32 = 0o600;
/// Accessible to the owner only.
const FOLDER_MODE: u32 = 0o700;

/// Folder that belongs to this crate.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Opens the folder, and creates it if it is missing. Its mode denies access to other users,
    /// whatever the modes of the files in it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path)?;
        fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))?;
        Ok(Self(path.to_owned()))
    }

    /// Sets the modes of a file, and of the folders between the root and the file.
    pub(crate) fn settle(&self, at: &str) -> io::Result<()> {
        let file = self.0.join(at);
        fs::set_permissions(&file, Permissions::from_mode(FILE_MODE))?;
        let between = file.ancestors().skip(1).take_while(|folder| *folder != self.0);
        between.into_iter().try_for_each(|folder| {
            match fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        })
    }

    /// Syncs an existing file and its folders to disk.
    pub(crate) fn sync(&self, at: &str) -> io::Result<()> {
        let file = self.0.join(at);
        File::open(&file)?.sync_all()?;
        file.ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(&self.0))
            .try_for_each(|folder| File::open(folder)?.sync_all())
    }

    /// Removes a folder and its content.
    pub(crate) fn remove(&self, at: &str) -> io::Result<()> {
        match fs::remove_dir_all(self.0.join(at)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Returns the names of a folder's entries.
    pub(crate) fn names(&self, at: &str) -> io::Result<Vec<String>> {
        match fs::read_dir(self.0.join(at)) {
            Ok(entries) => entries
                .filter_map(|entry| entry.map(|entry| entry.file_name().into_string().ok()).transpose())
                .collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
