//! Planted faults: each is found on its line, and no other error is reported.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails, fails")]

use std::collections::{BTreeMap, BTreeSet};

use epissure_ipe::lint::{LintFinding, LintOptions, LintRule, RULES, lint, name_buildings};
use epissure_ipe::sample::{PLANTABLE, PlantedFault, SampleLayout, SampleOptions, write_sample};
use epissure_protocol::identifiers::Severity;

fn options() -> LintOptions {
    LintOptions { today: Some(jiff::civil::date(2026, 11, 27)) }
}

fn sample(options: &SampleOptions) -> (Vec<u8>, Vec<PlantedFault>) {
    let (mut file, mut planted) = (Vec::new(), Vec::new());
    write_sample(&mut file, options, &mut |fault| planted.push(fault)).unwrap();
    (file, planted)
}

fn findings(file: &[u8]) -> Vec<LintFinding> {
    let mut all = Vec::new();
    let report = lint(file, options(), &mut |finding| all.push(finding)).unwrap();
    assert_eq!(report.counts().map(|(_, count)| count).sum::<u64>(), all.len() as u64);
    all
}

/// A file in each manner that partners write.
fn manners() -> Vec<SampleOptions> {
    let base = SampleOptions { lines: 20_000, faults_per_thousand: 200, ..SampleOptions::default() };
    vec![
        base.clone(),
        SampleOptions { seed: 2, layout: SampleLayout::V20, crlf: false, ..base.clone() },
        SampleOptions {
            seed: 3,
            layout: SampleLayout::V3,
            bom: true,
            trailing_separator: true,
            ..base.clone()
        },
        SampleOptions { seed: 4, windows_1252: true, ..base.clone() },
        SampleOptions { seed: 5, quoted: true, ..base },
    ]
}

#[test]
fn every_planted_fault_is_found_and_no_other_error_is_reported() {
    let mut figures: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for options in manners() {
        let (file, planted) = sample(&options);
        let found = findings(&file);
        let found_at: BTreeSet<(u64, LintRule)> =
            found.iter().filter_map(|finding| Some((finding.line?, finding.rule))).collect();
        for fault in &planted {
            let figure = figures.entry(fault.rule.entry().code).or_default();
            figure[0] += 1;
            figure[1] += u64::from(found_at.contains(&(fault.line, fault.rule)));
            assert!(found_at.contains(&(fault.line, fault.rule)), "{fault:?} in {options:?}");
        }
        let planted_at: BTreeSet<(u64, LintRule)> =
            planted.iter().map(|fault| (fault.line, fault.rule)).collect();
        let lines: BTreeSet<u64> = planted.iter().map(|fault| fault.line).collect();
        for finding in &found {
            let Some(line) = finding.line else { continue };
            let message = format!("{finding:?}: {}", finding.sentence());
            // A fault may contradict other cells of its own line, which is a warning and never an
            // error.
            assert!(lines.contains(&line), "on a line without fault: {message}");
            let is_error = finding.severity() == Severity::Error;
            assert!(!is_error || planted_at.contains(&(line, finding.rule)), "another error: {message}");
        }
    }
    let codes: BTreeSet<&str> = PLANTABLE.iter().map(|rule| rule.entry().code).collect();
    assert_eq!(figures.keys().copied().collect::<BTreeSet<_>>(), codes, "every rule was planted");
    for (code, [planted, found]) in figures {
        println!("{code}: {planted} planted, {found} found");
    }
}

#[test]
fn every_rule_on_lines_can_be_planted() {
    let other = ["column-missing", "column-unknown", "pm-premises-unchecked"];
    for entry in RULES {
        assert_eq!(PLANTABLE.contains(&entry.rule), !other.contains(&entry.code), "{}", entry.code);
    }
}

#[test]
fn a_file_without_fault_has_no_finding() {
    for options in manners() {
        let (file, _) = sample(&SampleOptions { faults_per_thousand: 0, lines: 3_000, ..options });
        assert_eq!(findings(&file), []);
    }
}

#[test]
fn the_same_options_give_the_same_file() {
    let options = SampleOptions { faults_per_thousand: 100, ..SampleOptions::default() };
    assert_eq!(sample(&options), sample(&options));
    assert_ne!(sample(&options).0, sample(&SampleOptions { seed: 2, ..options }).0);
}

#[test]
fn findings_of_the_whole_file_are_completed_by_a_second_pass() {
    let rules = vec![LintRule::DuplicateBuilding];
    let options = SampleOptions { faults_per_thousand: 20, rules, ..SampleOptions::default() };
    let (file, planted) = sample(&options);
    let mut found = findings(&file);
    assert!(!found.is_empty() && found.iter().all(|finding| finding.building.is_none()));
    name_buildings(&file[..], &mut found).unwrap();
    for (finding, fault) in found.iter().zip(&planted) {
        assert_eq!(finding.building.as_ref(), Some(&fault.building));
    }
}
