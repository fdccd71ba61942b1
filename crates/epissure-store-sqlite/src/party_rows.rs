//! Rows of parties. The columns and pairs are extracted from the document on write.

use epissure_filter::fold;
use epissure_filter::plan::Holds;
use epissure_protocol::json::Object;
use epissure_protocol::names::Version;
use epissure_store::{INDIVIDUAL_CATALOG, ORGANIZATION_CATALOG, PartyCatalog};
use rusqlite::types::Value as Bound;
use rusqlite::{Connection, Statement, params, params_from_iter};
use serde_json::Value;

use crate::tickets::bind;

/// A party, ready to be bound. Everything is computed beforehand, off the writer's thread.
pub(crate) struct PartyRow {
    kind: &'static Kind,
    id: String,
    document: String,
    contact_medium: Option<String>,
    columns: Vec<(String, Bound)>,
    /// Folded values of the columns.
    texts: Vec<Bound>,
    /// Keys and values of the pairs.
    pub(crate) pairs: Vec<(String, String)>,
}

/// Statements and columns of one kind of party.
pub(crate) struct Kind {
    catalog: &'static PartyCatalog,
    /// Columns with a folded copy.
    folded: &'static [&'static str],
    has_contact_medium: bool,
    insert: &'static str,
    update: &'static str,
    texts: &'static str,
    add_texts: &'static str,
    forget_texts: &'static str,
    add_pair: &'static str,
    /// True when the values of pairs are also stored folded, in each pair and all together in the
    /// row.
    folds_pairs: bool,
    pairs: &'static str,
    forget_pairs: &'static str,
}

pub(crate) static ORGANIZATION: Kind = Kind {
    catalog: &ORGANIZATION_CATALOG,
    folded: &["name", "trading_name"],
    has_contact_medium: false,
    insert: "INSERT INTO organization
                 (id, version, name, name_folded, trading_name, trading_name_folded, is_head_office,
                  is_legal_entity, name_type, organization_type, identifications_folded, document)
             VALUES
                 (:id, :version, :name, :name_folded, :trading_name, :trading_name_folded, :is_head_office,
                  :is_legal_entity, :name_type, :organization_type, :identifications_folded, :document)",
    update: "UPDATE organization SET
                 version = :version, name = :name, name_folded = :name_folded, trading_name = :trading_name,
                 trading_name_folded = :trading_name_folded, is_head_office = :is_head_office,
                 is_legal_entity = :is_legal_entity, name_type = :name_type,
                 organization_type = :organization_type,
                 identifications_folded = :identifications_folded, document = :document
             WHERE seq = :seq",
    texts: "SELECT name_folded, trading_name_folded, identifications_folded FROM organization WHERE seq = ?",
    add_texts:
        "INSERT INTO organization_text (rowid, name_folded, trading_name_folded, identifications_folded)
                VALUES (?, ?, ?, ?)",
    forget_texts: "INSERT INTO organization_text
                       (organization_text, rowid, name_folded, trading_name_folded, identifications_folded)
                   VALUES ('delete', ?, ?, ?, ?)",
    add_pair: "INSERT INTO organization_identification
                   (seq, identification_type, identification_id, identification_id_folded)
               VALUES (?, ?, ?, ?)",
    folds_pairs: true,
    pairs: "SELECT identification_type, identification_id FROM organization_identification
            WHERE seq = ? ORDER BY 1, 2",
    forget_pairs: "DELETE FROM organization_identification WHERE seq = ?",
};

pub(crate) static INDIVIDUAL: Kind = Kind {
    catalog: &INDIVIDUAL_CATALOG,
    folded: &["full_name", "family_name", "given_name", "legal_name"],
    has_contact_medium: true,
    insert: "INSERT INTO individual
                 (seq, id, version, operator, full_name, full_name_folded, family_name, family_name_folded,
                  given_name, given_name_folded, legal_name, legal_name_folded, title, middle_name,
                  name_prefix, gender, document, contact_medium)
             VALUES
                 ((SELECT coalesce(max(seq) + 1, :first) FROM individual WHERE seq BETWEEN :first AND :last),
                  :id, :version, :operator, :full_name, :full_name_folded, :family_name, :family_name_folded,
                  :given_name, :given_name_folded, :legal_name, :legal_name_folded, :title, :middle_name,
                  :name_prefix, :gender, :document, :contact_medium)",
    update: "UPDATE individual SET
                 version = :version, full_name = :full_name, full_name_folded = :full_name_folded,
                 family_name = :family_name, family_name_folded = :family_name_folded,
                 given_name = :given_name, given_name_folded = :given_name_folded,
                 legal_name = :legal_name, legal_name_folded = :legal_name_folded, title = :title,
                 middle_name = :middle_name, name_prefix = :name_prefix, gender = :gender,
                 document = :document, contact_medium = :contact_medium
             WHERE seq = :seq",
    texts: "SELECT full_name_folded, family_name_folded, given_name_folded, legal_name_folded
            FROM individual WHERE seq = ?",
    add_texts: "INSERT INTO individual_text
                    (rowid, full_name_folded, family_name_folded, given_name_folded, legal_name_folded)
                VALUES (?, ?, ?, ?, ?)",
    forget_texts: "INSERT INTO individual_text
                       (individual_text, rowid, full_name_folded, family_name_folded, given_name_folded,
                        legal_name_folded)
                   VALUES ('delete', ?, ?, ?, ?, ?)",
    add_pair: "INSERT INTO individual_characteristic (seq, characteristic_name, characteristic_value)
               VALUES (?, ?, ?)",
    folds_pairs: false,
    pairs: "SELECT characteristic_name, characteristic_value FROM individual_characteristic
            WHERE seq = ? ORDER BY 1, 2",
    forget_pairs: "DELETE FROM individual_characteristic WHERE seq = ?",
};

impl PartyRow {
    pub(crate) fn organization(id: String, version: Version, document: Object) -> Self {
        Self::new(&ORGANIZATION, id, version, document, None)
    }

    pub(crate) fn individual(
        id: String,
        version: Version,
        document: Object,
        contact_medium: Option<&Value>,
    ) -> Self {
        Self::new(&INDIVIDUAL, id, version, document, contact_medium.map(Value::to_string))
    }

    fn new(
        kind: &'static Kind,
        id: String,
        version: Version,
        document: Object,
        contact_medium: Option<String>,
    ) -> Self {
        let document = Value::Object(document);
        let pairs = kind.catalog.pair_values(0, &document);
        let mut columns = columns(kind, &document);
        if kind.folds_pairs {
            columns.push((":identifications_folded".to_owned(), folded_lines(&pairs).into()));
        }
        let text = document.to_string();
        columns.push((":version".to_owned(), version.to_string().into()));
        columns.push((":document".to_owned(), text.clone().into()));
        if kind.has_contact_medium {
            columns.push((":contact_medium".to_owned(), contact_medium.clone().into()));
        }
        let texts = columns.iter().filter(|(name, _)| name.ends_with("_folded"));
        let texts = texts.map(|(_, value)| value.clone()).collect();
        Self { kind, id, document: text, contact_medium, columns, texts, pairs }
    }

    /// Checks that a stored party is identical, apart from its version.
    pub(crate) fn is(&self, document: &str, contact_medium: Option<&str>) -> bool {
        same(document, &self.document)
            && match (contact_medium, &self.contact_medium) {
                (None, None) => true,
                (Some(stored), Some(own)) => same(stored, own),
                _ => false,
            }
    }

    /// Inserts the party and returns its number.
    pub(crate) fn insert(
        &self,
        connection: &Connection,
        owner: Option<(&str, (i64, i64))>,
    ) -> rusqlite::Result<i64> {
        let mut statement = connection.prepare_cached(self.kind.insert)?;
        self.bind(&mut statement)?;
        bind(&mut statement, ":id", &self.id)?;
        if let Some((operator, (first, last))) = owner {
            bind(&mut statement, ":operator", &operator)?;
            bind(&mut statement, ":first", &first)?;
            bind(&mut statement, ":last", &last)?;
        }
        statement.raw_execute()?;
        let seq = connection.last_insert_rowid();
        self.insert_texts(connection, seq)?;
        self.kind.insert_pairs(connection, seq, &self.pairs)?;
        Ok(seq)
    }

    /// Replaces the stored version of the party.
    pub(crate) fn update(&self, connection: &Connection, seq: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(self.kind.update)?;
        self.bind(&mut statement)?;
        bind(&mut statement, ":seq", &seq)?;
        let before = texts(connection, self.kind, seq)?;
        statement.raw_execute()?;
        if before != self.texts {
            forget_texts(connection, self.kind, seq, &before)?;
            self.insert_texts(connection, seq)?;
        }
        self.replace_pairs(connection, seq)
    }

    fn insert_texts(&self, connection: &Connection, seq: i64) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(self.kind.add_texts)?;
        statement.execute(params_from_iter(numbered(seq, &self.texts)))?;
        Ok(())
    }

    fn bind(&self, statement: &mut Statement<'_>) -> rusqlite::Result<()> {
        for (name, value) in &self.columns {
            bind(statement, name, value)?;
        }
        Ok(())
    }

    /// Most changes leave the pairs unchanged, so they are compared before any write.
    fn replace_pairs(&self, connection: &Connection, seq: i64) -> rusqlite::Result<()> {
        let mut present = connection.prepare_cached(self.kind.pairs)?;
        let present: Vec<(String, String)> =
            present.query_map([seq], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        if present == self.pairs {
            return Ok(());
        }
        connection.prepare_cached(self.kind.forget_pairs)?.execute([seq])?;
        self.kind.insert_pairs(connection, seq, &self.pairs)
    }
}

impl Kind {
    /// Derives the search data of a document, for a row copied from another database.
    pub(crate) fn derive(&self, connection: &Connection, seq: i64, document: &Value) -> rusqlite::Result<()> {
        let pairs = self.catalog.pair_values(0, document);
        if self.folds_pairs {
            connection
                .prepare_cached("UPDATE organization SET identifications_folded = ? WHERE seq = ?")?
                .execute(params![folded_lines(&pairs), seq])?;
        }
        self.insert_pairs(connection, seq, &pairs)?;
        let texts = texts(connection, self, seq)?;
        connection.prepare_cached(self.add_texts)?.execute(params_from_iter(numbered(seq, &texts)))?;
        Ok(())
    }

    fn insert_pairs(
        &self,
        connection: &Connection,
        seq: i64,
        pairs: &[(String, String)],
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(self.add_pair)?;
        for (key, value) in pairs {
            if self.folds_pairs {
                statement.execute(params![seq, key, value, fold(value)])?;
            } else {
                statement.execute(params![seq, key, value])?;
            }
        }
        Ok(())
    }
}

/// Returns the folded values of pairs, one per line.
fn folded_lines(pairs: &[(String, String)]) -> String {
    let lines: Vec<String> = pairs.iter().map(|(_, value)| fold(value)).collect();
    lines.join("\n")
}

/// Deletes an individual. Its pairs are deleted with its row.
pub(crate) fn erase_individual(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    let before = texts(connection, &INDIVIDUAL, seq)?;
    connection.prepare_cached("DELETE FROM individual WHERE seq = ?")?.execute([seq])?;
    forget_texts(connection, &INDIVIDUAL, seq, &before)
}

/// Returns the stored folded texts of a party.
fn texts(connection: &Connection, kind: &Kind, seq: i64) -> rusqlite::Result<Vec<Bound>> {
    connection
        .prepare_cached(kind.texts)?
        .query_row([seq], |row| (0..row.as_ref().column_count()).map(|at| row.get(at)).collect())
}

/// Removes texts from the trigram index. They must be those that were inserted.
fn forget_texts(connection: &Connection, kind: &Kind, seq: i64, texts: &[Bound]) -> rusqlite::Result<()> {
    connection.prepare_cached(kind.forget_texts)?.execute(params_from_iter(numbered(seq, texts)))?;
    Ok(())
}

fn numbered(seq: i64, texts: &[Bound]) -> impl Iterator<Item = Bound> {
    std::iter::once(Bound::Integer(seq)).chain(texts.iter().cloned())
}

/// Checks that two texts are the same JSON, apart from the order of members.
fn same(stored: &str, own: &str) -> bool {
    let read = |text| serde_json::from_str::<Value>(text).ok();
    stored == own || read(stored).is_some_and(|stored| read(own) == Some(stored))
}

/// Returns the parameters of the columns filled from a document. The identifier is not one of its
/// members.
fn columns(kind: &Kind, document: &Value) -> Vec<(String, Bound)> {
    let mut columns = Vec::new();
    for (member, column) in kind.catalog.columns.iter().filter(|(member, _)| *member != "id") {
        let value = &document[member];
        if column.holds == Holds::Flag {
            columns.push((format!(":{}", column.name), value.as_bool().into()));
            continue;
        }
        let text = value.as_str();
        columns.push((format!(":{}", column.name), text.map(str::to_owned).into()));
        if kind.folded.contains(&column.name) {
            columns.push((format!(":{}_folded", column.name), text.map(fold).into()));
        }
    }
    columns
}
