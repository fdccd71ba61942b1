//! How much a file may make the server do.

use crate::verdict::Reason;

/// How many bytes may come out of a file that is inflated, all parts together: 100 MB.
pub const INFLATED_BYTES: u64 = 100_000_000;

/// How many times its own size a file may inflate to, all parts together.
///
/// Deflate reaches about 1,000. Spreadsheets and texts reach 5 to 30; one that does better than 100 as a whole was
/// made to.
pub const INFLATED_RATIO: u64 = 100;

/// Up to this much, the ratio does not count: small files of repeated markup exceed it honestly.
pub const INFLATED_FLOOR: u64 = 1 << 20;

/// How many parts an archive may have.
pub const ARCHIVE_ENTRIES: u64 = 4096;

/// The largest width or height of a picture, in pixels.
pub const PICTURE_SIDE: u32 = 30_000;

/// The largest surface of a picture, in pixels: the largest telephones of today make 200 million.
pub const PICTURE_PIXELS: u64 = 200_000_000;

/// What may still be inflated of one file.
#[derive(Debug)]
pub(crate) struct Budget {
    left: u64,
}

impl Budget {
    pub(crate) fn of(file_bytes: u64) -> Budget {
        let ratio = file_bytes.saturating_mul(INFLATED_RATIO).max(INFLATED_FLOOR);
        Budget { left: ratio.min(INFLATED_BYTES) }
    }

    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    pub(crate) fn spend(&mut self, bytes: u64) -> Result<(), Reason> {
        self.left = self.left.checked_sub(bytes).ok_or(Reason::Bomb)?;
        Ok(())
    }
}

/// Whether a picture of this size may be kept.
pub(crate) fn picture(width: u32, height: u32) -> Result<(), Reason> {
    let fits = (1..=PICTURE_SIDE).contains(&width)
        && (1..=PICTURE_SIDE).contains(&height)
        && u64::from(width) * u64::from(height) <= PICTURE_PIXELS;
    if fits { Ok(()) } else { Err(Reason::Dimensions) }
}
