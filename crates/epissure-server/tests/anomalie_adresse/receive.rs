//! Events received from an OI.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use epissure_app::deliveries::{self, Pair};
use epissure_protocol::names::OperatorCode;
use epissure_protocol::secret::Secret;
use epissure_testkit::{Answer, Api, TestServer};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{INTEROP, ORANGE};

/// A signing secret, and its bytes.
const SECRET: (&str, &[u8]) = ("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", b"012345678901234567890123");
/// Instant of the fixtures, in Unix seconds.
const NOW: i64 = 1_736_860_678;

fn event() -> Value {
    json!({
        "specversion": "1.0",
        "id": "A234-1234-1234",
        "source": "https://oi.example",
        "type": "fr.interop.anomalieadresse.update",
        "subject": "22e61758-924d-4ad7-b259-e4fcb1ea8808",
        "time": "2025-01-14T13:17:58.078+00:00",
        "data": {"@type": "AnomalieAdresse.modification", "status": "IN_PROGRESS"}
    })
}

fn pair() -> Pair {
    let code = |text| OperatorCode::parse(text).unwrap();
    Pair { oi: code("FTEL"), oc: code("SFRA") }
}

async fn send(api: &Api, body: &Value) -> Answer {
    api.post(&format!("{INTEROP}/event"), body).await
}

/// Sends an event with a signature by a key at an instant.
async fn send_signed(api: &Api, body: &Value, key: &[u8], at: i64) -> Answer {
    let text = body.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(format!("msg_1.{at}.{text}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let request = api
        .request(Method::POST, &format!("{INTEROP}/event"))
        .header("content-type", "application/cloudevents+json; charset=utf-8")
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", at.to_string())
        .header("webhook-signature", signature)
        .body(text);
    api.send_built(request).await
}

#[tokio::test]
async fn data_is_the_whole_resource_that_the_event_is_about() {
    let server = TestServer::start().await;
    let oi = server.login("ftel-oi").await;
    let with = |data: Value| {
        let mut event = event();
        event["data"] = data;
        event
    };
    for (data, pointer) in [
        (Value::Null, "/data"),
        (json!("x"), "/data"),
        (json!([]), "/data"),
        (json!({"id": 1}), "/data/id"),
        (json!({"id": "018d61f5-3f80-7930-9295-5803bdd20e74"}), "/data/id"),
    ] {
        let refused = send(&oi, &with(data)).await.expect(400);
        assert_eq!(refused.body["details"][0]["pointer"], pointer, "{}", refused.text);
    }
    let mut without = event();
    without.as_object_mut().unwrap().remove("data");
    send(&oi, &without).await.expect(400);
    send(&oi, &with(json!({"id": event()["subject"]}))).await.expect(204);
}

#[tokio::test]
async fn an_event_is_kept_once_however_often_it_comes() {
    let server = TestServer::start().await;
    let oi = server.login("ftel-oi").await;
    for mount in [INTEROP, ORANGE, INTEROP] {
        let taken = oi.post(&format!("{mount}/event"), &event()).await.expect(204);
        assert_eq!(taken.text, "");
    }
    let mut other = event();
    other["id"] = "another".into();
    send(&oi, &other).await.expect(204);
    let kept = deliveries::received(&server.app, 10).await.unwrap();
    let ids: Vec<_> = kept.iter().map(|event| (event.id.as_str(), event.oi.as_str(), event.signed)).collect();
    assert_eq!(ids, [("another", "FTEL", false), ("A234-1234-1234", "FTEL", false)]);
    assert_eq!(serde_json::from_str::<Value>(&kept[1].document).unwrap(), event(), "as it came");
}

#[tokio::test]
async fn only_an_oi_sends() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    let refused = send(&oc, &json!({"not": "an event"})).await.expect(403);
    assert_eq!(refused.body["code"], "50");
    oc.send(Method::OPTIONS, &format!("{INTEROP}/event"), &[], None).await.expect(403);
    assert_eq!(deliveries::received(&server.app, 10).await.unwrap(), []);
}

#[tokio::test]
async fn every_fault_of_an_event_is_told() {
    let server = TestServer::start().await;
    let oi = server.login("ftel-oi").await;
    let answer =
        send(&oi, &json!({"specversion": "0.3", "subject": "x", "time": "noon", "id": 1})).await.expect(400);
    let pointers: Vec<_> = answer.body["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/id", "/source", "/type", "/specversion", "/subject", "/time", "/data"]);
    let path = format!("{INTEROP}/event");
    let odd = oi.request(Method::POST, &path).header("content-type", "text/plain").body("{}");
    oi.send_built(odd).await.expect(415);
    let broken = oi.request(Method::POST, &path).header("content-type", "application/json").body("{");
    oi.send_built(broken).await.expect(400);
    assert_eq!(deliveries::received(&server.app, 10).await.unwrap(), []);
}

#[tokio::test]
async fn once_the_secret_is_known_an_event_must_be_signed_with_it() {
    let server = TestServer::start().await;
    let (oi, other) = (server.login("ftel-oi").await, server.login("iftr-oi").await);
    let by = server.administrator();
    deliveries::accept(&server.app, &pair(), &Secret::new(SECRET.0), SignedDuration::ZERO, &by)
        .await
        .unwrap();
    let refused = send(&oi, &event()).await.expect(403);
    assert!(refused.body["message"].as_str().unwrap().contains("webhook-signature"), "{}", refused.text);
    send_signed(&oi, &event(), b"another key of twenty-four", NOW).await.expect(403);
    let late = send_signed(&oi, &event(), SECRET.1, NOW - 301).await.expect(403);
    assert!(late.body["message"].as_str().unwrap().contains("five minutes"), "{}", late.text);
    send_signed(&oi, &event(), SECRET.1, NOW - 299).await.expect(204);
    assert!(deliveries::received(&server.app, 1).await.unwrap()[0].signed);
    send(&other, &event()).await.expect(204);
}

#[tokio::test]
async fn while_the_oi_replaces_its_secret_both_are_believed() {
    let server = TestServer::start().await;
    let oi = server.login("ftel-oi").await;
    let new = ("whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4", b"abcdefghijklmnopqrstuvwx");
    let accept = |secret: &'static str| {
        let (app, by) = (server.app.clone(), server.administrator());
        async move {
            let secret = Secret::new(secret);
            deliveries::accept(&app, &pair(), &secret, SignedDuration::from_hours(1), &by).await
        }
    };
    accept(SECRET.0).await.unwrap();
    accept(new.0).await.unwrap();
    for key in [SECRET.1, new.1.as_slice()] {
        send_signed(&oi, &event(), key, NOW).await.expect(204);
    }
    server.clock.advance(SignedDuration::from_mins(59));
    let (oi, later) = (server.login("ftel-oi").await, NOW + 59 * 60);
    send_signed(&oi, &event(), SECRET.1, later).await.expect(204);
    server.clock.advance(SignedDuration::from_mins(1));
    let (oi, later) = (server.login("ftel-oi").await, NOW + 60 * 60);
    send_signed(&oi, &event(), SECRET.1, later).await.expect(403);
    send_signed(&oi, &event(), new.1, later).await.expect(204);
    assert!(accept("too short").await.is_err());
}

#[tokio::test]
async fn an_oi_that_asks_is_given_consent() {
    let server = TestServer::start().await;
    let oi = server.login("ftel-oi").await;
    let path = format!("{INTEROP}/event");
    let asked =
        oi.send(Method::OPTIONS, &path, &[("webhook-request-origin", "oi.example")], None).await.expect(204);
    assert_eq!(asked.header("webhook-allowed-origin"), "oi.example");
    assert_eq!(asked.header("webhook-allowed-rate"), "*");
    let plain = oi.send(Method::OPTIONS, &path, &[], None).await.expect(204);
    assert_eq!(plain.header("webhook-allowed-origin"), "", "who does not ask is given nothing");
    assert_eq!(plain.header("allow"), "GET, HEAD, POST, OPTIONS");
}
