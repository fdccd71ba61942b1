//! `issues`: the requested corrections.

use serde_json::Value;

use crate::codes::Kind;
use crate::extensions::member_weight;
use crate::identifiers::{check_address_member, check_point};
use crate::issues::{self, Arity, IssueKey, ValueKind};
use crate::json::{self, Object};
use crate::reader::{Outcome, Reader, whole_number};
use crate::refusal::{BodyRefusal, ContentRefusal, Expected};

/// The members of a correction.
const ENTRY: &[&str] = &["value", "toBlank", "description"];

/// Returns the size of the members of corrections that the contract does not name, in bytes. Its
/// own checks and the number of buildings bound a `value`.
pub(super) fn extension_weight(issues: &Object) -> usize {
    let of_entry = |entry: &Object| {
        entry
            .iter()
            .filter(|(member, _)| !ENTRY.contains(&member.as_str()))
            .map(|(member, value)| member_weight(member, value))
            .sum::<usize>()
    };
    issues.values().filter_map(Value::as_object).map(of_entry).sum()
}

pub(super) fn read(body: &Object, kind: Kind, out: &mut Outcome) -> Option<Object> {
    let table = match kind {
        Kind::Modification => issues::MODIFICATION,
        Kind::NbLogements => issues::NB_LOGEMENTS,
        Kind::Creation | Kind::NewBuilding => &[],
    };
    let mut reader = Reader::new(body, "", out);
    if !reader.has("issues") {
        if !table.is_empty() {
            reader.missing("issues");
        }
        return None;
    }
    let asked = reader.object("issues")?;
    // Invalid buildings still count: their values are present.
    let buildings = body.get("relatedEntity").and_then(Value::as_array).map_or(0, Vec::len);
    let mut kept = Object::new();
    for (key, entry) in asked.iter().filter(|(_, entry)| !entry.is_null()) {
        let at = json::pointer("/issues", key);
        let Some(row) = issues::find(table, key) else {
            let refusal = if table.is_empty() {
                ContentRefusal::IssuesNotUsed { kind }
            } else {
                let known = table.iter().map(|row| row.key).collect();
                ContentRefusal::UnknownCorrection { key: key.clone(), kind, known }
            };
            out.fault(at, refusal);
            continue;
        };
        if let Some(entry) = read_entry(row, entry, &at, buildings, out) {
            kept.insert(key.clone(), Value::Object(entry));
        }
    }
    check_presence(kind, asked, out);
    (!kept.is_empty()).then_some(kept)
}

fn check_presence(kind: Kind, asked: &Object, out: &mut Outcome) {
    match kind {
        Kind::Modification if asked.values().all(Value::is_null) => {
            out.fault("/issues", ContentRefusal::NoCorrection);
        }
        Kind::NbLogements if asked.get("building.housingsNumber").is_none_or(Value::is_null) => {
            let member = "issues.building.housingsNumber".to_owned();
            out.fault("/issues/building.housingsNumber", BodyRefusal::Missing { member });
        }
        _ => {}
    }
}

/// Reads `{value, toBlank, description}`; members that the contract does not name are stored.
fn read_entry(
    row: &IssueKey,
    entry: &Value,
    at: &str,
    buildings: usize,
    out: &mut Outcome,
) -> Option<Object> {
    let Some(object) = entry.as_object() else {
        out.fault(at, ContentRefusal::CorrectionNotAnObject { key: row.key });
        return None;
    };
    let mut reader = Reader::new(object, at, out);
    let description = reader.text("description", super::MAX_TEXT);
    let to_blank = reader.boolean("toBlank");
    let mut kept = Object::new();
    if let Some(value) = object.get("value").filter(|value| !value.is_null()) {
        if let Some(value) = read_value(row, value, &json::pointer(at, "value"), buildings, out) {
            kept.insert("value".into(), value);
        }
        if to_blank == Some(true) {
            out.fault(json::pointer(at, "toBlank"), ContentRefusal::BlankWithValue { key: row.key });
        }
    } else if row.value == ValueKind::Count {
        let member = format!("issues.{}.value", row.key);
        out.fault(json::pointer(at, "value"), BodyRefusal::Missing { member });
    }
    if to_blank == Some(true) && !row.blankable {
        out.fault(json::pointer(at, "toBlank"), ContentRefusal::NotBlankable { key: row.key });
    }
    if let Some(to_blank) = to_blank {
        kept.insert("toBlank".into(), to_blank.into());
    }
    if let Some(description) = description {
        kept.insert("description".into(), description.into());
    }
    let unknown =
        object.iter().filter(|(member, value)| !ENTRY.contains(&member.as_str()) && !value.is_null());
    kept.extend(unknown.map(|(member, value)| (member.clone(), value.clone())));
    Some(kept)
}

fn read_value(row: &IssueKey, value: &Value, at: &str, buildings: usize, out: &mut Outcome) -> Option<Value> {
    if row.arity == Arity::Common {
        return check_one(row, value, at, out).then(|| normal(row, value));
    }
    let one = std::slice::from_ref(value);
    let values = match value {
        Value::Array(values) => values.as_slice(),
        // The Orange page's sample sends a plain value for a single building.
        _ if buildings <= 1 => one,
        _ => {
            out.fault(at, ContentRefusal::CorrectionNotAnArray { key: row.key, buildings });
            return None;
        }
    };
    // A missing building is itself the fault, and is reported at its own pointer.
    if values.len() != buildings && buildings > 0 {
        let (key, values) = (row.key, values.len());
        out.fault(at, ContentRefusal::CorrectionCount { key, values, buildings });
        return None;
    }
    let mut sound = true;
    for (index, one) in values.iter().enumerate() {
        sound &= check_one(row, one, &format!("{at}/{index}"), out);
    }
    sound.then(|| Value::Array(values.to_vec()))
}

fn normal(row: &IssueKey, value: &Value) -> Value {
    match row.value {
        ValueKind::Count => whole_number(value).map_or_else(|| value.clone(), Value::from),
        _ => value.clone(),
    }
}

fn check_one(row: &IssueKey, value: &Value, at: &str, out: &mut Outcome) -> bool {
    let before = out.faults.len();
    let expected = match (row.value, value) {
        (ValueKind::Point, _) => {
            out.check(|findings| check_point(value, None, at, findings));
            return out.faults.len() == before;
        }
        (ValueKind::Count, value) => whole_number(value).is_none().then_some(Expected::Count),
        (ValueKind::Text, Value::String(_)) => None,
        (ValueKind::TextOf(length), Value::String(text)) => {
            (text.chars().count() != length).then_some(Expected::Exactly { length })
        }
        (ValueKind::TextUpTo(max), Value::String(text)) => {
            (text.chars().count() > max).then_some(Expected::AtMost { max })
        }
        _ => Some(Expected::Text),
    };
    match (expected, row.address_member, value) {
        (Some(expected), _, _) => {
            out.fault(at, ContentRefusal::CorrectionInvalid { key: row.key, expected });
        }
        (None, Some(member), Value::String(text)) => {
            out.check(|findings| check_address_member(member, text, at, findings));
        }
        _ => {}
    }
    out.faults.len() == before
}
