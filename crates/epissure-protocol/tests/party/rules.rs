//! Rules of an individual, and the faults of their violations.

use epissure_filter::FieldSelection;
use epissure_protocol::party::{Individual, MEDIA, Resource};
use serde_json::{Value, json};

use super::{ID, lines, object, read, shown};

/// Returns the faults of an individual with a name and these members.
fn faults(members: &Value) -> Vec<String> {
    let mut body = json!({"familyName": "Dalton", "givenName": "Jack"});
    body.as_object_mut().expect("an object").extend(object(members).clone());
    read(&body).map_or_else(|faults| lines(&faults), |_| Vec::new())
}

#[test]
fn both_names_are_required_and_not_blank() {
    for (body, expected) in [
        (
            json!({}),
            &[
                "23 /familyName The field familyName is required",
                "23 /givenName The field givenName is required",
            ][..],
        ),
        (
            json!({"familyName": null, "givenName": "Jack"}),
            &["23 /familyName The field familyName is required"],
        ),
        (
            json!({"familyName": "Dalton", "givenName": " "}),
            &["24 /givenName The field givenName must be a text that is not blank"],
        ),
        (
            json!({"familyName": 1, "givenName": "Jack"}),
            &["24 /familyName The field familyName must be a string"],
        ),
        (
            json!({"familyName": "x".repeat(251), "givenName": "Jack"}),
            &["24 /familyName The field familyName must be at most 250 characters long"],
        ),
    ] {
        assert_eq!(lines(&read(&body).unwrap_err()), expected);
    }
}

#[test]
fn the_full_name_is_made_where_there_is_none() {
    let full = |body: Value| read(&body).unwrap().document()["fullName"].clone();
    assert_eq!(full(json!({"givenName": "Jack", "familyName": "Dalton"})), "Jack Dalton");
    assert_eq!(full(json!({"givenName": "Jack", "familyName": "Dalton", "fullName": null})), "Jack Dalton");
    assert_eq!(full(json!({"givenName": "Jack", "familyName": "Dalton", "fullName": "J. D."})), "J. D.");
    let longest = json!({"givenName": "x".repeat(250), "familyName": "y".repeat(250)});
    let individual = read(&longest).unwrap();
    assert!(
        individual.patch(object(&json!({"gender": "MALE"})), usize::MAX).is_ok(),
        "a name that was made is one to keep"
    );
}

#[test]
fn a_change_of_name_leaves_the_full_name_unless_it_is_removed() {
    let jack = read(&json!({"givenName": "Jack", "familyName": "Dalton"})).unwrap();
    let full = |patch: Value| jack.patch(object(&patch), usize::MAX).unwrap().document()["fullName"].clone();
    assert_eq!(full(json!({"givenName": "Joe"})), "Jack Dalton");
    assert_eq!(full(json!({"givenName": "Joe", "fullName": null})), "Joe Dalton");
}

#[test]
fn every_row_of_the_matrix_is_accepted_with_what_it_needs_and_refused_without() {
    for row in MEDIA {
        for contact in row.contacts {
            let medium = |characteristic: &Value| {
                let mut characteristic = characteristic.clone();
                characteristic["contactType"] = json!(contact);
                faults(
                    &json!({"contactMedium": [{"mediumType": row.medium, "characteristic": characteristic}]}),
                )
            };
            for need in row.needs {
                assert_eq!(medium(&json!({*need: "x"})), [] as [&str; 0], "{} {contact} {need}", row.medium);
            }
            let at = "/contactMedium/0/characteristic";
            let expected = match row.needs {
                [only] => {
                    format!("23 {at}/{only} The field contactMedium.0.characteristic.{only} is required")
                }
                several => format!(
                    "23 {at} The field contactMedium.0.characteristic must have one of {}",
                    several.join(", ")
                ),
            };
            assert_eq!(medium(&json!({"stateOrProvince": "x"})), [expected]);
        }
    }
}

#[test]
fn a_medium_outside_the_matrix_is_refused() {
    for (medium, expected) in [
        (
            json!({}),
            &[
                "23 /contactMedium/0/mediumType The field contactMedium.0.mediumType is required",
                "23 /contactMedium/0/characteristic The field contactMedium.0.characteristic is required",
            ][..],
        ),
        (
            json!({"mediumType": "PIGEON", "characteristic": {"contactType": "OTHER"}}),
            &[
                "24 /contactMedium/0/mediumType The field contactMedium.0.mediumType must be one of PHONE, MAIL, ADDRESS",
            ],
        ),
        (
            json!({"mediumType": "MAIL", "characteristic": {"contactType": "FAX", "emailAddress": "a@b.fr"}}),
            &[
                "24 /contactMedium/0/characteristic/contactType The field contactMedium.0.characteristic.contactType must be one of OTHER",
            ],
        ),
        (
            json!({"mediumType": "MAIL", "characteristic": {"emailAddress": "a@b.fr"}}),
            &[
                "23 /contactMedium/0/characteristic/contactType The field contactMedium.0.characteristic.contactType is required",
            ],
        ),
        (
            json!({"mediumType": "MAIL", "characteristic": {"contactType": "OTHER", "emailAddress": " "}}),
            &[
                "24 /contactMedium/0/characteristic/emailAddress The field contactMedium.0.characteristic.emailAddress must be a text that is not blank",
            ],
        ),
        (
            json!({"mediumType": "PHONE", "characteristic": {"contactType": "FAX", "faxNumber": 1}}),
            &[
                "24 /contactMedium/0/characteristic/faxNumber The field contactMedium.0.characteristic.faxNumber must be a string",
            ],
        ),
        (json!("x"), &["24 /contactMedium/0 The field contactMedium.0 must be an object"]),
        (
            json!({"mediumType": 1, "characteristic": []}),
            &[
                "24 /contactMedium/0/mediumType The field contactMedium.0.mediumType must be a string",
                "24 /contactMedium/0/characteristic The field contactMedium.0.characteristic must be an object",
            ],
        ),
    ] {
        assert_eq!(faults(&json!({"contactMedium": [medium]})), expected, "{medium}");
    }
}

#[test]
fn at_most_one_medium_of_a_type_and_a_contact_type() {
    let phone = |contact: &str, number: &str| json!({"mediumType": "PHONE", "characteristic": {"contactType": contact, "phoneNumber": number}});
    assert_eq!(
        faults(&json!({"contactMedium": [phone("MOBILE_HOME", "1"), phone("FIXED_HOME", "1")]})),
        [] as [&str; 0]
    );
    assert_eq!(
        faults(&json!({"contactMedium": [phone("MOBILE_HOME", "1"), phone("MOBILE_HOME", "2")]})),
        [
            "24 /contactMedium/1 The field contactMedium must not hold two media of mediumType PHONE and contactType MOBILE_HOME"
        ]
    );
}

#[test]
fn every_fault_of_a_body_is_told() {
    let found = faults(&json!({
        "gender": 1,
        "birthDate": "1980-01-01",
        "status": "asleep",
        "partyCharacteristic": [{"valueType": "STRING", "value": "x"}, 1],
        "relatedParty": {"id": "1"},
        "creditRating": [{"ratingScore": 1.5, "validFor": {"startDateTime": "soon"}}],
        "location": "x".repeat(10_001),
        "@type": [],
    }));
    assert_eq!(
        found,
        [
            "24 /gender The field gender must be a string",
            "24 /birthDate The field birthDate must be an RFC 3339 date-time, as 2025-01-14T13:17:58.078+00:00",
            "24 /status The field status must be one of initialized, validated, deceaded",
            "23 /partyCharacteristic/0/name The field partyCharacteristic.0.name is required",
            "24 /partyCharacteristic/1 The field partyCharacteristic.1 must be an object",
            "24 /relatedParty The field relatedParty must be an array",
            "24 /creditRating/0/ratingScore The field creditRating.0.ratingScore must be a whole number",
            "24 /creditRating/0/validFor/startDateTime The field creditRating.0.validFor.startDateTime must be an RFC 3339 date-time, as 2025-01-14T13:17:58.078+00:00",
            "24 /location The field location must be at most 10000 characters long",
            "24 /@type The field @type must be a string",
        ]
    );
}

#[test]
fn what_the_server_says_is_not_taken_from_a_caller() {
    let body = json!({"id": "other", "href": 1, "givenName": "Jack", "familyName": "Dalton"});
    let jack = read(&body).unwrap();
    let expected = format!(
        r#"{{"id":"{ID}","givenName":"Jack","familyName":"Dalton","fullName":"Jack Dalton","@type":"Individual","href":"/individual/{ID}"}}"#
    );
    assert_eq!(shown(&jack), expected);
    let patched = jack.patch(object(&json!({"id": "other", "href": null})), usize::MAX).unwrap();
    assert_eq!(shown(&patched), expected);
}

#[test]
fn patches_do_not_add_up_to_more_than_a_body_may_hold() {
    let jack = read(&json!({"givenName": "Jack", "familyName": "Dalton"})).unwrap();
    let half = |member: &str| json!({member: vec![0; 6_000]});
    let grown = jack.patch(object(&half("a")), usize::MAX).unwrap();
    let faults = grown.patch(object(&half("b")), usize::MAX).unwrap_err();
    assert_eq!(
        lines(&faults),
        ["24  The individual would have more than 10000 values, or more than 64 levels"]
    );
    assert!(grown.patch(object(&half("a")), usize::MAX).is_ok());
}

#[test]
fn extensions_and_subtypes_are_kept_and_nulls_are_not() {
    let body = json!({
        "givenName": "Jack", "familyName": "Dalton", "gender": null, "badge": {"number": [1, null]},
        "skill": [{"skillName": "x", "comment": null, "since": 1990}], "@type": "Engineer",
    });
    let jack = read(&body).unwrap();
    assert_eq!(
        Value::Object(jack.document().clone()),
        json!({
            "givenName": "Jack", "familyName": "Dalton", "fullName": "Jack Dalton", "badge": {"number": [1, null]},
            "skill": [{"skillName": "x", "since": 1990}], "@type": "Engineer",
        })
    );
}

#[test]
fn contact_media_have_a_place() {
    let places = |members: &[&str]| {
        let document: serde_json::Map<String, Value> =
            members.iter().map(|member| ((*member).to_owned(), json!("x"))).collect();
        let document = serde_json::to_string(&document).unwrap();
        let shown = Resource::Individual.render(ID, &document, Some("[]"), "", None).unwrap();
        let shown: Value = serde_json::from_str(&shown).unwrap();
        object(&shown).keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        places(&["a", "@type", "partyCharacteristic", "b"]),
        "id a @type contactMedium partyCharacteristic b href"
    );
    assert_eq!(places(&["a", "@type"]), "id a contactMedium @type href");
    assert_eq!(places(&["a"]), "id a contactMedium href");
}

#[test]
fn id_and_href_are_always_shown() {
    for fields in ["none", "missing", "id", "fullName"] {
        let selection = FieldSelection::of_paths([fields]).unwrap();
        for resource in Resource::ALL {
            let shown = resource
                .render(ID, r#"{"fullName":"x"}"#, None, "https://oi.example/v1", Some(&selection))
                .unwrap();
            let shown: Value = serde_json::from_str(&shown).unwrap();
            assert_eq!(shown["id"], ID);
            assert_eq!(shown["href"], format!("https://oi.example/v1/{}/{ID}", resource.segment()));
            assert_eq!(shown.get("fullName").is_some(), fields == "fullName");
        }
    }
}

#[test]
fn a_whole_number_may_be_in_any_notation_and_is_kept_to_the_letter() {
    for (score, accepted) in [("12", true), ("1075.0", true), ("3e2", true), ("1.5", false), ("1e300", false)]
    {
        let body = format!(
            r#"{{"givenName": "Jack", "familyName": "Dalton", "creditRating": [{{"ratingScore": {score}}}]}}"#
        );
        let Value::Object(body) = epissure_protocol::json::read(body.as_bytes()).unwrap() else {
            panic!("an object")
        };
        match Individual::read(&body, usize::MAX) {
            Ok(individual) => {
                assert!(accepted, "{score}");
                let kept = serde_json::to_string(individual.document()).unwrap();
                assert!(kept.contains(&format!("\"ratingScore\":{score}")), "{kept}");
            }
            Err(_) => assert!(!accepted, "{score}"),
        }
    }
}
