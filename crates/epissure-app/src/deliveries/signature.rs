//! Signatures of events in Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`,
//! `webhook-signature`.
//!
//! The signed text is `{id}.{timestamp}.{body}`, with HMAC-SHA256 and a secret of 24 to 64 bytes,
//! written as `whsec_` and base64. A header may contain several signatures, separated by spaces:
//! during a rotation, both secrets sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use epissure_protocol::refusal::EventRefusal;
use epissure_protocol::secret::Secret;
use epissure_store::SigningSecret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::entropy::Entropy;

/// Prefix of a secret.
const PREFIX: &str = "whsec_";
/// Prefix of a signature.
const VERSION: &str = "v1,";
/// Minimum and maximum length of a secret, in bytes.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Maximum difference between the sender's clock and ours: an older message may be a replay.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// Maximum number of signatures checked in one header.
const MAX_SIGNATURES: usize = 8;

/// Generates a secret of 256 random bits.
pub(super) fn make(entropy: &dyn Entropy) -> Secret {
    let mut random = [0; 32];
    entropy.fill(&mut random);
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(random)))
}

/// Decodes the bytes of a secret; returns `None` when the secret is malformed.
pub(super) fn key(secret: &Secret) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(secret.reveal().strip_prefix(PREFIX)?).ok()?;
    SECRET_BYTES.contains(&bytes.len()).then_some(bytes)
}

/// Headers of a signed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// `webhook-id`: identifier of the event.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: String,
    /// `webhook-signature`: signatures separated by spaces.
    pub signature: String,
}

/// Signs a body with every valid secret.
pub(super) fn sign(id: &str, body: &[u8], secrets: &[SigningSecret], now: Timestamp) -> Signed {
    let timestamp = now.as_second().to_string();
    let in_force = secrets.iter().filter(|secret| secret.until.is_none_or(|until| until > now));
    let signatures: Vec<String> = in_force
        .filter_map(|secret| key(&secret.secret))
        .map(|key| {
            let mac = mac(&key, id, &timestamp, body).finalize().into_bytes();
            format!("{VERSION}{}", STANDARD.encode(mac))
        })
        .collect();
    Signed { id: id.to_owned(), timestamp, signature: signatures.join(" ") }
}

/// Verifies that one signature of a message matches one of the valid secrets.
///
/// # Errors
/// Returns the reason, without details of the secrets.
pub(super) fn verify(
    signed: Option<&Signed>,
    body: &[u8],
    secrets: &[SigningSecret],
    now: Timestamp,
) -> Result<(), EventRefusal> {
    let Signed { id, timestamp, signature } = signed.ok_or(EventRefusal::Unsigned)?;
    let sent = timestamp.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    let sent = sent.ok_or(EventRefusal::Unsigned)?;
    if sent.duration_since(now).abs() > TOLERANCE {
        return Err(EventRefusal::Stale);
    }
    let in_force = secrets.iter().filter(|secret| secret.until.is_none_or(|until| until > now));
    let keys: Vec<Vec<u8>> = in_force.filter_map(|secret| key(&secret.secret)).collect();
    let given = signature.split(' ').take(MAX_SIGNATURES).filter_map(|one| one.strip_prefix(VERSION));
    let given = given.filter_map(|one| STANDARD.decode(one).ok());
    for signature in given {
        // The comparison takes constant time.
        if keys.iter().any(|key| mac(key, id, timestamp, body).verify_slice(&signature).is_ok()) {
            return Ok(());
        }
    }
    Err(EventRefusal::WronglySigned)
}

fn mac(key: &[u8], id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    // HMAC accepts keys of any length: it hashes longer ones first.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    /// Example of the Standard Webhooks specification's own libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = b"{\"test\": 2432232314}";
    const AT: i64 = 1_614_265_330;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn now() -> Timestamp {
        Timestamp::from_second(AT).unwrap()
    }

    fn secret(text: &str, until: Option<i64>) -> SigningSecret {
        let until = until.map(|until| Timestamp::from_second(until).unwrap());
        SigningSecret { secret: Secret::new(text), until }
    }

    #[test]
    fn the_published_example_is_signed_as_published() {
        let signed = sign(ID, BODY, &[secret(SECRET, None)], now());
        assert_eq!(signed.signature, SIGNATURE);
        assert_eq!(verify(Some(&signed), BODY, &[secret(SECRET, None)], now()), Ok(()));
    }

    #[test]
    fn while_a_secret_is_replaced_both_sign_and_either_is_believed() {
        let made = make(&SystemEntropy);
        let secrets = [secret(made.reveal(), None), secret(SECRET, Some(AT + 10))];
        let signed = sign(ID, BODY, &secrets, now());
        assert_eq!(signed.signature.split(' ').count(), 2);
        for known in &secrets {
            assert_eq!(verify(Some(&signed), BODY, std::slice::from_ref(known), now()), Ok(()));
        }
        let later = now() + SignedDuration::from_secs(10);
        assert_eq!(sign(ID, BODY, &secrets, later).signature.split(' ').count(), 1, "the old one has ended");
        assert_eq!(verify(Some(&signed), BODY, &secrets[1..], later), Err(EventRefusal::WronglySigned));
    }

    #[test]
    fn what_was_changed_recorded_or_guessed_is_not_believed() {
        let secrets = [secret(SECRET, None)];
        let signed = sign(ID, BODY, &secrets, now());
        assert_eq!(verify(None, BODY, &secrets, now()), Err(EventRefusal::Unsigned));
        assert_eq!(verify(Some(&signed), b"{}", &secrets, now()), Err(EventRefusal::WronglySigned));
        assert_eq!(verify(Some(&signed), BODY, &[], now()), Err(EventRefusal::WronglySigned));
        for (field, expected) in [
            ("id", EventRefusal::WronglySigned),
            ("time", EventRefusal::WronglySigned),
            ("none", EventRefusal::WronglySigned),
        ] {
            let mut changed = signed.clone();
            match field {
                "id" => changed.id.push('x'),
                "time" => changed.timestamp = (AT + 1).to_string(),
                _ => changed.signature = "v1a,x v1, v2,abc v1,####".to_owned(),
            }
            assert_eq!(verify(Some(&changed), BODY, &secrets, now()), Err(expected), "{field}");
        }
        for seconds in [-301, 301] {
            let then = now() + SignedDuration::from_secs(seconds);
            assert_eq!(verify(Some(&signed), BODY, &secrets, then), Err(EventRefusal::Stale));
        }
        let odd = Signed { timestamp: "yesterday".to_owned(), ..signed };
        assert_eq!(verify(Some(&odd), BODY, &secrets, now()), Err(EventRefusal::Unsigned));
    }

    #[test]
    fn a_secret_has_24_to_64_bytes() {
        let of = |bytes: usize| Secret::new(format!("{PREFIX}{}", STANDARD.encode(vec![1; bytes])));
        for (bytes, good) in [(23, false), (24, true), (64, true), (65, false)] {
            assert_eq!(key(&of(bytes)).is_some(), good, "{bytes}");
        }
        assert_eq!(key(&Secret::new("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")), None);
        assert_eq!(key(&make(&SystemEntropy)).map(|key| key.len()), Some(32));
        assert_eq!(format!("{:?}", of(24)), "Secret(..)");
    }
}
