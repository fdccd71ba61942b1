//! Copy of tickets from SQLite to PostgreSQL.
//!
//! Both backends have the same rows under the same names (ADR 014). One filled database can
//! therefore fill any number of others, much faster than the server's own writes, which would take
//! an hour.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use epissure_store_postgres::{Address, PostgresStore, Settings};
use epissure_store_sqlite::FILE_NAME;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::{Progress, rate};
use crate::psql::Psql;

/// Tables with rows in a filled database, each after the tables that it references.
const TABLES: &[&str] = &["operator", "client", "contract", "ticket", "multi_value", "audit"];

/// Opens a PostgreSQL database, with its tables.
pub(crate) async fn open(url: &str) -> Result<PostgresStore> {
    let address = Address::parse(url, &|name| std::env::var(name).ok())?;
    Ok(PostgresStore::open(&Settings::new(address)).await?)
}

/// Copies everything from the database of a folder to a new one.
pub(crate) fn copy(folder: &Path, url: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let store = runtime.block_on(open(url))?;
    let psql = Psql::new(url);
    if psql.value("SELECT count(*) FROM (SELECT FROM audit LIMIT 1) AS one")? != "0" {
        bail!("somebody has written to that database already: tickets are copied to a new one only");
    }
    let from = Connection::open(folder.join(FILE_NAME))?;
    let started = Instant::now();
    let mut tickets = 0;
    for table in TABLES {
        let copied = Table::new(table, &from, &psql)?.copy()?;
        if *table == "ticket" {
            tickets = copied;
        }
    }
    psql.run("SELECT setval(pg_get_serial_sequence('ticket', 'seq'), max(seq)) FROM ticket")?;
    let elapsed = started.elapsed();
    println!("{tickets} tickets copied in {:.1} s: {:.0}/s", elapsed.as_secs_f64(), rate(tickets, elapsed));
    println!("the planner reads what it needs to know");
    Ok(runtime.block_on(store.analyze())?)
}

/// A copied table.
struct Table<'a> {
    name: &'a str,
    /// Columns of PostgreSQL, in its order; SQLite has them too.
    columns: Vec<String>,
    from: &'a Connection,
    to: &'a Psql,
}

impl<'a> Table<'a> {
    fn new(name: &'a str, from: &'a Connection, to: &'a Psql) -> Result<Self> {
        let sql = format!(
            "SELECT attname FROM pg_attribute
             WHERE attrelid = '{name}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        );
        let columns = to.rows(&sql)?.into_iter().flatten().collect();
        Ok(Self { name, columns, from, to })
    }

    /// Copies the rows. Returns their number.
    fn copy(&self) -> Result<u64> {
        let Self { name, from, .. } = *self;
        let total =
            from.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get::<_, i64>(0))?;
        let progress = Progress::new(total.unsigned_abs(), format!("rows of {name}"));
        // A name qualified by its table is never read as a text, unlike an unknown plain name in
        // SQLite.
        let all: Vec<String> = self.columns.iter().map(|column| format!("{name}.\"{column}\"")).collect();
        let mut statement = from.prepare(&format!("SELECT {} FROM {name} ORDER BY 1", all.join(", ")))?;
        let names: Vec<String> = self.columns.iter().map(|column| format!("\"{column}\"")).collect();
        let sql = format!("COPY {name} ({}) FROM STDIN", names.join(", "));
        self.to
            .copy(&sql, |to| {
                let mut rows = statement.query([])?;
                let mut line = Vec::new();
                while let Some(row) = rows.next()? {
                    line.clear();
                    for column in 0..self.columns.len() {
                        write_value(&mut line, row.get_ref(column)?, column == 0);
                    }
                    line.push(b'\n');
                    to.write_all(&line)?;
                    progress.step();
                }
                Ok(())
            })
            .with_context(|| format!("the table {name} cannot be copied"))?;
        progress.end();
        Ok(total.unsigned_abs())
    }
}

/// Appends a value in the text format of `COPY`.
fn write_value(line: &mut Vec<u8>, value: ValueRef<'_>, first: bool) {
    if !first {
        line.push(b'\t');
    }
    match value {
        ValueRef::Null => line.extend(b"\\N"),
        ValueRef::Integer(whole) => line.extend(whole.to_string().bytes()),
        ValueRef::Real(number) => line.extend(number.to_string().bytes()),
        ValueRef::Text(text) => {
            for &byte in text {
                match byte {
                    b'\\' => line.extend(b"\\\\"),
                    b'\t' => line.extend(b"\\t"),
                    b'\n' => line.extend(b"\\n"),
                    b'\r' => line.extend(b"\\r"),
                    byte => line.push(byte),
                }
            }
        }
        ValueRef::Blob(bytes) => {
            line.extend(b"\\\\x");
            line.extend(bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_so_that_copy_reads_the_same() {
        let values = [
            ValueRef::Integer(-7),
            ValueRef::Null,
            ValueRef::Text("une\tligne\nà l\\N".as_bytes()),
            ValueRef::Blob(&[0, 255]),
        ];
        let mut line = Vec::new();
        for (number, value) in values.into_iter().enumerate() {
            write_value(&mut line, value, number == 0);
        }
        assert_eq!(String::from_utf8(line).unwrap(), "-7\t\\N\tune\\tligne\\nà l\\\\N\t\\\\x00ff");
    }
}
