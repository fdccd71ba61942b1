//! Reader of a part of an archive, inflated in pieces and checked against the directory.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::DeflateDecoder;

use super::archive::Entry;
use super::input::{Input, Part};
use crate::verdict::{Reason, Stop};

const BUFFER_BYTES: usize = 16 * 1024;

/// Passes the inflated part to `read`, drains the rest, and checks sizes and checksum against the
/// directory.
pub(crate) fn read<T>(
    input: &mut Input<'_>,
    entry: &Entry,
    read: impl FnOnce(&mut dyn BufRead) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let part = input.part(entry.data, entry.compressed)?;
    let inner = if entry.deflated { Inner::Deflated(DeflateDecoder::new(part)) } else { Inner::Stored(part) };
    let member = Member { inner, left: entry.size, crc: crc32fast::Hasher::new() };
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, member);
    let outcome = read(&mut reader)?;
    io::copy(&mut reader, &mut io::sink())?;
    let member = reader.into_inner();
    let consumed = match &member.inner {
        Inner::Deflated(decoder) => decoder.total_in(),
        Inner::Stored(_) => entry.size,
    };
    if member.left != 0 || consumed != entry.compressed {
        return Err(Reason::Archive.into());
    }
    if member.crc.finalize() == entry.crc { Ok(outcome) } else { Err(Reason::Checksum.into()) }
}

enum Inner<'a> {
    Deflated(DeflateDecoder<Part<'a>>),
    Stored(Part<'a>),
}

struct Member<'a> {
    inner: Inner<'a>,
    left: u64,
    crc: crc32fast::Hasher,
}

impl Read for Member<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.inner {
            Inner::Deflated(decoder) => decoder.read(buffer).map_err(broken)?,
            Inner::Stored(part) => part.read(buffer)?,
        };
        // The declared size bounds the output, whatever the compressed data contain.
        self.left = self.left.checked_sub(read as u64).ok_or(Reason::Archive)?;
        self.crc.update(&buffer[..read]);
        Ok(read)
    }
}

/// Maps errors of the decompressor to a malformed file; leaves other errors to the medium.
pub(crate) fn broken(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            Reason::Malformed.into()
        }
        _ => error,
    }
}
