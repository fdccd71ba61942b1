//! Parameters common to every list: `offset`, `limit`, `sort` and `fields`.

use crate::path::unquote;
use crate::raw::Parameter;
use crate::{
    Field, FieldSelection, Options, Path, PathError, Predicate, Query, QueryError, QueryErrorKind, SortKey,
};

/// Differences between the two dialects.
pub(crate) trait Dialect {
    /// Returns the page size; `asked` is `None` when the parameter is not a number.
    fn limit(&self, asked: Option<u64>, max: u32) -> Result<u32, QueryErrorKind>;
    /// Returns the field that a sort key compares.
    fn sort_field(&self, path: &Path) -> Result<Field, QueryErrorKind>;
    /// Adds an item of `fields` to the selection.
    fn select(&self, item: &str, selection: &mut FieldSelection) -> Result<(), PathError>;
}

/// Common parameters read so far.
pub(crate) struct Page<'a> {
    options: &'a Options,
    sort: Vec<SortKey>,
    fields: Option<FieldSelection>,
    offset: Option<u64>,
    limit: Option<u32>,
    cursor: Option<String>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(options: &'a Options) -> Page<'a> {
        Page { options, sort: Vec::new(), fields: None, offset: None, limit: None, cursor: None }
    }

    /// Reads a common parameter; returns false for any other.
    pub(crate) fn read(
        &mut self,
        parameter: &Parameter<'_>,
        dialect: &dyn Dialect,
    ) -> Result<bool, QueryError> {
        match parameter.name.text.as_ref() {
            "offset" => self.offset(parameter)?,
            "limit" => self.limit(parameter, dialect)?,
            "sort" => self.sort(parameter, dialect)?,
            "fields" => self.fields(parameter, dialect)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(crate) fn finish(self, predicates: Vec<Predicate>) -> Query {
        Query {
            predicates,
            sort: self.sort,
            fields: self.fields,
            offset: self.offset.unwrap_or(0),
            limit: self.limit.unwrap_or(self.options.default_limit),
            cursor: self.cursor,
        }
    }

    fn offset(&mut self, parameter: &Parameter<'_>) -> Result<(), QueryError> {
        let limit = self.options.limits.offset;
        let offset = match integer(&parameter.value.text) {
            None => return Err(parameter.value_error(0, QueryErrorKind::NotACount)),
            Some(offset) if offset > limit => {
                return Err(parameter.value_error(0, QueryErrorKind::OffsetTooLarge { limit }));
            }
            Some(offset) => offset,
        };
        if self.cursor.is_some() && offset > 0 {
            return Err(parameter.name_error(0, QueryErrorKind::TwoPlaces));
        }
        match self.offset.replace(offset) {
            None => Ok(()),
            Some(_) => Err(parameter.name_error(0, QueryErrorKind::Repeated)),
        }
    }

    /// Reads `cursor`, for lists that return cursors.
    pub(crate) fn cursor(&mut self, parameter: &Parameter<'_>) -> Result<(), QueryError> {
        // An offset of 0 is accepted with a cursor: clients send both with their defaults.
        if self.offset.is_some_and(|offset| offset > 0) {
            return Err(parameter.name_error(0, QueryErrorKind::TwoPlaces));
        }
        match self.cursor.replace(parameter.value.text.clone().into_owned()) {
            None => Ok(()),
            Some(_) => Err(parameter.name_error(0, QueryErrorKind::Repeated)),
        }
    }

    fn limit(&mut self, parameter: &Parameter<'_>, dialect: &dyn Dialect) -> Result<(), QueryError> {
        let asked = integer(&parameter.value.text);
        let limit = dialect.limit(asked, self.options.max_limit);
        match self.limit.replace(limit.map_err(|kind| parameter.value_error(0, kind))?) {
            None => Ok(()),
            Some(_) => Err(parameter.name_error(0, QueryErrorKind::Repeated)),
        }
    }

    fn sort(&mut self, parameter: &Parameter<'_>, dialect: &dyn Dialect) -> Result<(), QueryError> {
        let limit = self.options.limits.sort_keys;
        let value = &parameter.value.text;
        for (start, item) in unquoted_commas(value).filter(|(_, item)| !item.is_empty()) {
            if self.sort.len() == limit {
                return Err(parameter.value_error(start, QueryErrorKind::TooManySortKeys { limit }));
            }
            // A `+` that was not percent-encoded was decoded as a space.
            let name = item.strip_prefix(['+', '-', ' ']).unwrap_or(item);
            let start = start + item.len() - name.len();
            let error = |offset, kind| parameter.value_error(start + offset, kind);
            let path =
                Path::parse(name).map_err(|path| error(path.position, QueryErrorKind::Path(path.kind)))?;
            self.sort.push(SortKey {
                field: dialect.sort_field(&path).map_err(|kind| error(0, kind))?,
                descending: item.starts_with('-'),
                parameter: item.strip_prefix(' ').map_or_else(|| item.to_owned(), |name| format!("+{name}")),
            });
        }
        Ok(())
    }

    fn fields(&mut self, parameter: &Parameter<'_>, dialect: &dyn Dialect) -> Result<(), QueryError> {
        let limit = self.options.limits.fields;
        for (start, item) in unquoted_commas(&parameter.value.text) {
            let start = start + item.len() - item.trim_start().len();
            let item = item.trim();
            // An empty `fields=`, as sent by a form with an empty input, selects nothing in
            // particular.
            if item.is_empty() {
                continue;
            }
            let selection = self.fields.get_or_insert_default();
            dialect.select(item, selection).map_err(|path| {
                parameter.value_error(start + path.position, QueryErrorKind::Path(path.kind))
            })?;
            if selection.len() > limit {
                return Err(parameter.value_error(start, QueryErrorKind::TooManyFields { limit }));
            }
        }
        Ok(())
    }
}

/// Parses decimal digits only: neither sign nor space. A larger value is capped at `u64::MAX`.
fn integer(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Returns the items separated by unquoted commas, with their positions.
pub(crate) fn unquoted_commas(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let commas = unquoted(text).filter(|(_, char)| *char == ',').map(|(at, _)| at);
    let mut start = 0;
    commas.chain([text.len()]).map(move |end| {
        let item = (start, &text[start..end]);
        start = end + 1;
        item
    })
}

/// Returns the characters outside quotes. An unclosed quote is an ordinary character.
pub(crate) fn unquoted(text: &str) -> impl Iterator<Item = (usize, char)> {
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
