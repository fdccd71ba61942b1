//! Cost of the database alone: the prepared statements of a search, on a connection of their own.

use std::path::Path;

use anyhow::Result;
use epissure_protocol::party::Resource;
use epissure_store_sqlite::FILE_NAME;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::PAGE;
use super::searches::{Search, Sql};

/// Opens a connection with the backend's settings.
pub(super) fn open(data: &Path) -> Result<Connection> {
    let connection = Connection::open(data.join(FILE_NAME))?;
    connection.execute_batch(
        "PRAGMA cache_size = -16384; PRAGMA mmap_size = 2147418112; PRAGMA temp_store = MEMORY;
         PRAGMA query_only = ON;",
    )?;
    Ok(connection)
}

/// Prepared statements of a search.
pub(super) struct Statements<'a> {
    rows: rusqlite::Statement<'a>,
    count: rusqlite::Statement<'a>,
    bindings: Vec<Value>,
    offset: u64,
}

type Kept = (String, String, String, Option<String>);

impl<'a> Statements<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        search: &Search,
        sql: &Sql,
        with_media: bool,
    ) -> Result<Self> {
        let Sql { number, found, bindings } = sql;
        let media =
            if with_media && search.resource == Resource::Individual { "contact_medium" } else { "NULL" };
        let rows = format!(
            "SELECT id, version, document, {media} FROM {} AS party WHERE seq IN
             (SELECT {number} {found} ORDER BY {number} LIMIT ? OFFSET ?) ORDER BY seq",
            search.resource.segment()
        );
        Ok(Self {
            rows: connection.prepare(&rows)?,
            count: connection.prepare(&format!("SELECT count(*) {found}"))?,
            bindings: bindings.clone(),
            offset: search.offset,
        })
    }

    /// Reads the page, decoded into strings as the backend does, and counts unless the page is
    /// short.
    pub(super) fn run(&mut self, connection: &Connection) -> Result<u64> {
        let snapshot = connection.unchecked_transaction()?;
        let page = [Value::Integer(PAGE), Value::Integer(i64::try_from(self.offset)?)];
        let bound = self.bindings.iter().chain(&page);
        let rows = self.rows.query_map(params_from_iter(bound), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        let rows = rows.collect::<Result<Vec<Kept>, _>>()?;
        let found = u64::try_from(rows.len())?;
        let total = if found < PAGE.unsigned_abs() && (found > 0 || self.offset == 0) {
            self.offset + found
        } else {
            self.count.query_row(params_from_iter(&self.bindings), |row| row.get::<_, i64>(0))?.unsigned_abs()
        };
        snapshot.finish()?;
        Ok(total)
    }
}
