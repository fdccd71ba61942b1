//! Storage of the bytes of attachments, in a local folder or an S3-compatible bucket.
//!
//! | name | content |
//! |---|---|
//! | `incoming/{upload}/{part}` | received bytes, not checked yet |
//! | `incoming/{upload}/checked` | checked file, before its rename to the next line |
//! | `sha256/ab/cdef…` | validated file, under its hash; never deleted |
//!
//! No unchecked file ever has a name of the last kind, and a file with such a name is never
//! removed. The same file attached twice is thus stored once, and no removal races with a reuse.
//! Every write is synced to disk before it is acknowledged.
//!
//! **A crash** leaves bytes in `incoming` only. The caller knows which uploads are still expected,
//! and discards the rest ([`Content::uploads`], [`Content::discard`]). An interrupted write or
//! publication can be repeated with the same result.
//!
//! # Example
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! use epissure_content::Content;
//! use futures_util::TryStreamExt as _;
//!
//! let folder = tempfile::tempdir()?;
//! let content = Content::in_folder(&folder.path().join("attachments"))?;
//! let mut incoming = content.receive("upload-1", "file").await?;
//! incoming.write("numero;".into()).await?;
//! incoming.write("voie\n".into()).await?;
//! incoming.finish().await?;
//!
//! // Checked in a private copy and published from it: the stored bytes are the checked ones.
//! let file = content.gather("upload-1", &["file".to_owned()], |_| {}).await?;
//! let hash = "0f9e5bd7a2b8f2e4a6c1d3b5e7f90123456789abcdef0123456789abcdef0123";
//! content.publish("upload-1", hash, file).await?;
//! content.discard("upload-1").await?;
//!
//! let bytes: Vec<_> = content.read(hash, 7..12).await?.try_collect().await?;
//! assert_eq!(bytes.concat(), b"voie\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod folder;

use std::fs::File;
use std::io::{self, SeekFrom};
use std::ops::Range;
use std::path::Path as FolderPath;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use folder::Folder;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt as _, WriteMultipart};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

/// Prefix of received files that are not validated yet.
const INCOMING: &str = "incoming";
/// Prefix of validated files.
const GOOD: &str = "sha256";
/// Name of a checked file before its rename.
const CHECKED: &str = "checked";
/// Size of a write to a folder, in bytes.
const FOLDER_PIECE: usize = 256 * 1024;
/// Minimum size of an S3 part that is not the last: 5 MiB.
const BUCKET_PIECE: usize = 5 * 1024 * 1024;
/// Size of a read, in bytes.
const READ_PIECE: usize = 64 * 1024;

/// Failure of the content store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No content has this name.
    #[error("there is no such content: {0}")]
    Missing(String),
    /// The address is not `s3://bucket` or `s3://bucket/prefix`, or the environment variables do
    /// not match it.
    #[error("the bucket cannot be used: {0}")]
    Address(String),
    /// The disk or the bucket failed.
    #[error("{0}")]
    Unavailable(String),
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { path, .. } => Self::Missing(path),
            error => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Stream of the bytes of a file.
pub type Pieces = BoxStream<'static, Result<Bytes, Error>>;

/// Content store, in a folder or a bucket.
#[derive(Debug, Clone)]
pub struct Content {
    store: Arc<dyn ObjectStore>,
    /// Folder with its permissions; `None` for a bucket.
    folder: Option<Folder>,
    /// Path of the folder; `None` for a bucket.
    root: Option<PathBuf>,
    piece: usize,
}

impl Content {
    /// Opens a content store in a folder, which is created if missing. Only its owner can access
    /// the content.
    ///
    /// # Errors
    /// Fails when the folder cannot be created or read.
    pub fn in_folder(path: &FolderPath) -> Result<Self, Error> {
        let folder = Folder::open(path)?;
        let store = LocalFileSystem::new_with_prefix(path)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            folder: Some(folder),
            root: Some(path.to_owned()),
            piece: FOLDER_PIECE,
        })
    }

    /// Returns the free bytes of the folder's disk. Returns `None` for a bucket, or when the system
    /// does not report them.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        fs4::available_space(self.root.as_ref()?).ok()
    }

    /// Opens a content store in an S3-compatible bucket: `s3://bucket` or `s3://bucket/prefix`.
    /// Credentials, region and endpoint come from the usual variables: `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`, `AWS_ALLOW_HTTP`.
    ///
    /// # Errors
    /// Fails with [`Error::Address`]. Nothing is sent to the bucket yet.
    pub fn in_bucket(url: &str) -> Result<Self, Error> {
        let wrong = |error: object_store::Error| Error::Address(error.to_string());
        let rest = url.strip_prefix("s3://").filter(|rest| !rest.is_empty() && !rest.starts_with('/'));
        let rest = rest.ok_or_else(|| Error::Address("write it as s3://bucket/prefix".to_owned()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let store = AmazonS3Builder::from_env().with_bucket_name(bucket).build().map_err(wrong)?;
        let prefix = Path::parse(prefix).map_err(|error| Error::Address(error.to_string()))?;
        Ok(Self {
            store: Arc::new(PrefixStore::new(store, prefix)),
            folder: None,
            root: None,
            piece: BUCKET_PIECE,
        })
    }

    /// Starts the reception of a part of an upload. A part with the same name is replaced when this
    /// one is finished.
    ///
    /// # Errors
    /// Fails when the disk or the bucket fails.
    pub async fn receive(&self, upload: &str, part: &str) -> Result<Incoming, Error> {
        let at = Path::from_iter([INCOMING, upload, part]);
        let writer = WriteMultipart::new_with_chunk_size(self.store.put_multipart(&at).await?, self.piece);
        Ok(Incoming { writer, at, content: self.clone() })
    }

    /// Renames a part of an upload; an existing part with the new name is replaced.
    ///
    /// # Errors
    /// Fails with [`Error::Missing`] when the part does not exist.
    pub async fn rename(&self, upload: &str, part: &str, to: &str) -> Result<(), Error> {
        let at = |part| Path::from_iter([INCOMING, upload, part]);
        Ok(self.store.rename(&at(part), &at(to)).await?)
    }

    /// Removes a part of an upload, if it exists.
    ///
    /// # Errors
    /// Fails when the part cannot be removed.
    pub async fn withdraw(&self, upload: &str, part: &str) -> Result<(), Error> {
        match self.store.delete(&Path::from_iter([INCOMING, upload, part])).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Concatenates the parts of an upload into an unnamed local file, positioned at its start.
    /// `seen` receives every byte in order.
    ///
    /// # Errors
    /// Fails with [`Error::Missing`] when a part does not exist, and when the bytes cannot be read
    /// or written.
    pub async fn gather(
        &self,
        upload: &str,
        parts: &[String],
        seen: impl FnMut(&[u8]) + Send,
    ) -> Result<File, Error> {
        let parts = parts.iter().map(|part| Path::from_iter([INCOMING, upload, part]));
        self.copied(parts.collect(), seen).await
    }

    /// Copies a published file in the same manner.
    ///
    /// # Errors
    /// Fails with [`Error::Missing`] when no file has this hash, and when the bytes cannot be read
    /// or written.
    pub async fn fetch(&self, sha256: &str, seen: impl FnMut(&[u8]) + Send) -> Result<File, Error> {
        self.copied(vec![good(sha256)], seen).await
    }

    async fn copied(&self, from: Vec<Path>, mut seen: impl FnMut(&[u8]) + Send) -> Result<File, Error> {
        let mut file = tokio::fs::File::from_std(tempfile::tempfile()?);
        for at in from {
            let mut pieces = self.store.get(&at).await?.into_stream();
            while let Some(piece) = pieces.try_next().await? {
                seen(&piece);
                file.write_all(&piece).await?;
            }
        }
        file.flush().await?;
        file.seek(SeekFrom::Start(0)).await?;
        Ok(file.into_std().await)
    }

    /// Publishes a checked file under its hash. Does nothing when the hash is already published.
    ///
    /// # Errors
    /// Fails when the file cannot be read or written.
    pub async fn publish(&self, upload: &str, sha256: &str, file: File) -> Result<(), Error> {
        let name = good(sha256);
        if self.size(sha256).await?.is_some() {
            // The process that published it may not have synced it yet.
            return self.in_the_folder(move |folder| folder.sync(name.as_ref())).await;
        }
        let mut file = tokio::fs::File::from_std(file);
        file.seek(SeekFrom::Start(0)).await?;
        let mut incoming = self.receive(upload, CHECKED).await?;
        let mut piece = vec![0; READ_PIECE];
        loop {
            let read = file.read(&mut piece).await?;
            if read == 0 {
                break;
            }
            incoming.write(Bytes::copy_from_slice(&piece[..read])).await?;
        }
        incoming.finish().await?;
        match self.store.rename(&Path::from_iter([INCOMING, upload, CHECKED]), &name).await {
            Ok(()) => {}
            // Another server checked the same upload and renamed it first.
            Err(object_store::Error::NotFound { .. }) if self.size(sha256).await?.is_some() => {}
            Err(error) => return Err(error.into()),
        }
        self.in_the_folder(move |folder| folder.settle(name.as_ref())).await
    }

    /// Returns the size of a published file, in bytes, or `None` when no file has this hash.
    ///
    /// # Errors
    /// Fails when the disk or the bucket fails.
    pub async fn size(&self, sha256: &str) -> Result<Option<u64>, Error> {
        match self.store.head(&good(sha256)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Streams a byte range of a published file.
    ///
    /// # Errors
    /// Fails with [`Error::Missing`] when no file has this hash.
    pub async fn read(&self, sha256: &str, range: Range<u64>) -> Result<Pieces, Error> {
        let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
        let found = self.store.get_opts(&good(sha256), options).await?;
        Ok(found.into_stream().map_err(Error::from).boxed())
    }

    /// Removes the received bytes of an upload; published files remain.
    ///
    /// # Errors
    /// Fails when the bytes cannot be removed.
    pub async fn discard(&self, upload: &str) -> Result<(), Error> {
        let at = Path::from_iter([INCOMING, upload]);
        if self.folder.is_some() {
            // Removes temporary files left by a crash too, which the store does not list.
            return self.in_the_folder(move |folder| folder.remove(at.as_ref())).await;
        }
        let found: Vec<_> = self.store.list(Some(&at)).map_ok(|object| object.location).try_collect().await?;
        for part in found.iter().filter_map(|location| location.filename()) {
            self.withdraw(upload, part).await?;
        }
        Ok(())
    }

    /// Returns the uploads with received bytes that were not discarded.
    ///
    /// # Errors
    /// Fails when the uploads cannot be listed.
    pub async fn uploads(&self) -> Result<Vec<String>, Error> {
        if let Some(folder) = &self.folder {
            return blocking(folder, |folder| folder.names(INCOMING)).await;
        }
        let found = self.store.list_with_delimiter(Some(&Path::from(INCOMING))).await?;
        let names = found.common_prefixes.iter().filter_map(|prefix| prefix.filename());
        Ok(names.map(str::to_owned).collect())
    }

    /// Runs a folder operation that `object_store` does not provide; does nothing for a bucket.
    async fn in_the_folder(
        &self,
        act: impl FnOnce(&Folder) -> io::Result<()> + Send + 'static,
    ) -> Result<(), Error> {
        match &self.folder {
            Some(folder) => blocking(folder, act).await,
            None => Ok(()),
        }
    }
}

async fn blocking<T: Send + 'static>(
    folder: &Folder,
    act: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    let folder = folder.clone();
    let done = tokio::task::spawn_blocking(move || act(&folder)).await;
    Ok(done.map_err(|_| Error::Unavailable("the folder's thread broke".to_owned()))??)
}

/// Reception of a part. Dropping it before [`finish`](Self::finish) leaves no part.
#[derive(Debug)]
pub struct Incoming {
    writer: WriteMultipart,
    at: Path,
    content: Content,
}

impl Incoming {
    /// Writes the next bytes; buffers at most one piece while another is written.
    ///
    /// # Errors
    /// Fails when an earlier piece could not be written.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.writer.wait_for_capacity(1).await?;
        self.writer.put(bytes);
        Ok(())
    }

    /// Completes the part and syncs it to disk.
    ///
    /// # Errors
    /// Fails when the part could not be written.
    pub async fn finish(self) -> Result<(), Error> {
        let Self { writer, at, content } = self;
        writer.finish().await?;
        content.in_the_folder(move |folder| folder.settle(at.as_ref())).await
    }

    /// Cancels the reception. Without this call, a bucket retains the bytes already sent.
    pub async fn abandon(self) {
        if let Err(error) = self.writer.abort().await {
            tracing::warn!(%error, "what was received in vain could not be removed");
        }
    }
}

/// Returns the path of the file with this SHA-256, in hexadecimal.
fn good(sha256: &str) -> Path {
    let (shelf, rest) = sha256.split_at_checked(2).unwrap_or(("", sha256));
    Path::from_iter([GOOD, shelf, rest])
}
