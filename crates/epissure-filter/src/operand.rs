//! Operands of comparisons.

use jiff::Timestamp;
use serde_json::{Number, Value};

use crate::path::{Unquote, unquote};
use crate::{Comparison, Kind, OperandType, QueryErrorKind, instant, number};

/// Value that a comparison, or an item of a list, compares with.
///
/// The operand's type determines the document values it may match: a value of another type matches
/// no comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Strings, by their bytes.
    Text(String),
    /// The boolean, or the string `true` or `false`: the untyped literal in `eq`, `ne`, `in` and
    /// `nin`.
    TextOrBool(bool),
    /// Booleans.
    Bool(bool),
    /// Numbers, by their value.
    Number(Number),
    /// Strings that are RFC 3339 date-times or full dates, by their instant.
    Instant(Timestamp),
}

impl Operand {
    /// Returns true when the comparison of the value to the operand is true: `value > operand`, for
    /// instance.
    pub fn compares(&self, comparison: Comparison, value: &Value) -> bool {
        let order = match (self, value) {
            (Operand::Text(text), Value::String(value)) => value.as_str().cmp(text),
            (Operand::TextOrBool(bool), Value::String(value)) => value.as_str().cmp(literal(*bool)),
            (Operand::TextOrBool(bool) | Operand::Bool(bool), Value::Bool(value)) => value.cmp(bool),
            (Operand::Number(number), Value::Number(value)) => number::compare(value, number),
            (Operand::Instant(operand), Value::String(value)) => match instant::parse(value) {
                Some(value) => value.cmp(operand),
                None => return false,
            },
            _ => return false,
        };
        match comparison {
            Comparison::Equal => order.is_eq(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
        }
    }
}

/// Returns true when the value equals one of the operands.
pub(crate) fn equals_any(operands: &[Operand], value: &Value) -> bool {
    let Value::String(text) = value else {
        return operands.iter().any(|operand| operand.compares(Comparison::Equal, value));
    };
    // Lists are long: the string is parsed as a date once, and equality needs no ordering.
    let mut instant = None;
    operands.iter().any(|operand| match operand {
        Operand::Text(operand) => text == operand,
        Operand::Instant(operand) => *instant.get_or_insert_with(|| instant::parse(text)) == Some(*operand),
        other => other.compares(Comparison::Equal, value),
    })
}

fn literal(bool: bool) -> &'static str {
    if bool { "true" } else { "false" }
}

/// Interpretation of an operand's text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading {
    /// As text.
    Text,
    /// As text, where `true` and `false` also match the booleans.
    TextOrBool,
    /// As the given type.
    Typed(OperandType),
}

impl Reading {
    /// An explicit type takes precedence over the kind of the field.
    pub(crate) fn new(written: Option<OperandType>, kind: Kind, equality: bool) -> Reading {
        match (written, kind) {
            (Some(written), _) => Reading::Typed(written),
            (None, Kind::Instant) => Reading::Typed(OperandType::Date),
            (None, Kind::Number) => Reading::Typed(OperandType::Number),
            (None, Kind::Any) if equality => Reading::TextOrBool,
            (None, Kind::Any) => Reading::Text,
        }
    }

    pub(crate) fn read(self, text: &str) -> Result<Operand, QueryErrorKind> {
        let written = || text.to_owned();
        match self {
            Reading::Text => Ok(Operand::Text(written())),
            Reading::TextOrBool => {
                Ok(bool_literal(text).map_or_else(|| Operand::Text(written()), Operand::TextOrBool))
            }
            Reading::Typed(OperandType::Number) => number::parse(text)
                .map(Operand::Number)
                .ok_or_else(|| QueryErrorKind::NotANumber { written: written() }),
            Reading::Typed(OperandType::Bool) => bool_literal(text)
                .map(Operand::Bool)
                .ok_or_else(|| QueryErrorKind::NotABool { written: written() }),
            Reading::Typed(OperandType::Date) => instant::parse_operand(text)
                .map(Operand::Instant)
                .ok_or_else(|| QueryErrorKind::NotAnInstant { written: written() }),
        }
    }

    /// Parses the items of a list. An error carries its offset in the text.
    pub(crate) fn read_list(self, text: &str, limit: usize) -> Result<Vec<Operand>, (usize, QueryErrorKind)> {
        if text.bytes().all(|byte| byte == b',') {
            return Err((0, QueryErrorKind::EmptyList));
        }
        let mut operands = Vec::new();
        let mut start = 0;
        loop {
            if operands.len() == limit {
                return Err((start, QueryErrorKind::TooManyItems { limit }));
            }
            let rest = &text[start..];
            let (operand, length) = if rest.starts_with('"') {
                let (item, length) = unquote(rest).map_err(|error| match error {
                    Unquote::Escape(at) => (start + at, QueryErrorKind::BadQuotedItem),
                    Unquote::Unclosed => (start, QueryErrorKind::BadQuotedItem),
                })?;
                // A quoted item is text: `"true"` matches the string only.
                let reading = if let Reading::TextOrBool = self { Reading::Text } else { self };
                (reading.read(&item), length)
            } else {
                let length = rest.find(',').unwrap_or(rest.len());
                (self.read(&rest[..length]), length)
            };
            operands.push(operand.map_err(|kind| (start, kind))?);
            match text.as_bytes().get(start + length) {
                None => return Ok(operands),
                Some(b',') => start += length + 1,
                Some(_) => return Err((start + length, QueryErrorKind::BadQuotedItem)),
            }
        }
    }
}

fn bool_literal(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Vec<Operand>, (usize, QueryErrorKind)> {
        Reading::TextOrBool.read_list(text, 500)
    }

    fn texts(text: &str) -> Vec<String> {
        list(text)
            .unwrap()
            .into_iter()
            .map(|operand| match operand {
                Operand::Text(text) => text,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn items_are_separated_by_commas() {
        assert_eq!(texts("a"), ["a"]);
        assert_eq!(texts("a,b, c "), ["a", "b", " c "]);
        assert_eq!(texts("a,,b"), ["a", "", "b"]);
        assert_eq!(texts("a,"), ["a", ""]);
        assert_eq!(texts(r#""a,b",c"#), ["a,b", "c"]);
        assert_eq!(texts(r#""a\"b\\","""#), [r#"a"b\"#, ""]);
        assert_eq!(texts(r#""""#), [""]);
        assert_eq!(texts(r#"a"b,c\d"#), [r#"a"b"#, r"c\d"]);
    }

    #[test]
    fn quotes_make_text_of_a_boolean() {
        assert_eq!(
            list(r#"true,"true""#).unwrap(),
            [Operand::TextOrBool(true), Operand::Text("true".to_owned())]
        );
        let typed = Reading::Typed(OperandType::Bool).read_list(r#"true,"false""#, 500).unwrap();
        assert_eq!(typed, [Operand::Bool(true), Operand::Bool(false)]);
    }

    #[test]
    fn says_which_item_is_wrong() {
        assert_eq!(list("").unwrap_err(), (0, QueryErrorKind::EmptyList));
        assert_eq!(list(",").unwrap_err(), (0, QueryErrorKind::EmptyList));
        assert_eq!(list(r#"a,"b"#).unwrap_err(), (2, QueryErrorKind::BadQuotedItem));
        assert_eq!(list(r#"a,"b"c"#).unwrap_err(), (5, QueryErrorKind::BadQuotedItem));
        assert_eq!(list(r#"a,"b\c""#).unwrap_err(), (4, QueryErrorKind::BadQuotedItem));
        let numbers = |text| Reading::Typed(OperandType::Number).read_list(text, 3);
        assert_eq!(
            numbers("1,2,x").unwrap_err(),
            (4, QueryErrorKind::NotANumber { written: "x".to_owned() })
        );
        assert_eq!(numbers("1,2,").unwrap_err(), (4, QueryErrorKind::NotANumber { written: String::new() }));
        assert_eq!(numbers("1,2,3,4").unwrap_err(), (6, QueryErrorKind::TooManyItems { limit: 3 }));
        assert!(numbers("1,2,3").is_ok());
    }

    #[test]
    fn equality_with_any_is_equality_with_one() {
        let operands = [
            Operand::Text("a".to_owned()),
            Operand::TextOrBool(true),
            Operand::Bool(false),
            Operand::Number(1.into()),
            Operand::Instant(instant::parse("2024-01-31").unwrap()),
        ];
        let values = serde_json::json!([
            null,
            true,
            false,
            1,
            1.0,
            2,
            "",
            "a",
            "b",
            "true",
            "false",
            "2024-01-31",
            "2024-01-31T00:00:00Z",
            "2024-02-01",
            [],
            {}
        ]);
        for value in values.as_array().unwrap() {
            let one = operands.iter().any(|operand| operand.compares(Comparison::Equal, value));
            assert_eq!(equals_any(&operands, value), one, "{value}");
        }
    }

    #[test]
    fn the_type_written_wins_over_the_kind() {
        let reading = Reading::new(Some(OperandType::Number), Kind::Instant, true);
        assert!(matches!(reading, Reading::Typed(OperandType::Number)));
        assert_eq!(
            Reading::new(None, Kind::Any, false).read("true").unwrap(),
            Operand::Text("true".to_owned())
        );
        assert!(Reading::new(None, Kind::Instant, true).read("true").is_err());
        assert!(Reading::new(None, Kind::Number, true).read("true").is_err());
    }
}
