//! Where the bytes of attached files lie: a local folder, or an S3-compatible bucket.
//!
//! | name | what |
//! |---|---|
//! | `incoming/{upload}/{part}` | what has arrived and nobody has checked |
//! | `incoming/{upload}/checked` | a checked file on its way to the next line |
//! | `sha256/ab/cdef…` | what was checked and found good, under its hash; never deleted |
//!
//! Nothing unchecked ever has a name of the last kind, and what has one is never removed, so that the same file
//! attached twice is kept once and no removal meets a reuse. Every write is on the disk when it is answered.
//!
//! **What a crash leaves** is in `incoming` alone: whoever knows which uploads are still waited for discards the others
//! ([`Content::uploads`], [`Content::discard`]). Writing or publishing once more what was interrupted gives the same.
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
//! // The file is looked at in a place of its own, and published from there: what was checked is what is kept.
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

/// Where what is not checked lies.
const INCOMING: &str = "incoming";
/// Where what is good lies.
const GOOD: &str = "sha256";
/// A checked file, before it has its name.
const CHECKED: &str = "checked";
/// How much is written to a folder at once.
const FOLDER_PIECE: usize = 256 * 1024;
/// The least that S3 takes as a part that is not the last: 5 MiB.
const BUCKET_PIECE: usize = 5 * 1024 * 1024;
/// How much of a file is read at once.
const READ_PIECE: usize = 64 * 1024;

/// What goes wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing under that name.
    #[error("there is no such content: {0}")]
    Missing(String),
    /// An address that is not `s3://bucket` or `s3://bucket/prefix`, or an environment that does not go with it.
    #[error("the bucket cannot be used: {0}")]
    Address(String),
    /// The disk or the bucket does not do what it is asked.
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

/// The bytes of a file as they are read.
pub type Pieces = BoxStream<'static, Result<Bytes, Error>>;

/// Where bytes lie.
#[derive(Debug, Clone)]
pub struct Content {
    store: Arc<dyn ObjectStore>,
    /// When it is a folder.
    folder: Option<Folder>,
    /// Where that folder is.
    root: Option<PathBuf>,
    piece: usize,
}

impl Content {
    /// In a folder, which is made when it is not there; everything in it is for its owner only.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
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

    /// The bytes that are free on the disk of the folder; `None` of a bucket, or when the system does not tell.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        fs4::available_space(self.root.as_ref()?).ok()
    }

    /// In an S3-compatible bucket: `s3://bucket` or `s3://bucket/prefix`. Who we are, the region and the endpoint are in
    /// the usual environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`, `AWS_ALLOW_HTTP`.
    ///
    /// # Errors
    /// [`Error::Address`]. Nothing is sent yet.
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

    /// Begins to receive a part of an upload. One that has the same name is replaced when this one is finished.
    ///
    /// # Errors
    /// When it cannot be begun.
    pub async fn receive(&self, upload: &str, part: &str) -> Result<Incoming, Error> {
        let at = Path::from_iter([INCOMING, upload, part]);
        let writer = WriteMultipart::new_with_chunk_size(self.store.put_multipart(&at).await?, self.piece);
        Ok(Incoming { writer, at, content: self.clone() })
    }

    /// Gives a part of an upload another name; one that has it already is replaced.
    ///
    /// # Errors
    /// [`Error::Missing`] when the part is not there.
    pub async fn rename(&self, upload: &str, part: &str, to: &str) -> Result<(), Error> {
        let at = |part| Path::from_iter([INCOMING, upload, part]);
        Ok(self.store.rename(&at(part), &at(to)).await?)
    }

    /// Removes a part of an upload, if it is there.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn withdraw(&self, upload: &str, part: &str) -> Result<(), Error> {
        match self.store.delete(&Path::from_iter([INCOMING, upload, part])).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Brings the parts of an upload together, in a file without a name on this machine, which stands at its beginning;
    /// `seen` is given every byte on the way.
    ///
    /// # Errors
    /// [`Error::Missing`] when a part is not there; when the bytes cannot be read or written.
    pub async fn gather(
        &self,
        upload: &str,
        parts: &[String],
        seen: impl FnMut(&[u8]) + Send,
    ) -> Result<File, Error> {
        let parts = parts.iter().map(|part| Path::from_iter([INCOMING, upload, part]));
        self.copied(parts.collect(), seen).await
    }

    /// Brings a published file here in the same way.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none of that hash; when the bytes cannot be read or written.
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

    /// Gives a checked file its name, which is its hash; nothing is done when it is there already.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub async fn publish(&self, upload: &str, sha256: &str, file: File) -> Result<(), Error> {
        let name = good(sha256);
        if self.size(sha256).await?.is_some() {
            // Whoever put it there may not have come to the end of it yet.
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
            // Another server checks the same upload, and was faster.
            Err(object_store::Error::NotFound { .. }) if self.size(sha256).await?.is_some() => {}
            Err(error) => return Err(error.into()),
        }
        self.in_the_folder(move |folder| folder.settle(name.as_ref())).await
    }

    /// The size of a published file; none when there is none of that hash.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub async fn size(&self, sha256: &str) -> Result<Option<u64>, Error> {
        match self.store.head(&good(sha256)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a part of a published file.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none of that hash.
    pub async fn read(&self, sha256: &str, range: Range<u64>) -> Result<Pieces, Error> {
        let options = GetOptions { range: Some(range.into()), ..GetOptions::default() };
        let found = self.store.get_opts(&good(sha256), options).await?;
        Ok(found.into_stream().map_err(Error::from).boxed())
    }

    /// Removes whatever has arrived of an upload; what is published stays.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn discard(&self, upload: &str) -> Result<(), Error> {
        let at = Path::from_iter([INCOMING, upload]);
        if self.folder.is_some() {
            // With what a crash has left half-written, which has no name in the store.
            return self.in_the_folder(move |folder| folder.remove(at.as_ref())).await;
        }
        let found: Vec<_> = self.store.list(Some(&at)).map_ok(|object| object.location).try_collect().await?;
        for part in found.iter().filter_map(|location| location.filename()) {
            self.withdraw(upload, part).await?;
        }
        Ok(())
    }

    /// The uploads of which something has arrived and was not discarded.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn uploads(&self) -> Result<Vec<String>, Error> {
        if let Some(folder) = &self.folder {
            return blocking(folder, |folder| folder.names(INCOMING)).await;
        }
        let found = self.store.list_with_delimiter(Some(&Path::from(INCOMING))).await?;
        let names = found.common_prefixes.iter().filter_map(|prefix| prefix.filename());
        Ok(names.map(str::to_owned).collect())
    }

    /// Does what a folder asks for beside what `object_store` does; a bucket asks for nothing.
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

/// A part on its way in. What is dropped before [`finish`](Self::finish) has not arrived.
#[derive(Debug)]
pub struct Incoming {
    writer: WriteMultipart,
    at: Path,
    content: Content,
}

impl Incoming {
    /// Takes the next bytes; one piece at most is held while another is written.
    ///
    /// # Errors
    /// When an earlier piece could not be written.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.writer.wait_for_capacity(1).await?;
        self.writer.put(bytes);
        Ok(())
    }

    /// Makes the part be there, on the disk.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn finish(self) -> Result<(), Error> {
        let Self { writer, at, content } = self;
        writer.finish().await?;
        content.in_the_folder(move |folder| folder.settle(at.as_ref())).await
    }

    /// Gives the part up. A bucket keeps what it has of it when this is not called.
    pub async fn abandon(self) {
        if let Err(error) = self.writer.abort().await {
            tracing::warn!(%error, "what was received in vain could not be removed");
        }
    }
}

/// The name of what has this hash, in hexadecimal.
fn good(sha256: &str) -> Path {
    let (shelf, rest) = sha256.split_at_checked(2).unwrap_or(("", sha256));
    Path::from_iter([GOOD, shelf, rest])
}
