//! From the raw query to what it asks.

use crate::operand::Reading;
use crate::path::unquote;
use crate::raw::{Parameter, parameters};
use crate::{
    Comparison, FieldSelection, JsonPattern, JsonPatternError, Nature, OperandType, Operator, Options, Path,
    Pattern, Predicate, Query, QueryError, QueryErrorKind, Schema, SortKey, Test, fields,
};

impl Query {
    /// Reads the query part of a URL, raw: percent-encoded, without the `?`.
    ///
    /// It must not have gone through a form decoder: those end a parameter's name at the first `=`, and cut
    /// `age[>=]=18` in the wrong place.
    ///
    /// # Errors
    ///
    /// [`QueryError`] for the first parameter that is wrong; [`QueryErrorKind`] lists the reasons.
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
        let limit = options.limits.query_bytes;
        if raw_query.len() > limit {
            let kind = QueryErrorKind::TooLong { limit };
            return Err(QueryError { parameter: String::new(), position: limit, kind });
        }
        let mut reader = Reader::new(schema, options);
        for parameter in parameters(raw_query) {
            let parameter = parameter?;
            match parameter.name.text.as_ref() {
                "offset" => reader.offset(&parameter)?,
                "limit" => reader.limit(&parameter)?,
                "cursor" => reader.cursor(&parameter)?,
                "sort" => reader.sort(&parameter)?,
                "fields" => reader.fields.push(parameter.value.text.into_owned()),
                "filter" => return Err(parameter.name_error(0, QueryErrorKind::FilterParameter)),
                _ => reader.predicate(&parameter)?,
            }
        }
        Ok(reader.finish())
    }
}

/// What has been read so far.
struct Reader<'a> {
    schema: &'a dyn Schema,
    options: &'a Options,
    predicates: Vec<Predicate>,
    patterns: usize,
    sort: Vec<SortKey>,
    fields: Vec<String>,
    offset: Option<u64>,
    limit: Option<u32>,
    cursor: Option<String>,
}

impl<'a> Reader<'a> {
    fn new(schema: &'a dyn Schema, options: &'a Options) -> Reader<'a> {
        let (predicates, sort, fields) = (Vec::new(), Vec::new(), Vec::new());
        Reader {
            schema,
            options,
            predicates,
            patterns: 0,
            sort,
            fields,
            offset: None,
            limit: None,
            cursor: None,
        }
    }

    fn finish(self) -> Query {
        // `fields=` asks for nothing in particular, as a form with an empty input sends it.
        let given = self.fields.iter().any(|value| fields::split(value).next().is_some());
        let names = self.fields.iter().flat_map(|value| fields::split(value));
        Query {
            predicates: self.predicates,
            sort: self.sort,
            fields: given.then(|| FieldSelection::new(names)),
            offset: self.offset.unwrap_or(0),
            limit: self.limit.unwrap_or(self.options.default_limit),
            cursor: self.cursor,
        }
    }

    fn offset(&mut self, parameter: &Parameter<'_>) -> Result<(), QueryError> {
        let limit = self.options.limits.offset;
        let offset = match integer(&parameter.value.text) {
            None => return Err(parameter.value_error(0, QueryErrorKind::BadOffset)),
            Some(offset) if offset > limit => {
                return Err(parameter.value_error(0, QueryErrorKind::OffsetTooLarge { limit }));
            }
            Some(offset) => offset,
        };
        if self.cursor.is_some() {
            return Err(parameter.name_error(0, QueryErrorKind::TwoPlaces));
        }
        match self.offset.replace(offset) {
            None => Ok(()),
            Some(_) => Err(parameter.name_error(0, QueryErrorKind::Repeated)),
        }
    }

    fn limit(&mut self, parameter: &Parameter<'_>) -> Result<(), QueryError> {
        let max = self.options.max_limit;
        let limit = integer(&parameter.value.text)
            .and_then(|limit| u32::try_from(limit).ok())
            .filter(|limit| *limit <= max)
            .ok_or_else(|| parameter.value_error(0, QueryErrorKind::BadLimit { max }))?;
        match self.limit.replace(limit) {
            None => Ok(()),
            Some(_) => Err(parameter.name_error(0, QueryErrorKind::Repeated)),
        }
    }

    fn cursor(&mut self, parameter: &Parameter<'_>) -> Result<(), QueryError> {
        if self.offset.is_some() {
            return Err(parameter.name_error(0, QueryErrorKind::TwoPlaces));
        }
        match self.cursor.replace(parameter.value.text.clone().into_owned()) {
            None => Ok(()),
            Some(_) => Err(parameter.name_error(0, QueryErrorKind::Repeated)),
        }
    }

    fn sort(&mut self, parameter: &Parameter<'_>) -> Result<(), QueryError> {
        let limit = self.options.limits.sort_keys;
        let value = &parameter.value.text;
        for (start, item) in unquoted_commas(value).filter(|(_, item)| !item.is_empty()) {
            if self.sort.len() == limit {
                return Err(parameter.value_error(start, QueryErrorKind::TooManySortKeys { limit }));
            }
            // A `+` that was not percent-encoded is a space by now.
            let name = item.strip_prefix(['+', '-', ' ']).unwrap_or(item);
            let start = start + item.len() - name.len();
            let error = |offset, kind| parameter.value_error(start + offset, kind);
            let path =
                Path::parse(name).map_err(|path| error(path.position, QueryErrorKind::Path(path.kind)))?;
            self.check_known(&path).map_err(|kind| error(0, kind))?;
            self.sort.push(SortKey {
                field: self.schema.field(&path),
                descending: item.starts_with('-'),
                parameter: item.strip_prefix(' ').map_or_else(|| item.to_owned(), |name| format!("+{name}")),
            });
        }
        Ok(())
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
        // What splits the query ends a bracketed name at its `]`.
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

/// Decimal digits only: neither sign nor space. Too many of them are as the greatest integer.
fn integer(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// The first `[` that is not between quotes.
fn open_bracket(text: &str) -> Option<usize> {
    unquoted(text).find(|(_, char)| *char == '[').map(|(at, _)| at)
}

/// The items between the commas that are not between quotes, with their positions.
fn unquoted_commas(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let commas = unquoted(text).filter(|(_, char)| *char == ',').map(|(at, _)| at);
    let mut start = 0;
    commas.chain([text.len()]).map(move |end| {
        let item = (start, &text[start..end]);
        start = end + 1;
        item
    })
}

/// The characters that are not between quotes. A quote that is not closed is a character like another.
fn unquoted(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut skip_to = 0;
    let mut segment_begins = true;
    text.char_indices().filter(move |(at, char)| {
        if *at < skip_to {
            return false;
        }
        if *char == '"'
            && segment_begins
            && let Ok((_, length)) = unquote(&text[*at..])
        {
            skip_to = at + length;
            segment_begins = false;
            return false;
        }
        segment_begins = matches!(char, '.' | ',' | '+' | '-' | ' ');
        true
    })
}
