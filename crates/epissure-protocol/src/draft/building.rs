//! `building`: the building that a creation describes.

use serde_json::Value;

use super::{MAX_LABEL, Terms, entity};
use crate::codes::Kind;
use crate::extensions::Shape;
use crate::identifiers::{
    ADDRESS_MEMBERS, check_address, check_plot, check_pm_reference, check_point, check_siren,
    check_siren_siret, check_siret, identification_methods,
};
use crate::json::{self, Object};
use crate::reader::{Outcome, Reader};
use crate::refusal::{BodyRefusal, ContentRefusal, Expected, Language};

const AT: &str = "/building";

/// The members of a building that a creation describes (Interop contract, `Building`).
pub(super) const SHAPE: Shape = Shape {
    members: &[
        "id",
        "name",
        "type",
        "newConstruction",
        "housingsNumber",
        "plot",
        "@type",
        "@baseType",
        "@schemaLocation",
    ],
    nested: &[
        ("address", &ADDRESS),
        ("geographicLocation", &POINT),
        ("pm", &PM),
        ("neighbor", &entity::BUILDING),
        ("realEstateDeveloper", &COMPANY),
        ("realEstateLessor", &COMPANY),
    ],
};
const ADDRESS: Shape = Shape::flat(&ADDRESS_MEMBERS);
const POINT: Shape = Shape::flat(&["x", "y", "z", "type", "@type", "@baseType", "@schemaLocation"]);
const PM: Shape = Shape::flat(&["id", "href", "name", "@type", "@baseType", "@referredType"]);
const COMPANY: Shape = Shape::flat(&["id", "name", "siren", "siret", "@type", "@baseType", "@referredType"]);

pub(super) fn read(body: &Object, kind: Kind, terms: &Terms, out: &mut Outcome) -> Option<Object> {
    let mut reader = Reader::new(body, "", out);
    let wanted = matches!(kind, Kind::Creation | Kind::NewBuilding);
    if !reader.has("building") {
        if wanted {
            reader.missing("building");
        }
        return None;
    }
    let building = reader.object("building")?;
    if !wanted && building.keys().all(|member| member == "id") {
        // The OI assigns the identifier: alone, it requests nothing.
        return None;
    }
    if !wanted {
        out.fault(AT, ContentRefusal::BuildingNotUsed { kind });
        return None;
    }
    check_members(building, kind, out);
    check_building_address(building, kind, terms, out);
    check_companies(building, out);
    let neighbor = Reader::new(building, AT, out).object("neighbor").and_then(|neighbor| {
        entity::read_building(&Value::Object(neighbor.clone()), "/building/neighbor", out)
    });

    // The OI assigns the identifier, at the resolution.
    let members = building.iter().filter(|(member, value)| *member != "id" && !value.is_null());
    let mut read: Object = members.map(|(member, value)| (member.clone(), value.clone())).collect();
    if let Some(neighbor) = neighbor {
        read.insert("neighbor".to_owned(), neighbor);
    }
    Some(read)
}

fn check_members(building: &Object, kind: Kind, out: &mut Outcome) {
    let mut reader = Reader::new(building, AT, out);
    match kind {
        Kind::NewBuilding => {
            reader.required_text("name", MAX_LABEL);
        }
        _ => {
            reader.text("name", MAX_LABEL);
        }
    }
    reader.required_vocabulary(
        "type",
        |text| matches!(text, "PAVILLON" | "IMMEUBLE").then_some(()),
        ["PAVILLON", "IMMEUBLE"].into_iter(),
    );
    if !reader.has("newConstruction") {
        reader.missing("newConstruction");
    }
    reader.boolean("newConstruction");
    reader.count("housingsNumber");
    if !reader.has("geographicLocation") {
        reader.missing("geographicLocation");
    }
    let plot = reader.text("plot", MAX_LABEL);
    let points = reader.array("geographicLocation");
    let pm = reader.object("pm");

    if let Some(plot) = plot {
        out.check(|findings| check_plot(&plot, "/building/plot", findings));
    }
    if points.is_some_and(Vec::is_empty) {
        let member = "building.geographicLocation".to_owned();
        let refusal = BodyRefusal::Invalid { member, expected: Expected::Points };
        out.fault("/building/geographicLocation", refusal);
    }
    let code_insee =
        building.get("address").and_then(|address| address.get("code_insee")).and_then(Value::as_str);
    for (index, value) in points.into_iter().flatten().enumerate() {
        let at = format!("/building/geographicLocation/{index}");
        out.check(|findings| check_point(value, code_insee, &at, findings));
    }
    if let Some(pm) = pm
        && let Some(id) = Reader::new(pm, "/building/pm", out).required_text("id", usize::MAX)
    {
        out.check(|findings| check_pm_reference(&id, "/building/pm/id", findings));
    }
}

fn check_building_address(building: &Object, kind: Kind, terms: &Terms, out: &mut Outcome) {
    let mut reader = Reader::new(building, AT, out);
    if !reader.has("address") {
        if kind == Kind::Creation {
            reader.missing("address");
        }
        return;
    }
    let Some(fields) = reader.object("address") else { return };
    out.check(|findings| check_address(fields, "/building/address", findings));
    if kind != Kind::Creation || identification_methods(fields).any() {
        return;
    }
    let refusal = ContentRefusal::AddressUnidentified;
    if terms.strict_creation {
        out.fault("/building/address", refusal);
    } else {
        let message = refusal.text(Language::English);
        out.check(|findings| findings.warning("address-unidentified", "/building/address", message));
    }
}

fn check_companies(building: &Object, out: &mut Outcome) {
    for member in ["realEstateDeveloper", "realEstateLessor"] {
        let Some(company) = Reader::new(building, AT, out).object(member) else { continue };
        let at = json::pointer(AT, member);
        let mut reader = Reader::new(company, &at, out);
        reader.text("name", MAX_LABEL);
        let (siren, siret) = (reader.text("siren", MAX_LABEL), reader.text("siret", MAX_LABEL));
        if let (Some(siren), Some(siret)) = (&siren, &siret) {
            out.check(|findings| check_siren_siret(siren, siret, &json::pointer(&at, "siret"), findings));
        }
        if let Some(siren) = siren {
            out.check(|findings| check_siren(&siren, &json::pointer(&at, "siren"), findings));
        }
        if let Some(siret) = siret {
            out.check(|findings| check_siret(&siret, &json::pointer(&at, "siret"), findings));
        }
    }
}
