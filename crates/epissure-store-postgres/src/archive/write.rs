//! Inserting rows of another database by `COPY`, and the data that this backend derives from them.

use std::error::Error as StdError;
use std::fmt;
use std::pin::pin;

use bytes::BytesMut;
use epissure_store::StoreError;
use epissure_store::archive::{Cell, Row, Table};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Error};

use super::derive::{DERIVE, Derive, Made};
use super::with_table;
use crate::error::error;
use crate::rows::column;

/// A value to send.
pub(super) enum Held<'a> {
    /// Copied from the source.
    Cell(&'a Cell),
    /// Derived by this backend.
    Own(Cell),
    /// A small integer.
    Small(i16),
    /// Integers.
    Integers(Vec<i32>),
}

impl fmt::Debug for Held<'_> {
    /// Prints nothing of the value, which may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl ToSql for Held<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let cell = match self {
            Self::Cell(cell) => *cell,
            Self::Own(cell) => cell,
            Self::Small(small) => return small.to_sql(ty, out),
            Self::Integers(wholes) => return wholes.to_sql(ty, out),
        };
        match cell {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Integer(whole) if *ty == Type::INT4 => i32::try_from(*whole)?.to_sql(ty, out),
            Cell::Integer(whole) => whole.to_sql(ty, out),
            Cell::Text(text) => text.to_sql(ty, out),
            Cell::Bytes(bytes) => bytes.to_sql(ty, out),
            Cell::Flag(flag) => flag.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Inserts rows in one transaction.
pub(super) async fn write(client: &Client, table: &'static Table, rows: &[Row]) -> Result<(), StoreError> {
    for row in rows {
        refuse_nul(table, row)?;
    }
    let derive = DERIVE.iter().find(|derive| derive.of == table.name);
    let made = match derive {
        Some(derive) => Some((derive, make(client, derive, table, rows).await?)),
        None => None,
    };
    client.batch_execute("BEGIN").await.map_err(error)?;
    match send(client, table, rows, made).await {
        Ok(()) => client.batch_execute("COMMIT").await.map_err(error),
        Err(wrong) => {
            let _ = client.batch_execute("ROLLBACK").await;
            Err(with_table(table, wrong))
        }
    }
}

/// Derives the data of each row.
async fn make(
    client: &Client,
    derive: &Derive,
    table: &'static Table,
    rows: &[Row],
) -> Result<Vec<Made>, StoreError> {
    let own = table.place("seq");
    let last: i64 = match own {
        Some(_) => 0,
        None => {
            let sql = format!("SELECT coalesce(max(seq), 0) FROM \"{}\"", table.name);
            column(&client.query_one(&sql, &[]).await.map_err(error)?, 0)?
        }
    };
    let numbered = rows.iter().zip(last + 1..);
    numbered
        .map(|(row, next)| {
            let seq = own.and_then(|at| row.get(at)?.integer()).unwrap_or(next);
            derive.make(table, row, seq)
        })
        .collect()
}

async fn send(
    client: &Client,
    table: &Table,
    rows: &[Row],
    made: Option<(&Derive, Vec<Made>)>,
) -> Result<(), Error> {
    let mut columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let Some((derive, made)) = made else {
        return copy_in(client, table.name, &columns, rows.iter().map(held)).await;
    };
    columns.extend(derive.columns);
    let (cells, side_table): (Vec<_>, Vec<_>) =
        made.into_iter().map(|made| (made.cells, made.side_table)).unzip();
    let whole = rows.iter().zip(cells).map(|(row, cells)| held(row).into_iter().chain(cells).collect());
    copy_in(client, table.name, &columns, whole).await?;
    match derive.side_table {
        Some((name, columns)) => copy_in(client, name, columns, side_table.into_iter().flatten()).await,
        None => Ok(()),
    }
}

fn held(row: &Row) -> Vec<Held<'_>> {
    row.iter().map(Held::Cell).collect()
}

/// Sends rows to a table. Explicit numbers replace those of the sequence.
async fn copy_in<'a>(
    client: &Client,
    table: &str,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<Held<'a>>>,
) -> Result<(), Error> {
    let columns: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
    let columns = columns.join(", ");
    let shape = client.prepare(&format!("SELECT {columns} FROM \"{table}\"")).await?;
    let types: Vec<Type> = shape.columns().iter().map(|column| column.type_().clone()).collect();
    let sink = client.copy_in(&format!("COPY \"{table}\" ({columns}) FROM STDIN (FORMAT binary)")).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
    for row in rows {
        writer.as_mut().write_raw(&row).await?;
    }
    writer.finish().await?;
    Ok(())
}

/// PostgreSQL rejects texts with the character 0, without naming the row.
fn refuse_nul(table: &'static Table, row: &Row) -> Result<(), StoreError> {
    let holds = |(cell, _): &(&Cell, _)| cell.text().is_some_and(|text| text.contains('\0'));
    match row.iter().zip(table.columns).find(holds) {
        None => Ok(()),
        Some((_, column)) => Err(StoreError::Inconsistent {
            table: table.name,
            row: table.name_of(row),
            what: format!("its {} holds the character U+0000, which PostgreSQL does not keep", column.name),
        }),
    }
}
