//! Reader of the members of one JSON object, which records faults and continues.

use jiff::Timestamp;
use serde_json::Value;

use crate::identifiers::Findings;
use crate::instant;
use crate::json::{self, Object};
use crate::names::OperatorCode;
use crate::problem::Fault;
use crate::refusal::{BodyRefusal, Expected, Refusal};

/// Results of reading so far.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) faults: Vec<Fault>,
    pub(crate) findings: Findings,
    /// Size of the extension members read so far, in bytes of compact JSON.
    pub(crate) extension_bytes: usize,
}

impl Outcome {
    pub(crate) fn fault(&mut self, pointer: impl Into<String>, refusal: impl Into<Refusal>) {
        self.faults.push(Fault::new(pointer, refusal));
    }

    /// Runs identifier checks: an error becomes a fault, any other finding is recorded for the OI.
    pub(crate) fn check(&mut self, check: impl FnOnce(&mut Findings)) {
        let mut found = Findings::default();
        check(&mut found);
        for finding in found.into_vec() {
            match finding.refusal {
                Some(refusal) => self.fault(finding.pointer, refusal),
                None => self.findings.push(finding),
            }
        }
    }
}

/// An object and its location.
pub(crate) struct Reader<'a, 'o> {
    object: &'a Object,
    at: &'o str,
    out: &'o mut Outcome,
}

impl<'a, 'o> Reader<'a, 'o> {
    pub(crate) fn new(object: &'a Object, at: &'o str, out: &'o mut Outcome) -> Self {
        Self { object, at, out }
    }

    /// Returns the member's value; null counts as absent.
    fn get(&self, member: &str) -> Option<&'a Value> {
        self.object.get(member).filter(|value| !value.is_null())
    }

    fn label(&self, member: &str) -> String {
        format!("{}/{member}", self.at).trim_start_matches('/').replace('/', ".")
    }

    pub(crate) fn missing(&mut self, member: &str) {
        let refusal = BodyRefusal::Missing { member: self.label(member) };
        self.out.fault(json::pointer(self.at, member), refusal);
    }

    pub(crate) fn invalid(&mut self, member: &str, expected: Expected) {
        let refusal = BodyRefusal::Invalid { member: self.label(member), expected };
        self.out.fault(json::pointer(self.at, member), refusal);
    }

    pub(crate) fn text(&mut self, member: &str, max: usize) -> Option<String> {
        match self.get(member)? {
            Value::String(text) if text.chars().count() <= max => Some(text.clone()),
            Value::String(_) => {
                self.invalid(member, Expected::AtMost { max });
                None
            }
            _ => {
                self.invalid(member, Expected::Text);
                None
            }
        }
    }

    pub(crate) fn required_text(&mut self, member: &str, max: usize) -> Option<String> {
        if self.get(member).is_none() {
            self.missing(member);
        }
        self.text(member, max)
    }

    pub(crate) fn vocabulary<T>(
        &mut self,
        member: &str,
        parse: impl Fn(&str) -> Option<T>,
        values: impl Iterator<Item = &'static str>,
    ) -> Option<T> {
        let value = self.get(member)?;
        let parsed = value.as_str().and_then(parse);
        if parsed.is_none() {
            self.invalid(member, Expected::OneOf { values: values.collect() });
        }
        parsed
    }

    pub(crate) fn required_vocabulary<T>(
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

    pub(crate) fn required_operator(&mut self, member: &str) -> Option<OperatorCode> {
        let Some(value) = self.get(member) else {
            self.missing(member);
            return None;
        };
        let code = value.as_str().and_then(OperatorCode::parse);
        if code.is_none() {
            self.invalid(member, Expected::OperatorCode);
        }
        code
    }

    pub(crate) fn instant(&mut self, member: &str) -> Option<Timestamp> {
        let value = self.get(member)?;
        let at = value.as_str().and_then(instant::parse);
        if at.is_none() {
            self.invalid(member, Expected::Instant);
        }
        at
    }

    pub(crate) fn uuid<T>(&mut self, member: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = self.get(member)?;
        let uuid = value.as_str().and_then(parse);
        if uuid.is_none() {
            self.invalid(member, Expected::Uuid);
        }
        uuid
    }

    pub(crate) fn object(&mut self, member: &str) -> Option<&'a Object> {
        let value = self.get(member)?;
        if value.as_object().is_none() {
            self.invalid(member, Expected::Object);
        }
        value.as_object()
    }

    pub(crate) fn array(&mut self, member: &str) -> Option<&'a Vec<Value>> {
        let value = self.get(member)?;
        if value.as_array().is_none() {
            self.invalid(member, Expected::Array);
        }
        value.as_array()
    }

    pub(crate) fn boolean(&mut self, member: &str) -> Option<bool> {
        let value = self.get(member)?;
        if value.as_bool().is_none() {
            self.invalid(member, Expected::Boolean);
        }
        value.as_bool()
    }

    pub(crate) fn count(&mut self, member: &str) -> Option<u64> {
        let value = self.get(member)?;
        let count = whole_number(value);
        if count.is_none() {
            self.invalid(member, Expected::Count);
        }
        count
    }

    pub(crate) fn has(&self, member: &str) -> bool {
        self.get(member).is_some()
    }
}

/// Parses a whole number of 0 or more, in any notation (`3` or `3.0`).
pub(crate) fn whole_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        (number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number)).then_some(number as u64)
    })
}
