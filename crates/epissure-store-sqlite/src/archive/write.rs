//! Inserting rows of another database, and the data that this backend derives from them.

use epissure_protocol::names::OperatorCode;
use epissure_store::archive::{Cell, Row, Table};
use epissure_store::{StoreError, multi_values};
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, TransactionBehavior, params_from_iter};
use serde_json::Value;

use crate::error;
use crate::party_rows::{INDIVIDUAL, ORGANIZATION};
use crate::render::party::numbers_of;
use crate::tickets::insert_values;

/// Inserts rows in one transaction.
pub(super) fn write(
    connection: &mut Connection,
    table: &'static Table,
    rows: &[Row],
) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(error)?;
    let insert = Insert::into(table);
    let derive = DERIVE.iter().find(|(name, _)| *name == table.name).map(|(_, derive)| *derive);
    for row in rows {
        insert.run(&transaction, row).map_err(error)?;
        if let Some(derive) = derive {
            let seq = transaction.last_insert_rowid();
            derive(&transaction, seq, &document(table, row)?).map_err(error)?;
        }
    }
    transaction.commit().map_err(error)
}

/// Derives the data of a document, for the row with the given number.
type Derive = fn(&Connection, i64, &Value) -> rusqlite::Result<()>;

const DERIVE: &[(&str, Derive)] = &[
    ("ticket", |connection, seq, document| insert_values(connection, seq, &multi_values(document))),
    ("organization", |connection, seq, document| ORGANIZATION.derive(connection, seq, document)),
    ("individual", |connection, seq, document| INDIVIDUAL.derive(connection, seq, document)),
];

fn document(table: &'static Table, row: &Row) -> Result<Value, StoreError> {
    let text = table.cell(row, "document").and_then(Cell::text).unwrap_or_default();
    serde_json::from_str(text).map_err(|error| StoreError::Inconsistent {
        table: table.name,
        row: table.name_of(row),
        what: format!("its document is no JSON ({:?})", error.classify()),
    })
}

/// Insertion of the rows of a table.
struct Insert {
    sql: String,
    /// Position of the operator in an individual's row, whose number this backend assigns.
    operator: Option<usize>,
}

impl Insert {
    fn into(table: &Table) -> Self {
        let mut columns: Vec<String> =
            table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let mut values: Vec<String> = (1..=columns.len()).map(|at| format!("?{at}")).collect();
        let operator = if table.name == "individual" { table.place("operator") } else { None };
        if operator.is_some() {
            let (first, last) = (columns.len() + 1, columns.len() + 2);
            columns.push("seq".to_owned());
            values.push(format!(
                "(SELECT coalesce(max(seq) + 1, ?{first}) FROM individual WHERE seq BETWEEN ?{first} AND ?{last})"
            ));
        }
        let sql =
            format!("INSERT INTO \"{}\" ({}) VALUES ({})", table.name, columns.join(", "), values.join(", "));
        Self { sql, operator }
    }

    fn run(&self, connection: &Connection, row: &Row) -> rusqlite::Result<()> {
        let own = self.operator.and_then(|at| row.get(at)?.text()).and_then(OperatorCode::parse);
        let numbers = own.map(|operator| numbers_of(&operator));
        let numbers = numbers.map(|(first, last)| [Cell::Integer(first), Cell::Integer(last)]);
        let mut statement = connection.prepare_cached(&self.sql)?;
        statement.execute(params_from_iter(row.iter().chain(numbers.iter().flatten()).map(Bound)))?;
        Ok(())
    }
}

/// A cell, as a parameter.
struct Bound<'a>(&'a Cell);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Cell::Null => Null.into(),
            Cell::Integer(whole) => (*whole).into(),
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Cell::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Cell::Flag(flag) => (*flag).into(),
        })
    }
}
