//! Contract of a backend: the delivery of events.

use epissure_protocol::codes::{Actor, Status};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::event::EventKind;
use epissure_protocol::names::{EventId, NoteId, OperatorCode, TicketId};
use epissure_protocol::partner::Credentials;
use epissure_protocol::secret::Secret;
use epissure_protocol::target::{Media, Target};
use epissure_protocol::ticket::Ticket;
use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::follow_up::uuid;
use super::samples;
use super::samples::{author, author_at};
use crate::{
    Attempt, Claimed, Contract, DeliveryFilter, DeliveryState, NewEvent, NewNote, NewTicket, Noted, Operator,
    Pair, Resend, Settled, Settlement, SigningSecret, Standing, Store, StoredTarget, TargetSecrets,
    TargetState,
};

/// Runs every test of deliveries.
///
/// # Panics
///
/// Panics when one fails.
pub(super) async fn run(store: &dyn Store) {
    a_target_is_kept_as_it_was_set(store).await;
    the_oc_is_sent_what_it_has_not_done_itself(store).await;
    a_ticket_has_one_event_on_its_way(store).await;
    what_is_taken_is_nobody_elses_for_a_while(store).await;
    an_attempt_is_written_once(store).await;
    what_is_given_up_lets_the_next_go_and_is_sent_again_by_hand(store).await;
    what_somebody_settled_stands(store).await;
    a_target_that_is_taken_away_takes_its_queue(store).await;
}

pub(super) fn code(text: &str) -> OperatorCode {
    OperatorCode::parse(text).expect("an operator code")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("an instant")
}

/// Inserts two operators and their contract.
pub(super) async fn agree(store: &dyn Store, oi: &str, oc: &str) -> Pair {
    for operator in [oi, oc] {
        let operator = Operator {
            code: code(operator),
            name: operator.to_owned(),
            is_oi: true,
            is_oc: true,
            siren: None,
            strict_creation: false,
        };
        store.put_operator(operator, &author()).await.expect("an operator");
    }
    let pair = Pair { oi: code(oi), oc: code(oc) };
    let contract = Contract {
        oi: pair.oi.clone(),
        oc: pair.oc.clone(),
        answer_delay: 1,
        validation_delay: 1,
        bulk_limit: 1,
        rate: None,
    };
    store.put_contract(contract, &author()).await.expect("a contract");
    pair
}

fn target(pair: &Pair) -> StoredTarget {
    StoredTarget {
        pair: pair.clone(),
        target: Target {
            url: "https://oc.example/event".to_owned(),
            dialect: Dialect::Orange10,
            media: Media::CloudEvents,
            asks_consent: true,
            credentials: Credentials { method: "basic".to_owned(), ..Credentials::default() },
            headers: vec![("x-a".to_owned(), "é".to_owned())],
            allow: vec![":9443".to_owned()],
            proxy: None,
            authorities: None,
            certificate: Some("/etc/oc.pem".to_owned()),
        },
        secrets: TargetSecrets {
            signing: vec![
                SigningSecret { secret: Secret::new("whsec_b"), until: None },
                SigningSecret { secret: Secret::new("whsec_a"), until: Some(at(9)) },
            ],
            credential: Some(Secret::new("hush")),
        },
        standing: Standing::new(TargetState::Active),
    }
}

/// Inserts a pair with a target, and a ticket between the two operators.
async fn sending(store: &dyn Store, oi: &str, oc: &str, number: u64) -> (Pair, TicketId) {
    let pair = agree(store, oi, oc).await;
    store.put_target(target(&pair), &author()).await.expect("a target");
    let ticket = opened(store, &pair, number).await;
    (pair, ticket)
}

async fn opened(store: &dyn Store, pair: &Pair, number: u64) -> TicketId {
    let mut ticket: Ticket = samples::ticket(&mut StdRng::seed_from_u64(90_000 + number));
    ticket.status = Status::InProgress;
    (ticket.code_oi, ticket.code_oc) = (pair.oi.clone(), pair.oc.clone());
    let id = ticket.id;
    let new = NewTicket { ticket, findings: Vec::new(), idempotency: None };
    store.open(new, &author()).await.expect("opened");
    id
}

/// Changes a ticket, at the second given by the number.
async fn happens(store: &dyn Store, ticket: TicketId, number: u64, by: Actor) -> EventId {
    let id = EventId(uuid(700_000 + number));
    let when = at(i64::try_from(number).expect("a small number"));
    let new = NewNote {
        id: NoteId(uuid(800_000 + number)),
        ticket,
        document: serde_json::Map::from_iter([("text".to_owned(), number.into())]),
        at: when,
        event: NewEvent { id, kind: EventKind::NoteCreate, at: when, by },
        idempotency: None,
    };
    assert!(matches!(store.add_note(new, &author()).await.expect("added"), Noted::Added));
    id
}

async fn claim(store: &dyn Store, pair: &Pair, now: i64) -> Vec<Claimed> {
    store.claim(pair, at(now), at(now + 60), 10).await.expect("taken")
}

async fn settle(store: &dyn Store, pair: &Pair, claimed: &Claimed, settled: Settled, when: i64) -> bool {
    let attempt = Attempt {
        number: claimed.attempts + 1,
        at: at(when),
        elapsed_ms: 1_000,
        status: Some(503),
        error: Some("it answered 503".to_owned()),
        body: "busy".to_owned(),
    };
    let settlement = Settlement { pair: pair.clone(), rank: claimed.rank, attempt, settled, standing: None };
    store.settle(settlement).await.expect("settled")
}

async fn states(store: &dyn Store, ticket: TicketId) -> Vec<(EventId, DeliveryState, u32)> {
    let filter = DeliveryFilter { ticket: Some(ticket), limit: 100, ..DeliveryFilter::default() };
    let listed = store.deliveries(filter).await.expect("listed");
    listed.iter().rev().map(|delivery| (delivery.event, delivery.state, delivery.attempts)).collect()
}

async fn a_target_is_kept_as_it_was_set(store: &dyn Store) {
    let pair = agree(store, "DLA1", "DLB1").await;
    assert_eq!(store.target(&pair).await.expect("looked for"), None);
    let set = target(&pair);
    store.put_target(set.clone(), &author()).await.expect("set");
    assert_eq!(store.target(&pair).await.expect("read"), Some(set.clone()));
    assert!(store.targets().await.expect("listed").contains(&set));

    let standing = Standing {
        state: TargetState::Disabled,
        reason: Some("why".to_owned()),
        failing_since: Some(at(1)),
        held_until: Some(at(2)),
        rate: Some(3),
        asked: 4,
    };
    assert!(store.set_target_standing(&pair, standing.clone(), None, &author()).await.expect("changed"));
    let secrets = TargetSecrets { signing: Vec::new(), credential: None };
    assert!(store.set_target_secrets(&pair, secrets.clone(), &author()).await.expect("changed"));
    let changed = StoredTarget { standing, secrets, ..set.clone() };
    assert_eq!(store.target(&pair).await.expect("read"), Some(changed));

    store.put_target(set.clone(), &author()).await.expect("set again");
    assert_eq!(store.target(&pair).await.expect("read"), Some(set), "replaced as a whole");
    let nobody = Pair { oi: code("DLB1"), oc: code("DLA1") };
    assert!(
        !store
            .set_target_standing(&nobody, Standing::new(TargetState::Active), None, &author())
            .await
            .expect("no")
    );
    assert!(!store.remove_target(&nobody, &author()).await.expect("no"));
}

async fn the_oc_is_sent_what_it_has_not_done_itself(store: &dyn Store) {
    let (pair, ticket) = sending(store, "DLA2", "DLB2", 2).await;
    let by_oi = happens(store, ticket, 201, Actor::Oi).await;
    happens(store, ticket, 202, Actor::Oc).await;
    let by_system = happens(store, ticket, 203, Actor::System).await;
    let queued = |id| (id, DeliveryState::Queued, 0);
    assert_eq!(states(store, ticket).await, [queued(by_oi), queued(by_system)]);

    let elsewhere = agree(store, "DLA2", "DLC2").await;
    let without = opened(store, &elsewhere, 20).await;
    happens(store, without, 204, Actor::Oi).await;
    assert_eq!(states(store, without).await, [], "nobody asked for it");
    assert_eq!(store.attempts(EventId(uuid(700_204))).await.expect("looked for"), None);
    store.put_target(target(&elsewhere), &author()).await.expect("a target");
    assert_eq!(states(store, without).await, [], "nor for what was before");
    assert_eq!(store.delivery_counts(&pair).await.expect("counted"), [(DeliveryState::Queued, 2)]);
}

async fn a_ticket_has_one_event_on_its_way(store: &dyn Store) {
    let (pair, ticket) = sending(store, "DLA3", "DLB3", 3).await;
    let other = opened(store, &pair, 30).await;
    let first = happens(store, ticket, 301, Actor::Oi).await;
    let second = happens(store, ticket, 302, Actor::Oi).await;
    let others = happens(store, other, 303, Actor::Oi).await;
    assert_eq!(store.next_due(&pair).await.expect("known"), Some(at(301)));
    assert_eq!(claim(store, &pair, 300).await.len(), 0, "nothing is due yet");

    let taken = claim(store, &pair, 310).await;
    let ids: Vec<_> = taken.iter().map(|claimed| (claimed.event, claimed.ticket)).collect();
    assert_eq!(ids, [(first, ticket), (others, other)], "the second waits behind the first");
    assert!(taken[0].document.contains(&first.to_string()));
    assert!(settle(store, &pair, &taken[0], Settled::Delivered, 310).await);
    assert_eq!(store.next_due(&pair).await.expect("known"), Some(at(311)), "when the first has ended");
    let taken = claim(store, &pair, 311).await;
    assert_eq!(taken.iter().map(|claimed| claimed.event).collect::<Vec<_>>(), [second]);
    assert!(settle(store, &pair, &taken[0], Settled::Delivered, 312).await);
    let third = happens(store, ticket, 320, Actor::Oi).await;
    let delivered = |id| (id, DeliveryState::Delivered, 1);
    assert_eq!(
        states(store, ticket).await,
        [delivered(first), delivered(second), (third, DeliveryState::Queued, 0)]
    );
    assert_eq!(claim(store, &pair, 320).await[0].event, third, "what comes to an empty queue is due at once");
}

async fn what_is_taken_is_nobody_elses_for_a_while(store: &dyn Store) {
    let (pair, ticket) = sending(store, "DLA4", "DLB4", 4).await;
    happens(store, ticket, 401, Actor::Oi).await;
    assert_eq!(claim(store, &pair, 410).await.len(), 1);
    assert_eq!(claim(store, &pair, 410).await.len(), 0);
    assert_eq!(claim(store, &pair, 469).await.len(), 0);
    let again = claim(store, &pair, 470).await;
    assert_eq!((again.len(), again[0].attempts), (1, 0), "whoever had it has died");
}

async fn an_attempt_is_written_once(store: &dyn Store) {
    let (pair, ticket) = sending(store, "DLA5", "DLB5", 5).await;
    let event = happens(store, ticket, 501, Actor::Oi).await;
    assert_eq!(store.attempts(event).await.expect("read"), Some(Vec::new()));
    let taken = claim(store, &pair, 510).await;
    assert!(settle(store, &pair, &taken[0], Settled::Again { at: at(600) }, 510).await);
    assert!(!settle(store, &pair, &taken[0], Settled::Delivered, 511).await, "the first was written already");
    assert_eq!(claim(store, &pair, 599).await.len(), 0);
    let taken = claim(store, &pair, 600).await;
    assert_eq!((taken[0].attempts, taken[0].step), (1, 1));
    assert!(settle(store, &pair, &taken[0], Settled::Delivered, 600).await);
    assert!(!settle(store, &pair, &taken[0], Settled::Exhausted, 601).await);
    let attempts = store.attempts(event).await.expect("read").expect("there");
    let numbers: Vec<_> = attempts.iter().map(|attempt| (attempt.number, attempt.at)).collect();
    assert_eq!(numbers, [(1, at(510)), (2, at(600))]);
    let Attempt { elapsed_ms, status, error, body, .. } = &attempts[0];
    assert_eq!(
        (*elapsed_ms, *status, error.as_deref(), body.as_str()),
        (1_000, Some(503), Some("it answered 503"), "busy")
    );
}

async fn what_is_given_up_lets_the_next_go_and_is_sent_again_by_hand(store: &dyn Store) {
    let (pair, ticket) = sending(store, "DLA6", "DLB6", 6).await;
    let first = happens(store, ticket, 601, Actor::Oi).await;
    let second = happens(store, ticket, 602, Actor::Oi).await;
    let taken = claim(store, &pair, 610).await;
    assert!(settle(store, &pair, &taken[0], Settled::Exhausted, 610).await);
    let taken = claim(store, &pair, 611).await;
    assert_eq!(taken[0].event, second);
    assert!(settle(store, &pair, &taken[0], Settled::Again { at: at(700) }, 611).await);

    assert_eq!(store.resend(Resend::Exhausted(pair.clone()), &author_at(at(620))).await.expect("sent"), 1);
    let taken = claim(store, &pair, 620).await;
    assert_eq!(taken.len(), 1);
    assert_eq!(
        (taken[0].event, taken[0].attempts, taken[0].step),
        (first, 1, 0),
        "before the one that waits"
    );
    assert!(settle(store, &pair, &taken[0], Settled::Delivered, 620).await);
    let taken = claim(store, &pair, 621).await;
    assert_eq!(taken[0].event, second, "which then goes at once");
    assert!(settle(store, &pair, &taken[0], Settled::Delivered, 621).await);

    assert_eq!(store.resend(Resend::Event(first), &author_at(at(630))).await.expect("sent"), 1);
    assert_eq!(claim(store, &pair, 630).await[0].event, first, "delivered or not");
    let never = EventId(uuid(699_999));
    assert_eq!(store.resend(Resend::Event(never), &author_at(at(630))).await.expect("not there"), 0);
}

async fn what_somebody_settled_stands(store: &dyn Store) {
    let (pair, ticket) = sending(store, "DLA7", "DLB7", 7).await;
    happens(store, ticket, 701, Actor::Oi).await;
    let taken = claim(store, &pair, 710).await;
    let by_hand = Standing { reason: Some("by hand".to_owned()), ..Standing::new(TargetState::Disabled) };
    store.set_target_standing(&pair, by_hand.clone(), None, &author()).await.expect("disabled");
    let mut settlement = Settlement {
        pair: pair.clone(),
        rank: taken[0].rank,
        attempt: Attempt {
            number: 1,
            at: at(711),
            elapsed_ms: 0,
            status: Some(500),
            error: None,
            body: String::new(),
        },
        settled: Settled::Again { at: at(720) },
        standing: Some(Standing { failing_since: Some(at(711)), ..Standing::new(TargetState::Active) }),
    };
    assert!(store.settle(settlement.clone()).await.expect("settled"));
    let stands = || async { store.target(&pair).await.expect("read").expect("there").standing };
    assert_eq!(stands().await, Standing { failing_since: Some(at(711)), ..by_hand });

    store
        .set_target_standing(&pair, Standing::new(TargetState::Active), Some(at(715)), &author())
        .await
        .expect("enabled");
    assert_eq!(store.next_due(&pair).await.expect("known"), Some(at(715)), "what waits goes at once");
    let taken = claim(store, &pair, 715).await;
    settlement.attempt.number = taken[0].attempts + 1;
    let gone = Standing { reason: Some("gone".to_owned()), ..Standing::new(TargetState::Disabled) };
    settlement.standing = Some(gone.clone());
    assert!(store.settle(settlement).await.expect("settled"));
    assert_eq!(stands().await, gone);
}

async fn a_target_that_is_taken_away_takes_its_queue(store: &dyn Store) {
    let (pair, ticket) = sending(store, "DLA8", "DLB8", 8).await;
    let sent = happens(store, ticket, 801, Actor::Oi).await;
    let taken = claim(store, &pair, 810).await;
    assert!(settle(store, &pair, &taken[0], Settled::Delivered, 810).await);
    happens(store, ticket, 802, Actor::Oi).await;
    assert!(store.remove_target(&pair, &author()).await.expect("taken away"));
    assert!(!store.remove_target(&pair, &author()).await.expect("once"));
    assert_eq!(store.target(&pair).await.expect("looked for"), None);
    assert_eq!(states(store, ticket).await, [(sent, DeliveryState::Delivered, 1)], "what was is remembered");
    happens(store, ticket, 803, Actor::Oi).await;
    assert_eq!(states(store, ticket).await.len(), 1);
}
