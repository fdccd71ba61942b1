//! `PUT` and `PATCH` without a transition.

use epissure_testkit::{TestServer, fixtures};
use reqwest::Method;
use serde_json::json;

use super::{Case, INTEROP, ORANGE, one_ticket};

#[tokio::test]
async fn the_oc_edits_what_it_wrote_and_null_removes() {
    let (_server, mut case) = one_ticket().await;
    let edited = case
        .by_oc(&json!({"description": "The number is 14", "priority": "HIGH", "externalId": "T-1", "x-ours": {"a": 1}}))
        .await
        .expect(200);
    assert_eq!(edited.body["description"], "The number is 14");
    assert_eq!(edited.body["priority"], "HIGH");
    assert_eq!(edited.body["x-ours"], json!({"a": 1}));
    let removed =
        case.by_oc(&json!({"description": null, "priority": null, "x-ours": {"a": null, "b": 2}})).await;
    let removed = removed.expect(200).body;
    assert_eq!(removed.get("description"), None);
    assert_eq!(removed["priority"], "LOW", "the default applies again");
    assert_eq!(removed["x-ours"], json!({"b": 2}));
}

#[tokio::test]
async fn corrections_change_while_acknowledged_only() {
    let (_server, mut case) = one_ticket().await;
    let body = json!({"issues": {"building.address.streetNr": {"value": ["14"]}, "building.name": {"toBlank": true}}});
    let edited = case.by_oc(&body).await.expect(200);
    assert_eq!(edited.body["issues"]["building.address.streetNr"]["value"], json!(["14"]));
    assert_eq!(edited.body["issues"]["building.name"], json!({"toBlank": true}));
    case.qualify().await;
    let late = case.by_oc(&json!({"issues": {"building.name": null}})).await.expect(403);
    assert!(
        late.body["message"].as_str().unwrap().contains("while the ticket is ACKNOWLEDGED"),
        "{}",
        late.text
    );
}

#[tokio::test]
async fn the_oi_requalifies_by_a_transition_and_not_in_silence() {
    let (_server, mut case) = one_ticket().await;
    case.qualify().await;
    let silent = case.by_oi(&json!({"expectedResolutionDate": "2025-03-01T00:00:00Z"})).await.expect(403);
    assert!(silent.body["message"].as_str().unwrap().contains("REQUALIFIED"), "{}", silent.text);
}

#[tokio::test]
async fn what_a_caller_does_not_own_is_ignored() {
    let (_server, mut case) = one_ticket().await;
    let by_oc = json!({"zone": "ZTD", "sizeRefs": 9, "totalDuration": 1, "creationDate": "2001-01-01T00:00:00Z", "id": "x"});
    let answer = case.by_oc(&by_oc).await.expect(200);
    assert_eq!(answer.body.get("zone"), None);
    assert_eq!(answer.body["sizeRefs"], 1);
    assert_eq!(answer.body["creationDate"], "2025-01-14T13:17:58.078Z");
    let answer = case.by_oi(&json!({"description": "not the OI's to say"})).await.expect(200);
    assert_eq!(answer.body["description"], "The number is wrong");
}

#[tokio::test]
async fn a_put_of_what_was_read_changes_nothing() {
    let server = TestServer::start().await;
    for body in [
        fixtures::modification(),
        fixtures::bulk_modification(),
        fixtures::creation(),
        fixtures::new_building(),
        fixtures::nb_logements(),
    ] {
        let mut case = Case::open(&server, &body).await;
        case.qualify().await;
        for (api, mount) in [(&case.oc, INTEROP), (&case.oi, INTEROP), (&case.oc, ORANGE), (&case.oi, ORANGE)]
        {
            let id = case.path.rsplit('/').next().unwrap();
            let path = format!("{mount}/{id}");
            let read = api.get(&path).await.expect(200);
            let before = if mount == ORANGE { read.body[0].clone() } else { read.body.clone() };
            let after = api.put(&path, read.header("etag"), &before).await.expect(200);
            assert_eq!(after.header("etag"), read.header("etag"));
            assert_eq!(after.body, before, "{mount}");
        }
    }
}

#[tokio::test]
async fn a_put_of_a_whole_resource_drops_what_it_leaves_out() {
    let (_server, case) = one_ticket().await;
    let mut body = fixtures::modification();
    body.as_object_mut().unwrap().remove("description");
    let answer = case.oc.put(&case.path, &case.etag, &body).await.expect(200);
    assert_eq!(answer.body.get("description"), None);
}

#[tokio::test]
async fn a_put_of_a_few_members_is_a_partial_update() {
    let (_server, case) = one_ticket().await;
    let answer = case.oi.put(&case.path, &case.etag, &super::qualification()).await.expect(200);
    assert_eq!(answer.body["status"], "IN_PROGRESS");
    assert_eq!(answer.body["description"], "The number is wrong");
}

#[tokio::test]
async fn nothing_changes_once_the_end_is_reached() {
    let (_server, mut case) = one_ticket().await;
    case.by_oc(&json!({"status": "CANCELED", "statusChangeDetails": "Found it myself"})).await.expect(200);
    let answer = case.by_oc(&json!({"description": "too late"})).await.expect(403);
    assert!(answer.body["message"].as_str().unwrap().contains("final"), "{}", answer.text);
}

#[tokio::test]
async fn if_match_is_required_and_must_be_the_present_version() {
    let (_server, mut case) = one_ticket().await;
    let body = json!({"description": "x"});
    let missing = case.oc.send(Method::PATCH, &case.path, &[], Some(&body)).await.expect(400);
    assert_eq!(missing.body["code"], "25");
    assert_eq!(missing.body["reason"], "Missing header");
    let old = case.etag.clone();
    case.by_oc(&body).await.expect(200);
    let stale = case.oc.patch(&case.path, &old, &body).await.expect(412);
    assert_eq!(stale.body["code"], "65");
    case.oc.patch(&case.path, "\"not-a-version\"", &body).await.expect(412);
    case.oc.patch(&case.path, &format!("W/{}", case.etag), &body).await.expect(412);
    let bare = case.etag.trim_matches('"').to_owned();
    case.oc.patch(&case.path, &bare, &body).await.expect(200);
    case.oc.patch(&case.path, "*", &body).await.expect(200);
}

#[tokio::test]
async fn a_patch_may_call_itself_a_merge_patch() {
    let (_server, case) = one_ticket().await;
    let request = case
        .oc
        .request(Method::PATCH, &case.path)
        .header("if-match", &case.etag)
        .header("content-type", "application/merge-patch+json")
        .body(r#"{"description": "merged"}"#);
    assert_eq!(case.oc.send_built(request).await.expect(200).body["description"], "merged");
}
