//! Rows without fault: a PM and the buildings that it serves.

use std::fmt::Write;

use epissure_protocol::identifiers::communes::{self, Commune};

use super::random::Random;
use crate::address::plain_upper;
use crate::columns::IpeColumn as C;
use crate::lint::LintRule;

const STREET_TYPES: [&str; 8] =
    ["RUE", "AVENUE", "CHEMIN", "IMPASSE", "ROUTE", "PLACE", "ALLEE", "BOULEVARD"];
const STREETS: [&str; 16] = [
    "DES AJONCS",
    "DU VIEUX LAVOIR",
    "DE LA FORÊT",
    "DES TILLEULS",
    "DU GENERAL MOREL",
    "DES QUATRE VENTS",
    "DE LA FONTAINE",
    "DU CHÂTEAU D EAU",
    "DES PRIMEVERES",
    "DU PONT NEUF",
    "JEANNE ROUVIER",
    "DES CARRIERES",
    "DU PRE LONG",
    "DE LA CROIX BLANCHE",
    "DES ECOLES",
    "DU MOULIN A VENT",
];
const MANAGERS: [&str; 4] = ["SYNDIC DES TROIS PONTS", "OFFICE HABITAT", "CABINET LENOIR", "GESTION DU PARC"];

/// One row: the value of each column of the catalogue.
#[derive(Debug, Clone)]
pub(super) struct SampleRow {
    cells: Vec<String>,
    /// The fault that was planted.
    pub(super) fault: Option<LintRule>,
}

impl SampleRow {
    pub(super) fn get(&self, column: C) -> &str {
        &self.cells[column as usize]
    }

    pub(super) fn set(&mut self, column: C, value: impl Into<String>) {
        self.cells[column as usize] = value.into();
    }
}

/// The rows of one PM.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) rows: Vec<SampleRow>,
    pub(super) commune: Commune<'static>,
}

impl Group {
    /// A group that starts at row `first` of the file and has `most` rows at most.
    pub(super) fn new(
        random: &mut Random,
        first: u64,
        most: u64,
        communes: &[Commune<'static>],
        code_oi: &str,
    ) -> Self {
        let commune = *random.pick(communes);
        let size = (8 + random.below(40)).min(most);
        let point = point(random, commune.insee);
        let mut model = SampleRow { cells: vec![String::new(); C::COUNT], fault: None };
        place(&mut model, random, commune);
        pm(&mut model, random, commune, first, point);
        model.set(C::CodeOI, code_oi);
        let mut rows = Vec::with_capacity(size as usize);
        for index in 0..size {
            if index % 8 == 0 {
                street(&mut model, random, first + index, commune);
            }
            rows.push(row(&model, random, first + index, index, commune, point));
        }
        Self { rows, commune }
    }

    /// Writes the number of premises behind the PM on each row that has the PM's.
    pub(super) fn sum_premises(&mut self) {
        let counts =
            |row: &&SampleRow| !matches!(row.fault, Some(LintRule::RowWidth | LintRule::UnbalancedQuote));
        let of_pm = |row: &&SampleRow| !row.get(C::ReferencePM).is_empty();
        // A row whose reference was changed belongs to another PM.
        let reference = self.rows.first().map(|row| row.get(C::ReferencePM).to_owned()).unwrap_or_default();
        let same = |row: &&SampleRow| row.get(C::ReferencePM) == reference;
        let rows = self.rows.iter().filter(counts).filter(of_pm).filter(same);
        let sum: u64 = rows.filter_map(|row| row.get(C::NombreLogementsAdresseIPE).parse::<u64>().ok()).sum();
        let mut first = true;
        for row in &mut self.rows {
            let own = row.get(C::NombreLogementsAdresseIPE).to_owned();
            let is_wrong = row.fault == Some(LintRule::PmPremisesTotal) && first;
            let value = match row.get(C::ReferencePM) {
                "" => String::new(),
                pm if pm != reference => own,
                _ if is_wrong => (sum + 1).to_string(),
                _ => sum.to_string(),
            };
            row.set(C::NombreLogementsPM, value);
            first = false;
        }
    }
}

/// The communes of a file of so many rows, of metropolitan France and of La Réunion: a department's
/// number of them at first, more in larger files.
pub(super) fn communes_of(random: &mut Random, lines: u64) -> Vec<Commune<'static>> {
    let count = (lines / 400).clamp(12, 3_000) as usize;
    let mut all = Vec::with_capacity(count);
    while all.len() < count {
        let code = if random.below(50) == 0 { 97_401 + random.below(24) } else { random.below(96_000) };
        let commune = communes::by_insee(&format!("{code:05}"));
        all.extend(commune.filter(|commune| commune.postcodes().next().is_some()));
    }
    all
}

/// A point inside the commune's territory, in its legal projection.
fn point(random: &mut Random, insee: &str) -> (&'static str, f64, f64) {
    let mut between = |from: u64, to: u64| (from + random.below(to - from)) as f64;
    if insee.starts_with("974") {
        ("RGR92", between(330_000, 370_000), between(7_640_000, 7_690_000))
    } else {
        ("RGF93", between(400_000, 900_000), between(6_300_000, 6_900_000))
    }
}

fn place(row: &mut SampleRow, random: &mut Random, commune: Commune<'static>) {
    let postcodes: Vec<&str> = commune.postcodes().collect();
    let (postcode, city) = (*random.pick(&postcodes), plain_upper(commune.name));
    for (insee, code, name) in [
        (C::CodeInseeImmeuble, C::CodePostalImmeuble, C::CommuneImmeuble),
        (C::CodeInseePM, C::CodePostalPM, C::CommunePM),
    ] {
        row.set(insee, commune.insee);
        row.set(code, postcode);
        row.set(name, city.as_str());
    }
    row.set(C::TypeZone, if random.below(10) == 0 { "1" } else { "3" });
}

fn pm(
    row: &mut SampleRow,
    random: &mut Random,
    commune: Commune<'static>,
    first: u64,
    point: (&str, f64, f64),
) {
    let (label, x, y) = point;
    row.set(C::ReferencePM, format!("FI-{}-{}", commune.insee, base36(first, 4)));
    row.set(C::EtatPM, "DEPLOYE");
    row.set(C::DateInstallationPM, "20190610");
    row.set(C::TypeEmplacementPM, *random.pick(&["PME-Armoire de rue", "PME-Shelter", "PMI"]));
    row.set(C::CapaciteMaxPM, "720");
    row.set(C::CodeVoieRivoliPM, format!("{:04}", 1 + random.below(9_000)));
    row.set(C::CodeAdressePM, format!("{}{}", commune.insee, base36(first, 5)));
    row.set(C::TypeVoiePM, "RUE");
    row.set(C::NomVoiePM, "DE LA GARE");
    row.set(C::NumeroVoiePM, "1");
    row.set(C::TypeIngenierie, "MONO");
    row.set(C::FibreDedieeLibre, "O");
    row.set(C::NombrePMTechniques, "1");
    row.set(C::DatePremiereMADPM, "20191130");
    row.set(C::DateMiseEnServiceCommercialePM, "20200229");
    row.set(C::TypeProjectionGeographique, label);
    row.set(C::CoordonneePMX, format!("{x:.2}"));
    row.set(C::CoordonneePMY, format!("{y:.2}"));
    row.set(C::EmplacementActifDisponible, "N");
}

fn street(row: &mut SampleRow, random: &mut Random, at: u64, commune: Commune<'static>) {
    row.set(C::TypeVoieImmeuble, *random.pick(&STREET_TYPES));
    row.set(C::NomVoieImmeuble, *random.pick(&STREETS));
    row.set(C::CodeVoieRivoliImmeuble, format!("{:04}", 1 + random.below(9_000)));
    row.set(C::CodeHexacleVoie, format!("{}{}", commune.insee, base36(at, 5)));
}

fn row(
    model: &SampleRow,
    random: &mut Random,
    at: u64,
    index: u64,
    commune: Commune<'static>,
    (_, x, y): (&str, f64, f64),
) -> SampleRow {
    let mut row = model.clone();
    let insee = commune.insee;
    row.set(C::IdentifiantImmeuble, building(insee, at));
    row.set(C::CodeAdresseImmeuble, format!("{insee}{}", base36(at, 5)));
    let number = 1 + index % 8 * 2;
    row.set(C::NumeroVoieImmeuble, number.to_string());
    if random.below(12) == 0 {
        row.set(C::ComplementNumeroVoieImmeuble, *random.pick(&["B", "T"]));
    }
    let rivoli = row.get(C::CodeVoieRivoliImmeuble).to_owned();
    row.set(C::CodeBAN, format!("{insee}_{rivoli}_{number:05}"));
    let is_house = random.below(10) < 7;
    row.set(C::TypeImmeuble, if is_house { "PAVILLON" } else { "IMMEUBLE" });
    let premises = if is_house { 1 } else { 4 + random.below(40) };
    row.set(C::NombreLogementsAdresseIPE, premises.to_string());
    row.set(C::AccordGestionnaireImmeubleNecessaire, if is_house { "N" } else { "O" });
    if is_house {
        row.set(C::EtatImmeuble, *random.pick(&["CIBLE", "EN COURS DE DEPLOIEMENT", "DEPLOYE", "DEPLOYE"]));
    } else {
        row.set(C::BatimentImmeuble, format!("BAT {}", 1 + random.below(9)));
        row.set(C::EtatImmeuble, *random.pick(&["SIGNE", "EN COURS DE DEPLOIEMENT", "DEPLOYE", "DEPLOYE"]));
        row.set(C::DateSignatureConvention, "20180305");
        row.set(C::GestionnaireImmeuble, *random.pick(&MANAGERS));
        row.set(C::CodePostalGestionnaire, model.get(C::CodePostalImmeuble));
        row.set(C::CommuneGestionnaire, model.get(C::CommuneImmeuble));
        row.set(C::SiretGestionnaire, siret(random));
    }
    row.set(C::DateCablageAdresse, "20200115");
    let day = format!("2025{:02}{:02}", 1 + random.below(12), 1 + random.below(28));
    row.set(C::DateDerniereModification, day);
    let jitter = |random: &mut Random| random.below(400) as f64 - 200.0 + random.below(100) as f64 / 100.0;
    row.set(C::CoordonneeImmeubleX, format!("{:.2}", x + jitter(random)));
    row.set(C::CoordonneeImmeubleY, format!("{:.2}", y + jitter(random)));
    row.set(C::Code_RNB, format!("RNB{}", base36(at, 9)));
    row.set(C::Date_RNB, "20250301");
    row
}

/// An identifier in Orange's form, unique up to 26 times 36⁴ rows.
pub(super) fn building(insee: &str, at: u64) -> String {
    let letter = char::from(b'A' + (at / 36_u64.pow(4) % 26) as u8);
    format!("IMB/{insee}/{letter}/{}", base36(at, 4))
}

fn base36(value: u64, width: u32) -> String {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut text = String::with_capacity(width as usize);
    for place in (0..width).rev() {
        text.push(char::from(DIGITS[(value / 36_u64.pow(place) % 36) as usize]));
    }
    text
}

/// A SIRET with the checksums of INSEE.
fn siret(random: &mut Random) -> String {
    let mut digits = String::new();
    for length in [8, 4] {
        for _ in 0..length {
            let _ = write!(digits, "{}", 1 + random.below(9));
        }
        if length == 4 {
            break;
        }
        push_luhn(&mut digits);
    }
    push_luhn(&mut digits);
    digits
}

/// Appends the digit that completes a Luhn sum.
fn push_luhn(digits: &mut String) {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0') * if index % 2 == 0 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    let _ = write!(digits, "{}", (10 - sum % 10) % 10);
}
