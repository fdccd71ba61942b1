//! The storage contract's suite on PostgreSQL.

use epissure_store::suite::{contract, differential, party_contract, party_differential};
use epissure_store_postgres::testing::{SERVER, TestDatabase};

async fn database() -> Option<TestDatabase> {
    let database = TestDatabase::create().await;
    if database.is_none() {
        println!("not run: {SERVER} names no server; `cargo xtask test` starts one");
    }
    database
}

#[tokio::test]
async fn postgres_keeps_every_promise_of_the_contract() {
    let Some(database) = database().await else { return };
    contract::run(&database.open().await).await;
}

#[tokio::test]
async fn postgres_answers_random_queries_as_the_evaluator_does() {
    let mut pairs = 0;
    for seed in 0..2 {
        let Some(database) = database().await else { return };
        match differential::run(&database.open().await, seed, 130, 400).await {
            Ok(compared) => {
                assert!(compared.matches > 1000, "the queries find something: {compared:?}");
                pairs += compared.pairs;
            }
            Err(disagreement) => panic!("seed {seed}: {disagreement:#?}"),
        }
    }
    assert!(pairs > 50_000, "{pairs}");
}

#[tokio::test]
async fn postgres_keeps_every_promise_about_parties() {
    let Some(database) = database().await else { return };
    party_contract::run(&database.open().await).await;
}

#[tokio::test]
async fn postgres_answers_what_may_be_asked_of_parties_as_the_evaluator_does() {
    let mut pairs = 0;
    for seed in 0..2 {
        let Some(database) = database().await else { return };
        match party_differential::run(&database.open().await, seed, 120, 3).await {
            Ok(compared) => {
                assert!(compared.matches > 1000, "the queries find something: {compared:?}");
                pairs += compared.pairs;
            }
            Err(disagreement) => panic!("seed {seed}: {disagreement:#?}"),
        }
    }
    assert!(pairs > 50_000, "{pairs}");
}
