//! Rules on coordinates. The commune decides which projection fits, see
//! [`crate::projections::read_point`].

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
    let is_lambert = matches!(label, b"RGF93" | b"RFG93");
    let is_metropolitan = place.territory.is_some_and(|territory| territory.departments.is_empty());
    if is_lambert && is_metropolitan && surely_france(x, y) && pm.is_none_or(|(x, y)| surely_france(x, y)) {
        return;
    }
    if place.territory.is_none() {
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

/// Whether coordinates in Lambert 93 lie in the rectangle of metropolitan France without any doubt,
/// so that no projection needs to be computed. The tests hold it against the formulas.
fn surely_france(x: f64, y: f64) -> bool {
    const BOX: [f64; 4] = [200_000.0, 6_150_000.0, 1_080_000.0, 7_090_000.0];
    (BOX[0]..=BOX[2]).contains(&x) && (BOX[1]..=BOX[3]).contains(&y)
}

/// Whether a position lies in the rectangle of metropolitan France.
#[cfg(test)]
fn in_france(position: crate::projections::LonLat) -> bool {
    use epissure_protocol::identifiers::Territory;
    Territory::at(position.lon, position.lat).is_some_and(|territory| territory.departments.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortcut_agrees_with_the_formulas() {
        for x in (0..130).map(|step| f64::from(step) * 10_000.0) {
            for y in (600..720).map(|step| f64::from(step) * 10_000.0) {
                if surely_france(x, y) {
                    let position = Crs::Lambert93.to_degrees(x, y).expect("a position");
                    assert!(in_france(position), "{x} {y} {position:?}");
                }
            }
        }
    }
}
