//! The tables that are listed with a query language: what stands in them, and what their indexes are good for.

use epissure_filter::Glob;
use epissure_protocol::names::OperatorCode;

use crate::trigrams;

/// A table that is listed.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The column in whose order its rows come when none is asked for; otherwise as they came in.
    pub(crate) date: Option<&'static str>,
    /// Whether rows that are equal by an order that descends come with the latest first.
    pub(crate) mirrored: bool,
    /// Columns that are never null: in them, what comes after a value is one range in either direction.
    pub(crate) never_null: &'static [&'static str],
    /// What indexes answer by themselves.
    pub(crate) covered: Covered,
    /// Columns in whose order there is an index.
    pub(crate) ordered: &'static [&'static str],
    /// Columns of which one value mostly belongs to few rows, each with an index.
    pub(crate) selective: &'static [&'static str],
    /// Columns that have their text folded beside them.
    pub(crate) folded: &'static [Folded],
    /// The tables of pairs, by the pair's number.
    pub(crate) pairs: &'static [PairTable],
}

/// What the indexes of a table answer by themselves.
#[derive(Debug)]
pub(crate) enum Covered {
    /// Any conditions on these columns.
    Together(&'static [&'static str]),
    /// One condition alone, on one of these columns or on a pair.
    Alone(&'static [&'static str]),
}

/// A column and the one that holds its text folded.
#[derive(Debug)]
pub(crate) struct Folded {
    pub(crate) plain: &'static str,
    pub(crate) folded: &'static str,
    /// Its number among the trigrams.
    pub(crate) tag: u8,
}

/// A table with a row for each pair of a document.
#[derive(Debug)]
pub(crate) struct PairTable {
    pub(crate) name: &'static str,
    pub(crate) key: &'static str,
    /// Where a value is looked up, as [`looked_up`](crate::bound::looked_up) gives it.
    pub(crate) value: &'static str,
    /// Where parts of it are sought.
    pub(crate) folded: &'static str,
    /// The number of all the values together among the trigrams, if they are there.
    pub(crate) tag: Option<u8>,
    /// Whether each row names the operator too, first in its index.
    pub(crate) owned: bool,
}

impl Table {
    /// The column with the folded text of another, if there is one.
    pub(crate) fn folded(&self, column: &str) -> Option<&'static Folded> {
        self.folded.iter().find(|folded| folded.plain == column)
    }

    /// The table of a pair. Plans name the pairs of their catalog only, and each has its table.
    pub(crate) fn pair(&self, number: u16) -> Option<&'static PairTable> {
        self.pairs.get(usize::from(number))
    }
}

/// The trigrams that a row must have for a pattern to match, when the pattern is long enough to have some.
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

/// The column of an organization's trigrams that has all its identifications.
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
