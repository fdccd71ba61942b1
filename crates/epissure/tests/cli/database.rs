use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::harness::{Api, Sandbox};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
fn data_is_for_its_owner_only() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["database", "migrate"]);
    assert_eq!(mode(&sandbox.path().join("epissure-data")), 0o700);
    sandbox.ok(&["database", "backup", "copy.sqlite"]);
    assert_eq!(mode(&sandbox.path().join("copy.sqlite")), 0o600);
    // Also in a folder that the command did not create.
    sandbox.ok(&["database", "migrate", "--database", "sqlite:elsewhere.sqlite"]);
    assert_eq!(mode(&sandbox.path().join("elsewhere.sqlite")), 0o600);
}

#[test]
fn a_check_counts() {
    let (sandbox, _) = Sandbox::with_operators();
    let checked = sandbox.json(&["database", "check", "--json"]);
    assert_eq!(checked["sound"], true);
    assert_eq!((checked["operators"].as_u64(), checked["clients"].as_u64()), (Some(2), Some(2)));
    assert_eq!((checked["contracts"].as_u64(), checked["tickets"].as_u64()), (Some(0), Some(0)));
    // Each operator is also an organization.
    assert_eq!((checked["organizations"].as_u64(), checked["individuals"].as_u64()), (Some(2), Some(0)));
    let shown = sandbox.ok(&["database", "check"]);
    assert!(shown.contains("sound") && shown.contains("operators      2"), "{shown}");
}

#[test]
fn what_is_no_database_or_is_damaged_is_told() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path().join("text"), "this is a letter, not a database; ".repeat(100))
        .expect("written");
    assert!(
        sandbox
            .fails(1, &["operator", "list", "--database", "sqlite:text"])
            .contains("is not a database of epissure")
    );
    assert!(
        sandbox
            .fails(1, &["database", "migrate", "--database", "sqlite:no/such/folder.sqlite"])
            .contains("cannot be opened")
    );

    let (sandbox, _) = Sandbox::with_operators();
    sandbox.ok(&["database", "backup", "copy.sqlite"]);
    let copy = sandbox.path().join("copy.sqlite");
    let mut bytes = fs::read(&copy).expect("the copy");
    let length = bytes.len();
    assert!(length > 5 * 16_384);
    bytes[3 * 16_384..length - 16_384].fill(0x5a);
    fs::write(&copy, bytes).expect("written");
    sandbox.fails(1, &["database", "check", "--database", "sqlite:copy.sqlite"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path().join("file"), "").expect("written");
    let said = sandbox.fails(1, &["serve", "--listen", "127.0.0.1:0", "--data", "file/data"]);
    assert!(said.contains("cannot be made") && said.contains("--data"), "{said}");
}

#[test]
fn a_database_of_a_newer_version_is_not_touched() {
    let (sandbox, _) = Sandbox::with_operators();
    let connection = rusqlite::Connection::open(sandbox.database()).expect("the database");
    connection
        .execute(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (999, 'later', '2030-01-01T00:00:00Z', '1')",
            [],
        )
        .expect("written");
    drop(connection);
    for arguments in
        [&["operator", "list"][..], &["serve", "--listen", "127.0.0.1:0"], &["database", "migrate"]]
    {
        let said = sandbox.fails(1, arguments);
        assert!(said.contains("written by a newer version of epissure"), "{said}");
    }
}

#[test]
fn a_backup_does_not_overwrite() {
    let (sandbox, _) = Sandbox::with_operators();
    fs::write(sandbox.path().join("precious"), "kept").expect("written");
    assert!(sandbox.fails(1, &["database", "backup", "precious"]).contains("not overwritten"));
    assert_eq!(fs::read_to_string(sandbox.path().join("precious")).expect("read"), "kept");
    assert!(sandbox.fails(1, &["database", "backup", "no/folder"]).contains("cannot be created"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_under_load_holds_what_was_acknowledged_before_it() {
    let (sandbox, secret) = Sandbox::with_operators();
    let server = sandbox.serve(&["--log", "warn,epissure=info"]);
    let api = Api::login(&server.base, "oc", secret).await.expect("a token");
    let mut before = Vec::new();
    for number in 0..50 {
        before.push(api.open(&format!("before-{number}")).await.expect("a ticket"));
    }
    let writing = {
        let api = api.clone();
        tokio::spawn(async move {
            for number in 0.. {
                api.open(&format!("during-{number}")).await;
            }
        })
    };
    for copy in ["one.sqlite", "two.sqlite", "three.sqlite"] {
        sandbox.ok(&["database", "backup", copy]);
    }
    writing.abort();
    drop(server);

    let url = "sqlite:three.sqlite";
    let checked = sandbox.json(&["database", "check", "--json", "--database", url]);
    assert_eq!(checked["sound"], true);
    assert!(checked["tickets"].as_u64() >= Some(50), "{checked}");
    let restored = sandbox.serve(&["--database", url]);
    let api = Api::login(&restored.base, "oc", secret).await.expect("a token");
    for id in before {
        assert_eq!(api.get(&format!("/anomalie-adresse/{id}")).await.0, 200);
    }
}
