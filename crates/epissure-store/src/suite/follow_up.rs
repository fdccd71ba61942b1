//! Contract of a backend: notes and events.

use epissure_filter::{Options, Plan, Query};
use epissure_protocol::codes::{Actor, Status};
use epissure_protocol::event::{EventKind, EventSchema};
use epissure_protocol::json::Object;
use epissure_protocol::names::{EventId, NoteId, OperatorCode, TicketId, Version};
use epissure_protocol::note;
use epissure_protocol::ticket::Ticket;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use uuid::{Builder, Uuid};

use super::samples;
use super::samples::author;
use crate::{
    Collection, EVENT_CATALOG, ListRequest, NewEvent, NewNote, NewTicket, Noted, Slice, Start, Store,
    TicketChange, Viewer, Written,
};

/// Runs every test of notes and events.
///
/// # Panics
///
/// Panics when one fails.
pub(super) async fn run(store: &dyn Store) {
    what_happens_is_told_once_and_to_the_two_sides_alone(store).await;
    a_final_ticket_takes_no_note(store).await;
    a_ticket_takes_so_many_notes_and_no_more(store).await;
}

pub(super) fn uuid(number: u64) -> Uuid {
    let mut bytes = [0; 16];
    StdRng::seed_from_u64(0xe0e0_0000 + number).fill_bytes(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid()
}

fn event(number: u64, kind: EventKind) -> NewEvent {
    let at = Timestamp::from_second(3_000 + i64::try_from(number).unwrap_or(0)).expect("an instant");
    NewEvent { id: EventId(uuid(number)), kind, at, by: Actor::Oi }
}

pub(super) fn note(number: u64, ticket: TicketId) -> NewNote {
    let document = json!({"id": uuid(number), "text": format!("note {number}")});
    NewNote {
        id: NoteId(uuid(number)),
        ticket,
        document: document.as_object().cloned().unwrap_or_else(Object::new),
        at: Timestamp::UNIX_EPOCH,
        event: event(number + 50_000, EventKind::NoteCreate),
        idempotency: None,
    }
}

pub(super) async fn opened(store: &dyn Store, number: u64, status: Status) -> Ticket {
    let mut ticket = samples::ticket(&mut StdRng::seed_from_u64(7_000 + number));
    ticket.status = status;
    let new = NewTicket { ticket: ticket.clone(), findings: Vec::new(), idempotency: None };
    store.open(new, &author()).await.expect("opened");
    ticket
}

pub(super) fn sides() -> [Viewer; 2] {
    let code = |text| OperatorCode::parse(text).expect("an operator code");
    [Viewer::Oi(code(samples::OI)), Viewer::Oc(code(samples::OC))]
}

pub(super) async fn told(store: &dyn Store, viewer: &Viewer, ticket: TicketId) -> Vec<Value> {
    let schema = EventSchema { source: String::new() };
    let query = Query::parse(&format!("subject={ticket}"), &schema, &Options::default()).expect("a query");
    let plan = Plan::new(&query, &EVENT_CATALOG);
    let now = samples::now();
    let request =
        ListRequest { viewer: viewer.clone(), plan: plan.clone(), start: Start::Offset(0), limit: 100, now };
    let page = store.list_events(request).await.expect("listed");
    assert_eq!(page.total, page.rows.len() as u64);
    assert_eq!(store.count_events(viewer.clone(), plan, now).await.expect("counted"), page.total);
    page.rows.iter().map(|event| serde_json::from_str(&event.document).expect("JSON")).collect()
}

/// Returns a whole collection, read in slices of several sizes. The slices must agree with each
/// other and with the count.
pub(super) async fn listed(
    store: &dyn Store,
    of: Collection,
    ticket: TicketId,
    viewer: &Viewer,
) -> Option<Vec<String>> {
    let read = async |slice| store.subresources(of, ticket, viewer, slice).await.expect("read");
    let whole = Slice { after: 0, offset: 0, limit: u32::MAX, max_bytes: usize::MAX };
    let all = read(whole).await;
    let count = store.count_subresources(of, ticket, viewer).await.expect("counted");
    assert_eq!(count, all.as_ref().map(|all| all.len() as u64));
    let all = all?;
    let second = read(Slice { offset: 1, limit: 1, ..whole }).await.expect("there");
    assert_eq!(second.first(), all.get(1));
    if let Some(first) = all.first() {
        let rest = read(Slice { after: first.seq, ..whole }).await.expect("there");
        assert_eq!(rest, all[1..]);
        let one = read(Slice { max_bytes: 1, ..whole }).await.expect("there");
        assert_eq!(one, all[..1], "one at least, and no more than the bytes allow");
    }
    Some(all.into_iter().map(|row| row.document).collect())
}

async fn what_happens_is_told_once_and_to_the_two_sides_alone(store: &dyn Store) {
    let before = opened(store, 1, Status::InProgress).await;
    let mut after = before.clone();
    after.version = Version(uuid(1));
    after.description = Some("changed".to_owned());
    let change = |number| TicketChange {
        ticket: after.clone(),
        expected: before.version,
        findings: None,
        event: event(number, EventKind::Update),
    };
    assert_eq!(store.change(change(2), &author()).await.expect("written"), Written::Done);
    assert_eq!(store.change(change(3), &author()).await.expect("passed over"), Written::Stale);
    assert!(matches!(store.add_note(note(4, before.id), &author()).await.expect("added"), Noted::Added));

    let [oi, oc] = sides();
    for viewer in [&oi, &oc] {
        let events = told(store, viewer, before.id).await;
        let types: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect();
        assert_eq!(
            types,
            [EventKind::Update.name(), EventKind::NoteCreate.name()],
            "what was stale is not told"
        );
        assert_eq!(events[0]["data"]["description"], "changed");
        assert_eq!(events[1]["data"]["text"], "note 4");
        assert_eq!(listed(store, Collection::Notes, before.id, viewer).await.expect("there").len(), 1);

        let rank = store.event_rank(EventId(uuid(2)), viewer).await.expect("found").expect("there");
        let later = store.events_after(rank, viewer.clone(), 10, usize::MAX).await.expect("read");
        assert!(later.iter().all(|event| event.seq > rank) && later.is_sorted_by_key(|event| event.seq));
        assert!(later[0].document.contains("note 4"));
        let all = store.events_after(0, viewer.clone(), 1, usize::MAX).await.expect("read");
        assert_eq!(all.len(), 1, "no more than asked for");
        let first = store.events_after(0, viewer.clone(), 10, 1).await.expect("read");
        assert_eq!(first.len(), 1, "one at least, and no more than the bytes allow");
    }
    let stranger = Viewer::Oc(OperatorCode::parse("ZZZZ").expect("an operator code"));
    assert_eq!(told(store, &stranger, before.id).await.len(), 0);
    assert_eq!(listed(store, Collection::Notes, before.id, &stranger).await, None);
    assert_eq!(store.event_rank(EventId(uuid(2)), &stranger).await.expect("looked for"), None);
    assert_eq!(store.events_after(0, stranger, 10, usize::MAX).await.expect("read").len(), 0);
}

async fn a_final_ticket_takes_no_note(store: &dyn Store) {
    let closed = opened(store, 2, Status::Closed).await;
    assert!(matches!(store.add_note(note(10, closed.id), &author()).await.expect("refused"), Noted::Closed));
    let never = TicketId(uuid(11));
    assert!(matches!(store.add_note(note(12, never), &author()).await.expect("refused"), Noted::Closed));
    let [oi, _] = sides();
    assert_eq!(listed(store, Collection::Notes, closed.id, &oi).await, Some(Vec::new()));
    assert_eq!(told(store, &oi, closed.id).await.len(), 0);
}

async fn a_ticket_takes_so_many_notes_and_no_more(store: &dyn Store) {
    let ticket = opened(store, 3, Status::Pending).await;
    for number in 0..note::MOST as u64 {
        assert!(matches!(
            store.add_note(note(100 + number, ticket.id), &author()).await.expect("added"),
            Noted::Added
        ));
    }
    assert!(matches!(store.add_note(note(90, ticket.id), &author()).await.expect("refused"), Noted::Full));
    let [oi, _] = sides();
    let notes = listed(store, Collection::Notes, ticket.id, &oi).await.expect("there");
    assert_eq!(notes.len(), note::MOST);
    assert!(notes[0].contains("note 100") && notes[note::MOST - 1].contains("note 1099"), "in their order");
}
