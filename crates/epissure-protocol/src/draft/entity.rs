//! `relatedEntity` (the buildings) and `relatedParty`.

use serde_json::{Value, json};

use super::{MAX_LABEL, Terms};
use crate::codes::Kind;
use crate::extensions::{Shape, weight};
use crate::identifiers::check_building_id;
use crate::json::{self, Object};
use crate::reader::{Outcome, Reader};
use crate::refusal::{BodyRefusal, ContentRefusal};

/// Members of a related building, in stored order.
const OUR_MEMBERS: &[&str] = &["id", "href", "name", "@type", "@baseType", "@referredType", "role"];

/// The members of a related building.
pub(super) const BUILDING: Shape = Shape::flat(OUR_MEMBERS);
/// The members of a related party (Interop contract, `RelatedParty`).
const PARTY: Shape =
    Shape::flat(&["id", "href", "name", "role", "@type", "@baseType", "@referredType", "@schemaLocation"]);

/// Returns the size of the members of buildings and parties that the contract does not name, in
/// bytes.
pub(super) fn extension_weight(buildings: &[Value], parties: &[Value]) -> usize {
    let weigh = |items: &[Value], shape| -> usize {
        items.iter().filter_map(Value::as_object).map(|item| weight(item, shape)).sum()
    };
    weigh(buildings, &BUILDING) + weigh(parties, &PARTY)
}

pub(super) fn read(body: &Object, kind: Option<Kind>, terms: &Terms, out: &mut Outcome) -> Vec<Value> {
    let items = Reader::new(body, "", out).array("relatedEntity");
    let count = items.map_or(0, Vec::len);
    if let Some(kind) = kind {
        check_count(kind, count, items.is_some(), terms, out);
    }
    let mut entities: Vec<Value> = Vec::with_capacity(count);
    for (index, item) in items.into_iter().flatten().enumerate() {
        if let Some(entity) = read_building(item, &format!("/relatedEntity/{index}"), out) {
            entities.push(entity);
        }
    }
    warn_of_repeated(&entities, out);
    entities
}

fn check_count(kind: Kind, count: usize, present: bool, terms: &Terms, out: &mut Outcome) {
    let at = "/relatedEntity";
    match kind {
        Kind::Creation => {}
        _ if !present => {
            out.fault(at, BodyRefusal::Missing { member: "relatedEntity".to_owned() });
            return;
        }
        Kind::NewBuilding | Kind::NbLogements if count != 1 => {
            out.fault(at, ContentRefusal::NotOneBuilding { kind, count });
        }
        Kind::Modification if count == 0 => {
            out.fault(at, ContentRefusal::NoBuilding);
        }
        _ => {}
    }
    if count > terms.bulk_limit {
        out.fault(at, ContentRefusal::TooManyBuildings { count, limit: terms.bulk_limit });
    }
}

/// Reads one reference to a building and completes it with the contract's defaults
/// (`RelatedBuilding`).
pub(super) fn read_building(item: &Value, at: &str, out: &mut Outcome) -> Option<Value> {
    let Some(object) = item.as_object() else {
        out.fault(at, ContentRefusal::NotABuilding { at: at.to_owned() });
        return None;
    };
    let mut reader = Reader::new(object, at, out);
    let id = reader.required_text("id", usize::MAX)?;
    let href = reader.text("href", MAX_LABEL);
    let name = reader.text("name", MAX_LABEL);
    let role = reader.text("role", MAX_LABEL).unwrap_or_else(|| "building".to_owned());
    let kind = reader.text("@type", MAX_LABEL).unwrap_or_else(|| "RelatedEntity".to_owned());
    let base = reader.text("@baseType", MAX_LABEL).unwrap_or_else(|| "RelatedEntity".to_owned());
    let referred = reader.text("@referredType", MAX_LABEL).unwrap_or_else(|| "Building".to_owned());
    out.check(|findings| check_building_id(&id, None, &json::pointer(at, "id"), findings));

    let mut entity = Object::new();
    entity.insert("id".into(), id.into());
    for (member, value) in [("href", href), ("name", name)] {
        if let Some(value) = value {
            entity.insert(member.into(), value.into());
        }
    }
    for (member, value) in [("@type", kind), ("@baseType", base), ("@referredType", referred), ("role", role)]
    {
        entity.insert(member.into(), value.into());
    }
    let unknown = object.iter().filter(|(member, value)| {
        !OUR_MEMBERS.contains(&member.as_str()) && *member != "@schemaLocation" && !value.is_null()
    });
    entity.extend(unknown.map(|(member, value)| (member.clone(), value.clone())));
    Some(Value::Object(entity))
}

fn warn_of_repeated(entities: &[Value], out: &mut Outcome) {
    let mut seen = std::collections::HashSet::new();
    for (index, entity) in entities.iter().enumerate() {
        let id = entity["id"].as_str().unwrap_or_default();
        if !seen.insert(id) {
            out.check(|findings| {
                findings.warning(
                    "building-repeated",
                    format!("/relatedEntity/{index}/id"),
                    format!("The building {id} is named more than once; it counts once in sizeRefs."),
                );
            });
        }
    }
}

pub(super) fn read_parties(body: &Object, out: &mut Outcome) -> Vec<Value> {
    let items = Reader::new(body, "", out).array("relatedParty");
    let mut parties = Vec::new();
    for (index, item) in items.into_iter().flatten().enumerate() {
        let at = format!("/relatedParty/{index}");
        let Some(object) = item.as_object() else {
            out.fault(&at, ContentRefusal::NotAParty { at: at.clone() });
            continue;
        };
        if Reader::new(object, &at, out).required_text("id", MAX_LABEL).is_some() {
            parties.push(json!(object));
        }
    }
    parties
}
