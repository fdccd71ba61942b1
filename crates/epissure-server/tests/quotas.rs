//! Quotas of a caller: concurrent requests and rate, and the address that counts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

use std::time::Duration;

use epissure_app::attachments::{Files, LIMIT, Quotas};
use epissure_app::{Settings, quota};
use epissure_server::Server;
use epissure_server::listener::{Limits, TrustedProxies};
use epissure_store::Contract;
use epissure_testkit::{Answer, Api, TestServer, fixtures};
use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;

const INTEROP: &str = "/api/v2/anomalie-adresse";

/// Sends this many requests, and returns the number of admitted ones.
async fn admitted(api: &Api, requests: usize) -> usize {
    let mut admitted = 0;
    for _ in 0..requests {
        let answer = api.head(INTEROP).await;
        if answer.status == 200 {
            admitted += 1;
        } else {
            assert_eq!((answer.status, answer.header("retry-after")), (403, "1"));
        }
    }
    admitted
}

fn with_rate(rate: u32) -> Settings {
    Settings { quotas: quota::Limits { rate, ..quota::Limits::default() }, ..Settings::default() }
}

#[tokio::test]
async fn a_client_beyond_its_rate_is_asked_to_wait_and_others_are_not() {
    let server = TestServer::start_with(with_rate(3)).await;
    let (oc, oi) = (server.login("sfra-oc").await, server.login("ftel-oi").await);
    assert_eq!(admitted(&oc, 40).await, 30, "ten seconds' worth at once");
    let refused = oc.get(INTEROP).await.expect(403);
    assert_eq!(refused.body["code"], "53", "{}", refused.text);
    assert_eq!(admitted(&oi, 10).await, 10);
    server.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(admitted(&oc, 10).await, 6, "two seconds later");
}

#[tokio::test]
async fn a_contract_may_set_a_rate_of_its_own() {
    let server = TestServer::start_with(with_rate(100)).await;
    let oc = server.login("sfra-oc").await;
    let code = |text| epissure_protocol::names::OperatorCode::parse(text).unwrap();
    let contract = Contract {
        oi: code("FTEL"),
        oc: code("SFRA"),
        answer_delay: 86_400,
        validation_delay: 86_400,
        bulk_limit: 100,
        rate: Some(2),
    };
    epissure_app::directory::contracts::put(&server.app, contract, &server.administrator()).await.unwrap();
    assert_eq!(admitted(&oc, 30).await, 20);
}

#[tokio::test]
async fn a_change_that_waits_for_memory_is_not_taken_for_a_stale_one() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    let opened = oc.post(INTEROP, &fixtures::modification()).await.expect(201);
    let path = format!("{INTEROP}/{}", opened.body["id"].as_str().unwrap());
    let held = server.app.memory.try_reserve(server.app.settings.memory_budget).unwrap();
    let free = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(held);
    };
    let change = json!({"name": "changed"});
    let etag = opened.header("etag").to_owned();
    let request = oc.patch(&path, &etag, &change);
    let (answer, ()) = tokio::join!(request, free);
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Requests a token with a secret.
async fn sign_in(api: &Api, secret: &str, forwarded: Option<&str>) -> Answer {
    let form = [("grant_type", "client_credentials")];
    let mut request =
        api.request(Method::POST, "/oauth/v2/token").basic_auth("sfra-oc", Some(secret)).form(&form);
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    api.send_built(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_secrets_at_the_same_time_are_counted_when_they_come_in() {
    let server = TestServer::start().await;
    let api = server.anonymous();
    let tries = join_all((0..60).map(|_| sign_in(&api, "wrong", None))).await;
    let count = |status| tries.iter().filter(|answer| answer.status == status).count();
    let verified = count(401);
    assert!(verified <= 10, "{verified} were verified");
    assert_eq!(verified + count(403) + count(503), 60);
    let waiting = sign_in(&api, fixtures::SECRET, None).await;
    assert_eq!(waiting.status, 200, "a secret that the server made passes whatever a stranger tries");
}

#[tokio::test]
async fn revoking_tokens_gives_none_of_the_hourly_quota_back() {
    let server = TestServer::start_with(Settings { token_quota: 5, ..Settings::default() }).await;
    let api = server.anonymous();
    for _ in 0..5 {
        let token = sign_in(&api, fixtures::SECRET, None).await.expect(200).body["access_token"].clone();
        let form = [("token", token.as_str().unwrap())];
        let revoke = api.request(Method::POST, "/oauth/revoke").basic_auth("sfra-oc", Some(fixtures::SECRET));
        api.send_built(revoke.form(&form)).await.expect(200);
        let revoked = api.with_token(token.as_str().unwrap()).get(INTEROP).await.expect(401);
        assert_eq!(revoked.body["code"], "41");
    }
    sign_in(&api, fixtures::SECRET, None).await.expect(403);
}

#[tokio::test]
async fn only_a_trusted_proxy_names_the_caller() {
    let server = TestServer::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let own = Server::new(server.app.clone(), epissure_server::Settings::new(&base));
    let limits =
        Limits { proxies: TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap()]), ..Limits::default() };
    tokio::spawn(own.serve(listener, limits, std::future::pending()));
    let tries = async |api: &Api, from: &str| {
        let mut statuses = Vec::new();
        for _ in 0..11 {
            statuses.push(sign_in(api, "wrong", Some(from)).await.status);
        }
        statuses
    };
    let behind = server.anonymous().at(&base);
    let direct = server.anonymous();
    assert_eq!(tries(&behind, "198.51.100.1").await[10], 403, "the throttle counts the named caller");
    assert_eq!(sign_in(&behind, "wrong", Some("198.51.100.2")).await.status, 401, "another one");
    assert_eq!(sign_in(&behind, "wrong", Some("203.0.113.9, 198.51.100.1")).await.status, 403);
    assert_eq!(tries(&direct, "198.51.100.3").await[10], 403);
    let invented = sign_in(&direct, "wrong", Some("198.51.100.4")).await.status;
    assert_eq!(invented, 403, "without a trusted proxy the header says nothing");
}

#[tokio::test]
async fn a_client_follows_events_on_so_many_connections_and_no_more() {
    let streams = quota::Limits { streams: 2, all_streams: 3, ..quota::Limits::default() };
    let server = TestServer::start_with(Settings { quotas: streams, ..Settings::default() }).await;
    let (oc, oi) = (server.login("sfra-oc").await, server.login("ftel-oi").await);
    let follow = async |api: &Api| {
        let request = api.request(Method::GET, &format!("{INTEROP}/event"));
        request.header("accept", "text/event-stream").send().await.unwrap()
    };
    let held = [follow(&oc).await, follow(&oc).await];
    assert!(held.iter().all(|response| response.status() == StatusCode::OK));
    assert_eq!(follow(&oc).await.status(), StatusCode::FORBIDDEN, "the client's share");
    let last = follow(&oi).await;
    assert_eq!(last.status(), StatusCode::OK);
    let refused = follow(&oi).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE, "the server's");
    assert_eq!(refused.headers()["retry-after"], "30");
    drop(held);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(follow(&oc).await.status(), StatusCode::OK, "a stream that ended leaves its place");
}

async fn attach(api: &Api, ticket: &str, bytes: usize) -> Answer {
    let form = Form::new()
        .part(
            "attachment",
            Part::text(json!({"name": "a.csv"}).to_string()).mime_str("application/json").unwrap(),
        )
        .part("file", Part::bytes(vec![b'a'; bytes]).file_name("a.csv"));
    let request = api.request(Method::POST, &format!("{INTEROP}/{ticket}/attachment")).multipart(form);
    api.send_built(request).await
}

#[tokio::test]
async fn a_ticket_and_a_day_of_an_operator_take_so_many_bytes_and_no_more() {
    let quotas = Quotas { per_ticket: 2_000, per_day: 5_000, free_disk: 0 };
    let files = |content| Files::new(content, LIMIT, None).with_quotas(quotas);
    let server = TestServer::start_keeping(Settings::default(), files).await;
    let (oc, oi) = (server.login("sfra-oc").await, server.login("ftel-oi").await);
    let mut tickets = Vec::new();
    for _ in 0..4 {
        let opened = oc.post(INTEROP, &fixtures::modification()).await.expect(201);
        tickets.push(opened.body["id"].as_str().unwrap().to_owned());
    }
    attach(&oc, &tickets[0], 1_000).await.expect(201);
    attach(&oc, &tickets[0], 1_500).await.expect(201);
    let refused = attach(&oc, &tickets[0], 10).await.expect(403);
    assert_eq!(
        (&refused.body["code"], refused.header("retry-after")),
        (&json!("53"), ""),
        "{}",
        refused.text
    );
    attach(&oc, &tickets[1], 1_900).await.expect(201);
    attach(&oc, &tickets[2], 1_900).await.expect(201);
    let refused = attach(&oc, &tickets[3], 10).await.expect(403);
    assert!(refused.body["message"].as_str().unwrap().contains("today"), "{}", refused.text);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 86_400);
    attach(&oi, &tickets[3], 10).await.expect(201);
    server.clock.advance(SignedDuration::from_hours(24));
    let oc = server.login("sfra-oc").await;
    attach(&oc, &tickets[3], 10).await.expect(201);
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_takes_tickets_and_no_attachments() {
    let quotas = Quotas { free_disk: u64::MAX, ..Quotas::default() };
    let files = |content| Files::new(content, LIMIT, None).with_quotas(quotas);
    let server = TestServer::start_keeping(Settings::default(), files).await;
    let oc = server.login("sfra-oc").await;
    let opened = oc.post(INTEROP, &fixtures::modification()).await.expect(201);
    let refused = attach(&oc, opened.body["id"].as_str().unwrap(), 10).await.expect(503);
    assert!(!refused.header("retry-after").is_empty());
}

#[tokio::test]
async fn a_repeated_reference_shows_an_oi_only_its_own_tickets() {
    let server = TestServer::start().await;
    let (oc, oi) = (server.login("artd-oc").await, server.login("ftel-oi").await);
    let mut body = fixtures::modification();
    body["code_oc"] = "ARTD".into();
    body["externalId"] = "R1".into();
    let mut elsewhere = body.clone();
    elsewhere["code_oi"] = "IFTR".into();
    let foreign = oc.post(INTEROP, &elsewhere).await.expect(201).body["id"].clone();
    let first = oc.post(INTEROP, &body).await.expect(201).body["id"].clone();
    let second = oc.post(INTEROP, &body).await.expect(201).body["id"].clone();
    let text =
        async |id: &serde_json::Value| oi.get(&format!("{INTEROP}/{}", id.as_str().unwrap())).await.text;
    let (seen_first, seen_second) = (text(&first).await, text(&second).await);
    assert!(!seen_first.contains("external-id-repeated"), "{seen_first}");
    assert!(seen_second.contains(first.as_str().unwrap()), "{seen_second}");
    assert!(!seen_second.contains(foreign.as_str().unwrap()), "{seen_second}");
}
