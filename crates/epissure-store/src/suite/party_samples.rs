//! Random parties, and random queries that their lists allow, from a seed.

use epissure_filter::{
    Attribute, ClosedList, Comparison, Glob, Operand, Pair, PairKey, Place, Query, Test, Values,
};
use epissure_protocol::json::Object;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngExt as _};
use serde_json::{Value, json};
use uuid::{Builder, Uuid};

fn pick<'a, T: ?Sized>(random: &mut StdRng, all: &[&'a T]) -> &'a T {
    all.choose(random).expect("something to pick from")
}

/// Returns a random identifier.
pub fn id(random: &mut StdRng) -> Uuid {
    let mut bytes = [0; 16];
    random.fill_bytes(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid()
}

const WORDS: &[&str] = &[
    "",
    "a",
    "A",
    // The first text after all those that begin with the next one.
    "Dam",
    "Dal",
    "Dalton",
    "DALTON",
    "Jack Dalton",
    "Joe dalton",
    "Averell  Dalton",
    "l'Été",
    "ÉTÉ",
    "ete",
    "ΟΔΟΣ",
    "οδός",
    "İstanbul",
    "Straße",
    "100%_",
    "\"quoted\" OR x",
    "back\\slash",
    "日本語",
    "😀😀😀😀",
    "\u{d7ff}\u{10ffff}",
    "true",
    "1.0 ACOLA",
    "118000",
];
const NUMBERS: &[&str] = &["732829320", "732829321", "123456789", "999999", "1239123"];
const CODES: &[&str] = &["FTEL", "SFRA", "ftel", "ORA", ""];
const CATEGORIES: &[&str] = &["operatorInterlocutor", "OperatorInterlocutor", "customer", "a", ""];

fn members(
    random: &mut StdRng,
    names: &[&'static str],
    mut value: impl FnMut(&mut StdRng) -> Value,
) -> Object {
    let mut members = Object::new();
    for name in names {
        if random.random_bool(0.7) {
            members.insert((*name).to_owned(), value(random));
        }
    }
    members
}

/// Returns the array of a pair. Sometimes returns one object instead, or elements with a missing or
/// mistyped member.
fn pairs(random: &mut StdRng, key: &str, value: &str, keys: &[&str], values: &[&str]) -> Value {
    let element = |random: &mut StdRng| match random.random_range(0..8) {
        0 => json!({key: pick(random, keys)}),
        1 => json!({value: pick(random, values), "other": true}),
        2 => json!({key: pick(random, keys), value: [pick(random, values), pick(random, values)]}),
        3 => json!({key: pick(random, keys), value: true}),
        _ => json!({key: pick(random, keys), value: pick(random, values)}),
    };
    match random.random_range(0..10) {
        0 => element(random),
        _ => (0..random.random_range(0..4)).map(|_| element(random)).collect(),
    }
}

/// Returns an organization's document, without its identifier.
pub fn organization(random: &mut StdRng) -> Object {
    let text = |random: &mut StdRng| pick(random, WORDS).into();
    let mut document = members(random, &["name", "tradingName", "nameType"], text);
    document.append(&mut members(random, &["isHeadOffice", "isLegalEntity"], |random| {
        random.random_bool(0.5).into()
    }));
    document.append(&mut members(random, &["organizationType"], |random| {
        pick(random, &["COMPANY", "DEPARTMENT", "UNKNOWN"]).into()
    }));
    let identifications = members(random, &["organizationIdentification"], |random| {
        let (keys, values) =
            (&["siren", "siren", "codeArcepRip", "rceId", "SIREN"], [NUMBERS, CODES].concat());
        pairs(random, "identificationType", "identificationId", keys, &values)
    });
    document.extend(identifications);
    document
}

/// Returns an individual's document, without its identifier and its contact medium.
pub fn individual(random: &mut StdRng) -> Object {
    let names = ["familyName", "givenName", "fullName", "legalName", "title", "middleName", "namePrefix"];
    let mut document = members(random, &names, |random| pick(random, WORDS).into());
    document
        .append(&mut members(random, &["gender"], |random| pick(random, &["MALE", "FEMALE", "a"]).into()));
    document.append(&mut members(random, &["partyCharacteristic"], |random| {
        pairs(random, "name", "value", &["Category", "Category", "category", "Other"], CATEGORIES)
    }));
    document
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Returns a part of one of the words, never empty, sometimes whole or in another case.
fn part(random: &mut StdRng, words: &[&str]) -> String {
    loop {
        let word: Vec<char> = pick(random, words).chars().collect();
        if word.is_empty() {
            continue;
        }
        let start = if random.random_bool(0.5) { 0 } else { random.random_range(0..word.len()) };
        let length = random.random_range(1..=(word.len() - start).min(7));
        let part: String = word[start..start + length].iter().collect();
        return match random.random_range(0..4) {
            0 => part.to_uppercase(),
            1 => part.to_lowercase(),
            _ => part,
        };
    }
}

fn pattern(random: &mut StdRng, place: Place, words: &[&str]) -> String {
    let part = part(random, words);
    match place {
        Place::Start => encode(&format!("{part}*")),
        Place::Anywhere => encode(&format!("*{part}*")),
    }
}

/// Returns a condition on an attribute with `=`, or with one of the patterns that it accepts.
fn condition(random: &mut StdRng, attribute: &Attribute, glob: Option<Place>) -> String {
    let name = encode(attribute.path);
    if let Some(place) = glob {
        return format!("{name}*={}", pattern(random, place, WORDS));
    }
    let value = match attribute.values {
        Values::Bool => pick(random, &["true", "false"]),
        Values::OneOf(values) => pick(random, values),
        Values::Text if random.random_bool(0.2) => pick(random, &["MALE", "FEMALE", "dalton", "Dalton "]),
        Values::Text => pick(random, WORDS),
    };
    format!("{name}={}", encode(value))
}

/// Returns the two halves of a condition on a pair.
fn pair_condition(random: &mut StdRng, pair: &Pair, key: &PairKey, glob: Option<Place>) -> String {
    let (key_name, value_name) = (encode(&pair.key_name()), encode(&pair.value_name()));
    let values = [NUMBERS, CODES, CATEGORIES].concat();
    let value = match glob {
        Some(place) => format!("*={}", pattern(random, place, NUMBERS)),
        None => format!("={}", encode(pick(random, &values))),
    };
    let (key, value) = (format!("{key_name}={}", key.name), format!("{value_name}{value}"));
    if random.random_bool(0.5) { format!("{key}&{value}") } else { format!("{value}&{key}") }
}

/// Returns one condition for each attribute and each operator that it accepts.
pub fn conditions(random: &mut StdRng, list: &ClosedList) -> Vec<String> {
    let ways = |globs: &'static [Place]| std::iter::once(None).chain(globs.iter().copied().map(Some));
    let mut conditions = Vec::new();
    for attribute in list.attributes {
        conditions.extend(ways(attribute.globs).map(|way| condition(random, attribute, way)));
    }
    for pair in list.pairs {
        for key in pair.keys {
            conditions.extend(ways(key.globs).map(|way| pair_condition(random, pair, key, way)));
        }
    }
    conditions
}

/// Returns a query of zero to three conditions, with an order if the list accepts one.
pub fn query(random: &mut StdRng, list: &ClosedList) -> String {
    let all = conditions(random, list);
    let count = random.random_range(0..4);
    let mut parts: Vec<String> = Vec::new();
    let mut has_pair = false;
    while parts.len() < count {
        let part = all.choose(random).expect("conditions");
        // A query has at most one condition on a pair.
        let is_pair = part.contains('&');
        if !(is_pair && has_pair) {
            has_pair |= is_pair;
            parts.push(part.clone());
        }
    }
    if random.random_bool(0.4) {
        let keys: Vec<String> = (0..random.random_range(1..3))
            .filter_map(|_| Some(format!("{}{}", pick(random, &["", "-"]), list.sortable.choose(random)?)))
            .collect();
        if !keys.is_empty() {
            parts.push(format!("sort={}", keys.join(",")));
        }
    }
    parts.join("&")
}

/// Returns the query with some of its conditions negated, and with patterns that the lists do not
/// accept. Returns `None` when it has no condition.
pub fn varied(random: &mut StdRng, query: &Query) -> Option<Query> {
    if query.predicates.is_empty() {
        return None;
    }
    let mut varied = query.clone();
    for predicate in &mut varied.predicates {
        predicate.negated = random.random_bool(0.5);
        match &mut predicate.test {
            Test::Element(halves) if random.random_bool(0.5) => halves[1].test = glob(random, NUMBERS),
            Test::Compare(Comparison::Equal, Operand::Text(_)) if random.random_bool(0.5) => {
                predicate.test = glob(random, WORDS);
            }
            _ => {}
        }
    }
    Some(varied)
}

fn glob(random: &mut StdRng, words: &[&str]) -> Test {
    let place = if random.random_bool(0.5) { Place::Start } else { Place::Anywhere };
    Test::Glob(Glob::new(&part(random, words), place))
}
