//! New lines, for tickets that create an address or add a building.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::CorrectionProblem;
use super::point::{TicketPoint, of_new_line};
use crate::address::Suffix;
use crate::columns::IpeColumn as C;
use crate::encoding::RowEncoding;
use crate::header::Header;
use crate::line::Line;
use crate::values::format_day;
use crate::writing::{CellChange, check_cell};

/// Members of `building.address`, and their columns.
const ADDRESS: [(&str, C); 11] = [
    ("code_rivoli", C::CodeVoieRivoliImmeuble),
    ("code_insee", C::CodeInseeImmeuble),
    ("postcode", C::CodePostalImmeuble),
    ("city", C::CommuneImmeuble),
    ("code_hexacle", C::CodeAdresseImmeuble),
    ("streetType", C::TypeVoieImmeuble),
    ("streetName", C::NomVoieImmeuble),
    ("streetNr", C::NumeroVoieImmeuble),
    ("streetNrSuffix", C::ComplementNumeroVoieImmeuble),
    ("code_ban", C::CodeBAN),
    ("code_hexacle_voie", C::CodeHexacleVoie),
];

/// The cells of a new line for a ticket's `building` (type `creation`): the known values that the
/// file has columns for, under the identifier that the operator gave. The state is the operator's
/// to set.
///
/// The second part lists the values that wait for a person, by issue key or column. `encoding` is
/// that of the file.
#[must_use]
pub fn created_line(
    header: &Header,
    building: &Map<String, Value>,
    id: &str,
    code_oi: &str,
    day: Date,
    encoding: RowEncoding,
) -> (Vec<CellChange>, Vec<(String, CorrectionProblem)>) {
    let mut new = NewLine { header, encoding, cells: Vec::new(), problems: Vec::new() };
    new.set(C::IdentifiantImmeuble, id);
    new.set(C::CodeOI, code_oi);
    let address = building.get("address").and_then(Value::as_object);
    for (member, column) in ADDRESS {
        if let Some(value) = address.and_then(|address| address.get(member)).and_then(text) {
            let letter = Suffix::parse(&value).and_then(|suffix| suffix.letter());
            match letter.filter(|_| column == C::ComplementNumeroVoieImmeuble) {
                Some(letter) => new.set(column, &letter.to_string()),
                None => new.set(column, &value),
            }
        }
    }
    let insee = address.and_then(|address| address.get("code_insee")).and_then(text).unwrap_or_default();
    new.building(building, &insee);
    new.set(C::DateDerniereModification, &format_day(day));
    (new.cells, new.problems)
}

/// The cells of a new line for a ticket's `building` (type `newBuilding`) at the address of an
/// existing line.
///
/// The second part lists the values that wait for a person, by issue key or column. `encoding` is
/// that of the file.
#[must_use]
pub fn added_building(
    beside: &Line<'_>,
    building: &Map<String, Value>,
    id: &str,
    day: Date,
    encoding: RowEncoding,
) -> (Vec<CellChange>, Vec<(String, CorrectionProblem)>) {
    let header = beside.header();
    let mut new = NewLine { header, encoding, cells: Vec::new(), problems: Vec::new() };
    new.set(C::IdentifiantImmeuble, id);
    let shared = ADDRESS.iter().map(|(_, column)| *column).chain([C::TypeZone, C::CodeOI]);
    for column in shared {
        new.set(column, &beside.text(column));
    }
    let insee = beside.text(C::CodeInseeImmeuble).into_owned();
    new.building(building, &insee);
    new.set(C::DateDerniereModification, &format_day(day));
    (new.cells, new.problems)
}

struct NewLine<'a> {
    header: &'a Header,
    encoding: RowEncoding,
    cells: Vec<CellChange>,
    problems: Vec<(String, CorrectionProblem)>,
}

impl NewLine<'_> {
    /// Sets a cell, unless the file has no such column, the value is empty, or the file cannot
    /// carry it.
    fn set(&mut self, column: C, value: &str) {
        if value.is_empty() || self.header.position(column).is_none() {
            return;
        }
        let cell = CellChange { column, value: value.trim().to_owned() };
        match check_cell(&cell, self.header.separator(), self.encoding) {
            Ok(()) => self.cells.push(cell),
            Err(problem) => {
                let key = column.entry().issue_key().unwrap_or(column.name());
                self.problems.push((key.to_owned(), problem.into()));
            }
        }
    }

    /// Sets the cells of the building itself.
    fn building(&mut self, building: &Map<String, Value>, insee: &str) {
        for (member, column) in [
            ("name", C::BatimentImmeuble),
            ("type", C::TypeImmeuble),
            ("housingsNumber", C::NombreLogementsAdresseIPE),
        ] {
            if let Some(value) = building.get(member).and_then(text) {
                self.set(column, &value);
            }
        }
        if let Some(pm) = building.get("pm").and_then(|pm| pm.get("id")).and_then(text) {
            self.set(C::ReferencePM, &pm);
        }
        let points = building.get("geographicLocation");
        let point = points.and_then(Value::as_array).and_then(|points| points.first()).or(points);
        let Some(point) = point.and_then(Value::as_object) else { return };
        let coordinate = |name| point.get(name).and_then(Value::as_f64);
        let projection = point.get("type").and_then(Value::as_str).unwrap_or_default();
        let (Some(x), Some(y)) = (coordinate("x"), coordinate("y")) else { return };
        match of_new_line(&TicketPoint { x, y, projection }, insee) {
            Ok(cells) => {
                for cell in cells {
                    self.set(cell.column, &cell.value);
                }
            }
            Err(problem) => self.problems.push(("building.geographicLocation".to_owned(), problem)),
        }
    }
}

/// A string or a number as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
