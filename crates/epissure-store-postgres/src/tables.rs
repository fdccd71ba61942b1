//! The tables listed with a query language: their columns, and the uses of their indexes.

use epissure_filter::Glob;
use epissure_protocol::names::OperatorCode;

use crate::trigrams;

/// A table with a query language.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Column of the default order; the order of insertion when `None`.
    pub(crate) date: Option<&'static str>,
    /// True when rows with equal keys are sorted latest first in a descending order.
    pub(crate) mirrored: bool,
    /// Columns that are never NULL: the values after a given one form a single range in either
    /// direction.
    pub(crate) never_null: &'static [&'static str],
    /// Conditions that indexes answer alone.
    pub(crate) covered: Covered,
    /// Columns with an index on their order.
    pub(crate) ordered: &'static [&'static str],
    /// Indexed columns in which most values have few rows.
    pub(crate) selective: &'static [&'static str],
    /// Columns with a folded copy.
    pub(crate) folded: &'static [Folded],
    /// Tables of pairs, by the number of the pair.
    pub(crate) pairs: &'static [PairTable],
}

/// Conditions that the indexes of a table answer without reading rows.
#[derive(Debug)]
pub(crate) enum Covered {
    /// Any combination of conditions on these columns.
    Together(&'static [&'static str]),
    /// A single condition, on one of these columns or on a pair.
    Alone(&'static [&'static str]),
}

/// A column, and the column with its folded text.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) plain: &'static str,
    pub(crate) folded: &'static str,
    /// Number of the column in trigrams.
    pub(crate) tag: u8,
}

/// A table with one row for each pair of a document.
#[derive(Debug)]
pub(crate) struct PairTable {
    pub(crate) name: &'static str,
    pub(crate) key: &'static str,
    /// Column of the value's look-up key, made by [`looked_up`](crate::bound::looked_up).
    pub(crate) value: &'static str,
    /// Column of the folded value, for patterns.
    pub(crate) folded: &'static str,
    /// Number in trigrams of all the values together, if these are indexed.
    pub(crate) tag: Option<u8>,
    /// True when each row also has the operator, first in its index.
    pub(crate) owned: bool,
}

impl Table {
    /// Returns the column with the folded text of another, if there is one.
    pub(crate) fn folded(&self, column: &str) -> Option<&'static Folded> {
        self.folded.iter().find(|folded| folded.plain == column)
    }

    /// Returns the table of a pair. Plans refer only to pairs of their catalog, each of which has a
    /// table.
    pub(crate) fn pair(&self, number: u16) -> Option<&'static PairTable> {
        self.pairs.get(usize::from(number))
    }
}

/// Returns the trigrams that a row needs to match a pattern, if the pattern is long enough to have
/// any.
pub(crate) fn sought(tag: u8, owner: Option<&OperatorCode>, glob: &Glob) -> Option<Vec<i32>> {
    let owner = owner.map_or("", OperatorCode::as_str);
    Some(trigrams::of(tag, owner, glob.folded())).filter(|trigrams| !trigrams.is_empty())
}

pub(crate) static TICKETS: Table = Table {
    name: "ticket",
    date: Some("creation_date"),
    mirrored: true,
    never_null: &[
        "id",
        "code_oi",
        "code_oc",
        "type",
        "status",
        "ticket_type",
        "name",
        "creation_date",
        "last_update_date",
    ],
    covered: Covered::Together(&[
        "status",
        "zone",
        "creation_date",
        "last_update_date",
        "status_change_date",
        "resolution_date",
        "total_done",
    ]),
    ordered: &["creation_date", "last_update_date", "status_change_date", "resolution_date", "name"],
    selective: &["external_id", "name"],
    folded: &[],
    pairs: &[],
};

pub(crate) static EVENTS: Table = Table {
    name: "event",
    date: None,
    mirrored: true,
    never_null: &["id", "type", "subject", "time"],
    covered: Covered::Together(&["time", "type"]),
    ordered: &["time"],
    selective: &["subject"],
    folded: &[],
    pairs: &[],
};

/// Number in trigrams of all the identifications of an organization.
pub(crate) const IDENTIFICATIONS: u8 = 2;

pub(crate) static ORGANIZATIONS: Table = Table {
    name: "organization",
    date: None,
    mirrored: false,
    never_null: &["id"],
    covered: Covered::Alone(&[
        "name",
        "trading_name",
        "is_head_office",
        "is_legal_entity",
        "name_type",
        "organization_type",
    ]),
    ordered: &[
        "id",
        "name",
        "trading_name",
        "is_head_office",
        "is_legal_entity",
        "name_type",
        "organization_type",
    ],
    selective: &["name", "trading_name"],
    folded: &[
        Folded { plain: "name", folded: "name_folded", tag: 0 },
        Folded { plain: "trading_name", folded: "trading_name_folded", tag: 1 },
    ],
    pairs: &[PairTable {
        name: "organization_identification",
        key: "identification_type",
        value: "identification_id",
        folded: "identification_id_folded",
        tag: Some(IDENTIFICATIONS),
        owned: false,
    }],
};

pub(crate) static INDIVIDUALS: Table = Table {
    name: "individual",
    date: None,
    mirrored: false,
    never_null: &[],
    covered: Covered::Alone(&[
        "full_name",
        "family_name",
        "given_name",
        "legal_name",
        "title",
        "middle_name",
        "name_prefix",
        "gender",
    ]),
    ordered: &[],
    selective: &["full_name", "family_name", "given_name", "legal_name"],
    folded: &[
        Folded { plain: "full_name", folded: "full_name_folded", tag: 0 },
        Folded { plain: "family_name", folded: "family_name_folded", tag: 1 },
        Folded { plain: "given_name", folded: "given_name_folded", tag: 2 },
        Folded { plain: "legal_name", folded: "legal_name_folded", tag: 3 },
    ],
    pairs: &[PairTable {
        name: "individual_characteristic",
        key: "characteristic_name",
        value: "characteristic_value",
        folded: "characteristic_value_folded",
        tag: None,
        owned: true,
    }],
};
