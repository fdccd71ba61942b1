//! Extension members are returned unchanged, numbers to the last character.

use epissure_protocol::json;
use epissure_testkit::{TestServer, fixtures};
use serde_json::{Value, json};

use super::{Case, INTEROP, ORANGE, qualification};

/// Numbers that a double would change or format differently.
const NUMBERS: &str = r#"{"big":9007199254740993,"decimal":1.10,"exponent":1E5,"long":0.1000000000000000055511151231257827,"past":1e400,"zero":-0.0,"deep":[{"n":12345678901234567890.10}]}"#;

/// Parses JSON with exact numbers, which serde_json would change.
fn exact(text: &str) -> Value {
    json::read(text.as_bytes()).unwrap()
}

fn extended(mut body: Value) -> Value {
    body["x-meter"] = exact(NUMBERS);
    body
}

/// Asserts that a response contains the unchanged text of the extension member.
#[track_caller]
fn assert_as_sent(text: &str) {
    assert!(text.contains(&format!("\"x-meter\":{NUMBERS}")), "{text}");
}

#[tokio::test]
async fn on_a_ticket_in_both_dialects_through_patches_and_in_events() {
    let server = TestServer::start().await;
    let mut case = Case::open(&server, &extended(fixtures::modification())).await;
    let id = case.path.rsplit('/').next().unwrap().to_owned();
    for path in ["", "/event"] {
        case.by_oc(&json!({"description": path})).await.expect(200);
        for mount in [INTEROP, ORANGE] {
            assert_as_sent(&case.oi.get(&format!("{mount}{path}")).await.expect(200).text);
            assert_as_sent(&case.oi.get(&format!("{mount}/{id}")).await.expect(200).text);
        }
    }
    let patched = case.by_oc(&exact(r#"{"x-meter":{"decimal":1.200,"more":2E-3}}"#)).await;
    let expected = NUMBERS.replace(":1.10,", ":1.200,").replace("]}", "],\"more\":2E-3}");
    assert!(patched.clone().expect(200).text.contains(&expected), "{}", patched.text);
    case.by_oi(&qualification()).await.expect(200);
    assert!(case.oc.get(&case.path).await.expect(200).text.contains(&expected));
}

#[tokio::test]
async fn on_a_note_and_on_an_attachment() {
    let server = TestServer::start().await;
    let case = Case::open(&server, &fixtures::modification()).await;
    for (path, body) in [("note", json!({"text": "a"})), ("attachment", json!({"name": "a.csv", "size": 3}))]
    {
        let path = format!("{}/{path}", case.path);
        assert_as_sent(&case.oc.post(&path, &extended(body)).await.expect(201).text);
        assert_as_sent(&case.oi.get(&path).await.expect(200).text);
    }
    let events = case.oi.get(&format!("{INTEROP}/event")).await.expect(200);
    assert_eq!(events.text.matches(&format!("\"x-meter\":{NUMBERS}")).count(), 2, "{}", events.text);
}

#[tokio::test]
async fn and_are_filtered_and_sorted_by_their_value() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    for number in ["9007199254740993", "9007199254740992", "1.10", "1E5", "1e400"] {
        let body = fixtures::modification().to_string().replacen('{', &format!("{{\"x-n\":{number},"), 1);
        oc.post(INTEROP, &exact(&body)).await.expect(201);
    }
    for (query, numbers) in [
        ("x-n[eq,num]=9007199254740993", vec!["9007199254740993"]),
        ("x-n[eq,num]=1.1", vec!["1.10"]),
        ("x-n[eq,num]=100000", vec!["1E5"]),
        ("x-n[gt,num]=9007199254740992&sort=-x-n", vec!["1e400", "9007199254740993"]),
        ("sort=x-n", vec!["1.10", "1E5", "9007199254740992", "9007199254740993", "1e400"]),
        ("sizeRefs[lt,num]=1e400&sort=x-n&limit=1", vec!["1.10"]),
        ("sizeRefs[eq,num]=1.00000000000000000000001", vec![]),
        ("sizeRefs[gt,num]=0.99999999999999999999999&sizeRefs[lte,num]=1.0&sort=-x-n&limit=1", vec!["1e400"]),
    ] {
        let listed = oc.get(&format!("{INTEROP}?{query}&fields=x-n")).await.expect(200);
        let found =
            numbers.iter().map(|number| format!("{{\"x-n\":{number}}}")).collect::<Vec<_>>().join(",");
        assert_eq!(listed.text, format!("[{found}]"), "{query}");
    }
    // A cursor contains such numbers too.
    let mut address = Some(format!("{INTEROP}?sort=x-n&limit=1&fields=x-n"));
    let mut met = Vec::new();
    while let Some(at) = address {
        let page = oc.get(&at).await.expect(200);
        met.push(page.text.clone());
        address = page.next().map(|next| next.replace(&server.base, ""));
    }
    let expected = ["1.10", "1E5", "9007199254740992", "9007199254740993", "1e400"];
    assert_eq!(met, expected.map(|number| format!("[{{\"x-n\":{number}}}]")));
}

#[tokio::test]
async fn the_same_json_value_is_the_same_request() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    let post = async |body: String| {
        let request = oc
            .request(reqwest::Method::POST, INTEROP)
            .header("content-type", "application/json")
            .header("idempotency-key", "k")
            .body(body);
        oc.send_built(request).await
    };
    let first = post(r#"{"@type":"AnomalieAdresse.modification","code_oi":"FTEL","code_oc":"SFRA","relatedEntity":[{"id":"IMB/09001/X/000E"}],"issues":{"building.name":{"value":["A"]}},"x":1.10}"#.to_owned()).await.expect(201);
    let same = r#" {"x": 11e-1, "issues": {"building.name": {"value": ["\u0041"]}},
        "relatedEntity": [{"id": "IMB/09001/X/000E"}], "code_oc": "SFRA", "code_oi": "FTEL",
        "@type": "AnomalieAdresse.modification"}"#;
    let again = post(same.to_owned()).await.expect(201);
    assert_eq!((again.text, again.headers["etag"].clone()), (first.text, first.headers["etag"].clone()));
    post(same.replace("11e-1", "1.2")).await.expect(409);
    post(same.replace(r#"["\u0041"]"#, r#"["a"]"#)).await.expect(409);
}
