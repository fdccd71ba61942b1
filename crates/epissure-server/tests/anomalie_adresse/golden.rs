//! The sample of the Orange page, member for member.

use epissure_testkit::TestServer;
use reqwest::Method;
use serde_json::{Value, json};

use super::{INTEROP, ORANGE};

/// "Get an AnomalieAdresse by id", response body.
fn sample() -> Value {
    serde_json::from_str(include_str!("orange_sample.json")).unwrap()
}

async fn server_with_the_sample() -> TestServer {
    let server = TestServer::start().await;
    let oc = server.login("artd-oc").await;
    server.entropy.plan(&["22e61758-924d-4ad7-b259-e4fcb1ea8808", "a6b22c4a-8e16-41d0-beac-c5a4e1f0fdc9"]);
    let body = json!({
        "@type": "AnomalieAdresse.modification",
        "name": "MLE",
        "description": "test MLE",
        "code_oi": "ARTD",
        "code_oc": "ARTD",
        "relatedEntity": [
            {"id": "IMB/09001/X/000E", "@referredType": "Building"},
            {"id": "IMB/09001/X/000Q", "@referredType": "Building"}
        ],
        "issues": {"building.pm.id": {"description": "toto", "value": "test"}}
    });
    // The request has an identifier, so that the planned identifiers are used for the ticket.
    let opened =
        oc.send(Method::POST, ORANGE, &[("x-oapi-request-id", "sample")], Some(&body)).await.expect(201);
    assert_eq!(opened.header("etag"), "\"a6b22c4a-8e16-41d0-beac-c5a4e1f0fdc9\"");
    assert_eq!(
        opened.header("location"),
        format!("{}{ORANGE}/22e61758-924d-4ad7-b259-e4fcb1ea8808", server.base)
    );
    server
}

#[tokio::test]
async fn the_sample_of_the_orange_page_is_reproduced_member_for_member() {
    let server = server_with_the_sample().await;
    let oc = server.login("artd-oc").await;
    let answer = oc.get(&format!("{ORANGE}/22e61758-924d-4ad7-b259-e4fcb1ea8808")).await.expect(200);
    assert_eq!(answer.header("x-result-count"), "1");
    assert_eq!(answer.header("x-total-count"), "1");
    assert_eq!(answer.body, sample());

    let order = |value: &Value| value[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(order(&answer.body), order(&sample()), "members come in the sample's order");
}

#[tokio::test]
async fn the_same_ticket_in_the_interop_dialect() {
    let server = server_with_the_sample().await;
    let oc = server.login("artd-oc").await;
    let answer = oc.get(&format!("{INTEROP}/22e61758-924d-4ad7-b259-e4fcb1ea8808")).await.expect(200);
    let body = answer.text.replace(&server.base, "http://oi.example");
    let body: Value = serde_json::from_str(&body).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).unwrap());
}

#[tokio::test]
async fn an_expired_token_is_answered_as_the_orange_page_says() {
    let server = server_with_the_sample().await;
    let oc = server.login("artd-oc").await;
    server.clock.advance(jiff::SignedDuration::from_secs(3600));
    let answer = oc.get(ORANGE).await.expect(401);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.body,
        json!({
            "code": 42,
            "message": "Expired credentials",
            "description": "The requested service needs credentials, and the ones provided were out-of-date."
        })
    );
}
