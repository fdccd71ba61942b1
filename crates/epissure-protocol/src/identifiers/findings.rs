//! Findings of the checks.

use serde::{Deserialize, Serialize};

use crate::refusal::{IdentifierRefusal, Language};

/// Severity of a finding.
///
/// Only an [`Error`](Severity::Error) may refuse a request. Warnings help the OI to assess a
/// ticket; an info helps to clean data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The official schema forbids the value.
    Error,
    /// The schema allows it, but a reference table, a checksum or another member disagrees.
    Warning,
    /// Style: the value is understood, another spelling is expected.
    Info,
}

/// One remark about one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Severity of the finding.
    pub severity: Severity,
    /// A stable name of the rule, in kebab case, such as `siren-checksum`. The module's
    /// documentation lists all.
    pub code: &'static str,
    /// Location of the value: a JSON pointer (RFC 6901), built on the caller's.
    pub pointer: String,
    /// Sentence with the problem and the expected value. It quotes the value, shortened and
    /// escaped.
    pub message: String,
    /// The refusal, of an [`Error`](Severity::Error).
    #[serde(skip)]
    pub refusal: Option<IdentifierRefusal>,
}

/// The findings of one or several checks, in the order of their discovery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Creates an empty list of findings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding of severity [`Error`](Severity::Error).
    pub fn error(&mut self, code: &'static str, at: impl Into<String>, refusal: IdentifierRefusal) {
        let message = refusal.text(Language::English);
        let refusal = Some(refusal);
        self.push(Finding { severity: Severity::Error, code, pointer: at.into(), message, refusal });
    }

    /// Adds a finding of severity [`Warning`](Severity::Warning).
    pub fn warning(&mut self, code: &'static str, at: impl Into<String>, message: impl Into<String>) {
        self.remark(Severity::Warning, code, at.into(), message.into());
    }

    /// Adds a finding of severity [`Info`](Severity::Info).
    pub fn info(&mut self, code: &'static str, at: impl Into<String>, message: impl Into<String>) {
        self.remark(Severity::Info, code, at.into(), message.into());
    }

    fn remark(&mut self, severity: Severity, code: &'static str, pointer: String, message: String) {
        self.push(Finding { severity, code, pointer, message, refusal: None });
    }

    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Returns all the findings, in the order of their discovery.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.0.iter()
    }

    /// Returns the findings that refuse the value.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.of(Severity::Error)
    }

    /// Returns the findings of one severity.
    pub fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.0.iter().filter(move |finding| finding.severity == severity)
    }

    /// Returns true when a finding refuses the value.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// Returns true when there is no finding.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of findings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the findings as a vector.
    #[must_use]
    pub fn into_vec(self) -> Vec<Finding> {
        self.0
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn findings_serialise_as_a_plain_array() {
        let mut findings = Findings::new();
        findings.warning("siren-checksum", "/siren", "The checksum is wrong.");
        assert_eq!(
            serde_json::to_value(&findings).unwrap(),
            json!([{
                "severity": "warning",
                "code": "siren-checksum",
                "pointer": "/siren",
                "message": "The checksum is wrong.",
            }])
        );
    }

    #[test]
    fn only_errors_refuse() {
        let mut findings = Findings::new();
        findings.info("a", "/a", "");
        findings.warning("b", "/b", "");
        assert!(!findings.has_errors());
        findings.error("c", "/c", IdentifierRefusal::Point);
        assert!(findings.has_errors());
        assert_eq!(findings.errors().map(|finding| finding.code).collect::<Vec<_>>(), ["c"]);
        assert_eq!(findings.len(), 3);
    }

    #[test]
    fn severities_sort_by_weight() {
        assert!(Severity::Error < Severity::Warning && Severity::Warning < Severity::Info);
    }
}
