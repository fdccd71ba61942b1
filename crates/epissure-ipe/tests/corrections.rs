//! Corrections of closed tickets.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails, fails")]

use epissure_ipe::corrections::{
    Corrected, Correction, CorrectionProblem, added_building, correct, created_line,
};
use epissure_ipe::{CellProblem, IpeColumn, IpeReader, LineStyle, RowEncoding, change_line, new_line};
use serde_json::{Value, json};

const HEADER: &str = "IdentifiantImmeuble;CodeVoieRivoliImmeuble;CodeInseeImmeuble;CodePostalImmeuble;CommuneImmeuble;CodeAdresseImmeuble;TypeVoieImmeuble;NomVoieImmeuble;NumeroVoieImmeuble;ComplementNumeroVoieImmeuble;BatimentImmeuble;NombreLogementsAdresseIPE;ReferencePM;DateDerniereModification;TypeProjectionGeographique;CoordonneePMX;CoordonneePMY;CoordonneeImmeubleX;CoordonneeImmeubleY;CodeHexacleVoie;CodeBAN\n";
const LINE: &str = "A1;0010;09001;09240;Aigues Juntes;0900122AB3;RUE;DU BAC;12;B;BAT A;4;FI-09001-000A;20250101;RGF93;575000.00;6216000.00;575100.00;6216100.00;0900122AB0;09001_0010_00012\n";

fn corrected(line: &str, issues: &Value, index: usize) -> (Corrected, String) {
    let file = format!("{HEADER}{line}");
    let mut reader = IpeReader::new(file.as_bytes()).unwrap();
    let line = reader.next_line().unwrap().expect("one line");
    let corrections = Correction::of_issues(issues.as_object().expect("an object"), index);
    let corrected = correct(&line, &corrections, jiff::civil::date(2026, 11, 28), RowEncoding::Utf8);
    let mut bytes = Vec::new();
    change_line(&line, &corrected.changes, RowEncoding::Utf8, &mut bytes).unwrap();
    (corrected, String::from_utf8(bytes).unwrap())
}

#[test]
fn each_key_changes_its_own_cells_and_the_day() {
    let point = json!([{"x": 1.47, "y": 43.04, "type": "WGS84"}]);
    for (key, value, before, after) in [
        ("building.name", json!(["BAT B"]), "BAT A", "BAT B"),
        ("building.address.streetNr", json!(["14"]), ";12;", ";14;"),
        ("building.address.streetNrSuffix", json!(["ter"]), ";B;", ";T;"),
        ("building.address.code_hexacle", json!(["0900122AB4"]), "0900122AB3", "0900122AB4"),
        ("building.address.code_ban", json!(["09001_0010_00014"]), "09001_0010_00012", "09001_0010_00014"),
        ("building.address.city", json!("FOIX"), "Aigues Juntes", "FOIX"),
        ("building.address.postcode", json!("09000"), "09240", "09000"),
        ("building.address.streetName", json!("DE LA FORÊT"), "DU BAC", "DE LA FORÊT"),
        ("building.address.streetType", json!("AVENUE"), "RUE", "AVENUE"),
        ("building.address.code_insee", json!("09122"), ";09001;", ";09122;"),
        ("building.address.code_hexacle_voie", json!("0900122AC0"), "0900122AB0", "0900122AC0"),
        ("building.address.code_rivoli", json!("0020"), "A1;0010;", "A1;0020;"),
        ("building.pm.id", json!("FI-09001-000B"), "FI-09001-000A", "FI-09001-000B"),
        ("building.housingsNumber", json!(5), ";4;", ";5;"),
        ("building.geographicLocations", point, "575100.00;6216100.00", "575224.85;6216840.19"),
    ] {
        let (result, line) = corrected(LINE, &json!({key: {"value": value}}), 0);
        assert_eq!(result.problems, [], "{key}");
        assert_eq!(line, LINE.replace(before, after).replace("20250101", "20261128"), "{key}");
    }
}

#[test]
fn an_array_has_one_value_for_each_building() {
    let issues =
        json!({"building.name": {"value": ["BAT X", "BAT Y"]}, "building.address.city": {"value": "FOIX"}});
    let (_, second) = corrected(LINE, &issues, 1);
    assert!(second.contains(";BAT Y;") && second.contains(";FOIX;"));
    let (third, line) = corrected(LINE, &json!({"building.name": {"value": ["BAT X"]}}), 2);
    assert_eq!(third.problems, [("building.name".to_owned(), CorrectionProblem::NoValue)]);
    assert_eq!(line, LINE, "nothing changes, not even the day");
}

#[test]
fn a_cell_is_blanked_where_the_contract_allows() {
    let (_, line) = corrected(LINE, &json!({"building.name": {"toBlank": true}}), 0);
    assert_eq!(line, LINE.replace("BAT A", "").replace("20250101", "20261128"));
    let (result, _) = corrected(LINE, &json!({"building.address.city": {"toBlank": true}}), 0);
    assert!(matches!(result.problems[..], [(_, CorrectionProblem::Form { .. })]));
}

#[test]
fn a_value_that_the_file_cannot_carry_waits_and_the_others_do_not() {
    for (value, problem) in [
        ("RUE;X", CellProblem::Separator { column: IpeColumn::NomVoieImmeuble, separator: ';' }),
        ("RUE \"X\"", CellProblem::Quote { column: IpeColumn::NomVoieImmeuble }),
        ("RUE\nX", CellProblem::Control { column: IpeColumn::NomVoieImmeuble }),
        ("=HYPERLINK(X)", CellProblem::Formula { column: IpeColumn::NomVoieImmeuble, first: '=' }),
    ] {
        let issues = json!({"building.address.streetName": {"value": value}, "building.address.city": {"value": "FOIX"}});
        let (result, line) = corrected(LINE, &issues, 0);
        let key = "building.address.streetName".to_owned();
        assert_eq!(result.problems, [(key, CorrectionProblem::Cell(problem))]);
        assert!(line.contains(";FOIX;") && line.contains(";DU BAC;"));
    }
    let file = [HEADER.as_bytes(), b"A1;;09122;09000;FOR\xCAT", &b";".repeat(16)[..], b"\n"].concat();
    let mut reader = IpeReader::new(&file[..]).unwrap();
    let line = reader.next_line().unwrap().expect("one line");
    let issues = json!({"building.address.streetName": {"value": "ČAPEK"}});
    let corrections = Correction::of_issues(issues.as_object().expect("an object"), 0);
    let result = correct(&line, &corrections, jiff::civil::date(2026, 11, 28), RowEncoding::Utf8);
    let encoding = RowEncoding::Windows1252;
    let problem = CellProblem::Encoding { column: IpeColumn::NomVoieImmeuble, character: 'Č', encoding };
    assert_eq!(result.problems[0].1, CorrectionProblem::Cell(problem));
}

#[test]
fn another_spelling_is_a_change_but_the_same_letters_are_none() {
    let (result, line) = corrected(LINE, &json!({"building.address.city": {"value": "AIGUES-JUNTES"}}), 0);
    assert_eq!(result.already, [""; 0]);
    assert!(line.contains(";AIGUES-JUNTES;"));
    let issues = json!({
        "building.address.city": {"value": "Aigues Juntes"},
        "building.address.streetNrSuffix": {"value": ["bis"]},
        "building.geographicLocations": {"value": [{"x": 575_100, "y": 6_216_100, "type": "RFG93"}]},
    });
    let (result, line) = corrected(LINE, &issues, 0);
    assert_eq!(result.already.len(), 3, "{result:?}");
    assert_eq!(line, LINE, "nothing changes, not even the day");
}

#[test]
fn a_line_in_ascii_has_the_encoding_of_its_file() {
    let file = format!("{HEADER}{LINE}");
    let mut reader = IpeReader::new(file.as_bytes()).unwrap();
    let line = reader.next_line().unwrap().expect("one line");
    let issues = json!({"building.address.streetName": {"value": "ČAPEK"}});
    let corrections = Correction::of_issues(issues.as_object().expect("an object"), 0);
    let day = jiff::civil::date(2026, 11, 28);
    assert_eq!(correct(&line, &corrections, day, RowEncoding::Utf8).problems, []);
    assert_eq!(correct(&line, &corrections, day, RowEncoding::Windows1252).problems.len(), 1);
}

#[test]
fn a_point_follows_the_system_of_the_line() {
    let issues = json!({"building.geographicLocations": {"value": {"x": 1.47, "y": 43.04, "type": "WGS84"}}});
    let points = "RGF93;575000.00;6216000.00;575100.00;6216100.00";
    for (row, expected) in [
        // The label WGS84 over metres: Web Mercator, as the PM shows.
        (
            "WGS84;163000.00;5318000.00;163100.00;5318100.00",
            "WGS84;163000.00;5318000.00;163639.65;5318062.24",
        ),
        ("WGS84;1.46;43.03;1.46;43.03", "WGS84;1.46;43.03;1.4700000;43.0400000"),
        ("RGF93;;;;", "RGF93;;;575224.85;6216840.19"),
        (";575000,00;6216000,00;;", ";575000,00;6216000,00;575224,85;6216840,19"),
        (";;;;", "RGF93;;;575224.85;6216840.19"),
    ] {
        let line = LINE.replace(points, row);
        let (result, corrected) = corrected(&line, &issues, 0);
        assert_eq!(result.problems, [], "{row}");
        let found = corrected.split(';').skip(14).take(5).collect::<Vec<_>>().join(";");
        let close = |left: &str, right: &str| {
            let number = |text: &str| text.replace(',', ".").parse::<f64>();
            left == right
                || number(left).is_ok_and(|left| number(right).is_ok_and(|right| (left - right).abs() < 0.01))
        };
        assert!(
            found.split(';').zip(expected.split(';')).all(|(left, right)| close(left, right)),
            "{found}, {expected}"
        );
    }
    let (result, _) = corrected(&LINE.replace("RGF93", "LAMBERT"), &issues, 0);
    assert_eq!(result.problems[0].1, CorrectionProblem::Unprojectable);
    let other = json!({"building.geographicLocations": {"value": [{"x": 1.0, "y": 2.0, "type": "NTF"}]}});
    let (result, _) = corrected(LINE, &other, 0);
    assert!(matches!(result.problems[0].1, CorrectionProblem::UnknownProjection { .. }));
}

#[test]
fn a_creation_makes_a_line_with_what_is_known() {
    let building = json!({
        "name": "BAT C", "type": "IMMEUBLE", "newConstruction": true, "housingsNumber": 12,
        "address": {"code_insee": "09001", "postcode": "09240", "city": "AIGUES JUNTES", "streetType": "RUE",
                    "streetName": "NEUVE", "streetNr": "3", "streetNrSuffix": "bis"},
        "geographicLocation": [{"x": 1.47, "y": 43.04, "type": "WGS84"}],
    });
    let building = building.as_object().expect("an object");
    let file = format!("{HEADER}{LINE}");
    let mut reader = IpeReader::new(file.as_bytes()).unwrap();
    let header = reader.header().clone();
    let day = jiff::civil::date(2026, 11, 28);
    let (cells, problems) =
        created_line(&header, building, "IMB/09001/X/00ZZ", "ARTD", day, RowEncoding::Utf8);
    assert_eq!(problems, []);
    let mut bytes = Vec::new();
    new_line(&header, &cells, LineStyle::of_header(&header), &mut bytes).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "IMB/09001/X/00ZZ;;09001;09240;AIGUES JUNTES;;RUE;NEUVE;3;B;BAT C;12;;20261128;RGF93;;;575224.85;6216840.19;;\n"
    );

    let beside = reader.next_line().unwrap().expect("one line");
    let building = json!({"name": "BAT D", "type": "IMMEUBLE", "newConstruction": false});
    let (cells, _) =
        added_building(&beside, building.as_object().expect("an object"), "A9", day, RowEncoding::Utf8);
    let mut bytes = Vec::new();
    new_line(&header, &cells, LineStyle::of_header(&header), &mut bytes).unwrap();
    let line = String::from_utf8(bytes).unwrap();
    assert!(
        line.starts_with("A9;0010;09001;09240;Aigues Juntes;0900122AB3;RUE;DU BAC;12;B;BAT D;;;20261128;"),
        "{line}"
    );
}
