//! Rules that follow from the kind of a column, on every cell.

use memchr::memchr;

use super::row::Row;
use super::rules::LintRule;
use crate::columns::{ColumnKind, IpeColumn};
use crate::encoding::{RowEncoding, repair_mojibake};
use crate::header::Header;
use crate::values::{day_of, find_in_list, format_day, spreadsheet_day};

/// The columns of a file whose kind has rules, with their places.
#[derive(Debug)]
pub(super) struct Plan {
    kinds: Vec<(usize, IpeColumn, ColumnKind)>,
    codes: Vec<(usize, IpeColumn)>,
}

impl Plan {
    pub(super) fn new(header: &Header) -> Self {
        let (mut kinds, mut codes) = (Vec::new(), Vec::new());
        for (index, column) in header.columns().iter().enumerate() {
            let Some(column) = *column else { continue };
            match column.entry().kind {
                // Coordinates are read in pairs.
                ColumnKind::Text | ColumnKind::Decimal => {}
                ColumnKind::Code => codes.push((index, column)),
                // The street number and the building's state have rules of their own.
                _ if matches!(column, IpeColumn::NumeroVoieImmeuble | IpeColumn::EtatImmeuble) => {}
                kind => kinds.push((index, column, kind)),
            }
        }
        Self { kinds, codes }
    }
}

pub(super) fn check(row: &mut Row<'_, '_>, plan: &Plan) {
    let line = row.line;
    check_characters(row);
    if memchr(b'+', line.raw()).is_some() {
        for (index, column) in &plan.codes {
            if is_spreadsheet_number(line.cell_bytes(*index).unwrap_or_default()) {
                row.about(LintRule::SpreadsheetNumber, *column, None);
            }
        }
    }
    for (index, column, kind) in &plan.kinds {
        let value = line.cell_bytes(*index).unwrap_or_default();
        let value = match value {
            [] => continue,
            [only] if *only > b' ' => value,
            [first, .., last] if *first > b' ' && *last > b' ' => value,
            spaced => spaced.trim_ascii(),
        };
        if !value.is_empty() {
            check_kind(row, *column, *kind, value);
        }
    }
}

fn check_kind(row: &mut Row<'_, '_>, column: IpeColumn, kind: ColumnKind, value: &[u8]) {
    match kind {
        ColumnKind::Day => {
            if day_of(value).is_none() {
                let suggestion = spreadsheet_day(&row.text(column)).map(format_day);
                row.about(LintRule::DateFormat, column, suggestion);
            }
        }
        ColumnKind::Count => {
            if value.len() > column.entry().max_length || !value.iter().all(u8::is_ascii_digit) {
                row.about(LintRule::CountFormat, column, whole_number(&row.text(column)));
            }
        }
        ColumnKind::Flag => {
            if !matches!(value, b"O" | b"N") {
                let suggestion = match value {
                    b"o" | b"OUI" | b"Oui" | b"oui" => Some("O".to_owned()),
                    b"n" | b"NON" | b"Non" | b"non" => Some("N".to_owned()),
                    _ => None,
                };
                row.about(LintRule::FlagFormat, column, suggestion);
            }
        }
        ColumnKind::List(list) => {
            let known = list.iter().any(|known| known.as_bytes() == value)
                || find_in_list(&row.text(column), list).is_some();
            if !known {
                let rule = match column {
                    IpeColumn::EtatPM => LintRule::StateUnknown,
                    IpeColumn::TypeImmeuble => LintRule::BuildingTypeUnknown,
                    IpeColumn::TypeZone => LintRule::ZoneUnknown,
                    IpeColumn::TypeProjectionGeographique => LintRule::ProjectionUnknown,
                    _ => LintRule::ListUnknown,
                };
                row.about(rule, column, None);
            }
        }
        ColumnKind::Text | ColumnKind::Code | ColumnKind::Decimal => {}
    }
}

/// Rules on the characters of all cells, known columns or not.
fn check_characters(row: &mut Row<'_, '_>) {
    let line = row.line;
    let raw = line.raw();
    let content = &raw[..raw.len() - line.end().bytes().len()];
    let separator = line.header().separator();
    let is_control = |byte: &u8| ((*byte < b' ') & (*byte != separator)) | (*byte == 0x7f);
    // Without branches the compiler looks at many bytes at a time.
    let (mut has_control, mut has_space_around) = (false, false);
    for (left, right) in content.iter().zip(content.iter().skip(1)) {
        has_control |= is_control(left);
        has_space_around |=
            ((*left == b' ') & (*right == separator)) | ((*left == separator) & (*right == b' '));
    }
    has_control |= content.last().is_some_and(is_control);
    has_space_around |= matches!(content, [b' ', ..] | [.., b' ']) || memchr(b'"', content).is_some();
    let beyond_ascii = line.encoding() != RowEncoding::Ascii;
    if !has_control && !beyond_ascii && !has_space_around {
        return;
    }
    for (index, column) in line.header().columns().iter().enumerate() {
        let Some(column) = *column else { continue };
        let bytes = line.cell_bytes(index).unwrap_or_default();
        if matches!(bytes, [b' ', ..] | [.., b' ']) {
            let suggestion = row.text(column).into_owned();
            row.about(LintRule::SpacesAround, column, Some(suggestion));
        }
        if has_control && bytes.iter().any(is_control) {
            row.about(LintRule::ControlCharacter, column, None);
        }
        if beyond_ascii && !bytes.is_ascii() {
            let text = row.text(column);
            if let Some(repaired) = repair_mojibake(&text) {
                row.about(LintRule::Mojibake, column, Some(repaired));
            } else if text.contains('\u{fffd}') {
                row.about(LintRule::LostCharacter, column, None);
            }
        }
    }
}

/// Returns whether a value is in scientific notation, such as `5.7669E+10`.
pub(super) fn is_spreadsheet_number(value: &[u8]) -> bool {
    if memchr(b'+', value).is_none() {
        return false;
    }
    let Some(exponent) = value.windows(2).position(|pair| matches!(pair, b"E+" | b"e+")) else {
        return false;
    };
    let (mantissa, digits) = (&value[..exponent], &value[exponent + 2..]);
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    is_number(digits)
        && mantissa.first().is_some_and(u8::is_ascii_digit)
        && mantissa.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
}

/// The whole number that a spreadsheet wrote with a fraction of zeros.
pub(super) fn whole_number(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once(['.', ','])?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && fraction.bytes().all(|byte| byte == b'0')).then(|| whole.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scientific_notation_is_a_damaged_code() {
        for (value, damaged) in [
            (&b"5.7669E+10"[..], true),
            (b"5,7669E+10", true),
            (b"5E+10", true),
            (b"0900122AB3", false),
            (b"E+10", false),
            (b"12E+", false),
            (b"RUE E+F", false),
        ] {
            assert_eq!(is_spreadsheet_number(value), damaged, "{}", String::from_utf8_lossy(value));
        }
        assert_eq!(whole_number("62002.0").as_deref(), Some("62002"));
        assert_eq!(whole_number("62002.5"), None);
    }
}
