//! Random tickets and random queries, from a seed.

use epissure_protocol::codes::{Complexity, Kind, Origin, Priority, Reason, Status, Zone};
use epissure_protocol::json::Object;
use epissure_protocol::names::{OperatorCode, TicketId, Version};
use epissure_protocol::ticket::{StatusChange, Ticket};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngExt as _};
use serde_json::{Value, json};
use uuid::Builder;

/// OI of every sample.
pub const OI: &str = "FTEL";
/// OC of every sample.
pub const OC: &str = "SFRA";

/// Instant of the first sample, in seconds.
const FIRST: i64 = 1_700_000_000;

/// Returns the instant at which samples are queried: some time after their last change.
///
/// # Panics
///
/// Never panics.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_second(FIRST + 500_000).expect("an instant")
}

fn code(text: &str) -> OperatorCode {
    OperatorCode::parse(text).expect("an operator code")
}

fn pick<T: Copy>(random: &mut StdRng, all: &[T]) -> T {
    *all.choose(random).expect("something to pick from")
}

fn maybe<T>(random: &mut StdRng, make: impl FnOnce(&mut StdRng) -> T) -> Option<T> {
    random.random_bool(0.6).then(|| make(random))
}

fn instant(random: &mut StdRng) -> Timestamp {
    let millisecond =
        FIRST * 1000 + random.random_range(0..400) * 1_000_000 + i64::from(random.random_bool(0.3));
    Timestamp::from_millisecond(millisecond).expect("an instant")
}

const WORDS: &[&str] =
    &["", "a", "B", "b", "rue", "Rue des Lilas", "10", "9", "true", "null", "é", "a,b", "x.y", "2024-01-01"];
const BUILDINGS: &[&str] = &["IMB/09001/X/000E", "IMB/09001/X/000Q", "IMB/75101/S/0001", "ID-1"];

/// Returns random JSON, up to a depth.
fn json(random: &mut StdRng, depth: u32) -> Value {
    match random.random_range(0..if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => random.random_bool(0.5).into(),
        2 => pick(random, &[-1, 0, 1, 9, 10, 9_007_199_254_740_993_i64]).into(),
        3 => pick(random, &[0.5, 1.0, -1.5, 1e300]).into(),
        4 => pick(random, &["2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", "2023-12-31"]).into(),
        5 => pick(random, WORDS).into(),
        6 => (0..random.random_range(0..3)).map(|_| json(random, depth - 1)).collect(),
        _ => {
            let members = (0..random.random_range(0..3))
                .map(|_| (pick(random, &["a", "b", "a.b", "0"]).to_owned(), json(random, depth - 1)));
            Value::Object(members.collect())
        }
    }
}

/// Returns a ticket whose history and members agree, with random extension members.
pub fn ticket(random: &mut StdRng) -> Ticket {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    let id = TicketId(Builder::from_random_bytes(bytes).into_uuid());
    let created = instant(random);
    let mut at = created;
    let mut history = vec![StatusChange {
        author: Some(OC.to_owned()),
        ..StatusChange::new(Status::Acknowledged, created)
    }];
    for _ in 0..random.random_range(0..4) {
        at += SignedDuration::from_millis(random.random_range(0..20_000_000));
        history.push(StatusChange {
            change_reason: maybe(random, |random| pick(random, Reason::ALL)),
            change_details: maybe(random, |random| pick(random, WORDS).to_owned()),
            author: Some(OI.to_owned()),
            ..StatusChange::new(pick(random, Status::ALL), at)
        });
    }
    let last = history[history.len() - 1].clone();
    let moved = history.len() > 1;
    let buildings: Vec<Value> = (0..random.random_range(0..3))
        .map(|_| json!({"id": pick(random, BUILDINGS), "@referredType": "Building", "role": "building"}))
        .collect();
    let mut extensions = Object::new();
    for member in ["x", "y", "x.a", "relatedEntity.id"] {
        if random.random_bool(0.5) {
            extensions.insert(member.to_owned(), json(random, 3));
        }
    }
    let issues = maybe(random, |random| {
        let value: Value = vec![pick(random, WORDS); buildings.len()].into();
        let mut issues = Object::new();
        issues.insert("building.name".to_owned(), json!({"value": value}));
        issues.insert("building.pm.id".to_owned(), json!({"value": pick(random, WORDS), "description": "d"}));
        issues
    });
    Ticket {
        kind: pick(random, Kind::ALL),
        id,
        version: Version(id.0),
        status: last.status,
        status_author: moved.then(|| OI.to_owned()),
        status_change_reason: last.change_reason,
        status_change_details: last.change_details,
        status_change_date: moved.then_some(at),
        creation_date: created,
        last_update_date: at,
        name: pick(random, WORDS).to_owned(),
        description: maybe(random, |random| pick(random, WORDS).to_owned()),
        severity: maybe(random, |random| pick(random, WORDS).to_owned()),
        priority: maybe(random, |random| pick(random, Priority::ALL)),
        complexity: maybe(random, |random| pick(random, Complexity::ALL)),
        external_id: maybe(random, |random| pick(random, WORDS).to_owned()),
        resolution_date: maybe(random, instant),
        expected_resolution_date: maybe(random, instant),
        requested_resolution_date: maybe(random, instant),
        code_oi: code(OI),
        code_oc: code(OC),
        siret: None,
        siren: maybe(random, |_| "732829320".to_owned()),
        origin: pick(random, Origin::ALL),
        status_change: history,
        size_refs: buildings.len(),
        related_entity: buildings,
        related_party: maybe(random, |random| vec![json!({"id": pick(random, WORDS)})]).unwrap_or_default(),
        zone: maybe(random, |random| pick(random, Zone::ALL)),
        issues,
        building: maybe(random, |random| Object::from_iter([("name".to_owned(), json(random, 2))])),
        extensions,
    }
}

const PATHS: &[&str] = &[
    "id",
    "@type",
    "@baseType",
    "@schemaLocation",
    "status",
    "statusAuthor",
    "statusChangeReason",
    "statusChangeDate",
    "zone",
    "complexity",
    "priority",
    "severity",
    "ticketType",
    "name",
    "description",
    "externalId",
    "siren",
    "siret",
    "code_oi",
    "creationDate",
    "lastUpdateDate",
    "resolutionDate",
    "expectedResolutionDate",
    "requestedResolutionDate",
    "sizeRefs",
    "acknowledgedDuration",
    "totalInProgressDuration",
    "totalPendingDuration",
    "totalDuration",
    "resolvedToAcknowledgedDuration",
    "resolvedToInProgressDuration",
    "resolvedToClosedDuration",
    "relatedEntity",
    "relatedEntity.id",
    "relatedEntity.0.id",
    "relatedEntity.role",
    "relatedParty",
    "relatedParty.id",
    "statusChange.status",
    "statusChanges.changeDate",
    "statusChange",
    "issues",
    "issues.building.name",
    "issues.building.name.value",
    "issues.building.pm.id.value",
    "issues.\"building.pm.id\".description",
    "issues.building.address.city",
    "building",
    "building.name",
    "building.name.a",
    "x",
    "x.a",
    "x.a.b",
    "x.0",
    "x.b.0",
    "y",
    "y.a",
    "nothing",
];

const COMPARISONS: &[&str] = &["eq", "ne", "gt", "gte", "lt", "lte"];
const NATURES: &[&str] = &[
    "null",
    "notnull",
    "exists",
    "notexists",
    "empty",
    "notempty",
    "int",
    "array",
    "object",
    "string",
    "bool",
    "date",
];
const PATTERNS: &[&str] = &["^R", "e$", "^$", "[0-9]", "(?i)rue", "^a|b", ".", "^IMB/09", "^2024", "É|é"];

/// Returns a text to compare a path with, often the value of some sample.
fn operand(random: &mut StdRng, path: &str) -> String {
    if path.ends_with("Date") {
        return match random.random_range(0..3) {
            0 => "2023-11-16".to_owned(),
            1 => instant(random).to_string(),
            _ => format!("{}.0005Z", &instant(random).to_string()[..19]),
        };
    }
    if path.ends_with("Duration") || path == "sizeRefs" {
        return pick(random, &["0", "1", "2", "1.5", "5000", "20000", "-1", "250000"]).to_owned();
    }
    match random.random_range(0..6) {
        0 => pick(random, Status::ALL).to_string(),
        1 => pick(random, Zone::ALL).to_string(),
        2 => pick(random, BUILDINGS).to_owned(),
        3 => pick(random, &["Building", "building", "SFRA", "TroubleTicket", "LOW", "SIMPLE"]).to_owned(),
        _ => pick(random, WORDS).to_owned(),
    }
}

/// Returns one condition, percent-encoded.
fn condition(random: &mut StdRng) -> String {
    let path = pick(random, PATHS);
    let (operator, value) = match random.random_range(0..12) {
        0..=4 => {
            let operator = pick(random, COMPARISONS);
            match random.random_range(0..6) {
                0 => (
                    format!("{operator},num"),
                    pick(random, &["0", "1", "1.0", "10", "-1.5", "1e300"]).to_owned(),
                ),
                1 => (format!("{operator},date"), "2024-01-01T00:00:00Z".to_owned()),
                _ => (operator.to_owned(), operand(random, path)),
            }
        }
        5 | 6 => {
            let items: Vec<String> = (0..random.random_range(1..4))
                .map(|_| format!("\"{}\"", operand(random, path).replace('"', "")))
                .collect();
            (pick(random, &["in", "nin"]).to_owned(), items.join(","))
        }
        7 | 8 => (pick(random, &["is", "isnot"]).to_owned(), pick(random, NATURES).to_owned()),
        9 | 10 => (pick(random, &["regex", "nregex"]).to_owned(), pick(random, PATTERNS).to_owned()),
        _ => {
            let pattern = pick(
                random,
                &[
                    r#"{}"#,
                    r#"{"id":"IMB/09001/X/000E"}"#,
                    r#"{"@referredType":"Building","id":"ID-1"}"#,
                    r#"{"a":1}"#,
                    r#"{"a":null}"#,
                    r#"{"a.b":true}"#,
                    r#"{"status":"PENDING"}"#,
                    r#"{"value":"rue"}"#,
                ],
            );
            (pick(random, &["json", "njson"]).to_owned(), pattern.to_owned())
        }
    };
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!("{}={}", encode(&format!("{path}[{operator}]")), encode(&value))
}

/// Returns a query of one to three conditions, sometimes with an order.
pub fn query(random: &mut StdRng) -> String {
    let mut parts: Vec<String> = (0..random.random_range(1..4)).map(|_| condition(random)).collect();
    if random.random_bool(0.4) {
        let keys: Vec<String> = (0..random.random_range(1..3))
            .map(|_| {
                let path = utf8_percent_encode(pick(random, PATHS), NON_ALPHANUMERIC).to_string();
                format!("{}{path}", pick(random, &["", "-"]))
            })
            .collect();
        parts.push(format!("sort={}", keys.join(",")));
    }
    parts.join("&")
}

/// Returns the author of the suite's writes.
#[must_use]
pub fn author() -> crate::Author {
    author_at(now())
}

/// Returns the author of the suite's writes, at an instant.
#[must_use]
pub fn author_at(at: Timestamp) -> crate::Author {
    crate::Author::person("the suite", at)
}
