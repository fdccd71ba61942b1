//! A database that another program has locked.

use epissure_protocol::names::OperatorCode;
use epissure_store::suite::samples::author;
use epissure_store::{Access as _, Operator, StoreError};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use futures_util::future::join_all;
use jiff::Timestamp;
use rusqlite::Connection;

#[tokio::test]
async fn all_writes_that_wait_for_a_foreign_lock_fail_together_and_the_next_succeed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FILE_NAME);
    let store = SqliteStore::open(&Settings::new(path.clone())).expect("opened");
    let foreign = Connection::open(&path).expect("another program");
    foreign.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let write = async || {
        let operator = Operator {
            code: OperatorCode::parse("FTEL").expect("a code"),
            name: "An operator".to_owned(),
            is_oi: true,
            is_oc: false,
            siren: None,
            strict_creation: false,
        };
        store.put_operator(operator, &author()).await
    };
    // If they failed one by one, each of the 200 writes would wait for the full time-out.
    let waited = join_all((0..200).map(|_| write())).await;
    assert!(waited.iter().all(|written| matches!(written, Err(StoreError::Unavailable(_)))));
    assert!(store.check_write(Timestamp::UNIX_EPOCH).await.is_err(), "and readiness is red");
    foreign.execute_batch("ROLLBACK").expect("unlocked");
    write().await.expect("written");
    store.check_write(Timestamp::UNIX_EPOCH).await.expect("ready");
}
