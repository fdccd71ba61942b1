//! Concurrent changes of one ticket.

use std::collections::HashSet;

use serde_json::json;
use tokio::task::JoinSet;

use super::one_ticket;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_clients_that_compare_and_set_each_success_is_a_version_and_the_rest_are_412() {
    let (_server, case) = one_ticket().await;
    let mut clients = JoinSet::new();
    for client in 0..64 {
        let (api, path) = (case.oc.clone(), case.path.clone());
        clients.spawn(async move {
            let mut versions = Vec::new();
            let mut refused = 0;
            for turn in 0..20 {
                let read = api.get(&path).await.expect(200);
                let body = json!({"description": format!("client {client}, turn {turn}")});
                let answer = api.patch(&path, read.header("etag"), &body).await;
                match answer.status {
                    200 => versions.push(answer.header("etag").to_owned()),
                    412 => refused += 1,
                    other => panic!("{other}: {}", answer.text),
                }
            }
            (versions, refused)
        });
    }
    let (mut versions, mut refused) = (Vec::new(), 0);
    while let Some(done) = clients.join_next().await {
        let (mine, theirs) = done.unwrap();
        versions.extend(mine);
        refused += theirs;
    }
    assert_eq!(versions.len() + refused, 64 * 20);
    let distinct: HashSet<_> = versions.iter().collect();
    assert_eq!(distinct.len(), versions.len(), "no version was given twice");
    let last = case.oc.get(&case.path).await.expect(200);
    assert!(versions.contains(&last.header("etag").to_owned()), "the ticket stands as one of them left it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_idempotency_key_sent_at_once_opens_one_ticket() {
    let (_server, case) = one_ticket().await;
    let mut clients = JoinSet::new();
    for _ in 0..16 {
        let api = case.oc.clone();
        clients.spawn(async move {
            let headers = [("idempotency-key", "7c1f")];
            let body = epissure_testkit::fixtures::modification();
            api.send(reqwest::Method::POST, super::INTEROP, &headers, Some(&body)).await.expect(201).body
        });
    }
    let mut bodies = HashSet::new();
    while let Some(done) = clients.join_next().await {
        bodies.insert(done.unwrap().to_string());
    }
    assert_eq!(bodies.len(), 1);
    assert_eq!(case.oc.head(super::INTEROP).await.header("x-total-count"), "2");
}
