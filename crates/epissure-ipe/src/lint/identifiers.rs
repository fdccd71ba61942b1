//! Rules on identifiers: building, commune, hexaclé, Rivoli, BAN, RNB, SIRET.

use std::str::from_utf8;

use epissure_protocol::identifiers::communes::same_commune;
use epissure_protocol::identifiers::{
    BUILDING_ID_MAX, BanKey, Findings, ImbId, PM_REFERENCE_MAX, check_siret, is_insee, is_rivoli,
};

use super::cells::{is_spreadsheet_number, whole_number};
use super::places::{Fit, Place, Places};
use super::row::Row;
use super::rules::LintRule;
use crate::address::plain_upper;
use crate::columns::IpeColumn;

pub(super) fn check(row: &mut Row<'_, '_>, places: &mut Places) -> Place {
    let place = check_commune(row, places);
    // Codes are ASCII: another text is reported by the format rules.
    let insee = from_utf8(row.bytes(IpeColumn::CodeInseeImmeuble)).ok().filter(|insee| is_insee(insee));
    check_building(row, insee);
    check_hexacles(row, insee);
    check_rivoli(row);
    check_registers(row, insee);
    check_pm(row);
    place
}

/// Returns whether an embedded INSEE code designates another commune than the line.
fn differs(embedded: &str, insee: Option<&str>) -> bool {
    insee.is_some_and(|insee| embedded != insee && !same_commune(embedded, insee))
}

fn check_building(row: &mut Row<'_, '_>, insee: Option<&str>) {
    let column = IpeColumn::IdentifiantImmeuble;
    let id = row.bytes(column);
    if id.is_empty() {
        return row.missing(LintRule::BuildingIdMissing, column);
    }
    if id.len() > BUILDING_ID_MAX {
        let length = row.text(column).chars().count();
        if length > BUILDING_ID_MAX {
            row.against(
                LintRule::BuildingIdLength,
                column,
                length.to_string(),
                BUILDING_ID_MAX.to_string(),
                None,
            );
        }
    }
    let same_commune = |insee: &str| id.get(4..9) == Some(insee.as_bytes());
    if id.starts_with(b"IMB/") && !insee.is_some_and(same_commune) {
        let embedded = from_utf8(id).ok().and_then(ImbId::parse).map(|id| id.insee);
        if let Some(embedded) = embedded.filter(|embedded| differs(embedded, insee)) {
            row.against(
                LintRule::BuildingIdInsee,
                column,
                embedded.to_owned(),
                insee.unwrap_or_default(),
                None,
            );
        }
    }
}

fn check_commune(row: &mut Row<'_, '_>, places: &mut Places) -> Place {
    use IpeColumn::{CodeInseeImmeuble as INSEE, CodePostalImmeuble as POSTCODE, CommuneImmeuble as CITY};
    let triple = [row.bytes(INSEE), row.bytes(POSTCODE), row.bytes(CITY)];
    if let Some(place) = places.repeated(triple) {
        return place;
    }
    let (insee, postcode) = (row.text(INSEE), row.text(POSTCODE));
    let postcode_is_valid = postcode.len() == 5 && postcode.bytes().all(|byte| byte.is_ascii_digit());
    let place = places.find(&insee);

    let city = row.text(CITY);
    // In La Réunion, codes of communes are postcodes of others: the city decides between two valid
    // pairs.
    let fit = place.commune.map(|commune| places.fit(commune, postcode.as_bytes(), city.as_bytes()));
    let is_right = |fit: Option<Fit>| fit.is_some_and(|fit| fit.postcode && (fit.city || city.is_empty()));
    let exchanged = row.has(POSTCODE) && !is_right(fit) && {
        let other = places.find(&postcode);
        is_right(other.commune.map(|commune| places.fit(commune, insee.as_bytes(), city.as_bytes())))
    };
    if exchanged {
        let suggestion = Some(format!("{postcode};{insee}"));
        row.against(
            LintRule::InseePostcodeSwapped,
            INSEE,
            insee.into_owned(),
            postcode.into_owned(),
            suggestion,
        );
        return Place::NOWHERE;
    }

    if insee.is_empty() {
        if row.has(INSEE) {
            row.missing(LintRule::InseeMissing, INSEE);
        }
    } else if !is_insee(&insee) {
        if !is_spreadsheet_number(insee.as_bytes()) {
            row.about(LintRule::InseeFormat, INSEE, five_digits(&insee).filter(|code| is_insee(code)));
        }
    } else if let Some(commune) = place.commune {
        if commune.insee != insee {
            row.about(LintRule::InseeRetired, INSEE, Some(commune.insee.to_owned()));
        }
    } else {
        row.about(LintRule::InseeUnknown, INSEE, None);
    }

    if row.lacks(POSTCODE) {
        row.missing(LintRule::PostcodeMissing, POSTCODE);
    } else if !postcode.is_empty() && !postcode_is_valid && !is_spreadsheet_number(postcode.as_bytes()) {
        row.about(LintRule::PostcodeFormat, POSTCODE, five_digits(&postcode));
    }
    if row.lacks(CITY) {
        row.missing(LintRule::CityMissing, CITY);
    }
    if let (Some(commune), Some(fit)) = (place.commune, fit) {
        if commune.insee == insee && fit.postcode && fit.city {
            places.remember(triple, place);
        }
        if postcode_is_valid && !fit.postcode {
            let mut known = commune.postcodes();
            let only = known.next().filter(|_| known.next().is_none()).map(str::to_owned);
            row.against(LintRule::PostcodeInsee, POSTCODE, postcode.into_owned(), commune.insee, only);
        }
        if !city.is_empty() && !fit.city {
            let suggestion = Some(plain_upper(commune.name));
            row.against(LintRule::CityInsee, CITY, city.into_owned(), commune.name, suggestion);
        }
    }
    place
}

/// A code of five digits that lost its leading zero, gained a fraction, or has Corsica's letter in
/// lower case.
fn five_digits(text: &str) -> Option<String> {
    let text = whole_number(text).unwrap_or_else(|| text.to_ascii_uppercase());
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        4 if digits => Some(format!("0{text}")),
        5 if digits || is_insee(&text) => Some(text),
        _ => None,
    }
}

fn check_hexacles(row: &mut Row<'_, '_>, insee: Option<&str>) {
    let column = IpeColumn::CodeAdresseImmeuble;
    if row.lacks(column) {
        row.missing(LintRule::HexacleMissing, column);
    }
    for column in [IpeColumn::CodeAdresseImmeuble, IpeColumn::CodeHexacleVoie, IpeColumn::CodeAdressePM] {
        let value = row.bytes(column);
        if value.is_empty() {
            continue;
        }
        let is_code = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        if value.len() != 10 || !value.iter().all(is_code) {
            if is_spreadsheet_number(value) {
                continue;
            }
            let upper = row.text(column).to_ascii_uppercase();
            let suggestion = (upper.len() == 10 && upper.as_bytes().iter().all(is_code)).then_some(upper);
            row.about(LintRule::HexacleFormat, column, suggestion);
        } else if column != IpeColumn::CodeAdressePM
            && insee.is_some_and(|insee| !value.starts_with(insee.as_bytes()))
        {
            let start = from_utf8(&value[..5]).unwrap_or_default();
            if differs(start, insee) {
                let other = insee.unwrap_or_default();
                row.against(LintRule::HexacleInsee, column, start.to_owned(), other, None);
            }
        }
    }
}

fn check_rivoli(row: &mut Row<'_, '_>) {
    for column in [IpeColumn::CodeVoieRivoliImmeuble, IpeColumn::CodeVoieRivoliPM] {
        match row.bytes(column) {
            b"" => {}
            [b'1'..=b'9', rest @ ..] if rest.len() == 3 && rest.iter().all(u8::is_ascii_digit) => {}
            b"XXXX" | b"xxxx" | b"0000" => {
                row.about(LintRule::RivoliPlaceholder, column, Some(String::new()));
            }
            value if from_utf8(value).is_ok_and(is_rivoli) || is_spreadsheet_number(value) => {}
            _ => row.about(LintRule::RivoliFormat, column, None),
        }
    }
}

fn check_registers(row: &mut Row<'_, '_>, insee: Option<&str>) {
    let ban = row.text(IpeColumn::CodeBAN);
    if !ban.is_empty() {
        match BanKey::parse(&ban) {
            Some(key) if differs(key.insee, insee) => {
                let other = insee.unwrap_or_default();
                row.against(LintRule::BanInsee, IpeColumn::CodeBAN, key.insee.to_owned(), other, None);
            }
            Some(_) => {}
            None if is_uuid(&ban) => {}
            None => {
                let lower = ban.to_ascii_lowercase();
                let suggestion = BanKey::parse(&lower).is_some().then_some(lower);
                row.about(LintRule::BanFormat, IpeColumn::CodeBAN, suggestion);
            }
        }
    }
    let rnb = row.bytes(IpeColumn::Code_RNB);
    if !rnb.is_empty() && (rnb.len() != 12 || !rnb.iter().all(u8::is_ascii_alphanumeric)) {
        row.about(LintRule::RnbFormat, IpeColumn::Code_RNB, None);
    }
    let siret = row.text(IpeColumn::SiretGestionnaire);
    if !siret.is_empty() && !is_spreadsheet_number(siret.as_bytes()) {
        let mut found = Findings::new();
        check_siret(&siret, "", &mut found);
        if !found.is_empty() {
            row.about(LintRule::SiretFormat, IpeColumn::SiretGestionnaire, None);
        }
    }
}

fn check_pm(row: &mut Row<'_, '_>) {
    let column = IpeColumn::ReferencePM;
    let reference = row.bytes(column);
    if reference.len() > PM_REFERENCE_MAX && row.text(column).chars().count() > PM_REFERENCE_MAX {
        row.about(LintRule::PmReferenceLength, column, None);
    }
    let of_pm = row.bytes(IpeColumn::CodeInseePM);
    if let Some(rest) = reference.strip_prefix(b"FI-").filter(|rest| !rest.starts_with(of_pm)) {
        let embedded = rest.get(..5).and_then(|insee| from_utf8(insee).ok()).filter(|insee| is_insee(insee));
        let insee = from_utf8(of_pm).ok().filter(|insee| is_insee(insee));
        if let Some(embedded) = embedded.filter(|embedded| differs(embedded, insee)) {
            row.against(LintRule::PmInsee, column, embedded.to_owned(), insee.unwrap_or_default(), None);
        }
    }
}

/// Returns whether a text has the form of a UUID.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
