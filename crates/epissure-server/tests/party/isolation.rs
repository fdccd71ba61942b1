//! Individuals of other operators are not found, and each method has its scope.

use epissure_testkit::fixtures::directory;
use epissure_testkit::{Api, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

use super::{INDIVIDUALS, MOUNT, NOBODY, ORGANIZATIONS, create, jack, refused};

#[tokio::test]
async fn anothers_individual_is_not_found_in_any_way() {
    let (server, owner, path) = jack().await;
    let before = owner.get(&path).await.expect(200);
    let absent = format!("{INDIVIDUALS}/{NOBODY}");
    for stranger in ["venu-oc", "ftel-oi", "iftr-oi", "artd-oc", "artd-oi"] {
        let stranger = server.login(stranger).await;
        let send = |method: Method, path: String, body: Option<Value>| {
            let stranger = stranger.clone();
            async move { stranger.send(method, &path, &[], body.as_ref()).await }
        };
        for (method, body) in [
            (Method::GET, None),
            (Method::HEAD, None),
            (Method::PUT, Some(directory::jack())),
            (Method::PATCH, Some(json!({"givenName": "Joe"}))),
            // The body is not validated for an individual of another operator.
            (Method::PATCH, Some(json!({"givenName": null}))),
            (Method::DELETE, None),
        ] {
            let foreign = send(method.clone(), path.clone(), body.clone()).await.expect(404);
            let unknown = send(method.clone(), absent.clone(), body).await.expect(404);
            assert_eq!(foreign.text, unknown.text, "{method}: the two cannot be told apart");
            assert_eq!(foreign.header("etag"), "");
        }
        for condition in [before.header("etag"), "*", "\"nonsense\""] {
            let headers = [("if-match", condition), ("if-none-match", condition)];
            for method in [Method::GET, Method::DELETE] {
                let answer = stranger.send(method, &path, &headers, None).await;
                refused(&answer, 404, 60, "does not exist");
            }
        }
        for query in [
            "",
            "fields=none",
            "offset=0&limit=1",
            "fullName=Jack%20Dalton",
            "fullName*=*Dal*",
            "fullName*=J*",
            "familyName*=*a*",
            "gender=MALE",
            "partyCharacteristic.name=Category&partyCharacteristic.value=operatorInterlocutor",
        ] {
            let list = stranger.get(&format!("{INDIVIDUALS}?{query}")).await.expect(200);
            assert_eq!((list.text.as_str(), list.header("x-result-count")), ("[]", "0"), "{query}");
            assert_eq!((list.header("x-total-count"), list.header("link")), ("0", ""), "{query}");
            let count = stranger.head(&format!("{INDIVIDUALS}?{query}")).await.expect(200);
            assert_eq!(count.header("x-total-count"), "0", "{query}");
        }
    }
    assert_eq!(owner.get(&path).await.expect(200).text, before.text);
    assert_eq!(owner.get(&path).await.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn a_key_is_its_clients_own() {
    let (server, owner, _) = jack().await;
    let stranger = server.login("venu-oc").await;
    let key = [("idempotency-key", "k")];
    let first = owner.send(Method::POST, INDIVIDUALS, &key, Some(&directory::jack())).await.expect(201);
    let other = stranger.send(Method::POST, INDIVIDUALS, &key, Some(&directory::jack())).await.expect(201);
    assert_ne!(first.body["id"], other.body["id"]);
    assert_eq!(stranger.head(INDIVIDUALS).await.header("x-total-count"), "1");
}

#[tokio::test]
async fn the_programs_of_an_operator_share_its_individuals_whatever_their_role() {
    let server = TestServer::start().await;
    let (oi, oc) = (server.login("artd-oi").await, server.login("artd-oc").await);
    let path = create(&oi, &directory::jack()).await;
    oc.patch(&path, "*", &json!({"title": "Mr"})).await.expect(200);
    assert_eq!(oi.get(&path).await.expect(200).body["title"], "Mr");
    oc.send(Method::DELETE, &path, &[], None).await.expect(204);
    oi.get(&path).await.expect(404);
}

#[tokio::test]
async fn organizations_are_seen_by_all() {
    let (server, _, _) = jack().await;
    server.import_organizations(directory::organizations()).await;
    let path = format!("{ORGANIZATIONS}/{}", directory::organizations()[1].0);
    let mut seen = Vec::new();
    for client in ["venu-oc", "ftel-oi", "artd-oc"] {
        let api = server.login(client).await;
        assert_eq!(api.get(ORGANIZATIONS).await.expect(200).header("x-total-count"), "3");
        seen.push(api.get(&path).await.expect(200).text);
    }
    assert!(seen.iter().all(|text| *text == seen[0]));
}

#[tokio::test]
async fn each_operation_needs_a_token_with_its_scope() {
    let (server, _, path) = jack().await;
    server.import_organizations(directory::organizations()).await;
    let organization = format!("{ORGANIZATIONS}/{}", directory::organizations()[0].0);
    let reader = server.login_for("sfra-oc", "owf:united-way:party:v1:readonly").await;
    let writer = server.login_for("sfra-oc", "owf:united-way:party:v1:write").await;
    let tickets = server.login_for("sfra-oc", "interop:anomalie-adresse:write").await;
    let operations = [
        (Method::GET, ORGANIZATIONS, 200),
        (Method::HEAD, ORGANIZATIONS, 200),
        (Method::GET, &organization, 200),
        (Method::HEAD, &organization, 200),
        (Method::GET, INDIVIDUALS, 200),
        (Method::HEAD, INDIVIDUALS, 200),
        (Method::POST, INDIVIDUALS, 201),
        (Method::GET, &path, 200),
        (Method::HEAD, &path, 200),
        (Method::PUT, &path, 200),
        (Method::PATCH, &path, 200),
        (Method::DELETE, &path, 204),
    ];
    for (method, path, status) in &operations {
        let writes = !matches!(*method, Method::GET | Method::HEAD);
        let body = (writes && *method != Method::DELETE).then(directory::jack);
        let send = |api: &Api| {
            let (api, method, body) = (api.clone(), method.clone(), body.clone());
            async move { api.send(method, path, &[], body.as_ref()).await }
        };
        let (able, unable) = if writes { (&writer, &reader) } else { (&reader, &writer) };
        let wanted = if writes { "party:v1:write" } else { "party:v1:readonly" };
        for wrong in [unable, &tickets] {
            let answer = send(wrong).await;
            if *method == Method::HEAD {
                answer.expect(403);
            } else {
                refused(&answer, 403, 50, wanted);
            }
        }
        send(&server.anonymous()).await.expect(401);
        send(&server.anonymous().with_token("epi_at_invented")).await.expect(401);
        send(able).await.expect(*status);
    }
    let document =
        epissure_server::openapi::DOCUMENTS.iter().find(|document| document.path.contains("party"));
    let made = document.unwrap().make();
    let described: usize = made["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|item| {
            let operations = item.as_object().unwrap().values();
            // `security: []` marks an operation without a token: the redirects of references.
            let secured =
                |operation: &&Value| operation["security"].as_array().is_some_and(|any| !any.is_empty());
            operations.filter(secured).count()
        })
        .sum();
    // The contract does not list HEAD on one party separately from GET.
    assert_eq!(described, operations.len() - 2, "every operation of the contract is tried here");
}

#[tokio::test]
async fn what_is_not_served_says_what_is() {
    let (_server, api, path) = jack().await;
    for (method, path, allow) in [
        (Method::POST, ORGANIZATIONS, "GET,HEAD"),
        (Method::DELETE, ORGANIZATIONS, "GET,HEAD"),
        (Method::PATCH, &format!("{ORGANIZATIONS}/{NOBODY}"), "GET,HEAD"),
        (Method::PUT, &format!("{ORGANIZATIONS}/{NOBODY}"), "GET,HEAD"),
        (Method::DELETE, &format!("{ORGANIZATIONS}/{NOBODY}"), "GET,HEAD"),
        (Method::PUT, INDIVIDUALS, "GET,HEAD,POST"),
        (Method::DELETE, INDIVIDUALS, "GET,HEAD,POST"),
        (Method::POST, &path, "GET,HEAD,PUT,PATCH,DELETE"),
    ] {
        let answer = api.send(method.clone(), path, &[], None).await;
        refused(&answer, 405, 61, "is not served");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
    for path in ["", "/", "/people", "/individual//", "/individual/x/y"] {
        refused(&api.get(&format!("{MOUNT}{path}")).await, 404, 60, "nothing at this path");
    }
}
