//! Properties of every query and every document.

use epissure_filter::{
    AnySchema, JsonPattern, Limits, Options, Path, Pattern, Query, Segment, compare_all, natures, operators,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Generates short keys, so that paths often match, some with dots and digits.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[abc]",
        1 => "[01]",
        1 => "[ab]\\.[abc]",
        1 => prop::sample::select(vec!["a.b.c".to_owned(), "\"".to_owned(), "é".to_owned(), String::new()]),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        prop::sample::select(vec![0.5, 1.0, -2.5, 1e300]).prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "a",
            "b",
            "ab",
            "1",
            "true",
            "2024-01-31",
            "2024-01-31T01:00:00+02:00"
        ])
        .prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![3 => "[abc]", 1 => "[01]", 1 => "\"[ab]\\.[bc]\""], 1..5)
        .prop_map(|segments| segments.join("."))
}

/// Generates an operator's name and a suitable operand.
fn test() -> impl Strategy<Value = (&'static str, String)> {
    let operators = prop::sample::select(operators().to_vec());
    (operators, scalar(), value(), 0..natures().len()).prop_map(|(entry, scalar, value, nature)| {
        let text = match &scalar {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let operand = match entry.name {
            "is" | "isnot" => natures()[nature].name.to_owned(),
            "json" | "njson" if value.is_object() => value.to_string(),
            "json" | "njson" => r#"{"a":1}"#.to_owned(),
            "in" | "nin" if text.is_empty() => "a,".to_owned(),
            _ => text,
        };
        (entry.name, operand)
    })
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn parse(raw: &str) -> Option<Query> {
    Query::parse(raw, &AnySchema, &Options::default()).ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn parsing_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let raw = String::from_utf8_lossy(&bytes);
        if let Err(error) = Query::parse(&raw, &AnySchema, &Options::default()) {
            prop_assert!(error.position <= raw.len());
            prop_assert!(!error.to_string().is_empty());
        }
    }

    /// Pieces of the grammar exercise more of the parser than random bytes.
    #[test]
    fn parsing_pieces_of_the_grammar_never_panics(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "a", "b.c", "\"", "[", "]", "=", "&", "%", "%5B", "%5D", "%3D", "%22", "%00", "%ff", "+", ",", ".", "\\",
            "eq", "in", "is", "num", "date", "json", "re", "null", "{", "}", "\"a\":", "(", "|", "sort", "offset",
            "limit", "fields", "1", "-", " ", "é", "$", "[eq]=", "[in]=", "[json]=", "[re]=",
        ]), 0..24),
    ) {
        let raw = pieces.concat();
        if let Err(error) = Query::parse(&raw, &AnySchema, &Options::default()) {
            prop_assert!(error.position <= raw.len(), "{raw}: {error:?}");
            prop_assert!(raw.is_char_boundary(error.position), "{raw}: {error:?}");
        }
    }

    #[test]
    fn a_negation_matches_the_documents_that_its_positive_does_not(
        path in path(), (name, operand) in test(), document in value(),
    ) {
        let entry = operators().iter().find(|entry| entry.name == name).unwrap();
        if let Some(positive) = entry.negates {
            let query = |name: &str| parse(&format!("{}[{name}]={}", percent(&path), percent(&operand)));
            let (negative, positive) = (query(name), query(positive.entry().name));
            prop_assert_eq!(negative.is_some(), positive.is_some());
            if let (Some(negative), Some(positive)) = (negative, positive) {
                prop_assert_ne!(negative.matches(&document), positive.matches(&document));
            }
        }
    }

    #[test]
    fn order_operators_agree(path in path(), operand in scalar(), document in value()) {
        let text = operand.as_str().map_or_else(|| operand.to_string(), str::to_owned);
        for types in ["", ",num", ",date"] {
            let holds = |operator: &str| {
                let raw = format!("{}[{operator}{types}]={}", percent(&path), percent(&text));
                parse(&raw).map(|query| query.matches(&document))
            };
            // `true` and `false` match more values in `eq` than in an order.
            if text == "true" || text == "false" {
                continue;
            }
            let either = |a: Option<bool>, b: Option<bool>| a.zip(b).map(|(a, b)| a || b);
            prop_assert_eq!(holds("gte"), either(holds("gt"), holds("eq")));
            prop_assert_eq!(holds("lte"), either(holds("lt"), holds("eq")));
            if let Some(listed) = holds("in") {
                prop_assert_eq!(Some(listed), holds("eq"));
            }
        }
    }

    #[test]
    fn what_has_a_value_exists(path in path(), (name, operand) in test(), document in value()) {
        let entry = operators().iter().find(|entry| entry.name == name).unwrap();
        let negated = entry.negates.is_some() || operand.starts_with("not");
        let raw = format!("{}[{name}]={}", percent(&path), percent(&operand));
        if let (false, Some(query)) = (negated, parse(&raw)) {
            let exists = parse(&format!("{}[is]=exists", percent(&path))).unwrap();
            prop_assert!(!query.matches(&document) || exists.matches(&document));
        }
    }

    #[test]
    fn a_path_is_displayed_as_it_is_read(segments in prop::collection::vec("[a-z@\"\\\\.\\[\\]é0]{0,6}", 1..8)) {
        let quoted: Vec<String> = segments
            .iter()
            .map(|name| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")))
            .collect();
        let path = Path::parse(&quoted.join(".")).unwrap();
        let names: Vec<&str> = path.segments().iter().map(Segment::name).collect();
        prop_assert_eq!(names, segments);
        prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
    }

    #[test]
    fn any_path_is_displayed_as_it_is_read(text in "[ab.\"\\\\0é\\[]{0,12}") {
        if let Ok(path) = Path::parse(&text) {
            prop_assert_eq!(path.to_string(), text);
            prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
        }
    }

    #[test]
    fn what_matches_a_pattern_begins_with_its_prefix(
        pattern in "\\^[ab.]{0,2}(\\\\[.a-zA-Z<>/|*-])?[ab*?+|()\\[\\]{}12,$^]{0,6}",
        text in "[ab./|*]{0,6}",
    ) {
        if let Ok(pattern) = Pattern::new(&pattern, &Limits::default())
            && let Some(prefix) = pattern.literal_prefix()
        {
            prop_assert!(!pattern.is_match(&text) || text.starts_with(prefix), "{pattern:?} {text:?} {prefix:?}");
        }
    }

    #[test]
    fn an_object_contains_itself(document in value()) {
        if let Ok(pattern) = JsonPattern::parse(&document.to_string(), &Limits::default()) {
            prop_assert!(pattern.matches(&document));
            let mut more = document.clone();
            more["another"] = json!(1);
            prop_assert!(pattern.matches(&more));
        }
    }

    #[test]
    fn sorting_is_a_total_preorder(documents in prop::collection::vec(value(), 3), path in path()) {
        for sign in ["", "-"] {
            let query = parse(&format!("sort={sign}{}", percent(&path))).unwrap();
            let compare = |a: usize, b: usize| compare_all(&query.sort, &documents[a], &documents[b]);
            prop_assert!(compare(0, 0).is_eq());
            prop_assert_eq!(compare(0, 1), compare(1, 0).reverse());
            if compare(0, 1).is_le() && compare(1, 2).is_le() {
                prop_assert!(compare(0, 2).is_le());
            }
        }
    }

    #[test]
    fn encoding_changes_nothing(path in path(), (name, operand) in test(), document in value()) {
        let raw = format!("{path}[{name}]={}", percent(&operand));
        let encoded = format!("{}={}", percent(&format!("{path}[{name}]")), percent(&operand));
        let (raw, encoded) = (parse(&raw), parse(&encoded));
        prop_assert_eq!(&raw, &encoded);
        if let (Some(raw), Some(encoded)) = (raw, encoded) {
            prop_assert_eq!(raw.matches(&document), encoded.matches(&document));
        }
    }
}
