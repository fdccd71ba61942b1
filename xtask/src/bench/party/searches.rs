//! The searches, and their SQL.

use anyhow::Result;
use epissure_protocol::party::Resource;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::PAGE;
use crate::load::OC;

/// A search in the table.
pub(super) struct Search {
    pub(super) work: &'static str,
    pub(super) resource: Resource,
    pub(super) query: String,
    pub(super) offset: u64,
    pub(super) sql: Option<Sql>,
}

/// SQL that the backend runs for the search: the part that finds the numbers of the parties, and
/// its parameters.
#[derive(Clone)]
pub(super) struct Sql {
    pub(super) number: &'static str,
    pub(super) found: String,
    pub(super) bindings: Vec<Value>,
}

/// Parameters that find the individuals of an operator.
pub(super) struct Finds {
    operator: Value,
    numbers: [Value; 2],
}

impl Finds {
    pub(super) fn new(connection: &Connection) -> Result<Self> {
        let sql = "SELECT min(seq), max(seq) FROM individual WHERE operator = ?";
        let numbers = connection.query_row(sql, [OC], |row| Ok([row.get(0)?, row.get(1)?]))?;
        Ok(Self { operator: Value::Text(OC.to_owned()), numbers })
    }

    /// Searches by a part of a name, in one category or in all.
    fn part(&self, column: &str, part: &str, category: Option<&str>) -> Sql {
        let mut found =
            "FROM individual_text WHERE individual_text MATCH ? AND individual_text.rowid BETWEEN ? AND ?"
                .to_owned();
        let [first, last] = self.numbers.clone();
        let mut bindings = vec![Value::Text(format!("{column}:\"{part}\"")), first, last];
        if let Some(category) = category {
            found.push_str(
                " AND EXISTS (SELECT 1 FROM individual_characteristic AS pair WHERE pair.seq = individual_text.rowid
                 AND characteristic_name = 'Category' AND characteristic_value = ?)",
            );
            bindings.push(Value::Text(category.to_owned()));
        }
        Sql { number: "individual_text.rowid", found, bindings }
    }

    /// Searches by the beginning of a name.
    fn start(&self, column: &str, start: &str) -> Sql {
        let mut end = start.to_owned();
        let last = end.pop().and_then(|last| char::from_u32(u32::from(last) + 1));
        end.extend(last);
        Sql {
            number: "party.seq",
            found: format!(
                "FROM individual AS party INDEXED BY individual_by_{column} WHERE party.operator = ?
                 AND party.{column}_folded >= ? AND party.{column}_folded < ?"
            ),
            bindings: vec![self.operator.clone(), Value::Text(start.to_owned()), Value::Text(end)],
        }
    }

    fn category(&self, category: &str) -> Sql {
        let [first, last] = self.numbers.clone();
        Sql {
            number: "individual_characteristic.seq",
            found: "FROM individual_characteristic WHERE characteristic_name = 'Category'
                    AND characteristic_value = ? AND individual_characteristic.seq BETWEEN ? AND ?"
                .to_owned(),
            bindings: vec![Value::Text(category.to_owned()), first, last],
        }
    }

    fn all(&self) -> Sql {
        Sql {
            number: "party.seq",
            found: "FROM individual AS party INDEXED BY individual_by_operator WHERE party.operator = ?"
                .to_owned(),
            bindings: vec![self.operator.clone()],
        }
    }
}

const CATEGORY: &str = "partyCharacteristic.name=Category&partyCharacteristic.value";
const TYPE: &str = "organizationIdentification.identificationType";
const ID: &str = "organizationIdentification.identificationId";

/// Returns the Party page's searches of individuals.
pub(super) fn individuals(finds: &Finds, many: u64) -> Vec<Search> {
    let search = |work, query: &str, offset: u64, sql| Search {
        work,
        resource: Resource::Individual,
        query: format!("{query}&limit={PAGE}").trim_start_matches('&').to_owned()
            + &if offset > 0 { format!("&offset={offset}") } else { String::new() },
        offset,
        sql,
    };
    // Nine in ten belong to the caller, and a quarter of these are interlocutors.
    let (own, interlocutors) = (many / 10 * 9, many / 40 * 9);
    let page = |work, query: &str, sql| search(work, &format!("{query}&fields=fullName"), 0, Some(sql));
    let interlocutor = Some("operatorInterlocutor");
    vec![
        page(
            "contains, rare",
            "fullName*=*jack%20dalmaron*",
            finds.part("full_name_folded", "jack dalmaron", None),
        ),
        page("contains, some", "fullName*=*dalmar*", finds.part("full_name_folded", "dalmar", None)),
        page("contains, frequent", "fullName*=*dal*", finds.part("full_name_folded", "dal", None)),
        search("contains, two letters", "fullName*=*ov*&fields=fullName", 0, None),
        page("begins, some", "familyName*=dalmar*", finds.start("family_name", "dalmar")),
        page("begins, frequent", "fullName*=jac*", finds.start("full_name", "jac")),
        page(
            "category, a quarter",
            &format!("{CATEGORY}=operatorInterlocutor"),
            finds.category("operatorInterlocutor"),
        ),
        search(
            "the same with contact media",
            &format!("{CATEGORY}=operatorInterlocutor"),
            0,
            Some(finds.category("operatorInterlocutor")),
        ),
        page(
            "category, one in a thousand",
            &format!("{CATEGORY}=crisisInterlocutor"),
            finds.category("crisisInterlocutor"),
        ),
        page(
            "category and contains, some",
            &format!("{CATEGORY}=operatorInterlocutor&fullName*=*dalmar*"),
            finds.part("full_name_folded", "dalmar", interlocutor),
        ),
        page(
            "category and contains, frequent",
            &format!("{CATEGORY}=operatorInterlocutor&fullName*=*dal*"),
            finds.part("full_name_folded", "dal", interlocutor),
        ),
        search("all, first page", "fields=fullName", 0, Some(finds.all())),
        search("all, half way down", "fields=fullName", own / 2, Some(finds.all())),
        search(
            "category, half way down",
            &format!("{CATEGORY}=operatorInterlocutor&fields=fullName"),
            interlocutors / 2,
            Some(finds.category("operatorInterlocutor")),
        ),
    ]
}

/// Returns the Party page's searches of organizations.
pub(super) fn organizations(many: u64, siren: &str) -> Vec<Search> {
    let search = |work, query: String, offset: u64, sql| Search {
        work,
        resource: Resource::Organization,
        query: format!("{query}&limit={PAGE}")
            + &if offset > 0 { format!("&offset={offset}") } else { String::new() },
        offset,
        sql,
    };
    let text = |text: &str| Value::Text(text.to_owned());
    vec![
        search(
            "by SIREN",
            format!("{TYPE}=siren&{ID}={siren}&fields=none"),
            0,
            Some(Sql {
                number: "organization_identification.seq",
                found: "FROM organization_identification WHERE identification_type = 'siren'
                        AND identification_id = ?"
                    .to_owned(),
                bindings: vec![text(siren)],
            }),
        ),
        search("by a part of a SIREN", format!("{TYPE}=siren&{ID}*=*{}*&fields=none", &siren[3..8]), 0, None),
        search(
            "contains, some",
            "name*=*dalmar*&fields=name".to_owned(),
            0,
            Some(Sql {
                number: "organization_text.rowid",
                found: "FROM organization_text WHERE organization_text MATCH ?".to_owned(),
                bindings: vec![text("name_folded:\"dalmar\"")],
            }),
        ),
        search(
            "begins, some",
            "tradingName*=dalmar*&fields=name".to_owned(),
            0,
            Some(Sql {
                number: "party.seq",
                found: "FROM organization AS party INDEXED BY organization_by_folded_trading_name
                        WHERE party.trading_name_folded >= ? AND party.trading_name_folded < ?"
                    .to_owned(),
                bindings: vec![text("dalmar"), text("dalmas")],
            }),
        ),
        search(
            "a type, three in five",
            "organizationType=COMPANY&fields=name".to_owned(),
            0,
            Some(Sql {
                number: "party.seq",
                found:
                    "FROM organization AS party INDEXED BY organization_by_type WHERE organization_type = ?"
                        .to_owned(),
                bindings: vec![text("COMPANY")],
            }),
        ),
        search("by name, half way down", "sort=name&fields=name".to_owned(), many / 2, None),
    ]
}
