//! Street types and their abbreviations: a candidate set for each, because sources contradict each
//! other.
//!
//! Sources: FANTOIR annex 3, addok-fr and adresses-util of the BAN (facts only): `CR` is a rural
//! path in one and a court in another.

/// An abbreviation, or a full type, and its readings. A type of several words is written with
/// spaces.
pub(super) struct TypeEntry {
    pub(super) written: &'static str,
    pub(super) readings: &'static [&'static str],
}

macro_rules! types {
    ($($written:literal => $($reading:literal)|+;)*) => {
        /// The table, sorted by the written form.
        pub(super) static TYPES: &[TypeEntry] = &[
            $(TypeEntry { written: $written, readings: &[$($reading),+] },)*
        ];
    };
}

types! {
    "ALL" => "ALLEE";
    "ALLEE" => "ALLEE";
    "ALLEES" => "ALLEE";
    "AV" => "AVENUE";
    "AVE" => "AVENUE";
    "AVENUE" => "AVENUE";
    "BD" => "BOULEVARD";
    "BLD" => "BOULEVARD";
    "BOULEVARD" => "BOULEVARD";
    "BVD" => "BOULEVARD";
    "CAR" => "CARREFOUR";
    "CARREFOUR" => "CARREFOUR";
    "CHA" => "CHASSE" | "CHAUSSEE";
    "CHASSE" => "CHASSE";
    "CHAUSSEE" => "CHAUSSEE";
    "CHE" => "CHEMIN";
    "CHEM" => "CHEMIN" | "CHEMINEMENT";
    "CHEMIN" => "CHEMIN";
    "CHEMIN RURAL" => "CHEMIN RURAL";
    "CHEMIN VICINAL" => "CHEMIN VICINAL";
    "CHEMINEMENT" => "CHEMINEMENT";
    "CHS" => "CHAUSSEE";
    "CITE" => "CITE";
    "CLOS" => "CLOS";
    "COL" => "COL" | "COLONEL";
    "COR" => "CORNICHE";
    "CORNICHE" => "CORNICHE";
    "COTE" => "COTE";
    "COUR" => "COUR";
    "COURS" => "COURS";
    "CR" => "CHEMIN RURAL" | "COUR";
    "CRS" => "COURS";
    "CV" => "CHEMIN VICINAL";
    "D" => "ROUTE";
    "DOM" => "DOMAINE";
    "DOMAINE" => "DOMAINE";
    "DSC" => "DESCENTE";
    "DESCENTE" => "DESCENTE";
    "ESP" => "ESPLANADE";
    "ESPLANADE" => "ESPLANADE";
    "FAUBOURG" => "FAUBOURG";
    "FBG" => "FAUBOURG";
    "FG" => "FAUBOURG";
    "GAL" => "GALERIE" | "GENERAL";
    "GALERIE" => "GALERIE";
    "GR" => "GRANDE RUE";
    "GRAND RUE" => "GRANDE RUE";
    "GRANDE RUE" => "GRANDE RUE";
    "HAM" => "HAMEAU";
    "HAMEAU" => "HAMEAU";
    "IMP" => "IMPASSE";
    "IMPASSE" => "IMPASSE";
    "LOT" => "LOTISSEMENT";
    "LOTISSEMENT" => "LOTISSEMENT";
    "MAIL" => "MAIL";
    "MONTEE" => "MONTEE";
    "MTE" => "MONTEE";
    "N" => "ROUTE";
    "PARVIS" => "PARVIS";
    "PAS" => "PASSAGE";
    "PASS" => "PASSAGE" | "PASSE";
    "PASSAGE" => "PASSAGE";
    "PASSE" => "PASSE";
    "PL" => "PLACE";
    "PLA" => "PLACA" | "PLACE";
    "PLACA" => "PLACA";
    "PLACE" => "PLACE";
    "PLACETTE" => "PLACETTE";
    "PORTE" => "PORTE";
    "PRO" => "PROMENADE";
    "PROM" => "PROMENADE";
    "PROMENADE" => "PROMENADE";
    "PRT" => "PETITE ROUTE" | "PORTE";
    "PRV" => "PARVIS";
    "QU" => "QUAI" | "QUARTIER";
    "QUA" => "QUARTIER";
    "QUAI" => "QUAI";
    "QUARTIER" => "QUARTIER";
    "R" => "RUE";
    "RD" => "ROUTE";
    "RES" => "RESIDENCE";
    "RESIDENCE" => "RESIDENCE";
    "RLE" => "RUELLE";
    "RN" => "ROUTE";
    "ROC" => "ROCADE";
    "ROCADE" => "ROCADE";
    "ROND POINT" => "ROND POINT";
    "ROUTE" => "ROUTE";
    "RPT" => "ROND POINT";
    "RTE" => "ROUTE";
    "RUE" => "RUE";
    "RUELLE" => "RUELLE";
    "SEN" => "SENTE" | "SENTIER";
    "SENTE" => "SENTE";
    "SENTIER" => "SENTIER";
    "SQ" => "SQUARE";
    "SQUARE" => "SQUARE";
    "TRA" => "TRAVERSE";
    "TRAVERSE" => "TRAVERSE";
    "VEN" => "VENELLE";
    "VENELLE" => "VENELLE";
    "VGE" => "VILLAGE";
    "VILLA" => "VILLA";
    "VILLAGE" => "VILLAGE";
    "VLA" => "VILLA";
    "VOIE" => "VOIE";
    "ZA" => "ZONE ARTISANALE" | "ZONE D ACTIVITE";
    "ZAC" => "ZONE D AMENAGEMENT CONCERTE";
    "ZI" => "ZONE INDUSTRIELLE";
}

/// The readings of a type as it is written; `None` for a text that is no type.
pub(super) fn readings(written: &str) -> Option<&'static [&'static str]> {
    TYPES.iter().find(|entry| entry.written == written).map(|entry| entry.readings)
}

/// Titles and other words that are shortened inside names, with their full form.
pub(super) static TITLES: &[(&str, &str)] = &[
    ("ADJ", "ADJUDANT"),
    ("AML", "AMIRAL"),
    ("CAP", "CAPITAINE"),
    ("CDT", "COMMANDANT"),
    ("CHAN", "CHANOINE"),
    ("COL", "COLONEL"),
    ("CPT", "CAPITAINE"),
    ("DR", "DOCTEUR"),
    ("GAL", "GENERAL"),
    ("GEN", "GENERAL"),
    ("LT", "LIEUTENANT"),
    ("MAL", "MARECHAL"),
    ("MGR", "MONSEIGNEUR"),
    ("ND", "NOTRE DAME"),
    ("PDT", "PRESIDENT"),
    ("PRES", "PRESIDENT"),
    ("PR", "PROFESSEUR"),
    ("SGT", "SERGENT"),
    ("ST", "SAINT"),
    ("STE", "SAINTE"),
    ("STES", "SAINTES"),
    ("STS", "SAINTS"),
];

/// Numbers in words, as street names have them.
pub(super) static NUMBER_WORDS: &[(&str, u32)] = &[
    ("PREMIER", 1),
    ("PREMIERE", 1),
    ("UN", 1),
    ("DEUX", 2),
    ("TROIS", 3),
    ("QUATRE", 4),
    ("CINQ", 5),
    ("SIX", 6),
    ("SEPT", 7),
    ("HUIT", 8),
    ("NEUF", 9),
    ("DIX", 10),
    ("ONZE", 11),
    ("DOUZE", 12),
    ("TREIZE", 13),
    ("QUATORZE", 14),
    ("QUINZE", 15),
    ("SEIZE", 16),
    ("DIXNEUF", 19),
    ("VINGT", 20),
    ("TRENTE", 30),
];

/// Words that do not distinguish names.
pub(super) static STOP_WORDS: &[&str] =
    &["A", "AU", "AUX", "D", "DE", "DES", "DU", "EN", "ET", "L", "LA", "LE", "LES"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_is_written_out_once() {
        for (index, entry) in TYPES.iter().enumerate() {
            assert!(
                !TYPES[..index].iter().any(|other| other.written == entry.written),
                "{} twice",
                entry.written
            );
            assert!(!entry.readings.is_empty());
        }
        assert_eq!(readings("CR"), Some(&["CHEMIN RURAL", "COUR"][..]));
        assert_eq!(readings("LECLERC"), None);
    }
}
