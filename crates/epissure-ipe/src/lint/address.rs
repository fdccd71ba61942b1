//! Rules on the street, the number and the premises.

use super::row::Row;
use super::rules::LintRule;
use crate::address::{NumberProblem, StreetNumber, Suffix};
use crate::columns::IpeColumn;

pub(super) fn check(row: &mut Row<'_, '_>) {
    let column = IpeColumn::NomVoieImmeuble;
    let name = row.bytes(column);
    if row.lacks(column) {
        row.missing(LintRule::StreetMissing, column);
    } else if !name.is_empty() && !(3..=200).contains(&name.len()) {
        let length = row.text(column).chars().count();
        if !(3..=200).contains(&length) {
            row.about(LintRule::StreetNameLength, column, None);
        }
    }
    check_number(row);

    let column = IpeColumn::ComplementNumeroVoieImmeuble;
    match row.bytes(column) {
        [] => {}
        [letter] if letter.is_ascii_uppercase() => {}
        _ => {
            let letter = Suffix::parse(&row.text(column)).and_then(|suffix| suffix.letter());
            row.about(LintRule::SuffixFormat, column, letter.map(String::from));
        }
    }
    let column = IpeColumn::NombreLogementsAdresseIPE;
    if row.lacks(column) {
        row.missing(LintRule::PremisesMissing, column);
    }
}

fn check_number(row: &mut Row<'_, '_>) {
    let column = IpeColumn::NumeroVoieImmeuble;
    let digits = row.bytes(column);
    let is_plain =
        matches!(digits, [b'1'..=b'9', rest @ ..] if rest.len() < 5 && rest.iter().all(u8::is_ascii_digit));
    if is_plain || !row.has(column) {
        return;
    }
    match StreetNumber::parse(&row.text(column)) {
        Ok(StreetNumber::Unknown) => row.missing(LintRule::NumberMissing, column),
        Ok(StreetNumber::NotAssigned) => row.about(LintRule::NumberZero, column, None),
        Ok(StreetNumber::One(_) | StreetNumber::Group(..)) => {}
        Err(NumberProblem::WithSuffix(number, suffix)) => {
            let suggestion = suffix.letter().map(|letter| format!("{number};{letter}"));
            row.about(LintRule::NumberSuffix, column, suggestion);
        }
        Err(NumberProblem::TooLong) => row.about(LintRule::NumberLength, column, None),
        Err(NumberProblem::NotDigits) => {
            let whole = super::cells::whole_number(&row.text(column));
            row.about(LintRule::NumberFormat, column, whole);
        }
    }
}
