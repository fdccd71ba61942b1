//! Random requests, as bytes, from valid, nearly valid and hostile parts.

use std::fmt;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use epissure_testkit::fixtures;
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// Values of the servers that requests may use.
pub(crate) struct Known {
    /// Identifiers of tickets.
    pub(crate) tickets: Vec<String>,
    /// Queries, each with a cursor.
    pub(crate) cursors: Vec<(String, String)>,
    /// Tokens.
    pub(crate) tokens: Vec<String>,
}

/// Queries whose cursors are forged: keys of every type.
pub(crate) const SORTED: &[&str] = &[
    "sort=id",
    "sort=-creationDate",
    "sort=status,name",
    "sort=externalId",
    "sort=-extension.number",
    "sort=sizeRefs,-lastUpdateDate",
    "status[ne]=x",
];

/// A request, as raw bytes.
pub(crate) struct Request(Vec<u8>);

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(1_500)];
        write!(formatter, "{}", shown.escape_ascii())
    }
}

impl Request {
    /// Returns the bytes for a server, with its own tokens instead of those in the generated
    /// request.
    pub(crate) fn bytes(&self, made_with: &[String], own: &[String]) -> Vec<u8> {
        let Some(at) = position(&self.0, b"Bearer ") else { return self.0.clone() };
        let (before, after) = self.0.split_at(at + b"Bearer ".len());
        for (made, own) in made_with.iter().zip(own) {
            if let Some(rest) = after.strip_prefix(made.as_bytes()) {
                return [before, own.as_bytes(), rest].concat();
            }
        }
        self.0.clone()
    }

    pub(crate) fn random(random: &mut StdRng, known: &Known) -> Self {
        let (method, target) = target(random, known);
        let form = target.starts_with(b"/oauth") || random.random_ratio(1, 40);
        let mut headers = vec![b"Host: x".to_vec(), b"Connection: close".to_vec()];
        headers.extend(authorization(random, known, form));
        if random.random_ratio(1, 6) {
            headers.push(header(random));
        }
        if method == "PATCH" || method == "PUT" {
            let conditions: [&[u8]; 4] =
                [b"If-Match: *", b"If-Match: \"1\"", b"If-Match: W/\"\x00\"", b"If-Match: "];
            headers.push(one(random, &conditions).to_vec());
        }
        let mut body = Vec::new();
        if matches!(method, "POST" | "PATCH" | "PUT") || random.random_ratio(1, 30) {
            body = if form { credentials_form(random) } else { self::body(random) };
            let media = match (form, method) {
                (true, _) => "application/x-www-form-urlencoded",
                (false, "PATCH") => "application/merge-patch+json",
                _ => "application/json",
            };
            headers.push(format!("Content-Type: {media}").into_bytes());
            headers.push(format!("Content-Length: {}", body.len()).into_bytes());
        }
        let mut bytes = [method.as_bytes(), b" ", &target, b" HTTP/1.1\r\n"].concat();
        for header in headers {
            bytes.extend_from_slice(&header);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        if random.random_ratio(1, 60) {
            let at = random.random_range(0..bytes.len());
            bytes[at] = *one(random, b"\0\x01\n\r %[]\"\x7f\xff");
        }
        Self(bytes)
    }
}

fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn one<'a, T>(random: &mut StdRng, choices: &'a [T]) -> &'a T {
    &choices[random.random_range(0..choices.len())]
}

/// Values that may break a database, a parser or a path.
const VALUES: &[&str] = &[
    "",
    "x",
    "PENDING",
    "ACKNOWLEDGED",
    "RESOLVED",
    "SFRA",
    "FTEL",
    "true",
    "null",
    "é-1",
    "%00",
    "a%00b",
    "\0",
    "\\u0000",
    "%5Cu0000",
    "%ED%A0%80",
    "%FF",
    "%F0%9F%98%80",
    "%EF%BF%BF",
    "0",
    "-1",
    "1e400",
    "-0",
    "1.5",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "1e18",
    "1E-400",
    "99999999999999999999999999999999999999999",
    "NaN",
    "2025-01-14T13:17:58Z",
    "2025-01-14",
    "9999-12-31T23:59:59Z",
    "-009999-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "2025-02-30",
    "%28",
    "%5B",
    "a%7B99999%7D",
    ".*",
    "^",
    "(?i)f",
    "%5C",
    "%25",
    "_",
    "'",
    "%22",
    "\"a,b\"",
    ",",
    ",,",
    "a,%00",
    "IMB%2F09001%2FX%2F000E",
    "%2A",
    "a*b",
    "12",
    "09001",
    "22e61758-924d-4ad7-b259-e4fcb1ea8808",
    "%0A",
    "%7F",
    "%C2%80",
    "%E2%80%AE",
    "P10D",
    "int",
    "date",
    "notnull",
];

const NAMES: &[&str] = &[
    "id",
    "status",
    "name",
    "description",
    "externalId",
    "creationDate",
    "lastUpdateDate",
    "expectedResolutionDate",
    "code_oi",
    "code_oc",
    "@type",
    "note.text",
    "note.date",
    "relatedEntity.id",
    "building.address.city",
    "issues.building.address.streetNr.value",
    "extension.number",
    "extension.text",
    "sizeRefs",
    "x.y.z",
    "%00",
    "a%00",
    "note",
    "attachment.size",
    "relatedParty.name",
    "statusChange.status",
    "\"a.b\"",
    "x.0",
    "",
    "durations.total",
    "complexity",
    "zone",
    "version",
    "href",
    "timeInStatus",
    "%ED%A0%80",
    "building",
    "issues",
];

const OPERATORS: &[&str] = &[
    "",
    "[eq]",
    "[ne]",
    "[gt]",
    "[gte]",
    "[lt]",
    "[lte]",
    "[in]",
    "[nin]",
    "[is]",
    "[nis]",
    "[re]",
    "[nre]",
    "[json]",
    "[njson]",
    "[eq,num]",
    "[gt,num]",
    "[lte,num]",
    "[in,num]",
    "[ne,num]",
    "[gt,date]",
    "[eq,date]",
    "[eq,bool]",
    "[in,date]",
    "[>]",
    "[<=]",
    "[=~]",
    "[!=]",
    "[<>]",
    "[size]",
    "[all]",
    "[exists]",
    "[%00]",
    "[",
];

/// JSON operands, percent-encoded where a target needs it.
const OPERANDS: &[&str] = &[
    "{}",
    "{%22name%22:%22%5Cu0000%22}",
    "{%22%5Cu0000%22:1}",
    "{%22id%22:%22x%22}",
    "[1]",
    "%22%5Cud800%22",
    "1e400",
    "{\"id\":\"IMB/09001/X/000E\"}",
    "{%22value%22:[%2212%22]}",
    "{%22number%22:1000000007}",
    "{%22number%22:99999999999999999999999}",
    "nul",
    "{%22a%22:{%22b%22:null}}",
    "{%22n%22:-0.0}",
    "{%22text%22:%22%F0%9F%98%80%22}",
    "{%22a%22:1,%22a%22:2}",
    "%00",
];

fn target(random: &mut StdRng, known: &Known) -> (&'static str, Vec<u8>) {
    if random.random_ratio(1, 12) {
        let path =
            *one(random, &["/oauth/v2/token", "/oauth/v3/token", "/oauth/revoke", "/oauth/introspect"]);
        return ("POST", path.into());
    }
    let mount = *one(
        random,
        &[
            "/anomalie-adresse",
            "/anomalie-adresse",
            "/api/v2/anomalie-adresse",
            "/united-way/party-management/v1/organization",
            "/united-way/party-management/v1/individual",
        ],
    );
    let mut target = mount.to_owned();
    if random.random_ratio(1, 2) {
        let id = if random.random_ratio(1, 2) { one(random, &known.tickets) } else { *one(random, VALUES) };
        target.push('/');
        target.push_str(id);
        let below =
            ["", "", "/note", "/attachment", "/attachment/%00", "/attachment/x/content", "/event", "/%00"];
        let below = *one(random, &below);
        target.push_str(below);
    }
    let method = *one(random, &["GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]);
    if method == "GET" || random.random_ratio(1, 4) {
        target.push('?');
        target.push_str(&query(random, known));
    }
    (method, target.into_bytes())
}

fn query(random: &mut StdRng, known: &Known) -> String {
    if random.random_ratio(1, 4) {
        let (query, cursor) = one(random, &known.cursors);
        return format!("{query}&limit={}&cursor={}", random.random_range(0..4), forged(random, cursor));
    }
    let mut pairs = Vec::new();
    for _ in 0..random.random_range(1..4) {
        pairs.push(match random.random_range(0..12) {
            0 => format!("sort={}{}", one(random, &["", "-", "%2B", "+"]), one(random, NAMES)),
            1 => format!("fields={},{}", one(random, NAMES), one(random, NAMES)),
            2 => format!("{}={}", one(random, &["offset", "limit", "cursor"]), one(random, VALUES)),
            3 => format!(
                "{}[{}]={}",
                one(random, NAMES),
                one(random, &["json", "!j", "j"]),
                one(random, OPERANDS)
            ),
            4 => format!(
                "{}{}={},{}",
                one(random, NAMES),
                one(random, OPERATORS),
                one(random, VALUES),
                one(random, VALUES)
            ),
            _ => format!("{}{}={}", one(random, NAMES), one(random, OPERATORS), one(random, VALUES)),
        });
    }
    pairs.join("&")
}

/// Returns a cursor with randomly changed parts.
fn forged(random: &mut StdRng, cursor: &str) -> String {
    let mut decoded: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
    let instants =
        ["9999-12-30T22:00:00.999999999Z", "-009999-01-02T01:59:59Z"].map(|instant| json!(instant));
    for _ in 0..random.random_range(0..3) {
        let forged = forged_value(random);
        match random.random_range(0..6) {
            0 => decoded["n"] = forged,
            1 => decoded["t"] = one(random, &instants).clone(),
            2 => decoded["p"]["seq"] = forged,
            _ => {
                let keys = decoded["p"]["keys"].as_array_mut().unwrap();
                let at = random.random_range(0..keys.len());
                keys[at] = forged;
            }
        }
    }
    BASE64_URL_SAFE_NO_PAD.encode(decoded.to_string())
}

fn forged_value(random: &mut StdRng) -> Value {
    let values = [
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(i64::from(i32::MAX) + 1),
        json!(i64::from(i32::MIN) - 1),
        json!(40_000),
        json!(-40_000),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(null),
        json!(""),
        json!("a\0b"),
        json!("x"),
        json!("\u{FFFF}"),
        json!([]),
        json!([0]),
        json!([255, 255]),
        json!([256]),
        json!([1, 0, 2]),
        json!({}),
        json!(253_402_300_799_999_i64),
        json!(-377_705_116_800_001_i64),
        json!("22e61758-924d-4ad7-b259-e4fcb1ea8808"),
        json!("ACKNOWLEDGED"),
        json!(true),
    ];
    one(random, &values).clone()
}

fn authorization(random: &mut StdRng, known: &Known, form: bool) -> Option<Vec<u8>> {
    if form || random.random_ratio(1, 20) {
        let id = *one(random, &["sfra-oc", "ftel-oi", "unknown", "", "a\0b", "\u{1}", "é", "x\u{7f}"]);
        let secret =
            *one(random, &[fixtures::SECRET, fixtures::SECRET, "", "\0", "a\0b", "\u{80}", "wrong", "%00"]);
        let pair = format!("{id}{}{secret}", one(random, &[":", ":", ":", ""]));
        return Some(format!("Authorization: Basic {}", BASE64_STANDARD.encode(pair)).into_bytes());
    }
    match random.random_range(0..20) {
        0 => None,
        1 => Some(
            one(random, &["Authorization: Bearer", "Authorization: Bearer a b", "Authorization: Bearer é"])
                .as_bytes()
                .to_vec(),
        ),
        2 => Some(format!("Authorization: Bearer {}\0", known.tokens[0]).into_bytes()),
        _ => Some(format!("Authorization: Bearer {}", one(random, &known.tokens)).into_bytes()),
    }
}

fn header(random: &mut StdRng) -> Vec<u8> {
    let name = *one(
        random,
        &[
            "Idempotency-Key",
            "X-OAPI-Request-Id",
            "If-None-Match",
            "If-Match",
            "Accept",
            "Prefer",
            "Last-Event-ID",
            "Forwarded",
            "If-Modified-Since",
            "Expect",
            "Content-Encoding",
        ],
    );
    let values: [&[u8]; 10] = [
        b"x",
        b"",
        b"a\x00b",
        b"\xff\xfe",
        b"%00",
        b"9223372036854775808",
        b"*",
        b"\"a\"",
        b"handling=strict",
        b"text/event-stream;q=0.1, */*",
    ];
    [name.as_bytes(), b": ", *one(random, &values)].concat()
}

fn credentials_form(random: &mut StdRng) -> Vec<u8> {
    let name = *one(random, &["scope", "token", "client_id", "client_secret", "token_type_hint", "x", "%00"]);
    let grant = *one(
        random,
        &["grant_type=client_credentials", "grant_type=client_credentials", "grant_type=%00", ""],
    );
    format!("{grant}&{name}={}", one(random, VALUES)).into_bytes()
}

fn body(random: &mut StdRng) -> Vec<u8> {
    let whole = match random.random_range(0..8) {
        0 => fixtures::modification(),
        1 => fixtures::creation(),
        2 => fixtures::bulk_modification(),
        3 => {
            json!({"status": one(random, &["IN_PROGRESS", "PENDING", "RESOLVED", "CANCELLED", "\0"]), "complexity": "SIMPLE"})
        }
        4 => json!({"text": "a note", "author": "x"}),
        5 => json!({"givenName": "A", "familyName": "B", "@type": "Individual"}),
        6 => json!([]),
        _ => json!({"priority": "high", "description": "other"}),
    };
    let mut whole = whole;
    if let Some(members) = whole.as_object_mut()
        && random.random_ratio(2, 3)
    {
        let names = members.keys().cloned().collect::<Vec<_>>();
        let name = if random.random_ratio(1, 2) {
            one(random, &names).clone()
        } else {
            (*one(random, NAMES)).to_owned()
        };
        members.insert(name, forged_value(random));
    }
    let mut text = whole.to_string();
    // JSON that serde_json does not produce: escapes of lone surrogates, raw control characters,
    // numbers beyond every type.
    if random.random_ratio(1, 4) {
        let hostile = *one(random, &["\\u0000", "\\ud800", "\\udc00x", "\0", "\u{1}", "\u{7f}"]);
        if let Some(at) = text.rfind('"') {
            text.insert_str(at, hostile);
        }
    }
    if random.random_ratio(1, 8) {
        let number = *one(random, &["1e400", "-1e400", "123456789012345678901234567890", "1E-999", "-0"]);
        text = text.replacen("null", number, 1).replacen('}', &format!(",\"number\":{number}}}"), 1);
    }
    let mut bytes = text.into_bytes();
    if random.random_ratio(1, 12) {
        let at = random.random_range(0..=bytes.len());
        bytes.insert(at, *one(random, b"\0\xff\xc3\xed{}[,\\"));
    }
    bytes
}
