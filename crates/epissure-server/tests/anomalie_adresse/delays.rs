//! Moves of the system when an OC does not respond in time.

use epissure_app::directory::contracts;
use epissure_app::tickets;
use epissure_protocol::names::OperatorCode;
use epissure_store::Contract;
use epissure_testkit::{TestServer, fixtures};
use jiff::SignedDuration;
use serde_json::json;

use super::{Case, INTEROP, qualification};

/// Returns a server with a contract of SFRA and FTEL: two hours to answer, five to accept or
/// refuse.
async fn agreed() -> (TestServer, Case) {
    let server = TestServer::start_with(epissure_app::Settings {
        token_lifetime: 30 * 86_400,
        ..epissure_app::Settings::default()
    })
    .await;
    let code = |text| OperatorCode::parse(text).unwrap();
    let contract = Contract {
        oi: code("FTEL"),
        oc: code("SFRA"),
        answer_delay: 2 * 3600,
        validation_delay: 5 * 3600,
        bulk_limit: 10,
        rate: None,
    };
    contracts::put(&server.app, contract, &server.administrator()).await.unwrap();
    let mut case = Case::open(&server, &fixtures::modification()).await;
    case.by_oi(&qualification()).await.expect(200);
    (server, case)
}

fn pending() -> serde_json::Value {
    json!({"status": "PENDING", "statusChangeReason": "WAITING_INFORMATION", "statusChangeDetails": "Which door?"})
}

#[tokio::test]
async fn a_question_without_an_answer_resolves_the_ticket_and_silence_closes_it() {
    let (server, mut case) = agreed().await;
    case.by_oi(&pending()).await.expect(200);
    server.clock.advance(SignedDuration::from_secs(2 * 3600 - 1));
    assert_eq!(tickets::expire(&server.app).await.unwrap(), 0, "a second early is early");
    server.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(tickets::expire(&server.app).await.unwrap(), 1);
    assert_eq!(tickets::expire(&server.app).await.unwrap(), 0, "once is enough");

    let resolved = case.oc.get(&case.path).await.expect(200).body;
    assert_eq!(resolved["status"], "RESOLVED");
    assert_eq!(resolved["statusChangeReason"], "DELAY_ANSWER_EXPIRED");
    assert_eq!(resolved["statusChange"][3]["author"], "FTEL", "the server acts for the OI");

    server.clock.advance(SignedDuration::from_hours(5));
    assert_eq!(tickets::expire(&server.app).await.unwrap(), 1);
    let closed = case.oc.get(&case.path).await.expect(200).body;
    assert_eq!(
        (&closed["status"], &closed["statusChangeReason"]),
        (&json!("CLOSED"), &json!("DELAY_VALIDATION_EXPIRED"))
    );

    let told =
        case.oc.get(&format!("{INTEROP}/event?data.statusChangeReason[regex]=^DELAY_")).await.expect(200);
    assert_eq!(told.header("x-total-count"), "2");
}

#[tokio::test]
async fn an_answer_in_time_stops_the_delay_and_another_question_begins_it_anew() {
    let (server, mut case) = agreed().await;
    case.by_oi(&pending()).await.expect(200);
    server.clock.advance(SignedDuration::from_mins(110));
    let answer = json!({"status": "ACKNOWLEDGED", "statusChangeReason": "INFORMATION_PROVIDED"});
    case.by_oc(&answer).await.expect(200);
    case.by_oi(&qualification()).await.expect(200);
    case.by_oi(&pending()).await.expect(200);
    server.clock.advance(SignedDuration::from_mins(110));
    assert_eq!(tickets::expire(&server.app).await.unwrap(), 0);
    server.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(tickets::expire(&server.app).await.unwrap(), 1);
}

#[tokio::test]
async fn two_clocks_on_one_database_move_a_ticket_once() {
    let (server, mut case) = agreed().await;
    for _ in 0..10 {
        let mut other = Case::open_as(case.oc.clone(), case.oi.clone(), &fixtures::modification()).await;
        other.by_oi(&qualification()).await.expect(200);
        other.by_oi(&pending()).await.expect(200);
    }
    case.by_oi(&pending()).await.expect(200);
    server.clock.advance(SignedDuration::from_hours(3));
    let clocks: Vec<_> = (0..4)
        .map(|_| {
            let app = std::sync::Arc::clone(&server.app);
            tokio::spawn(async move { tickets::expire(&app).await.unwrap() })
        })
        .collect();
    let mut moved = 0;
    for clock in clocks {
        moved += clock.await.unwrap();
    }
    assert_eq!(moved, 11);
    let told = case.oc.head(&format!("{INTEROP}/event?data.statusChangeReason=DELAY_ANSWER_EXPIRED")).await;
    assert_eq!(told.expect(200).header("x-total-count"), "11");
}

#[tokio::test]
async fn without_a_contract_nothing_expires() {
    let server = TestServer::start_with(epissure_app::Settings {
        token_lifetime: 3650 * 86_400,
        ..epissure_app::Settings::default()
    })
    .await;
    let mut body = fixtures::modification();
    body["code_oc"] = "VENU".into();
    let mut case = Case::open_as(server.login("venu-oc").await, server.login("ftel-oi").await, &body).await;
    case.by_oi(&qualification()).await.expect(200);
    case.by_oi(&pending()).await.expect(200);
    server.clock.advance(SignedDuration::from_hours(24 * 365));
    assert_eq!(tickets::expire(&server.app).await.unwrap(), 0);
    assert_eq!(case.oc.get(&case.path).await.expect(200).body["status"], "PENDING");
}

#[tokio::test]
async fn what_is_about_to_expire_is_listed_soonest_first() {
    let (server, mut case) = agreed().await;
    let mut other = Case::open_as(case.oc.clone(), case.oi.clone(), &fixtures::modification()).await;
    other.by_oi(&qualification()).await.expect(200);
    other.by_oi(&json!({"status": "RESOLVED", "statusChangeReason": "RESOLVED"})).await.expect(200);
    server.clock.advance(SignedDuration::from_hours(1));
    case.by_oi(&pending()).await.expect(200);

    let due = async |hours| {
        let due = tickets::due(&server.app, SignedDuration::from_hours(hours)).await.unwrap();
        due.into_iter()
            .map(|due| format!("{} {} {}", due.status, due.expires, due.becomes))
            .collect::<Vec<_>>()
    };
    assert_eq!(due(1).await, [""; 0]);
    assert_eq!(due(2).await, ["PENDING 2025-01-14T16:17:58.078Z RESOLVED"]);
    assert_eq!(
        due(4).await,
        ["PENDING 2025-01-14T16:17:58.078Z RESOLVED", "RESOLVED 2025-01-14T18:17:58.078Z CLOSED"]
    );
}
