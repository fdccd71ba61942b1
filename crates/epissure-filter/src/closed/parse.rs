//! Parses the raw query of a closed list.

use super::{Attribute, ClosedList, Pair, Values};
use crate::page::{Dialect, Page};
use crate::raw::{Parameter, parameters};
use crate::{
    Comparison, Field, FieldSelection, Glob, Operand, Options, Path, PathError, Place, Predicate, Query,
    QueryError, QueryErrorKind, Test,
};

impl Query {
    /// Parses the raw query part of a URL in
    /// [the dialect of the closed lists](crate::closed_lists).
    ///
    /// # Errors
    ///
    /// Returns [`QueryError`] for the first invalid parameter. [`QueryErrorKind::MissingHalf`] is
    /// returned only when nothing else is wrong.
    ///
    /// # Example
    ///
    /// ```
    /// use epissure_filter::{Attribute, ClosedList, Options, Pair, PairKey, Place, Query, Values};
    /// use serde_json::json;
    ///
    /// static PEOPLE: ClosedList = ClosedList {
    ///     attributes: &[Attribute { path: "fullName", values: Values::Text, globs: &[Place::Anywhere] }],
    ///     pairs: &[Pair { array: "mark", key: "name", keys: &[PairKey { name: "Category", globs: &[] }], value: "value" }],
    ///     sortable: &[],
    /// };
    ///
    /// let raw = "mark.value=buyer&mark.name=Category&fullName*=*Dal*&limit=1000";
    /// let query = Query::parse_closed(raw, &PEOPLE, &Options::default())?;
    /// assert!(query.matches(&json!({"fullName": "Jack DALTON", "mark": [{"name": "Category", "value": "buyer"}]})));
    /// assert_eq!(query.limit, 100);
    ///
    /// let error = Query::parse_closed("fullName*=Dal*", &PEOPLE, &Options::default()).unwrap_err();
    /// assert_eq!(error.to_string(), "`fullName*`: expected `*foo*`, not `Dal*`");
    /// # Ok::<(), epissure_filter::QueryError>(())
    /// ```
    pub fn parse_closed(
        raw_query: &str,
        list: &'static ClosedList,
        options: &Options,
    ) -> Result<Query, QueryError> {
        let mut page = Page::new(options);
        let pairs = list.pairs.iter().map(|pair| Halves { pair, key: None, value: None }).collect();
        let mut reader = Reader { list, limit: options.limits.predicates, predicates: Vec::new(), pairs };
        for parameter in parameters(raw_query, &options.limits)? {
            let parameter = parameter?;
            if !page.read(&parameter, list)? {
                reader.filter(parameter)?;
            }
        }
        Ok(page.finish(reader.finish()?))
    }
}

impl Dialect for ClosedList {
    /// Caps the value at the maximum: the Party page asks callers to check the number of results.
    fn limit(&self, asked: Option<u64>, max: u32) -> Result<u32, QueryErrorKind> {
        let asked = asked.ok_or(QueryErrorKind::NotACount)?;
        Ok(u32::try_from(asked).map_or(max, |asked| asked.min(max)))
    }

    fn sort_field(&self, path: &Path) -> Result<Field, QueryErrorKind> {
        if self.sortable.contains(&path.as_joined()) {
            return Ok(Field::any(path.clone()));
        }
        Err(QueryErrorKind::NotSortable { written: path.to_string(), sortable: self.sortable })
    }

    fn select(&self, path: &str, selection: &mut FieldSelection) -> Result<(), PathError> {
        selection.add_path(path)
    }
}

/// Predicates and pairs read so far.
struct Reader<'a> {
    list: &'static ClosedList,
    /// Maximum number of predicates.
    limit: usize,
    predicates: Vec<Predicate>,
    pairs: Vec<Halves<'a>>,
}

/// The two halves of a pair, each `None` until read.
struct Halves<'a> {
    pair: &'static Pair,
    key: Option<Parameter<'a>>,
    value: Option<Parameter<'a>>,
}

impl<'a> Reader<'a> {
    fn filter(&mut self, parameter: Parameter<'a>) -> Result<(), QueryError> {
        let Some((name, written)) = self.split(&parameter.name.text) else {
            let written = parameter.name.text.clone().into_owned();
            return Err(parameter.name_error(0, QueryErrorKind::NotListed { written, list: self.list }));
        };
        if let Some(attribute) = self.list.attributes.iter().find(|attribute| attribute.path == name) {
            let test = attribute_test(attribute, written, &parameter)?;
            return self.push(predicate(attribute.path, &parameter, test)?, &parameter);
        }
        let (name, at) = (name.to_owned(), name.len());
        for halves in &mut self.pairs {
            let pair = halves.pair;
            let (half, globs) = if pair.key_name() == name {
                (&mut halves.key, &[][..])
            } else if pair.value_name() == name {
                (&mut halves.value, pair.globs())
            } else {
                continue;
            };
            if !(written.is_empty() || written == GLOB && !globs.is_empty()) {
                return Err(not_listed(&parameter, at, globs));
            }
            if half.is_some() {
                return Err(parameter.name_error(0, QueryErrorKind::Repeated));
            }
            *half = Some(parameter);
            break;
        }
        Ok(())
    }

    /// Splits a parameter name into the filter's name and the suffix before the `=`.
    fn split<'n>(&self, written: &'n str) -> Option<(&'n str, &'n str)> {
        let ends = |name: &str| {
            let rest = written.strip_prefix(name)?;
            // The filter `name` must not match `nameType`.
            let ended = !rest.starts_with(|char: char| char.is_alphanumeric() || char == '.' || char == '_');
            ended.then_some(name.len())
        };
        self.list.names().find_map(|name| ends(&name)).map(|at| written.split_at(at))
    }

    fn push(&mut self, predicate: Predicate, parameter: &Parameter<'_>) -> Result<(), QueryError> {
        if self.predicates.len() == self.limit {
            return Err(parameter.name_error(0, QueryErrorKind::TooManyPredicates { limit: self.limit }));
        }
        self.predicates.push(predicate);
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Predicate>, QueryError> {
        for Halves { pair, key, value } in std::mem::take(&mut self.pairs) {
            match (key, value) {
                (None, None) => {}
                (Some(key), Some(value)) => self.push(pair_predicate(pair, &key, &value)?, &key)?,
                (Some(given), None) => return Err(missing_half(&given, pair.value_name())),
                (None, Some(given)) => return Err(missing_half(&given, pair.key_name())),
            }
        }
        Ok(self.predicates)
    }
}

/// Suffix of the name before the `=` of `*=`.
const GLOB: &str = "*";

fn attribute_test(
    attribute: &Attribute,
    written: &str,
    parameter: &Parameter<'_>,
) -> Result<Test, QueryError> {
    let value = parameter.value.text.as_ref();
    let refused = |kind| Err(parameter.value_error(0, kind));
    match (written, attribute.values) {
        ("", Values::Text) => Ok(equals(Operand::Text(value.to_owned()))),
        ("", Values::Bool) => match value {
            "true" => Ok(equals(Operand::Bool(true))),
            "false" => Ok(equals(Operand::Bool(false))),
            _ => refused(QueryErrorKind::NotABool { written: value.to_owned() }),
        },
        ("", Values::OneOf(values)) if values.contains(&value) => Ok(equals(Operand::Text(value.to_owned()))),
        ("", Values::OneOf(values)) => {
            refused(QueryErrorKind::NotOneOf { written: value.to_owned(), values: values.to_vec() })
        }
        (GLOB, _) if !attribute.globs.is_empty() => glob_test(parameter, attribute.globs),
        _ => Err(not_listed(parameter, attribute.path.len(), attribute.globs)),
    }
}

fn pair_predicate(
    pair: &'static Pair,
    key: &Parameter<'_>,
    value: &Parameter<'_>,
) -> Result<Predicate, QueryError> {
    let name = key.value.text.as_ref();
    let Some(listed) = pair.keys.iter().find(|listed| listed.name == name) else {
        let values = pair.keys.iter().map(|listed| listed.name).collect();
        return Err(key.value_error(0, QueryErrorKind::NotOneOf { written: name.to_owned(), values }));
    };
    let test = if !value.name.text.ends_with(GLOB) {
        equals(Operand::Text(value.value.text.clone().into_owned()))
    } else if listed.globs.is_empty() {
        let at = value.name.text.len() - GLOB.len();
        return Err(value.name_error(at, QueryErrorKind::GlobNotListed { key: name.to_owned() }));
    } else {
        glob_test(value, listed.globs)?
    };
    let halves = vec![
        predicate(pair.key, key, equals(Operand::Text(name.to_owned())))?,
        predicate(pair.value, value, test)?,
    ];
    predicate(pair.array, key, Test::Element(halves))
}

fn predicate(path: &str, parameter: &Parameter<'_>, test: Test) -> Result<Predicate, QueryError> {
    let path = Path::parse(path)
        .map_err(|error| parameter.name_error(error.position, QueryErrorKind::Path(error.kind)))?;
    let parameter = parameter.name.text.clone().into_owned();
    Ok(Predicate { parameter, field: Field::any(path), test, negated: false })
}

fn equals(operand: Operand) -> Test {
    Test::Compare(Comparison::Equal, operand)
}

fn glob_test(parameter: &Parameter<'_>, globs: &'static [Place]) -> Result<Test, QueryError> {
    let value = parameter.value.text.as_ref();
    match glob(value).filter(|glob| globs.contains(&glob.place())) {
        Some(glob) => Ok(Test::Glob(glob)),
        None => Err(parameter.value_error(0, QueryErrorKind::NotAGlob { written: value.to_owned(), globs })),
    }
}

/// Parses `foo*` or `*foo*`, where `foo` contains no star.
fn glob(text: &str) -> Option<Glob> {
    let (place, rest) = match text.strip_prefix('*') {
        Some(rest) => (Place::Anywhere, rest),
        None => (Place::Start, text),
    };
    let sought = rest.strip_suffix('*')?;
    (!sought.is_empty() && !sought.contains('*')).then(|| Glob::new(sought, place))
}

/// Builds the error for an operator the attribute does not accept; `at` is the end of its name.
fn not_listed(parameter: &Parameter<'_>, at: usize, globs: &'static [Place]) -> QueryError {
    let written = format!("{}=", &parameter.name.text[at..]);
    parameter.name_error(at, QueryErrorKind::OperatorNotListed { written, globs })
}

fn missing_half(given: &Parameter<'_>, name: String) -> QueryError {
    given.name_error(0, QueryErrorKind::MissingHalf { name })
}
