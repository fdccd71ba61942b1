//! Trigrams: search for parts of names by three consecutive characters.
//!
//! A row has a number for each of its trigrams. It is a hash of the characters, the column, and the
//! row's operator. A search among an operator's individuals therefore reads no entry of another
//! operator, and the index contains no name. Hashes may collide, so matching rows are tested again.

use std::collections::BTreeSet;

/// Returns the numbers of the trigrams of a folded text; empty below three characters.
pub(crate) fn of(tag: u8, owner: &str, text: &str) -> Vec<i32> {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let numbers: BTreeSet<i32> =
        starts.windows(4).map(|window| number(tag, owner, &text[window[0]..window[3]])).collect();
    numbers.into_iter().collect()
}

/// FNV-1a: the hashes are stored, so they must be the same on every machine and in every version.
fn number(tag: u8, owner: &str, trigram: &str) -> i32 {
    let bytes = [tag].into_iter().chain(owner.bytes()).chain([0]).chain(trigram.bytes());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_the_trigrams_of_the_whole() {
        let whole = of(1, "FTEL", "société générale");
        for part in ["soc", "été gén", "générale", "é g"] {
            let part = of(1, "FTEL", part);
            assert!(!part.is_empty() && part.iter().all(|number| whole.contains(number)));
        }
        assert!(of(1, "FTEL", "so").is_empty());
        assert!(
            of(1, "SFRA", "société").iter().all(|number| !whole.contains(number)),
            "another's are others"
        );
        assert!(of(2, "FTEL", "société").iter().all(|number| !whole.contains(number)));
    }

    #[test]
    fn numbers_never_change() {
        assert_eq!(of(3, "FTEL", "dal"), [-1399455232], "databases hold it");
    }
}
