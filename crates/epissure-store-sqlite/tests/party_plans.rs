//! The SQL and SQLite's query plan of each filter that the Party page allows.

use std::fmt::Write as _;

use epissure_filter::{ClosedList, Options, Plan, Query};
use epissure_protocol::names::OperatorCode;
use epissure_protocol::party::{INDIVIDUAL_LIST, ORGANIZATION_LIST};
use epissure_store::suite::party_differential;
use epissure_store::{INDIVIDUAL_CATALOG, ORGANIZATION_CATALOG, PartyCatalog, PartyListRequest};
use epissure_store_sqlite::{Explanation, FILE_NAME, Settings, SqliteStore};

/// A list, and its served queries: the query, then the plan steps of its page and of its total.
type Served = (&'static ClosedList, &'static [(&'static str, &'static str, &'static str)]);

const ORGANIZATIONS: Served = (
    &ORGANIZATION_LIST,
    &[
        ("", "SCAN party", "COVERING INDEX organization_by_"),
        (
            "name=Orange",
            "INDEX organization_by_folded_name (name_folded=? AND name=?)",
            "COVERING INDEX organization_by_folded_name",
        ),
        ("name*=*ora*", "organization_text VIRTUAL TABLE", "organization_text VIRTUAL TABLE"),
        (
            "name*=*or*",
            "COVERING INDEX organization_by_folded_name",
            "COVERING INDEX organization_by_folded_name",
        ),
        (
            "tradingName=Orange",
            "INDEX organization_by_folded_trading_name (trading_name_folded=? AND trading_name=?)",
            "COVERING INDEX organization_by_folded_trading_name",
        ),
        (
            "tradingName*=ora*",
            "INDEX organization_by_folded_trading_name (trading_name_folded>? AND trading_name_folded<?)",
            "COVERING INDEX organization_by_folded_trading_name",
        ),
        ("tradingName*=*ora*", "organization_text VIRTUAL TABLE", "organization_text VIRTUAL TABLE"),
        (
            "isHeadOffice=true",
            "organization_by_head_office (is_head_office=?)",
            "organization_by_head_office",
        ),
        (
            "isLegalEntity=false",
            "organization_by_legal_entity (is_legal_entity=?)",
            "organization_by_legal_entity",
        ),
        ("nameType=SA", "organization_by_name_type (name_type=?)", "organization_by_name_type"),
        ("organizationType=COMPANY", "organization_by_type (organization_type=?)", "organization_by_type"),
        (
            "organizationIdentification.identificationType=siren&organizationIdentification.identificationId=999999",
            "organization_identification USING PRIMARY KEY (identification_type=? AND identification_id=?)",
            "organization_identification USING PRIMARY KEY (identification_type=? AND identification_id=?)",
        ),
        (
            "organizationIdentification.identificationType=siren&organizationIdentification.identificationId*=*123*",
            "organization_text VIRTUAL TABLE",
            "organization_text VIRTUAL TABLE",
        ),
        (
            "organizationIdentification.identificationType=siren&organizationIdentification.identificationId*=*12*",
            "organization_identification USING PRIMARY KEY (identification_type=?)",
            "organization_identification USING PRIMARY KEY (identification_type=?)",
        ),
        ("sort=name", "organization_by_name", "COVERING INDEX organization_by_"),
        (
            "sort=-tradingName&organizationType=COMPANY",
            "organization_by_trading_name",
            "organization_by_type",
        ),
        (
            "sort=id&name*=*ora*&isHeadOffice=true",
            "organization_text VIRTUAL TABLE",
            "organization_text VIRTUAL TABLE",
        ),
    ],
);

const INDIVIDUALS: Served = (
    &INDIVIDUAL_LIST,
    &[
        ("", "individual_by_operator (operator=?)", "COVERING INDEX individual_by_operator"),
        (
            "fullName=Jack%20Dalton",
            "individual_by_full_name (operator=? AND full_name_folded=? AND full_name=?)",
            "COVERING INDEX individual_by_full_name",
        ),
        (
            "fullName*=jack*",
            "individual_by_full_name (operator=? AND full_name_folded>? AND full_name_folded<?)",
            "COVERING INDEX individual_by_full_name",
        ),
        ("fullName*=*Dal*", "individual_text VIRTUAL TABLE", "individual_text VIRTUAL TABLE"),
        (
            "fullName*=*Da*",
            "COVERING INDEX individual_by_full_name",
            "COVERING INDEX individual_by_full_name",
        ),
        (
            "familyName=Dalton",
            "individual_by_family_name (operator=? AND family_name_folded=? AND family_name=?)",
            "COVERING INDEX individual_by_family_name",
        ),
        (
            "familyName*=dal*",
            "individual_by_family_name (operator=? AND family_name_folded>? AND family_name_folded<?)",
            "COVERING INDEX individual_by_family_name",
        ),
        ("familyName*=*dal*", "individual_text VIRTUAL TABLE", "individual_text VIRTUAL TABLE"),
        (
            "givenName=Jack",
            "individual_by_given_name (operator=? AND given_name_folded=? AND given_name=?)",
            "COVERING INDEX individual_by_given_name",
        ),
        (
            "givenName*=jack*",
            "individual_by_given_name (operator=? AND given_name_folded>? AND given_name_folded<?)",
            "COVERING INDEX individual_by_given_name",
        ),
        ("givenName*=*jack*", "individual_text VIRTUAL TABLE", "individual_text VIRTUAL TABLE"),
        (
            "legalName=Dalton",
            "individual_by_legal_name (operator=? AND legal_name_folded=? AND legal_name=?)",
            "COVERING INDEX individual_by_legal_name",
        ),
        (
            "legalName*=dal*",
            "individual_by_legal_name (operator=? AND legal_name_folded>? AND legal_name_folded<?)",
            "COVERING INDEX individual_by_legal_name",
        ),
        ("legalName*=*dal*", "individual_text VIRTUAL TABLE", "individual_text VIRTUAL TABLE"),
        (
            "legalName*=*da*",
            "COVERING INDEX individual_by_legal_name",
            "COVERING INDEX individual_by_legal_name",
        ),
        ("title=Dr", "individual_by_title (operator=? AND title=?)", "COVERING INDEX individual_by_title"),
        (
            "middleName=X",
            "individual_by_middle_name (operator=? AND middle_name=?)",
            "COVERING INDEX individual_by_middle_name",
        ),
        (
            "namePrefix=de",
            "individual_by_name_prefix (operator=? AND name_prefix=?)",
            "COVERING INDEX individual_by_name_prefix",
        ),
        (
            "gender=MALE",
            "individual_by_gender (operator=? AND gender=?)",
            "COVERING INDEX individual_by_gender",
        ),
        (
            "partyCharacteristic.value=operatorInterlocutor&partyCharacteristic.name=Category",
            "individual_characteristic USING PRIMARY KEY (characteristic_name=? AND characteristic_value=? AND seq>? AND seq<?)",
            "individual_characteristic USING PRIMARY KEY (characteristic_name=? AND characteristic_value=? AND seq>? AND seq<?)",
        ),
        (
            "partyCharacteristic.value=operatorInterlocutor&partyCharacteristic.name=Category&fullName*=*Dal*",
            "individual_text VIRTUAL TABLE",
            "individual_text VIRTUAL TABLE",
        ),
        (
            "partyCharacteristic.value=operatorInterlocutor&partyCharacteristic.name=Category&fullName=Jack%20Dalton",
            "individual_by_full_name (operator=? AND full_name_folded=? AND full_name=?)",
            "individual_by_full_name (operator=? AND full_name_folded=? AND full_name=?)",
        ),
    ],
);

async fn store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SqliteStore::open(&Settings::new(folder.path().join(FILE_NAME))).expect("a new database");
    party_differential::run(&store, 1, 100, 0).await.expect("nothing to disagree on");
    (folder, store)
}

async fn explain(store: &SqliteStore, raw: &str, list: &'static ClosedList) -> Explanation {
    let individuals = *list == INDIVIDUAL_LIST;
    let catalog: &PartyCatalog = if individuals { &INDIVIDUAL_CATALOG } else { &ORGANIZATION_CATALOG };
    let query = Query::parse_closed(raw, list, &Options::default()).expect("a query");
    let request =
        PartyListRequest { plan: Plan::new(&query, catalog), offset: query.offset, limit: query.limit };
    let whose = individuals.then(|| OperatorCode::parse("FTEL").expect("a code"));
    store.explain_parties(whose, request).await.expect("explained")
}

/// Runs before and after the planner gathers statistics: the indexes used must not depend on them.
#[tokio::test]
async fn an_index_serves_each_filter_that_is_allowed() {
    let (_folder, store) = store().await;
    let mut wrong = String::new();
    for learnt in [false, true] {
        if learnt {
            store.analyze().await.expect("analysed");
        }
        for (list, served) in [ORGANIZATIONS, INDIVIDUALS] {
            for (raw, page, count) in served {
                let found = explain(&store, raw, list).await;
                let uses = |steps: &[String], index: &str| steps[1..].iter().any(|step| step.contains(index));
                if !uses(&found.page, page) || !uses(&found.count, count) {
                    let _ = writeln!(wrong, "{raw}, learnt {learnt}: {found:#?}");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn the_sql_of_each_filter() {
    let (_folder, store) = store().await;
    let mut shown = String::new();
    for (list, served) in [ORGANIZATIONS, INDIVIDUALS] {
        for (raw, ..) in served {
            let found = explain(&store, raw, list).await;
            let lane = if found.scans { "goes through the parties" } else { "answered by indexes" };
            let _ = writeln!(shown, "{raw}\n  {lane}");
            for (name, lines) in [("page", &found.page), ("total", &found.count)] {
                let _ = writeln!(shown, "  {name}: {}\n    {}", lines[0], lines[1..].join("\n    "));
            }
            shown.push('\n');
        }
    }
    insta::assert_snapshot!(shown);
}
