//! The advice of the integrator's guide, applied literally.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use epissure_testkit::{Api, TestServer, fixtures};
use jiff::SignedDuration;
use serde_json::{Value, json};

const INTEROP: &str = "/api/v2/anomalie-adresse";

/// Runs the guide's program once, and returns the lines that it prints.
async fn keep_up(server: &TestServer, token: &str, state: &Path) -> Vec<(String, String)> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/keep_up.py");
    let mut run = Command::new("python3");
    run.arg(program).arg(&server.base).arg(state).env("EPISSURE_TOKEN", token);
    let run = tokio::task::spawn_blocking(move || run.output()).await.unwrap();
    let run = run.expect("python3, which the guide's example needs, can be run");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let lines = String::from_utf8(run.stdout).unwrap();
    let line = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        (words.next().unwrap(), words.next().unwrap())
    };
    lines.lines().map(line).collect()
}

/// Opens a ticket and changes it until `stop` is set. Returns the last version.
async fn write(oc: Api, server: Arc<TestServer>, stop: Arc<AtomicBool>) -> (String, String) {
    let opened = oc.post(INTEROP, &fixtures::modification()).await.expect(201);
    let id = opened.body["id"].as_str().unwrap().to_owned();
    let mut etag = opened.header("etag").to_owned();
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        // Several writes have the same millisecond.
        if number % 5 == 0 {
            server.clock.advance(SignedDuration::from_millis(1));
        }
        let body = json!({"description": number.to_string()});
        let changed = oc.patch(&format!("{INTEROP}/{id}"), &etag, &body).await.expect(200);
        etag = changed.header("etag").to_owned();
    }
    (id, etag.trim_matches('"').to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_for_keeping_up_loses_no_ticket_and_prints_no_version_twice_under_load() {
    let server = Arc::new(TestServer::start().await);
    let oc = server.login("sfra-oc").await;
    let token = oc.token().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..8).map(|_| tokio::spawn(write(oc.clone(), Arc::clone(&server), Arc::clone(&stop)))).collect();
    let mut printed = Vec::new();
    for _ in 0..5 {
        printed.extend(keep_up(&server, &token, &state).await);
    }
    stop.store(true, Ordering::Relaxed);
    let mut last = HashMap::new();
    for writer in writers {
        let (id, version) = writer.await.unwrap();
        last.insert(id, version);
    }
    printed.extend(keep_up(&server, &token, &state).await);

    let unique: HashSet<_> = printed.iter().collect();
    assert_eq!(unique.len(), printed.len(), "no version is printed twice");
    assert!(printed.len() > last.len(), "changes were printed while they were made");
    for (id, version) in &last {
        assert!(unique.contains(&(id.clone(), version.clone())), "the last version of {id} is printed");
    }
    assert_eq!(keep_up(&server, &token, &state).await, [], "nothing is new");
}

#[tokio::test]
async fn asking_for_what_is_later_than_the_last_date_loses_what_has_the_same_millisecond() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    let first = oc.post(INTEROP, &fixtures::modification()).await.expect(201).body;
    let seen = oc.get(&format!("{INTEROP}?sort=lastUpdateDate")).await.expect(200);
    assert_eq!(seen.body.as_array().unwrap().len(), 1);
    let second = oc.post(INTEROP, &fixtures::modification()).await.expect(201).body;
    let date = first["lastUpdateDate"].as_str().unwrap();
    let ids = async |operator: &str| -> Vec<Value> {
        let found = oc.get(&format!("{INTEROP}?lastUpdateDate[{operator}]={date}")).await.expect(200).body;
        found.as_array().unwrap().iter().map(|ticket| ticket["id"].clone()).collect()
    };
    assert_eq!(ids("gt").await, [] as [Value; 0]);
    assert_eq!(ids("gte").await, [first["id"].clone(), second["id"].clone()]);
}
