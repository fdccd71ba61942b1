//! Chunks: parts of a file, each of which may be sent again.
//!
//! Source: the newest common schema of the Interop contracts, `uploadedChunks` {index, size,
//! sha256}.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Attachment, AttachmentStatus};
use crate::json::Object;
use crate::names::Version;
use crate::problem::Fault;
use crate::reader::{Outcome, Reader};
use crate::refusal::{AttachmentRefusal, Expected};

/// Maximum number of chunks of an attachment.
pub const MAX_CHUNKS: u64 = 1_000;
/// Number of hexadecimal digits of a SHA-256.
const HASH_DIGITS: usize = 64;

/// A received chunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Position in the file, from 0.
    pub index: u64,
    /// Size, in bytes.
    pub size: u64,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
}

/// Declared metadata of a chunk; its size and hash are compared with the received bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkDraft {
    /// Position in the file, from 0.
    pub index: u64,
    /// Declared size, in bytes.
    pub size: Option<u64>,
    /// Declared SHA-256, in lower-case hexadecimal.
    pub sha256: Option<String>,
}

impl ChunkDraft {
    /// Reads the metadata of a chunk.
    ///
    /// # Errors
    /// Returns every fault found: `index` is required, and is less than [`MAX_CHUNKS`].
    pub fn read(body: &Object) -> Result<Self, Vec<Fault>> {
        let mut out = Outcome::default();
        let mut reader = Reader::new(body, "", &mut out);
        if !reader.has("index") {
            reader.missing("index");
        }
        let index = reader.count("index");
        if index.is_some_and(|index| index >= MAX_CHUNKS) {
            reader.invalid("index", Expected::ChunkIndex { limit: MAX_CHUNKS });
        }
        let size = reader.count("size");
        let sha256 = reader.text("sha256", HASH_DIGITS).map(|text| text.to_ascii_lowercase());
        match index {
            Some(index) if out.faults.is_empty() => Ok(Self { index, size, sha256 }),
            _ => Err(out.faults),
        }
    }

    /// Returns the first declared member that differs from the received chunk.
    #[must_use]
    pub fn differing(&self, arrived: &Chunk) -> Option<&'static str> {
        if self.size.is_some_and(|size| size != arrived.size) {
            return Some("size");
        }
        self.sha256.as_ref().is_some_and(|sha256| *sha256 != arrived.sha256).then_some("sha256")
    }
}

impl Attachment {
    fn not_uploading(&self) -> AttachmentRefusal {
        AttachmentRefusal::NotUploading { status: self.status.as_str() }
    }

    /// Returns the number of bytes received in chunks.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        self.uploaded_chunks.iter().flatten().map(|chunk| chunk.size).sum()
    }

    /// Returns the number of bytes received, whole or in chunks.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.measured.as_ref().map_or_else(|| self.arrived(), |measured| measured.size)
    }

    /// Returns the attachment with one more chunk, in order; `None` when the same chunk was already
    /// received.
    ///
    /// # Errors
    /// Fails when the attachment accepts no chunks, or has a different chunk with that index.
    pub fn with_chunk(
        &self,
        chunk: Chunk,
        version: Version,
        at: Timestamp,
    ) -> Result<Option<Self>, AttachmentRefusal> {
        if self.status != AttachmentStatus::Uploading {
            return Err(self.not_uploading());
        }
        let mut chunks = self.uploaded_chunks.clone().unwrap_or_default();
        match chunks.binary_search_by_key(&chunk.index, |one| one.index) {
            Ok(place) if chunks[place] == chunk => return Ok(None),
            Ok(_) => return Err(AttachmentRefusal::ChunkContradicted { index: chunk.index }),
            Err(place) => chunks.insert(place, chunk),
        }
        let last_update_date = at.max(self.last_update_date);
        Ok(Some(Self { uploaded_chunks: Some(chunks), version, last_update_date, ..self.clone() }))
    }

    /// Checks that the chunks are contiguous from the first to the last.
    ///
    /// # Errors
    /// Fails when a chunk is missing, when there is none, or when the attachment is not UPLOADING.
    pub fn is_whole(&self) -> Result<(), AttachmentRefusal> {
        if self.status != AttachmentStatus::Uploading {
            return Err(self.not_uploading());
        }
        let chunks = self.uploaded_chunks.as_deref().unwrap_or_default();
        if chunks.is_empty() {
            return Err(AttachmentRefusal::NoChunk);
        }
        match (0..).zip(chunks).find(|(expected, chunk)| *expected != chunk.index) {
            Some((absent, _)) => Err(AttachmentRefusal::ChunkAbsent { index: absent }),
            None => Ok(()),
        }
    }
}
