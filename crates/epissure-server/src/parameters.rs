//! Parameters of header values, and lists of such values (RFC 9110 sections 5.6.1 and 5.6.6).

/// Parses `name=value; …`, each value a token or a quoted string (RFC 9110 section 5.6.6). Returns
/// `None` for any other form.
pub(crate) fn read(text: &str) -> Option<Vec<(String, String)>> {
    let mut parameters = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim();
        if name.is_empty() || name.contains([';', '"']) {
            return None;
        }
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted)?,
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        parameters.push((name.to_owned(), value));
        let after = after.trim_start();
        match after.strip_prefix(';') {
            Some(next) => rest = next.trim_start(),
            None if after.is_empty() => break,
            None => return None,
        }
    }
    Some(parameters)
}

/// Parses a quoted string after its first quote. Returns the string, and the text after its last
/// quote.
///
/// A backslash escapes a quote or a backslash. Before any other character it is literal, as in the
/// paths that some clients send as file names.
fn quoted_string(text: &str) -> Option<(String, &str)> {
    let (mut value, mut chars) = (String::new(), text.char_indices().peekable());
    while let Some((at, one)) = chars.next() {
        match one {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push(one),
            },
            _ => value.push(one),
        }
    }
    None
}

/// Returns the elements of a list, split at commas outside quoted strings.
pub(crate) fn elements(value: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let elements = value.split(move |one: char| {
        if one == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && one == '\\' && !escaped;
        one == ',' && !quoted
    });
    elements.map(str::trim).filter(|element| !element.is_empty()).collect()
}
