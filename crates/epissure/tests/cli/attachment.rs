use std::fs;

use serde_json::{Value, json};

use crate::harness::Sandbox;

const DRAWING: &str = "<svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>";
const SCRIPT: &str = "<svg xmlns='http://www.w3.org/2000/svg' onload='a()'/>";

/// Creates a folder with files that a server would accept, and others.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let folder = sandbox.path().join("plans/lot 2");
    fs::create_dir_all(&folder).expect("a folder");
    for (name, content) in [
        ("plans/a.csv", "numero;voie\n12;rue du Bac\n"),
        ("plans/b.svg", DRAWING),
        ("plans/lot 2/c.SVG", SCRIPT),
        ("plans/notes.txt", "a note"),
        ("plans/lot 2/vide.pdf", ""),
    ] {
        fs::write(sandbox.path().join(name), content).expect("written");
    }
    sandbox
}

#[test]
fn files_are_checked_by_the_rules_of_a_server_without_one() {
    let sandbox = sandbox();
    let text = sandbox.ok(&["attachment", "check", "plans/a.csv", "plans/b.svg"]);
    insta::assert_snapshot!("attachment-validated", text);
    // No data folder was created.
    assert!(!sandbox.path().join("epissure-data").exists());
}

#[test]
fn folders_are_walked_and_a_rejected_file_fails_the_command() {
    let sandbox = sandbox();
    let ran = sandbox.run(&["attachment", "check", "plans"]);
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!("attachment-rejected", ran.stdout);
    assert_eq!(ran.stderr, "error: 2 of 4 files would not be accepted\n");
}

#[test]
fn programs_get_every_file_with_its_verdict_in_the_words_of_the_contract() {
    let sandbox = sandbox();
    let ran = sandbox.run(&["attachment", "check", "--json", "plans", "plans/notes.txt"]);
    assert_eq!(ran.status, 1);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["validated"], 2);
    assert_eq!(report["rejected"], 3);
    assert_eq!(report["skipped"], 1);
    let files = report["files"].as_array().expect("files");
    let seen: Vec<_> = files.iter().map(|file| (&file["file"], &file["status"], &file["reason"])).collect();
    let expected = [
        (json!("plans/a.csv"), json!("VALIDATED"), Value::Null),
        (json!("plans/b.svg"), json!("VALIDATED"), Value::Null),
        (json!("plans/lot 2/c.SVG"), json!("REJECTED"), json!("SCRIPT")),
        (json!("plans/lot 2/vide.pdf"), json!("REJECTED"), json!("EMPTY")),
        // Named explicitly, instead of found in a folder.
        (json!("plans/notes.txt"), json!("REJECTED"), json!("EXTENSION")),
    ];
    assert_eq!(
        seen,
        expected.iter().map(|(file, status, reason)| (file, status, reason)).collect::<Vec<_>>()
    );
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let ran = Sandbox::new().run(&["attachment", "check", "plan.pdf"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.starts_with("error: plan.pdf cannot be read: "), "{}", ran.stderr);
}
