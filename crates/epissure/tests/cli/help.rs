use std::fs;
use std::path::Path;

use crate::harness::Sandbox;

const VERBS: &[&[&str]] = &[
    &[],
    &["demo"],
    &["serve"],
    &["operator"],
    &["operator", "add"],
    &["operator", "list"],
    &["client"],
    &["client", "add"],
    &["client", "list"],
    &["client", "rotate"],
    &["client", "revoke"],
    &["contract"],
    &["contract", "set"],
    &["contract", "list"],
    &["events"],
    &["events", "list"],
    &["events", "attempts"],
    &["events", "resend"],
    &["events", "enable"],
    &["events", "disable"],
    &["events", "rotate"],
    &["events", "accept"],
    &["events", "received"],
    &["party"],
    &["party", "import"],
    &["attachment"],
    &["attachment", "check"],
    &["audit"],
    &["audit", "verify"],
    &["audit", "export"],
    &["database"],
    &["database", "migrate"],
    &["database", "check"],
    &["database", "backup"],
    &["database", "copy"],
];

#[test]
fn every_verb_explains_itself() {
    let sandbox = Sandbox::new();
    for verb in VERBS {
        let mut arguments = verb.to_vec();
        arguments.push("--help");
        let help = sandbox.ok(&arguments);
        let name = if verb.is_empty() { "epissure".to_owned() } else { verb.join("-") };
        insta::assert_snapshot!(format!("help-{name}"), help);
        // What does something shows how.
        assert!(help.contains("Commands:") || help.contains("Example:"), "{name}");
    }
}

#[test]
fn help_does_not_show_what_the_environment_holds() {
    let shown = Sandbox::new().run_with(
        &["client", "add", "--help"],
        &[("EPISSURE_CLIENT_SECRET", "hidden"), ("EPISSURE_DATA", "hidden")],
    );
    assert!(shown.stdout.contains("EPISSURE_CLIENT_SECRET") && !shown.stdout.contains("hidden"));
}

#[test]
fn the_version_is_told() {
    assert_eq!(Sandbox::new().ok(&["--version"]), format!("epissure {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_reference_is_what_the_binary_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let said = Sandbox::new().ok(&["generate-cli-reference"]);
    assert!(
        fs::read_to_string(&page).unwrap_or_default() == said,
        "docs/cli.md is out of date: cargo run generate-cli-reference > docs/cli.md"
    );
}

#[test]
fn a_command_line_that_cannot_be_read_is_a_usage_error() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["sing"][..],
        &["serve", "--loud"],
        &["serve", "--listen", "8080"],
        &["serve", "--base-url", "oi.example"],
        &["serve", "--token-lifetime", "3600"],
        &["serve", "--token-quota", "0"],
        &["serve", "--body-limit", "1"],
        &["serve", "--log", "info,=,"],
        &["operator", "add", "ftel", "--name", "x", "--oi"],
        &["operator", "add", "FTEL", "--oi"],
        &["client", "add", "--operator", "FTEL", "--role", "boss"],
        &["client", "add", "--operator", "FTEL", "--role", "oi", "--quiet", "--json"],
        &["contract", "set", "--oi", "FTEL", "--oc", "SFRA", "--answer-delay", "soon"],
        &["operator", "list", "--database", "postgres://localhost/epissure?sslmode=perhaps"],
        &["operator", "list", "--database", "mysql://localhost/epissure"],
        &["demo", "--database", "sqlite:x"],
    ] {
        sandbox.fails(2, arguments);
    }
    assert_eq!(fs::read_dir(sandbox.path()).expect("the folder").count(), 0, "nothing was made");
}
