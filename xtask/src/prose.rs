//! `cargo xtask prose`: the rules of CONTRIBUTING.md for prose that a program can check.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::root;

/// Check the prose of comments and documents: opening words, width, sentence length, banned words
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  cargo xtask prose\n  cargo xtask prose crates/epissure-app")]
pub(crate) struct Options {
    /// Only files below these paths
    paths: Vec<String>,
}

/// The widest line of prose, in characters. Tables, links and code may be wider.
const MAX_WIDTH: usize = 100;
/// The longest sentence, in words.
const MAX_WORDS: usize = 40;
/// Words with which no documentation comment begins.
const OPENERS: &[&str] = &["What", "Whether", "Who", "That", "How", "Why", "Where"];
/// Words that name no actor, or are figures of speech.
const BANNED: &[&str] = &["nobody", "somebody", "whoever", "anybody", "errand", "eavesdropper"];
/// Files that are generated, or that list the banned words.
const EXCEPTED: &[&str] = &["docs/cli.md", "docs/lifecycle.md", "xtask/src/prose.rs", "CONTRIBUTING.md"];

#[derive(Debug, PartialEq, Eq)]
enum Rule {
    Width(usize),
    Opener(String),
    Banned(String),
    Sentence(usize),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Width(width) => write!(f, "{width} columns; wrap at {MAX_WIDTH}"),
            Self::Opener(word) => write!(f, "begins with `{word}`; begin with the thing or the verb"),
            Self::Banned(word) => write!(f, "`{word}`: name the actor, without a figure of speech"),
            Self::Sentence(words) => write!(f, "a sentence of {words} words; split it (at most {MAX_WORDS})"),
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let listed = Command::new("git")
        .args(["ls-files", "--", "*.rs", "*.md"])
        .current_dir(root())
        .output()
        .context("git ls-files")?;
    let files = String::from_utf8(listed.stdout)?;
    let chosen = |file: &&str| {
        let below =
            options.paths.is_empty() || options.paths.iter().any(|path| file.starts_with(path.as_str()));
        below && !EXCEPTED.contains(file)
    };
    let mut count = 0;
    for file in files.lines().filter(chosen) {
        let text = fs::read_to_string(root().join(file)).with_context(|| format!("cannot read {file}"))?;
        for (line, rule) in check(Path::new(file), &text) {
            println!("{file}:{line}: {rule}");
            count += 1;
        }
    }
    if count > 0 {
        bail!("{count} lines break the rules for prose: see CONTRIBUTING.md");
    }
    Ok(())
}

/// Returns the faults of a file with their line numbers.
fn check(path: &Path, text: &str) -> Vec<(usize, Rule)> {
    let is_rust = path.extension().is_some_and(|extension| extension == "rs");
    let mut faults = Vec::new();
    let (mut fenced, mut paragraph) = (false, Paragraph::default());
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let Some((mark, prose)) = prose(line, is_rust) else {
            paragraph.close(&mut faults);
            fenced = false;
            continue;
        };
        if prose.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced || is_layout(prose) {
            paragraph.close(&mut faults);
            continue;
        }
        let width = line.chars().count();
        if width > MAX_WIDTH && !prose.contains("](") && !prose.contains("://") {
            faults.push((number, Rule::Width(width)));
        }
        let words = || prose.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let begins = !paragraph.open && matches!(mark, "///" | "//!");
        if let Some(first) = words().next().filter(|first| begins && OPENERS.contains(first)) {
            faults.push((number, Rule::Opener(first.to_owned())));
        }
        if let Some(word) = words().find(|word| BANNED.contains(&word.to_lowercase().as_str())) {
            faults.push((number, Rule::Banned(word.to_owned())));
        }
        paragraph.add(number, prose, &mut faults);
    }
    paragraph.close(&mut faults);
    faults
}

/// Returns the comment mark and the text of a line of prose; the mark of Markdown is empty.
fn prose(line: &str, is_rust: bool) -> Option<(&'static str, &str)> {
    if !is_rust {
        return Some(("", line));
    }
    let line = line.trim_start();
    ["///", "//!", "//"].into_iter().find_map(|mark| Some((mark, line.strip_prefix(mark)?.trim_start())))
}

/// True for tables, headings, link definitions and empty lines, which end a paragraph.
fn is_layout(prose: &str) -> bool {
    let start = prose.trim_start();
    start.is_empty()
        || start.starts_with(['|', '#', '<', '>'])
        || start.starts_with('[') && start.contains("]:")
}

/// The current paragraph, with the words of its current sentence.
#[derive(Default)]
struct Paragraph {
    line: usize,
    words: usize,
    /// A line of the paragraph was read.
    open: bool,
}

impl Paragraph {
    fn add(&mut self, line: usize, prose: &str, faults: &mut Vec<(usize, Rule)>) {
        self.open = true;
        let item = prose.trim_start();
        if item.starts_with("- ") || item.starts_with("* ") {
            self.end(faults);
        }
        for word in prose.split_whitespace() {
            if self.words == 0 {
                self.line = line;
            }
            self.words += 1;
            let word = word.trim_end_matches(['*', '`', ')', '"']);
            if word.ends_with(['.', ':', ';', '?', '!']) {
                self.end(faults);
            }
        }
    }

    fn close(&mut self, faults: &mut Vec<(usize, Rule)>) {
        self.end(faults);
        self.open = false;
    }

    fn end(&mut self, faults: &mut Vec<(usize, Rule)>) {
        if self.words > MAX_WORDS {
            faults.push((self.line, Rule::Sentence(self.words)));
        }
        self.words = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(text: &str) -> Vec<(usize, Rule)> {
        check(Path::new("a.rs"), text)
    }

    #[test]
    fn a_documentation_comment_begins_with_the_thing_or_the_verb() {
        assert_eq!(rust("/// What is kept.\nstruct A;\n"), [(1, Rule::Opener("What".to_owned()))]);
        assert_eq!(
            rust("/// The kept row.\n///\n/// Whether it is one.\n"),
            [(3, Rule::Opener("Whether".to_owned()))]
        );
        assert_eq!(rust("/// The stored row.\nstruct A;\n// Where the rest is.\n"), []);
    }

    #[test]
    fn prose_wraps_and_code_and_tables_do_not() {
        let long = "word ".repeat(22);
        assert_eq!(rust(&format!("/// {long}\n")), [(1, Rule::Width(114))]);
        assert_eq!(rust(&format!("/// ```\n/// {long}\n/// ```\n")), []);
        assert_eq!(check(Path::new("a.md"), &format!("| {long} |\n")), []);
    }

    #[test]
    fn a_sentence_is_bounded_and_an_actor_is_named() {
        let long = "a word and ".repeat(14);
        let wrapped = format!("/// {}\n/// {}.\n", &long[..66], long[66..].trim_end());
        assert_eq!(rust(&wrapped), [(1, Rule::Sentence(42))]);
        assert_eq!(rust("// Nobody reads it.\n"), [(1, Rule::Banned("Nobody".to_owned()))]);
    }
}
