//! The storage contract's suite on SQLite.

use epissure_store::suite::{contract, differential, party_contract, party_differential};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};

fn new_store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SqliteStore::open(&Settings::new(folder.path().join(FILE_NAME))).expect("a new database");
    (folder, store)
}

#[tokio::test]
async fn sqlite_keeps_every_promise_of_the_contract() {
    let (_folder, store) = new_store();
    contract::run(&store).await;
    assert!(store.integrity().await.expect("checked").is_empty());
}

#[tokio::test]
async fn sqlite_answers_random_queries_as_the_evaluator_does() {
    let mut pairs = 0;
    for seed in 0..4 {
        let (_folder, store) = new_store();
        match differential::run(&store, seed, 130, 300).await {
            Ok(compared) => {
                assert!(compared.matches > 1000, "the queries find something: {compared:?}");
                pairs += compared.pairs;
            }
            Err(disagreement) => panic!("seed {seed}: {disagreement:#?}"),
        }
    }
    assert!(pairs > 100_000, "{pairs}");
}

#[tokio::test]
async fn a_backup_taken_while_others_write_is_whole() {
    let (folder, store) = new_store();
    contract::run(&store).await;
    let copy = folder.path().join("copy.sqlite");
    store.backup(copy.clone()).await.expect("copied");
    let restored = SqliteStore::open(&Settings::new(copy)).expect("the copy opens");
    assert!(restored.integrity().await.expect("checked").is_empty());
}

#[tokio::test]
async fn sqlite_keeps_every_promise_about_parties() {
    let (_folder, store) = new_store();
    party_contract::run(&store).await;
    assert!(store.integrity().await.expect("checked").is_empty());
}

#[tokio::test]
async fn sqlite_answers_what_may_be_asked_of_parties_as_the_evaluator_does() {
    let mut pairs = 0;
    for seed in 0..4 {
        let (_folder, store) = new_store();
        match party_differential::run(&store, seed, 120, 3).await {
            Ok(compared) => {
                assert!(compared.matches > 1000, "the queries find something: {compared:?}");
                pairs += compared.pairs;
            }
            Err(disagreement) => panic!("seed {seed}: {disagreement:#?}"),
        }
    }
    assert!(pairs > 100_000, "{pairs}");
}
