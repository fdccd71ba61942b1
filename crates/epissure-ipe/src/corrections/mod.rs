//! Corrections that closed tickets ask for, applied to lines.
//!
//! A correction changes its own cells and the day of last change, nothing else. A value that the
//! file cannot carry, and a key without value, wait for a person. A point is converted to the
//! projection of the line, because `TypeProjectionGeographique` governs the PM's point too.
//!
//! ```
//! use epissure_ipe::corrections::{Correction, correct};
//! use epissure_ipe::{IpeReader, RowEncoding};
//! use serde_json::json;
//!
//! let issues = json!({"building.address.city": {"value": "FOIX"}, "building.name": {"toBlank": true}});
//! let corrections = Correction::of_issues(issues.as_object().expect("an object"), 0);
//!
//! let file = "IdentifiantImmeuble;CommuneImmeuble;BatimentImmeuble;DateDerniereModification\nA1;FOIS;BAT A;20250101\n";
//! let mut reader = IpeReader::new(file.as_bytes())?;
//! let line = reader.next_line()?.expect("one line");
//! let day = jiff::civil::date(2026, 11, 28);
//! let corrected = correct(&line, &corrections, day, RowEncoding::Utf8);
//! assert!(corrected.problems.is_empty());
//! let mut bytes = Vec::new();
//! epissure_ipe::change_line(&line, &corrected.changes, RowEncoding::Utf8, &mut bytes)?;
//! assert_eq!(bytes, b"A1;FOIX;;20261128\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod created;
mod point;

use epissure_protocol::issues::{self, Arity, IssueKey, ValueKind};
use jiff::civil::Date;
use serde_json::{Map, Value};

pub use created::{added_building, created_line};

use crate::address::{StreetNumber, Suffix, plain_upper};
use crate::columns::IpeColumn;
use crate::encoding::RowEncoding;
use crate::line::Line;
use crate::values::format_day;
use crate::writing::{CellChange, CellProblem, change_line};
use point::TicketPoint;

/// A correction of one key for one building.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// The key of the ticket's `issues`.
    pub key: String,
    /// The value that the ticket asks for.
    pub asked: AskedValue,
}

/// The value that a ticket asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum AskedValue {
    /// A text, or a number as text.
    Value(String),
    /// A point.
    Point {
        /// Longitude or easting.
        x: f64,
        /// Latitude or northing.
        y: f64,
        /// Projection, as the contract spells it.
        projection: String,
    },
    /// An empty cell.
    Blank,
    /// The value is wrong, the right one unknown.
    Nothing,
}

/// The reason why a correction waits for a person.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CorrectionProblem {
    /// The ticket gives no value.
    #[error("The ticket gives no value: set it with the right one.")]
    NoValue,
    /// The key corrects no column.
    #[error("The key corrects no column of the IPE.")]
    UnknownKey,
    /// The value has another form than the key's.
    #[error("The value {value:?} does not have the form of the key: give it again.")]
    Form {
        /// The value.
        value: String,
    },
    /// The projection of the ticket's point is unknown.
    #[error("The projection {projection:?} is unknown: give the point in WGS84.")]
    UnknownProjection {
        /// The projection.
        projection: String,
    },
    /// The point lies beyond the projection of the line, or the line's projection cannot be
    /// determined.
    #[error(
        "The point cannot be written in the projection of the line: correct the line's projection first."
    )]
    Unprojectable,
    /// The cell cannot carry the value.
    #[error(transparent)]
    Cell(#[from] CellProblem),
}

/// The outcome of the corrections of one line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corrected {
    /// The cells to change, with the day of last change where there is one; empty when nothing
    /// changes.
    pub changes: Vec<CellChange>,
    /// The corrections that wait for a person, by their keys.
    pub problems: Vec<(String, CorrectionProblem)>,
    /// The keys whose cells have the value already.
    pub already: Vec<String>,
}

impl Correction {
    /// The corrections of a ticket's `issues` for the building at `index` of its `relatedEntity`.
    ///
    /// Sources: Interop contract, `AnomalieAdresseUpdateImbIssues`; a scalar stands for an array of
    /// one, as on the Orange page.
    #[must_use]
    pub fn of_issues(issues: &Map<String, Value>, index: usize) -> Vec<Self> {
        let read =
            |(key, issue): (&String, &Value)| Self { key: key.clone(), asked: asked(key, issue, index) };
        issues.iter().map(read).collect()
    }

    fn row(&self) -> Option<&'static IssueKey> {
        row_of(&self.key)
    }
}

fn row_of(key: &str) -> Option<&'static IssueKey> {
    issues::find(issues::MODIFICATION, key).or_else(|| issues::find(issues::NB_LOGEMENTS, key))
}

fn asked(key: &str, issue: &Value, index: usize) -> AskedValue {
    if issue.get("toBlank").and_then(Value::as_bool) == Some(true) {
        return AskedValue::Blank;
    }
    let row = row_of(key);
    let value = match issue.get("value") {
        Some(Value::Array(values)) if row.is_some_and(|row| row.arity == Arity::PerBuilding) => {
            values.get(index)
        }
        // One point is an object, and stands for an array of one.
        other => other,
    };
    match value {
        Some(Value::Object(point)) => {
            let coordinate = |name| point.get(name).and_then(Value::as_f64);
            match (coordinate("x"), coordinate("y"), point.get("type").and_then(Value::as_str)) {
                (Some(x), Some(y), Some(projection)) => {
                    AskedValue::Point { x, y, projection: projection.to_owned() }
                }
                _ => AskedValue::Nothing,
            }
        }
        Some(Value::String(text)) => AskedValue::Value(text.clone()),
        Some(Value::Number(number)) => AskedValue::Value(number.to_string()),
        _ => AskedValue::Nothing,
    }
}

/// The cells that corrections change on a line.
///
/// The day of last change is `day`, the day of publication. `encoding` is that of the file, for a
/// line in ASCII; see [`LineStyle`](crate::LineStyle). Values are compared to the letter here: a
/// ticket may ask for another spelling.
#[must_use]
pub fn correct(line: &Line<'_>, corrections: &[Correction], day: Date, encoding: RowEncoding) -> Corrected {
    let mut corrected = Corrected::default();
    let mut scratch = Vec::new();
    let is_new = |change: &CellChange| line.get(change.column).is_none_or(|cell| cell != change.value);
    for correction in corrections {
        let key = correction.key.clone();
        let changes = changes_of(line, correction).and_then(|mut changes| {
            changes.retain(is_new);
            // Each correction alone: one that cannot be carried does not hold up the others.
            scratch.clear();
            change_line(line, &changes, encoding, &mut scratch)?;
            Ok(changes)
        });
        match changes {
            Ok(changes) if changes.is_empty() => corrected.already.push(key),
            Ok(changes) => corrected.changes.extend(changes),
            Err(problem) => corrected.problems.push((key, problem)),
        }
    }
    if !corrected.changes.is_empty() {
        let column = IpeColumn::DateDerniereModification;
        if line.header().position(column).is_some() {
            corrected.changes.push(CellChange { column, value: format_day(day) });
        }
    }
    corrected
}

/// Returns whether a line has the value that a correction asks for. Texts are compared folded:
/// `Foix` is `FOIX`.
#[must_use]
pub fn is_already(line: &Line<'_>, correction: &Correction) -> bool {
    let Some(row) = correction.row() else { return false };
    if let AskedValue::Point { x, y, projection } = &correction.asked {
        let asked = TicketPoint { x: *x, y: *y, projection };
        return row.value == ValueKind::Point && point::is_already(line, &asked);
    }
    let [name] = row.columns else { return false };
    let Some(column) = IpeColumn::of_name(name) else { return false };
    let Some(cell) = line.get(column) else { return false };
    match &correction.asked {
        AskedValue::Blank => cell.trim().is_empty(),
        AskedValue::Value(value) => same_value(column, &cell, value),
        AskedValue::Point { .. } | AskedValue::Nothing => false,
    }
}

fn same_value(column: IpeColumn, cell: &str, value: &str) -> bool {
    match column {
        IpeColumn::NumeroVoieImmeuble => {
            let (cell, value) = (StreetNumber::parse(cell), StreetNumber::parse(value));
            cell.is_ok() && cell == value
        }
        IpeColumn::ComplementNumeroVoieImmeuble => Suffix::parse(cell) == Suffix::parse(value),
        _ => plain_upper(cell) == plain_upper(value),
    }
}

fn changes_of(line: &Line<'_>, correction: &Correction) -> Result<Vec<CellChange>, CorrectionProblem> {
    let row = correction.row().ok_or(CorrectionProblem::UnknownKey)?;
    let value = match &correction.asked {
        AskedValue::Nothing => return Err(CorrectionProblem::NoValue),
        AskedValue::Point { x, y, projection } if row.value == ValueKind::Point => {
            return point::changes(line, &TicketPoint { x: *x, y: *y, projection });
        }
        AskedValue::Point { projection, .. } => {
            return Err(CorrectionProblem::Form { value: projection.clone() });
        }
        AskedValue::Blank if row.blankable => String::new(),
        AskedValue::Blank => return Err(CorrectionProblem::Form { value: String::new() }),
        AskedValue::Value(value) => value.trim().to_owned(),
    };
    let column = match row.columns {
        [name] => IpeColumn::of_name(name).ok_or(CorrectionProblem::UnknownKey)?,
        _ => return Err(CorrectionProblem::Form { value }),
    };
    Ok(vec![CellChange { column, value: in_form(column, row.value, value)? }])
}

/// A value in the form of its column.
fn in_form(column: IpeColumn, kind: ValueKind, value: String) -> Result<String, CorrectionProblem> {
    let length = value.chars().count();
    let fits = value.is_empty()
        || match kind {
            ValueKind::TextOf(exact) => length == exact,
            ValueKind::TextUpTo(most) => length <= most,
            ValueKind::Count => value.bytes().all(|byte| byte.is_ascii_digit()) && length <= 5,
            ValueKind::Text | ValueKind::Point => true,
        };
    if !fits {
        return Err(CorrectionProblem::Form { value });
    }
    // The IPE has one letter where the contract has a text: BIS is B.
    let letter = match column {
        IpeColumn::ComplementNumeroVoieImmeuble => Suffix::parse(&value).and_then(|suffix| suffix.letter()),
        _ => None,
    };
    Ok(letter.map_or(value, String::from))
}
