//! Seals of the audit: hashes of its rows, authenticated with a key that is not in the database.
//!
//! The hash chain reveals a change to an auditor who has a later hash. An attacker with write
//! access to the database can change a row and recompute every later hash. Without the key, the
//! attacker cannot recompute the seals.

use std::fmt;

use epissure_protocol::instant;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::Hash;
use crate::audit::hexadecimal;

/// Key of the seals: 256 random bits. Never displayed.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", self.id())
    }
}

/// Purpose of a seal, part of the authenticated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Certifies the hash of the audit at a number.
    Seal,
    /// Certifies that the audit was exported up to a number, and may be deleted up to there.
    Checkpoint,
}

/// Number and hash of an audit row, authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditSeal {
    /// Number of the row.
    pub number: i64,
    /// Hash of the row.
    pub hash: Hash,
    /// Instant of the seal.
    #[serde(with = "instant::serde_format")]
    pub at: Timestamp,
    /// Identifier of the key: the first 16 hexadecimal digits of the key's SHA-256.
    pub key: String,
    /// HMAC-SHA256 of the purpose, the number, the hash and the instant, in hexadecimal digits.
    pub mac: String,
}

impl SealKey {
    /// Makes a key from its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the identifier of the key, which reveals nothing of it.
    #[must_use]
    pub fn id(&self) -> String {
        hexadecimal(&Sha256::digest(self.0)[..8])
    }

    /// Seals a row of the audit.
    #[must_use]
    pub fn seal(&self, purpose: Purpose, (number, hash): (i64, Hash), at: Timestamp) -> AuditSeal {
        let at = instant::to_millisecond(at);
        let mac = self.mac(purpose, number, &hash, at);
        AuditSeal { number, hash, at, key: self.id(), mac }
    }

    /// Checks that this key made a seal.
    #[must_use]
    pub fn made(&self, purpose: Purpose, seal: &AuditSeal) -> bool {
        let computed = self.mac(purpose, seal.number, &seal.hash, seal.at);
        computed.as_bytes().ct_eq(seal.mac.as_bytes()).into()
    }

    fn mac(&self, purpose: Purpose, number: i64, hash: &str, at: Timestamp) -> String {
        let purpose = match purpose {
            Purpose::Seal => "seal",
            Purpose::Checkpoint => "checkpoint",
        };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(format!("epissure audit {purpose} {number} {hash} {}", instant::format(at)).as_bytes());
        hexadecimal(&mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_good_for_its_key_its_purpose_and_all_of_its_members() {
        let (key, other) = (SealKey::new([1; 32]), SealKey::new([2; 32]));
        let at = Timestamp::from_millisecond(1_736_860_678_078).expect("an instant");
        let seal = key.seal(Purpose::Seal, (7, "ab".repeat(32)), at);
        assert!(key.made(Purpose::Seal, &seal) && seal.mac.len() == 64);
        assert!(!other.made(Purpose::Seal, &seal) && !key.made(Purpose::Checkpoint, &seal));
        for changed in [
            AuditSeal { number: 8, ..seal.clone() },
            AuditSeal { hash: "ac".repeat(32), ..seal.clone() },
            AuditSeal { at: Timestamp::UNIX_EPOCH, ..seal.clone() },
            AuditSeal { mac: String::new(), ..seal },
        ] {
            assert!(!key.made(Purpose::Seal, &changed), "{changed:?}");
        }
        assert!(!format!("{key:?}").contains("[1"), "a key is not shown");
    }
}
