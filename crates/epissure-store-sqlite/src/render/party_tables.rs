//! The tables of parties, with their auxiliary columns and tables.

use super::{PairTable, SideTables};

/// A party's number in its own table.
pub(super) const OWN_NUMBER: &str = "party.seq";

/// A table of parties.
#[derive(Debug)]
pub(crate) struct PartyTable {
    pub(super) name: &'static str,
    /// Selected columns: identifier, version, document, contact medium or NULL.
    pub(super) with_contact_medium: &'static str,
    pub(super) without_contact_medium: &'static str,
    /// Index of all rows of an operator; `None` when rows are in the order of their numbers.
    pub(super) whole: Option<&'static str>,
    /// Trigram table of the folded columns.
    pub(super) text: &'static str,
    /// A party's number in the trigram table.
    pub(super) text_number: &'static str,
    pub(super) side_tables: SideTables,
    pub(super) indexes: &'static [Index],
}

/// Indexes of a column.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) column: &'static str,
    /// Index that finds values, or folded values if the column has them.
    pub(super) finds: &'static str,
    /// Index with the order of the values.
    pub(super) orders: Option<&'static str>,
    /// True when most values have few rows.
    pub(super) selective: bool,
}

/// Table of organizations.
pub(crate) static ORGANIZATION: PartyTable = PartyTable {
    name: "organization",
    with_contact_medium: "id, version, document, NULL",
    without_contact_medium: "id, version, document, NULL",
    whole: None,
    text: "organization_text",
    text_number: "organization_text.rowid",
    side_tables: SideTables {
        folded: &[
            ("name", "party.name_folded"),
            ("trading_name", "party.trading_name_folded"),
            ("identification_id", "identification_id_folded"),
        ],
        pairs: &[PairTable {
            name: "organization_identification",
            number: "organization_identification.seq",
            key: "identification_type",
            value: "identification_id",
            text: Some("identifications_folded"),
            selective: true,
        }],
        number: OWN_NUMBER,
    },
    indexes: &[
        Index {
            column: "id",
            finds: "organization_by_id",
            orders: Some("organization_by_id"),
            selective: true,
        },
        Index {
            column: "name",
            finds: "organization_by_folded_name",
            orders: Some("organization_by_name"),
            selective: true,
        },
        Index {
            column: "trading_name",
            finds: "organization_by_folded_trading_name",
            orders: Some("organization_by_trading_name"),
            selective: true,
        },
        sortable("is_head_office", "organization_by_head_office"),
        sortable("is_legal_entity", "organization_by_legal_entity"),
        sortable("name_type", "organization_by_name_type"),
        sortable("organization_type", "organization_by_type"),
    ],
};

/// Table of individuals.
pub(crate) static INDIVIDUAL: PartyTable = PartyTable {
    name: "individual",
    with_contact_medium: "id, version, document, contact_medium",
    without_contact_medium: "id, version, document, NULL",
    whole: Some("individual_by_operator"),
    text: "individual_text",
    text_number: "individual_text.rowid",
    side_tables: SideTables {
        folded: &[
            ("full_name", "party.full_name_folded"),
            ("family_name", "party.family_name_folded"),
            ("given_name", "party.given_name_folded"),
            ("legal_name", "party.legal_name_folded"),
        ],
        pairs: &[PairTable {
            name: "individual_characteristic",
            number: "individual_characteristic.seq",
            key: "characteristic_name",
            value: "characteristic_value",
            text: None,
            selective: false,
        }],
        number: OWN_NUMBER,
    },
    indexes: &[
        Index { column: "full_name", finds: "individual_by_full_name", orders: None, selective: true },
        Index { column: "family_name", finds: "individual_by_family_name", orders: None, selective: true },
        Index { column: "given_name", finds: "individual_by_given_name", orders: None, selective: true },
        Index { column: "legal_name", finds: "individual_by_legal_name", orders: None, selective: true },
        attribute("title", "individual_by_title"),
        attribute("middle_name", "individual_by_middle_name"),
        attribute("name_prefix", "individual_by_name_prefix"),
        attribute("gender", "individual_by_gender"),
    ],
};

/// Returns the index of an attribute whose values are shared by many rows.
const fn attribute(column: &'static str, index: &'static str) -> Index {
    Index { column, finds: index, orders: None, selective: false }
}

/// Returns the index of an attribute whose values are shared by many rows, in a list that may be
/// sorted: this index has all rows.
const fn sortable(column: &'static str, index: &'static str) -> Index {
    Index { column, finds: index, orders: Some(index), selective: false }
}
