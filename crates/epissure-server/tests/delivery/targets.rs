//! Targets: consent, secrets, and deliveries settled by an administrator.

use epissure_app::deliveries::courier::Consent;
use epissure_app::deliveries::{self, Resend, TargetState, targets};
use epissure_protocol::secret::Secret;
use epissure_protocol::target::Target;
use jiff::SignedDuration;

use super::{Case, Scripted, answered, pair, target};

const URL: &str = "https://oc.example/event";

fn asking() -> Target {
    Target { asks_consent: true, ..target(URL) }
}

#[tokio::test]
async fn nothing_is_sent_before_consent_which_is_asked_for_again() {
    let courier = Scripted::new(|_, _, _| answered(204));
    let refused = Consent::NotGiven("it answered 200 to OPTIONS, without WebHook-Allowed-Origin".to_owned());
    courier.consents.lock().unwrap().extend([refused.clone(), refused, Consent::Given { rate: None }]);
    let case = Case::sending(courier.as_ref(), asking()).await;
    case.note("one").await;
    let mut waits = Vec::new();
    while case.target().await.standing.state == TargetState::ConsentRequested {
        let now = case.server.app.clock.now();
        let passed = case.pass(courier.as_ref()).await;
        assert_eq!(passed.attempts, 0);
        waits.push(passed.next.unwrap().duration_since(now).as_secs());
        case.server.clock.set(passed.next.unwrap());
    }
    assert!(matches!(waits[..], [4..=6, 240..=360, 0]), "{waits:?}");
    assert_eq!(courier.carried().len(), 0);
    case.pass(courier.as_ref()).await;
    assert_eq!(courier.carried().len(), 1);
}

#[tokio::test]
async fn a_target_that_takes_so_many_a_minute_is_given_no_more() {
    let courier = Scripted::new(|_, _, _| answered(204));
    courier.consents.lock().unwrap().push(Consent::Given { rate: Some(30) });
    let case = Case::sending(courier.as_ref(), asking()).await;
    for number in 0..4 {
        case.note(&number.to_string()).await;
    }
    case.pass(courier.as_ref()).await;
    let began = case.server.app.clock.now();
    while let Some(next) = case.pass(courier.as_ref()).await.next {
        case.server.clock.set(next);
    }
    assert_eq!(courier.carried().len(), 4);
    assert_eq!(case.server.app.clock.now().duration_since(began), SignedDuration::from_secs(6));
}

#[tokio::test]
async fn while_its_secret_is_replaced_both_sign() {
    let courier = Scripted::new(|_, _, _| answered(204));
    let case = Case::sending(courier.as_ref(), target(URL)).await;
    let (app, by) = (&case.server.app, case.server.administrator());
    let first = case.target().await.secrets.signing[0].secret.clone();
    let second = targets::rotate(app, &pair(), SignedDuration::from_hours(1), &by).await.unwrap();
    assert_ne!(first, second);
    case.note("one").await;
    case.pass(courier.as_ref()).await;
    case.server.clock.advance(SignedDuration::from_hours(1));
    case.note("two").await;
    case.pass(courier.as_ref()).await;
    targets::rotate(app, &pair(), SignedDuration::ZERO, &by).await.unwrap();
    case.note("three").await;
    case.pass(courier.as_ref()).await;
    let signatures: Vec<usize> = courier.carried().iter().map(|carried| carried.signatures).collect();
    assert_eq!(signatures, [2, 1, 1]);
    for _ in 0..3 {
        targets::rotate(app, &pair(), SignedDuration::from_hours(1), &by).await.unwrap();
    }
    assert_eq!(case.target().await.secrets.signing.len(), 2, "two live at once, never more");
}

#[tokio::test]
async fn to_set_a_target_again_keeps_its_secrets_and_its_queue() {
    let courier = Scripted::new(|_, _, _| answered(204));
    let case = Case::sending(courier.as_ref(), target(URL)).await;
    let before = case.target().await.secrets;
    case.note("one").await;
    let mut elsewhere = target("https://other.example/event");
    elsewhere.credentials.method = "header".to_owned();
    elsewhere.credentials.header = Some("x-key".to_owned());
    let set = |target: Target, credential: Option<&str>| {
        let new = targets::NewTarget { pair: pair(), target, credential: credential.map(Secret::new) };
        let (app, courier, by) = (case.server.app.clone(), courier.clone(), case.server.administrator());
        async move { targets::put(&app, courier.as_ref(), new, &by).await }
    };
    let lacking = set(elsewhere.clone(), None).await.unwrap_err().to_string();
    assert_eq!(lacking, "the method header needs a secret: --events-secret -");
    assert_eq!(set(elsewhere.clone(), Some("hush")).await.unwrap(), None, "no new secret to sign with");
    assert_eq!(set(elsewhere, None).await.unwrap(), None);
    let after = case.target().await.secrets;
    assert_eq!(after.signing, before.signing);
    assert_eq!(after.credential, Some(Secret::new("hush")), "what its server asks for is kept too");
    case.pass(courier.as_ref()).await;
    assert_eq!(courier.carried()[0].to, "https://other.example/event");
}

#[tokio::test]
async fn what_is_disabled_by_hand_waits_and_what_was_sent_can_be_sent_again() {
    let courier = Scripted::new(|_, _, _| answered(204));
    let case = Case::sending(courier.as_ref(), target(URL)).await;
    let by = case.server.administrator();
    case.note("one").await;
    targets::disable(&case.server.app, &pair(), &by).await.unwrap();
    assert_eq!(case.pass(courier.as_ref()).await.attempts, 0);
    targets::enable(&case.server.app, &pair(), &by).await.unwrap();
    assert_eq!(case.pass(courier.as_ref()).await.attempts, 1);
    let event = case.event().await;
    assert_eq!(deliveries::resend(&case.server.app, Resend::Event(event), &by).await.unwrap(), 1);
    assert_eq!(case.pass(courier.as_ref()).await.attempts, 1);
    assert_eq!(case.attempts().await.len(), 2);
    let carried = courier.carried();
    assert_eq!(carried[0].event, carried[1].event, "however often it is sent, it is one event");
    assert!(targets::remove(&case.server.app, &pair(), &by).await.unwrap());
    assert!(case.pass(courier.as_ref()).await.gone);
    assert!(targets::enable(&case.server.app, &pair(), &by).await.is_err());
}
