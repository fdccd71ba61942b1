//! Terms are exactly equivalent to their predicates. Terms evaluated on a store's indexed data
//! agree with predicates evaluated on the document.

use epissure_filter::plan::{Catalog, Column, ColumnTest, Holds, Scalar, Term};
use epissure_filter::{
    Comparison, Field, Glob, Nature, Operand, Path, Place, Plan, Predicate, Projection, Query, Test,
    visit_pairs,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// `name` and `flag` are columns, `mark` {`key`, `value`} is a pair.
struct Kept;

impl Catalog for Kept {
    fn column(&self, path: &Path) -> Option<Column> {
        match path.as_joined() {
            "name" => Some(Column { name: "name", holds: Holds::Text }),
            "flag" => Some(Column { name: "flag", holds: Holds::Flag }),
            _ => None,
        }
    }

    fn multi_valued(&self, _: &Path) -> Option<u16> {
        None
    }

    fn pair(&self, array: &Path, key: &str, value: &str) -> Option<u16> {
        ((array.as_joined(), key, value) == ("mark", "key", "value")).then_some(7)
    }
}

fn path(text: &str) -> Path {
    Path::parse(text).expect("a path")
}

fn asks(field: &str, test: Test) -> Predicate {
    Predicate { parameter: field.to_owned(), field: Field::any(path(field)), test, negated: false }
}

fn equals(field: &str, text: &str) -> Predicate {
    asks(field, Test::Compare(Comparison::Equal, Operand::Text(text.to_owned())))
}

fn plan(predicate: &Predicate) -> Plan {
    let query = Query {
        predicates: vec![predicate.clone()],
        sort: Vec::new(),
        fields: None,
        offset: 0,
        cursor: None,
        limit: 10,
    };
    Plan::new(&query, &Kept)
}

/// Evaluates a term on columns and pairs, as a store does.
fn holds(term: &Term, document: &Value) -> bool {
    match term {
        Term::Always(truth) => *truth,
        Term::Column { column, test, negated } => {
            let value = &document[column.name];
            let passes = match test {
                ColumnTest::Present => !value.is_null(),
                ColumnTest::Compare(comparison, Scalar::Flag(flag)) => value
                    .as_bool()
                    .is_some_and(|value| Operand::Bool(*flag).compares(*comparison, &value.into())),
                ColumnTest::In(flags) => {
                    value.as_bool().is_some_and(|value| flags.contains(&Scalar::Flag(value)))
                }
                ColumnTest::Glob(glob) => value.as_str().is_some_and(|text| glob.is_match(text)),
                other => panic!("{other:?}"),
            };
            passes != *negated
        }
        Term::Pair { pair: 7, key, test, negated } => {
            let mut passes = false;
            visit_pairs(document, &path("mark"), &path("key"), &path("value"), |own, value| {
                passes |= own == key
                    && match test {
                        ColumnTest::Compare(Comparison::Equal, Scalar::Text(text)) => value == text,
                        ColumnTest::Glob(glob) => glob.is_match(value),
                        other => panic!("{other:?}"),
                    };
            });
            passes != *negated
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_and_its_value_in_one_element_are_a_pair() {
    let siren = Test::Element(vec![equals("key", "siren"), equals("value", "1")]);
    let expected = Term::Pair {
        pair: 7,
        key: "siren".to_owned(),
        test: ColumnTest::Compare(Comparison::Equal, Scalar::Text("1".to_owned())),
        negated: false,
    };
    assert_eq!(plan(&asks("mark", siren.clone())).terms, [expected]);
    // Another array, another order or a third condition needs the document.
    let asked = [
        asks("other", siren),
        asks("mark", Test::Element(vec![equals("value", "1"), equals("key", "siren")])),
        asks("mark", Test::Element(vec![equals("key", "a"), equals("value", "1"), equals("value", "1")])),
        asks("mark", Test::Element(vec![equals("key", "a"), asks("value", Test::Is(Nature::Exists))])),
        asks(
            "mark",
            Test::Element(vec![Predicate { negated: true, ..equals("key", "a") }, equals("value", "1")]),
        ),
    ];
    for predicate in asked {
        let plan = plan(&predicate);
        assert_eq!((plan.terms, plan.residual), (vec![], vec![predicate]));
    }
}

#[test]
fn both_halves_must_stand_in_the_same_element() {
    let predicate = asks("mark", Test::Element(vec![equals("key", "a"), equals("value", "1")]));
    for (document, matches) in [
        (json!({"mark": [{"key": "a", "value": "1"}]}), true),
        (json!({"mark": {"key": "a", "value": "1"}}), true),
        (json!({"mark": [{"key": "b", "value": "2"}, {"key": "a", "value": "1"}]}), true),
        (json!({"mark": [{"key": "a", "value": "2"}, {"key": "b", "value": "1"}]}), false),
        (json!({"mark": [[{"key": "a", "value": "1"}]]}), false),
        (json!({"mark": []}), false),
        (json!({"mark.key": "a", "mark.value": "1"}), false),
        (json!({}), false),
    ] {
        assert_eq!(predicate.matches(&document), matches, "{document}");
    }
}

#[test]
fn the_array_is_all_that_an_element_test_reads() {
    let predicate = asks("mark", Test::Element(vec![equals("key", "a"), equals("value", "1")]));
    let projection = Projection::new(&[predicate], &[]);
    let read = projection.read(r#"{"mark": [{"key": "a"}], "key": "a", "value": "1"}"#).unwrap();
    assert_eq!(read, json!({"mark": [{"key": "a"}]}));
}

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "A", "ab", "true", "É"]).prop_map(str::to_owned)
}

fn glob() -> impl Strategy<Value = Glob> {
    (text(), prop::sample::select(vec![Place::Start, Place::Anywhere]))
        .prop_map(|(text, place)| Glob::new(&text, place))
}

fn document() -> impl Strategy<Value = Value> {
    let half = prop_oneof![
        text().prop_map(Value::from),
        Just(json!(1)),
        Just(Value::Null),
        prop::collection::vec(text(), 0..3).prop_map(Value::from)
    ];
    let element = (half.clone(), half).prop_map(|(key, value)| json!({"key": key, "value": value}));
    let array = prop::collection::vec(prop_oneof![element.clone(), text().prop_map(Value::from)], 0..4);
    let mark = prop_oneof![array.prop_map(Value::from), element];
    (prop::option::of(text()), prop::option::of(any::<bool>()), prop::option::of(mark)).prop_map(
        |(name, flag, mark)| {
            let mut document = json!({});
            for (member, value) in [("name", json!(name)), ("flag", json!(flag)), ("mark", json!(mark))] {
                if !value.is_null() {
                    document[member] = value;
                }
            }
            document
        },
    )
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let operand = prop_oneof![
        text().prop_map(Operand::Text),
        any::<bool>().prop_map(Operand::Bool),
        any::<bool>().prop_map(Operand::TextOrBool),
        Just(Operand::Number(1.into()))
    ];
    let comparison = prop::sample::select(vec![
        Comparison::Equal,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
    ]);
    let nature = prop::sample::select(epissure_filter::natures()).prop_map(|entry| Test::Is(entry.nature));
    let flag = prop_oneof![
        (comparison, operand.clone()).prop_map(|(comparison, operand)| Test::Compare(comparison, operand)),
        prop::collection::vec(operand, 0..3).prop_map(Test::In),
        nature,
        glob().prop_map(Test::Glob)
    ]
    .prop_map(|test| asks("flag", test));
    let pair = (
        text(),
        prop_oneof![
            text().prop_map(|text| equals("value", &text)),
            glob().prop_map(|glob| asks("value", Test::Glob(glob)))
        ],
    )
        .prop_map(|(key, value)| asks("mark", Test::Element(vec![equals("key", &key), value])));
    let name = glob().prop_map(|glob| asks("name", Test::Glob(glob)));
    (prop_oneof![flag, pair, name], any::<bool>())
        .prop_map(|(predicate, negated)| Predicate { negated, ..predicate })
}

proptest! {
    #[test]
    fn terms_mean_what_their_predicates_mean(predicate in predicate(), document in document()) {
        let plan = plan(&predicate);
        prop_assert!(plan.residual.is_empty());
        let kept = plan.terms.iter().all(|term| holds(term, &document));
        prop_assert_eq!(kept, predicate.matches(&document), "{:?}", plan.terms);
    }

    #[test]
    fn a_glob_is_a_search_that_ignores_case(text in "\\PC{0,12}", sought in "\\PC{0,3}", at in 0..12usize) {
        let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
        let (within, part) = (lower(&text), lower(&sought));
        let found = part.is_empty() || within.windows(part.len()).any(|window| window == part);
        prop_assert_eq!(Glob::new(&sought, Place::Anywhere).is_match(&text), found);
        prop_assert_eq!(Glob::new(&sought, Place::Start).is_match(&text), within.starts_with(&part));
        // A substring of a text is found in it, in capitals too.
        let part: String = text.chars().skip(at).take(3).flat_map(char::to_uppercase).collect();
        prop_assume!(lower(&part) == lower(&text.chars().skip(at).take(3).collect::<String>()));
        prop_assert!(Glob::new(&part, Place::Anywhere).is_match(&text));
    }
}
