//! Repeated keys of a file: 12 bytes a line.

/// Parts of the table, by the first bits of the hash: each is sorted in the cache, and grows by an
/// eighth.
const PARTS: usize = 256;

/// A hash and the number of its line, without the padding of a struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry([u32; 3]);

impl Entry {
    fn same_key(self, other: Self) -> bool {
        self.0[..2] == other.0[..2]
    }
}

/// Keys and the lines that have them.
#[derive(Debug)]
pub(super) struct Repeats {
    parts: Vec<Vec<Entry>>,
}

impl Repeats {
    pub(super) fn new() -> Self {
        Self { parts: vec![Vec::new(); PARTS] }
    }

    /// Adds the key of a line. Line numbers beyond 2³² wrap: such a file has 1.4 TB.
    pub(super) fn push(&mut self, key: u64, line: u64) {
        let part = &mut self.parts[(key >> 56) as usize];
        if part.len() == part.capacity() {
            // Small parts double, since their slack weighs nothing.
            let more = if part.len() < 256 { part.len().max(64) } else { part.len() / 8 };
            part.reserve_exact(more);
        }
        part.push(Entry([(key >> 32) as u32, key as u32, line as u32]));
    }

    /// The lines whose key an earlier line has, each with the first line of that key, in order.
    pub(super) fn find(self) -> Vec<(u32, u32)> {
        let mut repeats = Vec::new();
        for mut part in self.parts {
            part.sort_unstable();
            let mut first = 0;
            for at in 1..part.len() {
                if part[at].same_key(part[first]) {
                    repeats.push((part[at].0[2], part[first].0[2]));
                } else {
                    first = at;
                }
            }
        }
        repeats.sort_unstable();
        repeats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_repeat_names_the_first_line_of_its_key() {
        let mut keys = Repeats::new();
        for (line, key) in (2..).zip([7, u64::MAX, 7, 9, 7, u64::MAX]) {
            keys.push(key, line);
        }
        assert_eq!(keys.find(), [(4, 2), (6, 2), (7, 3)]);
    }
}
