use std::fs;
use std::path::Path;

use crate::harness::Sandbox;

#[test]
fn help_does_not_show_what_the_environment_holds() {
    let shown = Sandbox::new().run_with(
        &["client", "add", "--help"],
        &[("EPISSURE_CLIENT_SECRET", "hidden"), ("EPISSURE_DATA", "hidden")],
    );
    assert!(shown.stdout.contains("EPISSURE_CLIENT_SECRET") && !shown.stdout.contains("hidden"));
}

#[test]
fn the_version_is_printed() {
    assert_eq!(Sandbox::new().ok(&["--version"]), format!("epissure {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_reference_is_up_to_date() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let printed = Sandbox::new().ok(&["generate-cli-reference"]);
    assert!(
        fs::read_to_string(&page).unwrap_or_default() == printed,
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

#[test]
fn an_identifier_never_comes_from_the_environment() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["operator", "add", "FTEL", "--name", "Example", "--oi"]);
    sandbox.ok(&["client", "add", "--operator", "FTEL", "--role", "oi", "--id", "ftel-oi"]);
    let ran = sandbox.run_with(&["client", "revoke"], &[("EPISSURE_CLIENT_ID", "ftel-oi")]);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    let clients: serde_json::Value =
        serde_json::from_str(&sandbox.ok(&["client", "list", "--json"])).expect("JSON");
    assert!(clients[0].get("revoked").is_none_or(serde_json::Value::is_null), "{clients}");
}

#[test]
fn completions_and_manual_pages_are_generated() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(sandbox.ok(&["completions", shell]).contains("epissure"), "{shell}");
    }
    assert!(sandbox.ok(&["man"]).starts_with(".ie"), "{}", sandbox.ok(&["man"]));
    let folder = sandbox.path().join("man");
    sandbox.ok(&["man", "--to", &folder.display().to_string()]);
    assert!(folder.join("epissure-client-revoke.1").exists());
}
