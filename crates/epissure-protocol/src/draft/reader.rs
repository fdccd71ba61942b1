//! Reads the members of one JSON object, noting what is wrong and going on.

use jiff::Timestamp;
use serde_json::Value;

use super::Outcome;
use crate::instant;
use crate::json::{self, Object};
use crate::names::OperatorCode;
use crate::problem::Code;

pub(super) struct Reader<'a, 'o> {
    object: &'a Object,
    at: &'o str,
    out: &'o mut Outcome,
}

impl<'a, 'o> Reader<'a, 'o> {
    pub(super) fn new(object: &'a Object, at: &'o str, out: &'o mut Outcome) -> Self {
        Self { object, at, out }
    }

    /// The member's value; null is the same as absent.
    fn get(&self, member: &str) -> Option<&'a Value> {
        self.object.get(member).filter(|value| !value.is_null())
    }

    fn label(&self, member: &str) -> String {
        format!("{}/{member}", self.at).trim_start_matches('/').replace('/', ".")
    }

    pub(super) fn missing(&mut self, member: &str) {
        let reason = format!("The field {} is required", self.label(member));
        self.out.fault(Code::MissingBodyField, json::pointer(self.at, member), reason);
    }

    pub(super) fn invalid(&mut self, member: &str, expected: &str) {
        let reason = format!("The field {} must be {expected}", self.label(member));
        self.out.fault(Code::InvalidBodyField, json::pointer(self.at, member), reason);
    }

    pub(super) fn text(&mut self, member: &str, max: usize) -> Option<String> {
        match self.get(member)? {
            Value::String(text) if text.chars().count() <= max => Some(text.clone()),
            Value::String(_) => {
                self.invalid(member, &format!("at most {max} characters long"));
                None
            }
            _ => {
                self.invalid(member, "a string");
                None
            }
        }
    }

    pub(super) fn required_text(&mut self, member: &str, max: usize) -> Option<String> {
        if self.get(member).is_none() {
            self.missing(member);
        }
        self.text(member, max)
    }

    pub(super) fn vocabulary<T>(
        &mut self,
        member: &str,
        parse: impl Fn(&str) -> Option<T>,
        values: impl Iterator<Item = &'static str>,
    ) -> Option<T> {
        let value = self.get(member)?;
        let parsed = value.as_str().and_then(parse);
        if parsed.is_none() {
            let values = values.collect::<Vec<_>>().join(", ");
            self.invalid(member, &format!("one of {values}"));
        }
        parsed
    }

    pub(super) fn required_vocabulary<T>(
        &mut self,
        member: &str,
        parse: impl Fn(&str) -> Option<T>,
        values: impl Iterator<Item = &'static str>,
    ) -> Option<T> {
        if self.get(member).is_none() {
            self.missing(member);
        }
        self.vocabulary(member, parse, values)
    }

    pub(super) fn required_operator(&mut self, member: &str) -> Option<OperatorCode> {
        let Some(value) = self.get(member) else {
            self.missing(member);
            return None;
        };
        let code = value.as_str().and_then(OperatorCode::parse);
        if code.is_none() {
            self.invalid(member, "an operator code: four capital letters or digits, as FTEL");
        }
        code
    }

    pub(super) fn instant(&mut self, member: &str) -> Option<Timestamp> {
        let value = self.get(member)?;
        let at = value.as_str().and_then(instant::parse);
        if at.is_none() {
            self.invalid(member, "an RFC 3339 date-time, as 2025-01-14T13:17:58.078+00:00");
        }
        at
    }

    pub(super) fn object(&mut self, member: &str) -> Option<&'a Object> {
        let value = self.get(member)?;
        if value.as_object().is_none() {
            self.invalid(member, "an object");
        }
        value.as_object()
    }

    pub(super) fn array(&mut self, member: &str) -> Option<&'a Vec<Value>> {
        let value = self.get(member)?;
        if value.as_array().is_none() {
            self.invalid(member, "an array");
        }
        value.as_array()
    }

    pub(super) fn boolean(&mut self, member: &str) -> Option<bool> {
        let value = self.get(member)?;
        if value.as_bool().is_none() {
            self.invalid(member, "true or false");
        }
        value.as_bool()
    }

    pub(super) fn count(&mut self, member: &str) -> Option<u64> {
        let value = self.get(member)?;
        let count = whole_number(value);
        if count.is_none() {
            self.invalid(member, "a whole number, 0 or more");
        }
        count
    }

    pub(super) fn has(&self, member: &str) -> bool {
        self.get(member).is_some()
    }
}

/// A whole number of 0 or more, however it is written (`3` or `3.0`).
pub(super) fn whole_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        (number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number)).then_some(number as u64)
    })
}
