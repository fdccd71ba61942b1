//! Every example and every alias of the two published texts. These are the "TMF Filter" section of
//! the Orange page and the filters parameter of the Interop common contract.

use std::collections::BTreeSet;

use epissure_filter::{
    AnySchema, Comparison, FieldSelection, OperandType, Operator, Options, Origin, Predicate, Query, Source,
    Test, natures, operators, types,
};

fn parse(raw: &str) -> Query {
    Query::parse(raw, &AnySchema, &Options::default()).unwrap_or_else(|error| panic!("{raw}: {error}"))
}

/// Describes a predicate in one line.
fn describe(predicate: &Predicate) -> String {
    let Source::Document(path) = &predicate.field.source else { panic!("{predicate:?}") };
    let not = if predicate.negated { "not " } else { "" };
    let test = match &predicate.test {
        Test::Compare(comparison, operand) => {
            let sign = match comparison {
                Comparison::Equal => "=",
                Comparison::Greater => ">",
                Comparison::GreaterOrEqual => ">=",
                Comparison::Less => "<",
                Comparison::LessOrEqual => "<=",
            };
            format!("{sign} {operand:?}")
        }
        Test::In(operands) => format!("in {operands:?}"),
        Test::Regex(pattern) => format!("~ {}", pattern.as_str()),
        Test::Is(nature) => format!("is {nature:?}"),
        Test::Json(pattern) => format!("contains {}", pattern.value()),
        Test::Glob(_) | Test::Element(_) => panic!("not of this language: {predicate:?}"),
    };
    format!("{path} {not}{test}")
}

/// Encodes the query as a client that encodes everything would send it.
fn encoded(raw: &str) -> String {
    let (name, value) = match raw.find("]=") {
        Some(at) => (&raw[..=at], &raw[at + 2..]),
        None => raw.split_once('=').expect("an example has a value"),
    };
    format!("{}={}", percent(name), percent(value))
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

const ORANGE_FILTERS: &[(&str, &str)] = &[
    ("name=doudou", r#"name = Text("doudou")"#),
    ("name[eq]=doudou", r#"name = Text("doudou")"#),
    ("name[==]=doudou", r#"name = Text("doudou")"#),
    ("adress.city.zipcode=31000", r#"adress.city.zipcode = Text("31000")"#),
    ("adress.streetnumber[eq,num]=10", "adress.streetnumber = Number(Number(10))"),
    ("name[ne]=doudou", r#"name not = Text("doudou")"#),
    ("name[!=]=doudou", r#"name not = Text("doudou")"#),
    ("name[<>]=doudou", r#"name not = Text("doudou")"#),
    ("name[neq]=doudou", r#"name not = Text("doudou")"#),
    ("name[!eq]=doudou", r#"name not = Text("doudou")"#),
    ("adress.streetnumber[!eq,num]=10", "adress.streetnumber not = Number(Number(10))"),
    ("age[gt,num]=18", "age > Number(Number(18))"),
    ("birthdate[>]=2020-01-10", r#"birthdate > Text("2020-01-10")"#),
    ("word[>]=b", r#"word > Text("b")"#),
    ("age[gte,num]=18", "age >= Number(Number(18))"),
    ("birthdate[>=]=2020-01-10", r#"birthdate >= Text("2020-01-10")"#),
    ("word[>=]=b", r#"word >= Text("b")"#),
    ("age[lt,num]=18", "age < Number(Number(18))"),
    ("birthdate[<]=2020-01-10", r#"birthdate < Text("2020-01-10")"#),
    ("word[<]=b", r#"word < Text("b")"#),
    ("age[lte,num]=18", "age <= Number(Number(18))"),
    ("birthdate[<=]=2020-01-10", r#"birthdate <= Text("2020-01-10")"#),
    ("word[<=]=b", r#"word <= Text("b")"#),
    ("name[match]=dou.*", "name ~ dou.*"),
    ("name[regex]=dou.*", "name ~ dou.*"),
    ("name[=~]=dou.*", "name ~ dou.*"),
    ("name[re]=dou.*", "name ~ dou.*"),
    ("name[notmatch]=dou.*", "name not ~ dou.*"),
    ("name[notregex]=dou.*", "name not ~ dou.*"),
    ("name[!~]=dou.*", "name not ~ dou.*"),
    ("name[nre]=dou.*", "name not ~ dou.*"),
    ("name[nregex]=dou.*", "name not ~ dou.*"),
    ("name[nmatch]=dou.*", "name not ~ dou.*"),
    ("child[is]=null", "child is Null"),
    ("child[is]=notnull", "child not is Null"),
    ("child[is]=exists", "child is Exists"),
    ("child[is]=notexists", "child not is Exists"),
    ("changes[is]=empty", "changes is Empty"),
    ("changes[is]=notempty", "changes is NotEmpty"),
    ("age[is]=int", "age is Int"),
    ("changes[is]=array", "changes is Array"),
    ("child[is]=object", "child is Object"),
    ("name[is]=string", "name is String"),
    ("valid[is]=bool", "valid is Bool"),
    ("birthday[is]=date", "birthday is Date"),
    ("child[isnot]=null", "child not is Null"),
    ("child[isnt]=notnull", "child is Null"),
    ("child[not]=exists", "child not is Exists"),
    ("child[nis]=notexists", "child is Exists"),
    ("changes[!]=empty", "changes not is Empty"),
    ("changes[isnt]=notempty", "changes not is NotEmpty"),
    ("age[isnot]=int", "age not is Int"),
    ("changes[isnt]=array", "changes not is Array"),
    ("child[!is]=object", "child not is Object"),
    ("name[isnt]=string", "name not is String"),
    ("valid[not]=bool", "valid not is Bool"),
    ("birthday[isnt]=date", "birthday not is Date"),
    ("name[in]=doudou,jean,marc", r#"name in [Text("doudou"), Text("jean"), Text("marc")]"#),
    ("age[in,num]=20,30,40", "age in [Number(Number(20)), Number(Number(30)), Number(Number(40))]"),
    ("name[nin]=doudou,jean,marc", r#"name not in [Text("doudou"), Text("jean"), Text("marc")]"#),
    ("name[notin]=doudou,jean,marc", r#"name not in [Text("doudou"), Text("jean"), Text("marc")]"#),
    ("name[!in]=doudou,jean,marc", r#"name not in [Text("doudou"), Text("jean"), Text("marc")]"#),
    ("age[!in,num]=20,30,40", "age not in [Number(Number(20)), Number(Number(30)), Number(Number(40))]"),
    (
        r#"childs[json]={"baseType":"myBaseType", "name":"myName", "adress":{"city":"myCity"}}"#,
        r#"childs contains {"baseType":"myBaseType","name":"myName","adress":{"city":"myCity"}}"#,
    ),
    (
        r#"childs[eqjson]={"baseType":"myBaseType", "name":"myName", "adress":{"zipcode":"31000"}}"#,
        r#"childs contains {"baseType":"myBaseType","name":"myName","adress":{"zipcode":"31000"}}"#,
    ),
    (
        r#"childs[j]={"baseType":"myBaseType", "name":"myName", "adress":{"city":"Toulouse", "zipcode":"31000", "streetNumber":10}}"#,
        r#"childs contains {"baseType":"myBaseType","name":"myName","adress":{"city":"Toulouse","zipcode":"31000","streetNumber":10}}"#,
    ),
    (
        r#"childs[njson]={"baseType":"myBaseType", "name":"myName"}"#,
        r#"childs not contains {"baseType":"myBaseType","name":"myName"}"#,
    ),
    (
        r#"childs[nejson]={"baseType":"myBaseType", "name":"myName"}"#,
        r#"childs not contains {"baseType":"myBaseType","name":"myName"}"#,
    ),
    (
        r#"childs[!json]={"baseType":"myBaseType", "name":"myName"}"#,
        r#"childs not contains {"baseType":"myBaseType","name":"myName"}"#,
    ),
    (
        r#"childs[!j]={"baseType":"myBaseType", "name":"myName"}"#,
        r#"childs not contains {"baseType":"myBaseType","name":"myName"}"#,
    ),
    (
        r#"childs[nj]={"baseType":"myBaseType", "name":"myName", "age":20}"#,
        r#"childs not contains {"baseType":"myBaseType","name":"myName","age":20}"#,
    ),
    ("age[gt,num]=30", "age > Number(Number(30))"),
    ("age[eq,numeric]=30", "age = Number(Number(30))"),
    ("age[in,number]=30,31,32", "age in [Number(Number(30)), Number(Number(31)), Number(Number(32))]"),
];

#[test]
fn filters_of_the_orange_page() {
    for (raw, expected) in ORANGE_FILTERS {
        for spelling in [(*raw).to_owned(), encoded(raw), raw.replace(' ', "+"), raw.replace(' ', "%20")] {
            let query = parse(&spelling);
            assert_eq!(query.predicates.len(), 1, "{spelling}");
            assert_eq!(describe(&query.predicates[0]), *expected, "{spelling}");
        }
    }
}

#[test]
fn pages_orders_and_fields_of_the_orange_page() {
    let query = parse("");
    assert_eq!((query.offset, query.limit), (0, 10));
    let query = parse("offset=100&limit=100");
    assert_eq!((query.offset, query.limit), (100, 100));
    let keys = |raw: &str| -> Vec<(String, bool)> {
        let keys = parse(raw).sort;
        keys.iter()
            .map(|key| {
                let Source::Document(path) = &key.field.source else { panic!("{key:?}") };
                (path.to_string(), key.descending)
            })
            .collect()
    };
    let expected = [("name".to_owned(), false), ("id".to_owned(), true)];
    for raw in ["sort=+name,-id", "sort=name,-id", "sort=%2Bname%2C-id", "sort=name&sort=-id"] {
        assert_eq!(keys(raw), expected, "{raw}");
    }
    assert_eq!(parse("sort=+name,-id").sort[0].parameter, "+name");
    assert_eq!(parse("fields=name,id").fields, Some(FieldSelection::of_members(["name", "id"])));
}

#[test]
fn examples_of_the_interop_contract() {
    let raw = "%40type=MyType&status%5Bin%5D=OPEN%2CCLOSED&myarray%5Bnis%5D=empty&relatedEntity.%40referredType=EntityType&relatedEntity.id=31546546";
    let described: Vec<String> = parse(raw).predicates.iter().map(describe).collect();
    assert_eq!(
        described,
        [
            r#"@type = Text("MyType")"#,
            r#"status in [Text("OPEN"), Text("CLOSED")]"#,
            "myarray not is Empty",
            r#"relatedEntity.@referredType = Text("EntityType")"#,
            r#"relatedEntity.id = Text("31546546")"#,
        ]
    );
    let raw =
        "relatedEntity%5Bjson%5D=%7B%22%40referredType%22%3A%22EntityType%22%2C%22id%22%3A%2231546546%22%7D";
    assert_eq!(
        describe(&parse(raw).predicates[0]),
        r#"relatedEntity contains {"@referredType":"EntityType","id":"31546546"}"#
    );
}

/// The aliases of the Orange page, including those only in its examples.
const ORANGE: &[(Operator, &str)] = &[
    (Operator::Equal, "eq =="),
    (Operator::NotEqual, "ne != <> neq !eq"),
    (Operator::Greater, "gt >"),
    (Operator::GreaterOrEqual, "gte >="),
    (Operator::Less, "lt <"),
    (Operator::LessOrEqual, "lte <="),
    (Operator::Regex, "match regex =~ re"),
    (Operator::NotRegex, "notmatch notregex !~ nre nregex nmatch"),
    (Operator::Is, "is ="),
    (Operator::IsNot, "isnot isnt not nis ! !is"),
    (Operator::In, "in"),
    (Operator::NotIn, "nin notin !in"),
    (Operator::Json, "emjson elemmatchjson emj json eqjson j"),
    (Operator::NotJson, "notmjson !emjson nemj !emj !elemmatchjson njson nejson !json !j nj"),
];

/// The aliases of the Interop common contract.
const INTEROP: &[(Operator, &str)] = &[
    (Operator::Equal, "== eq"),
    (Operator::NotEqual, "!= ne neq <> !eq"),
    (Operator::Greater, "> gt"),
    (Operator::GreaterOrEqual, ">= gte"),
    (Operator::Less, "< lt"),
    (Operator::LessOrEqual, "<= lte"),
    (Operator::Regex, "=~ re regex match"),
    (Operator::NotRegex, "!~ nre nregex nmatch"),
    (Operator::Is, "is ="),
    (Operator::IsNot, "nis ! !is isnot not"),
    (Operator::In, "in"),
    (Operator::NotIn, "nin !in notin"),
    (Operator::Json, "json j eqjson"),
    (Operator::NotJson, "njson !j nejson !json nj"),
];

#[test]
fn the_table_has_the_aliases_of_both_texts_and_no_other() {
    for entry in operators() {
        let published = |text: &'static [(Operator, &'static str)]| -> BTreeSet<&str> {
            let row = text.iter().find(|(operator, _)| *operator == entry.operator);
            row.unwrap().1.split(' ').collect()
        };
        let table = |other: Origin| -> BTreeSet<&str> {
            entry.aliases.iter().filter(|alias| alias.origin != other).map(|alias| alias.text).collect()
        };
        assert_eq!(table(Origin::Interop), published(ORANGE), "{}", entry.name);
        assert_eq!(table(Origin::Orange), published(INTEROP), "{}", entry.name);
    }
}

#[test]
fn every_alias_and_type_is_read_raw_and_encoded() {
    for entry in operators() {
        let value = match entry.operator {
            Operator::Is | Operator::IsNot => "null",
            Operator::Json | Operator::NotJson => "{}",
            _ => "1",
        };
        let expected = describe(&parse(&format!("f[{}]={value}", entry.name)).predicates[0]);
        for alias in entry.aliases {
            let text = alias.text;
            let upper = text.to_uppercase();
            for key in [
                format!("f[{text}]"),
                format!("f[{upper}]"),
                format!("f[ {text} ]"),
                format!("f%5B{text}%5D"),
                format!("f%5b{}%5d", percent(text)),
                format!("f[{}]", percent(text)),
                format!("f[{text}%5D"),
            ] {
                assert_eq!(describe(&parse(&format!("{key}={value}")).predicates[0]), expected, "{key}");
            }
        }
        for allowed in entry.types {
            let value = match allowed {
                OperandType::Number => "1",
                OperandType::Bool => "true",
                OperandType::Date => "2024-01-31",
            };
            for alias in allowed.entry().aliases {
                parse(&format!("f[{},{alias}]={value}", entry.name));
            }
        }
    }
    let numeric = types().iter().find(|entry| entry.operand_type == OperandType::Number).unwrap();
    assert_eq!(numeric.aliases, ["num", "numeric", "number"]);
}

#[test]
fn natures_are_those_of_both_texts() {
    let orange = "null notnull nnull exists notexists nexists empty notempty nempty int integer array object string bool boolean date";
    let interop = "null nnull empty nempty exists nexists int array object string boolean";
    let published: BTreeSet<&str> = orange.split(' ').chain(interop.split(' ')).collect();
    let table: BTreeSet<&str> = natures().iter().flat_map(|entry| entry.aliases).copied().collect();
    assert_eq!(table, published);
}
