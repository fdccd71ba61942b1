//! A row that cannot be read is an error that names the column; it is never dropped silently.

use epissure_protocol::codes::Status;
use epissure_store::suite::samples::{self, author};
use epissure_store::{NewTicket, Tickets as _};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use jiff::Timestamp;
use rand::SeedableRng as _;
use rusqlite::Connection;

#[tokio::test]
async fn a_ticket_with_a_damaged_identifier_is_an_error_of_the_lists_that_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FILE_NAME);
    let store = SqliteStore::open(&Settings::new(path.clone())).expect("a new database");
    let mut ticket = samples::ticket(&mut rand::rngs::StdRng::seed_from_u64(1));
    ticket.status = Status::Pending;
    ticket.external_id = Some("x".to_owned());
    let (oi, oc) = (ticket.code_oi.clone(), ticket.code_oc.clone());
    store
        .open(NewTicket { ticket, findings: Vec::new(), idempotency: None }, &author())
        .await
        .expect("opened");
    let damage = "UPDATE ticket SET id = 'damaged'";
    Connection::open(&path).expect("opens").execute(damage, []).expect("damaged");

    let listed = store.active_with_external_id(&oi, &oc, "x").await.expect_err("unreadable");
    assert!(listed.to_string().contains("the column id"), "{listed}");
    let waiting = store.waiting(&oi, &oc, Status::Pending, Timestamp::MAX, 10).await.expect_err("unreadable");
    assert!(waiting.to_string().contains("the column id"), "{waiting}");
}
