//! Contract of a backend: the audit.

use epissure_protocol::codes::Status;
use epissure_protocol::names::{OperatorCode, Version};
use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::delivering::agree;
use super::follow_up::uuid;
use super::samples;
use crate::{
    Action, AuditRow, AuditSeal, Author, ClientId, Cut, DeliveryFilter, DeliveryState, NewEvent, NewTicket,
    Purpose, Role, SealKey, Store, TicketChange, Who, Written,
};

/// Runs every test of the audit, after the other tests and on the rows that they wrote.
///
/// # Panics
///
/// Panics when one fails.
pub(super) async fn run(store: &dyn Store) {
    what_is_written_is_told_with_who_and_which_versions(store).await;
    old_events_are_deleted_up_to_the_first_that_waits(store).await;
    the_audit_is_sealed_and_cut_up_to_a_checkpoint(store).await;
    the_rows_follow_one_another_whatever_was_written(store).await;
}

async fn old_events_are_deleted_up_to_the_first_that_waits(store: &dyn Store) {
    let waiting = || async {
        let state = Some(DeliveryState::Queued);
        let filter = DeliveryFilter { oi: None, oc: None, ticket: None, state, limit: 10_000 };
        store.deliveries(filter).await.expect("listed").len()
    };
    let before = waiting().await;
    let nothing = store.cut_events(Timestamp::UNIX_EPOCH, 100).await.expect("cut");
    assert_eq!(nothing, Cut::default(), "nothing is that old");
    let first = store.cut_events(Timestamp::MAX, 1).await.expect("cut");
    assert!(first.events <= 1 && first.received <= 1, "{first:?}");
    assert_eq!(waiting().await, before, "what waits is still to be delivered");
}

async fn the_audit_is_sealed_and_cut_up_to_a_checkpoint(store: &dyn Store) {
    let rows = all(store).await;
    assert_eq!(
        store.audit_head().await.expect("read"),
        rows.last().map(|row| (row.number, row.hash.clone()))
    );
    let (key, at) =
        (SealKey::new([7; 32]), Timestamp::from_millisecond(1_700_000_000_123).expect("an instant"));
    let of = |row: &AuditRow| (row.number, row.hash.clone());
    let seals: Vec<AuditSeal> =
        [1, 4, 6].iter().map(|at_row| key.seal(Purpose::Seal, of(&rows[*at_row]), at)).collect();
    for seal in &seals {
        store.add_audit_seal(seal.clone()).await.expect("sealed");
        let again = AuditSeal { mac: "other".to_owned(), ..seal.clone() };
        store.add_audit_seal(again).await.expect("passed over");
    }
    assert_eq!(store.audit_seals(1, i64::MAX).await.expect("read"), seals);
    assert_eq!(store.audit_seals(3, 5).await.expect("read"), seals[1..2]);
    assert_eq!(store.audit_checkpoint().await.expect("read"), None);
    assert_eq!(store.cut_audit(100).await.expect("nothing"), 0, "without a checkpoint nothing is cut");
    let checkpoint = key.seal(Purpose::Checkpoint, of(&rows[3]), at);
    store.add_audit_checkpoint(checkpoint.clone(), &Author::system(at)).await.expect("marked");
    assert_eq!(store.audit_checkpoint().await.expect("read"), Some(checkpoint));
    assert_eq!(store.cut_audit(3).await.expect("cut"), 3, "no more than asked for");
    assert_eq!((store.cut_audit(3).await.expect("cut"), store.cut_audit(3).await.expect("cut")), (1, 0));
    let left = all(store).await;
    assert_eq!(left[..rows.len() - 4], rows[4..]);
    assert_eq!(store.audit_seals(1, i64::MAX).await.expect("read"), seals[1..]);
}

async fn all(store: &dyn Store) -> Vec<AuditRow> {
    let mut rows: Vec<AuditRow> = Vec::new();
    loop {
        let more = store.audit(rows.last().map_or(0, |row| row.number), 100).await.expect("read");
        if more.is_empty() {
            return rows;
        }
        rows.extend(more);
    }
}

async fn what_is_written_is_told_with_who_and_which_versions(store: &dyn Store) {
    let pair = agree(store, "AUD1", "AUD2").await;
    let before = all(store).await.len();
    let at = Timestamp::from_millisecond(1_700_000_000_123).expect("an instant");
    let oc = OperatorCode::parse("AUD2").expect("a code");
    let by = Author {
        who: Who::Client(ClientId("a-client".to_owned()), oc, Role::Oc),
        address: Some("2001:db8::7".to_owned()),
        request: Some("r-1".to_owned()),
        at,
    };
    let mut ticket = samples::ticket(&mut StdRng::seed_from_u64(123_456));
    (ticket.code_oi, ticket.code_oc, ticket.status) = (pair.oi, pair.oc, Status::InProgress);
    let opened = NewTicket { ticket: ticket.clone(), findings: Vec::new(), idempotency: None };
    store.open(opened, &by).await.expect("opened");
    let mut changed = ticket.clone();
    changed.version = Version(uuid(990_001));
    let change = |number| TicketChange {
        ticket: changed.clone(),
        expected: ticket.version,
        findings: None,
        event: NewEvent {
            id: epissure_protocol::names::EventId(uuid(number)),
            kind: epissure_protocol::event::EventKind::Update,
            at,
            by: epissure_protocol::codes::Actor::System,
        },
    };
    assert_eq!(store.change(change(990_002), &Author::system(at)).await.expect("written"), Written::Done);
    assert_eq!(
        store.change(change(990_003), &Author::system(at)).await.expect("passed over"),
        Written::Stale
    );

    let rows = all(store).await.split_off(before);
    assert_eq!(rows.len(), 2, "what was not done is not told");
    let AuditRow { kind, author, operator, role, address, request, action, subject, .. } = &rows[0];
    let texts = [author, operator, role, address, request].map(|text| text.as_deref().unwrap_or("-"));
    assert_eq!(kind, "client");
    assert_eq!(texts, ["a-client", "AUD2", "oc", "2001:db8::7", "r-1"]);
    assert_eq!((action.as_str(), subject), (Action::TicketOpen.name(), &ticket.id.to_string()));
    assert_eq!((rows[0].at, &rows[0].before), (at, &None));
    assert_eq!(rows[0].after, Some(ticket.version.to_string()));
    assert_eq!((rows[1].kind.as_str(), rows[1].action.as_str()), ("system", "ticket.change"));
    assert_eq!(
        (&rows[1].before, &rows[1].after),
        (&Some(ticket.version.to_string()), &Some(changed.version.to_string()))
    );
}

async fn the_rows_follow_one_another_whatever_was_written(store: &dyn Store) {
    let rows = all(store).await;
    let checkpoint = store.audit_checkpoint().await.expect("read");
    let (cut, mut previous) = checkpoint.map_or((0, AuditRow::NONE.to_owned()), |at| (at.number, at.hash));
    for (row, number) in rows.iter().zip(cut + 1..) {
        assert_eq!((row.number, &row.previous), (number, &previous));
        assert_eq!(row.computed(), row.hash);
        previous.clone_from(&row.hash);
    }
    let told: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.action.as_str()).collect();
    for action in Action::ALL {
        let by_others = [Action::IndividualAdd, Action::IndividualChange, Action::IndividualDelete];
        let of_parties = [Action::IndividualImport, Action::OrganizationImport];
        if !by_others.contains(action) && !of_parties.contains(action) {
            assert!(told.contains(action.name()), "nothing has told of {action}");
        }
    }
}
