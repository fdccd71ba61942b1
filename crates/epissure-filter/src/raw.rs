//! Splitting and decoding the raw query, with positions.
//!
//! A form decoder cannot be used: it ends the name at the first `=`, which splits `age[>=]=18` into
//! `age[>` and `]=18`.

use std::borrow::Cow;

use crate::{Limits, QueryError, QueryErrorKind};

/// One `name=value` parameter of the query.
#[derive(Debug)]
pub(crate) struct Parameter<'a> {
    pub(crate) name: Decoded<'a>,
    pub(crate) value: Decoded<'a>,
}

/// Decoded text with its position in the raw query.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    raw: &'a str,
    start: usize,
}

impl Decoded<'_> {
    /// Returns the position in the raw query of the byte at `offset` in the decoded text.
    pub(crate) fn position(&self, offset: usize) -> usize {
        let mut at = 0;
        for _ in 0..offset {
            at += if self.raw.as_bytes().get(at) == Some(&b'%') { 3 } else { 1 };
        }
        self.start + at.min(self.raw.len())
    }
}

impl Parameter<'_> {
    /// Builds an error about the name, at an offset of its decoded text.
    pub(crate) fn name_error(&self, offset: usize, kind: QueryErrorKind) -> QueryError {
        let position = self.name.position(offset);
        QueryError { parameter: self.name.text.clone().into_owned(), position, kind }
    }

    /// Builds an error about the value, at an offset of its decoded text.
    pub(crate) fn value_error(&self, offset: usize, kind: QueryErrorKind) -> QueryError {
        let position = self.value.position(offset);
        QueryError { parameter: self.name.text.clone().into_owned(), position, kind }
    }
}

/// Returns the parameters of the raw query, in order. Empty ones (`a=1&&b=2`) are skipped.
pub(crate) fn parameters<'a>(
    query: &'a str,
    limits: &Limits,
) -> Result<impl Iterator<Item = Result<Parameter<'a>, QueryError>> + use<'a>, QueryError> {
    let limit = limits.query_bytes;
    if query.len() > limit {
        let kind = QueryErrorKind::TooLong { limit };
        return Err(QueryError { parameter: String::new(), position: limit, kind });
    }
    let mut next = 0;
    Ok(query.split('&').filter_map(move |raw| {
        let start = next;
        next += raw.len() + 1;
        (!raw.is_empty()).then(|| parameter(raw, start))
    }))
}

fn parameter(raw: &str, start: usize) -> Result<Parameter<'_>, QueryError> {
    let end = match name_end(raw) {
        Ok(end) => end,
        Err((at, kind)) => {
            let parameter = decode(raw, start).map_or_else(|_| raw.to_owned(), |name| name.text.into_owned());
            return Err(QueryError { parameter, position: start + at, kind });
        }
    };
    let error =
        |parameter: &str, (position, kind)| QueryError { parameter: parameter.to_owned(), position, kind };
    let name = decode(&raw[..end], start).map_err(|failure| error(&raw[..end], failure))?;
    let value = decode(&raw[end + 1..], start + end + 1).map_err(|failure| error(&name.text, failure))?;
    Ok(Parameter { name, value })
}

/// Returns the position of the `=` that ends the name.
///
/// It is the first `=`, unless a bracket opens before it: then it is the one of the first `]=`.
/// Brackets may be percent-encoded, that `=` may not. Quoted segments are skipped.
fn name_end(raw: &str) -> Result<usize, (usize, QueryErrorKind)> {
    let bytes = raw.as_bytes();
    let mut at = 0;
    let mut segment_begins = true;
    while at < bytes.len() {
        let (byte, length) = unit(bytes, at);
        match byte {
            b'=' if length == 1 => return Ok(at),
            b'[' => return bracket_end(bytes, at),
            b'"' if segment_begins => {
                // The path's parser reports an unclosed quote.
                if let Some(closed) = quote_end(bytes, at + length) {
                    at = closed;
                    segment_begins = false;
                    continue;
                }
            }
            _ => {}
        }
        segment_begins = byte == b'.';
        at += length;
    }
    Err((raw.len(), QueryErrorKind::NoEquals))
}

fn bracket_end(bytes: &[u8], open: usize) -> Result<usize, (usize, QueryErrorKind)> {
    let mut at = open;
    let mut closed = false;
    while at < bytes.len() {
        let (byte, length) = unit(bytes, at);
        if closed && byte == b'=' && length == 1 {
            return Ok(at);
        }
        closed = byte == b']';
        at += length;
    }
    // `name[eq]` has no value; any other name has no closing bracket.
    Err(if closed {
        (bytes.len(), QueryErrorKind::NoEquals)
    } else {
        (open, QueryErrorKind::UnclosedBracket)
    })
}

/// Returns the position after the closing quote.
fn quote_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    while at < bytes.len() {
        let (byte, length) = unit(bytes, at);
        at += length;
        match byte {
            b'"' => return Some(at),
            b'\\' if at < bytes.len() => at += unit(bytes, at).1,
            _ => {}
        }
    }
    None
}

/// Returns the decoded byte at a position, and its length in raw bytes.
fn unit(bytes: &[u8], at: usize) -> (u8, usize) {
    let hex = |offset: usize| bytes.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
    match (bytes[at], hex(1), hex(2)) {
        (b'%', Some(high), Some(low)) => ((high * 16 + low) as u8, 3),
        (byte, ..) => (byte, 1),
    }
}

fn decode(raw: &str, start: usize) -> Result<Decoded<'_>, (usize, QueryErrorKind)> {
    if let Some(at) = raw.find('\0') {
        return Err((start + at, QueryErrorKind::Nul));
    }
    if !raw.contains(['%', '+']) {
        return Ok(Decoded { text: Cow::Borrowed(raw), raw, start });
    }
    let bytes = raw.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (byte, length) = unit(bytes, at);
        match (byte, length) {
            (b'%', 1) => return Err((start + at, QueryErrorKind::BadEscape)),
            (0, _) => return Err((start + at, QueryErrorKind::Nul)),
            (b'+', 1) => decoded.push(b' '),
            _ => decoded.push(byte),
        }
        at += length;
    }
    match String::from_utf8(decoded) {
        Ok(text) => Ok(Decoded { text: Cow::Owned(text), raw, start }),
        Err(error) => {
            let valid = Decoded { text: Cow::Borrowed(""), raw, start };
            Err((valid.position(error.utf8_error().valid_up_to()), QueryErrorKind::NotUtf8))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Vec<(String, String)> {
        parameters(query, &Limits::default())
            .unwrap()
            .map(|parameter| {
                let parameter = parameter.unwrap();
                (parameter.name.text.into_owned(), parameter.value.text.into_owned())
            })
            .collect()
    }

    fn pair(query: &str) -> (String, String) {
        let mut pairs = pairs(query);
        assert_eq!(pairs.len(), 1, "{query}");
        pairs.remove(0)
    }

    fn error(query: &str) -> (String, usize, QueryErrorKind) {
        let error = parameters(query, &Limits::default()).unwrap().find_map(Result::err).unwrap();
        (error.parameter, error.position, error.kind)
    }

    #[test]
    fn a_name_ends_where_its_bracket_does() {
        for (query, name, value) in [
            ("name=doudou", "name", "doudou"),
            ("name[==]=doudou", "name[==]", "doudou"),
            ("name[=]=null", "name[=]", "null"),
            ("name[=~]=dou.*", "name[=~]", "dou.*"),
            ("name[!=]==", "name[!=]", "="),
            ("name[=]=]=x", "name[=]", "]=x"),
            ("age[>=]=18", "age[>=]", "18"),
            ("age[%3E%3D]=18", "age[>=]", "18"),
            ("age%5B%3E%3D%5D=18", "age[>=]", "18"),
            ("age%5b>=%5d=18", "age[>=]", "18"),
            ("age[>=%5D=18", "age[>=]", "18"),
            ("a=b[c]=d", "a", "b[c]=d"),
            ("a==", "a", "="),
            ("a=", "a", ""),
            ("=a", "", "a"),
            ("a%3Db=c", "a=b", "c"),
            (r#"j[j]={"a]=":1}"#, "j[j]", r#"{"a]=":1}"#),
            (r#""a=b".c=d"#, r#""a=b".c"#, "d"),
            (r#"x."[a]=b"[eq]=d"#, r#"x."[a]=b"[eq]"#, "d"),
            (r#"%22a\%22=%22=b"#, r#""a\"=""#, "b"),
            (r#""a=b"#, "\"a", "b"),
            (r#"a"b=c""#, "a\"b", "c\""),
        ] {
            assert_eq!(pair(query), (name.to_owned(), value.to_owned()), "{query}");
        }
    }

    #[test]
    fn decodes_names_and_values() {
        assert_eq!(pair("%40type=My+Type%2B"), ("@type".to_owned(), "My Type+".to_owned()));
        assert_eq!(pair("é=%C3%A9ü"), ("é".to_owned(), "éü".to_owned()));
        assert_eq!(pairs("&a=1&&b=2&").len(), 2);
        assert_eq!(pairs("").len(), 0);
    }

    #[test]
    fn says_where_it_is_wrong() {
        assert_eq!(error("a=1&b"), ("b".to_owned(), 5, QueryErrorKind::NoEquals));
        assert_eq!(error("a[eq]"), ("a[eq]".to_owned(), 5, QueryErrorKind::NoEquals));
        assert_eq!(error("a[eq=1"), ("a[eq=1".to_owned(), 1, QueryErrorKind::UnclosedBracket));
        assert_eq!(error("a[eq]x=1"), ("a[eq]x=1".to_owned(), 1, QueryErrorKind::UnclosedBracket));
        assert_eq!(error("a=10%"), ("a".to_owned(), 4, QueryErrorKind::BadEscape));
        assert_eq!(error("a=%zz"), ("a".to_owned(), 2, QueryErrorKind::BadEscape));
        assert_eq!(error("%é=1"), ("%é".to_owned(), 0, QueryErrorKind::BadEscape));
        assert_eq!(error("a=%41%ff"), ("a".to_owned(), 5, QueryErrorKind::NotUtf8));
        assert_eq!(error("a=x%00"), ("a".to_owned(), 3, QueryErrorKind::Nul));
        assert_eq!(error("a=x\0"), ("a".to_owned(), 3, QueryErrorKind::Nul));
    }
}
