//! Fixtures for the tests of copies: rows with extreme values, and a target that fails on demand.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use epissure_protocol::codes::Status;
use jiff::Timestamp;

use super::samples::author;
use super::{contract, follow_up, party_contract};
use crate::archive::{
    Archive, Begun, Cell, Copied, Copying, Kind, Limits, Pulse, Row, Rows, Stopped, TABLES, Table, copy,
};
use crate::{ClientId, Noted, Role, Store, StoreError, StoredToken, TokenHash};

/// Small batches, so that few rows make several batches.
pub const SMALL: Limits = Limits { rows: 40, bytes: 1 << 20 };
/// Name of the source in these copies.
pub const NAME: &str = "the source of a test";

/// Copies in small batches.
///
/// # Errors
///
/// Fails as [`copy`] does.
pub async fn run(source: &dyn Archive, target: &dyn Archive) -> Result<Copied, Stopped> {
    let copying = Copying { source, target, name: NAME, limits: SMALL };
    copy(&copying, Timestamp::UNIX_EPOCH, &mut |_| {}).await
}

/// Fills every table with the rows that the contract's own tests write.
///
/// # Panics
///
/// Panics when one of these tests fails.
pub async fn fill(store: &dyn Store) {
    contract::run(store).await;
    party_contract::run(store).await;
    let second = |second| Timestamp::from_second(second).expect("an instant");
    let token = StoredToken {
        hash: TokenHash([200; 32]),
        client: ClientId("a-client".to_owned()),
        operator: party_contract::ftel(),
        role: Role::Oc,
        scopes: vec!["one".to_owned(), "two".to_owned()],
        issued: second(20_000),
        expires: second(23_600),
    };
    assert!(store.add_token(token, 1, second(19_000)).await.expect("kept"));
}

/// Inserts a ticket, a note, an event and an individual derived from a number. The database numbers
/// them after the existing rows.
///
/// # Panics
///
/// Panics when one is refused.
pub async fn add_one_of_each(store: &dyn Store, number: u64) {
    let [viewer, _] = follow_up::sides();
    let before = store.events_after(0, viewer.clone(), u32::MAX, usize::MAX).await.expect("read");
    let last = before.last().expect("an event").seq;
    let ticket = follow_up::opened(store, number, Status::Pending).await;
    let note = follow_up::note(number + 1, ticket.id);
    assert!(matches!(store.add_note(note, &author()).await.expect("added"), Noted::Added));
    let after = store.events_after(last, viewer, u32::MAX, usize::MAX).await.expect("read");
    assert_eq!(after.len(), 1);
    let new = party_contract::new(number.into(), &party_contract::ftel(), party_contract::dalton("Late"));
    party_contract::add(store, new).await;
}

/// Returns a row with the given cells, and NULL in every other nullable column.
fn row(name: &str, given: &[(&str, Cell)]) -> (&'static Table, Row) {
    let table = TABLES.iter().find(|table| table.name == name).expect("a table");
    let cell = |column: &crate::archive::Column| {
        given.iter().find(|(name, _)| *name == column.name).map_or(Cell::Null, |(_, cell)| cell.clone())
    };
    (table, table.columns.iter().map(cell).collect())
}

/// Inserts rows with extreme values into an empty database: the largest numbers, texts of any
/// alphabet, nulls, bytes that are not text, and a document of several megabytes.
///
/// # Panics
///
/// Panics when one is refused.
pub async fn put_odd_rows(target: &dyn Archive) {
    assert_eq!(target.begin("nothing", Timestamp::UNIX_EPOCH).await.expect("begun"), Begun::Anew);
    let text = |text: &str| Cell::Text(text.to_owned());
    let odd = "\u{1F9F5} é \u{10FFFF} \u{1} \\N \t \"quoted\" \r\n";
    let large = format!("{{\"text\":\"{}\"}}", "\u{1F9F5}".repeat(2 << 20));
    let long = "é".repeat(4_000);
    let related = format!(
        "{{\"relatedEntity\":[{{\"id\":\"{long}\"}},{{\"id\":\"{odd_id}\"}}]}}",
        odd_id = "\u{1F9F5}"
    );
    let pair = [("oi", text("FTEL")), ("oc", text("SFRA"))];
    let operator = |code: &str| {
        let yes = [
            ("is_oi", Cell::Flag(true)),
            ("is_oc", Cell::Flag(false)),
            ("strict_creation", Cell::Flag(true)),
        ];
        row("operator", &[&[("code", text(code)), ("name", text(odd))], &yes[..]].concat())
    };
    let ticket = |seq: i64, id: &str, document: &str| {
        let mut given = vec![("seq", Cell::Integer(seq)), ("id", text(id)), ("document", text(document))];
        given.push(("total_done", Cell::Integer(i64::MIN)));
        filled("ticket", &given)
    };
    let rows = [
        operator("FTEL"),
        operator("SFRA"),
        row(
            "client",
            &[
                ("id", text(odd)),
                ("operator", text("FTEL")),
                ("role", text("oi")),
                ("scopes", text("")),
                ("secret_sha256", Cell::Bytes((0..=255).collect())),
                ("created", Cell::Integer(i64::MIN)),
            ],
        ),
        filled("contract", &pair),
        ticket(1, "a", "{}"),
        ticket(7, "b", &large),
        ticket(i64::from(u32::MAX) + 1, "c", &related),
        filled("organization", &[("seq", Cell::Integer(5)), ("id", text("o")), ("document", text("{}"))]),
        row(
            "individual",
            &[
                ("operator", text("SFRA")),
                ("id", text("p")),
                ("version", text("v")),
                ("family_name", text(odd)),
                ("family_name_folded", text(odd)),
                ("document", text("{\"familyName\":\"x\"}")),
            ],
        ),
    ];
    for (table, row) in rows {
        target.write(table, vec![row]).await.expect("written");
    }
    target.finish().await.expect("finished");
}

/// Returns a row with a value in every column.
fn filled(name: &str, given: &[(&str, Cell)]) -> (&'static Table, Row) {
    let (table, mut row) = row(name, given);
    for (cell, column) in row.iter_mut().zip(table.columns) {
        if *cell == Cell::Null {
            *cell = match column.kind {
                Kind::Integer => Cell::Integer(i64::MAX),
                Kind::Text => Cell::Text(String::new()),
                Kind::Bytes => Cell::Bytes(Vec::new()),
                Kind::Flag => Cell::Flag(false),
            };
        }
    }
    (table, row)
}

/// A target that forwards to another one until it fails on demand.
pub struct Faulty<'a> {
    target: &'a dyn Archive,
    /// Number of writes that succeed.
    writes: AtomicUsize,
    /// Action that runs once every row is written and verified.
    late: Option<Box<dyn Fn() + Send + Sync + 'a>>,
}

impl<'a> Faulty<'a> {
    /// Returns a target that fails after a number of writes.
    #[must_use]
    pub fn after(target: &'a dyn Archive, writes: usize) -> Self {
        Self { target, writes: AtomicUsize::new(writes), late: None }
    }

    /// Returns a target that never fails, but runs an action once every row is written and
    /// verified.
    #[must_use]
    pub fn meanwhile(target: &'a dyn Archive, late: impl Fn() + Send + Sync + 'a) -> Self {
        Self { target, writes: AtomicUsize::new(usize::MAX), late: Some(Box::new(late)) }
    }
}

#[async_trait]
impl Archive for Faulty<'_> {
    fn read(&self, table: &'static Table, limits: Limits, most: Option<u64>) -> Box<dyn Rows> {
        self.target.read(table, limits, most)
    }

    async fn count(&self, table: &'static Table) -> Result<u64, StoreError> {
        self.target.count(table).await
    }

    async fn derived(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let derived = self.target.derived().await;
        if let Some(late) = &self.late {
            late();
        }
        derived
    }

    async fn pulse(&self) -> Result<Pulse, StoreError> {
        self.target.pulse().await
    }

    async fn renew(&self) -> Result<(), StoreError> {
        self.target.renew().await
    }

    async fn begin(&self, source: &str, at: Timestamp) -> Result<Begun, StoreError> {
        self.target.begin(source, at).await
    }

    async fn write(&self, table: &'static Table, rows: Vec<Row>) -> Result<(), StoreError> {
        let taken =
            self.writes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if taken.is_err() {
            return Err(StoreError::Unavailable("told to fail".to_owned()));
        }
        self.target.write(table, rows).await
    }

    async fn finish(&self) -> Result<(), StoreError> {
        self.target.finish().await
    }
}
