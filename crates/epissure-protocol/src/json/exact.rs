//! JSON parser (RFC 8259) that preserves numbers as written, within bounds.
//!
//! serde_json returns the last of two members of one name, and writes `1E5` as `1e+5`. This parser
//! refuses duplicate members, and preserves a number as written.

use std::fmt;

use serde::de::Error as _;
use serde_json::{Number, Value};

use super::{MAX_DEPTH, MAX_NODES, Object, pointer};
use crate::problem::Problem;
use crate::refusal::json::{JsonPlace, JsonToken};
use crate::refusal::{JsonRefusal, Language};

/// Prefix of the names with a special meaning in serde_json: a value that has one would be read as
/// another.
const RESERVED: &str = "$serde_json::private::";

/// Refusal of a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsound {
    /// Reason of the refusal.
    pub why: Why,
    /// Location, as a JSON pointer (RFC 6901); empty for the whole text.
    pub pointer: String,
}

/// Reason to refuse a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Not JSON: the expected content, with line and column.
    Syntax {
        /// Expected content.
        token: JsonToken,
        /// Line, from 1.
        line: usize,
        /// Column, from 1, in characters.
        column: usize,
    },
    /// Not UTF-8, from this byte on.
    NotUtf8(usize),
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More than [`MAX_NODES`] values.
    TooMany,
    /// A NUL character, which databases refuse.
    Nul,
    /// A second member of the same name.
    Duplicate(String),
    /// A member whose name the server reserves.
    Reserved(String),
}

impl From<&Unsound> for JsonRefusal {
    fn from(unsound: &Unsound) -> Self {
        let place = JsonPlace(shown(&unsound.pointer));
        match &unsound.why {
            Why::Syntax { token, line, column } => {
                Self::Syntax { token: *token, line: *line, column: *column }
            }
            Why::NotUtf8(byte) => Self::NotUtf8 { byte: *byte },
            Why::TooDeep => Self::TooDeep { levels: MAX_DEPTH, place },
            Why::TooMany => Self::TooMany { values: MAX_NODES },
            Why::Nul => Self::Nul { place },
            Why::Duplicate(name) => Self::Duplicate { member: shown(name), place },
            Why::Reserved(name) => Self::Reserved { member: shown(name), place },
        }
    }
}

impl From<Unsound> for Problem {
    fn from(unsound: Unsound) -> Self {
        JsonRefusal::from(&unsound).into()
    }
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&JsonRefusal::from(self).text(Language::English))
    }
}

impl std::error::Error for Unsound {}

/// Returns a caller's text for a message: cut to 80 characters, control characters escaped.
fn shown(name: &str) -> String {
    name.chars().take(80).flat_map(char::escape_debug).collect()
}

/// Parses a JSON text from outside, within [`MAX_DEPTH`] and [`MAX_NODES`]. A leading byte order
/// mark is ignored (RFC 8259 section 8.1).
///
/// # Errors
/// Returns the reason of the refusal and its location.
pub fn read(bytes: &[u8]) -> Result<Value, Unsound> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Unsound { why: Why::NotUtf8(error.valid_up_to() + 1), pointer: String::new() })?;
    Parser { text, at: 0, nodes_left: MAX_NODES, max_depth: MAX_DEPTH }.whole()
}

/// Parses the JSON text of a stored value, whose size was bounded when it was stored.
///
/// # Errors
/// Fails when the text is not JSON.
pub fn stored_value(text: &str) -> serde_json::Result<Value> {
    let parser = Parser { text, at: 0, nodes_left: usize::MAX, max_depth: 2 * MAX_DEPTH };
    parser.whole().map_err(serde_json::Error::custom)
}

/// Parses the JSON text of a stored object, as [`stored_value`] does.
///
/// # Errors
/// Fails when the text is not a JSON object.
pub fn stored(text: &str) -> serde_json::Result<Object> {
    match stored_value(text)? {
        Value::Object(object) => Ok(object),
        _ => Err(serde_json::Error::custom("not an object")),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// Offset of the next byte.
    at: usize,
    nodes_left: usize,
    max_depth: usize,
}

impl Parser<'_> {
    fn whole(mut self) -> Result<Value, Unsound> {
        let value = self.value(1)?;
        self.skip_space();
        if self.at < self.text.len() { Err(self.expected(JsonToken::End)) } else { Ok(value) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == Some(byte);
        self.at += usize::from(eaten);
        eaten
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn fault(why: Why) -> Unsound {
        Unsound { why, pointer: String::new() }
    }

    fn expected(&self, token: JsonToken) -> Unsound {
        let before = &self.text[..self.text.floor_char_boundary(self.at)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        Self::fault(Why::Syntax { token, line, column: before[line_start..].chars().count() + 1 })
    }

    fn value(&mut self, depth: usize) -> Result<Value, Unsound> {
        if depth > self.max_depth {
            return Err(Self::fault(Why::TooDeep));
        }
        self.nodes_left = self.nodes_left.checked_sub(1).ok_or_else(|| Self::fault(Why::TooMany))?;
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.expected(JsonToken::Value)),
        }
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, Unsound> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.expected(JsonToken::Value));
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Value, Unsound> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.eat(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            let item = self.value(depth + 1).map_err(|unsound| within(&items.len().to_string(), unsound))?;
            items.push(item);
            self.skip_space();
            if self.eat(b']') {
                return Ok(Value::Array(items));
            }
            if !self.eat(b',') {
                return Err(self.expected(JsonToken::CommaOrBracket));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Unsound> {
        self.at += 1;
        let mut members = Object::new();
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.expected(JsonToken::Name));
            }
            let name = self.string()?;
            self.skip_space();
            if !self.eat(b':') {
                return Err(self.expected(JsonToken::Colon));
            }
            if name.starts_with(RESERVED) {
                return Err(Self::fault(Why::Reserved(name)));
            }
            if members.contains_key(&name) {
                return Err(Self::fault(Why::Duplicate(name)));
            }
            let value = self.value(depth + 1).map_err(|unsound| within(&name, unsound))?;
            members.insert(name, value);
            self.skip_space();
            if self.eat(b'}') {
                return Ok(Value::Object(members));
            }
            if !self.eat(b',') {
                return Err(self.expected(JsonToken::CommaOrBrace));
            }
        }
    }

    /// Parses a string from its opening quote. serde_json decodes the escapes.
    fn string(&mut self) -> Result<String, Unsound> {
        let start = self.at;
        self.at += 1;
        let mut escapes = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escapes = true;
                    self.at += 2;
                }
                Some(0..0x20) => return Err(self.expected(JsonToken::Escape)),
                Some(_) => self.at += 1,
                None => return Err(self.expected(JsonToken::EndOfString)),
            }
        }
        self.at += 1;
        let text = if escapes {
            match serde_json::from_str(&self.text[start..self.at]) {
                Ok(text) => text,
                Err(_) => {
                    self.at = start;
                    return Err(self.expected(JsonToken::ValidEscapes));
                }
            }
        } else {
            self.text[start + 1..self.at - 1].to_owned()
        };
        if text.contains('\0') { Err(Self::fault(Why::Nul)) } else { Ok(text) }
    }

    fn number(&mut self) -> Result<Value, Unsound> {
        let start = self.at;
        self.eat(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.expected(JsonToken::NoLeadingZero));
        }
        Ok(Value::Number(Number::from_string_unchecked(self.text[start..self.at].to_owned())))
    }

    /// Parses one or more digits.
    fn digits(&mut self) -> Result<(), Unsound> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.expected(JsonToken::Digit)) } else { Ok(()) }
    }
}

/// Returns the same error, relative to the enclosing value.
fn within(member: &str, unsound: Unsound) -> Unsound {
    let pointer = match unsound.why {
        Why::Syntax { .. } | Why::NotUtf8(_) | Why::TooMany => String::new(),
        _ => format!("{}{}", pointer("", member), unsound.pointer),
    };
    Unsound { pointer, ..unsound }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(text: &str) -> String {
        read(text.as_bytes()).expect_err(text).to_string()
    }

    #[test]
    fn numbers_come_back_to_the_letter() {
        for number in ["0", "-0", "-0.0", "1.10", "1E5", "1e5", "1e+05", "2E-3", "9007199254740993", "1e400"]
        {
            let value = read(number.as_bytes()).unwrap();
            assert_eq!(value.to_string(), number);
        }
        for text in ["01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "--1", "1.e5", "Infinity"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn each_fault_has_a_sentence_that_says_where() {
        let deep = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        assert!(read(deep(MAX_DEPTH - 1).as_bytes()).is_ok());
        assert!(refused(&deep(MAX_DEPTH)).starts_with("The body is nested deeper than 64 levels, at /a/a"));
        let wide = |count: usize| format!("[{}1]", "1,".repeat(count - 2));
        assert!(read(wide(MAX_NODES).as_bytes()).is_ok());
        assert_eq!(refused(&wide(MAX_NODES + 1)), "The body has more than 10000 values. Send fewer.");
        let rows = [
            (r#"{"a":{"b":1,"b":2}}"#, "The body has the member `b` twice, at /a. Send it once."),
            (r#"{"a":1,"\u0061":2}"#, "The body has the member `a` twice, at the top level. Send it once."),
            (r#"{"a/b":["x","y\u0000"]}"#, "The body has a NUL character, at /a~1b/1. Remove it."),
            (
                r#"{"a":{"$serde_json::private::RawValue":"1"}}"#,
                "The body has a member with the reserved name `$serde_json::private::RawValue`, at /a. Rename it.",
            ),
            ("", "The body is not valid JSON: a value expected at line 1, column 1."),
            ("{\"a\":\n  tru}", "The body is not valid JSON: a value expected at line 2, column 3."),
            ("{\"é\" 1}", "The body is not valid JSON: a colon expected at line 1, column 6."),
            ("{\"a\":1,}", "The body is not valid JSON: the name of a member expected at line 1, column 8."),
            ("[1 2]", "The body is not valid JSON: a comma or ] expected at line 1, column 4."),
            ("{} {}", "The body is not valid JSON: the end of the text expected at line 1, column 4."),
        ];
        for (text, sentence) in rows {
            assert_eq!(refused(text), sentence, "{text}");
        }
        let latin = read(b"{\"a\":\"\xe9\"}").unwrap_err().to_string();
        assert_eq!(latin, "The body is not UTF-8: byte 7 belongs to no character. Send JSON as UTF-8.");
    }

    #[test]
    fn a_byte_order_mark_is_ignored_before_the_text_alone() {
        assert_eq!(read("\u{feff}{}".as_bytes()).unwrap().to_string(), "{}");
        assert!(read("\u{feff}\u{feff}{}".as_bytes()).is_err());
        assert!(read("{\u{feff}}".as_bytes()).is_err());
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
            "[^\0]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("[^\0]{0,6}", inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_writes(value in json()) {
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(read(value.to_string().as_bytes()).unwrap(), value.clone());
            prop_assert_eq!(read(pretty.as_bytes()).unwrap(), value);
        }

        #[test]
        fn accepts_nothing_that_serde_json_refuses(text in "[\\[\\]{}:,\"\\\\ueE0-9a.+\\-tfnrls \n]{0,24}") {
            if read(text.as_bytes()).is_ok() {
                prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
            }
        }
    }
}
