//! Organizations.

use serde_json::Value;

use super::individual::without_server_members;
use super::members::ORGANIZATION;
use super::{CONTACT_MEDIUM, Import, Resource, check};
use crate::identifiers::check_siren;
use crate::json::{self, Object};
use crate::names::OrganizationId;
use crate::problem::Fault;
use crate::reader::{Outcome, Reader};
use crate::refusal::BodyRefusal;

/// An organization with checked content.
///
/// Organizations are read-only in the API; they are imported from files.
#[derive(Debug, Clone, PartialEq)]
pub struct Organization {
    document: Object,
}

impl Organization {
    /// Reads a document of a file, its `id` included.
    ///
    /// A SIREN of another shape is a fault, a wrong key is a warning. Organizations have no
    /// `contactMedium` (the Party page): it is dropped with a warning. `@type` defaults to
    /// `Organization`.
    ///
    /// # Errors
    /// Returns every fault found.
    pub fn import(document: &Object) -> Result<Import<OrganizationId, Self>, Vec<Fault>> {
        let mut out = Outcome::default();
        let id = Reader::new(document, "", &mut out).uuid("id", OrganizationId::parse);
        let mut kept = check::read(&without_server_members(document), ORGANIZATION, "", &mut out);
        if kept.shift_remove(CONTACT_MEDIUM).is_some() {
            out.findings.warning(
                "organization-contact-medium",
                json::pointer("", CONTACT_MEDIUM),
                "Organizations have no contactMedium: it is left out.",
            );
        }
        let reader = Reader::new(&kept, "", &mut out);
        if !reader.has("name") && !reader.has("tradingName") {
            out.fault("/name", BodyRefusal::NoName);
        }
        check_identifications(&kept, &mut out);
        kept.entry("@type").or_insert_with(|| Resource::Organization.type_name().into());
        if out.faults.is_empty() {
            Ok(Import { id, party: Self { document: kept }, warnings: out.findings.into_vec() })
        } else {
            Err(out.faults)
        }
    }

    /// Returns all members but `id` and `href`.
    #[must_use]
    pub fn document(&self) -> &Object {
        &self.document
    }

    /// Returns its identifications, as pairs of type and identifier.
    pub fn identifications(&self) -> impl Iterator<Item = (&str, &str)> {
        identifications(&self.document).map(|(_, kind, id)| (kind, id))
    }
}

fn check_identifications(document: &Object, out: &mut Outcome) {
    for (index, _, siren) in identifications(document).filter(|(_, kind, _)| *kind == "siren") {
        let at = format!("/organizationIdentification/{index}/identificationId");
        out.check(|findings| check_siren(siren, &at, findings));
    }
}

fn identifications(document: &Object) -> impl Iterator<Item = (usize, &str, &str)> {
    let items = document.get("organizationIdentification").and_then(Value::as_array);
    items.into_iter().flatten().enumerate().filter_map(|(index, item)| {
        let text = |member| item.get(member).and_then(Value::as_str);
        Some((index, text("identificationType")?, text("identificationId")?))
    })
}
