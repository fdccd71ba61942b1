//! The planner: which part of a query an index can serve, and which part must be evaluated on the document.
//!
//! A [`Catalog`] says what a store keeps beside the documents: *columns*, each with the value of a first-level
//! member, and *multi-valued paths*, each with the texts that a path reaches. [`Plan::new`] turns every predicate
//! into a [`Term`] over those when the term means exactly what [`Predicate::matches`] means, and leaves the others
//! as they are, in [`Plan::residual`]. A plan is a pure value: each store renders it in its own dialect.
//!
//! # What a column promises
//!
//! A [`Holds::Text`] column has the member's string, and null when the document has no such member. A
//! [`Holds::Instant`] column has its instant to the millisecond, under the same condition; the store writes
//! only members that parse. A [`Holds::Flag`] column has its boolean, and null when there is none. A
//! [`Holds::Number`] column is never null.

use jiff::Timestamp;

use crate::number::Decimal;
use crate::{
    Absent, Comparison, Field, Glob, Nature, Operand, Path, Pattern, Predicate, Query, SortKey, Source, Test,
};

/// What a store can search without reading the document.
pub trait Catalog {
    /// The column of a first-level member.
    fn column(&self, path: &Path) -> Option<Column>;
    /// The number of a multi-valued path.
    fn multi_valued(&self, path: &Path) -> Option<u16>;
    /// The number of a pair: two members of the elements of an array whose texts are kept together, the key and its
    /// value, for each element that has both ([`visit_pairs`](crate::visit_pairs)).
    fn pair(&self, array: &Path, key_member: &str, value_member: &str) -> Option<u16> {
        let _ = (array, key_member, value_member);
        None
    }
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Column {
    /// Its name in the store.
    pub name: &'static str,
    /// What is in it.
    pub holds: Holds,
}

/// What is in a column.
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
    /// A duration in whole seconds: the milliseconds in the column, and the time since the document entered its
    /// status when that is one of `while_in`, together.
    Running {
        /// The statuses in which the clock runs.
        while_in: &'static [&'static str],
    },
}

/// A predicate over what is beside the documents; exactly the predicate it comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// True or false whatever the document.
    Always(bool),
    /// A test of a column. Where the column is null the test is false, and its negation true.
    Column {
        /// Which column.
        column: Column,
        /// The test.
        test: ColumnTest,
        /// Whether the term is the test's negation.
        negated: bool,
    },
    /// Whether a multi-valued path reaches one of these texts.
    OneOf {
        /// The path's number.
        path: u16,
        /// The texts.
        texts: Vec<String>,
        /// Whether the term is the negation.
        negated: bool,
    },
    /// Whether some element has this key, and with it a value that passes the test.
    Pair {
        /// The pair's number.
        pair: u16,
        /// The key.
        key: String,
        /// The test of the value: [`ColumnTest::Compare`] with an equal text, or [`ColumnTest::Glob`].
        test: ColumnTest,
        /// Whether the term is the negation.
        negated: bool,
    },
}

/// A test of a column's value.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnTest {
    /// It compares so with a value.
    Compare(Comparison, Scalar),
    /// It is one of these.
    In(Vec<Scalar>),
    /// It is there.
    Present,
    /// The expression matches it.
    Matches(Pattern),
    /// It begins with the text, or contains it, whatever the case.
    Glob(Glob),
}

/// A value to compare a column with.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// For [`Holds::Text`].
    Text(String),
    /// For [`Holds::Instant`]: milliseconds since the Unix epoch.
    Millisecond(i64),
    /// For [`Holds::Number`] and [`Holds::Running`], which hold whole numbers.
    Whole(i64),
    /// For [`Holds::Flag`].
    Flag(bool),
}

/// One key of the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// By what.
    pub by: OrderBy,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What an order compares.
#[derive(Debug, Clone, PartialEq)]
pub enum OrderBy {
    /// A column.
    Column(Column),
    /// A field of the document.
    Document(Field),
}

/// A query, divided between what is indexed and what is not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// All of these hold.
    pub terms: Vec<Term>,
    /// And all of these, which only the document can tell.
    pub residual: Vec<Predicate>,
    /// The order asked for; the store adds its own to break ties.
    pub order: Vec<Order>,
}

impl Plan {
    /// Divides a query.
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

    /// Whether which documents match, or their order, changes as time passes: some duration in it runs.
    #[must_use]
    pub fn depends_on_time(&self) -> bool {
        let runs =
            |column: &Column| matches!(column.holds, Holds::Running { while_in } if !while_in.is_empty());
        self.terms.iter().any(|term| matches!(term, Term::Column { column, .. } if runs(column)))
            || self.order.iter().any(|order| matches!(&order.by, OrderBy::Column(column) if runs(column)))
    }

    /// Whether no document can match.
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

/// The term that means the same as the predicate, when there is one.
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

/// The pair that an element's two predicates ask for, when the catalog has it.
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

/// The one member of the element that a positive predicate looks at.
fn own_member(predicate: &Predicate) -> Option<&str> {
    let Source::Document(path) = &predicate.field.source else { return None };
    let plain = !predicate.negated && predicate.field.absent == Absent::Missing;
    match path.segments() {
        [only] if plain => Some(only.name()),
        _ => None,
    }
}

/// The text that an operand equals, when texts are all it can equal.
fn as_text(operand: &Operand) -> Option<String> {
    match operand {
        Operand::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// What the positive form of a predicate is on a column.
enum Found {
    Always(bool),
    Test(ColumnTest),
    /// The column is null.
    Absent,
}

/// The tests of what kind of value a member has, the same for every column that holds values of its own nature or
/// nothing.
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

/// No text, number or instant is a boolean.
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
        // The text of the instant: only the document has it.
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

/// Compares with a column that holds whole numbers: an operand between two of them, whose `floor` is not `exact`, compares
/// with the one below it.
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

/// The millisecond in which an instant falls, before 1970 too.
fn to_millisecond(at: Timestamp) -> Timestamp {
    let millisecond = at.as_nanosecond().div_euclid(1_000_000);
    i64::try_from(millisecond).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(at)
}
