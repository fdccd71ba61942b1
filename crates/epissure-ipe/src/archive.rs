//! The files inside what partners send: a CSV as it is, in gzip, or several in one zip.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;
use zip::result::ZipError;

/// Bounds on what an archive may inflate to: work, since memory is bounded anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Most members of a zip. The national collection of 2021 has at least 1,156.
    pub members: usize,
    /// Most bytes that all members inflate to. The national file of 2026 has 4.5 GB.
    pub inflated_bytes: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self { members: 10_000, inflated_bytes: 64 << 30 }
    }
}

/// The reason why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The source failed.
    #[error("The file cannot be read: {0}.")]
    Io(#[from] io::Error),
    /// The zip is damaged, encrypted, or compressed in an unusual manner.
    #[error("The zip cannot be read ({0}): compress the CSV files again with Deflate and no password.")]
    Zip(#[from] ZipError),
    /// More members than the limit.
    #[error("The zip has {found} members: {most} at most are read.")]
    TooManyMembers {
        /// Members of the zip.
        found: usize,
        /// The limit.
        most: usize,
    },
    /// No member is a CSV file.
    #[error("The zip contains no CSV file: its members end in .csv or .txt.")]
    NoCsv,
}

/// The CSV files of a source, one after the other.
///
/// ```
/// use std::io::Cursor;
/// use epissure_ipe::{ArchiveLimits, TableArchive, IpeReader};
///
/// let file = Cursor::new(b"IdentifiantImmeuble;CommuneImmeuble\nIMB/09122/X/0001;FOIX\n");
/// let mut archive = TableArchive::open(file, ArchiveLimits::default())?;
/// while let Some(member) = archive.next_member()? {
///     let reader = IpeReader::new(member)?;
///     assert_eq!(reader.header().width(), 2);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TableArchive<S> {
    content: Content<S>,
    next: usize,
    left: u64,
    limits: ArchiveLimits,
}

#[derive(Debug)]
enum Content<S> {
    Plain(Option<S>),
    Gzip(Option<S>),
    Zip { archive: ZipArchive<S>, members: Vec<usize> },
}

impl<S: Read + Seek> TableArchive<S> {
    /// Opens a source by its first bytes; its name does not count.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`].
    pub fn open(mut source: S, limits: ArchiveLimits) -> Result<Self, ArchiveError> {
        let mut magic = Vec::with_capacity(4);
        source.seek(SeekFrom::Start(0))?;
        source.by_ref().take(4).read_to_end(&mut magic)?;
        source.seek(SeekFrom::Start(0))?;
        let content = match magic.as_slice() {
            [0x1f, 0x8b, ..] => Content::Gzip(Some(source)),
            b"PK\x03\x04" | b"PK\x05\x06" => {
                let archive = ZipArchive::new(source)?;
                if archive.len() > limits.members {
                    return Err(ArchiveError::TooManyMembers { found: archive.len(), most: limits.members });
                }
                let is_table = |index: &usize| matches!(archive.name_for_index(*index), Some(Ok(name)) if is_table(&name));
                let members: Vec<usize> = (0..archive.len()).filter(is_table).collect();
                if members.is_empty() {
                    return Err(ArchiveError::NoCsv);
                }
                Content::Zip { archive, members }
            }
            _ => Content::Plain(Some(source)),
        };
        Ok(Self { content, next: 0, left: limits.inflated_bytes, limits })
    }

    /// The next CSV file, or `None` after the last. The members of a zip come in the order of its
    /// directory.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`].
    pub fn next_member(&mut self) -> Result<Option<ArchiveMember<'_>>, ArchiveError> {
        let most = self.limits.inflated_bytes;
        let (name, source): (Option<String>, Box<dyn Read + '_>) = match &mut self.content {
            // A file as it is does not inflate.
            Content::Plain(source) => {
                return Ok(source.take().map(|source| ArchiveMember {
                    name: None,
                    source: Box::new(source),
                    bound: None,
                }));
            }
            Content::Gzip(source) => match source.take() {
                Some(source) => (None, Box::new(MultiGzDecoder::new(source))),
                None => return Ok(None),
            },
            Content::Zip { archive, members } => match members.get(self.next) {
                Some(index) => {
                    self.next += 1;
                    let file = archive.by_index(*index)?;
                    (Some(file.name()?.into_owned()), Box::new(file))
                }
                None => return Ok(None),
            },
        };
        Ok(Some(ArchiveMember { name, source, bound: Some((&mut self.left, most)) }))
    }
}

/// One CSV file of a [`TableArchive`], inflated as it is read.
pub struct ArchiveMember<'a> {
    name: Option<String>,
    source: Box<dyn Read + 'a>,
    bound: Option<(&'a mut u64, u64)>,
}

impl ArchiveMember<'_> {
    /// The name in the zip; `None` for the source itself.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl std::fmt::Debug for ArchiveMember<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ArchiveMember").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Read for ArchiveMember<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        if let Some((left, most)) = &mut self.bound {
            **left = left.checked_sub(count as u64).ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    format!("the archive inflates to more than {most} bytes"),
                )
            })?;
        }
        Ok(count)
    }
}

/// Returns whether a member of a zip is a table and not what archivers add.
fn is_table(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let file = lower.rsplit(['/', '\\']).next().unwrap_or_default();
    (file.ends_with(".csv") || file.ends_with(".txt"))
        && !file.starts_with('.')
        && !lower.starts_with("__macosx")
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn zip(members: &[(&str, &[u8])]) -> Cursor<Vec<u8>> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap()
    }

    /// Names and bytes.
    type Members = Vec<(Option<String>, Vec<u8>)>;

    fn members(source: Cursor<Vec<u8>>, limits: ArchiveLimits) -> Result<Members, String> {
        let mut archive = TableArchive::open(source, limits).map_err(|error| error.to_string())?;
        let mut all = Vec::new();
        while let Some(mut member) = archive.next_member().map_err(|error| error.to_string())? {
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
            all.push((member.name().map(str::to_owned), bytes));
        }
        Ok(all)
    }

    #[test]
    fn a_zip_gives_each_of_its_csv_files() {
        let source = zip(&[
            ("lisez-moi.pdf", b"%PDF"),
            ("01/a.csv", b"IdentifiantImmeuble\n1\n"),
            ("__MACOSX/01/._a.csv", b"junk"),
            ("02/B.CSV", b"IdentifiantImmeuble\n2\n"),
        ]);
        assert_eq!(
            members(source, ArchiveLimits::default()).unwrap(),
            [
                (Some("01/a.csv".to_owned()), b"IdentifiantImmeuble\n1\n".to_vec()),
                (Some("02/B.CSV".to_owned()), b"IdentifiantImmeuble\n2\n".to_vec()),
            ]
        );
    }

    #[test]
    fn gzip_and_plain_files_have_one_member() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(b"a;b\n").unwrap();
        let gzip = encoder.finish().unwrap();
        // Two gzip members one after the other are one file (RFC 1952).
        let twice = [gzip.clone(), gzip].concat();
        assert_eq!(
            members(Cursor::new(twice), ArchiveLimits::default()).unwrap(),
            [(None, b"a;b\na;b\n".to_vec())]
        );
        let plain = Cursor::new(b"a;b\n".to_vec());
        assert_eq!(members(plain, ArchiveLimits::default()).unwrap(), [(None, b"a;b\n".to_vec())]);
    }

    #[test]
    fn an_archive_is_refused_beyond_its_limits() {
        let limits = ArchiveLimits { members: 1, inflated_bytes: 1000 };
        let two = zip(&[("a.csv", b""), ("b.csv", b"")]);
        assert_eq!(members(two, limits).unwrap_err(), "The zip has 2 members: 1 at most are read.");
        let bomb = zip(&[("a.csv", &[b'a'; 1001])]);
        assert_eq!(members(bomb, limits).unwrap_err(), "the archive inflates to more than 1000 bytes");
        let other = zip(&[("a.pdf", b"")]);
        assert_eq!(members(other, limits).unwrap_err(), ArchiveError::NoCsv.to_string());
    }
}
