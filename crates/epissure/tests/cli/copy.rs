//! Copies to PostgreSQL and back, and copies that are killed.

use std::process::Stdio;
use std::time::{Duration, Instant};

use epissure_store_postgres::testing::TestDatabase;
use serde_json::{Value, json};

use crate::harness::{Api, Sandbox, command};

/// Address of a sandbox's database file.
const FILE: &str = "sqlite:epissure-data";

async fn note(api: &Api, ticket: &str, text: &str) {
    let (status, body) = api.post(&format!("/anomalie-adresse/{ticket}/note"), &json!({"text": text})).await;
    assert_eq!(status, 201, "{body}");
}

/// Returns a ticket with its version, without the running durations.
async fn ticket(api: &Api, id: &str) -> Value {
    let (status, mut ticket) = api.get(&format!("/anomalie-adresse/{id}")).await;
    assert_eq!(status, 200, "{ticket}");
    assert!(ticket[0]["@version"].is_string(), "{ticket}");
    ticket[0].as_object_mut().expect("a ticket").retain(|member, _| !member.ends_with("Duration"));
    ticket
}

/// Returns the texts of the notes in the events, in order.
async fn told(api: &Api) -> Vec<String> {
    let (status, events) = api.get("/anomalie-adresse/event?limit=100").await;
    assert_eq!(status, 200, "{events}");
    let events = events.as_array().expect("events").iter();
    events
        .filter_map(|event| {
            Some(event["event"]["text"].as_str().or(event["data"]["text"].as_str())?.to_owned())
        })
        .collect()
}

fn sums(report: &Value) -> Vec<(String, String)> {
    let tables = report["tables"].as_array().expect("tables").iter();
    tables.map(|table| (table["table"].to_string(), table["sha256"].to_string())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_goes_on_on_postgres_as_on_sqlite_and_back() {
    let database = TestDatabase::create().await;
    let url = database.url.as_str();
    let (sandbox, secret) = Sandbox::with_operators();
    sandbox.ok(&["contract", "set", "--oi", "FTEL", "--oc", "SFRA"]);
    let server = sandbox.serve(&[]);
    let old = Api::login(&server.base, "oc", secret).await.expect("a token");
    let first = old.open("1").await.expect("a ticket");
    note(&old, &first, "before").await;
    let before = ticket(&old, &first).await;
    drop(server);

    let report = sandbox.json(&["database", "copy", "--from", FILE, "--to", url, "--json"]);
    assert_eq!((report["resumed"].as_bool(), report["attachments"].as_u64()), (Some(false), Some(0)));
    let head = |on: &[&str]| {
        let said = sandbox.ok(&[&["audit", "verify", "--json"], on].concat());
        serde_json::from_str::<Value>(&said).expect("JSON")["head"].clone()
    };
    assert_eq!(head(&[]), head(&["--database", url]), "the chain of the audit is the same, and whole");

    let server = sandbox.serve(&["--database", url]);
    // The server of the other database issued the token.
    let moved = Api { base: server.base.clone(), ..old.clone() };
    assert_eq!(ticket(&moved, &first).await, before);
    let second = moved.open("2").await.expect("a ticket");
    note(&moved, &second, "after").await;
    let events = told(&moved).await;
    assert_eq!(events, ["before", "after"]);
    drop(server);

    let report = sandbox.json(&["database", "copy", "--from", url, "--to", "sqlite:back.sqlite", "--json"]);
    assert_eq!(report["tables"].as_array().map(Vec::len), Some(19));
    let server = sandbox.serve(&["--database", "sqlite:back.sqlite"]);
    let back = Api { base: server.base.clone(), ..old };
    assert_eq!(ticket(&back, &first).await, before);
    note(&back, &second, "home").await;
    assert_eq!(told(&back).await, ["before", "after", "home"]);
    let checked = sandbox.json(&["database", "check", "--json", "--database", "sqlite:back.sqlite"]);
    assert_eq!((&checked["sound"], &checked["tickets"]), (&json!(true), &json!(2)));
    head(&["--database", "sqlite:back.sqlite"]);
}

/// Inserts tickets whose content is irrelevant.
fn add_tickets(sandbox: &Sandbox, tickets: u32) {
    let connection = rusqlite::Connection::open(sandbox.database()).expect("the database");
    let sql = "
        WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ?)
        INSERT INTO ticket (
            id, version, code_oi, code_oc, type, status, entered, ticket_type, name, size_refs, creation_date,
            last_update_date, acknowledged_done, in_progress_done, pending_done, total_done, refused_done,
            accepted_done, document)
        SELECT 'id-' || n, 'v', 'FTEL', 'SFRA', 't', 'PENDING', n, 'k', 'name ' || n, 1, n, n, 0, 0, 0, 0, 0, 0,
            '{\"text\":\"' || hex(zeroblob(500)) || '\"}'
        FROM counted";
    assert_eq!(connection.execute(sql, [tickets]).expect("added"), tickets as usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_killed_again_and_again_goes_on_and_is_used_by_nobody_before_its_end() {
    let database = TestDatabase::create().await;
    let url = database.url.as_str();
    let (sandbox, _) = Sandbox::with_operators();
    add_tickets(&sandbox, 12_000);
    let copy = ["database", "copy", "--from", FILE, "--to", url, "--json"];
    let arrived = async || {
        let [[rows]] = database.rows("SELECT count(*)::text FROM ticket").await.try_into().expect("a row");
        rows.parse::<u64>().expect("a number")
    };
    let mut last = 0;
    for _ in 0..3 {
        let mut child = command(sandbox.path(), &copy)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary");
        let until = Instant::now() + Duration::from_secs(60);
        while arrived().await <= last {
            assert!(Instant::now() < until && child.try_wait().expect("the process").is_none());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        last = arrived().await;
    }
    assert!(last > 0 && last < 12_000, "killed on the way: {last}");

    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["operator", "add", "VENU", "--name", "Another", "--oc"],
        &["operator", "list"],
        &["database", "copy", "--from", url, "--to", "sqlite:other.sqlite"],
    ] {
        let on: &[&str] = if arguments[0] == "database" { &[] } else { &["--database", url] };
        let said = sandbox.fails(1, &[arguments, on].concat());
        assert!(said.contains("holds an unfinished copy of") && said.contains("database copy"), "{said}");
    }
    let said = sandbox.fails(1, &["database", "copy", "--from", "sqlite:fresh.sqlite", "--to", url]);
    assert!(said.contains("there is no database at"), "{said}");
    sandbox.ok(&["database", "migrate", "--database", "sqlite:fresh.sqlite"]);
    let said = sandbox.fails(1, &["database", "copy", "--from", "sqlite:fresh.sqlite", "--to", url]);
    assert!(
        said.contains("an unfinished copy of") && said.contains("epissure-data/epissure.sqlite"),
        "{said}"
    );

    let report = sandbox.json(&copy);
    assert_eq!(report["resumed"], true);
    let ticket = report["tables"].as_array().expect("tables").iter().find(|table| table["table"] == "ticket");
    let ticket = ticket.expect("tickets");
    assert_eq!(ticket["rows"], 12_000);
    let written = ticket["written"].as_u64().expect("a number");
    assert!(written <= 12_000 - last, "what had arrived is not written again: {written}");
    let whole = sandbox.json(&["database", "copy", "--from", FILE, "--to", "sqlite:beside.sqlite", "--json"]);
    assert_eq!(sums(&report), sums(&whole), "it ends as one that was never killed");
    assert!(sandbox.ok(&["operator", "list", "--database", url]).contains("FTEL"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_in_the_way_of_a_copy_is_told_with_what_to_do_and_without_a_password() {
    let database = TestDatabase::create().await;
    let (user, rest) = database.url.split_once('@').expect("an address with a user");
    let url = format!("{user}:canary-password@{rest}");
    let (sandbox, _) = Sandbox::with_operators();
    let copy = |from: &str, to: &str| {
        let ran = sandbox.run(&["database", "copy", "--from", from, "--to", to, "--log", "debug"]);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("canary"), "{} {}", ran.stdout, ran.stderr);
        (ran.status, ran.stderr + &ran.stdout)
    };
    for (from, to, status, said) in [
        (FILE, FILE, 2, "are both"),
        (FILE, "elsewhere", 2, "--to: `elsewhere` is not the address of a database"),
        ("sqlite:none.sqlite", url.as_str(), 1, "there is no database at"),
        (FILE, "sqlite:no/such/folder.sqlite", 1, "Check that its folder exists"),
        (&url, "sqlite:new.sqlite", 0, "Every table is the same on both sides"),
        (FILE, &url, 0, "Every table is the same on both sides"),
        (FILE, &url, 1, "is not empty"),
        (FILE, &url, 1, "createdb"),
    ] {
        let (ended, told) = copy(from, to);
        assert!(ended == status && told.contains(said), "{from} to {to}: {ended}: {told}");
    }
    let _server = sandbox.serve(&["--database", "sqlite:new.sqlite"]);
    let said = sandbox.fails(1, &["database", "copy", "--from", FILE, "--to", "sqlite:new.sqlite"]);
    assert!(said.contains("is in use") && said.contains("stop its servers"), "{said}");
}
