//! The stored tables, their columns and row order. A test of each backend compares them with its
//! schema.

use super::{Cell, Row};

/// Type of a column, the same in every backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Integers, instants and durations.
    Integer,
    /// Texts.
    Text,
    /// Bytes.
    Bytes,
    /// Booleans.
    Flag,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Column name.
    pub name: &'static str,
    /// Type of the values that are not NULL.
    pub kind: Kind,
}

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Table name.
    pub name: &'static str,
    /// Copied columns, in the order in which they are hashed.
    pub columns: &'static [Column],
    /// Columns that rows are ordered by. Texts are ordered by their bytes.
    pub order: &'static [&'static str],
    /// Columns that identify a row for an administrator.
    pub key: &'static [&'static str],
    /// True when the database numbers the rows in `seq`. New numbers continue after the highest.
    pub numbered: bool,
}

impl Table {
    /// Returns the position of a column in a row.
    #[must_use]
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|own| own.name == column)
    }

    /// Returns the cell of a row for a column.
    #[must_use]
    pub fn cell<'a>(&self, row: &'a Row, column: &str) -> Option<&'a Cell> {
        row.get(self.place(column)?)
    }

    /// Describes a row for an administrator, without any secret value.
    #[must_use]
    pub fn name_of(&self, row: &Row) -> String {
        let shown = |column: &&str| {
            let value = match self.cell(row, column) {
                Some(Cell::Integer(whole)) => whole.to_string(),
                Some(Cell::Text(text)) => text.clone(),
                Some(Cell::Flag(flag)) => flag.to_string(),
                Some(Cell::Bytes(bytes)) => {
                    let beginning = &bytes[..bytes.len().min(4)];
                    format!("{}…", crate::audit::hexadecimal(beginning))
                }
                Some(Cell::Null) | None => "null".to_owned(),
            };
            format!("{column} {value}")
        };
        self.key.iter().map(shown).collect::<Vec<_>>().join(", ")
    }
}

const fn integer(name: &'static str) -> Column {
    Column { name, kind: Kind::Integer }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const fn bytes(name: &'static str) -> Column {
    Column { name, kind: Kind::Bytes }
}

const fn flag(name: &'static str) -> Column {
    Column { name, kind: Kind::Flag }
}

/// Makes a table whose rows are identified by the columns that order them.
const fn by(order: &'static [&'static str], name: &'static str, columns: &'static [Column]) -> Table {
    Table { name, columns, order, key: order, numbered: false }
}

/// Makes a table whose rows are numbered by the database.
const fn numbered(name: &'static str, columns: &'static [Column]) -> Table {
    Table { name, columns, order: &["seq"], key: &["seq"], numbered: true }
}

/// Every table, after the tables that it references.
pub static TABLES: &[Table] = &[
    by(
        &["code"],
        "operator",
        &[text("code"), text("name"), flag("is_oi"), flag("is_oc"), text("siren"), flag("strict_creation")],
    ),
    by(
        &["id"],
        "client",
        &[
            text("id"),
            text("operator"),
            text("role"),
            text("scopes"),
            bytes("secret_sha256"),
            text("secret_argon2"),
            integer("revoked"),
            integer("created"),
        ],
    ),
    by(
        &["oi", "oc"],
        "contract",
        &[
            text("oi"),
            text("oc"),
            integer("answer_delay"),
            integer("validation_delay"),
            integer("bulk_limit"),
            integer("rate"),
        ],
    ),
    by(
        &["hash"],
        "token",
        &[
            bytes("hash"),
            text("client"),
            text("scopes"),
            integer("issued"),
            integer("expires"),
            integer("revoked"),
        ],
    ),
    numbered(
        "ticket",
        &[
            integer("seq"),
            text("id"),
            text("version"),
            text("code_oi"),
            text("code_oc"),
            text("type"),
            text("status"),
            integer("entered"),
            text("zone"),
            text("complexity"),
            text("priority"),
            text("ticket_type"),
            text("status_change_reason"),
            text("name"),
            text("external_id"),
            integer("size_refs"),
            integer("creation_date"),
            integer("last_update_date"),
            integer("status_change_date"),
            integer("resolution_date"),
            integer("expected_resolution_date"),
            integer("requested_resolution_date"),
            integer("acknowledged_done"),
            integer("in_progress_done"),
            integer("pending_done"),
            integer("total_done"),
            integer("refused_done"),
            integer("accepted_done"),
            text("findings"),
            text("document"),
        ],
    ),
    numbered("note", &[integer("seq"), text("id"), integer("ticket"), text("document")]),
    numbered(
        "attachment",
        &[
            integer("seq"),
            text("id"),
            integer("ticket"),
            text("version"),
            text("status"),
            integer("created"),
            integer("due"),
            integer("attempts"),
            text("document"),
            text("author"),
            integer("bytes"),
        ],
    ),
    numbered(
        "event",
        &[
            integer("seq"),
            text("id"),
            text("type"),
            text("subject"),
            integer("time"),
            text("code_oi"),
            text("code_oc"),
            text("caused_by"),
            text("document"),
        ],
    ),
    by(
        &["oi", "oc"],
        "target",
        &[
            text("oi"),
            text("oc"),
            text("target"),
            text("secrets"),
            text("state"),
            text("reason"),
            integer("failing_since"),
            integer("held_until"),
            integer("rate"),
            integer("asked"),
        ],
    ),
    by(
        &["event"],
        "delivery",
        &[
            integer("event"),
            text("oi"),
            text("oc"),
            text("ticket"),
            text("state"),
            integer("attempts"),
            integer("step"),
            integer("due"),
        ],
    ),
    by(
        &["event", "number"],
        "attempt",
        &[
            integer("event"),
            integer("number"),
            integer("at"),
            integer("elapsed_ms"),
            integer("status"),
            text("error"),
            text("body"),
        ],
    ),
    by(&["oi", "oc"], "inbound_secret", &[text("oi"), text("oc"), text("secrets")]),
    numbered(
        "received",
        &[
            integer("seq"),
            text("oi"),
            text("source"),
            text("id"),
            text("type"),
            text("subject"),
            integer("at"),
            flag("signed"),
            text("document"),
        ],
    ),
    numbered(
        "organization",
        &[
            integer("seq"),
            text("id"),
            text("version"),
            text("name"),
            text("name_folded"),
            text("trading_name"),
            text("trading_name_folded"),
            flag("is_head_office"),
            flag("is_legal_entity"),
            text("name_type"),
            text("organization_type"),
            text("document"),
        ],
    ),
    // Numbers are specific to the backend: on SQLite they start with the operator's code. They are
    // never returned to clients, and a copy preserves their order within an operator.
    Table {
        name: "individual",
        columns: &[
            text("operator"),
            text("id"),
            text("version"),
            text("full_name"),
            text("full_name_folded"),
            text("family_name"),
            text("family_name_folded"),
            text("given_name"),
            text("given_name_folded"),
            text("legal_name"),
            text("legal_name_folded"),
            text("title"),
            text("middle_name"),
            text("name_prefix"),
            text("gender"),
            text("document"),
            text("contact_medium"),
        ],
        order: &["operator", "seq"],
        key: &["id"],
        numbered: true,
    },
    by(
        &["client", "key"],
        "idempotency",
        &[
            text("client"),
            text("key"),
            bytes("fingerprint"),
            integer("at"),
            text("individual"),
            text("version"),
            text("document"),
            text("contact_medium"),
        ],
    ),
    by(
        &["number"],
        "audit",
        &[
            integer("number"),
            integer("at"),
            text("kind"),
            text("author"),
            text("operator"),
            text("role"),
            text("address"),
            text("request"),
            text("action"),
            text("subject"),
            text("before"),
            text("after"),
            text("previous"),
            text("hash"),
        ],
    ),
    by(
        &["number"],
        "audit_seal",
        &[integer("number"), text("hash"), integer("at"), text("key"), text("mac")],
    ),
    by(
        &["number"],
        "audit_checkpoint",
        &[integer("number"), text("hash"), integer("at"), text("key"), text("mac")],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_named_so_that_it_is_found_and_no_hash_of_a_token_is_shown_whole() {
        let named = |name: &str, column: &str, cell: Cell| {
            let table = TABLES.iter().find(|table| table.name == name).expect("a table");
            let mut row = vec![Cell::Null; table.columns.len()];
            row[table.place(column).expect("a column")] = cell;
            table.name_of(&row)
        };
        assert_eq!(named("ticket", "seq", Cell::Integer(7)), "seq 7");
        assert_eq!(named("individual", "id", Cell::Text("x".to_owned())), "id x");
        assert_eq!(named("contract", "oi", Cell::Text("FTEL".to_owned())), "oi FTEL, oc null");
        assert_eq!(named("token", "hash", Cell::Bytes(vec![0xab; 32])), "hash abababab…");
    }

    #[test]
    fn keys_are_columns() {
        for table in TABLES {
            assert!(table.key.iter().all(|column| table.place(column).is_some()), "{}", table.name);
            let ordered = |column: &&str| table.place(column).is_some() || *column == "seq";
            assert!(table.order.iter().all(ordered), "{}", table.name);
        }
    }
}
