//! Differences of two files, and the memory that they take.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails, fails")]

use std::io::Cursor;

use epissure_ipe::IpeColumn;
use epissure_ipe::delta::{DeltaLine, DeltaOptions, DeltaSummary, compare};

const HEADER: &str = "IdentifiantImmeuble;CommuneImmeuble;EtatImmeuble;DateDerniereModification\n";

fn differences(before: &str, after: &str) -> (Vec<String>, DeltaSummary) {
    let mut seen = Vec::new();
    let id = IpeColumn::IdentifiantImmeuble;
    let options = DeltaOptions { today: Some(jiff::civil::date(2026, 11, 28)) };
    let summary = compare(Cursor::new(before), after.as_bytes(), options, &mut |line| {
        seen.push(match line {
            DeltaLine::Added(after) => format!("+{}", after.text(id)),
            DeltaLine::Changed { before, after, columns } => {
                assert_eq!(before.text(id), after.text(id));
                format!("~{} {}", after.text(id), columns.join(","))
            }
            DeltaLine::Removed { before, departure } => {
                format!("-{} {departure:?} line {}", before.text(id), before.number())
            }
        });
        Ok(())
    })
    .unwrap();
    (seen, summary)
}

#[test]
fn lines_are_paired_by_identifier_whatever_their_order() {
    let before = format!("{HEADER}A1;FOIX;CIBLE;20260101\nA2;FOIX;CIBLE;20260101\nA3;FOIX;CIBLE;20260101\n");
    let after = format!("{HEADER}A4;FOIX;CIBLE;20260201\nA3;FOIX;DEPLOYE;20260201\nA1;FOIX;CIBLE;20260201\n");
    let (seen, summary) = differences(&before, &after);
    assert_eq!(
        seen,
        ["+A4", "~A3 EtatImmeuble,DateDerniereModification", "-A2 Unannounced line 3"],
        "the day of last change alone is no change"
    );
    assert_eq!((summary.added, summary.changed, summary.unchanged, summary.removed), (1, 1, 1, 1));
}

#[test]
fn writing_and_columns_do_not_count() {
    let before = format!("{HEADER}A1;FORÊT;CIBLE;20260101\n");
    let after = b"\"Note\";CommuneImmeuble;DATE_DERNIERE_MODIFICATION;IdentifiantImmeuble;\r\nx;\"FOR\xCAT\";20260101;A1;\r\n";
    let mut changes = 0;
    let summary = compare(Cursor::new(before), &after[..], DeltaOptions::default(), &mut |_| {
        changes += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!((changes, summary.unchanged), (0, 1));
    assert_eq!(summary.columns_lost, ["EtatImmeuble"]);
    assert_eq!(summary.columns_added, ["Note"]);
}

#[test]
fn a_line_in_quotes_is_the_line_without() {
    let before = format!("{HEADER}A1;FOIX;CIBLE;20260101\nA2;\"FOIX;VILLE\";CIBLE;20260101\n");
    let after = format!("{HEADER}\"A1\";\"FOIX\";CIBLE;20260301\nA2;\"FOIX;VILLE\";\"CIBLE\";20260301\n");
    let (seen, summary) = differences(&before, &after);
    assert_eq!((seen.len(), summary.unchanged), (0, 2));
    let moved = format!("{HEADER}A2;FOIX;\"VILLE;CIBLE\";20260101\n");
    let (seen, _) = differences(&format!("{HEADER}A2;\"FOIX;VILLE\";CIBLE;20260101\n"), &moved);
    assert_eq!(seen, ["~A2 CommuneImmeuble,EtatImmeuble"], "a separator in a cell is no limit of cells");
}

#[test]
fn an_abandoned_line_leaves_after_three_months() {
    let before =
        format!("{HEADER}A1;FOIX;ABANDONNE;20260828\nA2;FOIX;ABANDONNE;20261001\nA3;FOIX;DEPLOYE;20200101\n");
    let (seen, _) = differences(&before, HEADER);
    assert_eq!(seen, ["-A1 Announced line 2", "-A2 Early line 3", "-A3 Unannounced line 4"]);
}

#[test]
fn repeated_identifiers_are_paired_by_content_first() {
    let before = format!("{HEADER}A1;FOIX;CIBLE;1\nA1;PAMIERS;CIBLE;1\n");
    let after =
        format!("{HEADER}A1;PAMIERS;CIBLE;1\nA1;FOIX;DEPLOYE;1\nA1;VERNIOLLE;CIBLE;1\nbad\n;FOIX;CIBLE;1\n");
    let (seen, summary) = differences(&before, &after);
    assert_eq!(seen, ["~A1 EtatImmeuble", "+A1"]);
    assert_eq!((summary.unchanged, summary.unread_after), (1, 2));
}

#[test]
fn the_same_identifier_of_two_operators_is_two_buildings() {
    let header = "CodeOI;IdentifiantImmeuble;CommuneImmeuble\n";
    let before = format!("{header}ARTD;A1;FOIX\nVENU;A1;FOIX\n");
    let after = format!("{header}VENU;A1;FOIX\n");
    let (seen, summary) = differences(&before, &after);
    assert_eq!(seen, ["-A1 Unannounced line 2"]);
    assert_eq!(summary.unchanged, 1);
}
