//! The storage contract's suite on PostgreSQL.

use epissure_store::suite::{contract, differential, party_contract, party_differential, samples};
use epissure_store::{NewTicket, Opened, Tickets as _};
use epissure_store_postgres::testing::TestDatabase;

#[tokio::test]
async fn postgres_keeps_every_promise_of_the_contract() {
    let database = TestDatabase::create().await;
    contract::run(&database.open().await).await;
}

#[tokio::test]
async fn postgres_answers_random_queries_as_the_evaluator_does() {
    let mut pairs = 0;
    for seed in 0..2 {
        let database = TestDatabase::create().await;
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

/// The index is created on an empty table, and later writes update it.
#[tokio::test]
async fn with_the_index_of_texts_it_answers_the_same() {
    let database = TestDatabase::create().await;
    database.open().await.index_texts(|_| {}).await.expect("made");
    let store = database.open().await;
    assert!(store.is_indexed_by_text());
    match differential::run(&store, 2, 130, 400).await {
        Ok(compared) => assert!(compared.matches > 1000, "the queries find something: {compared:?}"),
        Err(disagreement) => panic!("{disagreement:#?}"),
    }
    // The index accepts any document.
    let mut ticket = samples::ticket(&mut rand::SeedableRng::seed_from_u64(77));
    ticket.description = Some(format!("\0 \"quoted\" \\ {}", "x".repeat(5_000)));
    let new = NewTicket { ticket, findings: Vec::new(), idempotency: None };
    assert!(matches!(store.open(new, &samples::author()).await.expect("opened"), Opened::Added));
}

#[tokio::test]
async fn postgres_keeps_every_promise_about_parties() {
    let database = TestDatabase::create().await;
    party_contract::run(&database.open().await).await;
}

#[tokio::test]
async fn postgres_answers_what_may_be_asked_of_parties_as_the_evaluator_does() {
    let mut pairs = 0;
    for seed in 0..2 {
        let database = TestDatabase::create().await;
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
