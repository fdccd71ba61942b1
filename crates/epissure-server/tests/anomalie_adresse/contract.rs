//! Responses validated against the official contract.

use std::path::{Path, PathBuf};

use epissure_testkit::{TestServer, fixtures};
use jsonschema::Validator;
use serde_json::{Value, json};

use super::{Case, INTEROP, attachments};

/// Returns the folder of the official contract: `EPISSURE_REFERENCE`, or
/// `shared/reference/interop-v2` next to the checkout.
fn reference() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference/interop-v2");
    let folder = std::env::var_os("EPISSURE_REFERENCE").map_or(beside, PathBuf::from);
    assert!(folder.join("anomalie-adresse.openapi.yaml").exists(), "{} has no contract", folder.display());
    folder
}

/// Reads a YAML file of the contract and replaces every `$ref` by its target.
fn resolve(file: &Path, pointer: &str) -> Value {
    let text = std::fs::read_to_string(file).unwrap();
    let document: Value = serde_yaml_ng::from_str(&text).unwrap();
    let mut value =
        document.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {}", file.display())).clone();
    inline(&mut value, file);
    value
}

fn inline(value: &mut Value, file: &Path) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get("$ref") {
                let (path, pointer) = target.split_once('#').unwrap();
                let file = if path.is_empty() { file.to_owned() } else { file.parent().unwrap().join(path) };
                *value = resolve(&file, pointer);
                return;
            }
            // Not JSON Schema, and recursive.
            members.remove("discriminator");
            members.values_mut().for_each(|member| inline(member, file));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| inline(item, file)),
        _ => {}
    }
}

/// Returns the schema of a kind of ticket, without its two contradictions. The base defines
/// `relatedEntity` as an object, the kinds as an array. The base defines every `id` as a UUID, but
/// buildings have identifiers of the IPE.
fn official(kind: &str, folder: &Path) -> Validator {
    let file = folder.join("anomalie-adresse.openapi.yaml");
    let mut schema = resolve(&file, &format!("/components/schemas/{kind}"));
    fn mend(value: &mut Value) {
        if let Value::Object(members) = value {
            if let Some(Value::Object(properties)) = members.get_mut("properties")
                && properties.get("relatedEntity").is_some_and(|entity| entity["type"] == "object")
            {
                properties.remove("relatedEntity");
            }
            if members.get("format").is_some_and(|format| format == "uuid") {
                members.remove("format");
            }
            members.values_mut().for_each(mend);
        } else if let Value::Array(items) = value {
            items.iter_mut().for_each(mend);
        }
    }
    mend(&mut schema);
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[tokio::test]
#[ignore = "needs the official contract: shared/reference beside the checkout, or EPISSURE_REFERENCE"]
async fn every_state_of_every_kind_validates_against_the_official_schema() {
    let folder = reference();
    let server = TestServer::start().await;
    for (kind, body) in [
        ("AnomalieAdresseCreation", fixtures::creation()),
        ("AnomalieAdresseNewBuilding", fixtures::new_building()),
        ("AnomalieAdresseUpdateImb", fixtures::modification()),
        ("AnomalieAdresseUpdateImb", fixtures::bulk_modification()),
        ("AnomalieAdresseUpdateNbLogements", fixtures::nb_logements()),
    ] {
        let schema = official(kind, &folder);
        let mut case = Case::open(&server, &body).await;
        let mut states = vec![case.oc.get(&case.path).await.expect(200).body];
        states.push(case.qualify().await.body);
        states.push(case.resolve().await.body);
        let refused = json!({
            "status": "ACKNOWLEDGED", "statusChangeReason": "RESOLUTION_REFUSED", "statusChangeDetails": "No"
        });
        states.push(case.by_oc(&refused).await.expect(200).body);
        let canceled = json!({"status": "CANCELED", "statusChangeDetails": "Enough"});
        states.push(case.by_oc(&canceled).await.expect(200).body);
        for state in states {
            let errors: Vec<String> = schema
                .iter_errors(&state)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{kind}: {errors:?}\n{state:#}");
        }
    }
}

#[tokio::test]
#[ignore = "needs the official contract: shared/reference beside the checkout, or EPISSURE_REFERENCE"]
async fn attachments_validate_against_the_official_schema() {
    let folder = reference();
    let schema = official("Attachment", &folder);
    let server = TestServer::start().await;
    let case = Case::open(&server, &fixtures::modification()).await;
    let path = format!("{}/attachment", case.path);
    let good = attachments::validated(&server, &case.oc, &path).await;
    let bad = json!({"name": "b.csv", "sha256": "00"});
    attachments::attach(&case.oc, &path, &bad, b"a;b\n").await.expect(201);
    let pending = case.oc.get(&path).await.expect(200).body[1].clone();
    assert_eq!(pending["status"], "PENDING");
    attachments::check(&server).await;
    let rejected = case.oc.get(&path).await.expect(200).body[1].clone();
    assert_eq!(rejected["status"], "REJECTED");
    for state in [pending, case.oc.get(&good).await.expect(200).body, rejected] {
        let errors: Vec<String> =
            schema.iter_errors(&state).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:?}\n{state:#}");
    }
}

#[tokio::test]
#[ignore = "needs the official contract: shared/reference beside the checkout, or EPISSURE_REFERENCE"]
async fn errors_validate_against_the_official_schema() {
    let folder = reference();
    let file = folder.join("common/schemas/Error.openapi.yaml");
    let schema = jsonschema::validator_for(&resolve(&file, "/components/schemas/Error")).unwrap();
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    for answer in [
        oc.get(&format!("{INTEROP}?limit=500")).await,
        oc.get(&format!("{INTEROP}/22e61758-924d-4ad7-b259-e4fcb1ea8808")).await,
        oc.post(INTEROP, &json!({})).await,
        server.anonymous().get(INTEROP).await,
    ] {
        assert!(schema.is_valid(&answer.body), "{}", answer.text);
    }
}
