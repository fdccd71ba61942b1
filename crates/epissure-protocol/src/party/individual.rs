//! Individuals.

use serde_json::Value;

use super::members::{INDIVIDUAL, MAX_NAME};
use super::{CONTACT_MEDIUM, Import, Resource, check, contact};
use crate::extensions;
use crate::json::{self, Object};
use crate::names::IndividualId;
use crate::problem::Fault;
use crate::reader::{Outcome, Reader};
use crate::refusal::BodyRefusal;

/// An individual with checked content.
#[derive(Debug, Clone, PartialEq)]
pub struct Individual {
    document: Object,
    contact_medium: Option<Value>,
}

impl Individual {
    /// Reads the body of a creation or of a replacement.
    ///
    /// `fullName` defaults to the given name and the family name, `@type` to `Individual`. Members
    /// that the contract does not name are limited to `max_extension_bytes` together.
    ///
    /// # Errors
    /// Returns every fault found.
    pub fn read(body: &Object, max_extension_bytes: usize) -> Result<Self, Vec<Fault>> {
        let mut out = Outcome::default();
        let individual = Self::checked(body, &mut out);
        extensions::bound(out.extension_bytes, max_extension_bytes, &mut out);
        if out.faults.is_empty() { Ok(individual) } else { Err(out.faults) }
    }

    /// Reads a document of a file, its `id` included.
    ///
    /// # Errors
    /// Returns every fault found.
    pub fn import(document: &Object) -> Result<Import<IndividualId, Self>, Vec<Fault>> {
        let mut out = Outcome::default();
        let id = Reader::new(document, "", &mut out).uuid("id", IndividualId::parse);
        let party = Self::checked(document, &mut out);
        if out.faults.is_empty() {
            Ok(Import { id, party, warnings: out.findings.into_vec() })
        } else {
            Err(out.faults)
        }
    }

    /// Reads a stored individual: its document, and its contact media.
    ///
    /// # Errors
    /// Fails when a text is not JSON from [`Individual::document`] and
    /// [`Individual::contact_medium`].
    pub fn kept(document: &str, contact_medium: Option<&str>) -> serde_json::Result<Self> {
        Ok(Self {
            document: json::stored(document)?,
            contact_medium: contact_medium.map(json::stored_value).transpose()?,
        })
    }

    /// Returns the individual after a merge patch (RFC 7396): members replace, null removes, arrays
    /// replace whole. The result is checked as a new individual is.
    ///
    /// # Errors
    /// Returns every fault of the result.
    pub fn patch(&self, patch: &Object, max_extension_bytes: usize) -> Result<Self, Vec<Fault>> {
        let mut whole = self.document.clone();
        if let Some(media) = &self.contact_medium {
            whole.insert(CONTACT_MEDIUM.to_owned(), media.clone());
        }
        json::merge_patch(&mut whole, patch);
        // Each patch is bounded by itself, but their sum is not.
        if !json::object_within_bounds(&whole) {
            let (values, levels) = (json::MAX_NODES, json::MAX_DEPTH);
            return Err(vec![Fault::new("", BodyRefusal::IndividualTooLarge { values, levels })]);
        }
        Self::read(&whole, max_extension_bytes)
    }

    /// Returns all members but `id`, `href` and `contactMedium`.
    #[must_use]
    pub fn document(&self) -> &Object {
        &self.document
    }

    /// Returns `contactMedium`.
    #[must_use]
    pub fn contact_medium(&self) -> Option<&Value> {
        self.contact_medium.as_ref()
    }

    fn checked(body: &Object, out: &mut Outcome) -> Self {
        let mut document = check::read(&without_server_members(body), INDIVIDUAL, "", out);
        let contact_medium = document.shift_remove(CONTACT_MEDIUM);
        if let Some(Value::Array(media)) = &contact_medium {
            contact::check(media, &json::pointer("", CONTACT_MEDIUM), out);
        }
        default_full_name(&mut document);
        document.entry("@type").or_insert_with(|| Resource::Individual.type_name().into());
        Self { document, contact_medium }
    }
}

/// Returns a body without the members that the server assigns.
pub(super) fn without_server_members(body: &Object) -> Object {
    let sent = body.iter().filter(|(member, _)| !matches!(member.as_str(), "id" | "href"));
    sent.map(|(member, value)| (member.clone(), value.clone())).collect()
}

/// The Party page: "You MAY set its value with 'givenName familyName'". The member is inserted at
/// the page's position.
fn default_full_name(document: &mut Object) {
    if document.contains_key("fullName") {
        return;
    }
    let text = |member: &str| document.get(member).and_then(Value::as_str);
    if let (Some(given), Some(family)) = (text("givenName"), text("familyName")) {
        let full = format!("{given} {family}");
        let after = document.keys().position(|member| member == "familyName").map_or(0, |at| at + 1);
        document.shift_insert(after, "fullName".to_owned(), full.into());
    }
}

const _: () =
    assert!(super::members::MAX_FULL_NAME > 2 * MAX_NAME, "a default full name is one that may be sent");
