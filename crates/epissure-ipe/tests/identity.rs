//! A file that is read and written again without a change is the same to the last byte; a change
//! touches its cell alone.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails, fails")]

use epissure_ipe::{CellChange, IpeColumn, IpeReader, IpeWriter, LineFault, RowEncoding, TableReader};
use proptest::prelude::*;
use proptest::sample::select;

fn written(file: &[u8]) -> Vec<u8> {
    let mut reader = TableReader::new(file).unwrap();
    let mut writer = IpeWriter::new(Vec::new(), reader.header()).unwrap();
    while let Some(line) = reader.next_line().unwrap() {
        writer.write_line(&line).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn files_of_each_dialect_are_republished_as_they_were() {
    for file in [
        &b"IdentifiantImmeuble;CommuneImmeuble\nA1;FOIX\n"[..],
        b"\xef\xbb\xbf\"IdentifiantImmeuble\";\"CommuneImmeuble\"\r\n\"A1\";\"FOIX\"\r\n",
        b"IdentifiantImmeuble;CommuneImmeuble;\r\nA1;FOIX;\r\nA2;FOIX;\n\n  \nA3;FOIX;",
        b"IdentifiantImmeuble\tCommuneImmeuble\nA1\tFOR\xCAT\nA2\tFOR\xc3\x8aT\n",
        b"IdentifiantImmeuble|CommuneImmeuble\rA1|FOIX\rA2|FOIX",
        b"sep=;\r\nIdentifiantImmeuble;CommuneImmeuble\r\nA1;\"LES\r\nPINS\"\r\nA2;\"LES PINS\r\n",
        b"IdentifiantImmeuble;CommuneImmeuble\nA1;FOIX;TOO;MANY\nA2\n\x1a",
        b"IdentifiantImmeuble;CommuneImmeuble",
        b"x,y,imb_id,nom_voie,imb_etat\n1.6,42.9,IMB/09122/X/0001,\"rue du Bac, prolong\xe9e\",cible\n",
    ] {
        assert_eq!(written(file), file, "{}", String::from_utf8_lossy(file));
    }
}

#[test]
fn a_quoted_cell_may_contain_line_ends_and_a_stray_quote_spoils_one_row() {
    let file = b"IdentifiantImmeuble;NomVoieImmeuble;NumeroVoieImmeuble\n\
        A1;\"LES\nPINS\";1\nA2;\"LES PINS;2\nA3;\"LES CHENES;3\nA4;LES BOIS\";4\nA5;\"A \"\"B\"\"\";5\n";
    let mut reader = IpeReader::new(&file[..]).unwrap();
    let mut seen = Vec::new();
    while let Some(line) = reader.next_line().unwrap() {
        seen.push((line.number(), line.cell(1).unwrap().into_owned(), line.fault()));
    }
    let bad = Some(LineFault::UnbalancedQuote);
    assert_eq!(
        seen,
        [
            (2, "LES\nPINS".to_owned(), None),
            (4, "\"LES PINS".to_owned(), bad),
            (5, "\"LES CHENES".to_owned(), bad),
            (6, "LES BOIS\"".to_owned(), None),
            (7, "A \"B\"".to_owned(), None),
        ]
    );
}

/// Sources that give a few bytes at a time show the same lines.
struct Trickle<'a>(&'a [u8], usize);

impl std::io::Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(buffer.len()).min(self.0.len());
        let (now, later) = self.0.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

fn cell() -> impl Strategy<Value = Vec<u8>> {
    let pieces = select(vec![
        &b"A"[..],
        b"RUE",
        b" ",
        b"0",
        b"12",
        b"\"",
        b"\"\"",
        b"\xc3\xa9",
        b"\xe9",
        b"\xc3\x83\xc2\xa9",
        b"'",
        b",",
        b"|",
    ]);
    prop_oneof![
        4 => prop::collection::vec(pieces.clone(), 0..4).prop_map(|all| all.concat()),
        // A cell in quotes, with separators and line ends inside.
        1 => prop::collection::vec(prop_oneof![pieces, select(vec![&b";"[..], b"\n", b"\r\n"])], 0..4).prop_map(|all| {
            let inner = all.concat().into_iter().filter(|byte| *byte != b'"').collect::<Vec<_>>();
            [b"\"", inner.as_slice(), b"\""].concat()
        }),
    ]
}

prop_compose! {
    fn file(least: usize)(
        separator in select(vec![b';', b'\t', b'|', b',']),
        bom in any::<bool>(),
        quoted in any::<bool>(),
        width in least..8,
        trailing in 0_usize..2,
        last_end in any::<bool>(),
        lines in prop::collection::vec(
            (prop::collection::vec(cell(), 0..9), select(vec![&b"\n"[..], b"\r\n"]), 0_usize..10), 0..8),
        header_end in select(vec![&b"\n"[..], b"\r\n"]),
    ) -> Vec<u8> {
        let names = ["IdentifiantImmeuble", "CommuneImmeuble", "Note", "NomVoieImmeuble", "X1", "X2", "X3", "X4"];
        let mut file = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        let names: Vec<String> = names[..width]
            .iter()
            .map(|name| if quoted { format!("\"{name}\"") } else { (*name).to_owned() })
            .collect();
        file.extend(names.join(&char::from(separator).to_string()).bytes());
        file.extend(std::iter::repeat_n(separator, trailing));
        file.extend(header_end);
        let count = lines.len();
        for (index, (mut cells, end, fit)) in lines.into_iter().enumerate() {
            // Most lines have the width of the header.
            if fit > 1 {
                cells.resize(width, b"x".to_vec());
                cells.extend(std::iter::repeat_n(Vec::new(), trailing));
            }
            file.extend(cells.join(&separator));
            if index + 1 < count || last_end {
                file.extend(end);
            }
        }
        file
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_small_file_is_republished_as_it_was(file in file(1), step in 1_usize..64) {
        prop_assert_eq!(&written(&file), &file);

        let mut whole = TableReader::new(&file[..]).unwrap();
        let mut pieces = TableReader::new(Trickle(&file, step)).unwrap();
        while let Some(line) = whole.next_line().unwrap() {
            let same = pieces.next_line().unwrap().expect("as many lines");
            prop_assert_eq!(line.raw(), same.raw());
            prop_assert_eq!((line.number(), line.fault()), (same.number(), same.fault()));
        }
        prop_assert!(pieces.next_line().unwrap().is_none());
    }

    #[test]
    fn a_change_touches_its_cell_alone(file in file(2), value in "[A-Z '\u{e9}\u{100}]{0,6}") {
        let mut reader = IpeReader::new(&file[..]).unwrap();
        let header = reader.header().clone();
        let change = CellChange { column: IpeColumn::CommuneImmeuble, value: value.clone() };
        while let Some(line) = reader.next_line().unwrap() {
            let mut bytes = Vec::new();
            let changed = epissure_ipe::change_line(&line, std::slice::from_ref(&change), RowEncoding::Utf8, &mut bytes);
            if changed.is_err() {
                prop_assert!(bytes.is_empty());
                let has_quote = line.raw().contains(&b'"');
                prop_assert!(line.fault().is_some() || line.encoding() == RowEncoding::Windows1252 || has_quote);
                continue;
            }
            let alone = [header.raw(), &bytes].concat();
            let mut again = IpeReader::new(&alone[..]).unwrap();
            let again = again.next_line().unwrap().expect("one line");
            prop_assert_eq!(again.raw(), &bytes[..]);
            prop_assert_eq!((again.fault(), again.end()), (None, line.end()));
            prop_assert_eq!(again.get(IpeColumn::CommuneImmeuble).unwrap(), value.as_str());
            for index in (0..line.width()).filter(|index| *index != 1) {
                prop_assert_eq!(line.cell_raw(index), again.cell_raw(index));
            }
        }
    }
}
