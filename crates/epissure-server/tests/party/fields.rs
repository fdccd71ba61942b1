//! Members that `fields` selects.

use epissure_testkit::fixtures::directory;
use serde_json::{Value, json};

use super::{INDIVIDUALS, ORGANIZATIONS, jack};

#[tokio::test]
async fn an_individual_shows_what_is_asked_for_and_its_identity() {
    let (_server, api, path) = jack().await;
    let id = path.rsplit('/').next().unwrap();
    let href = format!("/individual/{id}");
    let with = |members: Value| {
        let mut shown = json!({"id": id});
        shown.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        shown["href"] = href.clone().into();
        shown
    };
    let media = directory::jack()["contactMedium"].clone();
    let scalars: Value = media
        .as_array()
        .unwrap()
        .iter()
        .map(|medium| json!({"mediumType": medium["mediumType"], "preferred": medium["preferred"]}))
        .collect();
    let cities = json!([{"characteristic": {"city": "Somewhere"}}]);
    for (fields, expected) in [
        ("none", json!({})),
        ("id", json!({})),
        ("href,id", json!({})),
        ("unknown", json!({})),
        ("none,gender", json!({"gender": "MALE"})),
        ("gender,familyName", json!({"familyName": "Dalton", "gender": "MALE"})),
        ("gender&fields=@type", json!({"gender": "MALE", "@type": "Individual"})),
        ("contactMedium", json!({"contactMedium": scalars})),
        ("contactMedium.*", json!({"contactMedium": media})),
        ("contactMedium.*,contactMedium.characteristic.*", json!({"contactMedium": media})),
        ("contactMedium.characteristic.city", json!({"contactMedium": cities})),
        ("partyCharacteristic.value", json!({"partyCharacteristic": [{"value": "operatorInterlocutor"}]})),
    ] {
        let expected = with(expected);
        let one = api.get(&format!("{path}?fields={fields}")).await.expect(200);
        assert_eq!(one.body.to_string(), expected.to_string(), "{fields}");
        let list = api.get(&format!("{INDIVIDUALS}?fields={fields}")).await.expect(200);
        assert_eq!(list.body[0].to_string(), expected.to_string(), "{fields}");
    }
    let whole = api.get(&path).await.expect(200).text;
    for nothing_in_particular in ["", "fields=", "fields=,,"] {
        assert_eq!(api.get(&format!("{path}?{nothing_in_particular}")).await.expect(200).text, whole);
    }
}

#[tokio::test]
async fn an_organization_shows_what_is_asked_for_and_its_identity() {
    let (server, api, _) = jack().await;
    server.import_organizations(directory::organizations()).await;
    let id = "056a5d86-fc14-4361-94d9-014c8d7bc0fe";
    let href = format!("{}{ORGANIZATIONS}/{id}", server.base);
    for (fields, expected) in [
        ("none", json!({"id": id, "href": href})),
        ("isHeadOffice", json!({"id": id, "href": href, "isHeadOffice": true})),
        (
            "organizationIdentification.identificationType",
            json!({"id": id, "href": href, "organizationIdentification": [
                {"identificationType": "siren"}, {"identificationType": "codeArcepRip"},
                {"identificationType": "rceId"}, {"identificationType": "trigramRip"}
            ]}),
        ),
        (
            "existsDuring.*",
            json!({"id": id, "href": href, "existsDuring": {"startDateTime": "2025-01-14T13:17:58Z"}}),
        ),
    ] {
        let answer = api.get(&format!("{ORGANIZATIONS}/{id}?fields={fields}")).await.expect(200);
        assert_eq!(answer.body.to_string(), expected.to_string(), "{fields}");
    }
    let whole = api.get(&format!("{ORGANIZATIONS}/{id}")).await.expect(200).body;
    assert_eq!(whole.get("contactMedium"), None);
    assert_eq!(
        whole.as_object().unwrap().len(),
        directory::organizations()[1].1.as_object().unwrap().len() + 2
    );
}

#[tokio::test]
async fn a_query_that_cannot_be_read_is_refused_on_one_party_too() {
    let (_server, api, path) = jack().await;
    for (query, code) in [("fields=a..b", 28), ("field=id", 28), ("fields=%ff", 28)] {
        super::refused(&api.get(&format!("{path}?{query}")).await, 400, code, "field");
    }
    let many: Vec<String> = (0..65).map(|number| format!("member{number}")).collect();
    super::refused(&api.get(&format!("{path}?fields={}", many.join(","))).await, 400, 28, "64");
}
