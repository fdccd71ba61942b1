use std::fs;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Api, Sandbox};

const SOON: Duration = Duration::from_secs(30);
const BOUNDARY: &str = "a-boundary-of-the-tests";

/// Attaches a file to a ticket. Returns the server's response.
async fn attach(api: &Api, ticket: &str, name: &str, file: &str) -> (u16, Value) {
    let said = serde_json::json!({"name": name});
    let form = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"attachment\"\r\n\r\n{said}\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n{file}\r\n\
         --{BOUNDARY}--\r\n"
    );
    let address = format!("{}/anomalie-adresse/{ticket}/attachment", api.base);
    let request = api.http.post(address).bearer_auth(&api.token).body(form);
    let request = request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), response.json().await.expect("JSON"))
}

/// Waits until an attachment has another status than those given.
async fn settled(api: &Api, path: &str, passing: &[&str]) -> Value {
    let settled = async {
        loop {
            let (_, attachment) = api.get(path).await;
            if !passing.contains(&attachment["status"].as_str().unwrap_or_default()) {
                return attachment;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, settled).await.expect("the end of the check")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_checks_what_arrives_and_a_database_is_checked_with_its_files() {
    let (sandbox, secret) = Sandbox::with_operators();
    let server = sandbox.serve(&["--attachment-limit", "64KiB"]);
    let api = Api::login(&server.base, "oc", secret).await.expect("a token");
    let ticket = api.open("1").await.expect("a ticket");
    let (status, added) = attach(&api, &ticket, "a.csv", "a;b\n").await;
    assert_eq!(status, 201, "{added}");
    let path = format!("/anomalie-adresse/{ticket}/attachment/{}", added["id"].as_str().expect("an id"));
    assert_eq!(settled(&api, &path, &["PENDING"]).await["status"], "VALIDATED");
    assert_eq!(attach(&api, &ticket, "b.csv", &"a".repeat(65 * 1024)).await.0, 413);

    let checked = sandbox.json(&["database", "check", "--json"]);
    assert_eq!(
        (&checked["attachments"], &checked["attachmentsLost"]),
        (&1.into(), &Value::Array(Vec::new()))
    );
    let said = sandbox.ok(&["database", "backup", "copy.sqlite"]);
    assert!(said.contains("copy ./epissure-data/attachments too"), "{said}");
    fs::remove_dir_all(sandbox.path().join("epissure-data/attachments/sha256")).expect("removed");
    let said = sandbox.fails(1, &["database", "check"]);
    assert!(said.contains("1 attachments have no content in ./epissure-data/attachments"), "{said}");
    assert!(said.contains(added["id"].as_str().expect("an id")), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_check_was_killed_is_checked_by_the_next_server() {
    let (sandbox, secret) = Sandbox::with_operators();
    // A daemon that accepts a connection and never responds.
    let silent = UnixListener::bind(sandbox.path().join("clamd.ctl")).expect("a socket");
    let address = format!("unix:{}", sandbox.path().join("clamd.ctl").display());
    let mut server = sandbox.serve(&["--clamd", &address, "--attachments", "elsewhere"]);
    let api = Api::login(&server.base, "oc", secret).await.expect("a token");
    let ticket = api.open("1").await.expect("a ticket");
    let (_, added) = attach(&api, &ticket, "a.csv", "a;b\n").await;
    let asked = tokio::task::spawn_blocking(move || silent.accept());
    tokio::time::timeout(SOON, asked).await.expect("asked").expect("no panic").expect("a connection");
    server.signal("KILL");
    server.wait(SOON);

    // Make the check due at once: a claimed check is due again only after five minutes.
    let database = rusqlite::Connection::open(sandbox.database()).expect("the database");
    assert_eq!(database.execute("UPDATE attachment SET due = 0 WHERE attempts = 1", []).expect("written"), 1);
    let server = sandbox.serve(&["--attachments", "elsewhere"]);
    let api = Api::login(&server.base, "oc", secret).await.expect("a token");
    let path = format!("/anomalie-adresse/{ticket}/attachment/{}", added["id"].as_str().expect("an id"));
    assert_eq!(settled(&api, &path, &["PENDING"]).await["status"], "VALIDATED");
    assert!(!sandbox.path().join("epissure-data/attachments").exists());
    let left = fs::read_dir(sandbox.path().join("elsewhere/incoming")).expect("a folder").count();
    assert_eq!(left, 0, "nothing is left where it arrived");
}

#[test]
fn a_place_or_an_antivirus_that_cannot_be_is_told() {
    let sandbox = Sandbox::new();
    let said = sandbox.fails(2, &["serve", "--listen", "127.0.0.1:0", "--attachments", "s3://"]);
    assert!(said.contains("s3://bucket/prefix"), "{said}");
    let said = sandbox.fails(2, &["serve", "--clamd", "127.0.0.1:3310"]);
    assert!(said.contains("tcp:host:port"), "{said}");
    fs::write(sandbox.path().join("a-file"), "").expect("written");
    let said = sandbox.fails(1, &["serve", "--listen", "127.0.0.1:0", "--attachments", "a-file"]);
    assert!(said.contains("the folder a-file cannot be used for attachments"), "{said}");
}
