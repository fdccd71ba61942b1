//! Findings: the reports of the rules.

use epissure_protocol::identifiers::Severity;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::rules::LintRule;
use crate::columns::IpeColumn;

/// One finding of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LintFinding {
    /// The rule.
    pub rule: LintRule,
    /// Number of the line, from 1; `None` for the header.
    pub line: Option<u64>,
    /// Identifier of the building; `None` for the header, for lines that are no rows, and for
    /// findings of the whole file, which [`name_buildings`](super::name_buildings) completes.
    pub building: Option<String>,
    /// INSEE code of the line, as it is; `None` as above.
    pub insee: Option<String>,
    /// The column.
    pub column: Option<IpeColumn>,
    /// The value, or the fact that the sentence states.
    pub value: String,
    /// The value that disagrees.
    pub other: Option<String>,
    /// A probable value, for a person to confirm. Values of two columns are separated by `;`.
    pub suggestion: Option<String>,
}

impl LintFinding {
    /// Weight of the finding.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.rule.entry().severity
    }

    /// The finding in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let template = self.rule.entry().sentence;
        let mut sentence = String::with_capacity(template.len() + 32);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            sentence.push_str(before);
            let Some((name, after)) = after.split_once('}') else { break };
            match name {
                "column" => sentence.push_str(self.column.map_or("The cell", IpeColumn::name)),
                "value" if self.value.is_empty() => sentence.push_str("empty"),
                "value" => push_shortened(&mut sentence, &self.value),
                "other" => push_shortened(&mut sentence, self.other.as_deref().unwrap_or_default()),
                _ => push_shortened(&mut sentence, self.suggestion.as_deref().unwrap_or_default()),
            }
            rest = after;
        }
        sentence.push_str(rest);
        sentence
    }

    /// The key of a ticket's `issues` that asks for the correction, if one does.
    #[must_use]
    pub fn issue_key(&self) -> Option<&'static str> {
        self.column.and_then(|column| column.entry().issue_key())
    }
}

/// Values come from partners: they are cut after 60 characters, without control characters.
fn push_shortened(sentence: &mut String, value: &str) {
    const MOST: usize = 60;
    sentence.extend(value.chars().filter(|character| !character.is_control()).take(MOST));
    if value.chars().nth(MOST).is_some() {
        sentence.push('…');
    }
}

impl Serialize for LintFinding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("LintFinding", 11)?;
        object.serialize_field("rule", self.rule.entry().code)?;
        object.serialize_field("severity", &self.severity())?;
        object.serialize_field("line", &self.line)?;
        object.serialize_field("building", &self.building)?;
        object.serialize_field("insee", &self.insee)?;
        object.serialize_field("column", &self.column)?;
        object.serialize_field("issueKey", &self.issue_key())?;
        object.serialize_field("value", &self.value)?;
        object.serialize_field("other", &self.other)?;
        object.serialize_field("suggestion", &self.suggestion)?;
        object.serialize_field("sentence", &self.sentence())?;
        object.end()
    }
}
