//! The tables of the language's documentation match the code.
//!
//! `UPDATE_DOCUMENTATION=1 cargo test --test documentation` regenerates them.

use epissure_filter::{Limits, Options, Origin, Path, natures, operators, types};

fn operators_table() -> String {
    let mut table = String::from("| operator | spellings | types | holds when |\n|---|---|---|---|\n");
    for entry in operators() {
        let aliases: Vec<String> = entry
            .aliases
            .iter()
            .map(|alias| match alias.origin {
                Origin::Both => format!("`{}`", alias.text),
                Origin::Orange => format!("`{}` ¹", alias.text),
                Origin::Interop => format!("`{}` ²", alias.text),
            })
            .collect();
        let types: Vec<&str> = entry.types.iter().map(|allowed| allowed.entry().name).collect();
        let types = if types.is_empty() { "none".to_owned() } else { types.join(", ") };
        let meaning = match entry.negates {
            None => format!("a candidate {}", entry.meaning),
            Some(positive) => format!("`{}` does not hold", positive.entry().name),
        };
        table.push_str(&format!("| `{}` | {} | {types} | {meaning} |\n", entry.name, aliases.join(", ")));
    }
    table.push_str("\n¹ Only in the Orange page; all the others are in both texts.\n");
    table
}

fn natures_table() -> String {
    let mut table = String::from("| nature | spellings | is |\n|---|---|---|\n");
    for entry in natures() {
        let aliases: Vec<String> = entry.aliases.iter().map(|alias| format!("`{alias}`")).collect();
        let not = if entry.negated { "the negation of " } else { "" };
        table.push_str(&format!(
            "| `{}` | {} | {not}[`{2:?}`](crate::Nature::{2:?}) |\n",
            entry.name,
            aliases.join(", "),
            entry.nature
        ));
    }
    table
}

fn types_table() -> String {
    let mut table = String::from("| type | spellings |\n|---|---|\n");
    for entry in types() {
        let aliases: Vec<String> = entry.aliases.iter().map(|alias| format!("`{alias}`")).collect();
        table.push_str(&format!("| `{}` | {} |\n", entry.name, aliases.join(", ")));
    }
    table
}

fn limits_table() -> String {
    let Limits {
        query_bytes,
        predicates,
        patterns,
        pattern_bytes,
        pattern_size,
        list_items,
        sort_keys,
        fields,
        json_bytes,
        json_depth,
        offset,
    } = Limits::default();
    let Options { default_limit, max_limit, .. } = Options::default();
    let rows: &[(&str, u64, &str)] = &[
        ("the raw query", query_bytes as u64, "bytes"),
        ("predicates", predicates as u64, ""),
        ("segments of a path", Path::MAX_SEGMENTS as u64, ""),
        ("a path as written", Path::MAX_BYTES as u64, "bytes"),
        ("items of `in` and `nin`", list_items as u64, ""),
        ("regular expressions", patterns as u64, ""),
        ("a regular expression", pattern_bytes as u64, "bytes"),
        ("a regular expression once compiled", pattern_size as u64, "bytes"),
        ("the operand of `json` and `njson`", json_bytes as u64, "bytes"),
        ("its nesting", json_depth as u64, "levels"),
        ("sort keys", sort_keys as u64, ""),
        ("different members in `fields`", fields as u64, ""),
        ("`offset`", offset, ""),
        ("`limit`", u64::from(max_limit), ""),
        ("`limit` when it is not given", u64::from(default_limit), ""),
    ];
    let mut table = String::from("| what | at most |\n|---|---|\n");
    for (what, most, unit) in rows {
        table.push_str(&format!("| {what} | {} |\n", format!("{} {unit}", grouped(*most)).trim_end()));
    }
    table.replace("| `limit` when it is not given | 10 |", "| `limit` when it is not given | is 10 |")
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[test]
fn tables_are_those_of_the_code() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/language.md");
    let written = std::fs::read_to_string(file).unwrap();
    let mut expected = written.clone();
    for (name, table) in [
        ("limits", limits_table()),
        ("operators", operators_table()),
        ("natures", natures_table()),
        ("types", types_table()),
    ] {
        let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let start = expected.find(&open).expect("the table's beginning is marked") + open.len();
        let end = expected.find(&close).expect("the table's end is marked");
        expected.replace_range(start..end, &format!("\n{table}\n"));
    }
    if std::env::var_os("UPDATE_DOCUMENTATION").is_some() {
        std::fs::write(file, &expected).unwrap();
    } else {
        assert!(written == expected, "the tables of docs/language.md are stale: see this file's first lines");
    }
}
