//! Reading a table from its first row to its last.

use std::sync::Arc;

use async_trait::async_trait;
use epissure_store::StoreError;
use epissure_store::archive::{Cell, Kind, Limits, Row, Rows, Table};
use futures_util::{StreamExt as _, pin_mut};
use tokio::sync::mpsc;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::with_table;
use crate::hidden::hidden;
use crate::rows::column;

/// Maximum number of batches read ahead of the consumer.
const AHEAD: usize = 1;

type Piece = Result<Vec<Row>, StoreError>;

/// Rows of a table, streamed by the server, which waits until the consumer has read the last batch.
pub(super) struct Pieces(mpsc::Receiver<Piece>);

impl Pieces {
    pub(super) fn of(client: &Arc<Client>, table: &'static Table, limits: Limits, most: Option<u64>) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let client = Arc::clone(client);
        tokio::spawn(async move {
            if let Err(wrong) = send(&client, table, (limits, most), &sender).await {
                let _ = sender.send(Err(wrong)).await;
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

async fn send(
    client: &Client,
    table: &'static Table,
    (limits, most): (Limits, Option<u64>),
    to: &mpsc::Sender<Piece>,
) -> Result<(), StoreError> {
    let failed = |wrong| with_table(table, wrong);
    let most = most.map(|most| i64::try_from(most).unwrap_or(i64::MAX));
    let statement = client.prepare(&select(table)).await.map_err(failed)?;
    let rows = client.query_raw(&statement, hidden(&[&most])).await.map_err(failed)?;
    pin_mut!(rows);
    let (mut piece, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next().await {
        let row = cells(&row.map_err(failed)?, table)?;
        bytes += row.iter().map(Cell::size).sum::<usize>();
        piece.push(row);
        if piece.len() >= limits.rows || bytes >= limits.bytes {
            // The consumer has stopped reading.
            if to.send(Ok(std::mem::take(&mut piece))).await.is_err() {
                return Ok(());
            }
            bytes = 0;
        }
    }
    if !piece.is_empty() {
        let _ = to.send(Ok(piece)).await;
    }
    Ok(())
}

fn select(table: &Table) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let order: Vec<String> = table.order.iter().map(|column| format!("\"{column}\"")).collect();
    format!("SELECT {} FROM \"{}\" ORDER BY {} LIMIT $1", columns.join(", "), table.name, order.join(", "))
}

fn cells(row: &tokio_postgres::Row, table: &Table) -> Result<Row, StoreError> {
    let cell = |(at, own): (usize, &epissure_store::archive::Column)| {
        let cell = match own.kind {
            Kind::Integer if *row.columns()[at].type_() == Type::INT4 => {
                column::<Option<i32>>(row, at)?.map(|whole| Cell::Integer(whole.into()))
            }
            Kind::Integer => column::<Option<i64>>(row, at)?.map(Cell::Integer),
            Kind::Text => column::<Option<String>>(row, at)?.map(Cell::Text),
            Kind::Bytes => column::<Option<Vec<u8>>>(row, at)?.map(Cell::Bytes),
            Kind::Flag => column::<Option<bool>>(row, at)?.map(Cell::Flag),
        };
        Ok(cell.unwrap_or(Cell::Null))
    };
    table.columns.iter().enumerate().map(cell).collect()
}
