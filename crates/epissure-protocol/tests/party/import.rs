//! Parties imported from files.

use epissure_protocol::names::{IndividualId, OrganizationId};
use epissure_protocol::party::{Individual, Organization};
use serde_json::{Value, json};

use super::{ID, lines, object};

fn faults(document: &Value) -> Vec<String> {
    Organization::import(object(document)).map_or_else(|faults| lines(&faults), |_| Vec::new())
}

#[test]
fn an_organization_has_a_name_or_a_trading_name() {
    assert_eq!(faults(&json!({"tradingName": "Lilas"})), [] as [&str; 0]);
    assert_eq!(faults(&json!({"name": null})), ["23 /name The field name is required, or tradingName"]);
}

#[test]
fn an_organization_is_checked_as_its_schema_says() {
    let found = faults(&json!({
        "id": "1",
        "name": "Lilas",
        "isHeadOffice": "yes",
        "organizationType": "SHOP",
        "organizationIdentification": [
            {"identificationType": "siren", "identificationId": "999999"},
            {"identificationType": "rceId"},
        ],
    }));
    assert_eq!(
        found,
        [
            "24 /id The field id must be a UUID, as 22e61758-924d-4ad7-b259-e4fcb1ea8808",
            "24 /isHeadOffice The field isHeadOffice must be true or false",
            "24 /organizationType The field organizationType must be one of COMPANY, DEPARTMENT, UNKNOWN",
            "23 /organizationIdentification/1/identificationId The field organizationIdentification.1.identificationId is required",
            "24 /organizationIdentification/0/identificationId \"999999\" is not a SIREN: nine digits are expected.",
        ]
    );
}

#[test]
fn what_is_doubtful_is_kept_with_a_warning_and_media_are_left_out() {
    let document = json!({
        "id": ID,
        "href": "/organization/1",
        "name": "Lilas",
        "contactMedium": [{"mediumType": "PHONE"}],
        "organizationIdentification": [
            {"identificationType": "siren", "identificationId": "732829321"},
            {"identificationType": "codeArcepRip", "identificationId": "LILA"},
        ],
    });
    let import = Organization::import(object(&document)).unwrap();
    assert_eq!(import.id, OrganizationId::parse(ID));
    let warnings: Vec<_> = import.warnings.iter().map(|finding| (finding.code, &*finding.pointer)).collect();
    assert_eq!(
        warnings,
        [
            ("organization-contact-medium", "/contactMedium"),
            ("siren-checksum", "/organizationIdentification/0/identificationId"),
        ]
    );
    assert_eq!(
        import.party.identifications().collect::<Vec<_>>(),
        [("siren", "732829321"), ("codeArcepRip", "LILA")]
    );
    assert_eq!(
        import.party.document().keys().collect::<Vec<_>>(),
        ["name", "organizationIdentification", "@type"]
    );
}

#[test]
fn an_individual_is_imported_with_its_identifier() {
    let document = json!({"id": ID, "givenName": "Jack", "familyName": "Dalton"});
    let import = Individual::import(object(&document)).unwrap();
    assert_eq!(import.id, IndividualId::parse(ID));
    assert_eq!(import.party, Individual::read(object(&document), usize::MAX).unwrap());
    assert!(import.warnings.is_empty());
    let faults = Individual::import(object(&json!({"id": 1}))).unwrap_err();
    assert_eq!(faults.len(), 3);
}
