//! Parties as rows of a table (RFC 4180, with `;` or `,`): the recognized columns, and the member
//! that each fills.

use epissure_protocol::json::Object;
use serde_json::{Value, json};

/// A column.
struct Column {
    name: &'static str,
    writes: Writes,
}

/// Destination of a cell's text in the document.
#[derive(Clone, Copy)]
enum Writes {
    /// The member with the column's name.
    Member,
    /// The member with the column's name, as a boolean.
    Flag,
    /// This member of an external reference.
    Reference(&'static str),
    /// An identification of the column's type.
    Identification,
    /// The characteristic that individuals are searched by.
    Category,
    /// A member of a contact medium: `mediumType`, `contactType`, name of the member.
    Medium(&'static str, &'static str, &'static str),
}

const fn column(name: &'static str, writes: Writes) -> Column {
    Column { name, writes }
}

const fn member(name: &'static str) -> Column {
    column(name, Writes::Member)
}

/// Columns that a header may contain.
const COLUMNS: &[Column] = &[
    member("@type"),
    member("id"),
    column("externalReferenceType", Writes::Reference("externalReferenceType")),
    column("externalReference", Writes::Reference("name")),
    member("name"),
    member("tradingName"),
    member("nameType"),
    member("organizationType"),
    column("isHeadOffice", Writes::Flag),
    column("isLegalEntity", Writes::Flag),
    column("siren", Writes::Identification),
    column("codeArcepRip", Writes::Identification),
    column("rceId", Writes::Identification),
    column("trigramRip", Writes::Identification),
    member("familyName"),
    member("givenName"),
    member("fullName"),
    member("legalName"),
    member("title"),
    member("middleName"),
    member("namePrefix"),
    member("gender"),
    column("category", Writes::Category),
    column("mobile", Writes::Medium("PHONE", "MOBILE_OFFICE", "phoneNumber")),
    column("phone", Writes::Medium("PHONE", "FIXED_OFFICE", "phoneNumber")),
    column("fax", Writes::Medium("PHONE", "FAX", "faxNumber")),
    column("email", Writes::Medium("MAIL", "OTHER", "emailAddress")),
    column("street1", Writes::Medium("ADDRESS", "OTHER", "street1")),
    column("street2", Writes::Medium("ADDRESS", "OTHER", "street2")),
    column("postCode", Writes::Medium("ADDRESS", "OTHER", "postCode")),
    column("city", Writes::Medium("ADDRESS", "OTHER", "city")),
    column("country", Writes::Medium("ADDRESS", "OTHER", "country")),
    member("status"),
];

/// The header: the column at each position.
pub(super) struct Header {
    columns: Vec<&'static Column>,
    separator: char,
}

impl Header {
    /// Parses the header.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let outside = |separator| {
            let mut row = Row::default();
            let whole = row.add(line, separator);
            if whole { row.cells.len() } else { 0 }
        };
        let separator = if outside(';') > outside(',') { ';' } else { ',' };
        let mut row = Row::default();
        if !row.add(line, separator) {
            return Err("a quote of the first line is not closed".to_owned());
        }
        let mut columns: Vec<&'static Column> = Vec::new();
        for name in row.cells.iter().map(|cell| cell.trim()) {
            let Some(column) = COLUMNS.iter().find(|column| column.name == name) else {
                let all: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
                return Err(format!(
                    "the first line names the column `{}`, which there is not; the columns are {}",
                    name.chars().take(80).collect::<String>(),
                    all.join(", ")
                ));
            };
            if columns.iter().any(|known| known.name == name) {
                return Err(format!("the first line names the column `{name}` twice"));
            }
            columns.push(column);
        }
        Ok(Self { columns, separator })
    }

    /// Appends a line to a row. Returns true when the row is complete.
    pub(super) fn add(&self, row: &mut Row, line: &str) -> bool {
        row.add(line, self.separator)
    }

    /// Converts a row to a document. Empty cells are ignored.
    pub(super) fn document(&self, row: Row) -> Result<Object, String> {
        if row.cells.len() != self.columns.len() {
            return Err(format!(
                "It has {} cells where the first line has {}",
                row.cells.len(),
                self.columns.len()
            ));
        }
        let mut document = Object::new();
        for (column, cell) in self.columns.iter().zip(row.cells) {
            let cell = cell.trim();
            if !cell.is_empty() {
                column.write(cell, &mut document);
            }
        }
        Ok(document)
    }
}

impl Column {
    fn write(&self, cell: &str, document: &mut Object) {
        match self.writes {
            Writes::Member => {
                *value(document, self.name) = cell.into();
            }
            Writes::Flag => {
                // Any other text is stored as text, and refused by the protocol's own validation.
                let flag = cell.to_ascii_lowercase().parse::<bool>();
                *value(document, self.name) = flag.map_or_else(|_| cell.into(), Value::Bool);
            }
            Writes::Identification => append(
                value(document, "organizationIdentification"),
                json!({"identificationType": self.name, "identificationId": cell}),
            ),
            Writes::Category => append(
                value(document, "partyCharacteristic"),
                json!({"name": "Category", "valueType": "STRING", "value": cell}),
            ),
            Writes::Reference(member) => {
                let references = value(document, "externalReference");
                if references.is_null() {
                    append(references, json!({}));
                }
                references[0][member] = cell.into();
            }
            Writes::Medium(medium, contact, member) => {
                let media = value(document, "contactMedium");
                let same =
                    |it: &Value| it["mediumType"] == medium && it["characteristic"]["contactType"] == contact;
                let known = media.as_array().and_then(|media| media.iter().position(same));
                let at = known.unwrap_or_else(|| {
                    append(media, json!({"mediumType": medium, "characteristic": {"contactType": contact}}));
                    media.as_array().map_or(0, |media| media.len() - 1)
                });
                media[at]["characteristic"][member] = cell.into();
            }
        }
    }
}

/// Returns the value of a member, inserting null if missing.
fn value<'a>(document: &'a mut Object, member: &str) -> &'a mut Value {
    document.entry(member).or_insert(Value::Null)
}

/// Appends an element to an array, creating it if missing.
fn append(array: &mut Value, element: Value) {
    match array {
        Value::Array(elements) => elements.push(element),
        other => *other = Value::Array(vec![element]),
    }
}

/// A row being parsed: a quoted cell may contain line breaks.
#[derive(Default)]
pub(super) struct Row {
    cells: Vec<String>,
    cell: String,
    state: State,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a cell.
    #[default]
    Start,
    /// In an unquoted cell, or after the closing quote.
    Bare,
    /// In a quoted cell.
    Quoted,
    /// After a quote in a quoted cell: the closing one, or the first of an escaped pair.
    Quote,
}

impl Row {
    fn add(&mut self, line: &str, separator: char) -> bool {
        for character in line.chars() {
            self.state = match (self.state, character) {
                (State::Start, '"') => State::Quoted,
                (State::Quoted, '"') => State::Quote,
                (State::Quote, '"') => {
                    self.cell.push('"');
                    State::Quoted
                }
                (State::Start | State::Bare | State::Quote, character) if character == separator => {
                    self.end_cell();
                    State::Start
                }
                (state, character) => {
                    self.cell.push(character);
                    if state == State::Quoted { state } else { State::Bare }
                }
            };
        }
        if self.state == State::Quoted {
            self.cell.push('\n');
            return false;
        }
        self.end_cell();
        true
    }

    fn end_cell(&mut self) {
        self.cells.push(std::mem::take(&mut self.cell));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(header: &str, lines: &[&str]) -> Result<Value, String> {
        let header = Header::read(header)?;
        let mut row = Row::default();
        let ended: Vec<bool> = lines.iter().map(|line| header.add(&mut row, line)).collect();
        assert_eq!(ended.iter().position(|ended| *ended), Some(lines.len() - 1), "{lines:?}");
        header.document(row).map(Value::Object)
    }

    #[test]
    fn a_row_becomes_a_document_and_an_empty_cell_nothing() {
        let header = "name;tradingName;isHeadOffice;isLegalEntity;siren;codeArcepRip;rceId";
        assert_eq!(
            document(header, &["Lilas ; ;TRUE;oui;732829320;LILA;"]),
            Ok(json!({
                "name": "Lilas",
                "isHeadOffice": true,
                "isLegalEntity": "oui",
                "organizationIdentification": [
                    {"identificationType": "siren", "identificationId": "732829320"},
                    {"identificationType": "codeArcepRip", "identificationId": "LILA"},
                ],
            }))
        );
        let header = "familyName,givenName,category,mobile,phone,email,city,street1,externalReference,externalReferenceType";
        assert_eq!(
            document(
                header,
                &["Dalton,Jack,operatorInterlocutor,0639980001,,j@x.example,Paris,1 rue de la paix,7,hr"]
            ),
            Ok(json!({
                "familyName": "Dalton",
                "givenName": "Jack",
                "partyCharacteristic": [{"name": "Category", "valueType": "STRING", "value": "operatorInterlocutor"}],
                "contactMedium": [
                    {"mediumType": "PHONE", "characteristic": {"contactType": "MOBILE_OFFICE", "phoneNumber": "0639980001"}},
                    {"mediumType": "MAIL", "characteristic": {"contactType": "OTHER", "emailAddress": "j@x.example"}},
                    {"mediumType": "ADDRESS", "characteristic": {"contactType": "OTHER", "city": "Paris", "street1": "1 rue de la paix"}},
                ],
                "externalReference": [{"name": "7", "externalReferenceType": "hr"}],
            }))
        );
    }

    #[test]
    fn cells_may_be_quoted_and_hold_separators_quotes_and_ends_of_lines() {
        for (lines, name, title) in [
            (&[r#""a;b";c"#][..], "a;b", "c"),
            (&[r#""a""b";"c""#], "a\"b", "c"),
            (&[r#"a "b" c;5" pipe"#], "a \"b\" c", "5\" pipe"),
            (&["\"a", "", "b\";c"], "a\n\nb", "c"),
            (&[r#""a"b;c"#], "ab", "c"),
        ] {
            assert_eq!(document("name;title", lines), Ok(json!({"name": name, "title": title})), "{lines:?}");
        }
    }

    #[test]
    fn the_separator_is_the_one_that_parts_the_header() {
        for header in ["name;title", "name,title", "\"name\";\"title\"", " name , title "] {
            let separator = if header.contains(';') { ';' } else { ',' };
            assert_eq!(
                document(header, &[&format!("a{separator}b")]),
                Ok(json!({"name": "a", "title": "b"})),
                "{header}"
            );
        }
        assert_eq!(document("name", &["a"]), Ok(json!({"name": "a"})));
    }

    #[test]
    fn what_does_not_fit_the_columns_is_refused() {
        assert_eq!(
            document("name;title", &["a"]),
            Err("It has 1 cells where the first line has 2".to_owned())
        );
        assert_eq!(document("name;title", &["a;b;c"]).map_err(|said| said.contains("3 cells")), Err(true));
        assert_eq!(document("name;name", &["a;b"]).map_err(|said| said.contains("twice")), Err(true));
        let unknown = document("name;Siren", &["a;b"]).unwrap_err();
        assert!(unknown.contains("`Siren`") && unknown.contains("siren, codeArcepRip"), "{unknown}");
    }

    #[test]
    fn every_column_is_in_the_guide() {
        let guide = include_str!("../../../../docs/guide/administrator.md");
        for column in COLUMNS {
            assert!(guide.contains(&format!("`{}`", column.name)), "{}", column.name);
        }
    }
}
