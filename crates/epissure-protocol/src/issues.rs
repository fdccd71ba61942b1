//! Correction keys of a ticket (`issues`): one table for validation, rendering and documentation.
//!
//! Source: Interop contract `AnomalieAdresseUpdateImbIssues` and
//! `AnomalieAdresseUpdateNbLogementsIssues`; the Orange page's sample lists the same fourteen keys
//! of a modification.

/// Number of values of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// An array with one value per building, in the order of `relatedEntity`.
    PerBuilding,
    /// One value for all the buildings.
    Common,
}

/// Type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// Any text.
    Text,
    /// Text of exactly this many characters.
    TextOf(usize),
    /// Text of at most this many characters.
    TextUpTo(usize),
    /// A geographic point: `x`, `y` and the projection in `type`.
    Point,
    /// A whole number, 0 or more.
    Count,
}

/// One row of the table.
#[derive(Debug)]
pub struct IssueKey {
    /// Name of the member of `issues`.
    pub key: &'static str,
    /// The IPE columns that it corrects.
    pub columns: &'static [&'static str],
    /// Number of values: one for all buildings, or one each.
    pub arity: Arity,
    /// Type of each value.
    pub value: ValueKind,
    /// True when `toBlank` may empty the field.
    pub blankable: bool,
    /// The member of an address whose identifier rules apply to the value, if any.
    pub address_member: Option<&'static str>,
}

const fn row(
    key: &'static str,
    columns: &'static [&'static str],
    arity: Arity,
    value: ValueKind,
    blankable: bool,
    address_member: Option<&'static str>,
) -> IssueKey {
    IssueKey { key, columns, arity, value, blankable, address_member }
}

use Arity::{Common, PerBuilding};
use ValueKind::{Count, Point, Text, TextOf, TextUpTo};

/// The fourteen keys of a modification, in the order of the Orange page's sample.
pub const MODIFICATION: &[IssueKey] = &[
    row(
        "building.geographicLocations",
        &["TypeProjectionGeographique", "CoordonneeImmeubleX", "CoordonneeImmeubleY"],
        PerBuilding,
        Point,
        false,
        None,
    ),
    row("building.name", &["BatimentImmeuble"], PerBuilding, Text, true, None),
    row("building.address.city", &["CommuneImmeuble"], Common, Text, false, Some("city")),
    row("building.address.postcode", &["CodePostalImmeuble"], Common, Text, false, Some("postcode")),
    row("building.address.streetName", &["NomVoieImmeuble"], Common, Text, true, Some("streetName")),
    row("building.address.streetNr", &["NumeroVoieImmeuble"], PerBuilding, Text, true, Some("streetNr")),
    row(
        "building.address.streetNrSuffix",
        &["ComplementNumeroVoieImmeuble"],
        PerBuilding,
        Text,
        true,
        Some("streetNrSuffix"),
    ),
    row("building.address.streetType", &["TypeVoieImmeuble"], Common, Text, true, Some("streetType")),
    row("building.address.code_insee", &["CodeInseeImmeuble"], Common, Text, false, Some("code_insee")),
    row(
        "building.address.code_hexacle",
        &["CodeAdresseImmeuble"],
        PerBuilding,
        TextOf(10),
        true,
        Some("code_hexacle"),
    ),
    row(
        "building.address.code_hexacle_voie",
        &["CodeHexacleVoie"],
        Common,
        TextOf(10),
        true,
        Some("code_hexacle_voie"),
    ),
    row("building.address.code_rivoli", &["CodeVoieRivoliImmeuble"], Common, Text, true, Some("code_rivoli")),
    row("building.address.code_ban", &["CodeBAN"], PerBuilding, Text, true, Some("code_ban")),
    row("building.pm.id", &["ReferencePM"], Common, TextUpTo(20), false, None),
];

/// The only key of a change of the number of premises.
pub const NB_LOGEMENTS: &[IssueKey] =
    &[row("building.housingsNumber", &["NombreLogementsAdresseIPE"], Common, Count, false, None)];

/// Returns the row of a key in a table.
#[must_use]
pub fn find(table: &'static [IssueKey], key: &str) -> Option<&'static IssueKey> {
    table.iter().find(|row| row.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_that_of_the_contract() {
        let per_building: Vec<_> =
            MODIFICATION.iter().filter(|row| row.arity == PerBuilding).map(|row| row.key).collect();
        assert_eq!(
            per_building,
            [
                "building.geographicLocations",
                "building.name",
                "building.address.streetNr",
                "building.address.streetNrSuffix",
                "building.address.code_hexacle",
                "building.address.code_ban"
            ]
        );
        let never_blank: Vec<_> =
            MODIFICATION.iter().filter(|row| !row.blankable).map(|row| row.key).collect();
        assert_eq!(
            never_blank,
            [
                "building.geographicLocations",
                "building.address.city",
                "building.address.postcode",
                "building.address.code_insee",
                "building.pm.id"
            ]
        );
    }
}
