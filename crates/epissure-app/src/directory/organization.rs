//! Organization of an operator in the directory.

use epissure_filter::{Options, Plan, Query};
use epissure_protocol::json::Object;
use epissure_protocol::names::{OrganizationId, Version};
use epissure_protocol::party::{ORGANIZATION_LIST, Resource};
use epissure_protocol::problem::{Code, Problem};
use epissure_store::{
    Author, ImportItem, Imported, ImportedOrganization, ORGANIZATION_CATALOG, Operator, PartyListRequest,
    StoredOrganization,
};
use serde_json::{Value, json};

use super::Refused;
use crate::App;
use crate::failure::{failed, unreadable};

/// Member that contains the identifications.
const IDENTIFICATIONS: &str = "organizationIdentification";

/// Creates or updates the organization of an operator. Returns a warning when several organizations
/// match.
///
/// The organization is the one with the operator's code as `codeArcepRip`. Otherwise it is the one
/// with its SIREN, to which the code is added. A name that differs from the operator's own is left
/// unchanged, because it comes from a better source.
pub(super) async fn follow(
    app: &App,
    before: Option<&Operator>,
    operator: &Operator,
    by: &Author,
) -> Result<Option<String>, Refused> {
    let known = match app.store.organization_of(&operator.code).await.map_err(failed)? {
        Some(known) => Some(known),
        None => match with_siren(app, operator).await?.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            several => {
                let ids: Vec<String> = several.iter().map(|known| known.id.to_string()).collect();
                return Ok(Some(format!(
                    "the directory has several organizations with this SIREN, and none was given the code {}: {}",
                    operator.code,
                    ids.join(", ")
                )));
            }
        },
    };
    let mut document = match &known {
        Some(known) => {
            serde_json::from_str(&known.document).map_err(|error| unreadable("organization", &error))?
        }
        None => Object::new(),
    };
    describe(&mut document, before, operator);
    let now = app.clock.now();
    let organization = ImportedOrganization {
        id: known.map(|known| known.id),
        fresh: OrganizationId(app.entropy.uuid(now)),
        document,
        version: Version(app.entropy.uuid(now)),
    };
    let imported =
        app.store.import(vec![ImportItem::Organization(organization)], by).await.map_err(failed)?;
    match imported.as_slice() {
        [Imported::Added | Imported::Updated | Imported::Unchanged] => Ok(None),
        // The search above found one organization or none, so another process has written in
        // between.
        _ => Err(Problem::standard(Code::Unavailable).into()),
    }
}

/// Returns the organizations with the operator's SIREN, at most two: two are already ambiguous.
async fn with_siren(app: &App, operator: &Operator) -> Result<Vec<StoredOrganization>, Refused> {
    let Some(siren) = &operator.siren else { return Ok(Vec::new()) };
    let raw =
        format!("{IDENTIFICATIONS}.identificationType=siren&{IDENTIFICATIONS}.identificationId={siren}");
    let query = Query::parse_closed(&raw, &ORGANIZATION_LIST, &Options::default()).map_err(Problem::from)?;
    let plan = Plan::new(&query, &ORGANIZATION_CATALOG);
    let request = PartyListRequest { plan, offset: 0, limit: 2 };
    Ok(app.store.list_organizations(request).await.map_err(failed)?.parties)
}

/// Writes the operator's name and identifications into the document of its organization.
pub(super) fn describe(document: &mut Object, before: Option<&Operator>, operator: &Operator) {
    let name = document.get("name").and_then(Value::as_str);
    if name.is_none_or(|name| before.is_some_and(|before| before.name == name)) {
        document.insert("name".to_owned(), operator.name.clone().into());
    }
    let identifications =
        document.entry(IDENTIFICATIONS).or_insert_with(|| Value::Array(Vec::new())).as_array_mut();
    if let Some(identifications) = identifications {
        if let (Some(outdated), Some(siren)) =
            (before.and_then(|before| before.siren.as_ref()), &operator.siren)
            && outdated != siren
        {
            identifications.retain(|known| !is(known, "siren", outdated));
        }
        let code = [("codeArcepRip", operator.code.as_str())];
        for (kind, id) in code.into_iter().chain(operator.siren.as_deref().map(|siren| ("siren", siren))) {
            if !identifications.iter().any(|known| is(known, kind, id)) {
                identifications.push(json!({"identificationType": kind, "identificationId": id}));
            }
        }
    }
    document.entry("@type").or_insert_with(|| Resource::Organization.type_name().into());
}

fn is(identification: &Value, kind: &str, id: &str) -> bool {
    identification["identificationType"] == kind && identification["identificationId"] == id
}
