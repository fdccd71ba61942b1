//! `contactMedium`: the accepted media, and the members that each requires.

use serde_json::Value;

use crate::json::{self, Object};
use crate::reader::{Outcome, Reader};
use crate::refusal::{BodyRefusal, Expected};

/// One row of the Party page's matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Medium {
    /// `mediumType`.
    pub medium: &'static str,
    /// Accepted values of `characteristic.contactType`.
    pub contacts: &'static [&'static str],
    /// Members of `characteristic`, at least one of which is required.
    pub needs: &'static [&'static str],
}

/// The matrix.
///
/// The page requires a `faxNumber` in an ADDRESS, by mistake: its own two examples have none. This
/// table requires one of the members of an address.
pub const MEDIA: &[Medium] = &[
    Medium {
        medium: "PHONE",
        contacts: &["FIXED_HOME", "FIXED_OFFICE", "MOBILE_HOME", "MOBILE_OFFICE"],
        needs: &["phoneNumber"],
    },
    Medium { medium: "PHONE", contacts: &["FAX"], needs: &["faxNumber"] },
    Medium { medium: "MAIL", contacts: &["OTHER"], needs: &["emailAddress"] },
    Medium {
        medium: "ADDRESS",
        contacts: &["SHIPPING_ADDRESS", "OTHER"],
        needs: &["street1", "postCode", "city"],
    },
];

/// Checks the media against the matrix, and that no two are of the same kind. Wrong types are
/// reported by their own check.
pub(super) fn check(media: &[Value], at: &str, out: &mut Outcome) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (index, item) in media.iter().enumerate() {
        let at = format!("{at}/{index}");
        let Some((row, contact)) = item.as_object().and_then(|item| check_one(item, &at, out)) else {
            continue;
        };
        if seen.contains(&(row.medium, contact)) {
            out.fault(at, BodyRefusal::MediumTwice { medium: row.medium, contact });
        } else {
            seen.push((row.medium, contact));
        }
    }
}

/// Returns the row of a medium, and its type of contact.
fn check_one(item: &Object, at: &str, out: &mut Outcome) -> Option<(&'static Medium, &'static str)> {
    let mut reader = Reader::new(item, at, out);
    let mut media: Vec<&str> = MEDIA.iter().map(|row| row.medium).collect();
    media.dedup();
    let medium = word(&mut reader, item, "mediumType", &media);
    if !reader.has("characteristic") {
        reader.missing("characteristic");
        return None;
    }
    let characteristic = item.get("characteristic")?.as_object()?;
    let rows: Vec<&'static Medium> = MEDIA.iter().filter(|row| Some(row.medium) == medium).collect();
    let contacts: Vec<&str> = rows.iter().flat_map(|row| row.contacts).copied().collect();
    let at = json::pointer(at, "characteristic");
    let mut reader = Reader::new(characteristic, &at, out);
    if contacts.is_empty() {
        // Without a medium, its accepted contacts are unknown.
        return None;
    }
    let contact = word(&mut reader, characteristic, "contactType", &contacts)?;
    let row = rows.into_iter().find(|row| row.contacts.contains(&contact))?;
    check_needs(row, characteristic, &at, out);
    Some((row, contact))
}

fn check_needs(row: &Medium, characteristic: &Object, at: &str, out: &mut Outcome) {
    let says = |member: &&str| match characteristic.get(*member) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(_) => true,
    };
    if row.needs.iter().any(says) {
        return;
    }
    let mut reader = Reader::new(characteristic, at, out);
    match row.needs {
        [only] if reader.has(only) => reader.invalid(only, Expected::NotBlank),
        [only] => reader.missing(only),
        several => {
            let member = at.trim_start_matches('/').replace('/', ".");
            out.fault(at, BodyRefusal::MissingOneOf { member, members: several.to_vec() });
        }
    }
}

/// Returns the word in a member, one of the accepted ones.
fn word(
    reader: &mut Reader<'_, '_>,
    object: &Object,
    member: &str,
    words: &[&'static str],
) -> Option<&'static str> {
    match object.get(member) {
        None | Some(Value::Null) => {
            reader.missing(member);
            None
        }
        Some(Value::String(_)) => {
            let known = |text: &str| words.iter().copied().find(|word| *word == text);
            reader.vocabulary(member, known, words.iter().copied())
        }
        // A value that is not a text is reported elsewhere.
        Some(_) => None,
    }
}
