//! A row under check.

use std::borrow::Cow;

use super::finding::LintFinding;
use super::rules::LintRule;
use crate::columns::IpeColumn;
use crate::line::Line;

/// A row, and the receiver of its findings.
pub(super) struct Row<'r, 'l> {
    pub(super) line: &'r Line<'l>,
    pub(super) counts: &'r mut [u64; LintRule::COUNT],
    pub(super) out: &'r mut dyn FnMut(LintFinding),
}

impl<'l> Row<'_, 'l> {
    /// Returns whether the file has a column.
    pub(super) fn has(&self, column: IpeColumn) -> bool {
        self.line.header().position(column).is_some()
    }

    /// The bytes of a cell, spaces around them removed.
    #[inline]
    pub(super) fn bytes(&self, column: IpeColumn) -> &'l [u8] {
        match self.line.bytes(column) {
            [] => &[],
            [only] if *only > b' ' => std::slice::from_ref(only),
            bytes @ [first, .., last] if *first > b' ' && *last > b' ' => bytes,
            spaced => spaced.trim_ascii(),
        }
    }

    /// The text of a cell, spaces around it removed.
    pub(super) fn text(&self, column: IpeColumn) -> Cow<'l, str> {
        self.line.text(column)
    }

    /// Returns whether the file has a column, and the row leaves it empty.
    pub(super) fn lacks(&self, column: IpeColumn) -> bool {
        self.has(column) && self.bytes(column).is_empty()
    }

    /// Reports a line that is no row, or a fact about the line as a whole.
    pub(super) fn about_line(&mut self, rule: LintRule, value: String, other: Option<String>) {
        self.send(rule, None, value, other, None);
    }

    /// Reports a missing value.
    pub(super) fn missing(&mut self, rule: LintRule, column: IpeColumn) {
        self.send(rule, Some(column), String::new(), None, None);
    }

    /// Reports a value.
    pub(super) fn about(&mut self, rule: LintRule, column: IpeColumn, suggestion: Option<String>) {
        let value = self.text(column).into_owned();
        self.send(rule, Some(column), value, None, suggestion);
    }

    /// Reports a value and the one that it contradicts.
    pub(super) fn against(
        &mut self,
        rule: LintRule,
        column: IpeColumn,
        value: String,
        other: impl Into<String>,
        suggestion: Option<String>,
    ) {
        self.send(rule, Some(column), value, Some(other.into()), suggestion);
    }

    fn send(
        &mut self,
        rule: LintRule,
        column: Option<IpeColumn>,
        value: String,
        other: Option<String>,
        suggestion: Option<String>,
    ) {
        self.counts[rule as usize] += 1;
        let is_row = self.line.fault().is_none();
        let of_row = |column| is_row.then(|| self.line.text(column).into_owned());
        (self.out)(LintFinding {
            rule,
            line: Some(self.line.number()),
            building: of_row(IpeColumn::IdentifiantImmeuble),
            insee: of_row(IpeColumn::CodeInseeImmeuble),
            column,
            value,
            other,
            suggestion,
        });
    }
}
