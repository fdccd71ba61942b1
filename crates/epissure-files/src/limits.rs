//! Limits on the work that a file may cause.

use crate::verdict::Reason;

/// Maximum total inflated size of a file, in bytes: 100 MB.
pub const INFLATED_BYTES: u64 = 100_000_000;

/// Maximum ratio of the total inflated size to the size of the file.
///
/// Deflate reaches about 1,000. Spreadsheets and texts reach 5 to 30, so a whole file above 100 was
/// crafted.
pub const INFLATED_RATIO: u64 = 100;

/// Inflated size, in bytes, below which the ratio is not applied: small files of repeated markup
/// exceed it legitimately.
pub const INFLATED_FLOOR: u64 = 1 << 20;

/// Maximum number of parts in an archive.
pub const ARCHIVE_ENTRIES: u64 = 4096;

/// Maximum width or height of a picture, in pixels.
pub const PICTURE_SIDE: u32 = 30_000;

/// Maximum area of a picture, in pixels: the largest telephone cameras have 200 million.
pub const PICTURE_PIXELS: u64 = 200_000_000;

/// Remaining budget of inflated bytes for one file.
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

/// Checks the dimensions of a picture, in pixels.
pub(crate) fn picture(width: u32, height: u32) -> Result<(), Reason> {
    let fits = (1..=PICTURE_SIDE).contains(&width)
        && (1..=PICTURE_SIDE).contains(&height)
        && u64::from(width) * u64::from(height) <= PICTURE_PIXELS;
    if fits { Ok(()) } else { Err(Reason::Dimensions) }
}
