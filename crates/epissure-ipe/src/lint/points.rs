//! Rules on coordinates. The commune decides which projection fits, see
//! [`crate::projections::read_point`].

use epissure_protocol::identifiers::{Bounds, Projection, Territory};

use super::places::{Place, Places};
use super::row::Row;
use super::rules::LintRule;
use crate::columns::IpeColumn;
use crate::projections::{Crs, PointReading, read_point_in};
use crate::values::decimal_of;

use IpeColumn::{
    CodeInseeImmeuble, CodeInseePM, CoordonneeImmeubleX, CoordonneeImmeubleY, CoordonneePMX, CoordonneePMY,
    TypeProjectionGeographique,
};

pub(super) fn check(row: &mut Row<'_, '_>, place: Place, places: &mut Places) {
    let pm = pair(row, CoordonneePMX, CoordonneePMY);
    let building = pair(row, CoordonneeImmeubleX, CoordonneeImmeubleY);
    if !row.has(CoordonneeImmeubleX) || !row.has(CoordonneeImmeubleY) {
        return;
    }
    if row.lacks(CoordonneeImmeubleX) || row.lacks(CoordonneeImmeubleY) {
        let column = if row.lacks(CoordonneeImmeubleX) { CoordonneeImmeubleX } else { CoordonneeImmeubleY };
        return row.missing(LintRule::CoordinatesMissing, column);
    }
    let Some((x, y)) = building else { return };
    let label = row.bytes(TypeProjectionGeographique);
    let Some(territory) = place.territory else { return };
    if let Some(sure) = sure_box(label, territory)
        && sure.contains(x, y)
        && pm.is_none_or(|(x, y)| sure.contains(x, y))
    {
        return;
    }
    let label = row.text(TypeProjectionGeographique);
    let labelled = Crs::of_label(&label);
    if !label.is_empty() && labelled.is_empty() {
        return;
    }
    let shown = |row: &Row<'_, '_>, x, y| format!("{};{}", row.text(x), row.text(y));
    let Some(reading) = read_point_in(&label, x, y, place.territory) else {
        let value = shown(row, CoordonneeImmeubleX, CoordonneeImmeubleY);
        return row.against(LintRule::PointOutside, CoordonneeImmeubleX, value, "", None);
    };
    if label.is_empty() {
        row.about(
            LintRule::ProjectionMissing,
            TypeProjectionGeographique,
            Some(reading.crs.label().to_owned()),
        );
    } else if !reading.by_label {
        let suggestion = Some(reading.crs.label().to_owned());
        row.about(LintRule::ProjectionMismatch, TypeProjectionGeographique, suggestion);
    }
    if reading.swapped {
        let value = shown(row, CoordonneeImmeubleX, CoordonneeImmeubleY);
        let suggestion = shown(row, CoordonneeImmeubleY, CoordonneeImmeubleX);
        row.against(LintRule::CoordinatesSwapped, CoordonneeImmeubleX, value, "", Some(suggestion));
    }
    if let Some((x, y)) = pm {
        let insee = row.text(CodeInseePM);
        let elsewhere = !insee.is_empty() && row.bytes(CodeInseeImmeuble) != insee.as_bytes();
        let territory = if elsewhere { places.find(&insee).territory } else { place.territory };
        let fits = |reading: PointReading| !reading.swapped && (label.is_empty() || reading.by_label);
        if !read_point_in(&label, x, y, territory).is_some_and(fits) {
            let value = shown(row, CoordonneePMX, CoordonneePMY);
            row.against(LintRule::PmPointOutside, CoordonneePMX, value, "", None);
        }
    }
}

/// A pair of coordinates; `None` when one is empty, or no number, which is reported.
fn pair(row: &mut Row<'_, '_>, x: IpeColumn, y: IpeColumn) -> Option<(f64, f64)> {
    let mut coordinate = |column| {
        let bytes = row.bytes(column);
        let value = decimal_of(bytes);
        if value.is_none() && !bytes.is_empty() {
            row.about(LintRule::CoordinateFormat, column, None);
        }
        value
    };
    let (x, y) = (coordinate(x), coordinate(y));
    x.zip(y)
}

/// A rectangle that lies in a territory without any doubt, in the projection of a label, so that no
/// projection needs to be computed. The tests hold it against the formulas.
fn sure_box(label: &[u8], territory: &Territory) -> Option<Bounds> {
    Some(match (label, territory.departments) {
        (b"RGF93" | b"RFG93", []) => Bounds(200_000.0, 6_150_000.0, 1_080_000.0, 7_090_000.0),
        (b"RGFG95", ["973"]) => Bounds(110_000.0, 240_000.0, 445_000.0, 654_000.0),
        (b"RGR92", ["974"]) => Projection::Rgr92.bounds(),
        (b"RGM04", ["976"]) => Projection::Rgm04.bounds(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use epissure_protocol::identifiers::TERRITORIES;

    use super::*;

    #[test]
    fn the_shortcuts_agree_with_the_formulas() {
        let mut boxes = 0;
        for territory in TERRITORIES {
            for label in ["RGF93", "RGFG95", "RGR92", "RGM04"] {
                let Some(Bounds(west, south, east, north)) = sure_box(label.as_bytes(), territory) else {
                    continue;
                };
                boxes += 1;
                for (right, up) in (0..=40).flat_map(|right| (0..=40).map(move |up| (right, up))) {
                    let x = west + (east - west) * f64::from(right) / 40.0;
                    let y = south + (north - south) * f64::from(up) / 40.0;
                    let position = Crs::of_label(label)[0].to_degrees(x, y).expect("a position");
                    assert_eq!(Territory::at(position.lon, position.lat), Some(territory), "{label} {x} {y}");
                }
            }
        }
        assert_eq!(boxes, 4);
    }
}
