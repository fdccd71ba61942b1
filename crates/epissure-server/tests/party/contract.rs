//! Responses validated against TM Forum's schemas.

use std::path::{Path, PathBuf};

use epissure_testkit::TestServer;
use epissure_testkit::fixtures::directory;
use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use super::{INDIVIDUALS, NOBODY, ORGANIZATIONS, create};

/// Returns TMF632's OpenAPI document, from the folder of `EPISSURE_REFERENCE` or its parent, or
/// from `shared/reference` next to the checkout.
fn reference() -> Value {
    const FILE: &str = "TMF632-Party-v4.0.0.swagger.json";
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/interop-v2");
    let folder = std::env::var_os("EPISSURE_REFERENCE").map_or(beside, PathBuf::from);
    let file = [folder.join(FILE), folder.join("..").join(FILE)].into_iter().find(|file| file.exists());
    let file = file.unwrap_or_else(|| panic!("{} has no {FILE}", folder.display()));
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn validator(document: &Value, name: &str) -> Validator {
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "allOf": [{"$ref": format!("#/definitions/{name}")}],
        "definitions": document["definitions"],
    });
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[track_caller]
fn valid(schema: &Validator, body: &Value) {
    let errors: Vec<String> =
        schema.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?}\n{body:#}");
}

#[tokio::test]
#[ignore = "needs the official contract: shared/reference beside the checkout, or EPISSURE_REFERENCE"]
async fn whole_parties_validate_against_tmf632() {
    let document = reference();
    let (individual, organization) =
        (validator(&document, "Individual"), validator(&document, "Organization"));
    let server = TestServer::start().await;
    server.import_organizations(directory::organizations()).await;
    let api = server.login("sfra-oc").await;
    let full = json!({
        "givenName": "Joe", "familyName": "Dalton", "birthDate": "1990-05-17T00:00:00Z", "status": "validated",
        "title": "Mr", "nationality": "FR", "legalName": "JOE DALTON",
        "languageAbility": [{"languageCode": "fr", "isFavouriteLanguage": true}],
        "individualIdentification": [{"identificationType": "passport", "identificationId": "1"}],
        "relatedParty": [{"id": NOBODY, "@referredType": "Organization", "role": "employer"}],
        "contactMedium": [{
            "mediumType": "PHONE", "validFor": {"startDateTime": "2025-01-14T13:17:58Z"},
            "characteristic": {"contactType": "FAX", "faxNumber": "0100000000"}
        }],
        "@ours": {"free": 1}
    });
    for body in [directory::jack(), directory::individual("Joe", "Dalton"), full] {
        let path = create(&api, &body).await;
        valid(&individual, &api.get(&path).await.expect(200).body);
        let patched = api.patch(&path, "*", &json!({"gender": "MALE", "@ours": null})).await.expect(200);
        valid(&individual, &patched.body);
        valid(&individual, &api.put(&path, "*", &directory::jack()).await.expect(200).body);
    }
    for (schema, collection) in [(&individual, INDIVIDUALS), (&organization, ORGANIZATIONS)] {
        let list = api.get(collection).await.expect(200).body;
        assert_eq!(list.as_array().unwrap().len(), 3);
        for party in list.as_array().unwrap() {
            valid(schema, party);
        }
    }
    for (id, _) in directory::organizations() {
        valid(&organization, &api.get(&format!("{ORGANIZATIONS}/{id}")).await.expect(200).body);
    }
}

#[tokio::test]
#[ignore = "needs the official contract: shared/reference beside the checkout, or EPISSURE_REFERENCE"]
async fn errors_of_the_api_validate_against_tmf632() {
    let document = reference();
    let schema = validator(&document, "Error");
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    for answer in [
        api.get(&format!("{INDIVIDUALS}?sort=x")).await,
        api.get(&format!("{INDIVIDUALS}/{NOBODY}")).await,
        api.get(&format!("{INDIVIDUALS}/x")).await,
        api.post(INDIVIDUALS, &json!({})).await,
        api.send(Method::POST, ORGANIZATIONS, &[], None).await,
    ] {
        assert!(answer.status >= 400, "{}", answer.text);
        valid(&schema, &answer.body);
    }
}
