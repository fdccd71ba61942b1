//! The operand of `json` and `njson`.

use serde_json::{Map, Value};

use crate::walk::Candidate;
use crate::{Field, Limits, Path, PathError, number};

/// An object that a value must contain.
///
/// A value matches when it is an object with every member of the pattern, and possibly more:
///
/// - a member that is an object matches an object in the same way;
/// - a member that is an array matches an array that contains a match for each listed element;
/// - any other member matches the same scalar: `10` is `10.0` but is not `"10"`, and `null` does
///   not match a missing member.
///
/// A member's name is a path, and arrays along it are traversed, as everywhere else in the
/// language. When a name is repeated, the last member applies.
///
/// ```
/// use epissure_filter::{JsonPattern, Limits};
/// use serde_json::json;
///
/// let pattern = JsonPattern::parse(r#"{"name":"A","address":{"city":"Lyon"}}"#, &Limits::default())?;
/// assert!(pattern.matches(&json!({"name": "A", "address": {"city": "Lyon", "zipcode": "69001"}})));
/// assert!(!pattern.matches(&json!({"name": "A", "address": {"zipcode": "69001"}})));
/// # Ok::<(), epissure_filter::JsonPatternError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPattern {
    members: Vec<(Field, Expected)>,
    value: Value,
}

#[derive(Debug, Clone, PartialEq)]
enum Expected {
    Object(Vec<(Field, Expected)>),
    Array(Vec<Expected>),
    Scalar(Value),
}

impl JsonPattern {
    /// Parses the text of an object within the limits.
    ///
    /// # Errors
    ///
    /// Returns [`JsonPatternError`] when the text is not a JSON object, is too long or too deep, or
    /// contains a NUL character. A member's name must be a path and must not begin with `$`.
    pub fn parse(text: &str, limits: &Limits) -> Result<JsonPattern, JsonPatternError> {
        if text.len() > limits.json_bytes {
            return Err(JsonPatternError::TooLong { limit: limits.json_bytes });
        }
        let value: Value = serde_json::from_str(text).map_err(|error| {
            // serde_json counts columns in bytes from 1, even within a character.
            let before: usize =
                text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            JsonPatternError::Syntax {
                position: text.floor_char_boundary(before + error.column().saturating_sub(1)),
                message: error.to_string(),
            }
        })?;
        let Value::Object(object) = &value else { return Err(JsonPatternError::NotAnObject) };
        let members = members(object, limits.json_depth, limits)?;
        Ok(JsonPattern { members, value })
    }

    /// Returns true when the value is an object with every member of the pattern.
    pub fn matches(&self, value: &Value) -> bool {
        value.is_object() && contains(value, &self.members)
    }

    /// Returns the object as written.
    pub fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn holds(&self, candidate: Candidate<'_>) -> bool {
        self.matches(candidate.value)
    }
}

/// Error of [`JsonPattern::parse`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonPatternError {
    /// Longer than [`Limits::json_bytes`].
    #[error("the JSON object is longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Nested deeper than [`Limits::json_depth`].
    #[error("the JSON object is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Not JSON.
    #[error("not valid JSON: {message}")]
    Syntax {
        /// Position, in bytes from the beginning of the text.
        position: usize,
        /// The parser's message.
        message: String,
    },
    /// JSON, but not an object.
    #[error("expected a JSON object, such as {{\"id\":\"31546546\"}}")]
    NotAnObject,
    /// A member's name, or a segment of it, begins with `$`, as the operators of some databases do.
    #[error("the member `{name}` begins with `$`, and operators are not allowed here")]
    OperatorName {
        /// The name.
        name: String,
    },
    /// A member's name is not a path.
    #[error("the member `{name}` is not a path: {error}")]
    Path {
        /// The name.
        name: String,
        /// The path's error.
        error: PathError,
    },
    /// A string contains a NUL character, which stores cannot represent.
    #[error("a string may not contain a NUL character")]
    Nul,
}

fn members(
    object: &Map<String, Value>,
    depth: usize,
    limits: &Limits,
) -> Result<Vec<(Field, Expected)>, JsonPatternError> {
    let depth = deeper(depth, limits)?;
    object
        .iter()
        .map(|(name, value)| {
            let path =
                Path::parse(name).map_err(|error| JsonPatternError::Path { name: name.clone(), error })?;
            if path.segments().iter().any(|segment| segment.name().starts_with('$')) {
                return Err(JsonPatternError::OperatorName { name: name.clone() });
            }
            Ok((Field::any(path), expected(value, depth, limits)?))
        })
        .collect()
}

fn expected(value: &Value, depth: usize, limits: &Limits) -> Result<Expected, JsonPatternError> {
    match value {
        Value::Object(object) => Ok(Expected::Object(members(object, depth, limits)?)),
        Value::Array(elements) => {
            let depth = deeper(depth, limits)?;
            let elements = elements.iter().map(|element| expected(element, depth, limits));
            Ok(Expected::Array(elements.collect::<Result<_, _>>()?))
        }
        Value::String(text) if text.contains('\0') => Err(JsonPatternError::Nul),
        scalar => Ok(Expected::Scalar(scalar.clone())),
    }
}

fn deeper(depth: usize, limits: &Limits) -> Result<usize, JsonPatternError> {
    depth.checked_sub(1).ok_or(JsonPatternError::TooDeep { limit: limits.json_depth })
}

fn contains(object: &Value, members: &[(Field, Expected)]) -> bool {
    members
        .iter()
        .all(|(field, expected)| field.any_candidate(object, |candidate| expected.holds(candidate.value)))
}

impl Expected {
    fn holds(&self, value: &Value) -> bool {
        match self {
            Expected::Object(members) => value.is_object() && contains(value, members),
            Expected::Array(expected) => value.as_array().is_some_and(|elements| {
                expected.iter().all(|expected| elements.iter().any(|element| expected.holds(element)))
            }),
            Expected::Scalar(Value::Number(expected)) => {
                value.as_number().is_some_and(|number| number::compare(number, expected).is_eq())
            }
            Expected::Scalar(expected) => value == expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(pattern: &str, value: &Value) -> bool {
        JsonPattern::parse(pattern, &Limits::default()).unwrap().matches(value)
    }

    fn error(pattern: &str) -> JsonPatternError {
        JsonPattern::parse(pattern, &Limits::default()).unwrap_err()
    }

    #[test]
    fn is_a_recursive_subset() {
        let value = json!({"a": 1, "b": {"c": "x", "d": [1, {"e": 2, "f": 3}]}, "g": null});
        for pattern in [
            "{}",
            r#"{"a":1}"#,
            r#"{"a":1.0}"#,
            r#"{"b":{"c":"x"}}"#,
            r#"{"b.c":"x"}"#,
            r#"{"b":{"d":[{"e":2}]}}"#,
            r#"{"b":{"d":[{"f":3},1]}}"#,
            r#"{"b":{"d":[]}}"#,
            r#"{"b.d":1}"#,
            r#"{"b.d.e":2}"#,
            r#"{"b":{"d":{"e":2}}}"#,
            r#"{"g":null}"#,
        ] {
            assert!(matches(pattern, &value), "{pattern}");
        }
        for pattern in [
            r#"{"a":"1"}"#,
            r#"{"a":{}}"#,
            r#"{"a":[1]}"#,
            r#"{"b":{"d":[2]}}"#,
            r#"{"b":{"d":[{"e":2,"f":4}]}}"#,
            r#"{"h":null}"#,
            r#"{"b":null}"#,
        ] {
            assert!(!matches(pattern, &value), "{pattern}");
        }
        assert!(!matches("{}", &json!([{}])));
        assert!(!matches("{}", &json!("x")));
    }

    #[test]
    fn refuses_what_is_not_a_plain_object() {
        assert_eq!(error("[]"), JsonPatternError::NotAnObject);
        assert_eq!(error("1"), JsonPatternError::NotAnObject);
        assert!(matches!(error(r#"{"a":}"#), JsonPatternError::Syntax { position: 5, .. }));
        assert!(matches!(error("{\"a\":\n}"), JsonPatternError::Syntax { position: 6, .. }));
        assert!(matches!(error(""), JsonPatternError::Syntax { .. }));
        let JsonPatternError::Syntax { position, .. } = error("{\"a\":\"é") else { panic!() };
        assert!("{\"a\":\"é".is_char_boundary(position));
        assert!(matches!(error(r#"{"a":{"$gt":1}}"#), JsonPatternError::OperatorName { .. }));
        assert!(matches!(error(r#"{"a":[{"b.$ne":1}]}"#), JsonPatternError::OperatorName { .. }));
        assert!(matches!(error(r#"{"a..b":1}"#), JsonPatternError::Path { .. }));
        assert_eq!(error(r#"{"a":"\u0000"}"#), JsonPatternError::Nul);
        assert!(matches!(error(r#"{"\u0000":1}"#), JsonPatternError::Path { .. }));
    }

    #[test]
    fn limits_are_inclusive() {
        let nested = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        assert!(JsonPattern::parse(&nested(8), &Limits::default()).is_ok());
        assert_eq!(error(&nested(9)), JsonPatternError::TooDeep { limit: 8 });
        assert_eq!(error(r#"{"a":[[[[[[[[1]]]]]]]]}"#), JsonPatternError::TooDeep { limit: 8 });
        assert!(matches!(
            error(&nested(1000)),
            JsonPatternError::TooLong { .. } | JsonPatternError::Syntax { .. }
        ));
        let long = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
        assert!(JsonPattern::parse(&long(4096), &Limits::default()).is_ok());
        assert_eq!(error(&long(4097)), JsonPatternError::TooLong { limit: 4096 });
    }
}
