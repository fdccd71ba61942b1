//! The planner's catalogs of parties: the data that a backend stores next to the documents to
//! search them.
//!
//! They contain exactly the attributes that the Party page lists under "Query Resources with
//! attribute filtering".

use epissure_filter::plan::{Catalog, Column, Holds};
use epissure_filter::{Path, visit_pairs};
use serde_json::Value;

/// Catalog of organizations.
pub const ORGANIZATION_CATALOG: PartyCatalog = PartyCatalog {
    columns: &[
        ("id", text("id")),
        ("name", text("name")),
        ("tradingName", text("trading_name")),
        ("isHeadOffice", flag("is_head_office")),
        ("isLegalEntity", flag("is_legal_entity")),
        ("nameType", text("name_type")),
        ("organizationType", text("organization_type")),
    ],
    pairs: &[PairedMembers {
        array: "organizationIdentification",
        key: "identificationType",
        value: "identificationId",
    }],
};

/// Catalog of individuals.
pub const INDIVIDUAL_CATALOG: PartyCatalog = PartyCatalog {
    columns: &[
        ("fullName", text("full_name")),
        ("familyName", text("family_name")),
        ("givenName", text("given_name")),
        ("legalName", text("legal_name")),
        ("title", text("title")),
        ("middleName", text("middle_name")),
        ("namePrefix", text("name_prefix")),
        ("gender", text("gender")),
    ],
    pairs: &[PairedMembers { array: "partyCharacteristic", key: "name", value: "value" }],
};

/// Type of [`ORGANIZATION_CATALOG`] and [`INDIVIDUAL_CATALOG`].
#[derive(Debug, Clone, Copy)]
pub struct PartyCatalog {
    /// First-level members, with the column of each.
    pub columns: &'static [(&'static str, Column)],
    /// Pairs of members that are searched together. A plan refers to a pair by its position.
    pub pairs: &'static [PairedMembers],
}

/// Two members of the elements of an array.
#[derive(Debug, Clone, Copy)]
pub struct PairedMembers {
    /// Name of the array.
    pub array: &'static str,
    /// Member that gives the type of the value.
    pub key: &'static str,
    /// Member that contains the value.
    pub value: &'static str,
}

const fn text(name: &'static str) -> Column {
    Column { name, holds: Holds::Text }
}

const fn flag(name: &'static str) -> Column {
    Column { name, holds: Holds::Flag }
}

impl Catalog for PartyCatalog {
    fn column(&self, path: &Path) -> Option<Column> {
        let [only] = path.segments() else { return None };
        self.columns.iter().find(|(member, _)| *member == only.name()).map(|(_, column)| *column)
    }

    fn multi_valued(&self, _: &Path) -> Option<u16> {
        None
    }

    fn pair(&self, array: &Path, key_member: &str, value_member: &str) -> Option<u16> {
        let array = array.joined();
        let position = self
            .pairs
            .iter()
            .position(|pair| pair.array == array && pair.key == key_member && pair.value == value_member)?;
        u16::try_from(position).ok()
    }
}

impl PartyCatalog {
    /// Returns the (key, value) texts of a document for one of the pairs, without duplicates.
    #[must_use]
    pub fn pair_values(&self, pair: usize, document: &Value) -> Vec<(String, String)> {
        let Some(members) = self.pairs.get(pair) else { return Vec::new() };
        let parsed = [members.array, members.key, members.value].map(Path::parse);
        let [Ok(array), Ok(key), Ok(value)] = parsed else { return Vec::new() };
        let mut found = Vec::new();
        visit_pairs(document, &array, &key, &value, |key, value| {
            found.push((key.to_owned(), value.to_owned()));
        });
        found.sort_unstable();
        found.dedup();
        found
    }
}
