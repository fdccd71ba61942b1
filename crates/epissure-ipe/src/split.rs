//! Cutting the bytes of one record into cells, without losing any.

use memchr::memchr;

/// Where a cell lies in its record: quotes included, separator excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Where a quoted cell ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// After its closing quote, at this index.
    At(usize),
    /// Nowhere: a quote stands before other text than a separator, so the cell is read as it is.
    Stray,
    /// Nowhere in the bytes at hand.
    Open,
}

/// Finds the end of the cell that opens a quote at `start` (RFC 4180: `""` is a quote inside the cell).
pub(crate) fn closing(bytes: &[u8], start: usize, separator: u8) -> Closing {
    let mut from = start + 1;
    loop {
        let Some(found) = memchr(b'"', &bytes[from..]) else { return Closing::Open };
        let quote = from + found;
        match bytes.get(quote + 1) {
            Some(b'"') => from = quote + 2,
            None | Some(b'\n' | b'\r') => return Closing::At(quote + 1),
            Some(next) if *next == separator => return Closing::At(quote + 1),
            Some(_) => return Closing::Stray,
        }
    }
}

/// Cuts a record, given without its line end, into cells. Returns the start of a cell whose quote never closes; that
/// cell and those after it are cut at each separator.
pub(crate) fn split(record: &[u8], separator: u8, spans: &mut Vec<Span>) -> Option<usize> {
    spans.clear();
    let span = |start: usize, end: usize| Span { start: start as u32, end: end as u32 };
    if memchr(b'"', record).is_none() {
        let mut start = 0;
        for end in memchr::memchr_iter(separator, record) {
            spans.push(span(start, end));
            start = end + 1;
        }
        spans.push(span(start, record.len()));
        return None;
    }
    let (mut start, mut open) = (0, None);
    loop {
        let mut from = start;
        if open.is_none() && record.get(start) == Some(&b'"') {
            match closing(record, start, separator) {
                // A line end inside the quotes of a joined record does not end the cell.
                Closing::At(end) => from = end,
                Closing::Stray => {}
                // The remaining quotes are not looked at again: work stays linear in the length of the record.
                Closing::Open => open = Some(start),
            }
        }
        let Some(found) = memchr(separator, &record[from..]) else {
            spans.push(span(start, record.len()));
            return open;
        };
        spans.push(span(start, from + found));
        start = from + found + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(record: &str) -> (Vec<&str>, Option<usize>) {
        let mut spans = Vec::new();
        let open = split(record.as_bytes(), b';', &mut spans);
        (spans.iter().map(|span| &record[span.start as usize..span.end as usize]).collect(), open)
    }

    #[test]
    fn cells_keep_their_quotes() {
        assert_eq!(cells("a;b;;c"), (vec!["a", "b", "", "c"], None));
        assert_eq!(cells(""), (vec![""], None));
        assert_eq!(cells(";"), (vec!["", ""], None));
        assert_eq!(cells(r#""a;b";c"#), (vec![r#""a;b""#, "c"], None));
        assert_eq!(cells(r#""a""b";"""#), (vec![r#""a""b""#, r#""""#], None));
    }

    #[test]
    fn a_quote_inside_a_cell_is_text() {
        assert_eq!(cells(r#"12 "BIS";b"#), (vec![r#"12 "BIS""#, "b"], None));
        assert_eq!(cells(r#""LES" PINS;b"#), (vec![r#""LES" PINS"#, "b"], None));
    }

    #[test]
    fn an_open_quote_is_reported_and_cut_at_separators() {
        assert_eq!(cells(r#"A1;RUE;"LES PINS;3"#), (vec!["A1", "RUE", r#""LES PINS"#, "3"], Some(7)));
    }
}
