//! Rows of a copy, and the hash that shows that two tables are identical.

use sha2::{Digest as _, Sha256};

use crate::Hash;
use crate::audit::hexadecimal;

/// A value of a row.
#[derive(Clone, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// An integer, an instant or a duration.
    Integer(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A boolean.
    Flag(bool),
}

/// A row: one cell per column of its table, in column order.
pub type Row = Vec<Cell>;

impl std::fmt::Debug for Cell {
    /// Prints nothing of the value, which may be personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("..")
    }
}

impl Cell {
    /// Returns the approximate size of the cell, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Text(text) => text.len(),
                Self::Bytes(bytes) => bytes.len(),
                Self::Null | Self::Integer(_) | Self::Flag(_) => 0,
            }
    }

    /// Returns the integer, if the cell is one.
    #[must_use]
    pub const fn integer(&self) -> Option<i64> {
        if let Self::Integer(whole) = self { Some(*whole) } else { None }
    }

    /// Returns the text, if the cell is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Counter and hash of the rows of a table, in their order.
///
/// The cells of a row are hashed one after the other, each after a byte for its kind. Integers are
/// eight bytes, most significant first. Texts and bytes follow their length, and a flag is one
/// byte. Two different rows never have the same encoding.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    rows: u64,
    hash: Sha256,
}

impl Tally {
    /// Adds a row.
    pub fn add(&mut self, row: &[Cell]) {
        self.rows += 1;
        for cell in row {
            match cell {
                Cell::Null => self.hash.update([0]),
                Cell::Integer(whole) => self.tagged(1, &whole.to_be_bytes()),
                Cell::Text(text) => self.sized(2, text.as_bytes()),
                Cell::Bytes(bytes) => self.sized(3, bytes),
                Cell::Flag(flag) => self.tagged(4, &[u8::from(*flag)]),
            }
        }
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.hash.update([tag]);
        self.hash.update(bytes);
    }

    fn sized(&mut self, tag: u8, bytes: &[u8]) {
        self.tagged(tag, &(bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
    }

    /// Returns the number of rows added.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the hash of all rows.
    #[must_use]
    pub fn hash(self) -> Hash {
        hexadecimal(&self.hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(rows: &[Row]) -> Hash {
        let mut tally = Tally::default();
        for row in rows {
            tally.add(row);
        }
        tally.hash()
    }

    #[test]
    fn rows_that_differ_in_anything_have_another_hash() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let different = [
            vec![],
            vec![vec![Cell::Null]],
            vec![vec![Cell::Null, Cell::Null]],
            vec![vec![text("")]],
            vec![vec![text("ab"), text("c")]],
            vec![vec![text("a"), text("bc")]],
            vec![vec![text("abc")]],
            vec![vec![Cell::Bytes(b"abc".to_vec())]],
            vec![vec![Cell::Integer(1)]],
            vec![vec![Cell::Integer(i64::MAX)]],
            vec![vec![Cell::Flag(true)]],
            vec![vec![Cell::Flag(false)]],
        ];
        let hashes: std::collections::BTreeSet<_> = different.iter().map(|rows| hash(rows)).collect();
        assert_eq!(hashes.len(), different.len());
    }

    #[test]
    fn what_is_hashed_is_what_is_documented() {
        let row = vec![
            Cell::Null,
            Cell::Integer(-2),
            Cell::Text("é".to_owned()),
            Cell::Bytes(vec![7]),
            Cell::Flag(true),
        ];
        let mut bytes = vec![0, 1];
        bytes.extend((-2_i64).to_be_bytes());
        bytes.extend([2, 0, 0, 0, 0, 0, 0, 0, 2, 0xc3, 0xa9]);
        bytes.extend([3, 0, 0, 0, 0, 0, 0, 0, 1, 7, 4, 1]);
        assert_eq!(hash(&[row]), hexadecimal(&Sha256::digest(&bytes)));
    }
}
