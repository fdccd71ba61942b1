//! The SQL and PostgreSQL's query plan of each shape of query, on tables of some size.

use std::fmt::Write as _;

use epissure_filter::{Options, Plan, Query};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::OperatorCode;
use epissure_protocol::party::{INDIVIDUAL_LIST, ORGANIZATION_LIST};
use epissure_store::suite::samples;
use epissure_store::{
    CATALOG, INDIVIDUAL_CATALOG, KeyValue, ListRequest, ORGANIZATION_CATALOG, PartyListRequest, Place, Start,
    Viewer,
};
use epissure_store_postgres::testing::TestDatabase;
use epissure_store_postgres::{Explanation, Indexed, PostgresStore};

async fn filled() -> (TestDatabase, PostgresStore) {
    let database = TestDatabase::create().await;
    database.batch(include_str!("plans.sql")).await;
    // `VACUUM` cannot run in a transaction with other statements.
    database.batch("VACUUM (ANALYZE)").await;
    let store = database.open().await;
    (database, store)
}

async fn explain(store: &PostgresStore, raw: &str) -> Explanation {
    let query = Query::parse(raw, &Dialect::Interop20, &Options::default()).expect("a query");
    explain_from(store, raw, Start::Offset(query.offset)).await
}

async fn explain_from(store: &PostgresStore, raw: &str, start: Start) -> Explanation {
    let query = Query::parse(raw, &Dialect::Interop20, &Options::default()).expect("a query");
    let request = ListRequest {
        viewer: Viewer::Oi(OperatorCode::parse(samples::OI).expect("a code")),
        plan: Plan::new(&query, &CATALOG),
        start,
        limit: query.limit,
        now: samples::now(),
    };
    store.explain(request).await.expect("explained")
}

/// Shapes that an index must serve: the query, then the plan steps of its page and of its total.
const INDEXED: &[(&str, &str, &str)] = &[
    ("id=22e61758-924d-4ad7-b259-e4fcb1ea8808", "using ticket_by_id", "ticket_by_id"),
    (
        "status=PENDING&zone=ZMD&sort=-creationDate",
        "Backward using ticket_oi_zone",
        "Index Only Scan using ticket_oi_zone",
    ),
    ("status=CLOSED&zone=ZMD", "using ticket_oi_", "Index Only Scan using ticket_oi_"),
    ("status=PENDING&sort=-creationDate", "Backward using ticket_oi_status", "Index Only Scan using ticket_"),
    ("status[in]=ACKNOWLEDGED,PENDING", "using ticket_oi_", "Index Only Scan using ticket_oi_"),
    ("relatedEntity.id=IMB/RARE", "multi_value_pkey", "multi_value_pkey"),
    (
        "status[in]=ACKNOWLEDGED,IN_PROGRESS,PENDING&relatedEntity.id=IMB/RARE",
        "multi_value_pkey",
        "multi_value_pkey",
    ),
    (
        "creationDate[gte]=2023-11-15&creationDate[lt]=2023-11-20&totalDuration[lt]=36000",
        "ticket_oi_created",
        "Index Only Scan using ticket_oi_created",
    ),
    (
        "zone=ZMD&totalDuration[lt]=604800&resolutionDate[gte]=2023-11-15&resolutionDate[lt]=2023-11-20",
        "ticket_oi_",
        "Index Only Scan using ticket_oi_resolved",
    ),
    (
        "sort=-creationDate&offset=500",
        "Index Only Scan Backward using ticket_oi_created",
        "Index Only Scan using ticket_oi_",
    ),
    ("externalId=T-999", "ticket_by_external_id", "ticket_by_external_id"),
    ("externalId[regex]=^T-299", "ticket_by_external_id", "ticket_by_external_id"),
    ("name=voie 471", "ticket_oi_name", "ticket_oi_name"),
    ("sort=name", "using ticket_oi_name", "Index Only Scan using ticket_oi_"),
    (
        "lastUpdateDate[gt]=2023-12-01&sort=lastUpdateDate",
        "using ticket_oi_updated",
        "Index Only Scan using ticket_oi_updated",
    ),
    (
        "statusChangeDate[gte]=2023-12-01&sort=-statusChangeDate",
        "Backward using ticket_oi_changed",
        "Index Only Scan using ticket_oi_changed",
    ),
];

#[tokio::test]
async fn an_index_serves_each_shape_that_is_worth_one() {
    let (_database, store) = filled().await;
    let mut wrong = String::new();
    for (raw, page, count) in INDEXED {
        let found = explain(&store, raw).await;
        let uses = |steps: &[String], index: &str| steps[1..].iter().any(|step| step.contains(index));
        if found.scans || !uses(&found.page, page) || !uses(&found.count, count) {
            let _ = writeln!(wrong, "{raw}: {found:#?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Few rows meet the condition, and PostgreSQL overestimates or cannot estimate them. Left to
/// itself, it scans most of the index in the requested order to find a page.
#[tokio::test]
async fn what_few_rows_have_is_looked_up_whatever_order_is_asked_for() {
    let (_database, store) = filled().await;
    for order in ["", "&sort=-creationDate", "&sort=name", "&sort=-lastUpdateDate,status"] {
        for condition in ["relatedEntity.id=IMB/RARE", "externalId=T-999"] {
            let raw = format!("{condition}{order}");
            let found = explain(&store, &raw).await;
            assert!(found.page[0].contains("AS MATERIALIZED"), "{raw}: {found:#?}");
            let walked = found.page[1..].iter().find(|step| step.contains("using ticket_oi_"));
            assert_eq!(walked, None, "{raw}: {found:#?}");
        }
    }
    for order in ["", "&sort=name", "&sort=-nameType"] {
        let raw = format!("name*=*zorglub*{order}");
        let query = Query::parse_closed(&raw, &ORGANIZATION_LIST, &Options::default()).expect("a query");
        let plan = Plan::new(&query, &ORGANIZATION_CATALOG);
        let request = PartyListRequest { plan, offset: 0, limit: 10 };
        let found = store.explain_parties(None, request).await.expect("explained");
        let by = |index: &str| found.page[1..].iter().any(|step| step.contains(index));
        assert!(by("on organization_by_trigrams") && !by("organization_by_name"), "{raw}: {found:#?}");
    }
}

/// The same for the index of texts, whose selectivity PostgreSQL cannot estimate for a value
/// outside its sample.
#[tokio::test]
async fn a_text_that_few_documents_have_is_found_by_the_index_of_texts_whatever_order_is_asked_for() {
    let (database, store) = filled().await;
    database
        .batch(
            r#"UPDATE ticket SET document = '{"issues": {"building": {"name": {"value": "B-RARE"}}}}'
               WHERE seq IN (11, 5001, 9999)"#,
        )
        .await;
    let shapes = ["issues.building.name.value=B-RARE", "issues.building.name.value[in]=B-RARE,B-NONE"];
    let before = explain(&store, shapes[0]).await;
    assert!(before.scans, "without the index each document is looked at: {before:#?}");
    assert_eq!(store.index_texts(|_| {}).await.expect("made"), Indexed::Made);
    assert_eq!(store.index_texts(|_| {}).await.expect("there"), Indexed::Before);
    let store = database.open().await;
    for shape in shapes {
        for rest in ["", "&sort=-creationDate", "&sort=name", "&status=CLOSED&zone=ZTD&sort=-lastUpdateDate"]
        {
            let raw = format!("{shape}{rest}");
            let found = explain(&store, &raw).await;
            for steps in [&found.page, &found.count] {
                let by = |index: &str| steps[1..].iter().any(|step| step.contains(index));
                assert!(by("on ticket_by_text") && by("using ticket_pkey"), "{raw}: {found:#?}");
                assert!(!by("using ticket_oi_") && !by("Seq Scan"), "{raw}: {found:#?}");
            }
            assert!(!found.scans, "{raw}: {found:#?}");
        }
    }
    // Texts in many documents are searched in the scan lane, where they delay no other query.
    database.batch("UPDATE ticket SET document = '{\"description\": \"the same\"}'").await;
    assert!(explain(&store, "description=the same").await.scans);
}

/// Filters that the Party page allows, and the plan step that finds them.
const ORGANIZATIONS: &[(&str, &str)] = &[
    ("name=Menuiserie 17", "(name = 'Menuiserie 17'::text)"),
    ("name*=*zorglub*", "organization_by_trigrams"),
    ("tradingName=M17", "(trading_name = 'M17'::text)"),
    ("tradingName*=m17*", "organization_by_folded_trading_name"),
    ("tradingName*=*zorglub*", "organization_by_trigrams"),
    ("nameType=SA", "organization_by_name_type"),
    ("organizationType=COMPANY", "organization_by_type"),
    (
        "organizationIdentification.identificationType=siren&organizationIdentification.identificationId=100000017",
        "organization_identification_pkey",
    ),
    (
        "organizationIdentification.identificationType=siren&organizationIdentification.identificationId*=*999*",
        "organization_by_trigrams",
    ),
    ("sort=-name", "organization_by_name"),
    ("sort=-nameType", "organization_by_name_type"),
];
const INDIVIDUALS: &[(&str, &str)] = &[
    ("", "individual_by_operator"),
    ("fullName=Jack Dalton17", "individual_by_full_name"),
    ("fullName*=jack dalton17*", "individual_by_full_name"),
    ("fullName*=*zorglub*", "individual_by_trigrams"),
    ("familyName=Dalton17", "individual_by_family_name"),
    ("familyName*=dalton17*", "individual_by_family_name"),
    ("familyName*=*zorglub*", "individual_by_trigrams"),
    ("givenName=Jack17", "individual_by_given_name"),
    ("givenName*=*zorglub*", "individual_by_trigrams"),
    ("legalName=L17", "individual_by_legal_name"),
    ("legalName*=*zorglub*", "individual_by_trigrams"),
    ("title=Dr", "individual_by_title"),
    ("middleName=X", "individual_by_middle_name"),
    ("namePrefix=de", "individual_by_name_prefix"),
    ("gender=OTHER", "individual_by_gender"),
    (
        "partyCharacteristic.name=Category&partyCharacteristic.value=category 17",
        "individual_characteristic_pkey",
    ),
    (
        "partyCharacteristic.name=Category&partyCharacteristic.value=category 17&fullName*=*zorglub*",
        "individual_by_trigrams",
    ),
];

#[tokio::test]
async fn an_index_serves_each_filter_that_is_allowed_of_parties() {
    let (_database, store) = filled().await;
    let mut wrong = String::new();
    let lists = [
        (&ORGANIZATION_LIST, &ORGANIZATION_CATALOG, ORGANIZATIONS),
        (&INDIVIDUAL_LIST, &INDIVIDUAL_CATALOG, INDIVIDUALS),
    ];
    for (list, catalog, served) in lists {
        let whose = (*list == INDIVIDUAL_LIST).then(|| OperatorCode::parse("FTEL").expect("a code"));
        for (raw, index) in served {
            let query = Query::parse_closed(raw, list, &Options::default()).expect("a query");
            let request = PartyListRequest { plan: Plan::new(&query, catalog), offset: 0, limit: 10 };
            let found = store.explain_parties(whose.clone(), request).await.expect("explained");
            let uses = |steps: &[String]| {
                // In the conditions of an index, not in a filter.
                let mut found = steps[1..].iter().filter(|step| !step.contains("Filter:"));
                found.any(|step| step.contains(index) || step.contains(index.trim_matches(['(', ')'])))
            };
            let ordered = raw.starts_with("sort");
            if found.scans || !uses(&found.page) || !ordered && !uses(&found.count) {
                let _ = writeln!(wrong, "{raw}: {found:#?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Shapes whose later pages an index must serve from a place on: the query, the keys of the place,
/// and the index range.
const RESUMED: &[(&str, &[KeyValue], &str)] = &[
    ("status=PENDING&sort=-creationDate", &[KeyValue::Integer(1_700_000_000_000)], "(creation_date <= "),
    ("", &[KeyValue::Integer(1_700_000_000_000)], "(creation_date >= "),
    ("sort=lastUpdateDate", &[KeyValue::Integer(1_700_000_000_000)], "(last_update_date >= "),
    ("sort=name", &[KeyValue::Text(String::new())], "(name >= "),
];

#[tokio::test]
async fn a_page_after_a_place_begins_there_in_the_index() {
    let (_database, store) = filled().await;
    for (raw, keys, range) in RESUMED {
        let start = Start::After(Place { keys: keys.to_vec(), seq: 5 });
        let found = explain_from(&store, raw, start).await;
        let begins = |step: &String| step.contains("Index Cond") && step.contains(range);
        assert!(found.page[1..].iter().any(begins), "{raw}: {found:#?}");
    }
}

/// One query of each shape that a plan can have, indexed or not.
const SHAPES: &[&str] = &[
    "status=PENDING&zone=ZMD&sort=-creationDate",
    "status[ne]=CLOSED",
    "zone[in]=ZMD,ZTD",
    "zone[is]=notexists",
    "externalId[regex]=^T-",
    "relatedEntity.id[in]=A,B",
    "relatedEntity.id[ne]=A",
    "creationDate[gte]=2024-01-01&totalDuration[lt]=36000&sort=totalDuration",
    "resolvedToClosedDuration[gt]=0",
    "issues.building.name.value=B",
    "status=PENDING&description[regex]=wrong&sort=description",
    "name[regex]=^rue|^voie",
    "name[regex]=^voie .*42$",
    "sort=-creationDate&offset=500&limit=50",
    "@schemaLocation=elsewhere",
];

#[tokio::test]
async fn the_sql_of_each_shape() {
    let (_database, store) = filled().await;
    let mut shown = String::new();
    for raw in SHAPES {
        let found = explain(&store, raw).await;
        let lane = if found.scans { "goes through the tickets" } else { "answered by indexes" };
        let _ = writeln!(shown, "{raw}\n  {lane}\n  page:  {}\n  total: {}\n", found.page[0], found.count[0]);
    }
    insta::assert_snapshot!(shown);
}
