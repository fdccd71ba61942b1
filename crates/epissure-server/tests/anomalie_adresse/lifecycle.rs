//! Life cycles of tickets: sequences that the matrix does not cover.

use epissure_testkit::{TestServer, fixtures};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Case, ORANGE, one_ticket};

#[tokio::test]
async fn a_whole_life_keeps_its_history_and_its_durations() {
    let (server, mut case) = one_ticket().await;
    let wait = |seconds| server.clock.advance(SignedDuration::from_secs(seconds));
    wait(10);
    case.qualify().await;
    wait(20);
    case.by_oi(&json!({
        "status": "PENDING", "statusChangeReason": "WAITING_INFORMATION", "statusChangeDetails": "A photo of the door"
    }))
    .await
    .expect(200);
    wait(40);
    case.by_oc(&json!({"status": "ACKNOWLEDGED", "statusChangeReason": "INFORMATION_PROVIDED"}))
        .await
        .expect(200);
    wait(80);
    // The OI has qualified the ticket before, so its values remain.
    case.by_oi(&json!({"status": "IN_PROGRESS"})).await.expect(200);
    wait(160);
    case.resolve().await;
    wait(320);
    case.by_oc(&json!({
        "status": "ACKNOWLEDGED", "statusChangeReason": "RESOLUTION_REFUSED", "statusChangeDetails": "Still wrong"
    }))
    .await
    .expect(200);
    wait(640);
    case.by_oi(&json!({"status": "IN_PROGRESS"})).await.expect(200);
    wait(1280);
    case.resolve().await;
    // A token is valid for an hour.
    wait(100);
    let closed = case
        .by_oc(&json!({"status": "CLOSED", "statusChangeReason": "RESOLUTION_ACCEPTED"}))
        .await
        .expect(200);
    wait(100);

    let body = closed.text.replace(&server.base, "http://oi.example");
    let mut body: Value = serde_json::from_str(&body).unwrap();
    for member in ["id", "@version", "href"] {
        body[member] = json!(format!("[{member}]"));
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).unwrap());
    assert_eq!(
        case.oc.get(&case.path).await.body["totalDuration"],
        body["totalDuration"],
        "no clock runs any more"
    );
}

#[tokio::test]
async fn open_durations_run_to_now_in_both_dialects() {
    let (server, case) = one_ticket().await;
    server.clock.advance(SignedDuration::from_secs(90));
    let interop = case.oi.get(&case.path).await.expect(200).body;
    assert_eq!(interop["acknowledgedDuration"], 90);
    assert_eq!(interop["totalDuration"], 90);
    let id = interop["id"].as_str().unwrap();
    let orange = case.oi.get(&format!("{ORANGE}/{id}")).await.expect(200).body;
    assert_eq!(orange[0]["acknowledgedDuration"], 90);
    assert_eq!(orange[0]["totalPendingDuration"], 0);
    assert!(orange[0].get("totalDuration").is_none());
}

#[tokio::test]
async fn a_ticket_that_was_qualified_is_never_rejected() {
    let (_server, mut case) = one_ticket().await;
    let reject = json!({"status": "REJECTED", "statusChangeReason": "UNKNOWN_ZONE"});
    case.qualify().await;
    case.by_oi(&json!({
        "status": "PENDING", "statusChangeReason": "WAITING_INFORMATION", "statusChangeDetails": "Which door?"
    }))
    .await
    .expect(200);
    case.by_oc(&json!({"status": "ACKNOWLEDGED", "statusChangeReason": "INFORMATION_PROVIDED"}))
        .await
        .expect(200);
    let answer = case.by_oi(&reject).await.expect(403);
    assert!(
        answer.body["message"].as_str().unwrap().contains("can no longer be REJECTED"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn complexity_goes_from_simple_to_complex_once() {
    let (_server, mut case) = one_ticket().await;
    case.qualify().await;
    let requalify = |complexity: &str, zone: &str| {
        json!({
            "status": "IN_PROGRESS",
            "statusChangeReason": "REQUALIFIED",
            "statusChangeDetails": "Field work is needed",
            "expectedResolutionDate": "2025-02-04T12:00:00Z",
            "complexity": complexity,
            "zone": zone
        })
    };
    case.by_oi(&requalify("COMPLEX", "ZMD")).await.expect(200);
    case.by_oi(&requalify("SIMPLE", "ZMD")).await.expect(403);
    let again = case.by_oi(&requalify("COMPLEX", "ZTD")).await.expect(200);
    assert_eq!(again.body["zone"], "ZTD", "date and zone may change again");
}

#[tokio::test]
async fn a_bulk_ticket_is_masse_unless_the_oi_says_otherwise() {
    let server = TestServer::start().await;
    let mut case = Case::open(&server, &fixtures::bulk_modification()).await;
    let answer = case
        .by_oi(&json!({"status": "IN_PROGRESS", "expectedResolutionDate": "2025-03-01T00:00:00Z", "zone": "ZTD"}))
        .await
        .expect(200);
    assert_eq!(answer.body["complexity"], "MASSE");
    assert_eq!(answer.body["sizeRefs"], 2);
}

#[tokio::test]
async fn a_creation_is_resolved_with_the_identifier_of_its_building() {
    let server = TestServer::start().await;
    let mut case = Case::open(&server, &fixtures::creation()).await;
    case.qualify().await;
    let bare = json!({"status": "RESOLVED", "statusChangeReason": "RESOLVED"});
    let answer = case.by_oi(&bare).await.expect(400);
    assert_eq!(answer.body["details"][0]["pointer"], "/building/id");
    let resolved = case.resolve().await;
    assert_eq!(resolved.body["building"]["id"], "IMB/09001/X/0A1B");
    assert_eq!(
        resolved.body["building"]["address"]["city"], "Aigues-Juntes",
        "the rest of the building stays"
    );
    assert_eq!(resolved.body["resolutionDate"], "2025-01-14T13:17:58.078Z");
}

#[tokio::test]
async fn the_last_transition_shows_at_the_top_of_the_orange_dialect() {
    let (_server, mut case) = one_ticket().await;
    let qualified = case.qualify().await;
    let id = qualified.body["id"].as_str().unwrap();
    let orange = case.oc.get(&format!("{ORANGE}/{id}")).await.expect(200).body;
    assert_eq!(orange[0]["statusAuthor"], "FTEL");
    assert_eq!(orange[0]["statusChangeDate"], "2025-01-14T13:17:58.078+00:00");
    assert_eq!(orange[0]["statusChangeReason"], Value::Null);
    assert_eq!(orange[0]["statusChanges"].as_array().unwrap().len(), 2);
}
