//! What is particular to a folder: who may read it, and what a crash leaves in it.
//!
//! `object_store` writes a file beside its name, syncs it, renames it and syncs the folder; it leaves the modes to the
//! process's umask, and does not list what it had not finished.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// For the owner only.
const FILE_MODE: u32 = 0o600;
/// For the owner only.
const FOLDER_MODE: u32 = 0o700;

/// A folder of ours.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder when it is not there. Nobody else gets through it, whatever the modes of what is in it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path)?;
        fs::set_permissions(path, Permissions::from_mode(FOLDER_MODE))?;
        Ok(Self(path.to_owned()))
    }

    /// Gives a file, and the folders between here and there, the modes that they should have.
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

    /// Puts a file that is there, and its name, on the disk.
    pub(crate) fn sync(&self, at: &str) -> io::Result<()> {
        let file = self.0.join(at);
        File::open(&file)?.sync_all()?;
        file.ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(&self.0))
            .try_for_each(|folder| File::open(folder)?.sync_all())
    }

    /// Removes a folder with all that is in it.
    pub(crate) fn remove(&self, at: &str) -> io::Result<()> {
        match fs::remove_dir_all(self.0.join(at)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// What a folder holds.
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
