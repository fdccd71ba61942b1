//! Tokens and client secrets: generation, hashing, comparison.
//!
//! A generated secret has 256 random bits. Its prefix identifies it when it leaks. Its checksum
//! lets a mistyped one be rejected without a database query.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use epissure_store::{SecretHash, TokenHash};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::entropy::Entropy;

/// Prefix of an access token.
pub const TOKEN_PREFIX: &str = "epi_at_";
/// Prefix of a generated client secret.
pub const SECRET_PREFIX: &str = "epi_cs_";
/// Minimum length of a chosen secret, in characters.
pub const SHORTEST_CHOSEN: usize = 16;

const CHECKSUM_LENGTH: usize = 6;

/// Generates a secret with a prefix.
pub fn make(prefix: &str, entropy: &dyn Entropy) -> String {
    let mut random = [0; 32];
    entropy.fill(&mut random);
    let body = URL_SAFE_NO_PAD.encode(random);
    let checksum = checksum(prefix, &body);
    format!("{prefix}{body}{checksum}")
}

/// Returns true for a text in the form that [`make`] generates.
#[must_use]
pub fn is_well_formed(text: &str, prefix: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix) else { return false };
    let Some((body, given)) = rest.split_at_checked(rest.len().saturating_sub(CHECKSUM_LENGTH)) else {
        return false;
    };
    body.len() == 43 && checksum(prefix, body) == given
}

fn checksum(prefix: &str, body: &str) -> String {
    let digest = Sha256::new().chain_update(prefix).chain_update(body).finalize();
    let mut checksum = URL_SAFE_NO_PAD.encode(&digest[..]);
    checksum.truncate(CHECKSUM_LENGTH);
    checksum
}

/// Returns the hash under which a token is stored.
#[must_use]
pub fn token_hash(token: &str) -> TokenHash {
    TokenHash(sha256(token.as_bytes()))
}

/// Returns the SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Returns the hash of a generated secret.
#[must_use]
pub fn hash_made(secret: &str) -> SecretHash {
    SecretHash::Sha256(sha256(secret.as_bytes()))
}

/// Returns the Argon2 hash of a chosen secret; costs tens of milliseconds on purpose.
///
/// # Errors
/// Fails when the secret is too short or cannot be hashed; the error is a sentence for the
/// administrator.
pub fn hash_chosen(secret: &str, entropy: &dyn Entropy) -> Result<SecretHash, String> {
    if secret.chars().count() < SHORTEST_CHOSEN {
        return Err(format!("a secret chosen by hand has at least {SHORTEST_CHOSEN} characters"));
    }
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    Argon2::default()
        .hash_password_with_salt(secret.as_bytes(), &salt)
        .map(|hash| SecretHash::Argon2id(hash.to_string()))
        .map_err(|error| format!("the secret cannot be hashed: {error}"))
}

/// Returns true when a secret matches a hash. A refusal always costs one Argon2 computation,
/// whatever the kind of hash, even when there is none. The duration thus does not reveal which
/// clients exist.
#[must_use]
pub(crate) fn verify(secret: &str, hash: Option<&SecretHash>, memory: &mut Vec<Block>) -> bool {
    match hash {
        Some(SecretHash::Argon2id(phc)) => verify_argon2(secret, phc, memory),
        Some(SecretHash::Sha256(_)) | None => {
            matches_made(secret, hash) || verify_argon2(secret, NOBODYS_HASH, memory)
        }
    }
}

/// Returns true when a secret matches the hash of a generated secret; costs only a SHA-256.
#[must_use]
pub fn matches_made(secret: &str, hash: Option<&SecretHash>) -> bool {
    match hash {
        Some(SecretHash::Sha256(hash)) => sha256(secret.as_bytes()).ct_eq(hash).into(),
        _ => false,
    }
}

/// Well-formed hash that belongs to no client, with the parameters of [`hash_chosen`].
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$cGlzc3VyZS1ub2JvZHkhIQ$Q9pYv5H1m7mTzJ0c5iV9s3lY2gk0oD1W8bXQq4n6r2E";

/// Verifies as the library does, in reused memory. Memory allocated for each computation would
/// remain with the allocator.
fn verify_argon2(secret: &str, phc: &str, memory: &mut Vec<Block>) -> bool {
    let Ok(hash) = PasswordHash::new(phc) else { return false };
    let (Ok(params), Some(salt), Some(expected)) = (Params::try_from(&hash), hash.salt, hash.hash) else {
        return false;
    };
    memory.resize(params.block_count(), Block::default());
    let mut computed = vec![0; expected.len()];
    let argon2 = Argon2::new(Algorithm::Argon2id, argon2::Version::V0x13, params);
    let done = argon2.hash_password_into_with_memory(secret.as_bytes(), &salt, &mut computed, memory);
    done.is_ok() && computed.ct_eq(expected.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn what_is_made_is_well_formed_and_a_typing_error_is_seen() {
        let token = make(TOKEN_PREFIX, &SystemEntropy);
        assert!(is_well_formed(&token, TOKEN_PREFIX));
        assert!(!is_well_formed(&token, SECRET_PREFIX));
        let mistyped = token.replacen(char::is_lowercase, "", 1) + "x";
        assert!(!is_well_formed(&mistyped, TOKEN_PREFIX));
        for text in ["", "epi_at_", "epi_at_é", "Bearer"] {
            assert!(!is_well_formed(text, TOKEN_PREFIX), "{text}");
        }
    }

    #[test]
    fn a_secret_verifies_against_its_own_hash_only() {
        let chosen = "a secret chosen by hand";
        let hashes = [hash_made(chosen), hash_chosen(chosen, &SystemEntropy).unwrap()];
        let mut memory = Vec::new();
        for hash in &hashes {
            assert!(verify(chosen, Some(hash), &mut memory));
            assert!(!verify("another", Some(hash), &mut memory));
        }
        assert!(!verify(chosen, None, &mut memory));
        assert!(hash_chosen("short", &SystemEntropy).is_err());
    }

    #[test]
    fn refusing_an_unknown_client_really_computes() {
        assert!(PasswordHash::new(NOBODYS_HASH).is_ok());
        let mut memory = Vec::new();
        assert!(!verify("x", None, &mut memory));
        assert!(!memory.is_empty(), "the computation was made");
    }
}
