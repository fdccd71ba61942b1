//! What this backend keeps beside the rows that are copied, made of each as when it is written.

use std::collections::BTreeSet;

use epissure_store::archive::{Cell, Row, Table};
use epissure_store::{StoreError, multi_values};
use serde_json::Value;

use super::write::Held;
use crate::bound::looked_up;
use crate::inbox;
use crate::party_rows::{self, Derived};

/// What is derived of the rows of a table.
pub(super) struct Derive {
    pub(super) of: &'static str,
    /// Columns of the same table.
    pub(super) columns: &'static [&'static str],
    /// Another table, and its columns.
    pub(super) beside: Option<(&'static str, &'static [&'static str])>,
    make: fn(&Source<'_>) -> Result<Made, StoreError>,
}

/// A row from which something is derived.
struct Source<'a> {
    table: &'static Table,
    row: &'a Row,
    seq: i64,
}

/// What was derived of a row.
#[derive(Default)]
pub(super) struct Made {
    /// The cells of its derived columns.
    pub(super) cells: Vec<Held<'static>>,
    /// Its rows in the other table.
    pub(super) beside: Vec<Vec<Held<'static>>>,
}

/// Everything that is derived.
pub(super) const DERIVE: &[Derive] = &[
    Derive {
        of: "ticket",
        columns: &[],
        beside: Some(("multi_value", &["path", "value", "seq"])),
        make: values_of_paths,
    },
    Derive {
        of: "organization",
        columns: &["trigrams"],
        beside: Some((
            "organization_identification",
            &["identification_type", "identification_id", "identification_id_folded", "seq"],
        )),
        make: |source| {
            let Derived { trigrams, pairs } = party_rows::ORGANIZATION.derive("", &source.document()?);
            Ok(Made { cells: vec![Held::Integers(trigrams)], beside: pairs_of(&[], pairs, source.seq) })
        },
    },
    Derive {
        of: "individual",
        // The number is this backend's own, given in the order in which the rows come.
        columns: &["trigrams", "seq"],
        beside: Some((
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
                beside: pairs_of(&[operator], pairs, source.seq),
            })
        },
    },
    Derive {
        of: "received",
        columns: &["digest"],
        beside: None,
        make: |source| {
            let digest = inbox::digest(source.text("oi"), source.text("source"), source.text("id"));
            Ok(Made { cells: vec![Held::Own(Cell::Bytes(digest))], beside: Vec::new() })
        },
    },
];

impl Derive {
    /// What is derived of a row, which has this number.
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
    Ok(Made { cells: Vec::new(), beside: values.collect() })
}

/// A row for each pair, after what all of them begin with.
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
