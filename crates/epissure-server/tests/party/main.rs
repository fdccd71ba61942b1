//! The Party Management API over HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

mod bad_input;
mod conditions;
mod contract;
mod fields;
mod filters;
mod isolation;
mod lists;
mod logs;
mod operators;
mod scenario;

use epissure_testkit::fixtures::directory;
use epissure_testkit::{Answer, Api, TestServer};
use serde_json::Value;

/// The base path of the API.
const MOUNT: &str = "/united-way/party-management/v1";
/// The collection of organizations.
const ORGANIZATIONS: &str = "/united-way/party-management/v1/organization";
/// The collection of individuals.
const INDIVIDUALS: &str = "/united-way/party-management/v1/individual";
/// An identifier without a resource.
const NOBODY: &str = "22e61758-924d-4ad7-b259-e4fcb1ea8808";

/// Creates an individual, and returns its path.
async fn create(api: &Api, body: &Value) -> String {
    let answer = api.post(INDIVIDUALS, body).await.expect(201);
    format!("{INDIVIDUALS}/{}", answer.body["id"].as_str().unwrap())
}

/// Returns a server, a client of SFRA, and the path of an individual of SFRA: the example of the
/// Party page.
async fn jack() -> (TestServer, Api, String) {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let path = create(&api, &directory::jack()).await;
    (server, api, path)
}

/// Asserts status, code and a part of the message. Errors of the gateway have a number as code,
/// errors of the API a string (the Party page).
#[track_caller]
fn refused(answer: &Answer, status: u16, code: u16, says: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    let by_the_gateway = matches!(status, 401 | 403) || matches!(code, 25 | 26);
    let expected = if by_the_gateway { Value::from(code) } else { Value::from(code.to_string()) };
    assert_eq!(answer.body["code"], expected, "{}", answer.text);
    assert_eq!(answer.body.get("@type").is_some(), !by_the_gateway, "{}", answer.text);
    assert!(answer.text.contains(says), "`{says}` is not in {}", answer.text);
    for leak in ["SELECT", "sqlite", "/home", "panicked", "src/"] {
        assert!(!answer.text.contains(leak), "`{leak}` is in {}", answer.text);
    }
}

/// Returns one member of each item of a list.
fn each<'a>(answer: &'a Answer, member: &str) -> Vec<&'a str> {
    answer.body.as_array().unwrap().iter().map(|party| party[member].as_str().unwrap_or_default()).collect()
}
