//! Single-line members: no line end, tab or other control character, and no blank identifier.

use serde_json::Value;

use super::findings::Findings;
use super::text::quote;
use crate::json;

/// Members that may contain several lines.
const SEVERAL_LINES: &[&str] = &["description"];
/// Maximum number of findings of one ticket: the first ones are enough to locate the sender's
/// defect.
const MAX_FINDINGS: usize = 20;

/// Warns of control characters and blank identifiers in the texts of a member, at every level.
/// `name` is its name.
pub fn check_lines(name: &str, value: &Value, at: &str, out: &mut Findings) {
    let mut left = MAX_FINDINGS;
    walk(name, value, at, &mut left, out);
}

fn walk(name: &str, value: &Value, at: &str, left: &mut usize, out: &mut Findings) {
    match value {
        Value::String(text) if *left > 0 => *left -= usize::from(check_line(name, text, at, out)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(name, item, &format!("{at}/{index}"), left, out);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                walk(member, value, &json::pointer(at, member), left, out);
            }
        }
        _ => {}
    }
}

/// Checks one text; returns true when a warning was added.
fn check_line(name: &str, text: &str, at: &str, out: &mut Findings) -> bool {
    if SEVERAL_LINES.contains(&name) {
        return false;
    }
    let not_of_a_line = |one: &char| one.is_control() || matches!(one, '\u{2028}' | '\u{2029}');
    if let Some(one) = text.chars().find(not_of_a_line) {
        let what = match one {
            '\t' => "a tab".to_owned(),
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => "a line end".to_owned(),
            other => format!("the control character U+{:04X}", u32::from(other)),
        };
        out.warning("line-control", at, format!("{} has {what}, and is a text of one line.", quote(text)));
        true
    } else if is_identifier(name) && !text.is_empty() && text.trim().is_empty() {
        out.warning("identifier-blank", at, "The identifier is blank.".to_owned());
        true
    } else {
        false
    }
}

fn is_identifier(name: &str) -> bool {
    matches!(name, "id" | "externalId" | "siren" | "siret" | "plot")
        || name.rsplit('.').next().is_some_and(|last| last.starts_with("code_"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::codes;
    use super::*;

    #[test]
    fn lines() {
        for (name, value, expected) in [
            ("name", json!("Bâtiment B"), &[][..]),
            ("name", json!("A\nB"), &["warning line-control"]),
            ("name", json!("A\tB"), &["warning line-control"]),
            ("name", json!("A\u{7}"), &["warning line-control"]),
            ("name", json!("A\u{2028}B"), &["warning line-control"]),
            ("name", json!("  "), &[]),
            ("externalId", json!("  "), &["warning identifier-blank"]),
            ("externalId", json!(""), &[]),
            ("building", json!({"address": {"streetName": "RUE\r\n"}}), &["warning line-control"]),
            ("building", json!({"address": {"code_hexacle": " "}}), &["warning identifier-blank"]),
            ("relatedEntity", json!([{"id": "\u{a0}"}, {"id": "IMB/1"}]), &["warning identifier-blank"]),
            (
                "issues",
                json!({"building.name": {"description": "a\nb", "value": ["A\n"]}}),
                &["warning line-control"],
            ),
            ("issues", json!({"building.address.code_ban": {"value": [" "]}}), &[]),
        ] {
            assert_eq!(codes(|out| check_lines(name, &value, "/a", out)), expected, "{name} {value}");
        }
    }

    #[test]
    fn a_pointer_leads_to_the_text_and_many_faults_are_told_by_a_few() {
        let mut out = Findings::new();
        check_lines("relatedEntity", &json!([{"id": "a"}, {"id": "b\n"}]), "/relatedEntity", &mut out);
        assert_eq!(out.iter().next().unwrap().pointer, "/relatedEntity/1/id");
        let mut out = Findings::new();
        check_lines("relatedEntity", &json!(vec!["\n"; 1000]), "/relatedEntity", &mut out);
        assert_eq!(out.iter().count(), MAX_FINDINGS);
    }
}
