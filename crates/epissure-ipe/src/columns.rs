//! The catalogue of IPE columns: one table, from which reading, rules, corrections and
//! documentation are made.
//!
//! Sources: the names, lengths and obligations that public code quotes from the Interop'Fibre *PM*
//! protocol v2; the additions of v3 by name; the two columns appended in 2025. The official order
//! of v3 is not public, so the header of each file decides the position of a column, never this
//! table.

use epissure_protocol::issues;

/// When a column is filled, as protocol v2 states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obligation {
    /// On every line.
    Mandatory,
    /// On lines that meet a condition, such as a referenced PM.
    Conditional,
    /// As the operator likes.
    Optional,
}

/// The form of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Free text.
    Text,
    /// An identifier: text that a spreadsheet must not convert to a number.
    Code,
    /// A whole number, 0 or more.
    Count,
    /// A coordinate in degrees or metres, with `.` or `,`.
    Decimal,
    /// A day, `YYYYMMDD`.
    Day,
    /// `O` (yes) or `N` (no).
    Flag,
    /// One of a closed list of values, compared without case and accents.
    List(&'static [&'static str]),
}

/// The oldest file layout known to hold a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Since {
    /// Protocol v2.0; the value is the column's place, from 0, in files of 60 columns and more.
    V20(u8),
    /// Files of 65 columns, 2025: appended last.
    V2025,
    /// Protocol v3, known by name only.
    V30,
}

/// One row of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct ColumnEntry {
    /// The column.
    pub column: IpeColumn,
    /// Name in the header of files.
    pub name: &'static str,
    /// Other names that public files and contracts use, folded by [`fold_name`].
    pub aliases: &'static [&'static str],
    /// First layout and place.
    pub since: Since,
    /// Form of the values.
    pub kind: ColumnKind,
    /// Longest value in characters; 0: no stated length.
    pub max_length: usize,
    /// When the column is filled.
    pub obligation: Obligation,
}

impl ColumnEntry {
    /// The key of a ticket's `issues` that asks to correct this column, if there is one.
    #[must_use]
    pub fn issue_key(&self) -> Option<&'static str> {
        let mut keys = issues::MODIFICATION.iter().chain(issues::NB_LOGEMENTS);
        keys.find(|row| row.columns.contains(&self.name)).map(|row| row.key)
    }
}

macro_rules! columns {
    ($($name:ident [$($alias:literal),*] $since:expr, $kind:expr, $max:literal, $obligation:ident;)*) => {
        /// A column of an IPE file, under the name that files give it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the variants are the names of the catalogue, which describes them")]
        #[expect(non_camel_case_types, reason = "files spell Code_RNB and Date_RNB so")]
        pub enum IpeColumn {
            $($name,)*
        }

        /// The catalogue: v2.0 in its order, then the columns of 2025, then those of v3.
        pub static CATALOGUE: &[ColumnEntry] = &[
            $(ColumnEntry {
                column: IpeColumn::$name,
                name: stringify!($name),
                aliases: &[$($alias),*],
                since: $since,
                kind: $kind,
                max_length: $max,
                obligation: Obligation::$obligation,
            },)*
        ];
    };
}

use ColumnKind::{Code, Count, Day, Decimal, Flag, List, Text};
use Since::{V20, V30, V2025};

/// States of a building. The seventh means: ordered on an on-demand address, PB under construction.
pub const BUILDING_STATES: &[&str] = &[
    "CIBLE",
    "SIGNE",
    "EN COURS DE DEPLOIEMENT",
    "DEPLOYE",
    "ABANDONNE",
    "RACCORDABLE DEMANDE",
    "RAD EN COURS DE DEPLOIEMENT",
];
/// States of a PM.
pub const PM_STATES: &[&str] = &["EN COURS DE DEPLOIEMENT", "DEPLOYE", "ABANDONNE"];
const PM_PLACES: &[&str] = &["PME-Armoire de rue", "PME-Shelter", "PME-Local technique", "PME", "PMI"];
const ENGINEERING: &[&str] = &[
    "MONO",
    "BI",
    "QUADRI",
    "MONOFIBRE",
    "BIFIBRE",
    "QUADRIFIBRE",
    "MONO-FIBRE",
    "BI-FIBRE",
    "QUADRI-FIBRE",
];
/// Labels of `TypeProjectionGeographique`: protocol v2, then the overseas systems of contract
/// v2.0.0.
pub const PROJECTION_LABELS: &[&str] =
    &["WGS84", "LAMB2E", "RGF93", "RFG93", "RGFG95", "RGR92", "RGM04", "RGSPM06", "RGAF09"];
/// Kinds of building.
pub const BUILDING_TYPES: &[&str] = &["PAVILLON", "IMMEUBLE"];
const ZONES: &[&str] = &["1", "2", "3"];

columns! {
    IdentifiantImmeuble ["identifiant"] V20(0), Code, 30, Mandatory;
    CodeVoieRivoliImmeuble ["coderivoli"] V20(1), Code, 4, Optional;
    CodeInseeImmeuble ["codeinsee"] V20(2), Code, 5, Mandatory;
    CodePostalImmeuble ["codepostal"] V20(3), Code, 5, Mandatory;
    CommuneImmeuble ["commune"] V20(4), Text, 0, Mandatory;
    CodeAdresseImmeuble ["codehexacle"] V20(5), Code, 10, Mandatory;
    TypeVoieImmeuble ["typevoie"] V20(6), Text, 0, Optional;
    NomVoieImmeuble ["nomvoie"] V20(7), Text, 0, Mandatory;
    NumeroVoieImmeuble ["numerovoie"] V20(8), Count, 6, Optional;
    ComplementNumeroVoieImmeuble ["complement"] V20(9), Text, 1, Optional;
    BatimentImmeuble ["batiment"] V20(10), Text, 0, Optional;
    NombreLogementsAdresseIPE ["nombrelogementsipe"] V20(11), Count, 5, Mandatory;
    EtatImmeuble [] V20(12), List(BUILDING_STATES), 0, Mandatory;
    DateSignatureConvention [] V20(13), Day, 8, Conditional;
    GestionnaireImmeuble [] V20(14), Text, 0, Conditional;
    CodePostalGestionnaire [] V20(15), Code, 5, Conditional;
    CommuneGestionnaire [] V20(16), Text, 0, Conditional;
    TypeVoieGestionnaire [] V20(17), Text, 0, Conditional;
    NomVoieGestionnaire [] V20(18), Text, 0, Conditional;
    NumeroVoieGestionnaire [] V20(19), Text, 0, Conditional;
    ComplementNumeroVoieGestionnaire [] V20(20), Text, 0, Conditional;
    CodeAdresseGestionnaire [] V20(21), Code, 10, Conditional;
    SiretGestionnaire [] V20(22), Code, 14, Conditional;
    DateCablageAdresse [] V20(23), Day, 8, Conditional;
    ReferencePM ["identifiantpm"] V20(24), Code, 20, Conditional;
    EtatPM [] V20(25), List(PM_STATES), 0, Conditional;
    DateInstallationPM [] V20(26), Day, 8, Conditional;
    TypeEmplacementPM [] V20(27), List(PM_PLACES), 0, Conditional;
    CommentairePM [] V20(28), Text, 0, Optional;
    CapaciteMaxPM [] V20(29), Count, 5, Conditional;
    CodeVoieRivoliPM [] V20(30), Code, 4, Conditional;
    CodeInseePM [] V20(31), Code, 5, Conditional;
    CodePostalPM [] V20(32), Code, 5, Conditional;
    CommunePM [] V20(33), Text, 0, Conditional;
    CodeAdressePM [] V20(34), Code, 10, Conditional;
    TypeVoiePM [] V20(35), Text, 0, Conditional;
    NomVoiePM [] V20(36), Text, 0, Conditional;
    NumeroVoiePM [] V20(37), Text, 0, Conditional;
    ComplementNumeroVoiePM ["complementvoiepm"] V20(38), Text, 0, Conditional;
    BatimentPM [] V20(39), Text, 0, Conditional;
    TypeIngenierie [] V20(40), List(ENGINEERING), 0, Conditional;
    FibreDedieeLibre [] V20(41), Flag, 1, Conditional;
    NombreLogementsPM [] V20(42), Count, 6, Conditional;
    NombreColonnesMontantesPM [] V20(43), Count, 5, Optional;
    DateMiseEnServiceCommercialePM [] V20(44), Day, 8, Conditional;
    ReferenceConsultationNative [] V20(45), Text, 0, Optional;
    NombrePMTechniques [] V20(46), Count, 5, Optional;
    DateDerniereModification [] V20(47), Day, 8, Mandatory;
    ReferenceRegroupementPM [] V20(48), Text, 0, Optional;
    TypeImmeuble [] V20(49), List(BUILDING_TYPES), 0, Mandatory;
    TypeProjectionGeographique [] V20(50), List(PROJECTION_LABELS), 0, Conditional;
    CoordonneePMX [] V20(51), Decimal, 0, Conditional;
    CoordonneePMY [] V20(52), Decimal, 0, Conditional;
    CoordonneeImmeubleX [] V20(53), Decimal, 0, Conditional;
    CoordonneeImmeubleY [] V20(54), Decimal, 0, Conditional;
    EmplacementActifDisponible [] V20(55), Flag, 1, Conditional;
    QualiteAdressePM [] V20(56), Text, 0, Optional;
    DatePremiereMADPM [] V20(57), Day, 8, Conditional;
    AccordGestionnaireImmeubleNecessaire [] V20(58), Flag, 1, Mandatory;
    TypeZone [] V20(59), List(ZONES), 1, Mandatory;
    Code_RNB [] V2025, Code, 12, Optional;
    Date_RNB [] V2025, Day, 8, Optional;
    CodeOI [] V30, Code, 4, Optional;
    CodeBAN [] V30, Code, 0, Optional;
    CodeHexacleVoie [] V30, Code, 10, Optional;
    TypePBO [] V30, Text, 0, Optional;
    TypeRaccoPBPTO [] V30, Text, 0, Optional;
    DateMiseEnServiceCommercialeImmeuble [] V30, Day, 8, Optional;
    ImmeubleNeuf [] V30, Text, 0, Optional;
    DatePrevLivraisonImmeubleNeuf [] V30, Day, 8, Optional;
    SusceptibleRaccordableDemande [] V30, Text, 0, Optional;
    LongueurLigneImmeuble [] V30, Text, 0, Optional;
}

impl IpeColumn {
    /// Number of columns in the catalogue.
    pub const COUNT: usize = Self::LongueurLigneImmeuble as usize + 1;

    /// The column's row of the catalogue.
    #[must_use]
    pub fn entry(self) -> &'static ColumnEntry {
        &CATALOGUE[self as usize]
    }

    /// Name in the header of files.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// The column of a header name: exact after folding, else by an alias.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let folded = fold_name(name);
        let exact = CATALOGUE.iter().find(|entry| fold_name(entry.name) == folded);
        exact
            .or_else(|| CATALOGUE.iter().find(|entry| entry.aliases.contains(&folded.as_str())))
            .map(|entry| entry.column)
    }

    /// Columns about the building's manager: contract data that other operators must not see.
    #[must_use]
    pub fn is_about_manager(self) -> bool {
        (Self::GestionnaireImmeuble as u8..=Self::SiretGestionnaire as u8).contains(&(self as u8))
    }
}

impl std::fmt::Display for IpeColumn {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}

/// A header name for comparison: letters and digits only, lower case, without accents.
///
/// ```
/// assert_eq!(epissure_ipe::columns::fold_name("\u{feff}Code_Hexaclé Voie"), "codehexaclevoie");
/// ```
#[must_use]
pub fn fold_name(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    name.nfd().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_lists_each_column_once_at_its_own_index() {
        assert_eq!(CATALOGUE.len(), IpeColumn::COUNT);
        let mut names = BTreeSet::new();
        for (index, entry) in CATALOGUE.iter().enumerate() {
            assert_eq!(entry.column as usize, index);
            assert!(names.insert(fold_name(entry.name)), "{} twice", entry.name);
            for alias in entry.aliases {
                assert!(names.insert((*alias).to_owned()), "{alias} twice");
            }
            assert_eq!(matches!(entry.since, V20(_)), index < 60);
            if let V20(place) = entry.since {
                assert_eq!(usize::from(place), index);
            }
        }
    }

    #[test]
    fn every_column_of_a_correction_key_is_in_the_catalogue() {
        let linked: BTreeSet<_> = CATALOGUE.iter().filter_map(ColumnEntry::issue_key).collect();
        let keys: BTreeSet<_> =
            issues::MODIFICATION.iter().chain(issues::NB_LOGEMENTS).map(|row| row.key).collect();
        assert_eq!(linked, keys);
        assert_eq!(IpeColumn::CodeBAN.entry().issue_key(), Some("building.address.code_ban"));
        assert_eq!(IpeColumn::EtatImmeuble.entry().issue_key(), None);
    }

    #[test]
    fn names_are_recognised_without_case_accents_and_punctuation() {
        for (name, column) in [
            ("IdentifiantImmeuble", Some(IpeColumn::IdentifiantImmeuble)),
            ("\u{feff}IDENTIFIANT_IMMEUBLE", Some(IpeColumn::IdentifiantImmeuble)),
            ("code rnb", Some(IpeColumn::Code_RNB)),
            ("code_hexacle", Some(IpeColumn::CodeAdresseImmeuble)),
            ("Identifiant PM", Some(IpeColumn::ReferencePM)),
            ("numéro_voie", Some(IpeColumn::NumeroVoieImmeuble)),
            ("Latitude", None),
            ("", None),
        ] {
            assert_eq!(IpeColumn::of_name(name), column, "{name}");
        }
    }
}
