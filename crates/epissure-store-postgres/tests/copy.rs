//! Copies of whole databases, to PostgreSQL, from it, and between two of them.

use std::path::{Path, PathBuf};

use epissure_store::archive::{Archive, Copied, Copying, Kind, Stopped, TABLES, verify};
use epissure_store::suite::copying::{self, Faulty, NAME, SMALL};
use epissure_store::suite::{differential, party_differential};
use epissure_store::{Audit, AuditRow, Store, StoreError};
use epissure_store_postgres::testing::TestDatabase;
use epissure_store_postgres::{Address, OpenError, PostgresArchive, PostgresStore};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteArchive, SqliteStore};

/// Creates a folder for SQLite databases, and databases on the server.
async fn places<const N: usize>() -> (tempfile::TempDir, [TestDatabase; N]) {
    let mut databases = Vec::new();
    for _ in 0..N {
        databases.push(TestDatabase::create().await);
    }
    let databases = databases.try_into().ok().expect("as many as asked for");
    (tempfile::tempdir().expect("a temporary folder"), databases)
}

fn sqlite(path: &Path) -> SqliteStore {
    SqliteStore::open(&Settings::new(path.to_owned())).expect("a database")
}

/// Creates an SQLite database with rows in every table.
async fn filled(folder: &Path) -> PathBuf {
    let path = folder.join(FILE_NAME);
    copying::fill(&sqlite(&path)).await;
    path
}

async fn to_postgres(from: &Path, to: &TestDatabase) -> Result<Copied, Stopped> {
    let source = SqliteArchive::source(from).expect("a source");
    let target = PostgresArchive::target(&to.settings()).await.expect("a target");
    copying::run(&source, &target).await
}

async fn to_sqlite(from: &TestDatabase, to: &Path) -> Result<Copied, Stopped> {
    let source = PostgresArchive::source(&from.settings()).await.expect("a source");
    let target = SqliteArchive::target(to).expect("a target");
    copying::run(&source, &target).await
}

fn sums(copied: &Copied) -> Vec<(&str, u64, &str)> {
    copied.tables.iter().map(|table| (table.name, table.sum.rows, table.sum.hash.as_str())).collect()
}

#[tokio::test]
async fn everything_goes_to_postgres_and_back_as_it_was() {
    let (folder, [database]) = places().await;
    let path = filled(folder.path()).await;
    let there = to_postgres(&path, &database).await.expect("copied");
    assert!(!there.resumed);
    for table in &there.tables {
        assert!(table.sum.rows > 0, "the contract leaves nothing in {}", table.name);
        assert_eq!(table.written, table.sum.rows);
    }
    let back = folder.path().join("back.sqlite");
    let again = to_sqlite(&database, &back).await.expect("copied");
    assert_eq!(sums(&there), sums(&again));
    assert!(!back.with_extension("sqlite-wal").exists(), "all of it is in the file");
    assert!(sqlite(&back).integrity().await.expect("checked").is_empty());
}

#[tokio::test]
async fn everything_goes_from_one_server_to_another() {
    let (folder, [one, other]) = places().await;
    let path = filled(folder.path()).await;
    let first = to_postgres(&path, &one).await.expect("copied");
    let source = PostgresArchive::source(&one.settings()).await.expect("a source");
    let target = PostgresArchive::target(&other.settings()).await.expect("a target");
    assert_eq!(sums(&copying::run(&source, &target).await.expect("copied")), sums(&first));
}

#[tokio::test]
async fn rows_that_are_hard_to_carry_arrive_as_they_were() {
    let (folder, [one, other]) = places().await;
    let path = folder.path().join("odd.sqlite");
    copying::put_odd_rows(&SqliteArchive::target(&path).expect("a target")).await;
    copying::put_odd_rows(&PostgresArchive::target(&one.settings()).await.expect("a target")).await;
    let there = to_postgres(&path, &other).await.expect("copied");
    let back = to_sqlite(&one, &folder.path().join("back.sqlite")).await.expect("copied");
    assert_eq!(sums(&there), sums(&back), "both backends hold the same");
}

/// Search data is derived again, and rows keep their order.
#[tokio::test]
async fn what_was_copied_answers_as_the_evaluator_does() {
    let (folder, [database]) = places().await;
    let path = folder.path().join(FILE_NAME);
    let store = sqlite(&path);
    let mut tickets = differential::fill(&store, 11, 60).await;
    let mut parties = party_differential::fill(&store, 12, 40).await;
    drop(store);
    to_postgres(&path, &database).await.expect("copied");
    let back = folder.path().join("back.sqlite");
    to_sqlite(&database, &back).await.expect("copied");
    for store in [&database.open().await as &dyn Store, &sqlite(&back)] {
        let compared = differential::ask(store, &mut tickets, 100).await.expect("the same answers");
        assert!(compared.matches > 200, "{compared:?}");
        let compared = party_differential::ask(store, &mut parties, 1).await.expect("the same answers");
        assert!(compared.matches > 200, "{compared:?}");
    }
}

#[tokio::test]
async fn empty_databases_are_copied_too() {
    let (folder, [database]) = places().await;
    let path = folder.path().join("empty.sqlite");
    drop(sqlite(&path));
    let copied = to_postgres(&path, &database).await.expect("copied");
    assert!(copied.tables.iter().all(|table| table.sum.rows == 0));
    database.open().await;
}

#[tokio::test]
async fn a_copy_that_was_broken_off_anywhere_goes_on_and_ends_the_same() {
    let (folder, [one, other]) = places().await;
    let path = filled(folder.path()).await;
    let whole = to_postgres(&path, &one).await.expect("copied");
    let source = SqliteArchive::source(&path).expect("a source");
    let mut starts = 0;
    let copied = loop {
        // Each run opens the target again, as after a crash.
        let target = PostgresArchive::target(&other.settings()).await.expect("a target");
        match copying::run(&source, &Faulty::after(&target, 5)).await {
            Ok(copied) => break copied,
            Err(Stopped::Failed(_, StoreError::Unavailable(_))) => starts += 1,
            Err(other) => panic!("{other:?}"),
        }
        drop(target);
        let refused = PostgresStore::open(&other.settings()).await.err();
        assert!(
            matches!(&refused, Some(OpenError::Store(StoreError::Unfinished { of })) if of == NAME),
            "{refused:?}"
        );
    };
    assert!(starts > 10 && copied.resumed, "{starts}");
    assert_eq!(sums(&copied), sums(&whole));
    other.open().await;
}

#[tokio::test]
async fn what_is_changed_in_a_target_is_found_with_its_row() {
    let (folder, [database]) = places().await;
    let path = filled(folder.path()).await;
    to_postgres(&path, &database).await.expect("copied");
    database.batch("UPDATE ticket SET document = document || ' ' WHERE seq = 2").await;
    for (table, key) in [("attempt", "event, number"), ("multi_value", "path, value, seq")] {
        let delete = format!("DELETE FROM {table} WHERE ({key}) = (SELECT {key} FROM {table} LIMIT 1)");
        database.batch(&delete).await;
    }
    let source = SqliteArchive::source(&path).expect("a source");
    let target = PostgresArchive::target(&database.settings()).await.expect("a target");
    let found = verify(&Copying { source: &source, target: &target, name: NAME, limits: SMALL }).await;
    let found = found.expect("both are read");
    let tables: Vec<&str> = found.iter().map(|difference| difference.table).collect();
    assert_eq!(tables, ["ticket", "attempt", "multi_value"]);
    assert_eq!(found[0].first.as_deref(), Some("seq 2"));
    assert_eq!(found[1].source, found[1].target + 1);
}

#[tokio::test]
async fn a_source_that_has_changed_since_the_copy_began_is_told_with_its_row() {
    let (folder, [database]) = places().await;
    let path = filled(folder.path()).await;
    let target = PostgresArchive::target(&database.settings()).await.expect("a target");
    let source = SqliteArchive::source(&path).expect("a source");
    let broken = copying::run(&source, &Faulty::after(&target, 12)).await;
    assert!(matches!(broken, Err(Stopped::Failed(..))), "{broken:?}");
    drop(source);
    let connection = rusqlite::Connection::open(&path).expect("the database");
    connection.execute("UPDATE operator SET name = 'another' WHERE code = 'SFRA'", []).expect("changed");
    let source = SqliteArchive::source(&path).expect("a source");
    let Err(Stopped::Moved(found)) = copying::run(&source, &target).await else { panic!("not seen") };
    assert_eq!((found[0].table, found[0].first.as_deref()), ("operator", Some("code SFRA")));
}

#[tokio::test]
async fn a_source_that_is_written_to_meanwhile_outruns_its_copy() {
    let (folder, [database]) = places().await;
    let path = filled(folder.path()).await;
    let source = SqliteArchive::source(&path).expect("a source");
    let target = PostgresArchive::target(&database.settings()).await.expect("a target");
    let write = || {
        let connection = rusqlite::Connection::open(&path).expect("the database");
        let sql = "INSERT INTO audit SELECT max(number) + 1, 0, 'system', NULL, NULL, NULL, NULL, NULL, '', '', NULL,
                   NULL, '', '' FROM audit";
        connection.execute(sql, []).expect("written");
    };
    let outrun = copying::run(&source, &Faulty::meanwhile(&target, write)).await;
    assert!(matches!(outrun, Err(Stopped::Outrun { audited: 1 })), "{outrun:?}");
    drop((target, source));
    assert!(PostgresStore::open(&database.settings()).await.is_err(), "it stays unfinished");
    let copied = to_postgres(&path, &database).await.expect("what was added is added");
    let written: u64 = copied.tables.iter().map(|table| table.written).sum();
    assert_eq!((copied.resumed, written), (true, 1));
}

#[tokio::test]
async fn a_target_that_holds_anything_else_is_refused() {
    let (folder, [database]) = places().await;
    let path = filled(folder.path()).await;
    to_postgres(&path, &database).await.expect("copied");
    let Err(Stopped::NotEmpty(tables)) = to_postgres(&path, &database).await else { panic!("not refused") };
    assert_eq!(tables[0].0, "operator");

    let other = TestDatabase::create().await;
    let target = PostgresArchive::target(&other.settings()).await.expect("a target");
    target.begin("somewhere else", jiff::Timestamp::UNIX_EPOCH).await.expect("begun");
    drop(target);
    let refused = to_postgres(&path, &other).await;
    assert!(matches!(refused, Err(Stopped::AnotherSource(name)) if name == "somewhere else"));
    let refused = PostgresArchive::source(&other.settings()).await.err();
    assert!(matches!(refused, Some(OpenError::Store(StoreError::Unfinished { .. }))), "{refused:?}");
}

#[tokio::test]
async fn a_target_that_a_server_uses_is_refused() {
    let (folder, [database]) = places().await;
    let store = database.open().await;
    store.integrity().await.expect("a connection");
    let refused = PostgresArchive::target(&database.settings()).await.err();
    assert!(matches!(refused, Some(OpenError::Store(StoreError::InUse(_)))), "{refused:?}");
    drop(store);
    let first = PostgresArchive::target(&database.settings()).await.expect("alone");
    let second = PostgresArchive::target(&database.settings()).await.err();
    assert!(matches!(second, Some(OpenError::Store(StoreError::InUse(_)))), "{second:?}");
    drop(first);

    let path = folder.path().join(FILE_NAME);
    let store = sqlite(&path);
    assert!(matches!(SqliteArchive::target(&path).err(), Some(StoreError::InUse(_))));
    drop(store);
    SqliteArchive::target(&path).expect("alone");
}

#[tokio::test]
async fn a_target_is_filled_by_who_owns_its_tables() {
    let (_folder, [database]) = places().await;
    let role = format!("epissure_test_copier_{}", std::process::id());
    database
        .batch(&format!(
            "CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {role}"
        ))
        .await;
    let (_, rest) = database.url.split_once('@').expect("an address with a user");
    let address = Address::parse(&format!("postgres://{role}@{rest}"), &|_| None).expect("an address");
    let settings = epissure_store_postgres::Settings { address, ..database.settings() };
    let refused = PostgresArchive::target(&settings).await.err();
    database.batch(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
    assert!(matches!(refused, Some(OpenError::Rights { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_text_that_postgres_does_not_keep_is_told_with_its_row() {
    let (folder, [database]) = places().await;
    let path = folder.path().join(FILE_NAME);
    drop(sqlite(&path));
    let connection = rusqlite::Connection::open(&path).expect("the database");
    connection
        .execute("INSERT INTO operator VALUES ('FTEL', 'a' || char(0), 1, 0, NULL, 0)", [])
        .expect("a row");
    let refused = to_postgres(&path, &database).await;
    let Err(Stopped::Failed(_, StoreError::Inconsistent { table, row, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((table, row.as_str()), ("operator", "code FTEL"));
}

/// After a copy, the audit's hash chain is valid and continues; sequences continue after the
/// highest numbers.
#[tokio::test]
async fn numbers_go_on_after_a_copy() {
    let (folder, [database]) = places().await;
    let path = filled(folder.path()).await;
    to_postgres(&path, &database).await.expect("copied");
    let store = database.open().await;
    copying::add_one_of_each(&store, 900_001).await;
    let rows = store.audit(0, u32::MAX).await.expect("the audit");
    let checkpoint = store.audit_checkpoint().await.expect("read");
    let mut last = checkpoint.map_or((0, AuditRow::NONE.to_owned()), |at| (at.number, at.hash));
    for row in &rows {
        assert_eq!((row.number, &row.previous, &row.hash), (last.0 + 1, &last.1, &row.computed()));
        last = (row.number, row.hash.clone());
    }
    drop(store);
    let back = folder.path().join("back.sqlite");
    to_sqlite(&database, &back).await.expect("copied");
    copying::add_one_of_each(&sqlite(&back), 910_001).await;
}

#[tokio::test]
async fn whatever_a_migration_adds_is_copied_or_derived() {
    let (_folder, [database]) = places().await;
    const OWN: &[(&str, &str)] = &[
        ("organization", "trigrams"),
        ("individual", "trigrams"),
        ("individual", "seq"),
        ("received", "digest"),
    ];
    const NOT_KEPT: &[&str] = &["refinery_schema_history", "unfinished_copy", "write_check"];
    let columns = database
        .rows(
            "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
             WHERE table_schema = current_schema()",
        )
        .await;
    let mut met = 0;
    for [table, column, kind] in &columns {
        let table = table.as_str();
        if epissure_store::archive::DERIVED.contains(&table)
            || NOT_KEPT.contains(&table)
            || OWN.contains(&(table, column))
        {
            continue;
        }
        let known = TABLES.iter().find(|known| known.name == table);
        let known = known.unwrap_or_else(|| panic!("the table {table} is in no copy"));
        let place = known.place(column).unwrap_or_else(|| panic!("{table}.{column} is in no copy"));
        let expected: &[&str] = match known.columns[place].kind {
            Kind::Integer => &["bigint", "integer"],
            Kind::Text => &["text"],
            Kind::Bytes => &["bytea"],
            Kind::Flag => &["boolean"],
        };
        assert!(expected.contains(&kind.as_str()), "{table}.{column} is {kind}");
        met += 1;
    }
    assert_eq!(met, TABLES.iter().map(|table| table.columns.len()).sum::<usize>(), "no column is made up");
}
