//! Resources of other operators are not found.

use epissure_testkit::{TestServer, fixtures};
use reqwest::Method;
use serde_json::json;

use super::{Case, INTEROP, ORANGE, attachments};

#[tokio::test]
async fn anothers_ticket_is_not_found_and_not_counted() {
    let server = TestServer::start().await;
    let case = Case::open(&server, &fixtures::modification()).await;
    let id = case.path.rsplit('/').next().unwrap();
    for stranger in ["venu-oc", "iftr-oi", "artd-oc", "artd-oi"] {
        let stranger = server.login(stranger).await;
        for mount in [INTEROP, ORANGE] {
            let path = format!("{mount}/{id}");
            let absent =
                stranger.get(&format!("{mount}/22e61758-924d-4ad7-b259-e4fcb1ea8808")).await.expect(404);
            let foreign = stranger.get(&path).await.expect(404);
            assert_eq!(foreign.body, absent.body, "the two cannot be told apart");
            stranger.head(&path).await.expect(404);
            stranger.patch(&path, &case.etag, &json!({"description": "mine"})).await.expect(404);
            stranger.put(&path, &case.etag, &fixtures::modification()).await.expect(404);
            stranger.patch(&path, "*", &json!({"status": "CANCELED"})).await.expect(404);
            for query in
                ["", "?sort=-creationDate", "?code_oc=SFRA", &format!("?id={id}"), "?status[ne]=CLOSED"]
            {
                let list = stranger.get(&format!("{mount}{query}")).await.expect(200);
                assert_eq!(list.body, json!([]), "{query}");
                assert_eq!(list.header("x-total-count"), "0", "{query}");
                let count = stranger.head(&format!("{mount}{query}")).await.expect(200);
                assert_eq!(count.header("x-total-count"), "0", "{query}");
            }
        }
    }
    for owner in [&case.oc, &case.oi] {
        assert_eq!(owner.get(INTEROP).await.expect(200).header("x-total-count"), "1");
    }
}

#[tokio::test]
async fn each_operation_needs_a_token_with_its_scope() {
    let server = TestServer::start().await;
    let case = Case::open(&server, &fixtures::modification()).await;
    let (ticket, note) = (fixtures::modification(), json!({"text": "a note"}));
    let named = json!({"name": "a.csv"});
    // An attachment with one chunk, and a validated one.
    let attachments = format!("{}/attachment", case.path);
    let chunked = attachments::open_with_a_chunk(&case.oc, &attachments).await;
    let readable = attachments::validated(&server, &case.oc, &attachments).await;
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "https://oi.example", "time": "2025-01-14T13:17:58Z",
        "type": "fr.interop.anomalieadresse.update", "subject": "22e61758-924d-4ad7-b259-e4fcb1ea8808", "data": {}
    });
    let reader = server.login_for("sfra-oc", "interop:anomalie-adresse:readonly").await;
    let writer = server.login_for("sfra-oc", "interop:anomalie-adresse:write").await;
    let sender = server.login_for("ftel-oi", "interop:anomalie-adresse:write").await;
    let directory = server.login_for("sfra-oc", "owf:united-way:party:v1:readonly").await;
    let operations = [
        (Method::GET, INTEROP.to_owned(), &reader),
        (Method::HEAD, INTEROP.to_owned(), &reader),
        (Method::GET, case.path.clone(), &reader),
        (Method::HEAD, case.path.clone(), &reader),
        (Method::POST, INTEROP.to_owned(), &writer),
        (Method::PUT, case.path.clone(), &writer),
        (Method::PATCH, case.path.clone(), &writer),
        (Method::GET, format!("{}/note", case.path), &reader),
        (Method::HEAD, format!("{}/note", case.path), &reader),
        (Method::POST, format!("{}/note", case.path), &writer),
        (Method::GET, attachments.clone(), &reader),
        (Method::HEAD, attachments.clone(), &reader),
        (Method::POST, attachments.clone(), &writer),
        (Method::GET, readable.clone(), &reader),
        (Method::GET, format!("{readable}/content"), &reader),
        (Method::POST, format!("{chunked}/content"), &writer),
        (Method::POST, format!("{chunked}/finalize"), &writer),
        (Method::GET, format!("{INTEROP}/event"), &reader),
        (Method::HEAD, format!("{INTEROP}/event"), &reader),
        (Method::POST, format!("{INTEROP}/event"), &sender),
        (Method::OPTIONS, format!("{INTEROP}/event"), &sender),
    ];
    for (method, path, able) in &operations {
        for path in [path.clone(), path.replace(INTEROP, ORANGE)] {
            let writes = !matches!(*method, Method::GET | Method::HEAD);
            let body = match path.rsplit('/').next() {
                Some("note") => &note,
                Some("attachment") => &named,
                Some("event") => &event,
                _ => &ticket,
            };
            let body = writes.then_some(body);
            let send = |api: epissure_testkit::Api| {
                let (method, path) = (method.clone(), path.clone());
                async move {
                    if writes && path.ends_with("/content") {
                        return attachments::send_chunk(&api, &path).await;
                    }
                    api.send(method, &path, &[("if-match", "*")], body).await
                }
            };
            let unable = if writes { &reader } else { &writer };
            assert!(send((*able).clone()).await.status < 300, "{method} {path}");
            assert_eq!(send(unable.clone()).await.status, 403, "{method} {path} with too small a scope");
            assert_eq!(send(directory.clone()).await.status, 403, "{method} {path} with a foreign scope");
            assert_eq!(send(server.anonymous()).await.status, 401, "{method} {path} without a token");
            let invented = server.anonymous().with_token("epi_at_invented");
            assert_eq!(send(invented).await.status, 401, "{method} {path} with an invented token");
        }
    }
    let described: usize = epissure_server::openapi::DOCUMENTS
        .iter()
        .filter(|document| document.path.contains("anomalie"))
        .map(|document| {
            let made = document.make();
            let items = made["paths"].as_object().unwrap().values();
            items
                .map(|item| item.as_object().unwrap().keys().filter(|key| *key != "parameters").count())
                .sum::<usize>()
        })
        .sum();
    // The contract does not list HEAD on one ticket separately from GET.
    assert_eq!(described, 2 * (operations.len() - 1), "every operation of the contract is tried here");
}

#[tokio::test]
async fn only_an_oc_opens_and_only_in_its_own_name() {
    let server = TestServer::start().await;
    let oi = server.login("ftel-oi").await;
    assert_eq!(oi.post(INTEROP, &fixtures::modification()).await.expect(403).body["code"], "50");
    let other = server.login("venu-oc").await;
    let answer = other.post(INTEROP, &fixtures::modification()).await.expect(400);
    assert_eq!(answer.body["details"][0]["pointer"], "/code_oc");
    let mut body = fixtures::modification();
    body["code_oc"] = "VENU".into();
    body["code_oi"] = "SFRA".into();
    let answer = other.post(INTEROP, &body).await.expect(400);
    assert_eq!(answer.body["details"][0]["pointer"], "/code_oi", "an operator that treats nothing here");
}

#[tokio::test]
async fn what_the_checks_found_is_for_the_oi_alone() {
    let server = TestServer::start().await;
    let mut body = fixtures::modification();
    body["issues"]["building.address.code_insee"] = json!({"value": "99999"});
    let case = Case::open(&server, &body).await;
    let for_oi = case.oi.get(&case.path).await.expect(200).body;
    assert_eq!(for_oi["findings"][0]["severity"], "warning");
    assert_eq!(for_oi["findings"][0]["pointer"], "/issues/building.address.code_insee/value");
    assert_eq!(case.oc.get(&case.path).await.expect(200).body.get("findings"), None);
    assert_eq!(case.oc.get(INTEROP).await.expect(200).body[0].get("findings"), None);
}

#[tokio::test]
async fn a_repeated_reference_is_flagged_and_accepted() {
    let server = TestServer::start().await;
    let mut body = fixtures::modification();
    body["externalId"] = "T-1".into();
    let first = Case::open(&server, &body).await;
    let second = Case::open(&server, &body).await;
    let first_id = first.path.rsplit('/').next().unwrap();
    let finding = &second.oi.get(&second.path).await.expect(200).body["findings"][0];
    assert_eq!(finding["code"], "external-id-repeated");
    assert!(finding["message"].as_str().unwrap().contains(first_id));
}
