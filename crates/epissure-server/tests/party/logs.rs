//! The log contains no personal data and no secret, at any level.

use epissure_testkit::fixtures::{self, directory};
use epissure_testkit::{Api, Log, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

use super::{INDIVIDUALS, MOUNT, ORGANIZATIONS, create};

/// Words that occur only in personal data. Each is searched for in any case and encoding.
const CANARIES: &[&str] =
    &["Zorglub", "Fantasio", "0655544433", "spirou.canary", "ruecanary", "canaryville", "canarykey"];

fn person() -> Value {
    json!({
        "familyName": "Zorglub", "givenName": "Fantasio", "legalName": "ZORGLUB FANTASIO",
        "contactMedium": [
            {"mediumType": "PHONE", "characteristic": {"contactType": "MOBILE_HOME", "phoneNumber": "0655544433"}},
            {"mediumType": "MAIL", "characteristic": {"contactType": "OTHER", "emailAddress": "spirou.canary@foo.com"}},
            {"mediumType": "ADDRESS", "characteristic": {
                "contactType": "OTHER", "street1": "1 ruecanary", "city": "Canaryville"
            }}
        ]
    })
}

/// Sends valid and invalid requests of every kind on an individual.
async fn scenario(api: &Api, stranger: &Api) {
    let key = [("idempotency-key", "canarykey")];
    let created = api.send(Method::POST, INDIVIDUALS, &key, Some(&person())).await.expect(201);
    api.send(Method::POST, INDIVIDUALS, &key, Some(&person())).await.expect(201);
    api.send(Method::POST, INDIVIDUALS, &key, Some(&directory::jack())).await.expect(409);
    let path = format!("{INDIVIDUALS}/{}", created.body["id"].as_str().unwrap());
    for query in [
        "",
        "fullName=Fantasio%20Zorglub",
        "fullName*=*zorglub*",
        "familyName*=Zorg*",
        "familyName*=Zorglub",
        "zorglub=Fantasio",
        "sort=Zorglub",
        "fields=Zorglub",
        "fields=Zorglub..x",
        "partyCharacteristic.name=Zorglub&partyCharacteristic.value=Fantasio",
        "partyCharacteristic.value=Fantasio",
        "Zorglub[regex]=(Fantasio",
        "fullName=%5Aorglub%ff",
        "limit=0655544433Zorglub",
    ] {
        for collection in [INDIVIDUALS, ORGANIZATIONS, &path, &format!("{MOUNT}/Zorglub"), "/Fantasio"] {
            for method in [Method::GET, Method::HEAD] {
                api.send(method.clone(), &format!("{collection}?{query}"), &[], None).await;
                stranger.send(method, &format!("{collection}?{query}"), &[], None).await;
            }
        }
    }
    for path in [
        &format!("{INDIVIDUALS}/Zorglub"),
        &format!("{INDIVIDUALS}/fullName=Zorglub"),
        &format!("{MOUNT}/individuals/Zorglub"),
    ] {
        api.get(path).await.expect(400);
        api.send(Method::DELETE, path, &[("if-match", "Zorglub")], None).await;
    }
    for wrong in [
        json!({"familyName": {"Zorglub": 1}}),
        json!({"Zorglub": "Fantasio", "gender": ["Zorglub"]}),
        json!({"contactMedium": [{"mediumType": "Zorglub", "characteristic": {"contactType": "Fantasio"}}]}),
        json!({"birthDate": "0655544433", "status": "Zorglub"}),
    ] {
        for method in [Method::POST, Method::PUT, Method::PATCH] {
            let at = if method == Method::POST { INDIVIDUALS } else { &path };
            api.send(method, at, &[], Some(&wrong)).await.expect(400);
        }
    }
    for text in ["{\"familyName\": Zorglub", "Zorglub", "{\"Zorglub\": \"\\u0000Fantasio\"}"] {
        let request = api.request(Method::POST, INDIVIDUALS).header("content-type", "application/json");
        api.send_built(request.body(text)).await.expect(400);
        let request = api.request(Method::PATCH, &path).header("content-type", "Zorglub/Fantasio");
        api.send_built(request.body(text)).await.expect(415);
    }
    let large = json!({"familyName": "Zorglub".repeat(200_000)});
    api.post(INDIVIDUALS, &large).await.expect(413);
    api.get(&format!("{INDIVIDUALS}?fullName={}", "Zorglub".repeat(1_500))).await.expect(414);
    api.patch(&path, "\"Zorglub\"", &json!({"givenName": "Fantasio"})).await.expect(412);
    api.patch(&path, "*", &json!({"middleName": "Zorglub"})).await.expect(200);
    api.put(&path, "*", &person()).await.expect(200);
    stranger.patch(&path, "*", &json!({"middleName": "Zorglub"})).await.expect(404);
    api.get(&format!("{MOUNT}{}", created.body["href"].as_str().unwrap())).await.expect(200);
    api.send(Method::DELETE, &path, &[], None).await.expect(204);
}

#[tokio::test]
async fn nothing_of_a_person_and_no_secret_is_logged_at_any_level() {
    let log = Log::start();
    let server = TestServer::start().await;
    let (api, stranger) = (server.login("sfra-oc").await, server.login("venu-oc").await);
    let token = api.token().unwrap().to_owned();

    scenario(&api, &stranger).await;
    let invented = server.anonymous().with_token("epi_at_canarytoken");
    invented.get(INDIVIDUALS).await.expect(401);
    for request in ["/oauth/revoke", "/oauth/introspect", "/oauth/v2/token"] {
        let request =
            server.anonymous().request(Method::POST, request).basic_auth("sfra-oc", Some("canarysecret"));
        server.anonymous().send_built(request.form(&[("token", "epi_at_canarytoken")])).await;
    }
    // A corrupt document is reported without its content.
    unreadable(&server, &api).await;

    let text = log.text().to_lowercase();
    assert!(text.contains("answered"), "the log is captured");
    assert!(text.contains(&format!("route=\"{INDIVIDUALS}/{{id}}\"")), "and says which route: {text:.2000}");
    assert!(
        text.contains("a stored party cannot be rendered")
            && text.contains("a stored document cannot be parsed")
    );
    let secrets = [fixtures::SECRET, &token, "canarysecret", "canarytoken"];
    for canary in CANARIES.iter().chain(&secrets) {
        let canary = canary.to_lowercase();
        let line = text.lines().find(|line| line.contains(&canary)).unwrap_or_default();
        assert!(line.is_empty(), "`{canary}` is in the log: {line:.500}");
    }
    let metrics = server.anonymous().get("/metrics").await.expect(200).text.to_lowercase();
    let found = CANARIES.iter().find(|canary| metrics.contains(&canary.to_lowercase()));
    assert_eq!(found, None, "{metrics}");
}

/// Corrupts the stored document of an individual, and requests it.
async fn unreadable(server: &TestServer, api: &Api) {
    let path = create(api, &person()).await;
    let spoilt = "{\"familyName\":\"Zorglub\" Fantasio}";
    assert_eq!(server.tamper("UPDATE individual SET document = $1", spoilt).await, 1);
    api.get(&path).await.expect(500);
    api.patch(&path, "*", &json!({"title": "Mr"})).await.expect(500);
    api.get(&format!("{INDIVIDUALS}?fields=fullName")).await.expect(500);
}
