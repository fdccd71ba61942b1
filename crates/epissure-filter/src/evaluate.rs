//! The evaluator: the reference for any translation of the language.

use serde_json::Value;

use crate::operand::equals_any;
use crate::{Predicate, Query, Test};

impl Query {
    /// Returns true when the document satisfies every predicate.
    ///
    /// ```
    /// use epissure_filter::{AnySchema, Options, Query};
    /// use serde_json::json;
    ///
    /// let query = Query::parse("status[in]=PENDING,RESOLVED&name[re]=^Rue", &AnySchema, &Options::default())?;
    /// assert!(query.matches(&json!({"status": "PENDING", "name": "Rue des Lilas"})));
    /// assert!(!query.matches(&json!({"status": "PENDING"})));
    /// # Ok::<(), epissure_filter::QueryError>(())
    /// ```
    pub fn matches(&self, document: &Value) -> bool {
        self.predicates.iter().all(|predicate| predicate.matches(document))
    }
}

impl Predicate {
    /// Returns true when the document satisfies the predicate.
    pub fn matches(&self, document: &Value) -> bool {
        let field = &self.field;
        let passes = match &self.test {
            Test::Compare(comparison, operand) => {
                field.any_candidate(document, |candidate| operand.compares(*comparison, candidate.value))
            }
            Test::In(operands) => {
                field.any_candidate(document, |candidate| equals_any(operands, candidate.value))
            }
            Test::Regex(pattern) => field.any_candidate(document, |candidate| {
                candidate.value.as_str().is_some_and(|text| pattern.is_match(text))
            }),
            Test::Is(nature) => field.any_candidate(document, |candidate| nature.holds(candidate)),
            Test::Json(pattern) => field.any_candidate(document, |candidate| pattern.holds(candidate)),
            Test::Glob(glob) => field.any_candidate(document, |candidate| {
                candidate.value.as_str().is_some_and(|text| glob.is_match(text))
            }),
            // The array itself is not an element: paths from it would match values of different
            // elements.
            Test::Element(predicates) => field.any_candidate(document, |candidate| {
                candidate.value.is_object()
                    && predicates.iter().all(|predicate| predicate.matches(candidate.value))
            }),
        };
        passes != self.negated
    }
}
