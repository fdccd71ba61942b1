//! The planner: splits a query between indexes and evaluation on documents.
//!
//! A [`Catalog`] describes the indexed data of a store. *Columns* contain the value of a
//! first-level member. *Multi-valued paths* contain the texts that a path reaches. [`Plan::new`]
//! turns a predicate into a [`Term`] over that data when the term means exactly what
//! [`Predicate::matches`] means. The other predicates go unchanged to [`Plan::residual`]. A plan is
//! a pure value: each store renders it in its own dialect.
//!
//! # Contents of a column
//!
//! A [`Holds::Text`] column contains the member's string, or null when the document has no such
//! member. A [`Holds::Instant`] column contains its instant to the millisecond, under the same
//! condition; the store writes only members that parse. A [`Holds::Flag`] column contains its
//! boolean, or null when there is none. A [`Holds::Number`] column is never null.

use jiff::Timestamp;

use crate::number::Decimal;
use crate::{
    Absent, Comparison, Field, Glob, Nature, Operand, Path, Pattern, Predicate, Query, SortKey, Source, Test,
};

/// Data that a store can search without reading documents.
pub trait Catalog {
    /// Returns the column of a first-level member.
    fn column(&self, path: &Path) -> Option<Column>;
    /// Returns the number of a multi-valued path.
    fn multi_valued(&self, path: &Path) -> Option<u16>;
    /// Returns the number of a pair: two members of an array's elements, the key and its value.
    /// Their texts are stored together for each element that has both
    /// ([`visit_pairs`](crate::visit_pairs)).
    fn pair(&self, array: &Path, key_member: &str, value_member: &str) -> Option<u16> {
        let _ = (array, key_member, value_member);
        None
    }
}

/// A column of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Column {
    /// Name in the store.
    pub name: &'static str,
    /// Content of the column.
    pub holds: Holds,
}

/// Content of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holds {
    /// Text, or null.
    Text,
    /// An instant, or null.
    Instant,
    /// A whole number.
    Number,
    /// A boolean, or null.
    Flag,
    /// A duration in whole seconds: the milliseconds in the column, plus the time in the current
    /// status when that status is in `while_in`.
    Running {
        /// The statuses in which the clock runs.
        while_in: &'static [&'static str],
    },
}

/// A predicate over indexed data, exactly equivalent to its source predicate.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// True or false for every document.
    Always(bool),
    /// A test of a column. Where the column is null the test is false, and its negation true.
    Column {
        /// The column.
        column: Column,
        /// The test.
        test: ColumnTest,
        /// True to negate the test.
        negated: bool,
    },
    /// A multi-valued path reaches one of these texts.
    OneOf {
        /// The path's number.
        path: u16,
        /// The texts.
        texts: Vec<String>,
        /// True to negate the term.
        negated: bool,
    },
    /// An element has this key, and with it a value that passes the test.
    Pair {
        /// The pair's number.
        pair: u16,
        /// The key.
        key: String,
        /// The test of the value: [`ColumnTest::Compare`] with an equal text, or
        /// [`ColumnTest::Glob`].
        test: ColumnTest,
        /// True to negate the term.
        negated: bool,
    },
}

/// A test of a column's value.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnTest {
    /// The comparison of the value with this one is true.
    Compare(Comparison, Scalar),
    /// The value is one of these.
    In(Vec<Scalar>),
    /// The value is not null.
    Present,
    /// The value matches the expression.
    Matches(Pattern),
    /// The value begins with the text, or contains it, ignoring case.
    Glob(Glob),
}

/// A value to compare a column with.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// For [`Holds::Text`].
    Text(String),
    /// For [`Holds::Instant`]: milliseconds since the Unix epoch.
    Millisecond(i64),
    /// For [`Holds::Number`] and [`Holds::Running`], which are whole numbers.
    Whole(i64),
    /// For [`Holds::Flag`].
    Flag(bool),
}

/// One key of the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Value to order by.
    pub by: OrderBy,
    /// True for descending order.
    pub descending: bool,
}

/// Value that an order compares.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderBy {
    /// A column.
    Column(Column),
    /// A field of the document.
    Document(Field),
}

/// A query, divided between indexed terms and predicates on the document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Terms over indexed data, all required.
    pub terms: Vec<Term>,
    /// Predicates to evaluate on the document, all required.
    pub residual: Vec<Predicate>,
    /// Requested order; the store adds its own to break ties.
    pub order: Vec<Order>,
}

impl Plan {
    /// Plans a query.
    #[must_use]
    pub fn new(query: &Query, catalog: &dyn Catalog) -> Plan {
        let mut plan = Plan::default();
        for predicate in &query.predicates {
            match term(predicate, catalog) {
                Some(Term::Always(true)) => {}
                Some(term) => plan.terms.push(term),
                None => plan.residual.push(predicate.clone()),
            }
        }
        plan.order = query.sort.iter().filter_map(|key| order(key, catalog)).collect();
        plan
    }

    /// Returns true when the matching documents, or their order, change with time: a duration in
    /// the plan runs.
    #[must_use]
    pub fn depends_on_time(&self) -> bool {
        let runs =
            |column: &Column| matches!(column.holds, Holds::Running { while_in } if !while_in.is_empty());
        self.terms.iter().any(|term| matches!(term, Term::Column { column, .. } if runs(column)))
            || self.order.iter().any(|order| matches!(&order.by, OrderBy::Column(column) if runs(column)))
    }

    /// Returns true when no document can match.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.contains(&Term::Always(false))
    }
}

fn order(key: &SortKey, catalog: &dyn Catalog) -> Option<Order> {
    let Source::Document(path) = &key.field.source else { return None };
    let by = match catalog.column(path) {
        Some(column) => OrderBy::Column(column),
        None => OrderBy::Document(key.field.clone()),
    };
    Some(Order { by, descending: key.descending })
}

/// Returns the term equivalent to the predicate, if any.
fn term(predicate: &Predicate, catalog: &dyn Catalog) -> Option<Term> {
    let path = match &predicate.field.source {
        Source::Constant(_) => return Some(Term::Always(predicate.matches(&serde_json::Value::Null))),
        Source::Document(path) => path,
    };
    if let Test::Element(element) = &predicate.test {
        return pair(predicate, path, element, catalog);
    }
    if let Some(number) = catalog.multi_valued(path) {
        return one_of(predicate, number);
    }
    let column = catalog.column(path)?;
    let test = match column.holds {
        Holds::Text => text_test(predicate)?,
        Holds::Instant => instant_test(predicate)?,
        Holds::Number | Holds::Running { .. } => number_test(predicate)?,
        Holds::Flag => flag_test(predicate)?,
    };
    Some(match test {
        Found::Always(truth) => Term::Always(truth != predicate.negated),
        Found::Test(test) => Term::Column { column, test, negated: predicate.negated },
        Found::Absent => Term::Column { column, test: ColumnTest::Present, negated: !predicate.negated },
    })
}

fn one_of(predicate: &Predicate, path: u16) -> Option<Term> {
    if predicate.field.absent != Absent::Missing {
        return None;
    }
    let texts = match &predicate.test {
        Test::Compare(Comparison::Equal, operand) => vec![as_text(operand)?],
        Test::In(operands) => operands.iter().map(as_text).collect::<Option<_>>()?,
        _ => return None,
    };
    Some(Term::OneOf { path, texts, negated: predicate.negated })
}

/// Returns the pair that an element's two predicates test, if the catalog has it.
fn pair(predicate: &Predicate, array: &Path, element: &[Predicate], catalog: &dyn Catalog) -> Option<Term> {
    let [key, value] = element else { return None };
    if predicate.field.absent != Absent::Missing {
        return None;
    }
    let pair = catalog.pair(array, own_member(key)?, own_member(value)?)?;
    let equal = |predicate: &Predicate| match &predicate.test {
        Test::Compare(Comparison::Equal, operand) => as_text(operand),
        _ => None,
    };
    let test = match &value.test {
        Test::Glob(glob) => ColumnTest::Glob(glob.clone()),
        _ => ColumnTest::Compare(Comparison::Equal, Scalar::Text(equal(value)?)),
    };
    Some(Term::Pair { pair, key: equal(key)?, test, negated: predicate.negated })
}

/// Returns the only member of the element that a positive predicate tests.
fn own_member(predicate: &Predicate) -> Option<&str> {
    let Source::Document(path) = &predicate.field.source else { return None };
    let plain = !predicate.negated && predicate.field.absent == Absent::Missing;
    match path.segments() {
        [only] if plain => Some(only.name()),
        _ => None,
    }
}

/// Returns the text that an operand equals, if it can only equal texts.
fn as_text(operand: &Operand) -> Option<String> {
    match operand {
        Operand::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// Positive form of a predicate on a column.
enum Found {
    Always(bool),
    Test(ColumnTest),
    /// The column is null.
    Absent,
}

/// Tests the nature of a value: the same for every column that contains values of its own nature or
/// null.
fn nature_test(predicate: &Predicate, nature: Nature, own: Nature) -> Option<Found> {
    let shows_null = predicate.field.absent == Absent::Value(serde_json::Value::Null);
    if !shows_null && predicate.field.absent != Absent::Missing {
        return None;
    }
    match nature {
        Nature::Null if shows_null => Some(Found::Absent),
        Nature::Exists if shows_null => Some(Found::Always(true)),
        Nature::Exists => Some(Found::Test(ColumnTest::Present)),
        nature if nature == own => Some(Found::Test(ColumnTest::Present)),
        Nature::Null | Nature::Int | Nature::Array | Nature::Object | Nature::Bool | Nature::String => {
            Some(Found::Always(false))
        }
        Nature::Empty | Nature::NotEmpty | Nature::Date => None,
    }
}

fn text_test(predicate: &Predicate) -> Option<Found> {
    let scalar = |operand: &Operand| match operand {
        Operand::Text(text) => Some(Some(Scalar::Text(text.clone()))),
        Operand::TextOrBool(truth) => Some(Some(Scalar::Text(truth.to_string()))),
        Operand::Number(_) | Operand::Bool(_) => Some(None),
        Operand::Instant(_) => None,
    };
    match &predicate.test {
        Test::Compare(comparison, operand) => Some(compare(*comparison, scalar(operand)?)),
        Test::In(operands) => Some(among(operands.iter().map(scalar).collect::<Option<_>>()?)),
        Test::Regex(pattern) => Some(Found::Test(ColumnTest::Matches(pattern.clone()))),
        Test::Is(Nature::Empty) => {
            Some(Found::Test(ColumnTest::Compare(Comparison::Equal, Scalar::Text(String::new()))))
        }
        Test::Is(Nature::NotEmpty) => {
            Some(Found::Test(ColumnTest::Compare(Comparison::Greater, Scalar::Text(String::new()))))
        }
        Test::Is(nature) => nature_test(predicate, *nature, Nature::String),
        Test::Glob(glob) => Some(Found::Test(ColumnTest::Glob(glob.clone()))),
        Test::Json(_) | Test::Element(_) => Some(Found::Always(false)),
    }
}

/// No text, number or instant equals a boolean.
fn flag_test(predicate: &Predicate) -> Option<Found> {
    let scalar = |operand: &Operand| match operand {
        Operand::Bool(flag) | Operand::TextOrBool(flag) => Some(Scalar::Flag(*flag)),
        Operand::Text(_) | Operand::Number(_) | Operand::Instant(_) => None,
    };
    match &predicate.test {
        Test::Compare(comparison, operand) => Some(compare(*comparison, scalar(operand))),
        Test::In(operands) => Some(among(operands.iter().map(scalar).collect())),
        Test::Is(Nature::Empty | Nature::NotEmpty | Nature::Date) => Some(Found::Always(false)),
        Test::Is(nature) => nature_test(predicate, *nature, Nature::Bool),
        Test::Regex(_) | Test::Json(_) | Test::Glob(_) | Test::Element(_) => Some(Found::Always(false)),
    }
}

fn instant_test(predicate: &Predicate) -> Option<Found> {
    match &predicate.test {
        Test::Compare(comparison, Operand::Instant(at)) => Some(compare_instant(*comparison, *at)),
        Test::Compare(_, Operand::Number(_) | Operand::Bool(_)) => Some(Found::Always(false)),
        Test::In(operands) => {
            let scalars = operands.iter().map(|operand| match operand {
                Operand::Instant(at) => {
                    Some((to_millisecond(*at) == *at).then(|| Scalar::Millisecond(at.as_millisecond())))
                }
                Operand::Number(_) | Operand::Bool(_) => Some(None),
                Operand::Text(_) | Operand::TextOrBool(_) => None,
            });
            Some(among(scalars.collect::<Option<_>>()?))
        }
        Test::Is(Nature::Date | Nature::NotEmpty) => Some(Found::Test(ColumnTest::Present)),
        Test::Is(Nature::Empty) => Some(Found::Always(false)),
        Test::Is(nature) => nature_test(predicate, *nature, Nature::String),
        Test::Json(_) | Test::Element(_) => Some(Found::Always(false)),
        // Only the document has the instant's text.
        Test::Compare(..) | Test::Regex(_) | Test::Glob(_) => None,
    }
}

fn number_test(predicate: &Predicate) -> Option<Found> {
    Some(match &predicate.test {
        Test::Compare(comparison, Operand::Number(number)) => {
            let (whole, exact) = Decimal::from(number).floor();
            compare_whole(*comparison, exact, Scalar::Whole(whole))
        }
        Test::In(operands) => {
            let scalars = operands.iter().map(|operand| match operand {
                Operand::Number(number) => {
                    let (whole, exact) = Decimal::from(number).floor();
                    exact.then_some(Scalar::Whole(whole))
                }
                _ => None,
            });
            among(scalars.collect())
        }
        Test::Is(nature) => Found::Always(matches!(nature, Nature::Exists | Nature::Int)),
        Test::Compare(..) | Test::Regex(_) | Test::Json(_) | Test::Glob(_) | Test::Element(_) => {
            Found::Always(false)
        }
    })
}

fn compare(comparison: Comparison, scalar: Option<Scalar>) -> Found {
    match scalar {
        Some(scalar) => Found::Test(ColumnTest::Compare(comparison, scalar)),
        None => Found::Always(false),
    }
}

fn among(scalars: Vec<Option<Scalar>>) -> Found {
    let scalars: Vec<Scalar> = scalars.into_iter().flatten().collect();
    if scalars.is_empty() { Found::Always(false) } else { Found::Test(ColumnTest::In(scalars)) }
}

fn compare_instant(comparison: Comparison, at: Timestamp) -> Found {
    let millisecond = Scalar::Millisecond(to_millisecond(at).as_millisecond());
    compare_whole(comparison, to_millisecond(at) == at, millisecond)
}

/// Compares with a column of whole numbers. A fractional operand, whose `floor` is not `exact`,
/// compares as the integer below it.
fn compare_whole(comparison: Comparison, exact: bool, floor: Scalar) -> Found {
    match (comparison, exact) {
        (_, true) => Found::Test(ColumnTest::Compare(comparison, floor)),
        (Comparison::Equal, false) => Found::Always(false),
        (Comparison::Greater | Comparison::GreaterOrEqual, false) => {
            Found::Test(ColumnTest::Compare(Comparison::Greater, floor))
        }
        (Comparison::Less | Comparison::LessOrEqual, false) => {
            Found::Test(ColumnTest::Compare(Comparison::LessOrEqual, floor))
        }
    }
}

/// Returns the millisecond that contains an instant, rounded down before 1970 too.
fn to_millisecond(at: Timestamp) -> Timestamp {
    let millisecond = at.as_nanosecond().div_euclid(1_000_000);
    i64::try_from(millisecond).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(at)
}
