//! Every request of the Party page, in order, with the responses that the page prints.

use epissure_testkit::fixtures::{self, directory};
use epissure_testkit::{Answer, Api, TestServer};
use reqwest::Method;
use serde_json::{Value, json};

use super::{INDIVIDUALS, MOUNT, ORGANIZATIONS, create};

/// A sample of the page, as printed except for its spaces.
macro_rules! page {
    ($name:literal) => {{
        let text = include_str!(concat!("../../../epissure-protocol/tests/party/page/", $name, ".json"));
        serde_json::from_str::<Value>(text).expect("a sample").to_string()
    }};
}

/// Identifier of the individual of the page.
const ID: &str = "de76cfa1-9a55-412f-a9ee-61ca2f662a63";

/// Creates an individual with the identifier of the page.
async fn create_as_printed(server: &TestServer, api: &Api, body: &Value) -> Answer {
    server.entropy.plan(&[ID, "a6b22c4a-8e16-41d0-beac-c5a4e1f0fdc9"]);
    // The request has an identifier, so that the planned identifiers are used for the individual.
    api.send(Method::POST, INDIVIDUALS, &[("x-oapi-request-id", "page")], Some(body)).await
}

/// Returns a response without the base URL, which the page omits from URLs.
fn shortened(server: &TestServer, answer: &Answer) -> String {
    answer.text.replace(&format!("{}{MOUNT}", server.base), "...")
}

#[tokio::test]
async fn a_token_is_negotiated_with_both_scopes() {
    let server = TestServer::start().await;
    let api = server.anonymous();
    let request = api
        .request(Method::POST, "/oauth/v3/token")
        .basic_auth("sfra-oc", Some(fixtures::SECRET))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .body(
            "grant_type=client_credentials&scope=owf:united-way:party:v1:readonly owf:united-way:party:v1:write",
        );
    let token = api.send_built(request).await.expect(200);
    let api = api.with_token(token.body["access_token"].as_str().unwrap());
    api.get(INDIVIDUALS).await.expect(200);
    api.post(INDIVIDUALS, &directory::jack()).await.expect(201);
    api.get("/anomalie-adresse").await.expect(403);
}

#[tokio::test]
async fn attribute_selection() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let john = json!({
        "givenName": "John", "familyName": "Doe", "fullName": "John Doe",
        "contactMedium": [{
            "mediumType": "PHONE", "preferred": true,
            "characteristic": {"contactType": "MOBILE_OFFICE", "phoneNumber": "0600000000"}
        }]
    });
    create_as_printed(&server, &api, &john).await.expect(201);
    let query = "fields=fullName,contactMedium.*,contactMedium.characteristic.*";
    let answer = api.get(&format!("{INDIVIDUALS}?{query}")).await.expect(200);
    assert_eq!(answer.text, page!("fields_of_contact_media"));
}

#[tokio::test]
async fn the_second_element_of_the_list_alone() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    create(&api, &directory::individual("Joe", "Dalton")).await;
    create_as_printed(&server, &api, &directory::jack()).await.expect(201);
    create(&api, &directory::individual("Averell", "Dalton")).await;
    let answer = api.get(&format!("{INDIVIDUALS}?fields=none&limit=1&offset=1")).await.expect(200);
    assert_eq!(answer.text, page!("fields_none"));
    assert_eq!((answer.header("x-result-count"), answer.header("x-total-count")), ("1", "3"));
}

#[tokio::test]
async fn organizations_sorted_by_name() {
    let server = TestServer::start().await;
    let mut two = directory::organizations();
    two.truncate(2);
    server.import_organizations(two).await;
    let api = server.login("venu-oc").await;
    let answer =
        api.get(&format!("{ORGANIZATIONS}?fields=name&offset=0&limit=2&sort=name")).await.expect(200);
    assert_eq!((answer.header("x-result-count"), answer.header("x-total-count")), ("2", "2"));
    assert_eq!(shortened(&server, &answer), page!("organizations_by_name"));
    let descending = api.get(&format!("{ORGANIZATIONS}?fields=name&sort=-name")).await.expect(200);
    assert_eq!(super::each(&descending, "name"), ["118000", "1.0 ACOLA"]);
    let answer = api.get(&format!("{INDIVIDUALS}?sort=fullName")).await;
    super::refused(&answer, 400, 28, "sort");
}

#[tokio::test]
async fn errors_401_and_400() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let answer = api
        .send(Method::POST, INDIVIDUALS, &[("idempotency-key", "")], Some(&directory::jack()))
        .await
        .expect(400);
    let members: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["code", "description", "message"]);
    assert_eq!(
        (&answer.body["code"], &answer.body["description"]),
        (&json!(26), &json!("Invalid header value"))
    );

    server.clock.advance(jiff::SignedDuration::from_secs(3600));
    let answer = api.get(INDIVIDUALS).await.expect(401);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.body,
        json!({
            "code": 42,
            "message": "Expired credentials",
            "description": "The requested service needs credentials, and the ones provided were out-of-date."
        })
    );
}

#[tokio::test]
async fn use_case_1_the_organization_of_a_siren() {
    let server = TestServer::start().await;
    server.import_organizations(directory::organizations()).await;
    let api = server.login("sfra-oc").await;
    let query = "organizationIdentification.identificationType=siren&organizationIdentification.identificationId=999999&fields=none";
    let answer = api.get(&format!("{ORGANIZATIONS}?{query}")).await.expect(200);
    assert_eq!((answer.header("x-result-count"), answer.header("x-total-count")), ("1", "1"));
    assert_eq!(shortened(&server, &answer), page!("organization_by_siren"));
}

#[tokio::test]
async fn use_case_2_the_individuals_of_a_category() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    create_as_printed(&server, &api, &directory::jack()).await.expect(201);
    let mut other = directory::individual("Lucky", "Luke");
    other["partyCharacteristic"] = json!([{"name": "Category", "value": "customer"}]);
    create(&api, &other).await;
    for query in [
        "partyCharacteristic.value=operatorInterlocutor&partyCharacteristic.name=Category&fields=fullName",
        "partyCharacteristic.value=operatorInterlocutor&partyCharacteristic.name=Category&fullName*=*Dal*&fields=fullName",
        "partyCharacteristic.value=operatorInterlocutor&partyCharacteristic.name=Category&fullName=Jack%20Dalton&fields=fullName",
    ] {
        let answer = api.get(&format!("{INDIVIDUALS}?{query}")).await.expect(200);
        assert_eq!((answer.header("x-result-count"), answer.header("x-total-count")), ("1", "1"), "{query}");
        assert_eq!(answer.text, page!("individuals_by_category"), "{query}");
    }
}

#[tokio::test]
async fn use_case_3_the_details_of_a_related_party() {
    let server = TestServer::start().await;
    server.import_organizations(directory::organizations()).await;
    let api = server.login("sfra-oc").await;
    create_as_printed(&server, &api, &directory::jack()).await.expect(201);
    let answer = api.get(&format!("{INDIVIDUALS}/{ID}")).await.expect(200);
    assert_eq!(answer.text, page!("individual"));
    // The `href` of the response, then those of the references, under the base URL.
    let href = answer.body["href"].as_str().unwrap();
    assert_eq!(api.get(&format!("{MOUNT}{href}")).await.expect(200).text, answer.text);
    let redirected = api.get(&format!("{MOUNT}/individuals/{ID}")).await.expect(308);
    assert_eq!(redirected.header("location"), format!("../individual/{ID}"));

    let organization = "e7dee14c-cd85-495a-9931-ef3c06f2559b";
    let answer = api.get(&format!("{ORGANIZATIONS}/{organization}")).await.expect(200);
    assert_eq!(answer.body["name"], "Réseaux du Nord");
    let href = answer.body["href"].as_str().unwrap();
    assert_eq!(href, format!("{}{ORGANIZATIONS}/{organization}", server.base));
    assert_eq!(api.get(&href[server.base.len()..]).await.expect(200).text, answer.text);
    let redirected = api.get(&format!("{MOUNT}/organizations/{organization}")).await.expect(308);
    assert_eq!(redirected.header("location"), format!("../organization/{organization}"));
}

#[tokio::test]
async fn use_case_4_an_individual_is_created() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let mut body = directory::jack();
    assert_eq!(body.to_string(), page!("create"));
    let answer = create_as_printed(&server, &api, &body).await.expect(201);
    assert_eq!(answer.header("location"), format!("{}{INDIVIDUALS}/{ID}", server.base));
    assert!(answer.header("location").ends_with(&format!("/individual/{ID}")));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.text, page!("created"));

    body.as_object_mut().unwrap().shift_remove("familyName");
    let mut answer = api.post(INDIVIDUALS, &body).await.expect(400);
    // `details` is an addition to the page.
    answer.body.as_object_mut().unwrap().shift_remove("details");
    assert_eq!(answer.body.to_string(), page!("refused"));
}

#[tokio::test]
async fn use_case_5_an_individual_is_changed() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    create_as_printed(&server, &api, &directory::jack()).await.expect(201);
    let change: Value = serde_json::from_str(&page!("change")).unwrap();
    let path = format!("{INDIVIDUALS}/{ID}");
    let answer = api.send(Method::PATCH, &path, &[], Some(&change)).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.text, page!("changed"));
    assert_eq!(api.get(&path).await.expect(200).text, page!("changed"));
}
