//! The header of a file: its names as they are, and the columns that they stand for.

use crate::columns::{IpeColumn, fold_name};
use crate::encoding::RowEncoding;
use crate::formats::FileFormat;
use crate::reading::ReadError;
use crate::split::{Span, split};

const NOWHERE: u16 = u16::MAX;
/// Most columns that a header may have.
const MAX_COLUMNS: usize = 4096;
const BOM: &[u8] = b"\xef\xbb\xbf";
/// Separators in use, the first wins a draw.
const SEPARATORS: [u8; 4] = [b';', b'\t', b'|', b','];

/// The header of a file. Its bytes are kept and republished as they are.
#[derive(Debug, Clone)]
pub struct Header {
    raw: Vec<u8>,
    names: Vec<String>,
    columns: Vec<Option<IpeColumn>>,
    positions: [u16; IpeColumn::COUNT],
    separator: u8,
    has_bom: bool,
    trailing: usize,
}

impl Header {
    /// Reads a header from its bytes: an optional BOM, an optional `sep=` line of spreadsheets, the
    /// line of names.
    ///
    /// # Errors
    ///
    /// [`ReadError::DuplicateColumn`] when two names are the same after folding,
    /// [`ReadError::TooManyColumns`].
    pub fn parse(raw: &[u8]) -> Result<Self, ReadError> {
        let has_bom = raw.starts_with(BOM);
        let mut line = raw.strip_prefix(BOM).unwrap_or(raw);
        let declared = declared_separator(line);
        if let Some((_, length)) = declared {
            line = &line[length..];
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);

        let mut spans = Vec::new();
        let separator = declared.map_or_else(|| most_used_separator(line), |(separator, _)| separator);
        split(line, separator, &mut spans);
        let mut names: Vec<String> = spans.iter().map(|span| name_of(line, *span)).collect();
        let width = names.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
        let trailing = names.len() - width;
        names.truncate(width);
        if width > MAX_COLUMNS {
            return Err(ReadError::TooManyColumns { found: width, most: MAX_COLUMNS });
        }
        let (columns, positions) = map(&names)?;
        Ok(Self { raw: raw.to_vec(), names, columns, positions, separator, has_bom, trailing })
    }

    /// The bytes of the header in its file: BOM, `sep=` line and line end included.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// The names in order, quotes removed, those empty at the end left out.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The IPE column at each place; `None` for a name that the catalogue does not have.
    #[must_use]
    pub fn columns(&self) -> &[Option<IpeColumn>] {
        &self.columns
    }

    /// The place of an IPE column, from 0.
    #[must_use]
    #[inline]
    pub fn position(&self, column: IpeColumn) -> Option<usize> {
        let position = self.positions[column as usize];
        (position != NOWHERE).then_some(usize::from(position))
    }

    /// The place of a name, from 0, compared as [`fold_name`] does.
    #[must_use]
    pub fn position_of(&self, name: &str) -> Option<usize> {
        let wanted = fold_name(name);
        self.names.iter().position(|name| fold_name(name) == wanted)
    }

    /// Number of named columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// Number of empty names after the last column: 1 when lines end with a separator.
    #[must_use]
    pub fn trailing(&self) -> usize {
        self.trailing
    }

    /// The character between cells.
    #[must_use]
    pub fn separator(&self) -> u8 {
        self.separator
    }

    /// Returns whether the file starts with the byte order mark of UTF-8.
    #[must_use]
    pub fn has_bom(&self) -> bool {
        self.has_bom
    }

    /// The format that the names designate.
    #[must_use]
    pub fn format(&self) -> FileFormat {
        FileFormat::of(&self.names)
    }
}

fn name_of(line: &[u8], span: Span) -> String {
    let raw = &line[span.start as usize..span.end as usize];
    let text = RowEncoding::of(line).decode(raw);
    let name = text.trim();
    match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// The separator of a leading `sep=;` line, and that line's length.
fn declared_separator(bytes: &[u8]) -> Option<(u8, usize)> {
    let rest = bytes.strip_prefix(b"sep=").or_else(|| bytes.strip_prefix(b"SEP="))?;
    match rest {
        [separator, b'\r', b'\n', ..] => Some((*separator, 7)),
        [separator, b'\n', ..] => Some((*separator, 6)),
        _ => None,
    }
}

/// Returns whether these first bytes of a file, BOM aside, are a `sep=` line, which the line of
/// names follows.
pub(crate) fn starts_with_declaration(bytes: &[u8]) -> bool {
    declared_separator(bytes.strip_prefix(BOM).unwrap_or(bytes)).is_some()
}

fn most_used_separator(line: &[u8]) -> u8 {
    let mut spans = Vec::new();
    let mut best = (SEPARATORS[0], 1);
    for separator in SEPARATORS {
        split(line, separator, &mut spans);
        if spans.len() > best.1 {
            best = (separator, spans.len());
        }
    }
    best.0
}

type Mapping = (Vec<Option<IpeColumn>>, [u16; IpeColumn::COUNT]);

/// Exact names first, so that an alias never takes the place of the column itself.
fn map(names: &[String]) -> Result<Mapping, ReadError> {
    let folded: Vec<String> = names.iter().map(|name| fold_name(name)).collect();
    let mut sorted: Vec<&String> = folded.iter().filter(|name| !name.is_empty()).collect();
    sorted.sort_unstable();
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        let name = folded.iter().position(|name| name == twice[0]).map_or("", |index| names[index].as_str());
        return Err(ReadError::DuplicateColumn { name: name.to_owned() });
    }
    let mut columns = vec![None; names.len()];
    let mut positions = [NOWHERE; IpeColumn::COUNT];
    for exact in [true, false] {
        for (index, name) in names.iter().enumerate() {
            let Some(column) = IpeColumn::of_name(name) else { continue };
            let free = positions[column as usize] == NOWHERE;
            if free && (!exact || fold_name(column.name()) == folded[index]) {
                positions[column as usize] = index as u16;
                columns[index] = Some(column);
            }
        }
    }
    Ok((columns, positions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_written_and_mapped_folded() {
        let header =
            Header::parse("\u{feff}\"IdentifiantImmeuble\";CODE_BAN;Note interne;\r\n".as_bytes()).unwrap();
        assert_eq!(header.names(), ["IdentifiantImmeuble", "CODE_BAN", "Note interne"]);
        assert_eq!(header.columns(), [Some(IpeColumn::IdentifiantImmeuble), Some(IpeColumn::CodeBAN), None]);
        assert_eq!(header.position(IpeColumn::CodeBAN), Some(1));
        assert_eq!((header.has_bom(), header.trailing(), header.separator()), (true, 1, b';'));
    }

    #[test]
    fn the_separator_is_the_one_that_makes_most_columns() {
        for (line, separator) in [
            ("a;b,c;d\n", b';'),
            ("a\tb\tc\n", b'\t'),
            ("a|b\n", b'|'),
            ("x,y,imb_id\n", b','),
            ("alone\n", b';'),
            ("sep=|\na|b;c;d\n", b'|'),
        ] {
            assert_eq!(Header::parse(line.as_bytes()).unwrap().separator(), separator, "{line:?}");
        }
    }

    #[test]
    fn two_columns_of_one_name_are_refused() {
        let error = Header::parse(b"IdentifiantImmeuble;CodeBAN;code_ban\n").unwrap_err();
        assert_eq!(error.to_string(), "The column CodeBAN stands twice in the header: remove or rename one.");
        // Empty names are columns without a name.
        assert!(Header::parse(b"IdentifiantImmeuble;;;CodeBAN\n").is_ok());
    }

    #[test]
    fn an_alias_does_not_take_the_place_of_the_column() {
        let header = Header::parse(b"commune;CommuneImmeuble;IdentifiantPM\n").unwrap();
        assert_eq!(header.position(IpeColumn::CommuneImmeuble), Some(1));
        assert_eq!(header.position(IpeColumn::ReferencePM), Some(2));
        assert_eq!(header.columns()[0], None);
    }
}
