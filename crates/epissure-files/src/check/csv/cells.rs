//! Finds the cells of a CSV that a spreadsheet reads as formulas, whatever the separator.

use super::super::formula;
use crate::verdict::Reason;

/// Maximum length of a formula, in bytes: spreadsheets allow 8,192 characters.
const FORMULA_BYTES: usize = 8192;

/// Possible separators of cells, because a CSV does not declare its own.
const SEPARATORS: &[u8] = b",;\t|";

#[derive(Default)]
pub(super) struct Cells {
    state: State,
    formula: String,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a cell, before or after its quotation mark.
    #[default]
    Start,
    Quoted,
    /// In an unquoted formula.
    Formula {
        brackets: u32,
        in_string: bool,
    },
    /// In a quoted formula; `ending` is true after a quotation mark.
    QuotedFormula {
        ending: bool,
    },
    Other,
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | 0x0b | 0x0c)
}

impl Cells {
    pub(super) fn step(&mut self, byte: u8) -> Result<(), Reason> {
        self.state = match self.state {
            State::Start | State::Quoted if matches!(byte, b'=' | b'+' | b'-' | b'@') => {
                self.formula.clear();
                self.formula.push(char::from(byte));
                match self.state {
                    State::Quoted => State::QuotedFormula { ending: false },
                    _ => State::Formula { brackets: 0, in_string: false },
                }
            }
            State::Start | State::Other if is_line_end(byte) || SEPARATORS.contains(&byte) => State::Start,
            State::Start if byte == b'"' => State::Quoted,
            State::Start | State::Quoted if byte == b' ' => self.state,
            State::Quoted if byte == b'"' || is_line_end(byte) => State::Start,
            State::Start | State::Quoted | State::Other => State::Other,
            State::Formula { brackets, in_string } => {
                let parts = SEPARATORS.contains(&byte) && brackets == 0 && !in_string;
                // After a name, the bar is an operator.
                let named = byte == b'|' && self.formula.contains(|one: char| one.is_ascii_alphabetic());
                let parts = parts && !named;
                if is_line_end(byte) || parts {
                    self.judge()?;
                    State::Start
                } else {
                    self.push(byte);
                    let brackets = match byte {
                        b'(' if !in_string => brackets.saturating_add(1),
                        b')' if !in_string => brackets.saturating_sub(1),
                        _ => brackets,
                    };
                    State::Formula { brackets, in_string: in_string != (byte == b'"') }
                }
            }
            State::QuotedFormula { ending: false } if byte == b'"' => State::QuotedFormula { ending: true },
            State::QuotedFormula { ending: true } if byte != b'"' => {
                self.judge()?;
                self.state = State::Other;
                return self.step(byte);
            }
            State::QuotedFormula { .. } => {
                self.push(byte);
                State::QuotedFormula { ending: false }
            }
        };
        Ok(())
    }

    pub(super) fn finish(&self) -> Result<(), Reason> {
        match self.state {
            State::Formula { .. } | State::QuotedFormula { .. } => self.judge(),
            State::Start | State::Quoted | State::Other => Ok(()),
        }
    }

    fn push(&mut self, byte: u8) {
        if self.formula.len() < FORMULA_BYTES {
            self.formula.push(char::from(byte));
        }
    }

    fn judge(&self) -> Result<(), Reason> {
        formula::judge(&self.formula)
    }
}
