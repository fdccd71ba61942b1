//! Differences of two files.
use xxhash_rust::xxh3::xxh3_64;

/// The hash of a building's key: its operator and its identifier; never 0, which stands for a line without key.
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
