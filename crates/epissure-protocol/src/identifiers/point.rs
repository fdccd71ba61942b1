//! Geographic points.

use serde_json::{Map, Value};

use super::findings::Findings;
use super::pointer;
use super::projection::{Projection, Territory};
use super::text::quote;
use crate::refusal::IdentifierRefusal;

/// Checks a geographic point: `x` and `y` (numbers), `type` (see [`Projection`]), optionally `z`
/// (number, metres).
///
/// Errors are violations of the official schema (`GeographicPoint`): a member that is missing or of
/// another type, or an unknown `type`. The true name `RGF93` is accepted with an info, because the
/// contract spells `RFG93`.
///
/// Warnings concern geography: coordinates outside the projection's land, x and y exchanged, or a
/// projection or place that does not match `code_insee`. In degrees, x is the longitude. The
/// schema's text on `x` has "usually latitude", but its text on `WGS84` has "Longitude/Latitude".
/// Arcep's files agree with the latter. Exchanging x and y never turns a point of one French
/// territory into a point of another.
pub fn check_point(point: &Value, code_insee: Option<&str>, at: &str, out: &mut Findings) {
    let Value::Object(point) = point else {
        out.error("point-type", at, IdentifierRefusal::Point);
        return;
    };
    let x = coordinate(point, "x", at, out);
    let y = coordinate(point, "y", at, out);
    if !matches!(point.get("z"), None | Some(Value::Null | Value::Number(_))) {
        out.error("point-coordinate", pointer(at, "z"), IdentifierRefusal::PointHeight);
    }
    let projection = projection(point, at, out);
    let (Some(x), Some(y), Some(projection)) = (x, y, projection) else { return };

    let territory = code_insee.and_then(Territory::of_insee);
    if projection == Projection::Wgs84 {
        check_degrees(x, y, territory, at, out);
        return;
    }
    check_metres(x, y, projection, at, out);
    if let Some(territory) = territory.filter(|territory| territory.projection != projection) {
        let message = format!(
            "The projection {} does not serve {}, where the commune is: {} is expected.",
            projection.as_str(),
            territory.name,
            territory.projection.as_str()
        );
        out.warning("projection-insee-mismatch", pointer(at, "type"), message);
    }
}

fn coordinate(point: &Map<String, Value>, name: &'static str, at: &str, out: &mut Findings) -> Option<f64> {
    let value = point.get(name).and_then(Value::as_f64);
    if value.is_none() {
        out.error("point-coordinate", pointer(at, name), IdentifierRefusal::PointCoordinate { member: name });
    }
    value
}

fn projection(point: &Map<String, Value>, at: &str, out: &mut Findings) -> Option<Projection> {
    let at = pointer(at, "type");
    let Some(name) = point.get("type").and_then(Value::as_str) else {
        out.error("point-projection", at, IdentifierRefusal::PointType);
        return None;
    };
    if name == "RGF93" {
        out.info("projection-spelling", at, "The contract spells RGF93 as RFG93.");
        return Some(Projection::Rfg93);
    }
    let projection = Projection::parse(name);
    if projection.is_none() {
        let known = Projection::ALL.map(Projection::as_str).to_vec();
        out.error("point-projection", at, IdentifierRefusal::Projection { value: quote(name), known });
    }
    projection
}

fn check_degrees(x: f64, y: f64, territory: Option<&Territory>, at: &str, out: &mut Findings) {
    let (here, exchanged) = (Territory::at(x, y), Territory::at(y, x));
    let fits = |place: Option<&Territory>| match territory {
        Some(expected) => place == Some(expected),
        None => place.is_some(),
    };
    let within_world = Projection::Wgs84.bounds().contains(x, y);
    if fits(here) || (within_world && territory.is_some_and(|territory| territory.area.is_none())) {
        return;
    }
    if fits(exchanged) {
        let message = format!("x = {x} and y = {y} seem exchanged: in WGS84, x is the longitude.");
        out.warning("swapped-coordinates", at, message);
    } else if !within_world {
        out_of_bounds(x, y, Projection::Wgs84, at, out);
    } else if let Some(expected) = territory {
        let place = here.map_or("outside France", |here| here.name);
        let message = format!("x = {x}, y = {y} is {place}, the commune is in {}.", expected.name);
        out.warning("point-insee-mismatch", at, message);
    } else {
        out.warning("point-outside-france", at, format!("x = {x}, y = {y} is outside France."));
    }
}

fn check_metres(x: f64, y: f64, projection: Projection, at: &str, out: &mut Findings) {
    let bounds = projection.bounds();
    if bounds.contains(x, y) {
        return;
    }
    if bounds.contains(y, x) {
        let name = projection.as_str();
        let message = format!("x = {x} and y = {y} seem exchanged: in {name}, x is the easting.");
        out.warning("swapped-coordinates", at, message);
    } else {
        out_of_bounds(x, y, projection, at, out);
    }
}

/// Warns that a point is outside its projection, and names the projection that would fit.
fn out_of_bounds(x: f64, y: f64, projection: Projection, at: &str, out: &mut Findings) {
    let other = if Territory::at(x, y).or_else(|| Territory::at(y, x)).is_some() {
        Some(Projection::Wgs84)
    } else {
        Projection::planar_at(x, y).or_else(|| Projection::planar_at(y, x))
    };
    let name = projection.as_str();
    match other {
        Some(other) => {
            let message = format!("x = {x}, y = {y} is not in {name}: it looks like {}.", other.as_str());
            out.warning("projection-mismatch", at, message);
        }
        None => {
            let bounds = projection.bounds();
            let message = format!(
                "x = {x}, y = {y} is outside {name}: x from {} to {} and y from {} to {} are expected.",
                bounds.0, bounds.2, bounds.1, bounds.3
            );
            out.warning("point-out-of-bounds", at, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::codes;
    use super::*;

    fn check(point: &Value, code_insee: Option<&str>) -> Vec<String> {
        codes(|out| check_point(point, code_insee, "/p", out))
    }

    #[test]
    fn the_schema_is_enforced() {
        for (point, expected) in [
            (json!({"x": 2.3522, "y": 48.8566, "type": "WGS84"}), &[][..]),
            (json!({"x": 2.3522, "y": 48.8566, "z": 35.5, "type": "WGS84"}), &[]),
            (json!({"x": 2.3522, "y": 48.8566, "z": null, "type": "WGS84"}), &[]),
            (json!({"x": 652_469, "y": 6_862_035, "type": "RFG93"}), &[]),
            (json!({"x": 652_469, "y": 6_862_035, "type": "RGF93"}), &["info projection-spelling"]),
            (json!({"x": 2.3522, "y": 48.8566, "z": "35", "type": "WGS84"}), &["error point-coordinate"]),
            (json!({"x": "2.3522", "y": 48.8566, "type": "WGS84"}), &["error point-coordinate"]),
            (json!({"y": null, "type": "WGS84"}), &["error point-coordinate", "error point-coordinate"]),
            (json!({"x": 2.3522, "y": 48.8566}), &["error point-projection"]),
            (json!({"x": 2.3522, "y": 48.8566, "type": 4326}), &["error point-projection"]),
            (json!({"x": 2.3522, "y": 48.8566, "type": "wgs84"}), &["error point-projection"]),
            (json!({"x": 600_000, "y": 2_400_000, "type": "LAMB2E"}), &["error point-projection"]),
            (json!([2.3522, 48.8566]), &["error point-type"]),
            (json!(null), &["error point-type"]),
        ] {
            assert_eq!(check(&point, None), expected, "{point}");
        }
    }

    #[test]
    fn geography_is_enforced() {
        for (x, y, projection, code_insee, expected) in [
            (2.3522, 48.8566, "WGS84", Some("75056"), &[][..]),
            (652_469.02, 6_862_035.26, "RFG93", Some("75101"), &[]),
            (1.47, 43.04, "WGS84", Some("09001"), &[]),
            (575_224.85, 6_216_840.19, "RFG93", Some("09001"), &[]),
            (55.45, -20.88, "WGS84", Some("97411"), &[]),
            (-61.5, 16.2, "WGS84", Some("97105"), &[]),
            (166.44, -22.27, "WGS84", Some("98818"), &[]),
            (70.2, -49.35, "WGS84", Some("98412"), &[]),
            (339_000.0, 7_690_000.0, "RGR92", Some("97411"), &[]),
            (48.8566, 2.3522, "WGS84", None, &["warning swapped-coordinates"]),
            (48.8566, 2.3522, "WGS84", Some("75056"), &["warning swapped-coordinates"]),
            (-20.88, 55.45, "WGS84", Some("97411"), &["warning swapped-coordinates"]),
            (-22.27, 166.44, "WGS84", None, &["warning swapped-coordinates"]),
            (6_862_035.26, 652_469.02, "RFG93", None, &["warning swapped-coordinates"]),
            (2.3522, 48.8566, "WGS84", Some("97411"), &["warning point-insee-mismatch"]),
            (0.0, 0.0, "WGS84", Some("75056"), &["warning point-insee-mismatch"]),
            (0.0, 0.0, "WGS84", None, &["warning point-outside-france"]),
            (652_469.0, 6_862_035.0, "WGS84", None, &["warning projection-mismatch"]),
            (2.3522, 48.8566, "RFG93", Some("75056"), &["warning projection-mismatch"]),
            (48.8566, 2.3522, "RFG93", Some("75056"), &["warning projection-mismatch"]),
            (339_000.0, 7_690_000.0, "RFG93", Some("75056"), &["warning projection-mismatch"]),
            (181.0, 91.0, "WGS84", None, &["warning point-out-of-bounds"]),
            (0.0, 0.0, "RGM04", Some("97608"), &["warning point-out-of-bounds"]),
            (652_469.0, 6_862_035.0, "RFG93", Some("97411"), &["warning projection-insee-mismatch"]),
            (339_000.0, 7_690_000.0, "RGR92", Some("75056"), &["warning projection-insee-mismatch"]),
            (652_469.0, 6_862_035.0, "RFG93", Some("nonsense"), &[]),
        ] {
            let point = json!({"x": x, "y": y, "type": projection});
            assert_eq!(check(&point, code_insee), expected, "{point} {code_insee:?}");
        }
    }

    #[test]
    fn findings_point_at_the_member() {
        let mut out = Findings::new();
        check_point(&json!({"y": 1, "type": "X"}), None, "/building/geographicLocation/0", &mut out);
        let pointers: Vec<&str> = out.iter().map(|finding| finding.pointer.as_str()).collect();
        assert_eq!(pointers, ["/building/geographicLocation/0/x", "/building/geographicLocation/0/type"]);
    }
}
