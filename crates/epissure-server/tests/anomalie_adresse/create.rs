//! `POST`: requirements of each kind, and the stored ticket.

use epissure_testkit::{Api, TestServer, fixtures};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Case, INTEROP, ORANGE};

async fn oc() -> (TestServer, Api) {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    (server, oc)
}

#[tokio::test]
async fn each_kind_is_opened_on_both_mounts() {
    let (server, oc) = oc().await;
    for body in [
        fixtures::modification(),
        fixtures::bulk_modification(),
        fixtures::creation(),
        fixtures::new_building(),
        fixtures::nb_logements(),
    ] {
        for mount in [INTEROP, ORANGE] {
            let opened = oc.post(mount, &body).await.expect(201);
            assert_eq!(opened.body["@type"], body["@type"]);
            assert_eq!(opened.body["status"], "ACKNOWLEDGED");
            let location = opened.header("location").strip_prefix(&server.base).unwrap().to_owned();
            assert_eq!(oc.get(&location).await.expect(200).header("etag"), opened.header("etag"));
        }
    }
}

/// Returns a ticket of each kind, the members to change in it (null removes), and the pointers that
/// the response must name.
fn faults() -> Vec<(Value, Value, &'static [&'static str])> {
    let (modification, creation) = (fixtures::modification, fixtures::creation);
    let (new_building, nb) = (fixtures::new_building, fixtures::nb_logements);
    let housings = |entry: Value| json!({"issues": {"building.housingsNumber": entry}});
    let issue = |entry: Value| json!({"issues": {"building.address.streetNr": null, "building.name": entry}});
    vec![
        (modification(), json!({"@type": null}), &["/@type"]),
        (modification(), json!({"@type": "AnomalieAdresse.autre"}), &["/@type"]),
        (modification(), json!({"code_oi": null}), &["/code_oi"]),
        (modification(), json!({"code_oi": "ftel"}), &["/code_oi"]),
        (modification(), json!({"code_oc": 4}), &["/code_oc"]),
        (modification(), json!({"priority": "URGENT"}), &["/priority"]),
        (modification(), json!({"ticketType": "REQUEST"}), &["/ticketType"]),
        (modification(), json!({"description": 12}), &["/description"]),
        (modification(), json!({"siren": "12345678"}), &["/siren"]),
        (modification(), json!({"siret": "1"}), &["/siret"]),
        (modification(), json!({"requestedResolutionDate": "tomorrow"}), &["/requestedResolutionDate"]),
        (modification(), json!({"relatedEntity": null}), &["/relatedEntity"]),
        (modification(), json!({"relatedEntity": []}), &["/relatedEntity"]),
        (modification(), json!({"relatedEntity": [{"name": "x"}]}), &["/relatedEntity/0/id"]),
        (modification(), json!({"relatedEntity": ["IMB/09001/X/000E"]}), &["/relatedEntity/0"]),
        (modification(), json!({"relatedEntity": [{"id": "x".repeat(31)}]}), &["/relatedEntity/0/id"]),
        (modification(), json!({"relatedParty": [{}]}), &["/relatedParty/0/id"]),
        (modification(), json!({"issues": null}), &["/issues"]),
        (modification(), json!({"issues": {"building.address.streetNr": null}}), &["/issues"]),
        (modification(), json!({"issues": {"building.colour": {}}}), &["/issues/building.colour"]),
        (modification(), issue(json!("B")), &["/issues/building.name"]),
        (modification(), issue(json!({"value": ["A", "B"]})), &["/issues/building.name/value"]),
        (modification(), issue(json!({"value": [1]})), &["/issues/building.name/value/0"]),
        (modification(), issue(json!({"value": ["B"], "toBlank": true})), &["/issues/building.name/toBlank"]),
        (modification(), issue(json!({"toBlank": "yes"})), &["/issues/building.name/toBlank"]),
        (
            modification(),
            json!({"issues": {"building.address.city": {"toBlank": true}}}),
            &["/issues/building.address.city/toBlank"],
        ),
        (
            modification(),
            json!({"issues": {"building.address.code_hexacle": {"value": ["123"]}}}),
            &["/issues/building.address.code_hexacle/value/0"],
        ),
        (
            modification(),
            json!({"issues": {"building.pm.id": {"value": "x".repeat(21)}}}),
            &["/issues/building.pm.id/value"],
        ),
        (
            modification(),
            json!({"issues": {"building.geographicLocations": {"value": [{"x": 1, "type": "WGS84"}]}}}),
            &["/issues/building.geographicLocations/value/0/y"],
        ),
        (modification(), json!({"building": {"name": "B"}}), &["/building"]),
        (creation(), json!({"building": null}), &["/building"]),
        (creation(), json!({"building": {"address": null}}), &["/building/address"]),
        (creation(), json!({"building": {"geographicLocation": null}}), &["/building/geographicLocation"]),
        (creation(), json!({"building": {"geographicLocation": []}}), &["/building/geographicLocation"]),
        (creation(), json!({"building": {"newConstruction": null}}), &["/building/newConstruction"]),
        (creation(), json!({"building": {"newConstruction": "no"}}), &["/building/newConstruction"]),
        (creation(), json!({"building": {"type": "LOTISSEMENT"}}), &["/building/type"]),
        (creation(), json!({"building": {"plot": "a-1"}}), &["/building/plot"]),
        (creation(), json!({"building": {"housingsNumber": -1}}), &["/building/housingsNumber"]),
        (
            creation(),
            json!({"building": {"address": {"code_hexacle": "1"}}}),
            &["/building/address/code_hexacle"],
        ),
        (creation(), json!({"building": {"pm": {}}}), &["/building/pm/id"]),
        (creation(), json!({"issues": {"building.name": {"value": "B"}}}), &["/issues/building.name"]),
        (new_building(), json!({"building": {"name": null}}), &["/building/name"]),
        (new_building(), json!({"relatedEntity": null}), &["/relatedEntity"]),
        (new_building(), json!({"relatedEntity": [{"id": "A"}, {"id": "B"}]}), &["/relatedEntity"]),
        (nb(), json!({"relatedEntity": [{"id": "A"}, {"id": "B"}]}), &["/relatedEntity"]),
        (nb(), housings(Value::Null), &["/issues/building.housingsNumber"]),
        (nb(), housings(json!({"value": null})), &["/issues/building.housingsNumber/value"]),
        (nb(), housings(json!({"value": -1})), &["/issues/building.housingsNumber/value"]),
        (nb(), housings(json!({"value": 1.5})), &["/issues/building.housingsNumber/value"]),
        (nb(), housings(json!({"value": "14"})), &["/issues/building.housingsNumber/value"]),
        (nb(), json!({"issues": {"building.name": {"value": "B"}}}), &["/issues/building.name"]),
        (json!({}), json!({"@type": null}), &["/@type", "/code_oi", "/code_oc"]),
    ]
}

#[tokio::test]
async fn each_fault_is_named_where_it_is() {
    let (_server, oc) = oc().await;
    for (body, change, pointers) in faults() {
        let Value::Object(mut body) = body else { panic!() };
        epissure_protocol::json::merge_patch(&mut body, change.as_object().unwrap());
        let answer = oc.post(INTEROP, &Value::Object(body)).await.expect(400);
        let named: Vec<_> =
            answer.body["details"].as_array().unwrap().iter().map(|fault| &fault["pointer"]).collect();
        assert_eq!(named, pointers, "{change}: {}", answer.text);
    }
    assert_eq!(oc.head(INTEROP).await.header("x-total-count"), "0", "nothing was opened");
}

#[tokio::test]
async fn several_faults_are_reported_together_in_each_dialect() {
    let (_server, oc) = oc().await;
    let body =
        json!({"@type": "AnomalieAdresse.creation", "code_oc": "SFRA", "priority": "URGENT", "siren": "1"});
    let orange = oc.post(ORANGE, &body).await.expect(400).body;
    let interop = oc.post(INTEROP, &body).await.expect(400).body;
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&json!({"orange-1.0": orange, "interop-2.0": interop})).unwrap()
    );
}

#[tokio::test]
async fn the_bulk_limit_is_the_contracts() {
    let (_server, oc) = oc().await;
    let buildings = |count: usize| {
        let mut body = fixtures::bulk_modification();
        body["relatedEntity"] = (0..count).map(|n| json!({"id": format!("IMB/09001/X/{n:04}")})).collect();
        body
    };
    oc.post(INTEROP, &buildings(100)).await.expect(201);
    let answer = oc.post(INTEROP, &buildings(101)).await.expect(400);
    assert!(answer.body["message"].as_str().unwrap().contains("allows 100"), "{}", answer.text);
}

#[tokio::test]
async fn a_plain_value_is_enough_for_a_single_building_and_comes_back_as_an_array() {
    let (_server, oc) = oc().await;
    let mut body = fixtures::modification();
    body["issues"] = json!({"building.address.streetNr": {"value": "12"}});
    let opened = oc.post(INTEROP, &body).await.expect(201);
    assert_eq!(opened.body["issues"]["building.address.streetNr"]["value"], json!(["12"]));
}

#[tokio::test]
async fn a_correction_may_be_unknown_or_blank() {
    let (_server, oc) = oc().await;
    let mut body = fixtures::modification();
    body["issues"] = json!({
        "building.address.streetNr": {},
        "building.name": {"toBlank": true},
        "building.address.streetName": {"description": "The street was renamed"}
    });
    let opened = oc.post(INTEROP, &body).await.expect(201);
    assert_eq!(opened.body["issues"], body["issues"]);
}

#[tokio::test]
async fn members_that_the_contract_does_not_name_are_kept_unless_strictness_is_asked_for() {
    let (_server, oc) = oc().await;
    let mut body = fixtures::modification();
    body["@ours"] = json!({"deep": [1, {"er": null}]});
    body["theirs"] = Value::Null;
    body["relatedEntity"][0]["floor"] = json!(3);
    let opened = oc.post(INTEROP, &body).await.expect(201);
    assert_eq!(opened.body["@ours"], body["@ours"]);
    assert_eq!(opened.body.get("theirs"), Some(&Value::Null));
    assert_eq!(opened.body["relatedEntity"][0]["floor"], 3);
    let strict = [("prefer", "handling=strict")];
    let answer = oc.send(Method::POST, INTEROP, &strict, Some(&body)).await.expect(400);
    assert_eq!(answer.body["details"][0]["pointer"], "/@ours");
}

#[tokio::test]
async fn read_only_members_are_ignored() {
    let (_server, oc) = oc().await;
    let mut body = fixtures::creation();
    body["status"] = "CLOSED".into();
    body["id"] = "22e61758-924d-4ad7-b259-e4fcb1ea8808".into();
    body["building"]["id"] = "IMB/09001/X/0000".into();
    let opened = oc.post(INTEROP, &body).await.expect(201).body;
    assert_eq!(opened["status"], "ACKNOWLEDGED");
    assert_ne!(opened["id"], "22e61758-924d-4ad7-b259-e4fcb1ea8808");
    assert_eq!(opened["building"].get("id"), None);
}

#[tokio::test]
async fn priority_and_name_follow_the_dialect() {
    let (_server, oc) = oc().await;
    let mut body = fixtures::modification();
    body["name"] = "Ours".into();
    let orange = oc.post(ORANGE, &body).await.expect(201).body;
    assert_eq!((&orange["priority"], &orange["name"]), (&Value::Null, &json!("Ours")));
    let interop = oc.post(INTEROP, &body).await.expect(201).body;
    assert_eq!(interop["priority"], "LOW");
    assert_eq!(interop["name"], "AnomalieAdresse.modification IMB/09001/X/000E");
}

#[tokio::test]
async fn the_same_key_gives_the_first_answer_again_for_a_day() {
    let (server, oc) = oc().await;
    let key = [("idempotency-key", "a key")];
    let body = fixtures::modification();
    let first = oc.send(Method::POST, INTEROP, &key, Some(&body)).await.expect(201);
    server.clock.advance(jiff::SignedDuration::from_secs(600));
    let again = oc.send(Method::POST, INTEROP, &key, Some(&body)).await.expect(201);
    assert_eq!(again.text, first.text);
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("location"), first.header("location"));
    let other = oc.send(Method::POST, INTEROP, &key, Some(&fixtures::creation())).await.expect(409);
    assert_eq!(other.body["code"], "101");
    assert_eq!(oc.head(INTEROP).await.header("x-total-count"), "1");

    server.clock.advance(jiff::SignedDuration::from_hours(24));
    let oc = server.login("sfra-oc").await;
    let later = oc.send(Method::POST, INTEROP, &key, Some(&fixtures::creation())).await.expect(201);
    assert_ne!(later.body["id"], first.body["id"]);
}

#[tokio::test]
async fn an_address_that_cannot_be_identified_is_warned_of() {
    let (server, _) = oc().await;
    let mut body = fixtures::creation();
    body["building"]["address"] = json!({"city": "Aigues-Juntes"});
    let case = Case::open(&server, &body).await;
    let findings = &case.oi.get(&case.path).await.expect(200).body["findings"];
    assert!(findings.as_array().unwrap().iter().any(|finding| finding["code"] == "address-unidentified"));
}

/// Returns a ticket and its findings for the OI, as `code pointer`.
async fn findings(body: &Value) -> (Value, Vec<String>) {
    let server = TestServer::start().await;
    let case = Case::open(&server, body).await;
    let seen = case.oi.get(&case.path).await.expect(200).body;
    let list = seen["findings"].as_array().cloned().unwrap_or_default();
    let told = list
        .iter()
        .map(|one| format!("{} {}", one["code"].as_str().unwrap(), one["pointer"].as_str().unwrap()));
    (seen.clone(), told.collect())
}

#[tokio::test]
async fn the_same_building_twice_counts_once_and_the_oi_is_told() {
    let mut body = fixtures::bulk_modification();
    body["relatedEntity"] = json!([{"id": "IMB/09001/X/000E"}, {"id": "IMB/09001/X/000E"}]);
    let (ticket, told) = findings(&body).await;
    assert_eq!(ticket["sizeRefs"], 1);
    assert_eq!(told, ["building-repeated /relatedEntity/1/id"]);
}

#[tokio::test]
async fn texts_and_companies_that_a_schema_allows_are_accepted_with_a_warning() {
    let mut body = fixtures::creation();
    body["externalId"] = json!(" ");
    body["siren"] = json!("732829320");
    body["siret"] = json!("21090001500012");
    body["building"]["address"]["streetName"] = json!("DU\nMOULIN");
    body["building"]["address"]["code_insee"] = json!("98501");
    body["building"]["realEstateLessor"] = json!({"siren": "000000000"});
    let (_, told) = findings(&body).await;
    for expected in [
        "identifier-blank /externalId",
        "siret-siren-mismatch /siret",
        "line-control /building/address/streetName",
        "insee-retired /building/address/code_insee",
        "siren-zero /building/realEstateLessor/siren",
    ] {
        assert!(told.iter().any(|told| told == expected), "{expected}: {told:?}");
    }
}

#[tokio::test]
async fn a_neighbor_is_completed_as_the_contract_has_it() {
    let mut body = fixtures::creation();
    body["building"]["neighbor"] = json!({"id": "IMB/09001/X/000E", "x": 1});
    let (ticket, _) = findings(&body).await;
    assert_eq!(
        ticket["building"]["neighbor"],
        json!({
            "id": "IMB/09001/X/000E", "@type": "RelatedEntity", "@baseType": "RelatedEntity",
            "@referredType": "Building", "role": "building", "x": 1
        })
    );
}
