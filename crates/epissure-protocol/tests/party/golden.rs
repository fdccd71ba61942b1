//! Every sample body of the Party page, accepted as sent and rendered as printed.

use epissure_filter::{Options, Query};
use epissure_protocol::party::{Individual, Resource};
use epissure_protocol::problem::{Problem, Shape};
use epissure_protocol::refusal::Language;
use serde_json::{Value, json};

use super::{ID, object, read, shown};

macro_rules! page {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("page/", $name, ".json"))).expect("a sample")
    };
}

/// Renders one party as the list does, with the `fields` of this query.
fn listed(resource: Resource, id: &str, party: &Value, mount: &str, raw: &str) -> String {
    let query = Query::parse_closed(raw, resource.list(), &Options::default()).expect("a query of the page");
    let mut document = party.clone();
    let media = object(&document).get("contactMedium").map(Value::to_string);
    document.as_object_mut().expect("an object").shift_remove("contactMedium");
    assert!(query.matches(&document), "{raw}");
    resource
        .render(id, &document.to_string(), media.as_deref(), mount, query.fields.as_ref())
        .expect("a party")
}

#[test]
fn what_is_created_is_shown_as_printed() {
    let individual = read(&page!("create")).unwrap();
    assert_eq!(shown(&individual), page!("created").to_string());
    assert_eq!(page!("created"), page!("individual"));
}

#[test]
fn what_is_changed_is_shown_as_printed() {
    let before = read(&page!("create")).unwrap();
    let after = before.patch(object(&page!("change")), usize::MAX).unwrap();
    assert_eq!(shown(&after), page!("changed").to_string());
}

#[test]
fn what_is_kept_is_what_was_read() {
    let individual = read(&page!("create")).unwrap();
    let document = serde_json::to_string(individual.document()).unwrap();
    let media = individual.contact_medium().map(Value::to_string);
    assert_eq!(Individual::kept(&document, media.as_deref()).unwrap(), individual);
}

#[test]
fn what_is_shown_may_be_sent_back() {
    let individual = read(&page!("individual")).unwrap();
    assert_eq!(shown(&individual), page!("individual").to_string());
}

#[test]
fn a_body_without_a_name_is_refused_as_printed() {
    let mut body = page!("create");
    body.as_object_mut().unwrap().shift_remove("familyName");
    let mut refused = Problem::from(read(&body).unwrap_err()).body(Shape::Party, Language::English);
    refused.as_object_mut().unwrap().shift_remove("details");
    assert_eq!(refused.to_string(), page!("refused").to_string());
}

#[test]
fn lists_show_what_their_queries_ask_for() {
    let john = json!({
        "familyName": "Doe", "fullName": "John Doe", "givenName": "John",
        "contactMedium": [{
            "mediumType": "PHONE", "preferred": true,
            "characteristic": {"contactType": "MOBILE_OFFICE", "phoneNumber": "0600000000"},
        }],
        "@type": "Individual",
    });
    for (query, sample) in [
        ("fields=fullName,contactMedium.*,contactMedium.characteristic.*", page!("fields_of_contact_media")),
        ("fields=none&limit=1&offset=1", page!("fields_none")),
    ] {
        assert_eq!(listed(Resource::Individual, ID, &john, "", query), sample[0].to_string());
    }

    let jack = page!("create");
    for query in [
        "partyCharacteristic.value=operatorInterlocutor&partyCharacteristic.name=Category&fields=fullName",
        "partyCharacteristic.value=operatorInterlocutor&partyCharacteristic.name=Category&fullName*=*Dal*&fields=fullName",
        "partyCharacteristic.value=operatorInterlocutor&partyCharacteristic.name=Category&fullName=Jack%20Dalton&fields=fullName",
    ] {
        let sample = page!("individuals_by_category");
        assert_eq!(listed(Resource::Individual, ID, &jack, "", query), sample[0].to_string());
    }
}

#[test]
fn organizations_show_their_address_second() {
    let sample = page!("organizations_by_name");
    for (index, (id, name)) in [
        ("056a5d86-fc14-4361-94d9-014c8d7bc0fe", "1.0 ACOLA"),
        ("14854edb-a763-4963-b8f2-4c29be96b467", "118000"),
    ]
    .into_iter()
    .enumerate()
    {
        let company = json!({"name": name, "tradingName": "x"});
        let query = "fields=name&offset=0&limit=2&sort=name";
        assert_eq!(listed(Resource::Organization, id, &company, "...", query), sample[index].to_string());
    }
    let company = json!({
        "organizationIdentification": [{"identificationType": "siren", "identificationId": "999999"}],
    });
    let query = "organizationIdentification.identificationType=siren&organizationIdentification.identificationId=999999&fields=none";
    let id = "e7dee14c-cd85-495a-9931-ef3c06f2559b";
    assert_eq!(
        listed(Resource::Organization, id, &company, "...", query),
        page!("organization_by_siren")[0].to_string()
    );
}
