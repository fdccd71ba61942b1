//! Cutting the bytes of one record into cells, without losing any.

use memchr::memchr;

/// The place of a cell in its record: quotes included, separator excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// The end of a quoted cell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// After its closing quote, at this index.
    At(usize),
    /// Nowhere: a quote stands before other text than a separator, so the cell is read as it is.
    Stray,
    /// Nowhere in the bytes at hand.
    Open,
}

/// Finds the end of the cell that opens a quote at `start` (RFC 4180: `""` is a quote inside the
/// cell).
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

/// Calls `found` with each index of `wanted`. Cells have five bytes on average: eight bytes at a
/// time are faster here than a search for the next byte, whose start costs more than the cell.
fn for_each_place(bytes: &[u8], wanted: u8, mut found: impl FnMut(usize)) {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let pattern = u64::from_ne_bytes([wanted; 8]);
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let difference = u64::from_le_bytes(*word) ^ pattern;
        // The high bit of each byte that equals the wanted one: no carry crosses bytes.
        let mut matches = !(((difference & LOW) + LOW) | difference | LOW);
        while matches != 0 {
            found(index * 8 + (matches.trailing_zeros() / 8) as usize);
            matches &= matches - 1;
        }
    }
    let begin = words.len() * 8;
    for (index, byte) in rest.iter().enumerate() {
        if *byte == wanted {
            found(begin + index);
        }
    }
}

/// Cuts a record, given without its line end, into cells. Returns the start of a cell whose quote
/// never closes; that cell and those after it are cut at each separator.
pub(crate) fn split(record: &[u8], separator: u8, spans: &mut Vec<Span>) -> Option<usize> {
    spans.clear();
    let span = |start: usize, end: usize| Span { start: start as u32, end: end as u32 };
    if memchr(b'"', record).is_none() {
        let mut start = 0;
        for_each_place(record, separator, |end| {
            spans.push(span(start, end));
            start = end + 1;
        });
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
                // The remaining quotes are not looked at again: work stays linear in the length of
                // the record.
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
    fn places_are_those_of_a_plain_search() {
        for length in 0..40 {
            for shift in 0..7 {
                let bytes: Vec<u8> =
                    (0..length).map(|at| [b';', b':', 0xbb, b'<', 0, b';'][(at * 5 + shift) % 6]).collect();
                let mut places = Vec::new();
                for_each_place(&bytes, b';', |place| places.push(place));
                let expected: Vec<usize> = memchr::memchr_iter(b';', &bytes).collect();
                assert_eq!(places, expected);
            }
        }
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
