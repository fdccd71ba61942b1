//! Documents of a file: one per line (JSON Lines), or one per row (CSV).

use std::io::{self, BufRead};

use clap::ValueEnum;
use epissure_protocol::json::Object;
use serde_json::Value;

use super::csv::{Header, Row};
use super::lines::{Line, Lines, MAX_LINE, TOO_LONG};
use crate::failure::Failure;

/// Format of an imported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Jsonl,
    Csv,
}

/// A document or the reason why it is invalid, with the number of its first line.
pub(super) struct Entry {
    pub(super) line: u64,
    pub(super) document: Result<Object, String>,
}

/// Reader of documents.
pub(super) struct Documents<R> {
    lines: Lines<R>,
    /// First line of a JSON Lines file, read to detect the format.
    first: Option<Line>,
    /// Header of a CSV file.
    header: Option<Header>,
}

/// Maximum number of documents in a batch. Larger batches make the import faster, and delay a
/// server on the same database longer.
const MAX_BATCH: usize = 1000;

impl<R: BufRead> Documents<R> {
    /// Starts reading a file. Detects the format from the first line if none is given.
    pub(super) fn open(from: R, format: Option<Format>) -> Result<Self, Failure> {
        let mut documents = Self { lines: Lines::new(from), first: None, header: None };
        let Some(first) = documents.next_line().map_err(|error| unreadable(&error))? else {
            return Ok(documents);
        };
        let text = match &first {
            Line::Text(text) => text.trim_start(),
            Line::Unreadable(_) => "",
        };
        if text.starts_with('[') && format != Some(Format::Csv) {
            return Err(Failure::failed("the file is a JSON array: one object a line is expected")
                .then("`jq -c '.[]' FILE` writes it so."));
        }
        let format = format.unwrap_or(if text.starts_with('{') { Format::Jsonl } else { Format::Csv });
        match (format, first) {
            (Format::Jsonl, first) => documents.first = Some(first),
            (Format::Csv, Line::Text(text)) => {
                let header = Header::read(&text).map_err(|said| {
                    Failure::failed(said).then(
                        "The formats are in docs/guide/administrator.md; --format says which one it is.",
                    )
                })?;
                documents.header = Some(header);
            }
            (Format::Csv, Line::Unreadable(why)) => {
                return Err(Failure::failed(format!("the first line cannot be read. {why}.")));
            }
        }
        Ok(documents)
    }

    /// Returns the numbers of lines and bytes read so far.
    pub(super) const fn read(&self) -> (u64, u64) {
        (self.lines.number, self.lines.bytes)
    }

    /// Returns the next documents, bounded in number and size; empty at the end.
    pub(super) fn batch(&mut self) -> Result<Vec<Entry>, Failure> {
        let (_, begun) = self.read();
        let mut entries = Vec::new();
        while entries.len() < MAX_BATCH && self.read().1 - begun < MAX_LINE as u64 {
            match self.next().map_err(|error| unreadable(&error))? {
                Some(entry) => entries.push(entry),
                None => break,
            }
        }
        Ok(entries)
    }

    fn next(&mut self) -> io::Result<Option<Entry>> {
        loop {
            let first = match self.first.take() {
                Some(first) => Some(first),
                None => self.next_line()?,
            };
            let Some(first) = first else { return Ok(None) };
            let line = self.lines.number;
            let document = match (first, &self.header) {
                (Line::Unreadable(why), _) => Err(why.to_owned()),
                (Line::Text(text), None) => object(&text),
                (Line::Text(text), Some(header)) => {
                    match row(&mut self.lines, header, &text)?.and_then(|row| header.document(row)) {
                        // Spreadsheets end with empty rows.
                        Ok(document) if document.is_empty() => continue,
                        document => document,
                    }
                }
            };
            return Ok(Some(Entry { line, document }));
        }
    }

    /// Returns the next line that is not blank.
    fn next_line(&mut self) -> io::Result<Option<Line>> {
        loop {
            match self.lines.next()? {
                Some(Line::Text(text)) if text.trim().is_empty() => {}
                line => return Ok(line),
            }
        }
    }
}

/// Reads the row that begins with a line.
fn row<R: BufRead>(lines: &mut Lines<R>, header: &Header, first: &str) -> io::Result<Result<Row, String>> {
    let mut row = Row::default();
    let mut whole = header.add(&mut row, first);
    let (begun, mut length) = (lines.number, first.len());
    while !whole {
        let why = match lines.next()? {
            Some(Line::Text(text)) if length + text.len() <= MAX_LINE => {
                length += text.len();
                whole = header.add(&mut row, &text);
                continue;
            }
            Some(Line::Text(_)) => TOO_LONG,
            Some(Line::Unreadable(why)) => why,
            None => "The file ends within it",
        };
        // The lines read so far are refused with it: the intended end of the row is unknown.
        return Ok(Err(format!(
            "{why}: a quote that is opened in it is not closed, and the lines {begun} to {} are refused",
            lines.number
        )));
    }
    Ok(Ok(row))
}

fn object(text: &str) -> Result<Object, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("It is no JSON object".to_owned()),
        Err(error) => {
            // The parser's line number is always 1; the number of the file's line is reported
            // instead.
            let said = error.to_string().replace(" at line 1 column ", " at column ");
            Err(format!("It is no JSON object on one line: {said}"))
        }
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::failed(format!("the file cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line number, with its document or the reason why it is invalid.
    type Read = (u64, Result<String, String>);

    fn entries(text: &str, format: Option<Format>) -> Result<Vec<Read>, String> {
        let failed = |failure: Failure| format!("{failure:?}");
        let mut documents = Documents::open(text.as_bytes(), format).map_err(failed)?;
        let mut all = Vec::new();
        loop {
            let batch = documents.batch().map_err(failed)?;
            if batch.is_empty() {
                return Ok(all);
            }
            let shown = |document: Object| Value::Object(document).to_string();
            all.extend(batch.into_iter().map(|entry| (entry.line, entry.document.map(shown))));
        }
    }

    #[test]
    fn the_first_line_tells_the_format_unless_it_is_told() {
        let json = Ok(r#"{"name":"a"}"#.to_owned());
        assert_eq!(entries("\n {\"name\":\"a\"}\n", None), Ok(vec![(2, json.clone())]));
        assert_eq!(entries("name\n\na\n", None), Ok(vec![(3, json)]));
        assert_eq!(entries("", None), Ok(vec![]));
        assert!(entries("{\"name\":\"a\"}", Some(Format::Csv)).unwrap_err().contains("the columns are"));
        assert!(entries("[\n{}]", None).unwrap_err().contains("jq -c"));
        let told = entries("name\n", Some(Format::Jsonl)).expect("entries");
        assert!(told[0].1.as_ref().unwrap_err().starts_with("It is no JSON object on one line"), "{told:?}");
    }

    #[test]
    fn a_row_over_several_lines_has_the_number_of_its_first() {
        let read = entries("name,title\n\"a\nb\",c\nd,e\n\"f\ng,h\n", None).expect("entries");
        assert_eq!(read[0], (2, Ok(r#"{"name":"a\nb","title":"c"}"#.to_owned())));
        assert_eq!(read[1].0, 4);
        let refused = read[2].1.as_ref().unwrap_err();
        assert!(read[2].0 == 5 && refused.contains("lines 5 to 6"), "{refused}");
    }

    #[test]
    fn a_batch_is_bounded_by_number_and_by_size() {
        let many = "{}\n".repeat(MAX_BATCH + 1);
        let mut documents = Documents::open(many.as_bytes(), None).expect("open");
        let sizes: Vec<usize> = (0..3).map(|_| documents.batch().expect("read").len()).collect();
        assert_eq!(sizes, [MAX_BATCH, 1, 0]);
        let large = format!("{{\"name\":\"{}\"}}\n", "x".repeat(MAX_LINE / 2)).repeat(5);
        let large = format!("{{}}\n{large}");
        let mut documents = Documents::open(large.as_bytes(), None).expect("open");
        let sizes: Vec<usize> = (0..4).map(|_| documents.batch().expect("read").len()).collect();
        assert_eq!(sizes, [3, 2, 1, 0]);
    }
}
