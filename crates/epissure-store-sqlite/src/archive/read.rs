//! Reading a table from its first row to its last.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use epissure_store::StoreError;
use epissure_store::archive::{Cell, Column, Kind, Limits, Row, Rows, Table};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use tokio::sync::mpsc;

use super::locked;
use crate::columns::unreadable;
use crate::error;

/// Maximum number of batches read ahead of the consumer.
const AHEAD: usize = 1;

type Piece = Result<Vec<Row>, StoreError>;

/// Rows of a table, read by a thread that blocks until the consumer has read the last batch.
pub(super) struct Pieces(mpsc::Receiver<Piece>);

impl Pieces {
    pub(super) fn of(
        connection: &Arc<Mutex<Connection>>,
        table: &'static Table,
        limits: Limits,
        most: Option<u64>,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let connection = Arc::clone(connection);
        tokio::task::spawn_blocking(move || {
            let connection = locked(&connection);
            let read = send(&connection, table, (limits, most), &sender);
            if let Err(wrong) = read {
                let _ = sender.blocking_send(Err(error(wrong)));
            }
        });
        Self(receiver)
    }
}

#[async_trait]
impl Rows for Pieces {
    async fn next(&mut self) -> Result<Option<Vec<Row>>, StoreError> {
        self.0.recv().await.transpose()
    }
}

fn send(
    connection: &Connection,
    table: &'static Table,
    (limits, most): (Limits, Option<u64>),
    to: &mpsc::Sender<Piece>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&select(table))?;
    let most = most.map_or(-1, |most| i64::try_from(most).unwrap_or(i64::MAX));
    let mut rows = statement.query([most])?;
    let (mut piece, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let cells = table.columns.iter().enumerate();
        let row: Row = cells.map(|(at, column)| cell(row, at, column)).collect::<rusqlite::Result<_>>()?;
        bytes += row.iter().map(Cell::size).sum::<usize>();
        piece.push(row);
        if piece.len() >= limits.rows || bytes >= limits.bytes {
            // The consumer has stopped reading.
            if to.blocking_send(Ok(std::mem::take(&mut piece))).is_err() {
                return Ok(());
            }
            bytes = 0;
        }
    }
    if !piece.is_empty() {
        let _ = to.blocking_send(Ok(piece));
    }
    Ok(())
}

fn select(table: &Table) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let order: Vec<String> = table.order.iter().map(|column| format!("\"{column}\"")).collect();
    format!("SELECT {} FROM \"{}\" ORDER BY {} LIMIT ?", columns.join(", "), table.name, order.join(", "))
}

fn cell(row: &rusqlite::Row<'_>, at: usize, column: &Column) -> rusqlite::Result<Cell> {
    Ok(match (row.get_ref(at)?, column.kind) {
        (ValueRef::Null, _) => Cell::Null,
        (ValueRef::Integer(whole), Kind::Integer) => Cell::Integer(whole),
        (ValueRef::Integer(flag @ (0 | 1)), Kind::Flag) => Cell::Flag(flag == 1),
        (ValueRef::Text(_), Kind::Text) => Cell::Text(row.get(at)?),
        (ValueRef::Blob(bytes), Kind::Bytes) => Cell::Bytes(bytes.to_vec()),
        (other, _) => {
            return Err(unreadable(row, at, other.data_type(), "a value of its type"));
        }
    })
}
