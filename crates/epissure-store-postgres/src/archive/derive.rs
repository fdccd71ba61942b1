//! Data that this backend derives from each copied row, exactly as on a normal write.

use std::collections::BTreeSet;

use epissure_store::archive::{Cell, Row, Table};
use epissure_store::{StoreError, multi_values};
use serde_json::Value;

use super::write::Held;
use crate::bound::looked_up;
use crate::inbox;
use crate::party_rows::{self, Derived};

/// Data derived from the rows of one table.
pub(super) struct Derive {
    pub(super) of: &'static str,
    /// Derived columns of the same table.
    pub(super) columns: &'static [&'static str],
    /// Derived table, and its columns.
    pub(super) side_table: Option<(&'static str, &'static [&'static str])>,
    make: fn(&Source<'_>) -> Result<Made, StoreError>,
}

/// A row that data is derived from.
struct Source<'a> {
    table: &'static Table,
    row: &'a Row,
    seq: i64,
}

/// Data derived from one row.
#[derive(Default)]
pub(super) struct Made {
    /// Cells of the derived columns.
    pub(super) cells: Vec<Held<'static>>,
    /// Rows of the derived table.
    pub(super) side_table: Vec<Vec<Held<'static>>>,
}

/// Every derivation.
pub(super) const DERIVE: &[Derive] = &[
    Derive {
        of: "ticket",
        columns: &[],
        side_table: Some(("multi_value", &["path", "value", "seq"])),
        make: values_of_paths,
    },
    Derive {
        of: "organization",
        columns: &["trigrams"],
        side_table: Some((
            "organization_identification",
            &["identification_type", "identification_id", "identification_id_folded", "seq"],
        )),
        make: |source| {
            let Derived { trigrams, pairs } = party_rows::ORGANIZATION.derive("", &source.document()?);
            Ok(Made { cells: vec![Held::Integers(trigrams)], side_table: pairs_of(&[], pairs, source.seq) })
        },
    },
    Derive {
        of: "individual",
        // This backend assigns the number itself, in the order of the rows.
        columns: &["trigrams", "seq"],
        side_table: Some((
            "individual_characteristic",
            &[
                "operator",
                "characteristic_name",
                "characteristic_value",
                "characteristic_value_folded",
                "seq",
            ],
        )),
        make: |source| {
            let operator = source.text("operator");
            let Derived { trigrams, pairs } = party_rows::INDIVIDUAL.derive(operator, &source.document()?);
            Ok(Made {
                cells: vec![Held::Integers(trigrams), Held::Own(Cell::Integer(source.seq))],
                side_table: pairs_of(&[operator], pairs, source.seq),
            })
        },
    },
    Derive {
        of: "received",
        columns: &["digest"],
        side_table: None,
        make: |source| {
            let digest = inbox::digest(source.text("oi"), source.text("source"), source.text("id"));
            Ok(Made { cells: vec![Held::Own(Cell::Bytes(digest))], side_table: Vec::new() })
        },
    },
];

impl Derive {
    /// Derives the data of a row with the given number.
    pub(super) fn make(&self, table: &'static Table, row: &Row, seq: i64) -> Result<Made, StoreError> {
        (self.make)(&Source { table, row, seq })
    }
}

impl Source<'_> {
    fn text(&self, column: &str) -> &str {
        self.table.cell(self.row, column).and_then(Cell::text).unwrap_or_default()
    }

    fn document(&self) -> Result<Value, StoreError> {
        serde_json::from_str(self.text("document")).map_err(|error| StoreError::Inconsistent {
            table: self.table.name,
            row: self.table.name_of(self.row),
            what: format!("its document is no JSON ({:?})", error.classify()),
        })
    }
}

fn values_of_paths(source: &Source<'_>) -> Result<Made, StoreError> {
    let values = multi_values(&source.document()?).into_iter().map(|(path, value)| {
        vec![
            Held::Small(i16::try_from(path).unwrap_or(i16::MAX)),
            Held::Own(Cell::Text(looked_up(&value))),
            Held::Own(Cell::Integer(source.seq)),
        ]
    });
    Ok(Made { cells: Vec::new(), side_table: values.collect() })
}

/// Returns a row for each pair, preceded by the cells common to all.
fn pairs_of(first: &[&str], [keys, values, folded]: [Vec<String>; 3], seq: i64) -> Vec<Vec<Held<'static>>> {
    let text = |text: &str| Held::Own(Cell::Text(text.to_owned()));
    let mut met = BTreeSet::new();
    let pairs = keys.iter().zip(&values).zip(&folded);
    pairs
        .filter(|((key, value), _)| met.insert((*key, *value)))
        .map(|((key, value), folded)| {
            let own = [key.as_str(), value, folded].into_iter();
            first.iter().copied().chain(own).map(text).chain([Held::Own(Cell::Integer(seq))]).collect()
        })
        .collect()
}
