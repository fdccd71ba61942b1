//! Rules that relate states, agreements, days and the PM.

use jiff::civil::Date;

use super::row::Row;
use super::rules::LintRule;
use crate::columns::IpeColumn;
use crate::values::{BuildingState, day_of, format_day, months_later};

/// Checks a row, and returns its state.
pub(super) fn check(row: &mut Row<'_, '_>, today: Option<Date>) -> Option<BuildingState> {
    let state = BuildingState::of(row.line);
    if row.lacks(IpeColumn::EtatImmeuble) {
        row.missing(LintRule::StateMissing, IpeColumn::EtatImmeuble);
    } else if state.is_none() && row.has(IpeColumn::EtatImmeuble) {
        row.about(LintRule::StateUnknown, IpeColumn::EtatImmeuble, None);
    }
    if row.lacks(IpeColumn::TypeImmeuble) {
        row.missing(LintRule::BuildingTypeUnknown, IpeColumn::TypeImmeuble);
    }
    if row.lacks(IpeColumn::TypeZone) {
        row.missing(LintRule::ZoneMissing, IpeColumn::TypeZone);
    }
    check_agreement(row, state);
    check_days(row, today);
    check_pm(row, state);
    state
}

fn check_agreement(row: &mut Row<'_, '_>, state: Option<BuildingState>) {
    let column = IpeColumn::AccordGestionnaireImmeubleNecessaire;
    if row.lacks(column) {
        return row.missing(LintRule::AgreementMissing, column);
    }
    match row.bytes(column) {
        b"N" if state == Some(BuildingState::Signed) => {
            row.about(LintRule::StateAgreement, IpeColumn::EtatImmeuble, None);
        }
        b"O" => {
            use BuildingState::{Deployed, Deploying, Signed};
            let due = state.filter(|state| matches!(state, Signed | Deploying | Deployed));
            if let Some(state) = due.filter(|_| row.lacks(IpeColumn::DateSignatureConvention)) {
                let column = IpeColumn::DateSignatureConvention;
                row.against(LintRule::ConventionDateMissing, column, state.as_str().to_owned(), "", None);
            }
        }
        _ => {}
    }
}

fn check_days(row: &mut Row<'_, '_>, today: Option<Date>) {
    let column = IpeColumn::DateDerniereModification;
    if row.lacks(column) {
        row.missing(LintRule::ModificationDateMissing, column);
    } else if let Some(today) = today
        && day_of(row.bytes(column)).is_some_and(|day| day > today)
    {
        row.about(LintRule::ModificationDateFuture, column, None);
    }
    let column = IpeColumn::DateMiseEnServiceCommercialePM;
    let (first, opening) = (day_of(row.bytes(IpeColumn::DatePremiereMADPM)), day_of(row.bytes(column)));
    if let (Some(first), Some(opening)) = (first, opening) {
        let expected = months_later(first, 3);
        if opening != expected {
            let expected = format_day(expected);
            row.against(
                LintRule::PmOpeningDate,
                column,
                format_day(opening),
                expected.clone(),
                Some(expected),
            );
        }
    }
}

fn check_pm(row: &mut Row<'_, '_>, state: Option<BuildingState>) {
    let column = IpeColumn::ReferencePM;
    if !row.has(column) {
        return;
    }
    if row.bytes(column).is_empty() {
        if state == Some(BuildingState::Deployed) {
            row.missing(LintRule::PmMissing, column);
        }
        return;
    }
    if row.lacks(IpeColumn::EtatPM) {
        row.missing(LintRule::PmStateMissing, IpeColumn::EtatPM);
    }
    if row.lacks(IpeColumn::DateInstallationPM) {
        row.missing(LintRule::PmDateMissing, IpeColumn::DateInstallationPM);
    }
}
