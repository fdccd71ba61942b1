//! Events of a ticket are delivered in order, and no ticket or target delays another.

use std::sync::Arc;
use std::time::Duration;

use epissure_app::deliveries::courier::{BoxFuture, Consent, Courier, Outcome, SignedEvent};
use epissure_app::deliveries::{self, DeliveryState, Pair, StoredTarget, targets};
use epissure_protocol::target::Target;
use epissure_store::Contract;
use epissure_testkit::fixtures;
use tokio::sync::Semaphore;

use super::{Case, INTEROP, Scripted, answered, code, target};

#[tokio::test]
async fn a_tickets_events_arrive_in_their_order_and_another_tickets_do_not_wait() {
    // The second event of the first ticket fails once.
    let courier = Scripted::new(|_, event, before| {
        let fails = event["data"]["text"] == "a2" && before < 4;
        answered(if fails { 500 } else { 200 })
    });
    let case = Case::sending(courier.as_ref(), target("https://oc.example/event")).await;
    let other = super::open(&case.server).await;
    for round in 1..=3 {
        case.note(&format!("a{round}")).await;
        super::note(&case.oi, &other, &format!("b{round}")).await;
    }
    let passed = case.pass(courier.as_ref()).await;
    case.server.clock.set(passed.next.unwrap());
    case.pass(courier.as_ref()).await;
    let texts: Vec<String> = courier
        .carried()
        .iter()
        .map(|carried| carried.event["data"]["text"].as_str().unwrap().to_owned())
        .collect();
    let of = |ticket: char| texts.iter().filter(|text| text.starts_with(ticket)).collect::<Vec<_>>();
    assert_eq!(of('a'), ["a1", "a2", "a2", "a3"]);
    assert_eq!(of('b'), ["b1", "b2", "b3"]);
    assert!(texts.iter().position(|text| text == "b3") < texts.iter().rposition(|text| text == "a2"));
}

#[tokio::test]
async fn the_oc_is_told_in_its_dialect_of_what_it_has_not_done_itself() {
    let courier = Scripted::new(|_, _, _| answered(200));
    let mut orange = target("https://oc.example/event");
    orange.dialect = epissure_protocol::dialect::Dialect::Orange10;
    let case = Case::sending(courier.as_ref(), orange).await;
    let oc = case.server.login("sfra-oc").await;
    super::note(&oc, &case.path, "mine").await;
    let etag = oc.get(&case.path).await.expect(200).header("etag").to_owned();
    let qualified = serde_json::json!({
        "status": "IN_PROGRESS", "expectedResolutionDate": "2025-01-21T12:00:00Z", "complexity": "SIMPLE", "zone": "ZMD"
    });
    case.oi.patch(&case.path, &etag, &qualified).await.expect(200);
    case.pass(courier.as_ref()).await;
    let carried = courier.carried();
    assert_eq!(carried.len(), 1, "its own note is not told to it");
    let event = &carried[0].event;
    assert_eq!(event["type"], "fr.interop.anomalieadresse.update");
    assert_eq!(event["source"], case.server.base);
    assert_eq!(event["subject"], *case.path.rsplit('/').next().unwrap());
    assert_eq!(event["data"]["status"], "IN_PROGRESS");
    assert_eq!(event["data"]["statusChanges"].as_array().unwrap().len(), 2, "the Orange page's history");
    let listed =
        oc.get(&format!("/anomalie-adresse/event?id={}", event["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(listed.body[0], *event, "what is sent is what is listed");
}

/// A courier that waits for the test.
struct Slow(Arc<Semaphore>);

impl Courier for Slow {
    fn inspect<'a>(&'a self, _: &'a Target) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn deliver<'a>(&'a self, target: &'a StoredTarget, _: &'a SignedEvent) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            if target.target.url.contains("dead") {
                self.0.acquire().await.unwrap().forget();
                return Outcome { error: Some("it did not answer in time".to_owned()), ..Outcome::default() };
            }
            answered(204)
        })
    }

    fn ask_consent<'a>(&'a self, _: &'a StoredTarget) -> BoxFuture<'a, Consent> {
        Box::pin(async { Consent::Given { rate: None } })
    }
}

#[tokio::test]
async fn a_target_that_does_not_answer_holds_up_nobody_else() {
    let gate = Arc::new(Semaphore::new(0));
    let courier = Slow(gate.clone());
    let case = Case::sending(&courier, target("https://dead.example/event")).await;
    let other = Pair { oi: code("FTEL"), oc: code("VENU") };
    let contract = Contract {
        oi: other.oi.clone(),
        oc: other.oc.clone(),
        answer_delay: 1,
        validation_delay: 1,
        bulk_limit: 10,
        rate: None,
    };
    case.server.app.store.put_contract(contract, &case.server.administrator()).await.unwrap();
    let new = targets::NewTarget {
        pair: other.clone(),
        target: target("https://live.example/event"),
        credential: None,
    };
    targets::put(&case.server.app, &courier, new, &case.server.administrator()).await.unwrap();
    let venu = case.server.login("venu-oc").await;
    let mut body = fixtures::modification();
    body["code_oc"] = "VENU".into();
    let opened = venu.post(INTEROP, &body).await.expect(201);
    let path = format!("{INTEROP}/{}", opened.body["id"].as_str().unwrap());
    for number in 0..20 {
        case.note(&format!("dead {number}")).await;
        super::note(&case.oi, &path, &format!("live {number}")).await;
    }
    let server =
        epissure_server::background::start_with(&case.server.app, Arc::new(courier), &case.server.base);
    let live = || async {
        let counts = deliveries::counts(&case.server.app, &other).await.unwrap();
        counts.contains(&(DeliveryState::Delivered, 20))
    };
    for _ in 0..500 {
        if live().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(live().await, "all that is for the other has arrived");
    let dead = deliveries::counts(&case.server.app, &super::pair()).await.unwrap();
    assert_eq!(dead, [(DeliveryState::Queued, 20)], "while the dead one is still being waited for");
    gate.close();
    drop(server);
}
