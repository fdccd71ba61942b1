use crate::corpus::{honest, kept, kinds, odf, ooxml, pdf, picture, zip::Zip};
use epissure_files::Kind;

#[test]
fn an_honest_file_of_each_kind_is_kept() {
    for kind in kinds() {
        kept(kind, [(format!("{kind:?}"), honest(kind, 1000))]);
    }
}

#[test]
fn twenty_mebibytes_of_each_kind_are_kept() {
    for kind in kinds() {
        let file = honest(kind, 20 << 20);
        assert!(file.len() >= 20 << 20, "{kind:?}");
        kept(kind, [(format!("{kind:?}"), file)]);
    }
}

#[test]
fn a_csv_is_text_in_any_encoding_that_people_have() {
    let wide = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff).chain("numéro;écart 😀\r\n".encode_utf16()).flat_map(unit).collect()
    };
    let utf32 = |unit: fn(u32) -> [u8; 4]| -> Vec<u8> {
        std::iter::once('\u{feff}').chain("numéro;😀\n".chars()).flat_map(|one| unit(one.into())).collect()
    };
    let files = [
        ("Windows-1252", b"num\xe9ro;\x80\r\n".to_vec()),
        ("ISO-8859-15", b"num\xe9ro;\xbd\xa4\n".to_vec()),
        ("Mac OS Roman", b"num\x8ero;r\x8fgle;m\x90me;o\x9d;\xc7 \xc8\r".to_vec()),
        ("code page 850", b"num\x82ro;r\x8agle;m\x88me;\x81ber;\x8d;\x1a".to_vec()),
        ("decoded wrongly", b"created_at;text\n1;join us a\xe4\xf3_ \x89\xdb\xcf\x9d\n".to_vec()),
        ("UTF-8 with its mark", b"\xef\xbb\xbfnum\xc3\xa9ro\n".to_vec()),
        ("UTF-16, little-endian", wide(u16::to_le_bytes)),
        ("UTF-16, big-endian", wide(u16::to_be_bytes)),
        ("UTF-32, little-endian", utf32(u32::to_le_bytes)),
        ("UTF-32, big-endian", utf32(u32::to_be_bytes)),
        ("GB 18030 with its mark", b"\x84\x31\x95\x33\xd6\xd0\xb9\xfa;1\n".to_vec()),
        ("line ends of databases", b"a;b\x0bc\x0c\n".to_vec()),
    ];
    kept(Kind::Csv, files);
}

#[test]
fn a_csv_may_have_any_cells() {
    let files = [
        "MZ;BZh\n1;2\n",
        "=1+1;@SUM(A1);-2\n",
        "ID;Prénom;Nom\n1;Jean;C;X\nC;12;13\nE\nF;Paris;P\n",
        "ID;PLOT\nB;1\nO;2\nNN;a\n",
        "-12,5;\"- l'avenue d'Eylau, 1/2 d'étage\";+33 1 23 45 67 89\n",
        "-5|abc|def!|1\n",
        "=HYPERLINK(\"https://example.org/?a=\"&A1;\"lien\")\n",
        "a;\"WEBSERVICE(1), et DDE(2)\"\n@jean;(voir \\\\serveur\\plan)\n",
        "=SUM('Feuille 1'!A1:A9)\n",
    ];
    kept(Kind::Csv, files.map(|text| (text, text.into())));
}

#[test]
fn a_photograph_may_have_what_telephones_put_behind_it() {
    let photograph = picture::jpeg(b"pixels");
    let film = picture::film(100_000);
    let files = [
        ("a smaller picture", [photograph.clone(), vec![0; 7], photograph.clone()].concat()),
        ("notes", [photograph.clone(), picture::notes(b"1700000000000")].concat()),
        ("a film", [&photograph[..], &film].concat()),
        ("a smaller picture and a film", [&photograph[..], &photograph, b"\0\0", &film, b"\0"].concat()),
        ("a film in the notes", [&photograph[..], &picture::notes(&film)].concat()),
        ("a film, and notes", [&photograph[..], &film, &picture::notes(b"1700000000000")].concat()),
        ("zeros", [photograph.clone(), vec![0; 70_000]].concat()),
        ("line ends", [&photograph[..], b"\r\n\n \t"].concat()),
        ("what an empty memory card holds", [&photograph[..], &[0xff; 50], &photograph, &[0xff; 3]].concat()),
    ];
    kept(Kind::Jpeg, files);
    let padded = [picture::png(b"pixels"), b"\r\n\0\0".to_vec()].concat();
    kept(Kind::Png, [("line ends", padded)]);
}

#[test]
fn archives_that_are_written_otherwise_are_kept() {
    let mut stored = Zip::default();
    let types = ooxml::types(Kind::Docx, ooxml::main_type(Kind::Docx), "");
    stored.store("[Content_Types].xml", &types);
    stored.stream("_rels/.rels", &ooxml::relationships("")).store("word/document.xml", b"<a/>");
    let parts = u64::from(stored.count);
    kept(
        Kind::Docx,
        [("stored and streamed", stored.finish()), ("with the large end", stored.finish_64(parts))],
    );
}

#[test]
fn usual_documents_are_kept() {
    let navigation = "/OpenAction<</S/GoTo/D[2 0 R/Fit]>>";
    let elsewhere = pdf::document(&[
        b"<</Type/Catalog/Pages 2 0 R/OpenAction 3 0 R>>".to_vec(),
        pdf::PAGES.into(),
        b"<</S/GoTo/D[2 0 R/Fit]>>".to_vec(),
        pdf::stream("/S 36/Filter/FlateDecode", &pdf::compressed(b"hints")),
    ]);
    let objects = pdf::stream("/Type/ObjStm/N 1/First 4", b"9 0 <</Type/Font>>");
    let pdfs = [
        ("goes to a page", pdf::root(navigation)),
        ("goes to a page, by reference, with hints", elsewhere),
        ("objects in a stream as they are", pdf::with(objects)),
        ("a font named as a key", pdf::with("<</Font<</AA/F1/EF null>>>>")),
    ];
    kept(Kind::Pdf, pdfs);
    kept(Kind::Odt, [("a drawing inside", odf::part(Kind::Odt, "Pictures/1.svg", &honest(Kind::Svg, 0)))]);
    let sheet = "<f>MY_CALL(1)</f><f>VLOOKUP(A1,B:C,2)</f>";
    kept(Kind::Xlsx, [("formulas", ooxml::content(Kind::Xlsx, sheet))]);
}
