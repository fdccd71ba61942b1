//! Bad input: status, code and message of each case.

use epissure_testkit::{Answer, TestServer, fixtures};
use reqwest::Method;

use super::{INTEROP, ORANGE, one_ticket};

/// Asserts status, code and a part of the message, in the format of the mount's dialect.
#[track_caller]
fn refused(answer: &Answer, status: u16, code: u16, says: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    let number = answer.body["code"].as_u64().or_else(|| answer.body["code"].as_str()?.parse().ok());
    assert_eq!(number, Some(code.into()), "{}", answer.text);
    assert!(answer.text.contains(says), "`{says}` is not in {}", answer.text);
    for leak in ["SELECT", "sqlite", "/home", "panicked", "src/"] {
        assert!(!answer.text.contains(leak), "`{leak}` is in {}", answer.text);
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_read() {
    let (_server, case) = one_ticket().await;
    let post = |content_type: &'static str, body: Vec<u8>| {
        let request = case.oc.request(Method::POST, INTEROP).header("content-type", content_type).body(body);
        let api = case.oc.clone();
        async move { api.send_built(request).await }
    };
    let json = "application/json";
    refused(&post(json, b"{\"@type\": ".to_vec()).await, 400, 22, "line 1, column");
    refused(&post(json, b"[1, 2]".to_vec()).await, 400, 22, "must be a JSON object");
    refused(&post(json, Vec::new()).await, 400, 21, "needs a JSON object");
    refused(&post(json, b"{\"a\": 01}".to_vec()).await, 400, 22, "without leading zeros");
    refused(&post(json, b"{\"a\": 1, \"a\": 1}".to_vec()).await, 400, 22, "the member `a` twice");
    let nested = b"{\"building\": {\"name\": \"A\", \"n\\u0061me\": \"B\"}}".to_vec();
    refused(&post(json, nested).await, 400, 22, "the member `name` twice, at /building");
    let reserved = b"{\"a\": {\"$serde_json::private::RawValue\": \"[]\"}}".to_vec();
    refused(&post(json, reserved).await, 400, 22, "reserved name");
    refused(&post(json, b"{\"a\": \"\\ud800\"}".to_vec()).await, 400, 22, "not valid JSON");
    refused(&post(json, b"{\"a\": \"\\u0000\"}".to_vec()).await, 400, 22, "a NUL character, at /a");
    refused(&post(json, b"{\"a\": \"\xff\"}".to_vec()).await, 400, 22, "not UTF-8");
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(70), "]".repeat(70));
    refused(&post(json, deep.into_bytes()).await, 400, 22, "nested deeper");
    let deepest = format!("{{\"a\": {}", "[".repeat(100_000));
    refused(&post(json, deepest.into_bytes()).await, 400, 22, "nested deeper than 64 levels");
    let wide = format!("{{\"a\": [{}0]}}", "0,".repeat(20_000));
    refused(&post(json, wide.into_bytes()).await, 400, 22, "more than 10000 values");
    let large = format!("{{\"description\": \"{}\"}}", "x".repeat(1024 * 1024));
    refused(&post(json, large.into_bytes()).await, 413, 66, "larger than the 1048576 bytes");
    refused(&post("text/plain", b"{}".to_vec()).await, 415, 68, "must be application/json");
    refused(&post("application/xml", b"<a/>".to_vec()).await, 415, 68, "application/xml");
    let zipped = case.oc.request(Method::POST, INTEROP).header("content-encoding", "gzip");
    let zipped = zipped.header("content-type", json).body(vec![31, 139]);
    refused(&case.oc.send_built(zipped).await, 415, 68, "without Content-Encoding");
}

#[tokio::test]
async fn a_byte_order_mark_before_json_is_ignored() {
    let (_server, case) = one_ticket().await;
    let body = format!("\u{feff}{}", fixtures::modification());
    let request =
        case.oc.request(Method::POST, INTEROP).header("content-type", "application/json").body(body);
    case.oc.send_built(request).await.expect(201);
}

#[tokio::test]
async fn a_query_that_cannot_be_read() {
    let (_server, case) = one_ticket().await;
    for (query, says) in [
        ("status[like]=X", "like"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("offset=-1", "offset"),
        ("offset=1000001", "offset"),
        ("totalDuration[lt]=soon", "totalDuration[lt]"),
        ("creationDate[gte]=yesterday", "creationDate[gte]"),
        ("name[regex]=(", "name[regex]"),
        ("issues[json]={", "issues[json]"),
        ("status[in]=", "status[in]"),
        ("x=%ff", "x"),
    ] {
        for mount in [INTEROP, ORANGE] {
            refused(&case.oc.get(&format!("{mount}?{query}")).await, 400, 28, says);
            case.oc.head(&format!("{mount}?{query}")).await.expect(400);
        }
    }
    let (path, strict) = (format!("{INTEROP}?statut=X"), [("prefer", "handling=strict")]);
    refused(&case.oc.send(Method::GET, &path, &strict, None).await, 400, 28, "statut");
    let lenient = case.oc.get(&format!("{INTEROP}?statut=X")).await.expect(200);
    assert_eq!(lenient.header("x-total-count"), "0", "an unknown member is simply missing everywhere");
}

#[tokio::test]
async fn a_path_or_a_method_that_is_not_served() {
    let (_server, case) = one_ticket().await;
    refused(&case.oc.get("/anomalie-adress").await, 404, 60, "nothing at this path");
    refused(&case.oc.get("/api/v2/anomalie").await, 404, 60, "nothing at this path");
    let answer = case.oc.send(Method::DELETE, INTEROP, &[], None).await;
    refused(&answer, 405, 61, "DELETE is not served");
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
    let answer = case.oc.send(Method::DELETE, &case.path, &[], None).await;
    refused(&answer, 405, 61, "DELETE is not served");
    assert_eq!(answer.header("allow"), "GET,HEAD,PUT,PATCH");
    refused(&case.oc.get(&format!("{INTEROP}/42")).await, 400, 20, "is a UUID");
    refused(
        &case.oc.get(&format!("{INTEROP}/{{22e61758-924d-4ad7-b259-e4fcb1ea8808}}")).await,
        400,
        20,
        "is a UUID",
    );
    refused(&case.oc.get("/anomalie-adresse/22e61758924d4ad7b259e4fcb1ea8808").await, 400, 20, "is a UUID");
}

#[tokio::test]
async fn headers_that_cannot_be_served() {
    let (_server, case) = one_ticket().await;
    let send = |name: &'static str, value: &'static str| {
        let (api, body) = (case.oc.clone(), fixtures::modification());
        async move { api.send(Method::POST, INTEROP, &[(name, value)], Some(&body)).await }
    };
    refused(&send("accept", "text/html").await, 406, 62, "application/json");
    refused(&send("idempotency-key", "").await, 400, 26, "Idempotency-Key");
    let long = format!("{INTEROP}?x={}", "y".repeat(9000));
    refused(&case.oc.get(&long).await, 414, 67, "longer than the server accepts");
}

#[tokio::test]
async fn credentials_that_are_missing_or_wrong() {
    let server = TestServer::start().await;
    let missing = server.anonymous().get(ORANGE).await;
    refused(&missing, 401, 40, "Missing credentials");
    assert_eq!(missing.header("www-authenticate"), "Bearer realm=\"epissure\"");
    let wrong = server.anonymous().with_token("nonsense").get(ORANGE).await;
    refused(&wrong, 401, 41, "Invalid credentials");
    assert!(wrong.header("www-authenticate").contains("invalid_token"));
    let basic =
        server.anonymous().request(Method::GET, INTEROP).basic_auth("sfra-oc", Some(fixtures::SECRET));
    refused(&server.anonymous().send_built(basic).await, 401, 41, "Invalid credentials");
}

#[tokio::test]
async fn a_request_is_known_by_the_identifier_it_brings_if_that_is_harmless() {
    let (_server, case) = one_ticket().await;
    let with = |id: &'static str| {
        let api = case.oc.clone();
        async move { api.send(Method::GET, INTEROP, &[("x-oapi-request-id", id)], None).await }
    };
    assert_eq!(with("ab-12").await.header("x-oapi-request-id"), "ab-12");
    let made = with("<script>").await.header("x-oapi-request-id").to_owned();
    assert_eq!(made.len(), 36, "{made}");
    assert_eq!(case.oc.get("/nowhere").await.header("x-oapi-request-id").len(), 36);
}
