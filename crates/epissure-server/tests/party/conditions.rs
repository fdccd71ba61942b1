//! Versions, conditions, and repeated requests.

use epissure_testkit::fixtures::directory;
use epissure_testkit::{Api, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

use super::{INDIVIDUALS, ORGANIZATIONS, jack, refused};

#[tokio::test]
async fn every_change_makes_a_version_which_the_answers_name() {
    let (_server, api, path) = jack().await;
    let created = api.get(&path).await.expect(200).header("etag").to_owned();
    let patched = api.patch(&path, &created, &json!({"title": "Mr"})).await.expect(200);
    assert_ne!(patched.header("etag"), created);
    assert_eq!(patched.header("etag").len(), 38, "{}", patched.header("etag"));
    let read = api.get(&path).await.expect(200);
    assert_eq!((read.header("etag"), &read.text), (patched.header("etag"), &patched.text));
    let put = api.put(&path, patched.header("etag"), &directory::jack()).await.expect(200);
    assert_eq!(put.body.get("title"), None, "what is not sent is no more there");
    assert_eq!(api.get(&path).await.expect(200).text, put.text);
}

#[tokio::test]
async fn another_version_is_not_touched() {
    let (_server, api, path) = jack().await;
    let old = api.get(&path).await.expect(200).header("etag").to_owned();
    let now = api.patch(&path, "*", &json!({"title": "Mr"})).await.expect(200);
    for stale in [old.as_str(), &format!("W/{}", now.header("etag")), "\"x\"", ""] {
        let says = "has changed since the version that If-Match names";
        refused(&api.patch(&path, stale, &json!({"title": "Dr"})).await, 412, 65, says);
        refused(&api.put(&path, stale, &directory::jack()).await, 412, 65, says);
        let deleted = api.send(Method::DELETE, &path, &[("if-match", stale)], None).await;
        refused(&deleted, 412, 65, says);
    }
    assert_eq!(api.get(&path).await.expect(200).text, now.text);
    let both = format!("{old}, {}", now.header("etag"));
    let changed = api.patch(&path, &both, &json!({"title": "Dr"})).await.expect(200);
    let etag = changed.header("etag").trim_matches('"').to_owned();
    api.send(Method::DELETE, &path, &[("if-match", &etag)], None).await.expect(204);
    api.get(&path).await.expect(404);
    refused(&api.patch(&path, "*", &json!({"title": "Dr"})).await, 404, 60, "does not exist");
}

#[tokio::test]
async fn a_caller_that_has_the_version_is_told_so() {
    let (server, api, path) = jack().await;
    server.import_organizations(directory::organizations()).await;
    let organization = format!("{ORGANIZATIONS}/{}", directory::organizations()[0].0);
    for path in [&path, &organization] {
        let read = api.get(path).await.expect(200);
        let etag = read.header("etag");
        for known in [etag, "*", &format!("\"x\", W/{etag}")] {
            for method in [Method::GET, Method::HEAD] {
                let answer = api.send(method, path, &[("if-none-match", known)], None).await.expect(304);
                assert_eq!((answer.header("etag"), answer.text.as_str()), (etag, ""));
            }
        }
        let other = api.send(Method::GET, path, &[("if-none-match", "\"x\"")], None).await.expect(200);
        assert_eq!(other.text, read.text);
    }
    let known = api.get(&path).await.header("etag").to_owned();
    api.patch(&path, "*", &json!({"title": "Mr"})).await.expect(200);
    api.send(Method::GET, &path, &[("if-none-match", &known)], None).await.expect(200);
}

#[tokio::test]
async fn a_patch_merges_and_an_array_is_replaced_whole() {
    let (_server, api, path) = jack().await;
    let patch = json!({
        "gender": null,
        "title": "Mr",
        "@ours": {"a": {"b": 1}},
        "contactMedium": [{"mediumType": "MAIL", "characteristic": {"contactType": "OTHER", "emailAddress": "j@foo.com"}}]
    });
    let first = api.send(Method::PATCH, &path, &[], Some(&patch)).await.expect(200).body;
    assert_eq!((first.get("gender"), &first["title"]), (None, &json!("Mr")));
    assert_eq!(first["contactMedium"], patch["contactMedium"]);
    assert_eq!(first["partyCharacteristic"], directory::jack()["partyCharacteristic"]);
    let merge = api
        .request(Method::PATCH, &path)
        .header("content-type", "application/merge-patch+json")
        .body(json!({"contactMedium": null, "@ours": {"a": {"c": 2}}}).to_string());
    let second = api.send_built(merge).await.expect(200).body;
    assert_eq!(second.get("contactMedium"), None);
    assert_eq!(second["@ours"], json!({"a": {"b": 1, "c": 2}}));
    let id = path.rsplit('/').next().unwrap();
    let sent = json!({"id": super::NOBODY, "href": "/elsewhere"});
    let third = api.send(Method::PATCH, &path, &[], Some(&sent)).await.expect(200).body;
    assert_eq!((&third["id"], &third["href"]), (&json!(id), &json!(format!("/individual/{id}"))));
}

/// Sends eight concurrent patches of different members.
async fn patch_together(api: &Api, path: &str, headers: &'static [(&'static str, &'static str)]) -> Vec<u16> {
    let patches = (0..8).map(|number| {
        let (api, path) = (api.clone(), path.to_owned());
        tokio::spawn(async move {
            let patch = json!({format!("@member{number}"): number});
            api.send(Method::PATCH, &path, headers, Some(&patch)).await.status
        })
    });
    let mut statuses = Vec::new();
    for patch in patches.collect::<Vec<_>>() {
        statuses.push(patch.await.unwrap());
    }
    statuses
}

#[tokio::test]
async fn patches_that_meet_are_all_applied_when_they_name_no_version() {
    let (_server, api, path) = jack().await;
    for headers in [&[][..], &[("if-match", "*")]] {
        let statuses = patch_together(&api, &path, headers).await;
        assert_eq!(statuses, [200; 8]);
    }
    let body = api.get(&path).await.expect(200).body;
    assert!((0..8).all(|number| body[format!("@member{number}")] == json!(number)), "{body:#}");
}

#[tokio::test]
async fn the_same_key_gives_the_first_answer_again_for_a_day() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let post = |key: &'static str, body: Value| {
        let api = api.clone();
        async move { api.send(Method::POST, INDIVIDUALS, &[("idempotency-key", key)], Some(&body)).await }
    };
    let first = post("a key", directory::jack()).await.expect(201);
    let path = format!("{INDIVIDUALS}/{}", first.body["id"].as_str().unwrap());
    api.patch(&path, "*", &json!({"givenName": "Joe"})).await.expect(200);
    server.clock.advance(jiff::SignedDuration::from_secs(600));
    let again = post("a key", directory::jack()).await.expect(201);
    assert_eq!(again.text, first.text, "the answer of then, contact media included");
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(api.head(INDIVIDUALS).await.header("x-total-count"), "1");

    refused(&post("a key", directory::individual("Joe", "Dalton")).await, 409, 101, "Idempotency-Key");
    let ticket = epissure_testkit::fixtures::modification();
    let elsewhere = [("idempotency-key", "a key")];
    api.send(Method::POST, "/anomalie-adresse", &elsewhere, Some(&ticket)).await.expect(409);

    api.send(Method::DELETE, &path, &[], None).await.expect(204);
    let anew = post("a key", directory::jack()).await.expect(201);
    assert_ne!(
        anew.body["id"], first.body["id"],
        "nothing is kept of one that was deleted, its answer included"
    );

    server.clock.advance(jiff::SignedDuration::from_hours(25));
    let api = server.login("sfra-oc").await;
    let body = directory::individual("Joe", "Dalton");
    let later = api.send(Method::POST, INDIVIDUALS, &elsewhere, Some(&body)).await.expect(201);
    assert_eq!(later.body["fullName"], "Joe Dalton");
}

#[tokio::test]
async fn a_request_that_is_refused_uses_no_key_up() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let key = [("idempotency-key", "k")];
    api.send(Method::POST, INDIVIDUALS, &key, Some(&json!({}))).await.expect(400);
    api.send(Method::POST, INDIVIDUALS, &key, Some(&directory::jack())).await.expect(201);
    let long = "k".repeat(256);
    let answer =
        api.send(Method::POST, INDIVIDUALS, &[("idempotency-key", &long)], Some(&directory::jack())).await;
    refused(&answer, 400, 26, "1 to 255");
}
