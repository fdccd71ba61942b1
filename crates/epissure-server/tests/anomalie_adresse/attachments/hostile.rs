//! Malicious files: each is refused, and its author gets the reason.

use epissure_files::{FORMS, Kind, Reason};
use serde_json::json;

use super::{attach, check, held};
use crate::corpus::{honest, kinds, odf, ooxml, pdf, zip};
use crate::one_ticket;

/// Returns a file for each detected feature: name, bytes, reason.
fn corpus() -> Vec<(&'static str, Vec<u8>, Reason)> {
    let svg = |inside: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inside}</svg>").into_bytes();
    let with_type = |kind: &str| ooxml::relationship(kind, "https://example.org/x", true);
    let png = honest(Kind::Png, 100);
    vec![
        ("empty.csv", Vec::new(), Reason::Empty),
        ("program.csv", b"MZ\x90\x00\x03".to_vec(), Reason::Content),
        ("page.svg", b"<html><script>alert(1)</script></html>".to_vec(), Reason::Content),
        ("picture.jpg", png.clone(), Reason::Content),
        ("cut.png", png[..png.len() - 10].to_vec(), Reason::Truncated),
        ("longer.png", [&png[..], b"more"].concat(), Reason::Trailing),
        ("script.svg", svg("<script>alert(1)</script>"), Reason::Script),
        ("handler.svg", svg("<g onclick=\"alert(1)\"/>"), Reason::Script),
        ("outside.svg", svg("<image href=\"https://example.org/x.png\"/>"), Reason::ExternalReference),
        ("entities.svg", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>".to_vec(), Reason::DocumentType),
        ("action.pdf", pdf::root("/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), Reason::ActiveContent),
        ("launch.pdf", pdf::with("<</S/Launch/F(cmd.exe)>>"), Reason::ActiveContent),
        ("macro.docx", ooxml::part(Kind::Docx, "word/vbaProject.bin", b"x"), Reason::Macro),
        ("object.xlsx", ooxml::part(Kind::Xlsx, "xl/embeddings/oleObject1.bin", b"x"), Reason::EmbeddedFile),
        (
            "template.docx",
            ooxml::related(Kind::Docx, &with_type("attachedTemplate")),
            Reason::ExternalReference,
        ),
        ("scripts.ods", odf::part(Kind::Ods, "Basic/Standard/Module1.xml", b"<a/>"), Reason::Macro),
        ("bomb.docx", ooxml::part(Kind::Docx, "word/media/a.png", &vec![0; 120_000_000]), Reason::Bomb),
        (
            "archive.odt",
            odf::part(Kind::Odt, "Pictures/1.png", &zip::Zip::default().finish()),
            Reason::NestedArchive,
        ),
    ]
}

#[tokio::test]
async fn each_is_rejected_for_its_reason_and_its_bytes_are_gone() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    for (name, bytes, reason) in corpus() {
        let added = attach(&case.oc, &path, &json!({"name": name}), &bytes).await.expect(201);
        assert_eq!(check(&server).await, 1);
        let attachment = format!("{path}/{}", added.body["id"].as_str().unwrap());
        let shown = case.oc.get(&attachment).await.expect(200).body;
        assert_eq!(shown["status"], "REJECTED", "{name}");
        let code = reason.code().replace('-', "_").to_uppercase();
        assert_eq!(
            (&shown["statusChangeReason"], &shown["statusChangeDetails"]),
            (&json!(code), &json!(reason.to_string())),
            "{name}"
        );
        assert_eq!(shown.get("uri"), None);
        case.oi.get(&format!("{attachment}/content")).await.expect(404);
        assert_eq!(held(&server), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn an_honest_file_of_twenty_mebibytes_of_each_kind_is_validated() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    for kind in kinds() {
        // The size includes the container around the noise.
        let file = honest(kind, 19 << 20);
        let file = if file.len() <= 20 << 20 { file } else { honest(kind, 15 << 20) };
        assert!(file.len() <= 20 << 20, "{kind:?} {}", file.len());
        let extension = FORMS[kind as usize].extensions[0];
        let added =
            attach(&case.oc, &path, &json!({"name": format!("large.{extension}")}), &file).await.expect(201);
        assert_eq!(check(&server).await, 1);
        let attachment = format!("{path}/{}", added.body["id"].as_str().unwrap());
        let shown = case.oc.get(&attachment).await.expect(200).body;
        assert_eq!(shown["status"], "VALIDATED", "{shown:#}");
        let content = case.oi.head(&format!("{attachment}/content")).await.expect(200);
        assert_eq!(content.header("content-length"), file.len().to_string());
    }
}
