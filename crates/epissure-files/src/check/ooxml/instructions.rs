//! Fields of Word: instructions split over many elements and nested (ECMA-376, part 1, section
//! 17.16).

use super::super::reference;
use crate::verdict::Reason;

/// Fields that fetch, run or print their argument (section 17.16.5, and earlier versions of Word).
const FIELDS: &[(&str, Reason)] = &[
    ("DDE", Reason::ExternalReference),
    ("DDEAUTO", Reason::ExternalReference),
    ("INCLUDETEXT", Reason::ExternalReference),
    ("INCLUDEPICTURE", Reason::ExternalReference),
    ("INCLUDE", Reason::ExternalReference),
    ("IMPORT", Reason::ExternalReference),
    ("LINK", Reason::ExternalReference),
    ("DATABASE", Reason::ExternalReference),
    ("DATA", Reason::ExternalReference),
    ("RD", Reason::ExternalReference),
    ("EMBED", Reason::EmbeddedFile),
    ("PRINT", Reason::ActiveContent),
    ("CONTROL", Reason::ActiveContent),
    ("HTMLCONTROL", Reason::ActiveContent),
];

/// Maximum length of a stored instruction, in bytes: an address has at most 2,083 characters.
const INSTRUCTION_BYTES: usize = 8 * 1024;

/// Offset within which an instruction has its name, in bytes.
const NAME_BYTES: usize = 64;

/// Maximum nesting depth of fields.
const DEPTH: usize = 32;

/// Placeholder in an instruction for the result of a nested field.
const NESTED: char = '\u{1}';

#[derive(Default)]
struct Field {
    instruction: String,
    is_cut: bool,
    /// True when the result follows, which is text of the document.
    has_result: bool,
}

/// Open fields, innermost last. Text outside all fields is read as one more field.
#[derive(Default)]
pub(super) struct Instructions {
    outside: Field,
    open: Vec<Field>,
}

impl Instructions {
    /// Returns true when text belongs to an instruction.
    pub(super) fn is_open(&self) -> bool {
        self.open.last().is_some_and(|field| !field.has_result)
    }

    /// Handles the mark of a field: start, separator before its result, or end.
    pub(super) fn mark(&mut self, kind: &str) -> Result<(), Reason> {
        std::mem::take(&mut self.outside).judge()?;
        match kind.trim() {
            "separate" => {
                if let Some(field) = self.open.last_mut() {
                    field.has_result = true;
                    field.judge()?;
                }
            }
            "end" => {
                if let Some(field) = self.open.pop() {
                    field.judge()?;
                }
            }
            _ => {
                self.nest();
                if self.open.len() == DEPTH {
                    return Err(Reason::Uncheckable);
                }
                self.open.push(Field::default());
            }
        }
        Ok(())
    }

    /// Judges a field whose instruction is an attribute.
    pub(super) fn simple(&mut self, instruction: &str) -> Result<(), Reason> {
        self.nest();
        let mut field = Field::default();
        field.push(instruction);
        field.judge()
    }

    fn nest(&mut self) {
        if let Some(outer) = self.open.last_mut().filter(|outer| !outer.has_result) {
            outer.push(NESTED.encode_utf8(&mut [0; 4]));
        }
    }

    pub(super) fn text(&mut self, text: &str) -> Result<(), Reason> {
        let field = self.open.last_mut().unwrap_or(&mut self.outside);
        field.push(text);
        // The name is judged as soon as it is written, because the field may never end.
        if field.is_cut { Ok(()) } else { field.name_is_harmless() }
    }

    pub(super) fn finish(self) -> Result<(), Reason> {
        self.outside.judge()?;
        self.open.iter().try_for_each(Field::judge)
    }
}

impl Field {
    fn push(&mut self, text: &str) {
        let text = if self.instruction.is_empty() { text.trim_start() } else { text };
        let room = INSTRUCTION_BYTES.saturating_sub(self.instruction.len());
        self.is_cut |= text.len() > room;
        self.instruction.extend(text.chars().take(room));
    }

    /// Splits the instruction into its first word and the rest.
    fn split(&self) -> (&str, &str) {
        let head = &self.instruction[..self.instruction.floor_char_boundary(NAME_BYTES)];
        let name = head.trim_start_matches(|one: char| one.is_whitespace() || one == '"');
        let end = name.find(|one: char| !one.is_ascii_alphanumeric()).unwrap_or(name.len());
        self.instruction[head.len() - name.len()..].split_at(end)
    }

    fn name_is_harmless(&self) -> Result<(), Reason> {
        let (name, rest) = self.split();
        if name.is_empty() && rest.len() > NAME_BYTES && !rest.starts_with(['=', '\\']) {
            return Err(Reason::Uncheckable);
        }
        // The result of a nested field is a part of the name, which could then be any name.
        if rest.starts_with(NESTED) && !name.starts_with('=') {
            return Err(Reason::ExternalReference);
        }
        let refused = FIELDS.iter().find(|(one, _)| one.eq_ignore_ascii_case(name));
        refused.map_or(Ok(()), |(_, reason)| Err(*reason))
    }

    fn judge(&self) -> Result<(), Reason> {
        self.name_is_harmless()?;
        let (name, arguments) = self.split();
        if name.eq_ignore_ascii_case("HYPERLINK") {
            return hyperlink(arguments, self.is_cut);
        }
        if name.eq_ignore_ascii_case("MACROBUTTON") {
            let called = first_word(arguments);
            // This is the usual form of a clickable prompt; no macro has this name.
            return if called.eq_ignore_ascii_case("NoMacro") { Ok(()) } else { Err(Reason::Macro) };
        }
        Ok(())
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// Judges a link: its target is the first argument that belongs to no switch; `\l` names a location
/// in the target.
fn hyperlink(arguments: &str, is_cut: bool) -> Result<(), Reason> {
    let mut rest = arguments.trim_start();
    while let Some(switch) = rest.strip_prefix('\\') {
        // Two backslashes start an address, not a switch.
        if switch.starts_with('\\') {
            break;
        }
        let mut letters = switch.chars();
        let takes_argument = letters.next().is_some_and(|letter| "lotLOT".contains(letter));
        rest = letters.as_str().trim_start();
        if takes_argument {
            rest = argument(rest).1.trim_start();
        }
    }
    if rest.is_empty() {
        return if is_cut { Err(Reason::Uncheckable) } else { Ok(()) };
    }
    let (target, after) = argument(rest);
    if is_cut && after.is_empty() {
        return Err(Reason::Uncheckable);
    }
    // Only switches follow the target.
    let target = target.replace("\\\\", "\\").replace("\\\"", "\"");
    match target.split_once(NESTED) {
        Some((beginning, _)) => reference::computed_link(beginning),
        None => reference::link(&target),
    }
}

/// Splits off an argument, in quotation marks or up to the next space; returns it and the rest.
fn argument(text: &str) -> (&str, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        return text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    };
    let mut escaped = false;
    for (at, character) in quoted.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (&quoted[..at], &quoted[at + 1..]),
            _ => {}
        }
    }
    (quoted, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simple(instruction: &str) -> Result<(), Reason> {
        Instructions::default().simple(instruction)
    }

    #[test]
    fn links_of_fields_follow_the_rule_of_links() {
        for instruction in [
            r#" HYPERLINK "https://example.org/a b" \o "bulle" \t "_blank" "#,
            r#"HYPERLINK \l "_Toc123""#,
            r#"HYPERLINK \l "_Toc123" \h"#,
            "HYPERLINK https://example.org",
            r#"HYPERLINK "mailto:a@example.org""#,
            "HYPERLINK",
        ] {
            assert_eq!(simple(instruction), Ok(()), "{instruction}");
        }
        for instruction in [
            r#"HYPERLINK "\\\\server\\share""#,
            r"HYPERLINK \\\\server\\share",
            r#"HYPERLINK \o "bulle" "file:///c:/a""#,
            r#"hyperlink \l "x" "file:///c:/a""#,
            r#"HYPERLINK \n \h "file:///c:/a""#,
            r#"HYPERLINK "autre.docx""#,
            "HYPERLINK c:\\\\a.exe",
        ] {
            assert_eq!(simple(instruction), Err(Reason::ExternalReference), "{instruction}");
        }
        assert_eq!(simple("HYPERLINK \"javascript:a\""), Err(Reason::Script));
        let long = format!("HYPERLINK \\o \"{}\" \"file:///a\"", "x".repeat(INSTRUCTION_BYTES));
        assert_eq!(simple(&long), Err(Reason::Uncheckable));
    }

    #[test]
    fn buttons_call_no_macro() {
        assert_eq!(simple("MACROBUTTON NoMacro [Cliquez ici]"), Ok(()));
        assert_eq!(simple("MACROBUTTON AutoExec [Cliquez ici]"), Err(Reason::Macro));
    }
}
