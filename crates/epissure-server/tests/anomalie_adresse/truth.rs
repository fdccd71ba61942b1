//! The truth table of the query language, through HTTP and the database.

use std::path::Path;

use epissure_testkit::{Api, TestServer, fixtures};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

use super::INTEROP;

/// Characters that a URL library refuses; encoding them does not change the query.
const RAW: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

fn table(name: &str) -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../epissure-filter/tests/truth").join(name);
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns a server with the table's documents as tickets. Their members become extension members,
/// and their names references.
async fn server() -> (TestServer, Api, Vec<String>) {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    let mut names = Vec::new();
    for row in table("documents.jsonl") {
        let mut body = fixtures::modification();
        body["externalId"] = row["name"].clone();
        body.as_object_mut().unwrap().extend(row["document"].as_object().unwrap().clone());
        oc.post(INTEROP, &body).await.expect(201);
        names.push(row["name"].as_str().unwrap().to_owned());
    }
    (server, oc, names)
}

async fn ask(oc: &Api, query: &str) -> Vec<String> {
    let query = utf8_percent_encode(query, RAW);
    let answer = oc.get(&format!("{INTEROP}?{query}&limit=100&fields=externalId")).await.expect(200);
    let count = oc.head(&format!("{INTEROP}?{query}")).await.expect(200);
    assert_eq!(count.header("x-total-count"), answer.header("x-total-count"), "{query}");
    let tickets = answer.body.as_array().unwrap();
    tickets.iter().map(|ticket| ticket["externalId"].as_str().unwrap().to_owned()).collect()
}

fn listed(names: &Value) -> Vec<String> {
    names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_row_of_the_truth_table_holds_over_http() {
    let (_server, oc, names) = server().await;
    let mut wrong = Vec::new();
    let mut rows = 0;
    for row in table("predicates.jsonl") {
        let Some(query) = row["query"].as_str() else { continue };
        let expected: Vec<String> = match row.get("matches") {
            Some(matches) => names.iter().filter(|name| listed(matches).contains(name)).cloned().collect(),
            None => names.iter().filter(|name| !listed(&row["all_but"]).contains(name)).cloned().collect(),
        };
        let found = ask(&oc, query).await;
        rows += names.len();
        if found != expected {
            wrong.push(format!("{query}: {found:?} instead of {expected:?}"));
        }
    }
    assert!(rows > 600, "{rows} rows");
    assert!(wrong.is_empty(), "{} of {rows} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn every_order_of_the_truth_table_holds_over_http() {
    let (_server, oc, names) = server().await;
    for row in table("sorts.jsonl") {
        let query = row["query"].as_str().unwrap();
        // Equal documents are in the order of their opening, or the reverse if the last key
        // descends.
        let latest_first = query.rsplit(['=', ',']).next().is_some_and(|key| key.starts_with('-'));
        let expected: Vec<String> = row["order"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|group| {
                let group = listed(group);
                let mut equal: Vec<_> = names.iter().filter(|name| group.contains(name)).cloned().collect();
                if latest_first {
                    equal.reverse();
                }
                equal
            })
            .collect();
        assert_eq!(ask(&oc, query).await, expected, "{query}");
    }
}
