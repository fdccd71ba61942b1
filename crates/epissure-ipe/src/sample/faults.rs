//! Planting of faults: one manner for each rule.

use super::rows::{Group, SampleRow};
use super::{SampleLayout, SampleOptions};
use crate::columns::IpeColumn as C;
use crate::lint::LintRule as R;
use crate::projections::Crs;

/// The rules that a sample can break: all but those about the header and the bound on PMs.
pub const PLANTABLE: &[R] = &[
    R::RowWidth,
    R::UnbalancedQuote,
    R::BlankLine,
    R::RowEncoding,
    R::Mojibake,
    R::LostCharacter,
    R::ControlCharacter,
    R::SpacesAround,
    R::SpreadsheetNumber,
    R::BuildingIdMissing,
    R::BuildingIdLength,
    R::BuildingIdInsee,
    R::InseeMissing,
    R::InseeFormat,
    R::InseeUnknown,
    R::InseeRetired,
    R::InseePostcodeSwapped,
    R::PostcodeMissing,
    R::PostcodeFormat,
    R::PostcodeInsee,
    R::CityMissing,
    R::CityInsee,
    R::HexacleMissing,
    R::HexacleFormat,
    R::HexacleInsee,
    R::RivoliPlaceholder,
    R::RivoliFormat,
    R::BanFormat,
    R::BanInsee,
    R::RnbFormat,
    R::SiretFormat,
    R::StreetMissing,
    R::StreetNameLength,
    R::NumberMissing,
    R::NumberZero,
    R::NumberSuffix,
    R::NumberFormat,
    R::NumberLength,
    R::SuffixFormat,
    R::PremisesMissing,
    R::CountFormat,
    R::StateMissing,
    R::StateUnknown,
    R::StateAgreement,
    R::BuildingTypeUnknown,
    R::AgreementMissing,
    R::FlagFormat,
    R::ZoneMissing,
    R::ZoneUnknown,
    R::ListUnknown,
    R::DateFormat,
    R::ConventionDateMissing,
    R::ModificationDateMissing,
    R::ModificationDateFuture,
    R::PmOpeningDate,
    R::PmReferenceLength,
    R::PmMissing,
    R::PmStateMissing,
    R::PmDateMissing,
    R::PmInsee,
    R::CoordinateFormat,
    R::CoordinatesMissing,
    R::ProjectionUnknown,
    R::ProjectionMissing,
    R::ProjectionMismatch,
    R::CoordinatesSwapped,
    R::PointOutside,
    R::PmPointOutside,
    R::DuplicateBuilding,
    R::DuplicateAddress,
    R::PmPremisesTotal,
];

/// Plants a fault in the row at `index`, unless the row or the layout does not lend itself to it.
pub(super) fn plant(rule: R, group: &mut Group, index: usize, options: &SampleOptions) {
    if needs_wider_layout(rule) && options.layout == SampleLayout::V20
        || (rule == R::RnbFormat && options.layout != SampleLayout::V20Of65)
        || (rule == R::UnbalancedQuote && options.quoted)
        // In Windows-1252, these characters are bytes that read as UTF-8, or do not exist.
        || (matches!(rule, R::Mojibake | R::LostCharacter) && options.windows_1252)
    {
        return;
    }
    let done = match rule {
        R::DuplicateBuilding => repeat(group, index, C::IdentifiantImmeuble),
        R::DuplicateAddress => repeat(group, index, C::CodeAdresseImmeuble),
        R::PmPremisesTotal => index == 0,
        // The other rows of the group would count for another PM.
        R::PmReferenceLength | R::PmMissing | R::PmInsee if index == 0 => false,
        _ => plant_in_row(rule, &mut group.rows[index], group.commune.insee),
    };
    if done {
        group.rows[index].fault = Some(rule);
    }
}

fn needs_wider_layout(rule: R) -> bool {
    matches!(rule, R::BanFormat | R::BanInsee | R::RnbFormat)
}

/// Copies a value of the row before, when that one has no fault.
fn repeat(group: &mut Group, index: usize, column: C) -> bool {
    let Some(before) = index.checked_sub(1).filter(|before| group.rows[*before].fault.is_none()) else {
        return false;
    };
    let value = group.rows[before].get(column).to_owned();
    group.rows[index].set(column, value);
    let building = group.rows[before].get(C::BatimentImmeuble).to_owned();
    if column == C::CodeAdresseImmeuble {
        group.rows[index].set(C::BatimentImmeuble, building);
    }
    true
}

/// Sets a cell; always done.
fn set(row: &mut SampleRow, column: C, value: &str) -> bool {
    row.set(column, value);
    true
}

fn plant_in_row(rule: R, row: &mut SampleRow, insee: &str) -> bool {
    // Another commune, not that of which the commune is a district.
    let (elsewhere, postcode) = if insee.starts_with("75") { ("09001", "09240") } else { ("75056", "75001") };
    match rule {
        R::RowWidth | R::BlankLine => true,
        R::UnbalancedQuote => set(row, C::NomVoieImmeuble, "\"LES PINS"),
        R::RowEncoding => set(row, C::NomVoieImmeuble, "DE LA FORÊT"),
        R::Mojibake => set(row, C::NomVoieImmeuble, "ALLÃ©E DES RUCHÃ¨RES"),
        R::LostCharacter => set(row, C::NomVoieImmeuble, "DE LA FOR\u{fffd}T"),
        R::ControlCharacter => set(row, C::CommentairePM, "ACCES\tPAR LA COUR"),
        R::SpacesAround => set(row, C::NomVoieImmeuble, " DES TILLEULS "),
        R::SpreadsheetNumber => set(row, C::CodeAdresseImmeuble, "5.7669E+10"),
        R::BuildingIdMissing => set(row, C::IdentifiantImmeuble, ""),
        R::BuildingIdLength => {
            let long = format!("{}-PROVISOIRE-2025", row.get(C::IdentifiantImmeuble));
            set(row, C::IdentifiantImmeuble, &long)
        }
        R::BuildingIdInsee => {
            let other = row.get(C::IdentifiantImmeuble).replacen(insee, elsewhere, 1);
            set(row, C::IdentifiantImmeuble, &other)
        }
        R::InseeMissing => set(row, C::CodeInseeImmeuble, ""),
        R::InseeFormat => set(row, C::CodeInseeImmeuble, &format!("{}.0", insee.trim_start_matches('0'))),
        R::InseeUnknown => set(row, C::CodeInseeImmeuble, "00000"),
        R::InseeRetired if insee.starts_with("97") => false,
        R::InseeRetired => {
            row.set(C::CodePostalImmeuble, "20000");
            row.set(C::CommuneImmeuble, "AJACCIO");
            set(row, C::CodeInseeImmeuble, "20004")
        }
        R::InseePostcodeSwapped if row.get(C::CodePostalImmeuble) == insee => false,
        R::InseePostcodeSwapped => {
            let postcode = row.get(C::CodePostalImmeuble).to_owned();
            row.set(C::CodeInseeImmeuble, postcode.as_str());
            set(row, C::CodePostalImmeuble, insee)
        }
        R::PostcodeMissing => set(row, C::CodePostalImmeuble, ""),
        R::PostcodeFormat => {
            let short = row.get(C::CodePostalImmeuble)[1..].to_owned();
            set(row, C::CodePostalImmeuble, &short)
        }
        R::PostcodeInsee => set(row, C::CodePostalImmeuble, postcode),
        R::CityMissing => set(row, C::CommuneImmeuble, ""),
        R::CityInsee => set(row, C::CommuneImmeuble, "VILLENEUVE INVENTEE"),
        R::HexacleMissing => set(row, C::CodeAdresseImmeuble, ""),
        R::HexacleFormat => {
            let short = row.get(C::CodeAdresseImmeuble)[..9].to_owned();
            set(row, C::CodeAdresseImmeuble, &short)
        }
        R::HexacleInsee => {
            let other = row.get(C::CodeAdresseImmeuble).replacen(insee, elsewhere, 1);
            set(row, C::CodeAdresseImmeuble, &other)
        }
        R::RivoliPlaceholder => set(row, C::CodeVoieRivoliImmeuble, "XXXX"),
        R::RivoliFormat => set(row, C::CodeVoieRivoliImmeuble, "12"),
        R::BanFormat => set(row, C::CodeBAN, "ADRNIVX_0000000012345678"),
        R::BanInsee => set(row, C::CodeBAN, &format!("{elsewhere}_0010_00012")),
        R::RnbFormat => set(row, C::Code_RNB, "RNB-12"),
        R::SiretFormat => set(row, C::SiretGestionnaire, "73282932000075"),
        _ => plant_in_address(rule, row),
    }
}

fn plant_in_address(rule: R, row: &mut SampleRow) -> bool {
    match rule {
        R::StreetMissing => set(row, C::NomVoieImmeuble, ""),
        R::StreetNameLength => set(row, C::NomVoieImmeuble, "X"),
        R::NumberMissing => set(row, C::NumeroVoieImmeuble, ""),
        R::NumberZero => set(row, C::NumeroVoieImmeuble, "0"),
        R::NumberSuffix => set(row, C::NumeroVoieImmeuble, "12B"),
        R::NumberFormat => set(row, C::NumeroVoieImmeuble, "LOT 3"),
        R::NumberLength => set(row, C::NumeroVoieImmeuble, "1234567"),
        R::SuffixFormat => set(row, C::ComplementNumeroVoieImmeuble, "BIS"),
        R::PremisesMissing => set(row, C::NombreLogementsAdresseIPE, ""),
        R::CountFormat => set(row, C::CapaciteMaxPM, "720.0"),
        R::StateMissing => set(row, C::EtatImmeuble, ""),
        R::StateUnknown => set(row, C::EtatImmeuble, "HORS SERVICE"),
        R::StateAgreement => {
            row.set(C::AccordGestionnaireImmeubleNecessaire, "N");
            set(row, C::EtatImmeuble, "SIGNE")
        }
        R::BuildingTypeUnknown => set(row, C::TypeImmeuble, "MAISON"),
        R::AgreementMissing => set(row, C::AccordGestionnaireImmeubleNecessaire, ""),
        R::FlagFormat => set(row, C::FibreDedieeLibre, "OUI"),
        R::ZoneMissing => set(row, C::TypeZone, ""),
        R::ZoneUnknown => set(row, C::TypeZone, "4"),
        R::ListUnknown => set(row, C::TypeEmplacementPM, "CAVE"),
        R::DateFormat => set(row, C::DateCablageAdresse, "20230230"),
        R::ConventionDateMissing => {
            row.set(C::AccordGestionnaireImmeubleNecessaire, "O");
            row.set(C::EtatImmeuble, "DEPLOYE");
            set(row, C::DateSignatureConvention, "")
        }
        R::ModificationDateMissing => set(row, C::DateDerniereModification, ""),
        R::ModificationDateFuture => set(row, C::DateDerniereModification, "20990101"),
        R::PmOpeningDate => set(row, C::DateMiseEnServiceCommercialePM, "20200301"),
        _ => plant_in_pm(rule, row),
    }
}

fn plant_in_pm(rule: R, row: &mut SampleRow) -> bool {
    match rule {
        R::PmReferenceLength => {
            let long = format!("{}-ARMOIRE-PROVISOIRE", row.get(C::ReferencePM));
            set(row, C::ReferencePM, &long)
        }
        R::PmMissing => {
            row.set(C::EtatImmeuble, "DEPLOYE");
            set(row, C::ReferencePM, "")
        }
        R::PmStateMissing => set(row, C::EtatPM, ""),
        R::PmDateMissing => set(row, C::DateInstallationPM, ""),
        R::PmInsee => {
            let elsewhere = if row.get(C::CodeInseePM).starts_with("75") { "09001" } else { "75056" };
            set(row, C::CodeInseePM, elsewhere)
        }
        R::CoordinateFormat => set(row, C::CoordonneeImmeubleX, "6,21E+06"),
        R::CoordinatesMissing => set(row, C::CoordonneeImmeubleY, ""),
        R::ProjectionUnknown => set(row, C::TypeProjectionGeographique, "LAMBERT"),
        R::ProjectionMissing => set(row, C::TypeProjectionGeographique, ""),
        R::ProjectionMismatch => {
            let Some((x, y)) = degrees(row) else { return false };
            row.set(C::CoordonneeImmeubleX, format!("{x:.7}"));
            set(row, C::CoordonneeImmeubleY, &format!("{y:.7}"))
        }
        R::CoordinatesSwapped => {
            let (x, y) =
                (row.get(C::CoordonneeImmeubleX).to_owned(), row.get(C::CoordonneeImmeubleY).to_owned());
            row.set(C::CoordonneeImmeubleX, y);
            set(row, C::CoordonneeImmeubleY, &x)
        }
        R::PointOutside => {
            row.set(C::CoordonneeImmeubleX, "1.00");
            set(row, C::CoordonneeImmeubleY, "1.00")
        }
        R::PmPointOutside => {
            row.set(C::CoordonneePMX, "1.00");
            set(row, C::CoordonneePMY, "1.00")
        }
        _ => false,
    }
}

fn degrees(row: &SampleRow) -> Option<(f64, f64)> {
    let value = |column| crate::values::parse_decimal(row.get(column));
    let crs = Crs::of_label(row.get(C::TypeProjectionGeographique)).first()?;
    let position = crs.to_degrees(value(C::CoordonneeImmeubleX)?, value(C::CoordonneeImmeubleY)?)?;
    Some((position.lon, position.lat))
}
