//! The table of operators, and that of the types of operands.

/// Operator of a predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// Equal. The operator of a parameter without brackets.
    Equal,
    /// Not [`Operator::Equal`].
    NotEqual,
    /// Greater than.
    Greater,
    /// Greater than or equal.
    GreaterOrEqual,
    /// Less than.
    Less,
    /// Less than or equal.
    LessOrEqual,
    /// Matches a regular expression.
    Regex,
    /// Not [`Operator::Regex`].
    NotRegex,
    /// Is of a nature: null, empty, an integer…
    Is,
    /// Not [`Operator::Is`].
    IsNot,
    /// Equal to one item of a list.
    In,
    /// Not [`Operator::In`].
    NotIn,
    /// An object, or an element of an array, has all the members of a JSON object.
    Json,
    /// Not [`Operator::Json`].
    NotJson,
}

/// Published text that defines an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The "TMF Filter" section of the Orange page.
    Orange,
    /// The filters parameter of the Interop common contract.
    Interop,
    /// Both.
    Both,
}

/// One spelling of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alias {
    /// The spelling, in lower case. Case does not matter in a query.
    pub text: &'static str,
    /// Published text that defines it.
    pub origin: Origin,
}

/// One row of the table of [`operators`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorEntry {
    /// The operator.
    pub operator: Operator,
    /// The spelling used in messages and documentation. It is one of the aliases.
    pub name: &'static str,
    /// Every spelling.
    pub aliases: &'static [Alias],
    /// The types that may follow the operator, as in `[gt,num]`.
    pub types: &'static [OperandType],
    /// The operator of which this one is the exact negation.
    pub negates: Option<Operator>,
    /// Condition on a candidate, worded to follow "a candidate".
    pub meaning: &'static str,
}

/// Type that a query specifies for an operand, as `num` in `age[gt,num]=18`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperandType {
    /// A JSON number. From the Orange page.
    Number,
    /// `true` or `false`. An addition of this implementation.
    Bool,
    /// An RFC 3339 date-time or full date. An addition of this implementation.
    Date,
}

/// One row of the table of [`types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeEntry {
    /// The type.
    pub operand_type: OperandType,
    /// The spelling used in messages and documentation.
    pub name: &'static str,
    /// Every spelling, in lower case. Case does not matter in a query.
    pub aliases: &'static [&'static str],
}

/// Returns the operators: their spellings, the text each spelling comes from, and the types each
/// allows.
///
/// The parser, the error messages and the documentation use this table.
///
/// ```
/// use epissure_filter::{operators, Operator};
///
/// let spelled = |text| operators().iter().find(|entry| entry.aliases.iter().any(|alias| alias.text == text));
/// assert_eq!(spelled("<>").map(|entry| entry.operator), Some(Operator::NotEqual));
/// ```
pub fn operators() -> &'static [OperatorEntry] {
    OPERATORS
}

/// Returns the types that may follow an operator.
pub fn types() -> &'static [TypeEntry] {
    TYPES
}

impl Operator {
    /// Returns the operator that an alias spells, ignoring case.
    pub fn from_alias(text: &str) -> Option<Operator> {
        OPERATORS
            .iter()
            .find(|entry| entry.aliases.iter().any(|alias| alias.text.eq_ignore_ascii_case(text)))
            .map(|entry| entry.operator)
    }

    /// Returns the row of the table of [`operators`].
    pub fn entry(self) -> &'static OperatorEntry {
        &OPERATORS[self as usize]
    }
}

impl OperandType {
    /// Returns the type that an alias spells, ignoring case.
    pub fn from_alias(text: &str) -> Option<OperandType> {
        TYPES
            .iter()
            .find(|entry| entry.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(text)))
            .map(|entry| entry.operand_type)
    }

    /// Returns the row of the table of [`types`].
    pub fn entry(self) -> &'static TypeEntry {
        &TYPES[self as usize]
    }
}

const fn both(text: &'static str) -> Alias {
    Alias { text, origin: Origin::Both }
}

const fn orange(text: &'static str) -> Alias {
    Alias { text, origin: Origin::Orange }
}

const EVERY_TYPE: &[OperandType] = &[OperandType::Number, OperandType::Bool, OperandType::Date];
const ORDERED_TYPES: &[OperandType] = &[OperandType::Number, OperandType::Date];

// Rows are in the order of the variants: `entry` indexes by variant.
static OPERATORS: &[OperatorEntry] = &[
    OperatorEntry {
        operator: Operator::Equal,
        name: "eq",
        aliases: &[both("eq"), both("==")],
        types: EVERY_TYPE,
        negates: None,
        meaning: "equals the operand",
    },
    OperatorEntry {
        operator: Operator::NotEqual,
        name: "ne",
        aliases: &[both("ne"), both("!="), both("<>"), both("neq"), both("!eq")],
        types: EVERY_TYPE,
        negates: Some(Operator::Equal),
        meaning: "does not equal the operand",
    },
    OperatorEntry {
        operator: Operator::Greater,
        name: "gt",
        aliases: &[both("gt"), both(">")],
        types: ORDERED_TYPES,
        negates: None,
        meaning: "is greater than the operand",
    },
    OperatorEntry {
        operator: Operator::GreaterOrEqual,
        name: "gte",
        aliases: &[both("gte"), both(">=")],
        types: ORDERED_TYPES,
        negates: None,
        meaning: "is greater than or equal to the operand",
    },
    OperatorEntry {
        operator: Operator::Less,
        name: "lt",
        aliases: &[both("lt"), both("<")],
        types: ORDERED_TYPES,
        negates: None,
        meaning: "is less than the operand",
    },
    OperatorEntry {
        operator: Operator::LessOrEqual,
        name: "lte",
        aliases: &[both("lte"), both("<=")],
        types: ORDERED_TYPES,
        negates: None,
        meaning: "is less than or equal to the operand",
    },
    OperatorEntry {
        operator: Operator::Regex,
        name: "regex",
        aliases: &[both("regex"), both("match"), both("=~"), both("re")],
        types: &[],
        negates: None,
        meaning: "matches the regular expression",
    },
    OperatorEntry {
        operator: Operator::NotRegex,
        name: "nregex",
        aliases: &[
            both("nregex"),
            both("!~"),
            both("nre"),
            both("nmatch"),
            orange("notmatch"),
            orange("notregex"),
        ],
        types: &[],
        negates: Some(Operator::Regex),
        meaning: "does not match the regular expression",
    },
    OperatorEntry {
        operator: Operator::Is,
        name: "is",
        aliases: &[both("is"), both("=")],
        types: &[],
        negates: None,
        meaning: "is of the nature",
    },
    OperatorEntry {
        operator: Operator::IsNot,
        name: "isnot",
        aliases: &[both("isnot"), both("nis"), both("not"), both("!"), both("!is"), orange("isnt")],
        types: &[],
        negates: Some(Operator::Is),
        meaning: "is not of the nature",
    },
    OperatorEntry {
        operator: Operator::In,
        name: "in",
        aliases: &[both("in")],
        types: EVERY_TYPE,
        negates: None,
        meaning: "equals an item of the list",
    },
    OperatorEntry {
        operator: Operator::NotIn,
        name: "nin",
        aliases: &[both("nin"), both("notin"), both("!in")],
        types: EVERY_TYPE,
        negates: Some(Operator::In),
        meaning: "equals no item of the list",
    },
    OperatorEntry {
        operator: Operator::Json,
        name: "json",
        aliases: &[
            both("json"),
            both("j"),
            both("eqjson"),
            orange("emjson"),
            orange("elemmatchjson"),
            orange("emj"),
        ],
        types: &[],
        negates: None,
        meaning: "is, or has an element that is, an object with all these members",
    },
    OperatorEntry {
        operator: Operator::NotJson,
        name: "njson",
        aliases: &[
            both("njson"),
            both("nj"),
            both("!j"),
            both("!json"),
            both("nejson"),
            orange("notmjson"),
            orange("!emjson"),
            orange("nemj"),
            orange("!emj"),
            orange("!elemmatchjson"),
        ],
        types: &[],
        negates: Some(Operator::Json),
        meaning: "neither is nor has an element that is an object with all these members",
    },
];

static TYPES: &[TypeEntry] = &[
    TypeEntry { operand_type: OperandType::Number, name: "num", aliases: &["num", "numeric", "number"] },
    TypeEntry { operand_type: OperandType::Bool, name: "bool", aliases: &["bool", "boolean"] },
    TypeEntry { operand_type: OperandType::Date, name: "date", aliases: &["date"] },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_where_entry_looks() {
        for entry in operators() {
            assert_eq!(entry.operator.entry(), entry);
        }
        for entry in types() {
            assert_eq!(entry.operand_type.entry(), entry);
        }
    }

    #[test]
    fn each_spelling_names_one_operator() {
        let mut spellings: Vec<&str> =
            operators().iter().flat_map(|entry| entry.aliases).map(|alias| alias.text).collect();
        let count = spellings.len();
        spellings.sort_unstable();
        spellings.dedup();
        assert_eq!(spellings.len(), count);
        for entry in operators() {
            assert!(entry.aliases.iter().any(|alias| alias.text == entry.name));
            for alias in entry.aliases {
                assert_eq!(Operator::from_alias(&alias.text.to_uppercase()), Some(entry.operator));
            }
        }
    }

    #[test]
    fn a_negation_allows_the_types_of_what_it_negates() {
        for entry in operators() {
            if let Some(positive) = entry.negates {
                assert_eq!(entry.types, positive.entry().types);
                assert_eq!(positive.entry().negates, None);
            }
        }
    }
}
