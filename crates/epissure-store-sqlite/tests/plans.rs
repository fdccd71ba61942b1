//! The SQL and SQLite's query plan of each shape of query.

use std::fmt::Write as _;

use epissure_filter::{Options, Plan, Query};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::OperatorCode;
use epissure_store::suite::{differential, samples};
use epissure_store::{CATALOG, KeyValue, ListRequest, Place, Start, Viewer};
use epissure_store_sqlite::{Explanation, FILE_NAME, Settings, SqliteStore};

async fn store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SqliteStore::open(&Settings::new(folder.path().join(FILE_NAME))).expect("a new database");
    differential::run(&store, 1, 200, 0).await.expect("nothing to disagree on");
    (folder, store)
}

async fn explain(store: &SqliteStore, raw: &str) -> Explanation {
    let query = Query::parse(raw, &Dialect::Interop20, &Options::default()).expect("a query");
    explain_from(store, raw, Start::Offset(query.offset)).await
}

async fn explain_from(store: &SqliteStore, raw: &str, start: Start) -> Explanation {
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

/// Shapes that an index must serve: the query, and the index of its page and of its total.
const INDEXED: &[(&str, &str, &str)] = &[
    ("id=22e61758-924d-4ad7-b259-e4fcb1ea8808", "ticket_by_id", "ticket_by_id"),
    ("status=PENDING&zone=ZMD&sort=-creationDate", "ticket_oi_zone", "COVERING INDEX ticket_oi_zone"),
    ("status=CLOSED&zone=ZMD", "ticket_oi_zone", "COVERING INDEX ticket_oi_zone"),
    ("status=PENDING&sort=-creationDate", "ticket_oi_status", "COVERING INDEX ticket_oi_"),
    ("status[in]=ACKNOWLEDGED,PENDING", "ticket_oi_", "COVERING INDEX ticket_oi_"),
    ("relatedEntity.id=IMB/09001/X/000E", "multi_value", "multi_value"),
    (
        "status[in]=ACKNOWLEDGED,IN_PROGRESS,PENDING&relatedEntity.id=IMB/09001/X/000E",
        "multi_value",
        "multi_value",
    ),
    (
        "creationDate[gte]=2023-11-15&creationDate[lt]=2023-12-15&totalDuration[lt]=36000",
        "ticket_oi_created",
        "COVERING INDEX ticket_oi_created",
    ),
    (
        "zone=ZMD&creationDate[gte]=2023-11-15&creationDate[lt]=2023-12-15",
        "ticket_oi_created",
        "COVERING INDEX ticket_oi_created",
    ),
    (
        "zone=ZMD&totalDuration[lt]=604800&resolutionDate[gte]=2023-11-15&resolutionDate[lt]=2023-12-15",
        "ticket_oi_resolved",
        "COVERING INDEX ticket_oi_resolved",
    ),
    (
        "status=CLOSED&totalDuration[lt]=604800&creationDate[gte]=2023-11-15&creationDate[lt]=2023-12-15",
        "ticket_oi_",
        "COVERING INDEX ticket_oi_",
    ),
    ("sort=-creationDate&offset=500", "ticket_oi_created", "COVERING INDEX ticket_oi_"),
    ("externalId=T-1", "ticket_by_external_id", "ticket_by_external_id"),
    ("externalId[regex]=^T-2025-", "ticket_by_external_id", "ticket_by_external_id"),
    ("name=IMB/1", "ticket_by_name", "COVERING INDEX ticket_by_name"),
    ("name[regex]=^voie .*42$&status=CLOSED", "ticket_by_name", "COVERING INDEX ticket_by_name"),
    ("sort=name", "COVERING INDEX ticket_by_name", "COVERING INDEX ticket_oi_"),
    (
        "lastUpdateDate[gt]=2023-12-01&sort=lastUpdateDate",
        "ticket_oi_updated",
        "COVERING INDEX ticket_oi_updated",
    ),
    ("statusChangeDate[gte]=2023-12-01&status=PENDING", "ticket_oi_", "COVERING INDEX ticket_oi_"),
    (
        "statusChangeDate[gte]=2023-12-01&sort=-statusChangeDate",
        "ticket_oi_changed",
        "COVERING INDEX ticket_oi_changed",
    ),
];

/// Shapes whose later pages an index must serve from a place on: the query, the keys of the place,
/// and the index range.
const RESUMED: &[(&str, &[KeyValue], &str)] = &[
    ("status=PENDING&sort=-creationDate", &[KeyValue::Integer(1_700_000_000_000)], "creation_date<?"),
    ("", &[KeyValue::Integer(1_700_000_000_000)], "creation_date>?"),
    ("sort=lastUpdateDate", &[KeyValue::Integer(1_700_000_000_000)], "last_update_date>?"),
    ("sort=name", &[KeyValue::Text(String::new())], "name>?"),
];

#[tokio::test]
async fn a_page_after_a_place_begins_there_in_the_index() {
    let (_folder, store) = store().await;
    for (raw, keys, range) in RESUMED {
        let start = Start::After(Place { keys: keys.to_vec(), seq: 5 });
        let found = explain_from(&store, raw, start).await;
        assert!(found.page[1..].iter().any(|step| step.contains(range)), "{raw}: {found:#?}");
    }
}

#[tokio::test]
async fn an_index_serves_each_shape_that_is_worth_one() {
    let (_folder, store) = store().await;
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
    let (_folder, store) = store().await;
    let mut shown = String::new();
    for raw in SHAPES {
        let found = explain(&store, raw).await;
        let lane = if found.scans { "goes through the tickets" } else { "answered by indexes" };
        let _ = writeln!(shown, "{raw}\n  {lane}\n  page:  {}\n  total: {}\n", found.page[0], found.count[0]);
    }
    insta::assert_snapshot!(shown);
}
