//! Generated test files: legitimate ones of every kind, and the pieces of hostile ones.

pub(crate) mod odf;
pub(crate) mod ooxml;
pub(crate) mod pdf;
pub(crate) mod picture;
pub(crate) mod zip;

use std::io::Cursor;

use epissure_files::{FORMS, Kind, Reason, Verdict, check};

/// Returns the verdict on some bytes.
pub(crate) fn verdict(kind: Kind, bytes: &[u8]) -> Verdict {
    check(&mut Cursor::new(bytes), kind).expect("memory does not fail")
}

/// Asserts that each file is rejected, with its own reason.
#[track_caller]
pub(crate) fn refused<N: AsRef<str>>(kind: Kind, files: impl IntoIterator<Item = (N, Vec<u8>, Reason)>) {
    for (name, bytes, reason) in files {
        assert_eq!(verdict(kind, &bytes), Verdict::Rejected(reason), "{}", name.as_ref());
    }
}

/// Asserts that each file is validated.
#[track_caller]
pub(crate) fn kept<N: AsRef<str>>(kind: Kind, files: impl IntoIterator<Item = (N, Vec<u8>)>) {
    for (name, bytes) in files {
        assert_eq!(verdict(kind, &bytes), Verdict::Validated, "{}", name.as_ref());
    }
}

/// Returns a legitimate file of a kind, with at least `bytes` incompressible bytes.
pub(crate) fn honest(kind: Kind, bytes: usize) -> Vec<u8> {
    match kind {
        Kind::Csv => csv(bytes),
        Kind::Jpeg => picture::jpeg(&noise(bytes)),
        Kind::Png => picture::png(&noise(bytes)),
        Kind::Svg => svg(bytes),
        Kind::Pdf => pdf::honest(&noise(bytes)),
        Kind::Ods | Kind::Odt => odf::honest(kind, &picture::png(&noise(bytes))),
        Kind::Xlsx | Kind::Docx => ooxml::honest(kind, &picture::png(&noise(bytes))),
    }
}

pub(crate) fn kinds() -> impl Iterator<Item = Kind> {
    FORMS.iter().map(|form| form.kind)
}

/// Returns deterministic pseudo-random bytes.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn csv(bytes: usize) -> Vec<u8> {
    let mut csv = String::from("numéro;voie;écart\n");
    for number in 0.. {
        csv.push_str(&format!("{number};\"rue de l'Épissure; bât. A\";=A{number}-1\n"));
        if csv.len() >= bytes {
            break;
        }
    }
    csv.into_bytes()
}

/// Returns a drawing that contains a scanned plan and a long outline.
fn svg(bytes: usize) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let scanned: String =
        noise(bytes).iter().map(|byte| char::from(DIGITS[usize::from(byte % 64)])).collect();
    let outline = "12.5,-3.25 ".repeat(1 + bytes / 100);
    format!(
        r##"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<!-- plan -->
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
     xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" viewBox="0 0 10 10">
  <defs><style><![CDATA[ .a {{ fill: url("#b") }} ]]></style><linearGradient id="b"/></defs>
  <g inkscape:label="Image(2)" style="fill:url(#b);stroke:none"><path d="M {outline}"/></g>
  <image xlink:href="data:image/png;base64,{scanned}"/>
  <use href="#b"/><a xlink:href="#b"><text>l'été &amp; l'&#xe9;tat</text></a>
</svg>
"##
    )
    .into_bytes()
}
