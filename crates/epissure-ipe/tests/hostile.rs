//! Files from partners may hold anything: nothing panics, and nothing is lost.

use std::io::Cursor;

use epissure_ipe::address::{StreetName, StreetNumber, Suffix};
use epissure_ipe::delta::{DeltaOptions, compare};
use epissure_ipe::lint::{LintOptions, lint};
use epissure_ipe::sources::{ArcepReader, CrosswalkReader, ReferenceReader};
use epissure_ipe::{
    ArchiveLimits, Header, IpeFileName, IpeReader, MAX_LINE, ReadError, TableArchive, parse_day,
    parse_decimal, repair_mojibake,
};
use proptest::prelude::*;

/// Headers that lead to every reader.
const HEADERS: [&str; 4] = [
    "IdentifiantImmeuble;CodeInseeImmeuble;CodePostalImmeuble;CommuneImmeuble;CodeAdresseImmeuble;NumeroVoieImmeuble;ReferencePM;NombreLogementsPM;NombreLogementsAdresseIPE;TypeProjectionGeographique;CoordonneeImmeubleX;CoordonneeImmeubleY;CodeBAN\n",
    "id;numero;rep;nom_voie;code_insee;lon;lat;x;y\n",
    "x,y,imb_id,num_voie,type_voie,nom_voie,code_insee,imb_etat\n",
    "imb_code;addr_code;addr_source;imb_x;imb_y\n",
];

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        prop::sample::select(vec![
            ";", ",", "\"", "\n", "\r\n", "09122", "E+10", "é", "Ã©", "12B", "20230230", "WGS84", "-1.5",
            "\u{fffd}"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(body in bytes(), header in 0..=HEADERS.len()) {
        let header = HEADERS.get(header).copied().unwrap_or_default();
        let file = [header.as_bytes(), &body].concat();
        let _ = lint(&file[..], LintOptions::default(), &mut |finding| {
            assert!(finding.sentence().chars().count() < 400);
            assert!(serde_json::to_string(&finding).is_ok());
        });
        let _ = compare(Cursor::new(&file), &file[..], DeltaOptions::default(), &mut |_| Ok(()));
        if let Ok(mut reader) = ReferenceReader::new(&file[..]) {
            while let Ok(Some(_)) = reader.next_address() {}
        }
        if let Ok(mut reader) = ArcepReader::new(&file[..]) {
            while let Ok(Some(_)) = reader.next_building() {}
        }
        if let Ok(mut reader) = CrosswalkReader::new(&file[..]) {
            while let Ok(Some(_)) = reader.next_row() {}
        }
        if let Ok(mut archive) = TableArchive::open(Cursor::new(&body), ArchiveLimits::default()) {
            while let Ok(Some(_)) = archive.next_member() {}
        }
    }

    #[test]
    fn a_file_compared_with_itself_has_no_difference(body in bytes()) {
        let file = [HEADERS[0].as_bytes(), &body].concat();
        let mut differences = 0;
        let compared = compare(Cursor::new(&file), &file[..], DeltaOptions::default(), &mut |_| {
            differences += 1;
            Ok(())
        });
        prop_assert!(compared.is_ok());
        prop_assert_eq!(differences, 0);
    }

    #[test]
    fn any_text_is_folded_and_compared(left in "\\PC{0,40}", right in "\\PC{0,40}") {
        let (first, second) = (StreetName::of_text(&left), StreetName::of_parts(&left, &right));
        prop_assert_eq!(first.compare(&second), second.compare(&first), "a comparison has no direction");
        let _ = (StreetNumber::parse(&left), Suffix::parse(&left), IpeFileName::parse(&left), repair_mojibake(&left));
        let _ = (parse_day(&left), parse_decimal(&left), Header::parse(left.as_bytes()));
    }
}

#[test]
fn files_that_are_no_tables_are_refused_with_a_reason() {
    let long = [b"IdentifiantImmeuble\n".to_vec(), vec![b'a'; 3 * MAX_LINE]].concat();
    let refused = |file: &[u8]| {
        let mut reader = IpeReader::new(file)?;
        while reader.next_line()?.is_some() {}
        Ok::<(), ReadError>(())
    };
    for (file, expected) in [
        (&b""[..], "The file is empty: its first line must hold the names of the columns."),
        (b"\r\n\r\n", "The file is empty: its first line must hold the names of the columns."),
        (b"\xff\xfeI\0d\0", "The file is in UTF-16: save it as CSV in UTF-8."),
        (
            b"%PDF-1.7\0\0\n",
            "The file is not text: give the CSV file itself, a zip of CSV files, or a gzip of one.",
        ),
        (
            b"nom;prenom\n",
            "The header has no column IdentifiantImmeuble: give an IPE file with its line of names.",
        ),
        (&long, "Line 2 is longer than 1048576 bytes: a line end or a closing quote is missing."),
    ] {
        assert_eq!(refused(file).expect_err("no table").to_string(), expected);
    }
}
