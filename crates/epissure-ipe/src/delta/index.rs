//! The lines of a file by their keys: 24 bytes a line.

use xxhash_rust::xxh3::xxh3_64;

/// The hash of a building's key: its operator and its identifier; never 0, which stands for a line
/// without key.
///
/// Two identifiers among 25 million share a hash once in 50,000 files.
pub(crate) fn building_hash(operator: &[u8], id: &[u8]) -> u64 {
    let mut key = [0; 64];
    let length = operator.len() + id.len() + 1;
    let hash = match key.get_mut(..length) {
        Some(key) => {
            key[..operator.len()].copy_from_slice(operator);
            key[operator.len() + 1..].copy_from_slice(id);
            xxh3_64(key)
        }
        None => xxh3_64(&[operator, id].join(&0)),
    };
    hash.max(1)
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u64,
    content: u64,
    /// Bytes before the line, and [`SEEN`].
    place: u64,
}

const SEEN: u64 = 1 << 63;
const PARTS: usize = 256;

/// Lines by key. Parts are sorted one by one and grow by an eighth, so that the peak stays near the
/// size.
#[derive(Debug)]
pub(super) struct Index {
    parts: Vec<Vec<Entry>>,
}

/// The counterpart of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counterpart {
    /// None, or all are taken.
    None,
    /// A line with the same content.
    Same,
    /// A line with other content, at this place.
    Other(u64),
}

impl Index {
    pub(super) fn new() -> Self {
        Self { parts: vec![Vec::new(); PARTS] }
    }

    pub(super) fn push(&mut self, key: u64, content: u64, place: u64) {
        let part = &mut self.parts[(key >> 56) as usize];
        if part.len() == part.capacity() {
            // Small parts double, since their slack weighs nothing.
            let more = if part.len() < 256 { part.len().max(64) } else { part.len() / 8 };
            part.reserve_exact(more);
        }
        part.push(Entry { key, content, place });
    }

    /// Ends the filling.
    pub(super) fn sort(&mut self) {
        for part in &mut self.parts {
            part.sort_unstable_by_key(|entry| (entry.key, entry.place));
        }
    }

    /// Takes the counterpart of a line: among those with its key, one with its content first.
    pub(super) fn take(&mut self, key: u64, content: u64) -> Counterpart {
        let part = &mut self.parts[(key >> 56) as usize];
        let from = part.partition_point(|entry| entry.key < key);
        let same_key = part[from..].iter_mut().take_while(|entry| entry.key == key);
        let mut first: Option<&mut Entry> = None;
        for entry in same_key.filter(|entry| entry.place & SEEN == 0) {
            if entry.content == content {
                entry.place |= SEEN;
                return Counterpart::Same;
            }
            first.get_or_insert(entry);
        }
        match first {
            Some(entry) => {
                let place = entry.place;
                entry.place |= SEEN;
                Counterpart::Other(place)
            }
            None => Counterpart::None,
        }
    }

    /// The places of the lines that were not taken, in the order of the file.
    pub(super) fn left(self) -> Vec<u64> {
        let mut places = Vec::new();
        for part in self.parts {
            places.extend(part.iter().map(|entry| entry.place).filter(|place| place & SEEN == 0));
        }
        places.sort_unstable();
        places
    }
}
