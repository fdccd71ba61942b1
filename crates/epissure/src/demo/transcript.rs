//! Transcript of the demo: the shell command of each exchange, ready to paste, and its response,
//! shortened where long.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value};

use crate::client::secret::quote;

/// A request.
pub(super) struct Exchange<'a> {
    /// Method.
    pub(super) method: Method,
    /// URL.
    pub(super) url: String,
    /// Shell variable of the token, and the token.
    pub(super) token: (&'a str, &'a str),
    /// Version expected in `If-Match`.
    pub(super) if_match: Option<&'a str>,
    /// JSON body.
    pub(super) body: Option<Value>,
}

/// Formats the command that obtains a token and stores it in a shell variable.
pub(super) fn token_command(variable: &str, base: &str, client: &str, secret: &str) -> String {
    let credentials = quote(&format!("{client}:{secret}"));
    format!(
        "  {variable}=$(curl -sS -u {credentials} \\\n      -d grant_type=client_credentials {base}/oauth/v2/token | \
         sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n"
    )
}

/// Formats the command of an exchange.
pub(super) fn command(exchange: &Exchange<'_>) -> String {
    let method = match (&exchange.method, &exchange.body) {
        (&Method::GET, _) => "curl -sSgi".to_owned(),
        (&Method::HEAD, _) => "curl -sSgI".to_owned(),
        (method, _) => format!("curl -sSi -X {method}"),
    };
    let mut lines = vec![format!("{method} {}", quote(&exchange.url))];
    lines.push(format!("-H \"Authorization: Bearer ${}\"", exchange.token.0));
    if let Some(etag) = exchange.if_match {
        lines.push(format!("-H {}", quote(&format!("If-Match: {etag}"))));
    }
    if let Some(body) = &exchange.body {
        let media = if exchange.method == Method::PATCH {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        lines.push(format!("-H 'Content-Type: {media}'"));
        lines.push(format!("-d {}", quote(&pretty(body, 4))));
    }
    lines.join(" \\\n    ")
}

/// Headers to print.
const HEADERS: &[(&str, &str)] = &[
    ("location", "Location"),
    ("etag", "ETag"),
    ("x-total-count", "X-Total-Count"),
    ("x-result-count", "X-Result-Count"),
];

/// Formats a response: status line, headers, and the relevant members of the body.
pub(super) fn answer(
    status: reqwest::StatusCode,
    headers: &HeaderMap,
    body: &Value,
    members: &[&str],
) -> String {
    let mut text =
        format!("HTTP/1.1 {} {}\n", status.as_u16(), status.canonical_reason().unwrap_or_default());
    for (name, shown) in HEADERS {
        if let Some(value) = headers.get(*name).and_then(|value| value.to_str().ok()) {
            text.push_str(&format!("{shown}: {value}\n"));
        }
    }
    if !body.is_null() {
        text.push('\n');
        text.push_str(&pretty(&shorten(body, members), 0));
        text.push('\n');
    }
    text
}

/// Mark of omitted content.
const LEFT_OUT: &str = "…";

/// Returns the named members, in order, and marks the omission of others.
fn shorten(value: &Value, members: &[&str]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| shorten(item, members)).collect(),
        Value::Object(object) if !members.is_empty() => {
            let mut kept: Map<String, Value> = object
                .iter()
                .filter(|(member, _)| members.contains(&member.as_str()))
                .map(|(member, value)| (member.clone(), trim(value)))
                .collect();
            let left = object.len() - kept.len();
            if left > 0 {
                kept.insert(LEFT_OUT.to_owned(), format!("{left} more").into());
            }
            Value::Object(kept)
        }
        other => trim(other),
    }
}

/// Shortens the long parts of a member: technical members of a history, and tokens.
fn trim(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(trim).collect(),
        Value::Object(object) if object.contains_key("@schemaLocation") => {
            let mut kept: Map<String, Value> = object
                .iter()
                .filter(|(member, _)| !member.starts_with('@'))
                .map(|(member, value)| (member.clone(), trim(value)))
                .collect();
            kept.insert(LEFT_OUT.to_owned(), Value::Null);
            Value::Object(kept)
        }
        Value::Object(object) => object.iter().map(|(member, value)| (member.clone(), trim(value))).collect(),
        Value::String(text) if text.starts_with("epi_at_") => format!("{}{LEFT_OUT}", &text[..16]).into(),
        other => other.clone(),
    }
}

/// Maximum width of a line.
const WIDTH: usize = 100;

/// Formats JSON for reading: short values stay on one line.
fn pretty(value: &Value, indent: usize) -> String {
    let one_line = one_line(value);
    if indent + one_line.chars().count() <= WIDTH && (indent > 0 || !matches!(value, Value::Object(_))) {
        return one_line;
    }
    let inner = " ".repeat(indent + 2);
    let (open, items, close): (char, Vec<String>, char) = match value {
        Value::Array(items) => ('[', items.iter().map(|item| pretty(item, indent + 2)).collect(), ']'),
        Value::Object(object) => {
            let member = |(name, value): (&String, &Value)| match name.as_str() {
                LEFT_OUT => left_out(value),
                _ => format!("{}: {}", Value::from(name.as_str()), pretty(value, indent + 2)),
            };
            ('{', object.iter().map(member).collect(), '}')
        }
        _ => return one_line,
    };
    format!("{open}\n{inner}{}\n{}{close}", items.join(&format!(",\n{inner}")), " ".repeat(indent))
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        Value::Object(object) => {
            let member = |(name, value): (&String, &Value)| match name.as_str() {
                LEFT_OUT => left_out(value),
                _ => format!("{}: {}", Value::from(name.as_str()), one_line(value)),
            };
            format!("{{{}}}", object.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

fn left_out(count: &Value) -> String {
    count.as_str().map_or_else(|| LEFT_OUT.to_owned(), |count| format!("{LEFT_OUT} {count}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_out_is_marked() {
        let body = json!({"id": "1", "a": 1, "b": 2, "status": "PENDING"});
        assert_eq!(
            pretty(&shorten(&body, &["id", "status"]), 0),
            "{\n  \"id\": \"1\",\n  \"status\": \"PENDING\",\n  … 2 more\n}"
        );
    }

    #[test]
    fn a_command_is_whole() {
        let exchange = Exchange {
            method: Method::PATCH,
            url: "http://127.0.0.1:1/anomalie-adresse/x".to_owned(),
            token: ("OI", "secret"),
            if_match: Some("\"v\""),
            body: Some(json!({"statusChangeDetails": "it's", "status": "PENDING"})),
        };
        assert_eq!(
            command(&exchange),
            "curl -sSi -X PATCH 'http://127.0.0.1:1/anomalie-adresse/x' \\\n    \
             -H \"Authorization: Bearer $OI\" \\\n    -H 'If-Match: \"v\"' \\\n    \
             -H 'Content-Type: application/merge-patch+json' \\\n    \
             -d '{\"statusChangeDetails\": \"it'\\''s\", \"status\": \"PENDING\"}'"
        );
    }
}
