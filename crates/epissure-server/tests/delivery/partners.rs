//! Authentication at each partner's server: the table of methods, against mock servers.

use std::sync::Arc;
use std::time::Duration;

use epissure_outbound::{Call, Outbound};
use epissure_protocol::partner::METHODS;
use epissure_protocol::secret::Secret;
use epissure_protocol::target::Target;
use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::target;

/// Returns a target with the same server for tokens and events.
fn partner(server: &MockServer, name: &str) -> Target {
    let mut target = target(&format!("{}/event", server.uri()));
    target.allow = vec!["127.0.0.0/8".to_owned()];
    target.credentials.method = name.to_owned();
    target.credentials.user = Some("us er".to_owned());
    target.credentials.client = Some("client".to_owned());
    target.credentials.scope = Some("events".to_owned());
    target.credentials.token_url = Some(format!("{}/token", server.uri()));
    target.credentials.header = Some("x-secret".to_owned());
    target
}

async fn answering(token: Value) -> MockServer {
    let server = MockServer::start().await;
    let token = ResponseTemplate::new(200).set_body_json(token);
    Mock::given(path("/token")).respond_with(token).mount(&server).await;
    let taken = Mock::given(method("POST")).and(path("/event"));
    taken.respond_with(ResponseTemplate::new(204)).mount(&server).await;
    server
}

async fn call(outbound: &Outbound, target: &Target) -> u16 {
    let call = Call { method: reqwest::Method::POST, headers: HeaderMap::new(), body: "{}" };
    let now: Timestamp = "2025-01-14T13:17:58Z".parse().unwrap();
    let answer = outbound.call(target, Some(&Secret::new("p@ss")), &call, now).await.unwrap();
    answer.status.as_u16()
}

/// Formats a request: method, path and query, `Authorization`, and body.
fn shown(request: &Request) -> String {
    let header = |name: &str| {
        request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned()
    };
    let keys: Vec<String> = ["x-secret", "x-api-key"]
        .iter()
        .filter(|name| request.headers.contains_key(**name))
        .map(|name| format!(" {name}: {}", header(name)))
        .collect();
    let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!(
        "{} {}{query} | {}{} | {}",
        request.method,
        request.url.path(),
        header("authorization"),
        keys.concat(),
        String::from_utf8_lossy(&request.body)
    )
}

#[tokio::test]
async fn each_method_presents_what_its_server_expects() {
    let mut all = Vec::new();
    for known in METHODS {
        let (member, expires) = match known.token {
            Some(request) => (request.token, json!({"expires_in": 3600, "expire": "2025-01-14T14:17:58Z"})),
            None => ("none", json!({})),
        };
        let mut token = expires;
        token[member] = "to.k.en".into();
        let server = answering(token).await;
        let status = call(&Outbound::default(), &partner(&server, known.name)).await;
        assert_eq!(status, 204, "{}", known.name);
        all.push(format!("{}:", known.name));
        all.extend(
            server.received_requests().await.unwrap().iter().map(|request| format!("  {}", shown(request))),
        );
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[tokio::test]
async fn a_token_is_kept_while_it_is_good_and_asked_for_once_by_all() {
    let server = answering(json!({"access_token": "t", "expires_in": 3600})).await;
    let (outbound, target) = (Arc::new(Outbound::default()), partner(&server, "oauth2"));
    let calls = (0..10).map(|_| {
        let (outbound, target) = (Arc::clone(&outbound), target.clone());
        tokio::spawn(async move { call(&outbound, &target).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), 204);
    }
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked.iter().filter(|request| request.url.path() == "/token").count(), 1);
    let short = answering(json!({"access_token": "t", "expires_in": 20})).await;
    let target = partner(&short, "oauth2");
    for _ in 0..2 {
        call(&outbound, &target).await;
    }
    let asked = short.received_requests().await.unwrap();
    assert_eq!(
        asked.iter().filter(|request| request.url.path() == "/token").count(),
        2,
        "it would end on its way"
    );
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let server = MockServer::start().await;
    let token = ResponseTemplate::new(200).set_body_json(json!({"access_token": "t", "expires_in": 3600}));
    Mock::given(path("/token")).respond_with(token).mount(&server).await;
    Mock::given(path("/event"))
        .respond_with(ResponseTemplate::new(401))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path("/event")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    assert_eq!(call(&Outbound::default(), &partner(&server, "oauth2")).await, 204);
    let paths: Vec<_> = server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(|request| request.url.path().to_owned())
        .collect();
    assert_eq!(paths, ["/token", "/event", "/token", "/event"]);
}

#[tokio::test]
async fn a_token_that_cannot_be_had_is_told_without_what_was_sent() {
    let server = MockServer::start().await;
    let echo = ResponseTemplate::new(400).set_body_string("the password p@ss is wrong");
    Mock::given(path("/token")).respond_with(echo).mount(&server).await;
    let call = Call { method: reqwest::Method::POST, headers: HeaderMap::new(), body: "{}" };
    let now = Timestamp::UNIX_EPOCH;
    let outbound = Outbound::with_timeout(Duration::from_secs(5));
    let refused =
        outbound.call(&partner(&server, "oauth2"), Some(&Secret::new("p@ss")), &call, now).await.unwrap_err();
    assert_eq!(refused, "the token was refused: its server answered 400");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}
