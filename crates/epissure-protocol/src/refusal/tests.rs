//! Every refusal is rendered in every language.

use std::collections::BTreeSet;

use epissure_filter::{
    AnySchema, JsonPatternError, Options, PathErrorKind, PatternError, Query, QueryError, QueryErrorKind,
};
use fluent_bundle::{FluentError, FluentResource, FluentValue};

use super::catalogue::{ENGLISH_TEXTS, FRENCH_TEXTS};
use super::json::{JsonPlace, JsonToken};
use super::*;
use crate::codes::{Actor, Complexity, Kind, Reason, Status};
use crate::names::OperatorCode;
use crate::party::INDIVIDUAL_LIST;

/// A refusal with sample values, the identifier of its text, and the names of its arguments.
pub(super) type Row = (Refusal, &'static str, Vec<&'static str>);

/// A value to show in a text.
pub(super) trait Sample {
    fn sample() -> Self;
}

macro_rules! samples {
    ($($type:ty = $value:expr;)+) => { $(impl Sample for $type { fn sample() -> Self { $value } })+ };
}

samples! {
    String = "any".to_owned();
    &'static str = "any";
    u32 = 3; u64 = 3; usize = 3; i64 = 3;
    Status = Status::Pending;
    Actor = Actor::Oi;
    Reason = Reason::Resolved;
    Complexity = Complexity::Simple;
    Kind = Kind::Creation;
    OperatorCode = OperatorCode::parse("FTEL").expect("a code");
    OpenMove = OpenMove { to: Status::Closed, reason: Some(Reason::ResolutionAccepted) };
    Expected = Expected::Uuid;
    ScopeList = ScopeList(vec!["a".to_owned(), "b".to_owned()]);
    Alternatives = Alternatives::of(&["a", "b"]);
    JsonPlace = JsonPlace(String::new());
    JsonToken = JsonToken::Colon;
}

impl<T: Sample> Sample for Vec<T> {
    fn sample() -> Self {
        vec![T::sample(), T::sample()]
    }
}

/// The message of an identifier, as it is written in the file of texts.
fn source<'a>(texts: &'a str, id: &str) -> &'a str {
    let prefix = format!("{id} = ");
    texts.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or_else(|| panic!("no text {id}"))
}

fn check_text(text: &str, id: &str) {
    assert!(!text.is_empty() && text != id, "{id} has no text");
    assert!(!text.contains("{$") && !text.contains("{ $"), "{id} misses an argument: {text}");
    assert!(!text.contains("???"), "{id} is not complete: {text}");
}

#[test]
fn every_refusal_has_a_text_in_each_language_that_shows_each_of_its_facts() {
    for (refusal, id, arguments) in Refusal::samples() {
        let texts = Language::ALL.map(|language| refusal.text(language));
        for (text, source_of_all) in texts.iter().zip([ENGLISH_TEXTS, FRENCH_TEXTS]) {
            check_text(text, id);
            for argument in &arguments {
                let shown = source(source_of_all, id).contains(&format!("{{ ${argument} }}"));
                assert!(shown, "{id} does not show {argument}");
            }
        }
        assert_ne!(texts[0], texts[1], "{id} is not translated");
    }
}

#[test]
fn every_predicate_and_token_has_a_text_in_each_language() {
    for (expected, id, arguments) in Expected::samples() {
        let [english, french] = Language::ALL.map(|language| expected.text(language));
        check_text(&english, id);
        check_text(&french, id);
        assert_ne!(english, french, "{id} is not translated");
        for argument in arguments {
            assert!(source(FRENCH_TEXTS, id).contains(&format!("{{ ${argument} }}")), "{id}");
        }
    }
    for token in JsonToken::ALL {
        let [english, french] = Language::ALL.map(|language| render(language, token.id(), []));
        check_text(&english, token.id());
        assert_ne!(english, french, "{token:?} is not translated");
    }
}

#[test]
fn every_code_is_explained_in_each_language() {
    for code in Code::ALL {
        let [english, french] = Language::ALL.map(|language| code.description(language));
        assert!(english.ends_with('.') && french.ends_with('.'), "{code:?}");
        assert_ne!(english, french, "{code:?}");
    }
}

/// One of each kind of query error.
fn query_errors() -> Vec<QueryErrorKind> {
    let raw = [
        "a",
        "a=%zz",
        "a=%ff",
        "a=%00",
        "a[eq=1",
        "a[zz]=1",
        "a[inn]=1",
        "a[num]=1",
        "a[eq,zz]=1",
        "a[is,num]=1",
        "a[is]=zz",
        "a[gt,num]=x",
        "a[eq,bool]=x",
        "a[gt,date]=x",
        "a[regex]=(",
        "a[json]=[",
        "a[json]=3",
        "a[in]=\"x",
        "limit=x",
        "offset=x",
        "offset=99999999999",
        "limit=1&limit=2",
        "offset=1&cursor=a",
        "filter=x",
        "..=1",
        "=1",
        "a[json]={\"$a\":1}",
        "a[json]={\"a..b\":1}",
        "a[json]={\"a\":\"\\u0000\"}",
    ];
    let options = Options::default();
    let mut kinds: Vec<_> = raw
        .iter()
        .filter_map(|raw| Query::parse(raw, &AnySchema, &options).err())
        .map(|error| error.kind)
        .collect();
    let closed = [
        "zz=1",
        "fullNam=x",
        "fullName[gt]=a",
        "gender*=M*",
        "sort=fullName",
        "fullName*=*a*b*",
        "partyCharacteristic.name=Category",
        "partyCharacteristic.name=x&partyCharacteristic.value=y",
    ];
    let refused = closed.iter().filter_map(|raw| Query::parse_closed(raw, &INDIVIDUAL_LIST, &options).err());
    kinds.extend(refused.map(|error| error.kind));
    let limit = 3;
    let written = || "any".to_owned();
    kinds.extend([
        QueryErrorKind::TooLong { limit },
        QueryErrorKind::UnknownField { name: written() },
        QueryErrorKind::EmptyList,
        QueryErrorKind::TooManyItems { limit },
        QueryErrorKind::TooManyPredicates { limit },
        QueryErrorKind::TooManyPatterns { limit },
        QueryErrorKind::TooManySortKeys { limit },
        QueryErrorKind::TooManyFields { limit },
        QueryErrorKind::Pattern(PatternError::TooLong { limit }),
        QueryErrorKind::Pattern(PatternError::TooBig),
        QueryErrorKind::Json(JsonPatternError::TooLong { limit }),
        QueryErrorKind::Json(JsonPatternError::TooDeep { limit }),
        QueryErrorKind::Json(JsonPatternError::Nul),
        QueryErrorKind::OperatorNotListed { written: written(), globs: &[] },
        QueryErrorKind::GlobNotListed { key: written() },
        QueryErrorKind::NotOneOf { written: written(), values: vec!["a", "b"] },
        QueryErrorKind::NotSortable { written: written(), sortable: &["a", "b"] },
        QueryErrorKind::NotSortable { written: written(), sortable: &[] },
        QueryErrorKind::NotABool { written: written() },
        QueryErrorKind::NotAnInstant { written: written() },
        QueryErrorKind::Path(PathErrorKind::Empty),
        QueryErrorKind::Path(PathErrorKind::EmptySegment),
        QueryErrorKind::Path(PathErrorKind::TooManySegments),
        QueryErrorKind::Path(PathErrorKind::TooLong),
        QueryErrorKind::Path(PathErrorKind::UnclosedQuote),
        QueryErrorKind::Path(PathErrorKind::AfterQuote),
        QueryErrorKind::Path(PathErrorKind::UnknownEscape),
        QueryErrorKind::Path(PathErrorKind::NeedsQuotes),
        QueryErrorKind::Path(PathErrorKind::Nul),
    ]);
    kinds
}

#[test]
fn every_query_error_is_translated() {
    let mut seen = BTreeSet::new();
    for kind in query_errors() {
        let error = QueryError { parameter: "status[eq]".to_owned(), position: 0, kind };
        let refusal = QueryRefusal(error.clone());
        assert_eq!(refusal.text(Language::English), error.to_string());
        let french = refusal.text(Language::French);
        check_text(&french, "query");
        assert_ne!(french, error.to_string());
        assert!(french.starts_with("`status[eq]`\u{a0}: ") && !french.contains("query-"), "{french}");
        seen.insert(format!("{:?}", std::mem::discriminant(&error.kind)));
    }
    assert_eq!(seen.len(), 37, "the kinds of query errors");
}

#[test]
fn a_near_name_is_suggested_in_each_language() {
    let error = Query::parse("status[inn]=OPEN", &AnySchema, &Options::default()).expect_err("no operator");
    let french = QueryRefusal(error).text(Language::French);
    let start = "`status[inn]`\u{a0}: opérateur inconnu\u{a0}: `inn`\u{a0}; vouliez-vous dire `in`\u{a0}? Opérateurs\u{a0}: eq, ne,";
    assert!(french.starts_with(start), "{french}");
}

#[test]
fn numbers_are_written_without_separators() {
    let refusal = Refusal::from(AttachmentRefusal::TooLarge { limit: 20_971_520 });
    assert_eq!(refusal.text(Language::English), "The file is larger than the 20971520 bytes accepted here.");
    assert_eq!(refusal.text(Language::French), "Le fichier dépasse les 20971520 octets acceptés ici.");
    let large = Refusal::from(AttachmentRefusal::ChunkAbsent { index: u64::MAX });
    assert!(large.text(Language::French).contains("18446744073709551615"));
}

#[test]
fn each_file_of_texts_is_sound_and_no_text_is_left_over() {
    let known: BTreeSet<&str> = Refusal::samples().into_iter().map(|(_, id, _)| id).collect();
    for texts in [ENGLISH_TEXTS, FRENCH_TEXTS] {
        assert!(FluentResource::try_new(texts.to_owned()).is_ok(), "{:?}", syntax_errors(texts));
        let ids: Vec<&str> =
            texts.lines().filter_map(|line| line.split_once(" = ")).map(|(id, _)| id).collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "a text is there twice");
        for id in ids {
            let subject = id.split('-').next().unwrap_or_default();
            let elsewhere = ["or", "code", "expected", "query"].contains(&subject)
                || id.starts_with("json-token-")
                || id == "json-top-level";
            assert!(elsewhere || known.contains(id), "{id} is not the text of a refusal");
        }
    }
}

fn syntax_errors(texts: &str) -> Vec<FluentError> {
    let errors = FluentResource::try_new(texts.to_owned()).map_or_else(|(_, errors)| errors, |_| Vec::new());
    errors.into_iter().map(FluentError::from).collect()
}

#[test]
fn a_value_of_a_caller_is_no_syntax() {
    let refusal = Refusal::from(BodyRefusal::Missing { member: "{ $member } { move-final }".to_owned() });
    assert_eq!(refusal.text(Language::English), "The field { $member } { move-final } is required");
    let number: FluentValue<'_> = 3_u64.value(Language::French);
    assert!(matches!(number, FluentValue::Number(_)));
}
