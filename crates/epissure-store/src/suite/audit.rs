//! What a backend promises of the audit.

use epissure_protocol::codes::Status;
use epissure_protocol::names::{OperatorCode, Version};
use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::delivering::agree;
use super::follow_up::uuid;
use super::samples;
use crate::{
    Action, AuditRow, Author, ClientId, NewEvent, NewTicket, Role, Store, TicketChange, Who, Written,
};

/// Every promise; the last of all, on what the others have written.
///
/// # Panics
/// When one is broken.
pub(super) async fn run(store: &dyn Store) {
    what_is_written_is_told_with_who_and_which_versions(store).await;
    the_rows_follow_one_another_whatever_was_written(store).await;
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
    let mut previous = AuditRow::NONE.to_owned();
    for (row, number) in rows.iter().zip(1..) {
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
