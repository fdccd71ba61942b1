//! Bad input: status, code and message of each case.

use epissure_testkit::TestServer;
use epissure_testkit::fixtures::directory;
use reqwest::Method;
use serde_json::{Value, json};

use super::{INDIVIDUALS, NOBODY, ORGANIZATIONS, create, jack, refused};

/// Returns invalid media, each with its expected pointer, code and message.
fn media() -> Vec<(Value, &'static str, u16, &'static str)> {
    let medium =
        |kind: &str, characteristic: Value| json!([{"mediumType": kind, "characteristic": characteristic}]);
    let phone = |contact: &str| json!({"contactType": contact, "phoneNumber": "0600000004"});
    vec![
        (json!([{}]), "/contactMedium/0/mediumType", 23, "mediumType is required"),
        (medium("FAX", phone("FAX")), "/contactMedium/0/mediumType", 24, "PHONE, MAIL, ADDRESS"),
        (medium("PHONE", phone("OTHER")), "/contactMedium/0/characteristic/contactType", 24, "FIXED_HOME"),
        (
            medium("PHONE", phone("FAX")),
            "/contactMedium/0/characteristic/faxNumber",
            23,
            "faxNumber is required",
        ),
        (
            medium("PHONE", json!({"contactType": "FIXED_HOME", "faxNumber": "1"})),
            "/contactMedium/0/characteristic/phoneNumber",
            23,
            "phoneNumber is required",
        ),
        (
            medium("MAIL", json!({"contactType": "OTHER"})),
            "/contactMedium/0/characteristic/emailAddress",
            23,
            "emailAddress is required",
        ),
        (
            medium("ADDRESS", json!({"contactType": "OTHER", "faxNumber": "1"})),
            "/contactMedium/0/characteristic",
            23,
            "one of street1, postCode, city",
        ),
        (
            json!([
                {"mediumType": "PHONE", "characteristic": phone("FIXED_HOME")},
                {"mediumType": "PHONE", "characteristic": phone("FIXED_HOME")}
            ]),
            "/contactMedium/1",
            24,
            "must not hold two media",
        ),
        (json!({}), "/contactMedium", 24, "contactMedium"),
        (json!([1]), "/contactMedium/0", 24, "must be an object"),
        (medium("MAIL", json!([])), "/contactMedium/0/characteristic", 24, "characteristic"),
    ]
}

#[tokio::test]
async fn a_body_that_is_no_individual() {
    let (_server, api, path) = jack().await;
    let mut rows = vec![
        (json!({"familyName": null}), "/familyName", 23, "The field familyName is required"),
        (json!({"givenName": null}), "/givenName", 23, "The field givenName is required"),
        (json!({"givenName": "  "}), "/givenName", 24, "not blank"),
        (json!({"familyName": 1}), "/familyName", 24, "must be a string"),
        (json!({"familyName": "x".repeat(251)}), "/familyName", 24, "at most 250"),
        (json!({"birthDate": "yesterday"}), "/birthDate", 24, "RFC 3339"),
        (json!({"status": "dead"}), "/status", 24, "deceaded"),
        (
            json!({"partyCharacteristic": [{"value": "x"}]}),
            "/partyCharacteristic/0/name",
            23,
            "name is required",
        ),
    ];
    rows.extend(
        media().into_iter().map(|(media, at, code, says)| (json!({"contactMedium": media}), at, code, says)),
    );
    let before = api.get(&path).await.expect(200).text;
    for (wrong, pointer, code, says) in rows {
        let mut body = directory::jack();
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        for answer in [
            api.post(INDIVIDUALS, &body).await,
            api.put(&path, "*", &body).await,
            // A patch is validated by its result.
            api.patch(&path, "*", &wrong).await,
        ] {
            refused(&answer, 400, code, says);
            assert_eq!(answer.body["details"][0]["pointer"], pointer, "{wrong}");
        }
    }
    assert_eq!(api.get(&path).await.expect(200).text, before);
    assert_eq!(api.head(INDIVIDUALS).await.header("x-total-count"), "1");
}

#[tokio::test]
async fn several_faults_are_reported_together_and_what_is_missing_comes_first() {
    let (_server, api, _) = jack().await;
    let body = json!({"gender": 1, "contactMedium": [{"mediumType": "MAIL", "characteristic": {"contactType": "FAX"}}]});
    let answer = api.post(INDIVIDUALS, &body).await;
    refused(&answer, 400, 23, "The field familyName is required; The field givenName is required; ");
    let codes: Vec<u64> = answer.body["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["code"].as_u64().unwrap())
        .collect();
    assert_eq!(codes, [23, 23, 24, 24]);
}

#[tokio::test]
async fn a_body_that_cannot_be_read() {
    let (_server, api, path) = jack().await;
    let send = |method: Method, content_type: &'static str, body: Vec<u8>| {
        let at = if method == Method::POST { INDIVIDUALS } else { &path };
        let request = api.request(method, at).header("content-type", content_type).body(body);
        let api = api.clone();
        async move { api.send_built(request).await }
    };
    let json = "application/json";
    for method in [Method::POST, Method::PUT, Method::PATCH] {
        let send = |content_type: &'static str, body: Vec<u8>| send(method.clone(), content_type, body);
        refused(&send(json, b"{\"familyName\": ".to_vec()).await, 400, 22, "line 1, column");
        refused(&send(json, b"[]".to_vec()).await, 400, 22, "must be a JSON object");
        refused(&send(json, Vec::new()).await, 400, 21, "needs a JSON object");
        refused(&send(json, b"{\"givenName\": \"\xff\"}".to_vec()).await, 400, 22, "not UTF-8");
        refused(&send(json, b"{\"givenName\": \"\\u0000\"}".to_vec()).await, 400, 22, "NUL");
        let deep = format!("{{\"@deep\": {}1{}}}", "[".repeat(70), "]".repeat(70));
        refused(&send(json, deep.into_bytes()).await, 400, 22, "nested deeper");
        let wide = format!("{{\"@wide\": [{}0]}}", "0,".repeat(20_000));
        refused(&send(json, wide.into_bytes()).await, 400, 22, "more than 10000 values");
        let large = format!("{{\"@large\": \"{}\"}}", "x".repeat(1024 * 1024));
        refused(&send(json, large.into_bytes()).await, 413, 66, "larger than the 1048576 bytes");
        refused(&send("text/plain", b"{}".to_vec()).await, 415, 68, "application/json");
    }
    let merge = "application/merge-patch+json";
    refused(&send(Method::PUT, merge, b"{}".to_vec()).await, 415, 68, "must be application/json");
    refused(&send(Method::POST, merge, b"{}".to_vec()).await, 415, 68, "must be application/json");
}

#[tokio::test]
async fn patches_cannot_add_up_beyond_the_bounds_of_a_body() {
    let (_server, api, path) = jack().await;
    let wide = |name: &str| json!({name: vec![0; 6_000]});
    api.patch(&path, "*", &wide("@a")).await.expect(200);
    refused(&api.patch(&path, "*", &wide("@b")).await, 400, 24, "more than 10000 values");
}

#[tokio::test]
async fn an_identifier_that_is_none() {
    let (_server, api, _) = jack().await;
    for wrong in [
        "42",
        "Dalton",
        "%ff",
        "22e61758924d4ad7b259e4fcb1ea8808",
        "%7B22e61758-924d-4ad7-b259-e4fcb1ea8808%7D",
    ] {
        let path = format!("{INDIVIDUALS}/{wrong}");
        refused(&api.get(&path).await, 400, 20, "The identifier of an individual is a UUID");
        refused(&api.patch(&path, "*", &json!({"title": "Mr"})).await, 400, 20, "is a UUID");
        refused(&api.put(&path, "*", &directory::jack()).await, 400, 20, "is a UUID");
        refused(&api.send(Method::DELETE, &path, &[], None).await, 400, 20, "is a UUID");
        let path = format!("{ORGANIZATIONS}/{wrong}");
        refused(&api.get(&path).await, 400, 20, "The identifier of an organization is a UUID");
    }
    refused(&api.get(&format!("{ORGANIZATIONS}/{NOBODY}")).await, 404, 60, "does not exist");
    let upper = NOBODY.to_uppercase();
    refused(&api.get(&format!("{INDIVIDUALS}/{upper}")).await, 404, 60, "does not exist");
}

#[tokio::test]
async fn an_identifier_may_be_written_in_capitals_or_encoded() {
    let (_server, api, path) = jack().await;
    let id = path.rsplit('/').next().unwrap();
    let read = api.get(&path).await.expect(200).text;
    for written in [id.to_uppercase(), id.replace('-', "%2D")] {
        assert_eq!(api.get(&format!("{INDIVIDUALS}/{written}")).await.expect(200).text, read, "{written}");
    }
}

#[tokio::test]
async fn headers_and_queries_that_cannot_be_served() {
    let (_server, api, path) = jack().await;
    let html = [("accept", "text/html")];
    for path in [INDIVIDUALS, &path, ORGANIZATIONS] {
        let answer = api.send(Method::GET, path, &html, None).await;
        refused(&answer, 406, 62, "application/json");
    }
    let odd = api.request(Method::GET, &path).header("if-none-match", b"\xff".as_slice());
    refused(&api.send_built(odd).await, 400, 26, "if-none-match");
    let odd = api.request(Method::DELETE, &path).header("if-match", b"\xff".as_slice());
    refused(&api.send_built(odd).await, 400, 26, "if-match");
    let long = format!("{INDIVIDUALS}?fullName={}", "y".repeat(9000));
    refused(&api.get(&long).await, 414, 67, "longer than the server accepts");
    for query in ["fullName=%ff", "fullName=%00", "fullName=%4"] {
        refused(&api.get(&format!("{INDIVIDUALS}?{query}")).await, 400, 28, "fullName");
    }
    let many = vec!["gender=x"; 33].join("&");
    refused(&api.get(&format!("{INDIVIDUALS}?{many}")).await, 400, 28, "32");
}

#[tokio::test]
async fn members_that_tmf632_does_not_name_come_back_as_they_were_sent() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let mut body = directory::individual("Ma \"Dalton\" </script>", "\u{202e}Ünïcode 😀\n");
    body["@ours"] = json!({"deep": [1, {"er": 1.5}]});
    let path = create(&api, &body).await;
    let read = api.get(&path).await.expect(200).body;
    for member in ["givenName", "familyName", "@ours"] {
        assert_eq!(read[member], body[member]);
    }
}
