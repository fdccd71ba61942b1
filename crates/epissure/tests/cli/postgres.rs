//! The verbs on a PostgreSQL database.

use std::time::Duration;

use epissure_store_postgres::testing::TestDatabase;

use crate::harness::{Api, Sandbox};

/// Adds a password to the address; a server with trust authentication ignores it.
fn with_password(url: &str) -> String {
    let (user, rest) = url.split_once('@').expect("an address with a user");
    format!("{user}:canary-password@{rest}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_verb_takes_a_database_on_a_server_and_never_shows_its_password() {
    let database = TestDatabase::create().await;
    database.batch("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    let sandbox = Sandbox::new();
    let url = with_password(&database.url);
    let on = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--database", &url, "--log", "debug"]);
        let ran = sandbox.run(&all);
        assert!(
            !ran.stdout.contains("canary") && !ran.stderr.contains("canary"),
            "{} {}",
            ran.stdout,
            ran.stderr
        );
        ran
    };
    let refused = on(&["operator", "list"]);
    assert!(
        refused.status == 1 && refused.stderr.contains("it has no tables of epissure"),
        "{}",
        refused.stderr
    );
    for arguments in [
        &["database", "migrate"][..],
        &["operator", "add", "FTEL", "--name", "An OI", "--oi"],
        &["operator", "add", "SFRA", "--name", "An OC", "--oc"],
        &["client", "add", "--operator", "SFRA", "--role", "oc", "--id", "oc", "--quiet"],
        &["contract", "set", "--oi", "FTEL", "--oc", "SFRA", "--bulk-limit", "5"],
        &["operator", "list"],
        &["client", "list"],
        &["contract", "list"],
        &["ticket", "due", "--within", "3d"],
    ] {
        let ran = on(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {}", ran.stderr);
    }
    let checked = on(&["database", "check"]);
    assert!(
        checked.stdout.contains("schema") && checked.stdout.contains("operators      2"),
        "{}",
        checked.stdout
    );
    let copied = on(&["database", "backup", "copy"]);
    assert!(copied.status == 2 && copied.stderr.contains("pg_dump"), "{}", copied.stderr);
    assert!(!sandbox.path().join("copy").exists());
    assert!(!sandbox.database().exists(), "no other database is made beside");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_index_of_texts_is_made_when_it_is_asked_for() {
    let database = TestDatabase::create().await;
    let sandbox = Sandbox::new();
    let migrate = || sandbox.run(&["database", "migrate", "--gin", "--database", &database.url]);
    let made = migrate();
    assert!(made.status == 0 && made.stdout.contains("The index ticket_by_text is made"), "{}", made.stderr);
    let again = migrate();
    assert!(again.status == 0 && again.stdout.contains("is there already"), "{}", again.stderr);
    let refused = sandbox.run(&["database", "migrate", "--gin"]);
    assert!(refused.status == 2 && refused.stderr.contains("has no such index"), "{}", refused.stderr);
    assert!(!sandbox.database().exists(), "and nothing is made");
}

#[test]
fn a_server_that_does_not_answer_is_told_with_what_to_do() {
    let sandbox = Sandbox::new();
    let url = "postgres://me:canary@127.0.0.1:1/epissure";
    let said = sandbox.fails(1, &["serve", "--listen", "127.0.0.1:0", "--database", url]);
    assert!(said.contains("the database postgres://me@127.0.0.1:1/epissure cannot be used"), "{said}");
    assert!(said.contains("PGPASSFILE") && !said.contains("canary"), "{said}");
    let said =
        sandbox.fails(2, &["operator", "list", "--database", "postgres://me:canary@h/e?sslmode=perhaps"]);
    assert!(said.contains("sslmode") && !said.contains("canary"), "{said}");
}

/// A client that follows the events of one server receives those of the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_on_one_database_are_one() {
    let database = TestDatabase::create().await;
    let sandbox = Sandbox::new();
    let on = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--database", &database.url]);
        sandbox.ok(&all)
    };
    on(&["operator", "add", "FTEL", "--name", "An OI", "--oi"]);
    on(&["operator", "add", "SFRA", "--name", "An OC", "--oc"]);
    let secret = on(&["client", "add", "--operator", "SFRA", "--role", "oc", "--id", "oc", "--quiet"]);
    let servers = [0, 1].map(|_| sandbox.serve(&["--database", &database.url]));
    let first = Api::login(&servers[0].base, "oc", secret.trim_end()).await.expect("a token");
    let second = Api { base: servers[1].base.clone(), ..first.clone() };
    let ticket = first.open("1").await.expect("opened");
    assert_eq!(second.get(&format!("/anomalie-adresse/{ticket}")).await.0, 200, "a token is good at both");

    let request = second.http.get(format!("{}/anomalie-adresse/event", second.base));
    let mut stream = request
        .bearer_auth(&second.token)
        .header("accept", "text/event-stream")
        .send()
        .await
        .expect("a stream");
    let note = serde_json::json!({"text": "to be heard"});
    let request = first.http.post(format!("{}/anomalie-adresse/{ticket}/note", first.base));
    let added = request.bearer_auth(&first.token).json(&note).send().await.expect("an answer");
    assert_eq!(added.status(), 201);
    let mut heard = String::new();
    while !heard.contains("to be heard") {
        let more = tokio::time::timeout(Duration::from_secs(10), stream.chunk()).await.expect("soon");
        heard.push_str(&String::from_utf8_lossy(&more.expect("readable").expect("it goes on")));
    }

    on(&["client", "revoke", "oc"]);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    for api in [first, second] {
        assert_eq!(api.get("/anomalie-adresse").await.0, 401, "what is revoked is refused everywhere");
    }
}
