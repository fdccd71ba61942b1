//! Every filter of the page, with valid and invalid values.

use epissure_filter::{ClosedList, Place, Values};
use epissure_protocol::party::{INDIVIDUAL_LIST, ORGANIZATION_LIST, Resource};
use epissure_testkit::fixtures::directory;
use epissure_testkit::{Api, TestServer};
use serde_json::{Value, json};

use super::{INDIVIDUALS, MOUNT, ORGANIZATIONS, create, each, refused};

/// Starts a server with three organizations and three individuals.
async fn directory() -> (TestServer, Api) {
    let server = TestServer::start().await;
    server.import_organizations(directory::organizations()).await;
    let api = server.login("sfra-oc").await;
    create(&api, &directory::jack()).await;
    let joe = json!({
        "givenName": "Joe", "familyName": "Dalton", "legalName": "JOSEPH DALTON", "title": "Mr",
        "middleName": "Émile", "namePrefix": "de", "gender": "MALE",
        "partyCharacteristic": [
            {"name": "Category", "value": "customer"}, {"name": "Rank", "value": "operatorInterlocutor"}
        ]
    });
    create(&api, &joe).await;
    create(&api, &directory::individual("Calamity", "Jane")).await;
    (server, api)
}

/// Sends each query by GET and HEAD, and compares the count and a member of the results.
async fn found(api: &Api, collection: &str, member: &str, rows: &[(&str, &[&str])]) {
    for (query, expected) in rows {
        let path = format!("{collection}?{query}");
        let answer = api.get(&path).await.expect(200);
        assert_eq!(each(&answer, member), *expected, "{query}");
        let total = expected.len().to_string();
        assert_eq!(answer.header("x-total-count"), total, "{query}");
        assert_eq!(api.head(&path).await.expect(200).header("x-total-count"), total, "{query}");
    }
}

#[tokio::test]
async fn individuals_are_found_by_each_filter() {
    let (_server, api) = directory().await;
    let (jack, joe, jane) = ("Jack Dalton", "Joe Dalton", "Calamity Jane");
    let rows: &[(&str, &[&str])] = &[
        ("", &[jack, joe, jane]),
        ("fullName=Jack%20Dalton", &[jack]),
        ("fullName=Jack+Dalton", &[jack]),
        ("fullName=jack%20dalton", &[]),
        ("fullName*=jack*", &[jack]),
        ("fullName%2A=JACK%2A", &[jack]),
        ("fullName*=*DAL*", &[jack, joe]),
        ("fullName*=dal*", &[]),
        ("familyName=Dalton", &[jack, joe]),
        ("familyName*=dal*", &[jack, joe]),
        ("familyName*=*an*", &[jane]),
        ("givenName=Joe", &[joe]),
        ("givenName*=j*", &[jack, joe]),
        ("givenName*=*a*", &[jack, jane]),
        ("legalName=JOSEPH%20DALTON", &[joe]),
        ("legalName*=joseph*", &[joe]),
        ("legalName*=*dalton*", &[joe]),
        ("title=Mr", &[joe]),
        ("middleName=%C3%89mile", &[joe]),
        ("namePrefix=de", &[joe]),
        ("gender=MALE", &[jack, joe]),
        ("gender=MALE&givenName*=*o*&familyName=Dalton", &[joe]),
        ("partyCharacteristic.name=Category&partyCharacteristic.value=operatorInterlocutor", &[jack]),
        ("partyCharacteristic.value=customer&partyCharacteristic.name=Category", &[joe]),
        ("partyCharacteristic.name=Category&partyCharacteristic.value=nobody", &[]),
    ];
    found(&api, INDIVIDUALS, "fullName", rows).await;
}

#[tokio::test]
async fn organizations_are_found_by_each_filter() {
    let (_server, api) = directory().await;
    let (other, acola, nord) = ("118000", "1.0 ACOLA", "Réseaux du Nord");
    let of = |kind: &str, rest: &str| {
        format!(
            "organizationIdentification.identificationType={kind}&organizationIdentification.identificationId{rest}"
        )
    };
    let rows: &[(&str, &[&str])] = &[
        ("", &[other, acola, nord]),
        ("name=118000", &[other]),
        ("name*=*aco*", &[acola]),
        ("name*=*R%C3%89SEAUX*", &[nord]),
        ("tradingName=Acola", &[acola]),
        ("tradingName*=lilas*", &[nord]),
        ("tradingName*=*t%C3%A9l%C3%A9com*", &[nord]),
        ("isHeadOffice=true", &[acola]),
        ("isHeadOffice=false", &[nord]),
        ("isLegalEntity=true", &[acola]),
        ("nameType=Inc", &[acola]),
        ("organizationType=COMPANY", &[acola]),
        ("organizationType=DEPARTMENT", &[nord]),
        ("organizationType=UNKNOWN", &[]),
        (&of("siren", "=732829320"), &[acola]),
        (&of("siren", "=999999"), &[nord]),
        (&of("siren", "*=*829*"), &[acola]),
        (&of("codeArcepRip", "=ACOL"), &[acola]),
        (&of("rceId", "=R-1"), &[acola]),
        // Both parameters apply to the same identification.
        (&of("rceId", "=732829320"), &[nord]),
        (&of("trigramRip", "=ACO"), &[acola]),
    ];
    found(&api, ORGANIZATIONS, "name", rows).await;
}

/// Returns every query that breaks one rule of the table, with its expected code.
fn broken(list: &'static ClosedList) -> Vec<(String, u16)> {
    let mut queries = Vec::new();
    for attribute in list.attributes {
        let name = attribute.path;
        for brackets in ["[eq]", "[regex]", "!", ">", "**"] {
            queries.push((format!("{name}{brackets}=x"), 28));
        }
        for (pattern, place) in [("foo*", Some(Place::Start)), ("*foo*", Some(Place::Anywhere))] {
            if !place.is_some_and(|place| attribute.globs.contains(&place)) {
                queries.push((format!("{name}*={pattern}"), 28));
            }
        }
        for pattern in ["foo", "*foo", "*a*b*", "a*b", "*", "**", ""] {
            queries.push((format!("{name}*={pattern}"), 28));
        }
        if attribute.values != Values::Text {
            queries.extend(["x", "", "TRUE", "company", "1"].map(|value| (format!("{name}={value}"), 28)));
        }
    }
    for pair in list.pairs {
        let (key, value) = (pair.key_name(), pair.value_name());
        queries.push((format!("{key}={}", pair.keys[0].name), 27));
        queries.push((format!("{value}=x"), 27));
        for wrong in ["x", "", "SIREN", "category"] {
            queries.push((format!("{key}={wrong}&{value}=x"), 28));
        }
        for listed in pair.keys.iter().filter(|key| key.globs.is_empty()) {
            queries.push((format!("{key}={}&{value}*=*1*", listed.name), 28));
        }
        queries.push((format!("{key}*=*e*&{value}=x"), 28));
        queries.push((format!("{key}={0}&{key}={0}&{value}=x", pair.keys[0].name), 28));
    }
    for other in
        ["id=x", "birthDate=x", "contactMedium.mediumType=PHONE", "filters=x", "cursor=x", "status=x", "name"]
    {
        queries.push((other.to_owned(), 28));
    }
    queries
}

#[tokio::test]
async fn what_the_list_does_not_give_is_refused() {
    let (_server, api) = directory().await;
    for (resource, list) in
        [(Resource::Individual, &INDIVIDUAL_LIST), (Resource::Organization, &ORGANIZATION_LIST)]
    {
        for (query, code) in broken(list) {
            let path = format!("{MOUNT}/{}?{query}", resource.segment());
            // The message names one parameter of the pair.
            let name = query.split(['=', '*', '[', '!', '>', '.']).next().unwrap();
            refused(&api.get(&path).await, 400, code, name);
            api.head(&path).await.expect(400);
        }
    }
    for query in ["siren*=*1", "siren*=1*"] {
        let query = query.replacen("*=", "&organizationIdentification.identificationId*=", 1);
        let path = format!("{ORGANIZATIONS}?organizationIdentification.identificationType={query}");
        refused(&api.get(&path).await, 400, 28, "`*foo*`");
    }
}

#[tokio::test]
async fn a_change_of_a_name_changes_what_finds_it() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let path = create(&api, &directory::jack()).await;
    api.patch(&path, "*", &json!({"fullName": "Averell Dalton", "partyCharacteristic": null}))
        .await
        .expect(200);
    let category = "partyCharacteristic.name=Category&partyCharacteristic.value=operatorInterlocutor";
    let rows: &[(&str, &[&str])] =
        &[("fullName*=*ack*", &[]), ("fullName*=*relL*", &["Averell Dalton"]), (category, &[])];
    found(&api, INDIVIDUALS, "fullName", rows).await;
    let answer = api.send(reqwest::Method::DELETE, &path, &[], None).await.expect(204);
    assert_eq!((answer.text.as_str(), answer.body), ("", Value::Null));
    found(&api, INDIVIDUALS, "fullName", &[("", &[]), ("fullName*=*relL*", &[])]).await;
}

#[tokio::test]
async fn what_a_pattern_says_is_a_text_and_nothing_more() {
    let server = TestServer::start().await;
    let api = server.login("sfra-oc").await;
    let name = "a\"b' OR 1=1 -- 100%_ NEAR(x) (y^ {z} c:\\d 😀😀😀 l'Été";
    create(&api, &directory::individual("Joe", "Dalton")).await;
    create(&api, &json!({"givenName": "x", "familyName": "y", "fullName": name})).await;
    for text in [
        "\"",
        "a\"b'",
        "' OR 1=1",
        "--",
        "100%_",
        "%",
        "_",
        "NEAR(x",
        "(y^",
        "{z}",
        "c:\\d",
        "😀",
        "😀😀😀",
        "L'ÉTÉ",
    ] {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        found(&api, INDIVIDUALS, "fullName", &[(&format!("fullName*=*{encoded}*"), &[name])]).await;
    }
    found(&api, INDIVIDUALS, "fullName", &[("fullName*=a%22B%27*", &[name]), ("fullName*=%25*", &[])]).await;
}

#[tokio::test]
async fn the_examples_of_the_contract_are_accepted() {
    let (_server, api) = directory().await;
    let documents = epissure_server::openapi::DOCUMENTS;
    let document = documents.iter().find(|document| document.path.contains("party")).unwrap().make();
    for collection in [ORGANIZATIONS, INDIVIDUALS] {
        let mut examples: Vec<(String, String)> = Vec::new();
        for parameter in document["paths"][collection]["get"]["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let of_parameter = match &parameter["example"] {
                Value::Object(patterns) => {
                    patterns.iter().map(|(name, pattern)| (name.clone(), text(pattern))).collect()
                }
                Value::Array(fields) => vec![(name.to_owned(), text(&fields[0]))],
                example => vec![(name.to_owned(), text(example))],
            };
            examples.extend(of_parameter);
        }
        // All parameters are sent together: a name without its value, or the reverse, is refused.
        let response = api.request(reqwest::Method::GET, collection).query(&examples).send().await.unwrap();
        let status = response.status();
        assert_eq!(status, 200, "{collection}: {}", response.text().await.unwrap());
    }
}
