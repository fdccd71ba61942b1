//! Schedule of the attempts, with a clock controlled by the test.

use epissure_app::deliveries::courier::Outcome;
use epissure_app::deliveries::schedule::{LONGEST_PAUSE, PAUSE, SCHEDULE};
use epissure_app::deliveries::{DeliveryState, TargetState};
use jiff::{SignedDuration, Timestamp};

use super::{Case, Scripted, answered, target};

const URL: &str = "https://oc.example/event";

/// Advances the clock to each due attempt until none is left. Returns the instants of the attempts.
async fn to_the_end(case: &Case, courier: &dyn epissure_app::deliveries::courier::Courier) -> Vec<Timestamp> {
    let mut tried = Vec::new();
    loop {
        let passed = case.pass(courier).await;
        tried.extend(std::iter::repeat_n(case.server.app.clock.now(), passed.attempts));
        match passed.next {
            Some(next) => case.server.clock.set(next),
            None => return tried,
        }
        assert!(tried.len() < 50, "it never ends");
    }
}

#[tokio::test]
async fn a_dead_target_is_tried_on_schedule_within_a_fifth_then_given_up_and_disabled() {
    let courier = Scripted::new(|_, _, _| answered(500));
    let case = Case::sending(courier.as_ref(), target(URL)).await;
    case.note("hello").await;
    let began = case.server.app.clock.now();
    let tried = to_the_end(&case, courier.as_ref()).await;
    assert_eq!(tried.len(), SCHEDULE.len() + 1);
    assert_eq!(tried[0], began, "at once");
    for (gap, planned) in tried.windows(2).map(|pair| pair[1].duration_since(pair[0])).zip(SCHEDULE) {
        assert!(gap >= planned * 4 / 5 && gap <= planned * 6 / 5, "{gap:?} for {planned:?}");
    }
    let attempts = case.attempts().await;
    assert_eq!(attempts.iter().map(|attempt| attempt.at).collect::<Vec<_>>(), tried);
    assert!(attempts.iter().all(|attempt| attempt.status == Some(500) && attempt.error.is_some()));
    assert_eq!(case.deliveries().await[0].state, DeliveryState::Exhausted);
    assert_eq!(case.target().await.standing.state, TargetState::Disabled);

    case.note("nobody listens").await;
    assert_eq!(case.pass(courier.as_ref()).await.attempts, 0, "what comes waits");
    assert_eq!(case.deliveries().await[0].state, DeliveryState::Queued);
}

#[tokio::test]
async fn an_event_that_alone_is_refused_is_given_up_and_the_target_goes_on() {
    let courier =
        Scripted::new(|_, event, _| answered(if event["data"]["text"] == "poison" { 400 } else { 204 }));
    let case = Case::sending(courier.as_ref(), target(URL)).await;
    case.note("poison").await;
    let other = super::open(&case.server).await;
    loop {
        super::note(&case.oi, &other, "honey").await;
        match case.pass(courier.as_ref()).await.next {
            Some(next) => case.server.clock.set(next),
            None => break,
        }
    }
    let poisoned = case.deliveries().await;
    let poisoned = poisoned.iter().find(|delivery| delivery.attempts > 1).unwrap();
    assert_eq!((poisoned.state, poisoned.attempts), (DeliveryState::Exhausted, 10));
    assert_eq!(case.target().await.standing.state, TargetState::Active);
}

#[tokio::test]
async fn retry_after_is_obeyed_and_holds_back_all_that_waits() {
    let courier = Scripted::new(|_, _, before| match before {
        0 => Outcome { retry_after: Some(SignedDuration::from_secs(1800)), ..answered(429) },
        1 => answered(503),
        2 => Outcome { retry_after: Some(SignedDuration::from_hours(1_000)), ..answered(503) },
        _ => answered(200),
    });
    let case = Case::sending(courier.as_ref(), target(URL)).await;
    let began = case.server.app.clock.now();
    case.note("one").await;
    assert_eq!(case.pass(courier.as_ref()).await.next, Some(began + SignedDuration::from_secs(1800)));
    let other = super::open(&case.server).await;
    super::note(&case.oi, &other, "two").await;
    case.server.clock.advance(SignedDuration::from_secs(1799));
    assert_eq!(case.pass(courier.as_ref()).await.attempts, 0, "the other ticket waits too");
    case.server.clock.advance(SignedDuration::from_secs(1));
    let passed = case.pass(courier.as_ref()).await;
    assert_eq!((passed.attempts, passed.next), (1, Some(case.server.app.clock.now() + PAUSE)));
    case.server.clock.set(passed.next.unwrap());
    let passed = case.pass(courier.as_ref()).await;
    assert_eq!(passed.next, Some(case.server.app.clock.now() + LONGEST_PAUSE), "no longer than a day");
    case.server.clock.set(passed.next.unwrap());
    case.pass(courier.as_ref()).await;
    assert!(case.deliveries().await.iter().all(|delivery| delivery.state == DeliveryState::Delivered));
}

#[tokio::test]
async fn gone_disables_and_what_waits_is_sent_once_somebody_enables() {
    let courier = Scripted::new(|_, _, before| answered(if before == 0 { 410 } else { 204 }));
    let case = Case::sending(courier.as_ref(), target(URL)).await;
    case.note("one").await;
    case.note("two").await;
    assert_eq!(case.pass(courier.as_ref()).await.next, None);
    let standing = case.target().await.standing;
    assert_eq!(
        (standing.state, standing.reason.as_deref()),
        (TargetState::Disabled, Some("it answered 410 Gone"))
    );
    case.server.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(case.pass(courier.as_ref()).await.attempts, 0);
    let by = case.server.administrator();
    epissure_app::deliveries::targets::enable(&case.server.app, &super::pair(), &by).await.unwrap();
    assert_eq!(case.pass(courier.as_ref()).await.attempts, 2);
    let texts: Vec<_> =
        courier.carried().iter().map(|carried| carried.event["data"]["text"].clone()).collect();
    assert_eq!(texts, ["one", "one", "two"]);
}

#[tokio::test]
async fn a_server_that_died_gives_back_what_it_had_taken() {
    let courier = Scripted::new(|_, _, _| answered(204));
    let case = Case::sending(courier.as_ref(), target(URL)).await;
    case.note("one").await;
    let (app, now) = (&case.server.app, case.server.app.clock.now());
    let lease = epissure_app::deliveries::LEASE;
    assert_eq!(app.store.claim(&super::pair(), now, now + lease, 10).await.unwrap().len(), 1);
    let passed = case.pass(courier.as_ref()).await;
    assert_eq!((passed.attempts, passed.next), (0, Some(now + lease)));
    case.server.clock.set(now + lease);
    assert_eq!(case.pass(courier.as_ref()).await.attempts, 1);
}
