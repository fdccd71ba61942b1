//! Imports parties from a file, with the checks of the protocol. Parties imported earlier are
//! recognized.
//!
//! A party is never added twice. A party with an `id` is the stored party with this `id`.
//! Otherwise, an organization is recognized by its identifications. A party with neither is
//! recognized by its first `externalReference`, from which its identifier is derived. A document
//! that could not be recognized at the next import is refused.

use epissure_protocol::identifiers::Finding;
use epissure_protocol::json::{self, Object};
use epissure_protocol::names::{IndividualId, OperatorCode, OrganizationId, Version};
use epissure_protocol::party::{Import, Individual, Organization, Resource};
use epissure_protocol::problem::{Fault, Problem};
use epissure_protocol::refusal::Language;
use epissure_store::{
    Author, IDENTIFICATION_TYPES, ImportItem, Imported, ImportedIndividual, ImportedOrganization, Operator,
    Refusal,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Refused;
use super::organization::describe;
use crate::App;
use crate::failure::failed;

/// Result of the import of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Effect on the directory.
    pub became: Became,
    /// Warnings, as sentences; empty when the document was refused.
    pub warnings: Vec<String>,
}

/// Effect of a document on the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// The party was new.
    Added,
    /// The party existed and was changed.
    Updated,
    /// The party existed and is the same.
    Unchanged,
    /// The document was refused, for these reasons.
    Refused(Vec<String>),
}

/// Reason why a batch was not imported.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The document at this position is an individual, and no operator was given for individuals.
    #[error("an individual belongs to an operator, and none was given")]
    Ownerless(usize),
    /// The store failed.
    #[error("{0}")]
    Failed(#[from] Problem),
}

/// Checks that an operator exists, so that it can own individuals.
///
/// # Errors
/// Fails when the operator is unknown.
pub async fn check_owner(app: &App, code: &OperatorCode) -> Result<(), Refused> {
    match app.store.operator(code).await.map_err(failed)? {
        Some(_) => Ok(()),
        None => Err(Refused::invalid(format!(
            "operator {code} is unknown: add it first with `epissure operator add {code} …`"
        ))),
    }
}

/// Imports the valid documents in one transaction, and returns the result of each document.
/// Individuals belong to the owner.
///
/// # Errors
/// Fails when a document is an individual and no owner is given, or when the store fails. Nothing
/// was stored then.
pub async fn import(
    app: &App,
    owner: Option<&OperatorCode>,
    documents: &[Object],
    by: &Author,
) -> Result<Vec<Outcome>, Stopped> {
    let operators = app.store.operators().await.map_err(failed)?;
    let mut outcomes = Vec::with_capacity(documents.len());
    let (mut places, mut batch) = (Vec::new(), Vec::new());
    for (place, document) in documents.iter().enumerate() {
        let (became, warnings) = match read(app, owner, &operators, document) {
            Ok((item, warnings)) => {
                places.push(place);
                batch.push(item);
                // Placeholder until the store returns the effect.
                (Became::Unchanged, warnings)
            }
            Err(NotRead::Refused(reasons)) => (Became::Refused(reasons), Vec::new()),
            Err(NotRead::Ownerless) => return Err(Stopped::Ownerless(place)),
        };
        outcomes.push(Outcome { became, warnings });
    }
    if batch.is_empty() {
        return Ok(outcomes);
    }
    let imported = app.store.import(batch, by).await.map_err(failed)?;
    for (place, imported) in places.into_iter().zip(imported) {
        outcomes[place].became = match imported {
            Imported::Added => Became::Added,
            Imported::Updated => Became::Updated,
            Imported::Unchanged => Became::Unchanged,
            Imported::Refused(refusal) => {
                outcomes[place].warnings.clear();
                Became::Refused(vec![reason(&refusal)])
            }
        };
    }
    Ok(outcomes)
}

/// Reason why a document cannot be imported.
enum NotRead {
    Refused(Vec<String>),
    Ownerless,
}

impl From<Vec<Fault>> for NotRead {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Refused(faults.into_iter().map(|fault| fault.refusal.text(Language::English)).collect())
    }
}

impl From<String> for NotRead {
    fn from(reason: String) -> Self {
        Self::Refused(vec![reason])
    }
}

/// Parses a document; returns its party and the warnings.
fn read(
    app: &App,
    owner: Option<&OperatorCode>,
    operators: &[Operator],
    document: &Object,
) -> Result<(ImportItem, Vec<String>), NotRead> {
    if !json::object_within_bounds(document) {
        return Err(NotRead::from(format!(
            "It is nested deeper than {} levels, has more than {} values, or has a NUL character",
            json::MAX_DEPTH,
            json::MAX_NODES
        )));
    }
    match resource_of(document)? {
        Resource::Organization => organization(app, operators, document),
        Resource::Individual => individual(app, owner.ok_or(NotRead::Ownerless)?, document),
    }
}

fn organization(
    app: &App,
    operators: &[Operator],
    document: &Object,
) -> Result<(ImportItem, Vec<String>), NotRead> {
    let Import { id, party, warnings } = Organization::import(document)?;
    let recognised = party.identifications().any(|(kind, _)| IDENTIFICATION_TYPES.contains(&kind));
    let id = match id {
        None if !recognised => {
            let reference = reference(party.document()).ok_or_else(|| {
                format!(
                    "An organization without id needs an organizationIdentification ({}) or an externalReference \
                     with a name, by which it is known when it comes again",
                    IDENTIFICATION_TYPES.join(", ")
                )
            })?;
            Some(OrganizationId(derived(Resource::Organization.segment(), reference)))
        }
        id => id,
    };
    let now = app.clock.now();
    let item = ImportedOrganization {
        id,
        fresh: OrganizationId(app.entropy.uuid(now)),
        document: with_operators(&party, operators),
        version: Version(app.entropy.uuid(now)),
    };
    Ok((ImportItem::Organization(item), sentences(warnings)))
}

/// Returns the document of an organization. If it is a known operator's, the operator's
/// identifications are added: files from other sources omit them, and an import must not remove
/// them.
fn with_operators(organization: &Organization, operators: &[Operator]) -> Object {
    let mut document = organization.document().clone();
    for operator in operators {
        let is_its = organization.identifications().any(|(kind, id)| match kind {
            "siren" => operator.siren.as_deref() == Some(id),
            "codeArcepRip" => operator.code.as_str() == id,
            _ => false,
        });
        if is_its {
            describe(&mut document, None, operator);
        }
    }
    document
}

fn individual(
    app: &App,
    owner: &OperatorCode,
    document: &Object,
) -> Result<(ImportItem, Vec<String>), NotRead> {
    let Import { id, party, warnings } = Individual::import(document)?;
    let id = match id {
        Some(id) => id,
        None => {
            let reference = reference(party.document()).ok_or_else(|| {
                "An individual without id needs an externalReference with a name, by which it is known when it comes \
                 again"
                    .to_owned()
            })?;
            IndividualId(derived(owner.as_str(), reference))
        }
    };
    let item = ImportedIndividual {
        id: Some(id),
        fresh: id,
        operator: owner.clone(),
        document: party.document().clone(),
        contact_medium: party.contact_medium().cloned(),
        version: Version(app.entropy.uuid(app.clock.now())),
    };
    Ok((ImportItem::Individual(item), sentences(warnings)))
}

fn sentences(findings: Vec<Finding>) -> Vec<String> {
    findings.into_iter().map(|finding| finding.message).collect()
}

/// Returns the resource of a document, read from its `@type`, or from `@baseType` when the `@type`
/// is an extension. Without either, a document with a `familyName` is an individual.
fn resource_of(document: &Object) -> Result<Resource, String> {
    let said: Vec<&Value> = ["@type", "@baseType"]
        .iter()
        .filter_map(|member| document.get(*member))
        .filter(|it| !it.is_null())
        .collect();
    if said.is_empty() {
        let individual = document.get("familyName").is_some_and(|name| !name.is_null());
        return Ok(if individual { Resource::Individual } else { Resource::Organization });
    }
    let of_name = |name: &Value| Resource::ALL.into_iter().find(|resource| name == resource.type_name());
    said.into_iter().find_map(of_name).ok_or_else(|| {
        let names = Resource::ALL.map(Resource::type_name);
        format!("The field @type must be one of {}, or the field @baseType", names.join(", "))
    })
}

/// Returns the type and name of the first external reference with a name, which identify a party at
/// its source.
fn reference(document: &Object) -> Option<(&str, &str)> {
    let references = document.get("externalReference")?.as_array()?;
    references.iter().find_map(|it| {
        let name = it.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty())?;
        Some((it.get("externalReferenceType").and_then(Value::as_str).unwrap_or_default(), name))
    })
}

/// Namespace of the identifiers derived from references. A change would duplicate every party
/// imported earlier.
const NAMESPACE: Uuid = Uuid::from_u128(0x2d1c_7c0e_6a53_4f0b_9b5e_8c1f_0e77_a4d2);

/// Derives an identifier (UUID version 5) from a reference and its owner.
fn derived(whose: &str, (kind, name): (&str, &str)) -> Uuid {
    Uuid::new_v5(&NAMESPACE, json!([whose, kind, name]).to_string().as_bytes())
}

fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Ambiguous(several) => {
            let several: Vec<String> = several.iter().map(ToString::to_string).collect();
            format!(
                "Its identifications are those of several organizations: give it the id of the one that it is, of {}",
                several.join(", ")
            )
        }
        Refusal::AnothersIndividual => "Its id is that of another operator's individual".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn the_type_tells_what_a_document_is_and_without_it_the_family_name() {
        for (document, expected) in [
            (json!({"@type": "Individual"}), Some(Resource::Individual)),
            (json!({"@type": "Organization", "familyName": "Dalton"}), Some(Resource::Organization)),
            (json!({"@type": "Employee", "@baseType": "Individual"}), Some(Resource::Individual)),
            (json!({"familyName": "Dalton"}), Some(Resource::Individual)),
            (json!({"@type": null, "familyName": null}), Some(Resource::Organization)),
            (json!({}), Some(Resource::Organization)),
            (json!({"@type": "individual"}), None),
            (json!({"@type": 1, "familyName": "Dalton"}), None),
        ] {
            assert_eq!(resource_of(&object(document.clone())).ok(), expected, "{document}");
        }
    }

    #[test]
    fn a_reference_is_the_first_that_has_a_name() {
        let document = object(json!({"externalReference": [
            {"externalReferenceType": "crm"},
            {"externalReferenceType": "crm", "name": " "},
            {"externalReferenceType": "hr", "name": "7"},
            {"name": "8"},
        ]}));
        assert_eq!(reference(&document), Some(("hr", "7")));
        assert_eq!(reference(&object(json!({"externalReference": [{"name": "8"}]}))), Some(("", "8")));
        assert_eq!(reference(&object(json!({"externalReference": []}))), None);
    }

    #[test]
    fn an_identifier_that_is_made_is_the_same_in_every_version_of_the_program() {
        let made = derived("FTEL", ("hr", "7"));
        assert_eq!(made.to_string(), "ca7b836a-6489-5713-9306-184e05914763");
        assert_eq!(made.get_version_num(), 5);
        assert_ne!(made, derived("SFRA", ("hr", "7")));
        assert_ne!(made, derived("FTEL", ("crm", "7")));
    }
}
