//! Parses the raw query of a ticket list.

use crate::operand::Reading;
use crate::page::{Dialect, Page, unquoted};
use crate::raw::{Parameter, parameters};
use crate::{
    Comparison, Field, FieldSelection, JsonPattern, JsonPatternError, Nature, OperandType, Operator, Options,
    Path, PathError, Pattern, Predicate, Query, QueryError, QueryErrorKind, Schema, Test,
};

impl Query {
    /// Parses the raw query part of a URL: percent-encoded, without the `?`.
    ///
    /// The query must not have been through a form decoder. A form decoder ends a parameter's name
    /// at the first `=`, and splits `age[>=]=18` in the wrong place.
    ///
    /// # Errors
    ///
    /// Returns [`QueryError`] for the first invalid parameter; [`QueryErrorKind`] lists the
    /// reasons.
    ///
    /// # Example
    ///
    /// ```
    /// use epissure_filter::{AnySchema, Options, Query};
    ///
    /// let raw = "age[%3E=,num]=18&status[in]=OPEN,CLOSED&sort=-createdDate&fields=id,status&offset=20&limit=10";
    /// let query = Query::parse(raw, &AnySchema, &Options::default())?;
    /// assert_eq!(query.predicates.len(), 2);
    /// assert_eq!(query.predicates[0].parameter, "age[>=,num]");
    /// assert!(query.sort[0].descending);
    /// assert_eq!((query.offset, query.limit), (20, 10));
    /// # Ok::<(), epissure_filter::QueryError>(())
    /// ```
    pub fn parse(raw_query: &str, schema: &dyn Schema, options: &Options) -> Result<Query, QueryError> {
        let mut page = Page::new(options);
        let mut reader = Reader::new(schema, options);
        for parameter in parameters(raw_query, &options.limits)? {
            let parameter = parameter?;
            if page.read(&parameter, &reader)? {
                continue;
            }
            match parameter.name.text.as_ref() {
                "cursor" => page.cursor(&parameter)?,
                "filter" => return Err(parameter.name_error(0, QueryErrorKind::FilterParameter)),
                _ => reader.predicate(&parameter)?,
            }
        }
        Ok(page.finish(reader.predicates))
    }
}

/// Predicates read so far.
struct Reader<'a> {
    schema: &'a dyn Schema,
    options: &'a Options,
    predicates: Vec<Predicate>,
    patterns: usize,
}

impl Dialect for Reader<'_> {
    fn limit(&self, asked: Option<u64>, max: u32) -> Result<u32, QueryErrorKind> {
        asked
            .and_then(|limit| u32::try_from(limit).ok())
            .filter(|limit| *limit <= max)
            .ok_or(QueryErrorKind::BadLimit { max })
    }

    fn sort_field(&self, path: &Path) -> Result<Field, QueryErrorKind> {
        self.check_known(path)?;
        Ok(self.schema.field(path))
    }

    fn select(&self, name: &str, selection: &mut FieldSelection) -> Result<(), PathError> {
        selection.add_member(name);
        Ok(())
    }
}

impl<'a> Reader<'a> {
    fn new(schema: &'a dyn Schema, options: &'a Options) -> Reader<'a> {
        Reader { schema, options, predicates: Vec::new(), patterns: 0 }
    }

    fn predicate(&mut self, parameter: &Parameter<'_>) -> Result<(), QueryError> {
        let limits = &self.options.limits;
        if self.predicates.len() == limits.predicates {
            let kind = QueryErrorKind::TooManyPredicates { limit: limits.predicates };
            return Err(parameter.name_error(0, kind));
        }
        let key = Key::parse(parameter)?;
        self.check_known(&key.path).map_err(|kind| parameter.name_error(0, kind))?;
        let field = self.schema.field(&key.path);
        let value = parameter.value.text.as_ref();
        let at = |offset, kind| parameter.value_error(offset, kind);
        let mut negated = key.operator.entry().negates.is_some();
        let test = match key.operator {
            Operator::Regex | Operator::NotRegex => {
                if self.patterns == limits.patterns {
                    let kind = QueryErrorKind::TooManyPatterns { limit: limits.patterns };
                    return Err(parameter.name_error(0, kind));
                }
                self.patterns += 1;
                Test::Regex(
                    Pattern::new(value, limits).map_err(|error| at(0, QueryErrorKind::Pattern(error)))?,
                )
            }
            Operator::Is | Operator::IsNot => {
                let entry = Nature::from_alias(value)
                    .ok_or_else(|| at(0, QueryErrorKind::UnknownNature { written: value.to_owned() }))?;
                negated ^= entry.negated;
                Test::Is(entry.nature)
            }
            Operator::In | Operator::NotIn => {
                let reading = Reading::new(key.operand_type, field.kind, true);
                let operands = reading.read_list(value, limits.list_items);
                Test::In(operands.map_err(|(offset, kind)| at(offset, kind))?)
            }
            Operator::Json | Operator::NotJson => {
                let pattern = JsonPattern::parse(value, limits).map_err(|error| {
                    let offset =
                        if let JsonPatternError::Syntax { position, .. } = error { position } else { 0 };
                    at(offset, QueryErrorKind::Json(error))
                })?;
                Test::Json(pattern)
            }
            Operator::Equal
            | Operator::NotEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Less
            | Operator::LessOrEqual => {
                let comparison = comparison(key.operator);
                let reading = Reading::new(key.operand_type, field.kind, comparison == Comparison::Equal);
                Test::Compare(comparison, reading.read(value).map_err(|kind| at(0, kind))?)
            }
        };
        let parameter = parameter.name.text.clone().into_owned();
        self.predicates.push(Predicate { parameter, field, test, negated });
        Ok(())
    }

    fn check_known(&self, path: &Path) -> Result<(), QueryErrorKind> {
        let first = path.segments()[0].name();
        if self.options.strict && !self.schema.knows(first) {
            return Err(QueryErrorKind::UnknownField { name: first.to_owned() });
        }
        Ok(())
    }
}

/// The name of a parameter that filters: `path`, `path[operator]` or `path[operator,type]`.
struct Key {
    path: Path,
    operator: Operator,
    operand_type: Option<OperandType>,
}

impl Key {
    fn parse(parameter: &Parameter<'_>) -> Result<Key, QueryError> {
        let text = parameter.name.text.as_ref();
        let open = open_bracket(text).unwrap_or(text.len());
        let path = Path::parse(&text[..open])
            .map_err(|error| parameter.name_error(error.position, QueryErrorKind::Path(error.kind)))?;
        if open == text.len() {
            return Ok(Key { path, operator: Operator::Equal, operand_type: None });
        }
        // The query splitter ends a bracketed name at its `]`.
        let inside = text[open + 1..].strip_suffix(']').unwrap_or_default();
        let (operator, operand_type) = match inside.split_once(',') {
            Some((operator, operand_type)) => (operator, Some(operand_type)),
            None => (inside, None),
        };
        let operator_text = operator.trim();
        let operator = Operator::from_alias(operator_text).ok_or_else(|| {
            let kind = QueryErrorKind::UnknownOperator { written: operator_text.to_owned() };
            parameter.name_error(open + 1, kind)
        })?;
        let operand_type = match operand_type.map(str::trim) {
            None => None,
            Some(written) => {
                let error = |kind| parameter.name_error(open + 1 + inside.find(',').unwrap_or(0) + 1, kind);
                let operand_type = OperandType::from_alias(written)
                    .ok_or_else(|| error(QueryErrorKind::UnknownType { written: written.to_owned() }))?;
                if !operator.entry().types.contains(&operand_type) {
                    return Err(error(QueryErrorKind::TypeNotAllowed { operator, operand_type }));
                }
                Some(operand_type)
            }
        };
        Ok(Key { path, operator, operand_type })
    }
}

fn comparison(operator: Operator) -> Comparison {
    match operator {
        Operator::Greater => Comparison::Greater,
        Operator::GreaterOrEqual => Comparison::GreaterOrEqual,
        Operator::Less => Comparison::Less,
        Operator::LessOrEqual => Comparison::LessOrEqual,
        _ => Comparison::Equal,
    }
}

/// Returns the position of the first unquoted `[`.
fn open_bracket(text: &str) -> Option<usize> {
    unquoted(text).find(|(_, char)| *char == '[').map(|(at, _)| at)
}
