//! Every refusal of a query: the parameter, the position and the message.

use epissure_filter::{
    AnySchema, Field, FieldSelection, Limits, Options, Path, PathErrorKind, Query, QueryError,
    QueryErrorKind, Schema,
};

fn refusal(raw: &str) -> QueryError {
    match Query::parse(raw, &AnySchema, &Options::default()) {
        Ok(query) => panic!("{raw}: {query:?}"),
        Err(error) => error,
    }
}

/// Raw queries, with the position of the error and the message.
const REFUSALS: &[(&str, usize, &str)] = &[
    // Operators, types, natures.
    (
        "a=1&status[inn]=OPEN",
        11,
        "`status[inn]`: unknown operator `inn`; did you mean `in`? Operators: eq, ne, gt, gte, lt, lte, regex, nregex, is, isnot, in, nin, json, njson",
    ),
    (
        "status[]=OPEN",
        7,
        "`status[]`: unknown operator ``. Operators: eq, ne, gt, gte, lt, lte, regex, nregex, is, isnot, in, nin, json, njson",
    ),
    (
        "f[0]=x",
        2,
        "`f[0]`: unknown operator `0`. Operators: eq, ne, gt, gte, lt, lte, regex, nregex, is, isnot, in, nin, json, njson",
    ),
    (
        "age[num,eq]=1",
        4,
        "`age[num,eq]`: unknown operator `num`; a type comes after an operator, as in `[eq,num]`. Operators: eq, ne, gt, gte, lt, lte, regex, nregex, is, isnot, in, nin, json, njson",
    ),
    ("age[eq,nim]=1", 7, "`age[eq,nim]`: unknown type `nim`; did you mean `num`? Types: num, bool, date"),
    (
        "age%5Beq%2Cnim]=1",
        11,
        "`age[eq,nim]`: unknown type `nim`; did you mean `num`? Types: num, bool, date",
    ),
    ("age[eq,num,num]=1", 7, "`age[eq,num,num]`: unknown type `num,num`. Types: num, bool, date"),
    ("age[re,num]=1", 7, "`age[re,num]`: the operator `regex` takes no type, but `num` was given"),
    ("age[>,boolean]=true", 6, "`age[>,boolean]`: the operator `gt` takes no type `bool`. Types: num, date"),
    (
        "f[is]=nul",
        6,
        "`f[is]`: unknown nature `nul`; did you mean `null`? Natures: null, notnull, exists, notexists, empty, notempty, int, array, object, string, bool, date",
    ),
    // Operands.
    ("age[gt,num]=", 12, "`age[gt,num]`: expected a JSON number, such as `18` or `-1.5`, not ``"),
    ("age[gt,num]=NaN", 12, "`age[gt,num]`: expected a JSON number, such as `18` or `-1.5`, not `NaN`"),
    ("age[in,num]=1,%202", 14, "`age[in,num]`: expected a JSON number, such as `18` or `-1.5`, not ` 2`"),
    ("f[eq,bool]=True", 11, "`f[eq,bool]`: expected `true` or `false`, not `True`"),
    (
        "f[gt,date]=2024-02-30",
        11,
        "`f[gt,date]`: expected an RFC 3339 date, such as `2024-01-31` or `2024-01-31T08:30:00Z`, not `2024-02-30`",
    ),
    ("f[in]=", 6, "`f[in]`: expected a list of values separated by commas"),
    ("f[nin]=,,", 7, "`f[nin]`: expected a list of values separated by commas"),
    (
        "f[in]=a,\"b",
        8,
        "`f[in]`: an item that begins with `\"` must end with `\"`, with `\\\"` and `\\\\` for those characters inside",
    ),
    (
        "f[re]=(?=a)",
        6,
        "`f[re]`: not a regular expression of this API (RE2 syntax, no look-around, no back-reference): look-around, including look-ahead and look-behind, is not supported",
    ),
    (
        "f[re]=(a{1,1000}){1,1000}",
        6,
        "`f[re]`: the regular expression is too complex: its repetitions multiply to too much",
    ),
    ("f[json]=[1]", 8, "`f[json]`: expected a JSON object, such as {\"id\":\"31546546\"}"),
    ("f[json]=%7B%22a%22:x}", 19, "`f[json]`: not valid JSON: expected value at line 1 column 6"),
    (
        "f[json]={\"$where\":1}",
        8,
        "`f[json]`: the member `$where` begins with `$`, and operators are not allowed here",
    ),
    (
        "f[json]={\"a..b\":1}",
        8,
        "`f[json]`: the member `a..b` is not a path: the path has an empty segment; expected a name before and after each `.`",
    ),
    (
        "f[json]={\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}",
        8,
        "`f[json]`: the JSON object is nested deeper than 8 levels",
    ),
    ("f[json]={\"a\":\"\\u0000\"}", 8, "`f[json]`: a string may not contain a NUL character"),
    // Names.
    ("name", 4, "`name`: expected `=` and a value after the name"),
    ("name[eq]", 8, "`name[eq]`: expected `=` and a value after the name"),
    ("name[eq=x", 4, "`name[eq=x`: expected `]=` after the operator, as in `name[eq]=value`"),
    ("name[eq]x=y", 4, "`name[eq]x=y`: expected `]=` after the operator, as in `name[eq]=value`"),
    ("=x", 0, "a path is expected, such as `status` or `relatedEntity.id`"),
    ("[eq]=x", 0, "`[eq]`: a path is expected, such as `status` or `relatedEntity.id`"),
    ("a%2E%2Eb=x", 4, "`a..b`: the path has an empty segment; expected a name before and after each `.`"),
    (
        "a]=x",
        1,
        "`a]`: a name that contains `\"`, `[` or `]` must be written between quotes, as in `\"a[b]\".c`",
    ),
    ("a.\"b=x", 2, "`a.\"b`: the quoted segment has no closing `\"`"),
    // Encoding.
    ("f=100%", 5, "`f`: a `%` is not followed by two hexadecimal digits; a literal `%` is written `%25`"),
    ("f=a%FFb", 3, "`f`: the percent-encoded text is not UTF-8"),
    ("f=a%00b", 3, "`f`: a NUL character is not allowed"),
    // Reserved parameters.
    ("limit=101", 6, "`limit`: expected an integer from 0 to 100"),
    ("limit=-1", 6, "`limit`: expected an integer from 0 to 100"),
    ("limit=1.0", 6, "`limit`: expected an integer from 0 to 100"),
    ("limit=", 6, "`limit`: expected an integer from 0 to 100"),
    ("limit=99999999999999999999999", 6, "`limit`: expected an integer from 0 to 100"),
    ("limit=4294967297", 6, "`limit`: expected an integer from 0 to 100"),
    ("offset=-1", 7, "`offset`: expected an integer from 0"),
    ("offset=+1", 7, "`offset`: expected an integer from 0"),
    (
        "offset=1000001",
        7,
        "`offset`: an offset above 1000000 is too far; use the `next` link of the list, or a narrower filter",
    ),
    (
        "offset=99999999999999999999999",
        7,
        "`offset`: an offset above 1000000 is too far; use the `next` link of the list, or a narrower filter",
    ),
    ("limit=1&limit=1", 8, "`limit`: given more than once"),
    ("offset=1&offset=2", 9, "`offset`: given more than once"),
    ("sort=a,b,c,d,e,f", 15, "`sort`: more than 5 sort keys"),
    ("sort=a,-", 8, "`sort`: a path is expected, such as `status` or `relatedEntity.id`"),
    ("sort=a,--b..c", 11, "`sort`: the path has an empty segment; expected a name before and after each `.`"),
    (
        "filter=x",
        0,
        "`filter`: this parameter is not supported; filter on fields, as in `status[in]=OPEN,CLOSED`, or write `filter[eq]=…` for a field of that name",
    ),
];

#[test]
fn every_refusal_says_what_and_where() {
    let mut failures = Vec::new();
    for (raw, position, message) in REFUSALS {
        let error = refusal(raw);
        if (error.position, error.to_string().as_str()) != (*position, *message) {
            failures.push(format!("{raw}\n  {position} {message}\n  {} {error}", error.position));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn bounds_are_inclusive() {
    let parse = |raw: &str| Query::parse(raw, &AnySchema, &Options::default()).map_err(|error| error.kind);
    let predicates = |count: usize| vec!["a=1"; count].join("&");
    assert_eq!(parse(&predicates(32)).unwrap().predicates.len(), 32);
    assert_eq!(parse(&predicates(33)), Err(QueryErrorKind::TooManyPredicates { limit: 32 }));
    let patterns = |count: usize| vec!["a[re]=1"; count].join("&");
    assert!(parse(&patterns(8)).is_ok());
    assert_eq!(parse(&patterns(9)), Err(QueryErrorKind::TooManyPatterns { limit: 8 }));
    let items = |count: usize| format!("a[in]={}", vec!["x"; count].join(","));
    assert!(parse(&items(500)).is_ok());
    assert_eq!(parse(&items(501)), Err(QueryErrorKind::TooManyItems { limit: 500 }));
    assert!(parse(&format!("a={}", "x".repeat(8190))).is_ok());
    assert_eq!(parse(&format!("a={}", "x".repeat(8191))), Err(QueryErrorKind::TooLong { limit: 8192 }));
    assert_eq!(parse("limit=100&offset=1000000").unwrap().offset, 1_000_000);
    assert_eq!(parse("limit=0").unwrap().limit, 0);
    assert_eq!(parse("limit=007").unwrap().limit, 7);
    assert_eq!(parse("sort=a,b&sort=c,d,e").unwrap().sort.len(), 5);
    let fields =
        |count: usize| (0..count).map(|number| format!("fields=a,f{number}")).collect::<Vec<_>>().join("&");
    assert!(parse(&fields(63)).is_ok());
    assert_eq!(parse(&fields(64)), Err(QueryErrorKind::TooManyFields { limit: 64 }));
    let segments = |count: usize| format!("{}=1", vec!["a"; count].join("."));
    assert!(parse(&segments(16)).is_ok());
    assert_eq!(parse(&segments(17)), Err(QueryErrorKind::Path(PathErrorKind::TooManySegments)));
}

#[test]
fn limits_are_the_callers() {
    let limits = Limits { predicates: 1, sort_keys: 0, ..Limits::default() };
    let options = Options { max_limit: 1000, limits, ..Options::default() };
    let parse = |raw: &str| Query::parse(raw, &AnySchema, &options);
    assert_eq!(parse("limit=1000").unwrap().limit, 1000);
    assert!(parse("a=1&b=2").is_err());
    assert!(parse("sort=a").is_err());
}

/// Schema that knows `status`, `at` (an instant) and `count` (a number).
struct Strict;

impl Schema for Strict {
    fn field(&self, path: &Path) -> Field {
        match path.as_joined() {
            "at" => Field::instant(path.clone()),
            "count" => Field::number(path.clone()),
            _ => Field::any(path.clone()),
        }
    }

    fn knows(&self, first_segment: &str) -> bool {
        ["status", "at", "count"].contains(&first_segment)
    }
}

#[test]
fn unknown_fields_are_refused_in_strict_mode_only() {
    let parse = |raw: &str, strict: bool| {
        Query::parse(raw, &Strict, &Options { strict, ..Options::default() })
            .map_err(|error| error.to_string())
    };
    for raw in ["statut=OPEN", "sort=-statut", "statut.id[is]=exists"] {
        assert!(parse(raw, false).is_ok(), "{raw}");
        assert!(parse(raw, true).unwrap_err().ends_with("unknown field `statut`"), "{raw}");
    }
    for raw in ["status.anything=OPEN", "sort=-status", "fields=statut", "\"status\"=OPEN"] {
        assert!(parse(raw, true).is_ok(), "{raw}");
    }
}

#[test]
fn untyped_operands_are_read_by_the_kind_of_the_field() {
    let parse = |raw: &str| Query::parse(raw, &Strict, &Options::default()).map_err(|error| error.kind);
    for raw in ["at=soon", "at=true", "at[in]=2024-01-31,soon", "at[gt]=", "at[ne]=2024"] {
        assert!(matches!(parse(raw), Err(QueryErrorKind::NotAnInstant { .. })), "{raw}");
    }
    for raw in ["count=many", "count=true", "count[nin]=1,two", "count[lte]="] {
        assert!(matches!(parse(raw), Err(QueryErrorKind::NotANumber { .. })), "{raw}");
    }
    for raw in ["at[re]=soon", "at[eq,bool]=true", "count[eq,date]=2024-01-31", "count[re]=.", "at[is]=null"]
    {
        assert!(parse(raw).is_ok(), "{raw}");
    }
}

#[test]
fn reserved_names_filter_in_brackets() {
    let query = |raw: &str| Query::parse(raw, &AnySchema, &Options::default()).unwrap();
    for raw in [
        "offset[eq]=1",
        "limit[eq]=1000",
        "sort[re]=x",
        "fields[in]=a",
        "filter[eq]=x",
        "\"offset\"=1",
        "Offset=x",
    ] {
        assert_eq!(query(raw).predicates.len(), 1, "{raw}");
        assert_eq!(query(raw).offset, 0, "{raw}");
    }
}

#[test]
fn empty_lists_of_names_are_as_if_not_given() {
    let query = |raw: &str| Query::parse(raw, &AnySchema, &Options::default()).unwrap();
    assert_eq!(query("fields=").fields, None);
    assert_eq!(query("fields=,&sort=").fields, None);
    assert_eq!(query("sort=,a,").sort.len(), 1);
    assert!(query("fields=none").fields.is_some_and(|fields| fields.is_none()));
    assert_eq!(query("fields=a, b,a&fields=none").fields, Some(FieldSelection::of_members(["a", "b"])));
}
