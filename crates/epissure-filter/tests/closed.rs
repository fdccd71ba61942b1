//! The closed dialect, on the two lists of the Party page.

use epissure_filter::{
    Attribute, ClosedList, FieldSelection, Options, Pair, PairKey, Place, Query, QueryError, QueryErrorKind,
    Test, Values,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const BOTH: &[Place] = &[Place::Start, Place::Anywhere];

const fn attribute(path: &'static str, values: Values, globs: &'static [Place]) -> Attribute {
    Attribute { path, values, globs }
}

static COMPANIES: ClosedList = ClosedList {
    attributes: &[
        attribute("name", Values::Text, &[Place::Anywhere]),
        attribute("nameType", Values::Text, &[]),
        attribute("tradingName", Values::Text, BOTH),
        attribute("isHeadOffice", Values::Bool, &[]),
        attribute("organizationType", Values::OneOf(&["COMPANY", "UNKNOWN"]), &[]),
    ],
    pairs: &[
        Pair {
            array: "identification",
            key: "type",
            keys: &[
                PairKey { name: "siren", globs: &[Place::Anywhere] },
                PairKey { name: "rceId", globs: &[] },
            ],
            value: "id",
        },
        Pair {
            array: "mark",
            key: "name",
            keys: &[PairKey { name: "Category", globs: &[] }],
            value: "value",
        },
    ],
    sortable: &["id", "name"],
};

static UNSORTED: ClosedList = ClosedList { sortable: &[], ..COMPANIES };

fn parse(raw: &str) -> Result<Query, QueryError> {
    Query::parse_closed(raw, &COMPANIES, &Options::default())
}

fn accepted(raw: &str) -> Query {
    parse(raw).unwrap_or_else(|error| panic!("{raw}: {error}"))
}

/// Raw queries, with the position of the error and the message.
const REFUSALS: &[(&str, usize, &str)] = &[
    // Names.
    (
        "status=x",
        0,
        "`status`: not a filter of this list. Filters: name, nameType, tradingName, isHeadOffice, organizationType, identification.type, identification.id, mark.name, mark.value",
    ),
    (
        "name=a&tradingname=x",
        7,
        "`tradingname`: not a filter of this list; did you mean `tradingName`? Filters: name, nameType, tradingName, isHeadOffice, organizationType, identification.type, identification.id, mark.name, mark.value",
    ),
    (
        "identification=x",
        0,
        "`identification`: not a filter of this list. Filters: name, nameType, tradingName, isHeadOffice, organizationType, identification.type, identification.id, mark.name, mark.value",
    ),
    (
        "=x",
        0,
        "not a filter of this list. Filters: name, nameType, tradingName, isHeadOffice, organizationType, identification.type, identification.id, mark.name, mark.value",
    ),
    ("name", 4, "`name`: expected `=` and a value after the name"),
    ("name=%", 5, "`name`: a `%` is not followed by two hexadecimal digits; a literal `%` is written `%25`"),
    // Operators.
    ("name[eq]=x", 4, "`name[eq]`: this filter takes `=` and, with `*foo*`, `*=`; not `[eq]=`"),
    ("name[==]=x", 4, "`name[==]`: this filter takes `=` and, with `*foo*`, `*=`; not `[==]=`"),
    (
        "tradingName!=x",
        11,
        "`tradingName!`: this filter takes `=` and, with `foo*` or `*foo*`, `*=`; not `!=`",
    ),
    ("nameType*=x*", 8, "`nameType*`: this filter takes `=`; not `*=`"),
    ("name**=*x*", 4, "`name**`: this filter takes `=` and, with `*foo*`, `*=`; not `**=`"),
    ("isHeadOffice*=*true*", 12, "`isHeadOffice*`: this filter takes `=`; not `*=`"),
    (
        "identification.type*=*siren*&identification.id=1",
        19,
        "`identification.type*`: this filter takes `=`; not `*=`",
    ),
    ("mark.name=Category&mark.value*=*x*", 29, "`mark.value*`: this filter takes `=`; not `*=`"),
    (
        "identification.type=rceId&identification.id%2A=*1*",
        43,
        "`identification.id*`: with `rceId`, this filter takes `=` only",
    ),
    // Patterns.
    ("name*=x", 6, "`name*`: expected `*foo*`, not `x`"),
    ("name*=x*", 6, "`name*`: expected `*foo*`, not `x*`"),
    ("name*=", 6, "`name*`: expected `*foo*`, not ``"),
    ("tradingName*=*x", 13, "`tradingName*`: expected `foo*` or `*foo*`, not `*x`"),
    ("tradingName*=*a*b*", 13, "`tradingName*`: expected `foo*` or `*foo*`, not `*a*b*`"),
    ("tradingName*=a*b*", 13, "`tradingName*`: expected `foo*` or `*foo*`, not `a*b*`"),
    ("tradingName*=*", 13, "`tradingName*`: expected `foo*` or `*foo*`, not `*`"),
    ("tradingName*=%2A%2a", 13, "`tradingName*`: expected `foo*` or `*foo*`, not `**`"),
    (
        "identification.type=siren&identification.id*=1*",
        45,
        "`identification.id*`: expected `*foo*`, not `1*`",
    ),
    // Values.
    ("isHeadOffice=True", 13, "`isHeadOffice`: expected `true` or `false`, not `True`"),
    ("isHeadOffice=1", 13, "`isHeadOffice`: expected `true` or `false`, not `1`"),
    ("organizationType=company", 17, "`organizationType`: expected one of COMPANY, UNKNOWN; not `company`"),
    (
        "identification.type=siret&identification.id=1",
        20,
        "`identification.type`: expected one of siren, rceId; not `siret`",
    ),
    // Pairs.
    ("identification.type=siren", 0, "`identification.type`: `identification.id` must be given with it"),
    ("name=a&identification.id*=*1*", 7, "`identification.id*`: `identification.type` must be given with it"),
    ("mark.value=a&mark.name=Category&mark.value=b", 32, "`mark.value`: given more than once"),
    // Pages and orders.
    ("limit=-1", 6, "`limit`: expected an integer from 0"),
    ("limit=ten", 6, "`limit`: expected an integer from 0"),
    ("limit=1&limit=1", 8, "`limit`: given more than once"),
    ("offset=x", 7, "`offset`: expected an integer from 0"),
    ("sort=name,-nameType", 11, "`sort`: `nameType` is not a sort key of this list. Sort keys: id, name"),
    (
        "sort=nane",
        5,
        "`sort`: `nane` is not a sort key of this list; did you mean `name`? Sort keys: id, name",
    ),
    // Fields.
    (
        "fields=name,a..b",
        14,
        "`fields`: the path has an empty segment; expected a name before and after each `.`",
    ),
];

#[test]
fn every_refusal_says_what_and_where() {
    let mut failures = Vec::new();
    for (raw, position, message) in REFUSALS {
        match parse(raw) {
            Ok(query) => failures.push(format!("{raw}\n  {query:?}")),
            Err(error) if (error.position, error.to_string().as_str()) != (*position, *message) => {
                failures.push(format!("{raw}\n  {position} {message}\n  {} {error}", error.position));
            }
            Err(_) => {}
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn a_missing_half_is_an_error_of_its_own() {
    let kind = parse("mark.value=a").unwrap_err().kind;
    assert_eq!(kind, QueryErrorKind::MissingHalf { name: "mark.name".to_owned() });
}

#[test]
fn every_filter_finds_what_it_says() {
    let company = json!({
        "name": "Réseaux du Nord", "nameType": "ABC", "tradingName": "Lilas Télécom", "isHeadOffice": true,
        "organizationType": "COMPANY",
        "identification": [{"type": "rceId", "id": "R1"}, {"type": "siren", "id": "732829320"}],
        "mark": [{"name": "Category", "value": "buyer"}],
    });
    for (raw, found) in [
        ("", true),
        ("name=R%C3%A9seaux du+Nord", true),
        ("name=réseaux du nord", false),
        ("name=Nord", false),
        ("name*=*NORD*", true),
        ("name*=*RÉSEAUX*", true),
        ("name*=*reseaux*", false),
        ("name%2A=%2Anord%2a", true),
        ("tradingName*=lilas*", true),
        ("tradingName*=télé*", false),
        ("tradingName*=*TÉLÉ*", true),
        ("tradingName*=*TÉLÉ*&tradingName*=li*", true),
        ("tradingName*=*TÉLÉ*&tradingName*=no*", false),
        ("tradingName=", false),
        ("nameType=ABC", true),
        ("isHeadOffice=true", true),
        ("isHeadOffice=false", false),
        ("organizationType=COMPANY", true),
        ("organizationType=UNKNOWN", false),
        ("identification.type=siren&identification.id=732829320", true),
        ("identification.id=732829320&identification.type=siren", true),
        ("identification.type=siren&identification.id*=*829*", true),
        ("identification.type=siren&identification.id=R1", false),
        ("identification.type=rceId&identification.id=R1", true),
        ("mark.value=buyer&mark.name=Category&name*=*nord*", true),
    ] {
        assert_eq!(accepted(raw).matches(&company), found, "{raw}");
    }
}

#[test]
fn a_boolean_is_no_text() {
    assert!(!accepted("isHeadOffice=true").matches(&json!({"isHeadOffice": "true"})));
    assert!(!accepted("name=true").matches(&json!({"name": true})));
    assert!(accepted("name=true").matches(&json!({"name": "true"})));
}

#[test]
fn a_limit_is_cut_down_and_not_refused() {
    for (raw, limit) in [
        ("", 10),
        ("limit=0", 0),
        ("limit=100", 100),
        ("limit=101", 100),
        ("limit=99999999999999999999", 100),
    ] {
        assert_eq!(accepted(raw).limit, limit, "{raw}");
    }
    assert!(parse("offset=1000001").is_err());
}

#[test]
fn a_list_without_sort_keys_cannot_be_sorted() {
    let sort = |raw: &str| Query::parse_closed(raw, &UNSORTED, &Options::default());
    assert_eq!(sort("sort=name").unwrap_err().to_string(), "`sort`: this list cannot be sorted");
    assert!(sort("sort=").is_ok());
    let query = accepted("sort=-name,+id");
    assert_eq!(query.sort.iter().map(|key| key.descending).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn fields_are_paths_with_stars() {
    let fields = accepted("fields=fullName,contactMedium.*&fields=contactMedium.characteristic.%2A").fields;
    let paths = ["fullName", "contactMedium.*", "contactMedium.characteristic.*"];
    assert_eq!(fields, Some(FieldSelection::of_paths(paths).unwrap()));
    assert!(accepted("fields=none").fields.is_some_and(|fields| fields.is_none()));
    assert_eq!(accepted("fields=").fields, None);
    let many = |count: usize| (0..count).map(|number| format!("f{number}")).collect::<Vec<_>>().join(",");
    assert!(parse(&format!("fields={}", many(64))).is_ok());
    let error = parse(&format!("fields={}", many(65))).unwrap_err();
    assert_eq!(error.kind, QueryErrorKind::TooManyFields { limit: 64 });
}

#[test]
fn a_pair_is_one_predicate_and_counts_as_one() {
    let query = accepted("identification.id=1&identification.type=siren");
    let [predicate] = &query.predicates[..] else { panic!("{query:?}") };
    assert!(matches!(&predicate.test, Test::Element(halves) if halves.len() == 2));
    let names = |count: usize| vec!["name=a"; count].join("&");
    assert!(parse(&format!("{}&mark.name=Category&mark.value=a", names(31))).is_ok());
    let error = parse(&format!("{}&mark.name=Category&mark.value=a", names(32))).unwrap_err();
    assert_eq!(error.kind, QueryErrorKind::TooManyPredicates { limit: 32 });
}

proptest! {
    #[test]
    fn no_query_makes_the_parser_panic(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "name", "nameType", "tradingName", "isHeadOffice", "identification", "mark", ".type", ".id", ".name",
            ".value", "*", "**", "=", "*=", "&", "&", "[eq]=", "%2A", "%", "siren", "Category", "true", "fields=",
            "sort=", "limit=", "offset=", "none", "a.*", ",", "-", "+", "\"", "1", "é", "\u{0}",
        ]), 0..12),
        noise in "\\PC{0,8}",
    ) {
        let raw = pieces.concat() + &noise;
        match parse(&raw) {
            Ok(query) => {
                query.matches(&Value::Null);
            }
            Err(error) => {
                prop_assert!(raw.is_char_boundary(error.position), "{:?}", error);
                prop_assert!(error.to_string().len() < 4096);
            }
        }
    }

    #[test]
    fn a_pattern_written_is_the_pattern_meant(text in "[^*&%+\\x00]{1,8}", within in "\\PC{0,12}") {
        let folded = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
        let document = json!({"tradingName": within});
        let start = accepted(&format!("tradingName*={text}*"));
        let anywhere = accepted(&format!("tradingName*=*{text}*"));
        prop_assert_eq!(start.matches(&document), folded(&within).starts_with(&folded(&text)));
        prop_assert_eq!(anywhere.matches(&document), folded(&within).contains(&folded(&text)));
    }

    #[test]
    fn what_is_selected_was_there(document in object(), paths in prop::collection::vec("[ab*](\\.[ab*]){0,2}", 0..4)) {
        let selection = FieldSelection::of_paths(paths.iter().map(String::as_str)).unwrap();
        let shown = selection.select(&document);
        prop_assert!(part_of(&Value::Object(shown.clone()), &Value::Object(document.clone())));
        for name in document.keys() {
            prop_assert!(selection.selects(name) || !shown.contains_key(name));
        }
        // Selecting again from a selection returns all of it, as no path selects a part of a part.
        prop_assert_eq!(selection.select(&shown), shown);
    }
}

fn object() -> impl Strategy<Value = serde_json::Map<String, Value>> {
    let value =
        prop_oneof![Just(json!(1)), Just(json!("a")), Just(Value::Null)].prop_recursive(3, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::hash_map("[ab]", inner, 0..3).prop_map(|members| json!(members)),
            ]
        });
    prop::collection::hash_map("[abc]", value, 0..4).prop_map(|members| members.into_iter().collect())
}

/// Returns true when `part` is `whole` with content left out.
fn part_of(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(name, part)| whole.get(name).is_some_and(|whole| part_of(part, whole)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            let mut rest = whole.iter();
            part.iter().all(|part| rest.any(|whole| part_of(part, whole)))
        }
        (part, whole) => part == whole,
    }
}
