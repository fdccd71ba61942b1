//! Contract of a backend: attachments.

use epissure_protocol::attachment::{self, Attachment, AttachmentStatus, Conclusion, Measured, Origin};
use epissure_protocol::codes::{Actor, Status};
use epissure_protocol::event::EventKind;
use epissure_protocol::extensions::Rule;
use epissure_protocol::json::Object;
use epissure_protocol::names::{AttachmentId, EventId, OperatorCode, TicketId, Version};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use uuid::{Builder, Uuid};

use super::follow_up::{listed, opened, sides, told};
use super::samples::author;
use crate::{
    Attached, AttachmentWrite, ClientId, Collection, Idempotency, NewAttachment, NewEvent, Rewritten, Store,
    Viewer,
};

/// Runs every test of attachments.
///
/// # Panics
///
/// Panics when one fails.
pub(super) async fn run(store: &dyn Store) {
    an_attachment_is_added_and_told_once_and_to_the_two_sides_alone(store).await;
    a_change_is_made_to_the_version_that_was_read(store).await;
    a_final_ticket_takes_no_attachment_but_lets_checks_end(store).await;
    a_ticket_takes_so_many_attachments_and_no_more(store).await;
    what_waits_is_claimed_by_one_at_a_time(store).await;
    what_is_unfinished_awaited_and_readable_is_found(store).await;
}

fn uuid(number: u64) -> Uuid {
    let mut bytes = [0; 16];
    StdRng::seed_from_u64(0xa77a_0000 + number).fill_bytes(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(10_000 + second).expect("an instant")
}

fn attachment(number: u64, ticket: TicketId, whole: bool) -> Attachment {
    let body = Object::from_iter([("name".to_owned(), format!("{number}.csv").into())]);
    let draft = attachment::read(&body, Rule { strict: false, max_bytes: 1024 }).expect("a draft");
    let author = OperatorCode::parse("SFRA").expect("an operator code");
    let origin = Origin {
        id: AttachmentId(uuid(number)),
        version: Version(uuid(number + 1_000)),
        ticket,
        author: &author,
        at: at(i64::try_from(number).expect("a small number")),
        name: format!("{number}.csv"),
        mime_type: "text/csv",
    };
    let hash = |digits: usize| "0".repeat(digits);
    let measured = Measured { size: 1, md5: hash(32), sha1: hash(40), sha256: hash(64) };
    draft.added(origin, whole.then_some(measured))
}

fn event(number: u64, kind: EventKind) -> NewEvent {
    NewEvent { id: EventId(uuid(number + 50_000)), kind, at: at(0), by: Actor::Oc }
}

fn new(number: u64, ticket: TicketId, whole: bool) -> NewAttachment {
    let attachment = attachment(number, ticket, whole);
    let told = format!("{{\"name\":\"{}\"}}", attachment.name);
    let event = event(number, EventKind::AttachmentCreate);
    NewAttachment { ticket, attachment, event, told, idempotency: None }
}

fn validated(number: u64, before: &Attachment, ticket: TicketId) -> AttachmentWrite {
    let version = Version(uuid(number + 2_000));
    let attachment = before.clone().concluded(Conclusion::Validated, version, at(100));
    AttachmentWrite {
        ticket,
        attachment,
        expected: before.version,
        needs_open_ticket: false,
        event: Some((event(number + 3_000, EventKind::AttachmentUpdate), r#"{"checked":true}"#.to_owned())),
        due: at(100),
    }
}

async fn added(store: &dyn Store, new: NewAttachment) -> Attachment {
    let outcome = store.add_attachment(new.clone(), &author()).await.expect("added");
    assert!(matches!(outcome, Attached::Added), "{outcome:?}");
    new.attachment
}

async fn an_attachment_is_added_and_told_once_and_to_the_two_sides_alone(store: &dyn Store) {
    let ticket = opened(store, 50, Status::InProgress).await.id;
    let idempotency = |fingerprint| Idempotency {
        client: ClientId("suite".to_owned()),
        key: "attachment".to_owned(),
        fingerprint: [fingerprint; 32],
        forget_before: Timestamp::UNIX_EPOCH,
    };
    let first = NewAttachment { idempotency: Some(idempotency(1)), ..new(1, ticket, true) };
    added(store, first.clone()).await;
    let again = NewAttachment { idempotency: Some(idempotency(1)), ..new(2, ticket, true) };
    let Attached::Repeated(replay) = store.add_attachment(again, &author()).await.expect("recognised") else {
        panic!("a request that is repeated adds nothing")
    };
    let read = |text: &str| serde_json::from_str::<Attachment>(text).expect("an attachment");
    assert_eq!(read(&replay.document), first.attachment);
    let other = NewAttachment { idempotency: Some(idempotency(2)), ..new(2, ticket, true) };
    assert!(matches!(store.add_attachment(other, &author()).await.expect("refused"), Attached::Contradicted));
    added(store, new(3, ticket, false)).await;

    let stranger = Viewer::Oc(OperatorCode::parse("ZZZZ").expect("an operator code"));
    let never = AttachmentId(uuid(999));
    for viewer in &sides() {
        let documents = listed(store, Collection::Attachments, ticket, viewer).await.expect("there");
        let names: Vec<String> = documents.iter().map(|text| read(text).name).collect();
        assert_eq!(names, ["1.csv", "3.csv"], "in the order in which they came");
        let one = store.attachment(ticket, first.attachment.id, viewer).await.expect("read");
        assert_eq!(read(&one.expect("there")), first.attachment);
        assert_eq!(store.attachment(ticket, never, viewer).await.expect("read"), None);
        let elsewhere = TicketId(uuid(998));
        assert_eq!(store.attachment(elsewhere, first.attachment.id, viewer).await.expect("read"), None);
        let events = told(store, viewer, ticket).await;
        let names: Vec<_> = events.iter().map(|event| event["data"]["name"].as_str().unwrap_or("")).collect();
        assert_eq!(names, ["1.csv", "3.csv"]);
        assert_eq!(events[0]["type"], EventKind::AttachmentCreate.name());
    }
    assert_eq!(listed(store, Collection::Attachments, ticket, &stranger).await, None);
    assert_eq!(store.attachment(ticket, first.attachment.id, &stranger).await.expect("read"), None);
}

async fn a_change_is_made_to_the_version_that_was_read(store: &dyn Store) {
    let ticket = opened(store, 51, Status::InProgress).await.id;
    let before = added(store, new(10, ticket, true)).await;
    let change = validated(10, &before, ticket);
    let second = validated(11, &before, ticket);
    assert_eq!(store.change_attachment(change.clone(), &author()).await.expect("written"), Rewritten::Done);
    assert_eq!(store.change_attachment(second, &author()).await.expect("passed over"), Rewritten::Stale);
    let absent = validated(12, &attachment(13, ticket, true), ticket);
    assert_eq!(store.change_attachment(absent, &author()).await.expect("passed over"), Rewritten::Stale);
    let [oi, _] = sides();
    let read = store.attachment(ticket, before.id, &oi).await.expect("read").expect("there");
    assert_eq!(serde_json::from_str::<Attachment>(&read).expect("an attachment"), change.attachment);
    let events = told(store, &oi, ticket).await;
    assert_eq!(events.len(), 2, "what was stale is not told");
    assert_eq!(events[1]["data"]["checked"], true);
}

async fn a_final_ticket_takes_no_attachment_but_lets_checks_end(store: &dyn Store) {
    let ticket = opened(store, 52, Status::Closed).await.id;
    assert!(matches!(
        store.add_attachment(new(20, ticket, true), &author()).await.expect("refused"),
        Attached::Closed
    ));
    let never = TicketId(uuid(997));
    assert!(matches!(
        store.add_attachment(new(21, never, true), &author()).await.expect("refused"),
        Attached::Closed
    ));

    let mut closing = opened(store, 53, Status::Resolved).await;
    let before = added(store, new(22, closing.id, true)).await;
    let expected = closing.version;
    (closing.status, closing.version) = (Status::Closed, Version(uuid(996)));
    let event = NewEvent { id: EventId(uuid(995)), ..event(22, EventKind::Update) };
    let change = crate::TicketChange { ticket: closing.clone(), expected, findings: None, event };
    assert_eq!(store.change(change, &author()).await.expect("closed"), crate::Written::Done);
    let check = validated(22, &before, closing.id);
    let chunk = AttachmentWrite { needs_open_ticket: true, ..check.clone() };
    assert_eq!(store.change_attachment(chunk, &author()).await.expect("refused"), Rewritten::Closed);
    assert_eq!(store.change_attachment(check, &author()).await.expect("written"), Rewritten::Done);
}

async fn a_ticket_takes_so_many_attachments_and_no_more(store: &dyn Store) {
    let ticket = opened(store, 54, Status::Pending).await.id;
    for number in 0..attachment::MOST as u64 {
        added(store, new(100 + number, ticket, false)).await;
    }
    assert!(matches!(
        store.add_attachment(new(30, ticket, true), &author()).await.expect("refused"),
        Attached::Full
    ));
}

async fn what_waits_is_claimed_by_one_at_a_time(store: &dyn Store) {
    // Claim the attachments left by earlier tests, so that they are not due.
    let far = at(1_000_000);
    while !store.claim_attachments(at(200), far, 100).await.expect("claimed").is_empty() {}
    let ticket = opened(store, 55, Status::InProgress).await.id;
    let (one, two) = (added(store, new(41, ticket, true)).await, added(store, new(42, ticket, true)).await);
    added(store, new(43, ticket, false)).await;
    let claim = |now, until, limit| async move {
        let claimed = store.claim_attachments(at(now), at(until), limit).await.expect("claimed");
        let id = |text: &str| serde_json::from_str::<Attachment>(text).expect("an attachment").id;
        claimed.iter().map(|one| (one.ticket, id(&one.attachment), one.attempts)).collect::<Vec<_>>()
    };
    assert_eq!(claim(40, 300, 10).await, [], "none is due yet");
    assert_eq!(claim(200, 300, 1).await, [(ticket, one.id, 1)], "the one that has waited longest");
    assert_eq!(claim(200, 300, 10).await, [(ticket, two.id, 1)], "what is taken is left alone");
    assert_eq!(claim(299, 400, 10).await, []);
    store.postpone_attachment(two.id, two.version, at(500)).await.expect("postponed");
    assert_eq!(claim(300, 400, 10).await, [(ticket, one.id, 2)], "until its time has come again");
    store.postpone_attachment(one.id, Version(uuid(994)), at(0)).await.expect("passed over");
    assert_eq!(claim(350, 400, 10).await, [], "what is another version by now is not postponed");
    store.change_attachment(validated(41, &one, ticket), &author()).await.expect("written");
    assert_eq!(claim(1_000, 2_000, 10).await, [(ticket, two.id, 2)], "what is checked waits no more");
}

async fn what_is_unfinished_awaited_and_readable_is_found(store: &dyn Store) {
    let ticket = opened(store, 56, Status::InProgress).await.id;
    let (whole, chunked) =
        (added(store, new(61, ticket, true)).await, added(store, new(62, ticket, false)).await);
    let checked = added(store, new(63, ticket, true)).await;
    store.change_attachment(validated(63, &checked, ticket), &author()).await.expect("written");
    let unfinished = |before| async move {
        let found = store.unfinished_attachments(before, 1_000).await.expect("found");
        found.iter().filter(|one| one.ticket == ticket).count()
    };
    assert_eq!(unfinished(chunked.creation_date).await, 0);
    assert_eq!(unfinished(chunked.creation_date + SignedDuration::from_secs(1)).await, 1);
    let all = vec![whole.id, chunked.id, checked.id, AttachmentId(uuid(993))];
    assert_eq!(store.awaited_attachments(all).await.expect("found"), [whole.id, chunked.id]);

    let (mut readable, mut after) = (Vec::new(), None);
    loop {
        let page = store.validated_attachments(after, 2).await.expect("found");
        let Some(last) = page.last() else { break };
        let read = |text: &str| serde_json::from_str::<Attachment>(text).expect("an attachment");
        after = Some(read(&last.attachment).id);
        readable.extend(page.iter().map(|one| read(&one.attachment)));
    }
    assert!(readable.iter().all(|one| one.status == AttachmentStatus::Validated));
    assert!(readable.is_sorted_by_key(|one| one.id.to_string()), "each once, by identifier");
    assert!(readable.iter().any(|one| one.id == checked.id));
}
