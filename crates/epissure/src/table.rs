//! Text tables: aligned columns without borders, which `grep` and `awk` can process.

use comfy_table::{ContentArrangement, Table, presets};

/// Formats rows under headers.
pub(crate) fn table<const N: usize>(
    headers: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(headers);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Formats names and values, one pair per line.
pub(crate) fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or_default() + 2;
    pairs.iter().map(|(name, value)| format!("{name:width$}{value}\n")).collect()
}

/// Returns `yes` or an empty text: absent values should not draw attention.
pub(crate) fn tick(value: bool) -> String {
    if value { "yes".to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_have_no_trailing_space() {
        let shown =
            table(["CODE", "NAME"], [["FTEL".into(), "A name".into()], ["VENU".into(), String::new()]]);
        assert_eq!(shown, "CODE  NAME\nFTEL  A name\nVENU");
    }
}
