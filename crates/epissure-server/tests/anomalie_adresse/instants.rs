//! Instants: accepted texts, and the format of each mount.

use epissure_testkit::{TestServer, fixtures};
use serde_json::{Value, json};

use super::{Case, INTEROP, ORANGE, qualification};

/// RFC 3339 date-times and full dates, with the text that the Interop mount returns.
const INSTANTS: &[(&str, &str)] = &[
    ("2026-12-01T12:00:00Z", "2026-12-01T12:00:00.000Z"),
    ("2026-12-01t12:00:00.5z", "2026-12-01T12:00:00.500Z"),
    ("2026-12-01T12:00:00+02:00", "2026-12-01T10:00:00.000Z"),
    ("2026-12-01T12:00:00-04:30", "2026-12-01T16:30:00.000Z"),
    ("2026-12-01", "2026-12-01T00:00:00.000Z"),
    ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
    ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999Z"),
    ("0000-01-01T00:00:00+01:00", "0000-01-01T00:00:00.000Z"),
];

/// Texts outside RFC 3339 that ISO 8601 or a lenient parser accepts.
const NOT_INSTANTS: &[&str] = &[
    "20261201T120000Z",
    "2026-12-01T12:00Z",
    "2026-12-01T12Z",
    "2026-12-01T12:00:00",
    "2026-12-01 12:00:00Z",
    "2026-12-01T12:00:00,5Z",
    "2026-12-01T12:00:00+0200",
    "2026-12-01T12:00:00+02",
    "2026-12-01T12:00:00Z[Europe/Paris]",
    "2026-12-01T24:00:00Z",
    "2026-12-01T12:00:60Z",
    "2026-02-30",
    "2026-W01-1",
    "1764590400",
];

fn asking_for(date: &str) -> Value {
    let mut body = fixtures::modification();
    body["requestedResolutionDate"] = json!(date);
    body
}

#[tokio::test]
async fn a_body_and_a_filter_read_the_same_texts_as_the_same_instants() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    for (text, written) in INSTANTS {
        let ticket = oc.post(INTEROP, &asking_for(text)).await.expect(201).body;
        assert_eq!(ticket["requestedResolutionDate"], *written, "{text}");
        let id = ticket["id"].as_str().unwrap();
        for mount in [INTEROP, ORANGE] {
            let escaped = text.replace('+', "%2B");
            let query = format!("{mount}?id={id}&requestedResolutionDate={escaped}");
            assert_eq!(oc.get(&query).await.expect(200).header("x-total-count"), "1", "{query}");
        }
    }
    for text in NOT_INSTANTS {
        let refused = oc.post(INTEROP, &asking_for(text)).await.expect(400);
        assert!(refused.text.contains("requestedResolutionDate"), "{}", refused.text);
        let escaped = text.replace('+', "%2B").replace(' ', "%20").replace('[', "%5B").replace(']', "%5D");
        oc.get(&format!("{INTEROP}?requestedResolutionDate={escaped}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_transition_and_an_event_read_them_so_too() {
    let server = TestServer::start().await;
    let mut case = Case::open(&server, &fixtures::modification()).await;
    let event = |time: &str| {
        json!({
            "specversion": "1.0", "id": time, "source": "https://oi.example",
            "type": "fr.interop.anomalieadresse.update",
            "subject": case.path.rsplit('/').next().unwrap(), "time": time, "data": {"@type": "AnomalieAdresse.modification"}
        })
    };
    for text in NOT_INSTANTS {
        let body = json!({
            "status": "IN_PROGRESS", "complexity": "SIMPLE", "zone": "ZMD", "expectedResolutionDate": text
        });
        case.oi.patch(&case.path, &case.etag, &body).await.expect(400);
        case.oi.post(&format!("{INTEROP}/event"), &event(text)).await.expect(400);
    }
    for (text, _) in INSTANTS {
        case.oi.post(&format!("{INTEROP}/event"), &event(text)).await.expect(204);
    }
    case.by_oi(&qualification()).await.expect(200);
}

/// Returns every instant in a document.
fn instants(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.len() > 10 && text.as_bytes()[10] == b'T' && text.starts_with("20") => {
            vec![text.clone()]
        }
        Value::Array(items) => items.iter().flat_map(instants).collect(),
        Value::Object(members) => members.values().flat_map(instants).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn the_interop_mount_writes_z_and_the_orange_mount_writes_the_offset() {
    let server = TestServer::start().await;
    let mut case = Case::open(&server, &asking_for("2026-12-01T12:00:00Z")).await;
    case.by_oi(&qualification()).await.expect(200);
    let note = case.oc.post(&format!("{}/note", case.path), &json!({"text": "a"})).await.expect(201);
    assert_eq!(note.body["date"], fixtures::START);
    let attachment = json!({"name": "plan.pdf", "size": 3});
    case.oc.post(&format!("{}/attachment", case.path), &attachment).await.expect(201);
    let id = case.path.rsplit('/').next().unwrap();
    for rest in
        [format!("/{id}"), String::new(), format!("/{id}/note"), format!("/{id}/attachment"), "/event".into()]
    {
        for (mount, ending) in [(INTEROP, "Z"), (ORANGE, "+00:00")] {
            let answer = case.oc.get(&format!("{mount}{rest}")).await.expect(200);
            let found = instants(&answer.body);
            assert!(!found.is_empty(), "{mount}{rest}");
            assert!(found.iter().all(|text| text.ends_with(ending)), "{mount}{rest}: {found:?}");
        }
    }
    let query = format!("{INTEROP}/event?data.creationDate={}", fixtures::START);
    assert_ne!(case.oi.get(&query).await.expect(200).header("x-total-count"), "0");
}
