//! The server's own operators are organizations of the directory.

use epissure_app::directory::operators;
use epissure_store::Operator;
use epissure_testkit::{Api, TestServer};
use serde_json::{Value, json};

use super::{NOBODY, ORGANIZATIONS, each};

fn operator(code: &str, name: &str, siren: Option<&str>) -> Operator {
    Operator {
        code: code.parse().unwrap(),
        name: name.to_owned(),
        is_oi: true,
        is_oc: false,
        siren: siren.map(str::to_owned),
        strict_creation: false,
    }
}

async fn put(server: &TestServer, operator: Operator) -> Vec<String> {
    operators::put(&server.app, operator, &server.administrator()).await.unwrap()
}

/// Returns the organizations with an identification, without the members that the server adds.
async fn with(api: &Api, kind: &str, id: &str) -> Vec<Value> {
    let query = format!(
        "organizationIdentification.identificationType={kind}&organizationIdentification.identificationId={id}"
    );
    let answer = api.get(&format!("{ORGANIZATIONS}?{query}")).await.expect(200);
    let mut found = answer.body.as_array().unwrap().clone();
    for organization in &mut found {
        organization.as_object_mut().unwrap().retain(|member, _| member != "id" && member != "href");
    }
    found
}

fn identified(name: &str, identifications: &[(&str, &str)]) -> Value {
    let identifications: Vec<Value> = identifications
        .iter()
        .map(|(kind, id)| json!({"identificationType": kind, "identificationId": id}))
        .collect();
    json!({"name": name, "organizationIdentification": identifications, "@type": "Organization"})
}

const SIREN: &str = "732829320";

#[tokio::test]
async fn an_operator_that_is_added_is_found_by_its_code_and_its_siren() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    assert!(put(&server, operator("NEWO", "A new operator", Some(SIREN))).await.is_empty());
    let expected = [identified("A new operator", &[("codeArcepRip", "NEWO"), ("siren", SIREN)])];
    assert_eq!(with(&api, "codeArcepRip", "NEWO").await, expected);
    assert_eq!(with(&api, "siren", SIREN).await, expected);
}

#[tokio::test]
async fn an_operator_that_is_added_again_changes_nothing_and_follows_its_own_changes() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    put(&server, operator("NEWO", "Its name", None)).await;
    let first = api.get(ORGANIZATIONS).await.expect(200);
    let path = format!("{ORGANIZATIONS}/{}", first.body[0]["id"].as_str().unwrap());
    let etag = api.get(&path).await.expect(200).header("etag").to_owned();
    put(&server, operator("NEWO", "Its name", None)).await;
    assert_eq!(api.get(&path).await.header("etag"), etag, "nothing was written");

    put(&server, operator("NEWO", "Another name", Some("552100554"))).await;
    put(&server, operator("NEWO", "Another name", Some(SIREN))).await;
    let expected = [identified("Another name", &[("codeArcepRip", "NEWO"), ("siren", SIREN)])];
    assert_eq!(with(&api, "codeArcepRip", "NEWO").await, expected);
    assert_eq!(api.get(ORGANIZATIONS).await.header("x-total-count"), "1");
    assert_eq!(api.get(ORGANIZATIONS).await.body[0]["id"], first.body[0]["id"]);
}

#[tokio::test]
async fn what_the_directory_knew_of_an_operator_stays() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let mut known = identified("RÉSEAUX DU NORD SA", &[("siren", SIREN), ("rceId", "R-1")]);
    known["tradingName"] = "Lilas".into();
    server.import_organizations(vec![(NOBODY, known.clone())]).await;
    put(&server, operator("NEWO", "The operator", Some(SIREN))).await;
    known["organizationIdentification"]
        .as_array_mut()
        .unwrap()
        .push(json!({"identificationType": "codeArcepRip", "identificationId": "NEWO"}));
    assert_eq!(with(&api, "codeArcepRip", "NEWO").await, [known.clone()]);
    put(&server, operator("NEWO", "The operator renamed", Some(SIREN))).await;
    assert_eq!(with(&api, "codeArcepRip", "NEWO").await, [known]);
    assert_eq!(api.get(ORGANIZATIONS).await.body[0]["id"], NOBODY);
}

#[tokio::test]
async fn two_operators_of_one_company_are_one_organization() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    put(&server, operator("NEWO", "The company", Some(SIREN))).await;
    put(&server, operator("NEWP", "Its other network", Some(SIREN))).await;
    let expected =
        [identified("The company", &[("codeArcepRip", "NEWO"), ("siren", SIREN), ("codeArcepRip", "NEWP")])];
    for (kind, id) in [("siren", SIREN), ("codeArcepRip", "NEWO"), ("codeArcepRip", "NEWP")] {
        assert_eq!(with(&api, kind, id).await, expected, "{kind} {id}");
    }
}

#[tokio::test]
async fn an_operator_whose_organization_cannot_be_told_is_added_with_a_warning() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let company = |name: &str| identified(name, &[("siren", SIREN)]);
    let second = "e7dee14c-cd85-495a-9931-ef3c06f2559b";
    server.import_organizations(vec![(NOBODY, company("One"))]).await;
    server.import_organizations(vec![(second, identified("Two", &[("rceId", "R-1")]))]).await;
    // An import by identifier may assign the SIREN of another organization.
    server.import_organizations(vec![(second, company("Two"))]).await;
    let warnings = put(&server, operator("NEWO", "The operator", Some(SIREN))).await;
    assert_eq!(
        warnings,
        [format!(
            "the directory has several organizations with this SIREN, and none was given the code NEWO: {NOBODY}, {second}"
        )]
    );
    let known = operators::list(&server.app).await.unwrap();
    assert!(known.iter().any(|known| known.code.as_str() == "NEWO"));
    assert_eq!(each(&api.get(ORGANIZATIONS).await, "name"), ["One", "Two"]);
}
