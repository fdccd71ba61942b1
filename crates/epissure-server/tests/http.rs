//! Requirements of HTTP on requests and responses, independent of the resource.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

use epissure_server::{Server, Settings};
use epissure_testkit::{Answer, Api, TestServer, fixtures};
use http::{Request, StatusCode};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower::ServiceExt as _;

const INTEROP: &str = "/api/v2/anomalie-adresse";
const ORANGE: &str = "/anomalie-adresse";
const PARTY: &str = "/united-way/party-management/v1";

/// Sends bytes and returns the response, to the end of the connection.
async fn raw(server: &TestServer, request: &str) -> String {
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Asserts the status of a refusal, its body and its request identifier.
#[track_caller]
fn assert_refused(answer: &str, status: &str, says: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.to_ascii_lowercase().contains("\r\nx-oapi-request-id: "), "{answer}");
    let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    assert!(body["code"].is_number(), "{answer}");
    assert!(body.to_string().contains(says), "{answer}");
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let server = TestServer::start().await;
    for (hosts, says) in [
        ("", "Host is required"),
        ("host: a\r\nhost: a\r\n", "more than once"),
        ("host: user@a\r\n", "a name and a port"),
    ] {
        let answer =
            raw(&server, &format!("GET {ORANGE} HTTP/1.1\r\n{hosts}connection: close\r\n\r\n")).await;
        assert_refused(&answer, "400", says);
    }
    let old = raw(&server, "GET /health/live HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200 "), "{old}");
}

#[tokio::test]
async fn a_head_that_cannot_be_read_is_refused_with_a_body_and_an_identifier() {
    let server = TestServer::start().await;
    let get = |target: &str, more: &str| format!("GET {target} HTTP/1.1\r\nhost: a\r\n{more}\r\n");
    let many: String = (0..101).map(|number| format!("x-{number}: y\r\n")).collect();
    for (request, status, says) in [
        ("nonsense\r\n\r\n".to_owned(), "400", "malformed"),
        ("\0\r\n\r\n".to_owned(), "400", "malformed"),
        (get("/a\0b", ""), "400", "malformed"),
        (get(ORANGE, "a name: x\r\n"), "400", "malformed"),
        (get(ORANGE, "x-nul: a\0b\r\n"), "400", "malformed"),
        (get(ORANGE, "content-length: many\r\n"), "400", "malformed"),
        (format!("GET {ORANGE} HTTP/7.1\r\nhost: a\r\n\r\n"), "400", "malformed"),
        (get(ORANGE, &many), "431", "headers"),
        (get(ORANGE, &format!("x-large: {}\r\n", "y".repeat(200_000))), "431", "headers"),
        (get(&format!("{ORANGE}?a={}", "b".repeat(9_000)), "connection: close\r\n"), "414", "longer"),
        (get(&format!("{ORANGE}?a={}", "b".repeat(200_000)), ""), "414", "longer"),
    ] {
        let answer = raw(&server, &request).await;
        assert_refused(&answer, status, says);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let lines: Vec<String> = head.split("\r\n").map(str::to_ascii_lowercase).collect();
        for line in [
            "connection: close",
            "content-type: application/json",
            &format!("content-length: {}", body.len()),
        ] {
            assert_eq!(lines.iter().filter(|one| *one == line).count(), 1, "{line}: {answer}");
        }
    }
}

#[tokio::test]
async fn the_refusal_of_a_head_has_the_shape_of_its_mount() {
    let server = TestServer::start().await;
    let refused = |target: String, more: &'static str| {
        let server = &server;
        async move {
            let request = format!("GET {target} HTTP/1.1\r\nhost: a\r\n{more}: x\r\n\r\n");
            let answer = raw(server, &request).await;
            let (_, body) = answer.split_once("\r\n\r\n").unwrap();
            serde_json::from_str::<Value>(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
        }
    };
    let orange = refused(format!("{ORANGE}?name[>]=x"), "a name").await;
    assert_eq!((&orange["code"], &orange["description"]), (&json!(26), &json!("Invalid header value")));
    let interop = refused(format!("{INTEROP}?name[>]=x"), "a name").await;
    assert_eq!((&interop["code"], &interop["status"]), (&json!("26"), &json!("400")));
    let party = refused(format!("{PARTY}/individual"), "a name").await;
    assert_eq!(party["code"], 26, "as that mount answers any invalid header");
    let long = refused(format!("{INTEROP}?a={}", "b".repeat(200_000)), "x").await;
    assert_eq!((&long["code"], &long["status"]), (&json!("67"), &json!("414")));
}

#[tokio::test]
async fn a_request_before_one_that_cannot_be_read_has_its_own_answer() {
    let server = TestServer::start().await;
    let live = "GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n";
    let refusal = raw(&server, "nonsense\r\n\r\n").await;
    let body_of_refusal = refusal.split_once("\r\n\r\n").unwrap().1;
    for path in ["/health/live", epissure_server::openapi::DOCUMENTS[0].path] {
        let whole =
            raw(&server, &format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).await;
        let body = whole.split_once("\r\n\r\n").unwrap().1;
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
        let both = raw(&server, &format!("{live}{request}nonsense\r\n\r\n")).await;
        assert_eq!(both.matches("HTTP/1.1 200 ").count(), 2, "{path}: {both}");
        let (_, refused) = both.split_once(body).unwrap_or_else(|| panic!("{path}: not whole: {both}"));
        assert!(refused.contains("HTTP/1.1 400 "), "{path}: {refused}");
        assert!(refused.ends_with(body_of_refusal), "{path}: {refused}");
    }
}

#[tokio::test]
async fn a_head_request_that_cannot_be_read_is_refused_without_a_body() {
    let server = TestServer::start().await;
    let answer = raw(&server, &format!("HEAD {ORANGE} HTTP/1.1\r\nhost: a\r\na name: x\r\n\r\n")).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 ") && head.contains("\r\nx-oapi-request-id: "), "{answer}");
    assert_eq!(body, "");
}

#[tokio::test]
async fn a_transfer_coding_that_is_not_there_is_told() {
    let server = TestServer::start().await;
    let head = format!(
        "POST {ORANGE} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: gzip, chunked\r\n"
    );
    let answer = raw(&server, &format!("{head}\r\n0\r\n\r\n")).await;
    assert_refused(&answer, "501", "chunked");
}

#[tokio::test]
async fn a_path_with_a_slash_at_its_end_leads_where_it_leads_without() {
    let server = TestServer::start().await;
    let (oc, anyone) = (server.login("sfra-oc").await, server.anonymous());
    let ticket = oc.post(INTEROP, &fixtures::modification()).await.expect(201).body;
    let id = ticket["id"].as_str().unwrap();
    for path in [
        INTEROP.to_owned(),
        format!("{INTEROP}/{id}"),
        format!("{INTEROP}/{id}/note"),
        format!("{ORANGE}/event"),
        format!("{PARTY}/organization"),
        "/health/live".to_owned(),
        "/.well-known/oauth-authorization-server".to_owned(),
    ] {
        let (plain, slashed) =
            (oc.get(&path).await.expect(200), oc.get(&format!("{path}/")).await.expect(200));
        assert_eq!(plain.text, slashed.text, "{path}");
    }
    oc.post(&format!("{INTEROP}/"), &fixtures::modification()).await.expect(201);
    assert_eq!(oc.get(&format!("{INTEROP}/?limit=1")).await.expect(200).header("x-result-count"), "1");
    anyone.get("/nothing/").await.expect(404);
    assert_eq!(anyone.get("/docs/").await.expect(200).header("content-type"), "text/html");
}

/// Asserts that `HEAD` and `GET` have the same headers.
async fn compare(api: &Api, path: &str) {
    let (get, head) = (api.get(path).await.expect(200), api.head(path).await.expect(200));
    assert_eq!(head.text, "", "{path}");
    for name in ["x-total-count", "x-result-count", "content-type", "cache-control"] {
        assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        assert_ne!(head.header(name), "", "{name} of {path}");
    }
    let relations = |links: &str| -> Vec<String> {
        links.split(", ").filter_map(|link| Some(link.split_once("rel=")?.1.to_owned())).collect()
    };
    assert_eq!(relations(head.header("link")), relations(get.header("link")), "{path}");
    let length = head.header("content-length");
    assert!(length.is_empty() || length == get.text.len().to_string(), "{path}: {length}");
}

#[tokio::test]
async fn head_of_a_list_has_the_headers_of_get() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    let mut paths = Vec::new();
    for _ in 0..3 {
        let ticket = oc.post(INTEROP, &fixtures::modification()).await.expect(201).body;
        paths.push(format!("{INTEROP}/{}", ticket["id"].as_str().unwrap()));
    }
    for text in ["a", "b", "c"] {
        oc.post(&format!("{}/note", paths[0]), &json!({"text": text})).await.expect(201);
        let file = format!("{text}.csv");
        oc.post(&format!("{}/attachment", paths[0]), &json!({"name": file})).await.expect(201);
    }
    let oi = server.login("ftel-oi").await;
    for (api, list) in [
        (&oc, INTEROP.to_owned()),
        (&oc, ORANGE.to_owned()),
        (&oc, format!("{}/note", paths[0])),
        (&oc, format!("{}/attachment", paths[0])),
        (&oi, format!("{INTEROP}/event")),
        (&oc, format!("{PARTY}/organization")),
        (&oc, format!("{PARTY}/individual")),
    ] {
        for query in ["", "?limit=2", "?limit=2&offset=1", "?limit=2&offset=2", "?offset=100", "?limit=0"] {
            compare(api, &format!("{list}{query}")).await;
        }
    }
    let next = oc.get(&format!("{INTEROP}?limit=1")).await.next().unwrap().replace(&server.base, "");
    assert!(next.contains("cursor="), "{next}");
    compare(&oc, &next).await;
}

#[tokio::test]
async fn a_cursor_may_come_with_an_offset_of_zero() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    for _ in 0..2 {
        oc.post(INTEROP, &fixtures::modification()).await.expect(201);
    }
    let next = oc.get(&format!("{INTEROP}?limit=1")).await.next().unwrap().replace(&server.base, "");
    let plain = oc.get(&next).await.expect(200);
    for query in [format!("{next}&offset=0"), next.replace('?', "?offset=0&")] {
        assert_eq!(oc.get(&query).await.expect(200).text, plain.text, "{query}");
    }
    oc.get(&format!("{next}&offset=1")).await.expect(400);
    oc.get(&next.replace('?', "?offset=1&")).await.expect(400);
}

#[tokio::test]
async fn what_the_caller_has_already_is_not_sent_again() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    let opened = oc.post(INTEROP, &fixtures::modification()).await.expect(201);
    let id = opened.body["id"].as_str().unwrap();
    let attachment =
        oc.post(&format!("{INTEROP}/{id}/attachment"), &json!({"name": "a.csv"})).await.expect(201);
    let attachment_path = format!("{INTEROP}/{id}/attachment/{}", attachment.body["id"].as_str().unwrap());
    for (path, etag) in [
        (format!("{INTEROP}/{id}"), opened.header("etag")),
        (format!("{ORANGE}/{id}"), opened.header("etag")),
        (attachment_path, attachment.header("etag")),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let known = oc.send(method.clone(), &path, &[("if-none-match", etag)], None).await.expect(304);
            assert_eq!((known.header("etag"), known.text.as_str()), (etag, ""));
            oc.send(method, &path, &[("if-none-match", "\"another\"")], None).await.expect(200);
        }
    }
    let changed =
        oc.patch(&format!("{INTEROP}/{id}"), opened.header("etag"), &json!({"description": "b"})).await;
    let stale = [("if-none-match", opened.header("etag"))];
    let again = oc.send(Method::GET, &format!("{INTEROP}/{id}"), &stale, None).await.expect(200);
    assert_eq!(again.header("etag"), changed.expect(200).header("etag"));
}

#[tokio::test]
async fn a_token_without_the_scope_is_told_which_it_lacks() {
    let server = TestServer::start().await;
    let api = server.login_for("sfra-oc", "owf:united-way:party:v1:readonly").await;
    for (method, path, scope) in [
        (Method::GET, INTEROP, "interop:anomalie-adresse:readonly"),
        (Method::POST, ORANGE, "interop:anomalie-adresse:write"),
        (Method::POST, "/united-way/party-management/v1/individual", "owf:united-way:party:v1:write"),
    ] {
        let refused = api.send(method, path, &[], Some(&json!({}))).await.expect(403);
        let challenge = format!("Bearer realm=\"epissure\", error=\"insufficient_scope\", scope=\"{scope}\"");
        assert_eq!(refused.header("www-authenticate"), challenge);
    }
}

#[tokio::test]
async fn a_browser_may_call_from_the_origins_that_the_administrator_names() {
    let server = TestServer::start().await;
    let token = server.login("sfra-oc").await.token().unwrap().to_owned();
    let router = |origins: &[&'static str]| {
        let cors_origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
        let settings = Settings { cors_origins, ..Settings::new(&server.base) };
        Server::new(server.app.clone(), settings).router()
    };
    let ask = async |origins: &[&'static str], method: &str, path: &str, origin: &str, preflight: bool| {
        let mut request =
            Request::builder().method(method).uri(path).header("host", "oi").header("origin", origin);
        request = request.header("authorization", format!("Bearer {token}"));
        if preflight {
            request = request
                .header("access-control-request-method", "PATCH")
                .header("access-control-request-headers", "authorization, if-match");
        }
        router(origins).oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap()
    };
    let app = "https://app.example";
    let read = ask(&[app], "GET", INTEROP, app, false).await;
    assert_eq!(
        (read.status(), &read.headers()["access-control-allow-origin"]),
        (StatusCode::OK, &app.parse().unwrap())
    );
    let exposed = read.headers()["access-control-expose-headers"].to_str().unwrap();
    assert!(["etag", "link", "x-total-count"].iter().all(|name| exposed.contains(name)), "{exposed}");
    let preflight = ask(&[app], "OPTIONS", INTEROP, app, true).await;
    assert_eq!(preflight.status(), StatusCode::OK);
    assert_eq!(preflight.headers()["access-control-allow-headers"], "authorization, if-match");
    for (origins, origin) in [(&[app][..], "https://other.example"), (&[], app)] {
        let answer = ask(origins, "GET", INTEROP, origin, false).await;
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{origin}");
    }
    let consent = ask(&[app], "OPTIONS", &format!("{INTEROP}/event"), app, false).await;
    assert_eq!(
        consent.status(),
        StatusCode::FORBIDDEN,
        "an OC may not send events: the question went through"
    );
}

/// Sends a request with `Accept-Language`.
async fn in_language(api: &Api, method: Method, path: &str, language: &str, body: Option<&Value>) -> Answer {
    api.send(method, path, &[("accept-language", language), ("if-match", "*")], body).await
}

#[track_caller]
fn assert_french(answer: &Answer, member: &str, text: &str) {
    assert_eq!(answer.body[member], text, "{}", answer.body);
    assert_eq!((answer.header("content-language"), answer.header("vary")), ("fr", "accept-language"));
}

#[tokio::test]
async fn errors_are_in_french_on_each_mount_when_the_caller_prefers_it() {
    let server = TestServer::start().await;
    let (oc, party) = (server.login("sfra-oc").await, server.login("ftel-oi").await);
    let absent = "22e61758-924d-4ad7-b259-e4fcb1ea8808";
    let not_found = "L'URI ou la ressource demandée n'existe pas.";
    let no_credentials = "Le service demandé exige une authentification, et aucune n'a été fournie\u{a0}: envoyez \
                          Authorization: Bearer {access_token}.";
    for (mount, api, sentence, title) in [
        (INTEROP.to_owned(), &oc, "message", "reason"),
        (ORANGE.to_owned(), &oc, "description", "message"),
        (format!("{PARTY}/individual"), &party, "message", "reason"),
    ] {
        let answer =
            in_language(api, Method::GET, &format!("{mount}/{absent}"), "fr", None).await.expect(404);
        assert_french(&answer, sentence, not_found);
        assert_eq!(answer.body[title], "Resource not found", "titles are the contract's");
        let answer = in_language(&server.anonymous(), Method::GET, &mount, "fr", None).await.expect(401);
        let sentence = if mount == INTEROP { "message" } else { "description" };
        assert_french(&answer, sentence, no_credentials);
    }
    let answer = in_language(&oc, Method::GET, "/nowhere", "fr", None).await.expect(404);
    let nowhere = "Il n'y a rien à ce chemin. Vérifiez l'URL de base\u{a0}; /docs liste ce qui est servi.";
    assert_french(&answer, "description", nowhere);
}

#[tokio::test]
async fn the_faults_of_a_body_a_refused_move_and_a_bad_query_are_in_french() {
    let server = TestServer::start().await;
    let (oc, oi) = (server.login("sfra-oc").await, server.login("ftel-oi").await);
    let mut body = fixtures::modification();
    body["siren"] = "12".into();
    body.as_object_mut().unwrap().remove("issues");
    let answer = in_language(&oc, Method::POST, INTEROP, "fr", Some(&body)).await.expect(400);
    let reasons: Vec<&str> = answer.body["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["reason"].as_str().unwrap())
        .collect();
    let expected =
        ["Le champ issues est obligatoire", "\"12\" n'est pas un SIREN\u{a0}: neuf chiffres sont attendus."];
    assert_eq!(reasons, expected);
    assert_french(&answer, "message", &expected.join("; "));

    let ticket = oc.post(INTEROP, &fixtures::modification()).await.expect(201);
    let path = format!("{INTEROP}/{}", ticket.body["id"].as_str().unwrap());
    let close = json!({"status": "CLOSED"});
    let answer = in_language(&oi, Method::PATCH, &path, "fr", Some(&close)).await.expect(403);
    let message = answer.body["message"].as_str().unwrap();
    let start =
        "L'acteur OI ne peut pas faire passer un ticket de ACKNOWLEDGED à CLOSED. De ACKNOWLEDGED, il peut";
    assert!(message.starts_with(start), "{message}");

    let bad = format!("{INTEROP}?limit=x");
    let answer = in_language(&oc, Method::GET, &bad, "fr", None).await.expect(400);
    assert_french(&answer, "message", "`limit`\u{a0}: un entier de 0 à 100 est attendu");
}

#[tokio::test]
async fn errors_are_in_english_unless_the_caller_prefers_french() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    for language in ["fr;q=0.5, en", "de", "*", "fr;q=0"] {
        let answer = in_language(&anonymous, Method::GET, INTEROP, language, None).await.expect(401);
        let message = answer.body["message"].as_str().unwrap();
        assert!(message.starts_with("The requested service needs credentials"), "{language}: {message}");
        assert!(answer.headers.get("content-language").is_none());
        assert_eq!(answer.header("vary"), "accept-language");
    }
}
