//! The traps of real files, one row each: the input, and the right result.
//!
//! Traps 33 and 34 (grouping of findings into tickets, imports held for a person) belong to the
//! loop around the files: its own tests have them.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails, fails")]

use std::io::Cursor;

use epissure_ipe::address::StreetNumber;
use epissure_ipe::corrections::{Correction, correct, is_already};
use epissure_ipe::delta::{DeltaLine, DeltaOptions, compare};
use epissure_ipe::lint::{LintFinding, LintOptions, lint};
use epissure_ipe::matching::{IpeAddress, MatchLevel, ReferenceIndex};
use epissure_ipe::projections::read_point;
use epissure_ipe::sources::ReferenceReader;
use epissure_ipe::{
    BuildingState, IpeColumn, IpeFileName, IpeReader, IpeWriter, change_line, repair_mojibake, zone_of,
};
use epissure_protocol::identifiers::communes::same_commune;
use serde_json::json;

/// The findings of a file on one line, as `code suggestion`; codes that the small header causes are
/// left out.
fn findings(file: &[u8]) -> Vec<String> {
    let mut all = Vec::new();
    let mut keep = |finding: LintFinding| {
        if finding.line.is_some() {
            let suggestion =
                finding.suggestion.map(|suggestion| format!(" {suggestion}")).unwrap_or_default();
            all.push(format!("{}{suggestion}", finding.rule.entry().code));
        }
    };
    lint(file, LintOptions::default(), &mut keep).unwrap();
    all
}

/// The findings of one value.
fn value(column: &str, value: &str) -> Vec<String> {
    findings(format!("IdentifiantImmeuble;{column}\nA1;{value}\n").as_bytes())
}

/// The cells of a column, line by line; `None` for a line that is no row.
fn cells(file: &[u8], column: IpeColumn) -> Vec<Option<String>> {
    let mut reader = IpeReader::new(file).unwrap();
    let mut all = Vec::new();
    while let Some(line) = reader.next_line().unwrap() {
        all.push(line.fault().is_none().then(|| line.text(column).into_owned()));
    }
    all
}

fn republished(file: &[u8]) -> Vec<u8> {
    let mut reader = IpeReader::new(file).unwrap();
    let mut writer = IpeWriter::new(Vec::new(), reader.header()).unwrap();
    while let Some(line) = reader.next_line().unwrap() {
        writer.write_line(&line).unwrap();
    }
    writer.finish().unwrap()
}

fn differences(before: &str, after: &str) -> Vec<String> {
    let mut all = Vec::new();
    let options = DeltaOptions { today: Some(jiff::civil::date(2026, 11, 28)) };
    compare(Cursor::new(before), after.as_bytes(), options, &mut |line| {
        all.push(match line {
            DeltaLine::Added(_) => "added".to_owned(),
            DeltaLine::Changed { columns, .. } => columns.join(","),
            DeltaLine::Removed { departure, .. } => format!("{departure:?}"),
        });
        Ok(())
    })
    .unwrap();
    all
}

fn match_of(ban_rows: &str, ipe_row: &str) -> (MatchLevel, bool, usize) {
    let ban = format!("id;numero;rep;nom_voie;code_insee;lon;lat;source_position\n{ban_rows}");
    let index = ReferenceIndex::read(&mut ReferenceReader::new(ban.as_bytes()).unwrap()).unwrap();
    let ipe = format!(
        "IdentifiantImmeuble;CodeInseeImmeuble;TypeVoieImmeuble;NomVoieImmeuble;NumeroVoieImmeuble;\
         ComplementNumeroVoieImmeuble;TypeProjectionGeographique;CoordonneeImmeubleX;CoordonneeImmeubleY\n{ipe_row}"
    );
    let mut reader = IpeReader::new(ipe.as_bytes()).unwrap();
    let address = IpeAddress::of(&reader.next_line().unwrap().expect("one line")).expect("a row");
    let found = index.find(&address, None);
    (found.level, found.is_evidence(), found.addresses.len())
}

/// Returns whether the line already has what a ticket asks for.
fn already(header: &str, row: &str, issues: &serde_json::Value) -> bool {
    let file = format!("{header}\n{row}\n");
    let mut reader = IpeReader::new(file.as_bytes()).unwrap();
    let line = reader.next_line().unwrap().expect("one line");
    Correction::of_issues(issues.as_object().expect("an object"), 0)
        .iter()
        .all(|correction| is_already(&line, correction))
}

/// The longitude, the latitude and what was remarked about a point.
fn point(label: &str, x: f64, y: f64, insee: &str) -> (f64, f64, u16, bool) {
    let reading = read_point(label, x, y, insee).expect("a position");
    let round = |degrees: f64| (degrees * 1e4).round() / 1e4;
    (round(reading.position.lon), round(reading.position.lat), reading.crs.epsg(), reading.swapped)
}

/// The number of a trap, the right result, the result.
type Trap = (u8, String, String);

fn trap<T: std::fmt::Debug>(number: u8, expected: T, found: T) -> Trap {
    (number, format!("{expected:?}"), format!("{found:?}"))
}

#[test]
fn traps_of_bytes_and_values() {
    let two = "IdentifiantImmeuble;NomVoieImmeuble\n";
    let mixed = [two.as_bytes(), "A1;CHÊNES\n".as_bytes(), b"A2;FOR\xCAT\n", "A3;ÎLE\n".as_bytes()].concat();
    let text = |text: &str| Some(text.to_owned());
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    let wide = "IdentifiantImmeuble;CommuneImmeuble;\nA1;FOIX;\n";
    let narrow = b"IdentifiantImmeuble;CommuneImmeuble;EtatImmeuble\nA1;FOIX;CIBLE\nA2;FOIX\nA3;FOIX;CIBLE\n";
    let open = b"IdentifiantImmeuble;TypeVoieImmeuble;NomVoieImmeuble;NumeroVoieImmeuble\nA1;RUE;\"LES PINS;3\nA2;RUE;DES PINS;4\n";
    let number = |text: &str| StreetNumber::parse(text).unwrap();
    let all = [
        trap(1, vec![text("CHÊNES"), text("FORÊT"), text("ÎLE")], cells(&mixed, IpeColumn::NomVoieImmeuble)),
        trap(1, codes(&["row-encoding"]), findings(&mixed)),
        trap(2, text("ALLéE DES RUCHèRES"), repair_mojibake("ALLÃ©E DES RUCHÃ¨RES")),
        trap(2, codes(&["mojibake ALLéE DES RUCHèRES"]), value("NomVoieImmeuble", "ALLÃ©E DES RUCHÃ¨RES")),
        trap(
            3,
            vec![text("FOIX")],
            cells(
                b"\xef\xbb\xbf\"IdentifiantImmeuble\";CommuneImmeuble\nA1;FOIX\n",
                IpeColumn::CommuneImmeuble,
            ),
        ),
        trap(4, vec![None, text("DES PINS")], cells(open, IpeColumn::NomVoieImmeuble)),
        trap(4, codes(&["unbalanced-quote"]), findings(open)),
        trap(5, vec![text("FOIX")], cells(wide.as_bytes(), IpeColumn::CommuneImmeuble)),
        trap(5, wide.as_bytes().to_vec(), republished(wide.as_bytes())),
        trap(6, vec![text("CIBLE"), None, text("CIBLE")], cells(narrow, IpeColumn::EtatImmeuble)),
        trap(6, codes(&["row-width"]), findings(narrow)),
        trap(7, (StreetNumber::NotAssigned, StreetNumber::Unknown), (number("0"), number(""))),
        trap(8, (StreetNumber::Group(166, 170), StreetNumber::One(1214)), (number("166170"), number("1214"))),
        trap(8, codes(&[]), value("NumeroVoieImmeuble", "166170")),
        trap(9, codes(&["number-suffix 12;B"]), value("NumeroVoieImmeuble", "12B")),
        trap(10, codes(&["insee-format 01053"]), value("CodeInseeImmeuble", "1053")),
        trap(10, codes(&[]), value("CodeInseeImmeuble", "2A004")),
        trap(10, codes(&["insee-format 62002"]), value("CodeInseeImmeuble", "62002.0")),
        trap(11, codes(&["spreadsheet-number"]), value("CodeAdresseImmeuble", "5.7669E+10")),
        trap(18, codes(&["date-format"]), value("DateCablageAdresse", "20230230")),
        trap(18, codes(&["date-format"]), value("DateCablageAdresse", "00000000")),
        trap(18, codes(&["date-format 20240101"]), value("DateCablageAdresse", "45292")),
        trap(19, Some(BuildingState::OnDemandDeploying), BuildingState::parse("RAD EN COURS DE DEPLOIEMENT")),
        trap(19, Some(BuildingState::Deployed), BuildingState::parse("déployé")),
        trap(
            20,
            codes(&["state-agreement"]),
            value("EtatImmeuble;AccordGestionnaireImmeubleNecessaire", "SIGNE;N"),
        ),
        trap(29, (true, true), (same_commune("20004", "2A004"), same_commune("75101", "75056"))),
    ];
    for (number, expected, found) in all {
        assert_eq!(found, expected, "trap {number}");
    }
}

#[test]
fn traps_of_points() {
    let all = [
        trap(12, (2.3522, 48.8566, 3857, false), point("WGS84", 261_845.71, 6_250_564.35, "75056")),
        trap(13, 5490, point("", 656_674.77, 1_796_154.42, "97105").2),
        trap(14, (1.47, 43.04, 4326, false), point("WGS84", 1.47, 43.04, "09001")),
        trap(14, (1.47, 43.04, 4326, true), point("WGS84", 43.04, 1.47, "09001")),
    ];
    for (number, expected, found) in all {
        assert_eq!(found, expected, "trap {number}");
    }
    let columns = "CodeInseeImmeuble;TypeProjectionGeographique;CoordonneeImmeubleX;CoordonneeImmeubleY";
    assert_eq!(value(columns, "09001;WGS84;1,47;43,04"), [""; 0], "trap 14: a decimal comma");
    assert_eq!(value(columns, "09001;WGS84;43.04;1.47"), ["coordinates-swapped 1.47;43.04"], "trap 14");

    let header = "IdentifiantImmeuble;CodeInseeImmeuble;TypeProjectionGeographique;CoordonneePMX;CoordonneePMY;CoordonneeImmeubleX;CoordonneeImmeubleY";
    let file = format!("{header}\nA1;09001;RGF93;575000.00;6216000.00;575100.00;6216100.00\n");
    let mut reader = IpeReader::new(file.as_bytes()).unwrap();
    let line = reader.next_line().unwrap().expect("one line");
    let issues =
        json!({"building.geographicLocations": {"value": [{"x": 1.47, "y": 43.04, "type": "WGS84"}]}});
    let corrections = Correction::of_issues(issues.as_object().expect("an object"), 0);
    let corrected = correct(&line, &corrections, jiff::civil::date(2026, 11, 28), line.encoding());
    let mut bytes = Vec::new();
    change_line(&line, &corrected.changes, line.encoding(), &mut bytes).unwrap();
    let expected = "A1;09001;RGF93;575000.00;6216000.00;575224.85;6216840.19\n";
    assert_eq!(String::from_utf8(bytes).unwrap(), expected, "trap 15");
}

#[test]
fn traps_of_files_and_tickets() {
    let pair = |first: &str, second: &str| {
        let header = "IdentifiantImmeuble;CodeAdresseImmeuble;BatimentImmeuble";
        findings(format!("{header}\nA1;0900122AB3;{first}\nA2;0900122AB3;{second}\n").as_bytes())
    };
    let header = "IdentifiantImmeuble;EtatImmeuble;DateDerniereModification\n";
    let operators = "CodeOI;IdentifiantImmeuble;EtatImmeuble\n";
    let zone = |name: &str| {
        let file = "IdentifiantImmeuble;TypeZone\nA1;\n";
        let mut reader = IpeReader::new(file.as_bytes()).unwrap();
        zone_of(&reader.next_line().unwrap().expect("one line"), IpeFileName::parse(name).as_ref())
    };
    let none: Vec<String> = Vec::new();
    let city = json!({"building.address.city": {"value": "FOIX"}});
    let blank = json!({"building.name": {"toBlank": true}});
    let all = [
        trap(16, none.clone(), pair("BAT A", "BAT B")),
        trap(16, vec!["duplicate-address".to_owned()], pair("", "")),
        trap(
            17,
            none.clone(),
            differences(
                &format!("{operators}OI01;A1;CIBLE\nOI02;A1;SIGNE\n"),
                &format!("{operators}OI02;A1;SIGNE\nOI01;A1;CIBLE\n"),
            ),
        ),
        trap(
            21,
            vec!["Announced".to_owned()],
            differences(&format!("{header}A1;ABANDONNE;20260828\n"), header),
        ),
        trap(
            21,
            vec!["Unannounced".to_owned()],
            differences(&format!("{header}A1;DEPLOYE;20260828\n"), header),
        ),
        trap(
            22,
            none,
            differences(&format!("{header}A1;CIBLE;20260828\n"), &format!("{header}A1;CIBLE;20261128\n")),
        ),
    ];
    for (number, expected, found) in all {
        assert_eq!(found, expected, "trap {number}");
    }
    assert!(already("IdentifiantImmeuble;CommuneImmeuble", "A1;Foix", &city), "trap 23");
    assert!(already("IdentifiantImmeuble;BatimentImmeuble", "A1;", &blank), "trap 24");
    assert_eq!(
        zone("OP_FIBA_PM_IPEZTD_V30_20210419.csv"),
        Some(epissure_protocol::codes::Zone::Ztd),
        "trap 32"
    );
    assert_eq!(zone("export.csv"), None, "trap 32");
}

#[test]
fn traps_of_matching() {
    use MatchLevel::{Ambiguous, None, Review, Sure};
    let both = "x;12;b;Rue du Bac;09122;;;\ny;12;bis;Rue du Bac;09122;;;\n";
    let hamlets = "x;5;;Route de Poilly;45252;2.6000;47.7000;\ny;5;;Route de Poilly;45252;2.6120;47.7000;\n";
    for (number, ban, ipe, level, evidence, addresses) in [
        (25, "x;3;;Cour du Moulin;09122;;;\n", "A1;09122;CR;DU MOULIN;3;;;;\n", Review, false, 1),
        (
            26,
            "x;3;;Avenue du Général Leclerc;09122;;;\n",
            "A1;09122;AV;DU GAL LECLERC;3;;;;\n",
            Sure,
            true,
            1,
        ),
        (26, "x;3;;Route de Gyronde;09122;;;\n", "A1;09122;RTE;DE GYR;3;;;;\n", None, false, 0),
        (27, "x;3;;Rue du Bac;09122;;;arcep\n", "A1;09122;RUE;DU BAC;3;;;;\n", Sure, false, 1),
        (28, both, "A1;09122;RUE;DU BAC;12;B;;;\n", Ambiguous, false, 2),
        (29, "x;3;;Rue Fesch;2A004;;;\n", "A1;20004;RUE;FESCH;3;;;;\n", Sure, true, 1),
        (30, hamlets, "A1;45252;RTE;DE POILLY;5;;WGS84;2.6121;47.7000\n", Sure, true, 1),
    ] {
        assert_eq!(match_of(ban, ipe), (level, evidence, addresses), "trap {number}");
    }

    let bal = "id_ban_adresse;commune_insee;toponyme;numero;position\n;09122;Les Planes;99999;segment\n;09122;Rue du Bac;12;entrée\n";
    let mut reader = ReferenceReader::new(bal.as_bytes()).unwrap();
    let numbers = [reader.next_address(), reader.next_address()]
        .map(|address| address.unwrap().expect("an address").number);
    assert_eq!(numbers, [StreetNumber::NotAssigned, StreetNumber::One(12)], "trap 31");
}
