//! Rows of parties. The columns, trigrams and pairs are extracted from the document on write.

use std::collections::BTreeSet;

use epissure_filter::fold;
use epissure_filter::plan::Holds;
use epissure_protocol::json::Object;
use epissure_protocol::names::{OperatorCode, Version};
use epissure_store::{INDIVIDUAL_CATALOG, ORGANIZATION_CATALOG, PartyCatalog};
use serde_json::Value;
use tokio_postgres::types::ToSql;

use crate::bound::{Bound, looked_up};
use crate::tables::{INDIVIDUALS, ORGANIZATIONS, Table};
use crate::trigrams;

type Parameter<'a> = &'a (dyn ToSql + Sync);

/// A party, ready to be bound.
pub(crate) struct PartyRow {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) document: String,
    pub(crate) contact_medium: Option<String>,
    /// Operator of an individual.
    pub(crate) operator: Option<OperatorCode>,
    kind: &'static Kind,
    columns: Vec<Bound>,
    /// Trigrams, including those of an organization's identifications.
    trigrams: Vec<i32>,
    /// Keys and values of the pairs.
    pub(crate) pairs: Vec<(String, String)>,
    /// Stored form of the pairs: keys, look-up keys of the values, folded values.
    kept: [Vec<String>; 3],
}

/// Statements and columns of one kind of party. Parameters are in the order of
/// [`PartyRow::changing`].
pub(crate) struct Kind {
    catalog: &'static PartyCatalog,
    table: &'static Table,
    insert: &'static str,
    update: &'static str,
}

pub(crate) static ORGANIZATION: Kind = Kind {
    catalog: &ORGANIZATION_CATALOG,
    table: &ORGANIZATIONS,
    insert: "
        WITH added AS (
            INSERT INTO organization
                (version, document, trigrams, name, name_folded, trading_name, trading_name_folded,
                 is_head_office, is_legal_entity, name_type, organization_type, id)
            VALUES ($1, $2, $3, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            RETURNING seq)
        INSERT INTO organization_identification
            (identification_type, identification_id, identification_id_folded, seq)
        SELECT DISTINCT ON (key, value) key, value, folded, seq
        FROM added, unnest($4::text[], $5::text[], $6::text[]) AS pair (key, value, folded)",
    update: "
        WITH changed AS (
            UPDATE organization SET
                version = $1, document = $2, trigrams = $3, name = $7, name_folded = $8, trading_name = $9,
                trading_name_folded = $10, is_head_office = $11, is_legal_entity = $12, name_type = $13,
                organization_type = $14
            WHERE seq = $15
            RETURNING seq),
        reached AS (
            SELECT DISTINCT ON (key, value) key, value, folded
            FROM unnest($4::text[], $5::text[], $6::text[]) AS pair (key, value, folded)),
        gone AS (
            DELETE FROM organization_identification AS old USING changed
            WHERE old.seq = changed.seq
              AND NOT EXISTS (
                  SELECT 1 FROM reached
                  WHERE key = identification_type COLLATE \"C\" AND value = identification_id COLLATE \"C\"))
        INSERT INTO organization_identification
            (identification_type, identification_id, identification_id_folded, seq)
        SELECT key, value, folded, seq FROM changed, reached
        ON CONFLICT DO NOTHING",
};

pub(crate) static INDIVIDUAL: Kind = Kind {
    catalog: &INDIVIDUAL_CATALOG,
    table: &INDIVIDUALS,
    insert: "
        WITH added AS (
            INSERT INTO individual
                (version, document, trigrams, full_name, full_name_folded, family_name, family_name_folded,
                 given_name, given_name_folded, legal_name, legal_name_folded, title, middle_name, name_prefix,
                 gender, contact_medium, operator, id)
            VALUES ($1, $2, $3, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
            RETURNING seq)
        INSERT INTO individual_characteristic
            (operator, characteristic_name, characteristic_value, characteristic_value_folded, seq)
        SELECT DISTINCT ON (key, value) $20, key, value, folded, seq
        FROM added, unnest($4::text[], $5::text[], $6::text[]) AS pair (key, value, folded)",
    update: "
        WITH changed AS (
            UPDATE individual SET
                version = $1, document = $2, trigrams = $3, full_name = $7, full_name_folded = $8,
                family_name = $9, family_name_folded = $10, given_name = $11, given_name_folded = $12,
                legal_name = $13, legal_name_folded = $14, title = $15, middle_name = $16, name_prefix = $17,
                gender = $18, contact_medium = $19
            WHERE seq = $21 AND operator = $20
            RETURNING seq),
        reached AS (
            SELECT DISTINCT ON (key, value) key, value, folded
            FROM unnest($4::text[], $5::text[], $6::text[]) AS pair (key, value, folded)),
        gone AS (
            DELETE FROM individual_characteristic AS old USING changed
            WHERE old.seq = changed.seq
              AND NOT EXISTS (
                  SELECT 1 FROM reached
                  WHERE key = characteristic_name COLLATE \"C\" AND value = characteristic_value COLLATE \"C\"))
        INSERT INTO individual_characteristic
            (operator, characteristic_name, characteristic_value, characteristic_value_folded, seq)
        SELECT $20, key, value, folded, seq FROM changed, reached
        ON CONFLICT DO NOTHING",
};

impl PartyRow {
    pub(crate) fn organization(id: String, version: Version, document: Object) -> Self {
        Self::new(&ORGANIZATION, id, version, document, None, None)
    }

    pub(crate) fn individual(
        id: String,
        operator: OperatorCode,
        version: Version,
        document: Object,
        contact_medium: Option<&Value>,
    ) -> Self {
        let contact_medium = contact_medium.map(Value::to_string);
        Self::new(&INDIVIDUAL, id, version, document, contact_medium, Some(operator))
    }

    fn new(
        kind: &'static Kind,
        id: String,
        version: Version,
        document: Object,
        contact_medium: Option<String>,
        operator: Option<OperatorCode>,
    ) -> Self {
        let document = Value::Object(document);
        let pairs = kind.catalog.pair_values(0, &document);
        let mut row = Self {
            id,
            version: version.to_string(),
            document: document.to_string(),
            contact_medium,
            operator,
            kind,
            columns: columns(kind, &document),
            trigrams: Vec::new(),
            kept: kept(&pairs),
            pairs,
        };
        row.trigrams = kind.trigrams(row.owner().unwrap_or_default(), &document, &row.kept[2]);
        row
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

    /// Returns the statement that inserts the party, and its parameters.
    pub(crate) fn insert<'a>(&'a self, operator: &'a Option<&'a str>) -> (&'static str, Vec<Parameter<'a>>) {
        (self.kind.insert, self.changing(operator, &self.id))
    }

    /// Returns the statement that replaces the party with the given number, and its parameters.
    pub(crate) fn update<'a>(
        &'a self,
        operator: &'a Option<&'a str>,
        number: &'a i64,
    ) -> (&'static str, Vec<Parameter<'a>>) {
        (self.kind.update, self.changing(operator, number))
    }

    /// Returns the operator of an individual, as a parameter.
    pub(crate) fn owner(&self) -> Option<&str> {
        self.operator.as_ref().map(OperatorCode::as_str)
    }

    fn changing<'a>(&'a self, operator: &'a Option<&'a str>, which: Parameter<'a>) -> Vec<Parameter<'a>> {
        let [keys, values, folded] = &self.kept;
        let mut parameters: Vec<Parameter<'a>> =
            vec![&self.version, &self.document, &self.trigrams, keys, values, folded];
        parameters.extend(self.columns.iter().map(|column| column as Parameter<'a>));
        if operator.is_some() {
            let own: [Parameter<'a>; 2] = [&self.contact_medium, operator];
            parameters.extend(own);
        }
        parameters.push(which);
        parameters
    }
}

/// Search data derived from a party's document.
pub(crate) struct Derived {
    pub(crate) trigrams: Vec<i32>,
    /// Keys, look-up keys of the values, and folded values of the pairs; may contain duplicates.
    pub(crate) pairs: [Vec<String>; 3],
}

impl Kind {
    /// Derives the search data of a document. `owner` is empty for an organization.
    pub(crate) fn derive(&self, owner: &str, document: &Value) -> Derived {
        let pairs = kept(&self.catalog.pair_values(0, document));
        Derived { trigrams: self.trigrams(owner, document, &pairs[2]), pairs }
    }

    fn trigrams(&self, owner: &str, document: &Value, folded_pairs: &[String]) -> Vec<i32> {
        let mut numbers = BTreeSet::new();
        for folded in self.table.folded {
            let member = self.catalog.columns.iter().find(|(_, column)| column.name == folded.plain);
            let text = member.and_then(|(member, _)| document[member].as_str());
            numbers.extend(text.into_iter().flat_map(|text| trigrams::of(folded.tag, owner, &fold(text))));
        }
        if let Some(tag) = self.table.pair(0).and_then(|table| table.tag) {
            numbers.extend(folded_pairs.iter().flat_map(|text| trigrams::of(tag, owner, text)));
        }
        numbers.into_iter().collect()
    }
}

fn kept(pairs: &[(String, String)]) -> [Vec<String>; 3] {
    [
        pairs.iter().map(|(key, _)| key.clone()).collect(),
        pairs.iter().map(|(_, value)| looked_up(value)).collect(),
        pairs.iter().map(|(_, value)| fold(value)).collect(),
    ]
}

/// Checks that two texts are the same JSON, apart from the order of members.
fn same(stored: &str, own: &str) -> bool {
    let read = |text| serde_json::from_str::<Value>(text).ok();
    stored == own || read(stored).is_some_and(|stored| read(own) == Some(stored))
}

/// Returns the columns filled from a document, each followed by its folded text if it has such a
/// column. The identifier is not a member of the document.
fn columns(kind: &Kind, document: &Value) -> Vec<Bound> {
    let mut columns = Vec::new();
    for (member, column) in kind.catalog.columns.iter().filter(|(member, _)| *member != "id") {
        let value = &document[member];
        if column.holds == Holds::Flag {
            columns.push(value.as_bool().map_or(Bound::Null, Bound::Flag));
            continue;
        }
        let text = |text: Option<String>| text.map_or(Bound::Null, Bound::Text);
        columns.push(text(value.as_str().map(str::to_owned)));
        if kind.table.folded(column.name).is_some() {
            columns.push(text(value.as_str().map(fold)));
        }
    }
    columns
}
