use serde_json::json;

use super::*;
use crate::refusal::{AttachmentRefusal, Expected};

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => panic!("{other}"),
    }
}

fn version(last: u8) -> Version {
    Version::parse(&format!("a6b22c4a-8e16-41d0-beac-c5a4e1f0fd{last:02}")).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_736_860_678 + second).unwrap()
}

fn added(body: Value, measured: Option<Measured>) -> Attachment {
    let draft = read(&object(body), rule(false)).unwrap();
    let author = OperatorCode::parse("SFRA").unwrap();
    let origin = Origin {
        id: AttachmentId::parse("22e61758-924d-4ad7-b259-e4fcb1ea8808").unwrap(),
        version: version(1),
        ticket: TicketId::parse("018d61f5-3f80-7930-9295-5803bdd20e74").unwrap(),
        author: &author,
        at: at(0),
        name: "plan.pdf".to_owned(),
        mime_type: "application/pdf",
    };
    draft.added(origin, measured)
}

fn measured() -> Measured {
    Measured { size: 3, md5: "m".to_owned(), sha1: "s".to_owned(), sha256: "h".to_owned() }
}

fn kept(attachment: &Attachment) -> Object {
    object(serde_json::to_value(attachment).unwrap())
}

fn rule(strict: bool) -> Rule {
    Rule { strict, max_bytes: 1000 }
}

#[test]
fn an_attachment_shows_what_it_is_and_where_its_content_will_be() {
    let body =
        json!({"name": "plan.pdf", "md5": "X", "size": 3, "status": "VALIDATED", "@declared": 1, "floor": 2});
    let attachment = added(body, Some(measured()));
    assert_eq!(
        Value::Object(shown(public(kept(&attachment)), "http://oi/anomalie-adresse/1", Dialect::Orange10)),
        json!({
            "@type": "Attachment",
            "@baseType": "Attachment",
            "@version": version(1),
            "id": "22e61758-924d-4ad7-b259-e4fcb1ea8808",
            "name": "plan.pdf",
            "mimeType": "application/pdf",
            "size": 3,
            "md5": "m",
            "sha1": "s",
            "sha256": "h",
            "status": "PENDING",
            "statusChange": [{"status": "PENDING", "changeDate": "2025-01-14T13:17:58.000+00:00"}],
            "creationDate": "2025-01-14T13:17:58.000+00:00",
            "lastUpdateDate": "2025-01-14T13:17:58.000+00:00",
            "author": "SFRA",
            "relatedEntity": [{
                "id": "018d61f5-3f80-7930-9295-5803bdd20e74",
                "@type": "RelatedEntity",
                "@baseType": "RelatedEntity",
                "@referredType": "AnomalieAdresse"
            }],
            "floor": 2,
            "uri": "http://oi/anomalie-adresse/1/attachment/22e61758-924d-4ad7-b259-e4fcb1ea8808/content"
        })
    );
    assert_eq!(Value::Object(attachment.declared), json!({"md5": "X", "size": "3"}));
}

#[test]
fn what_is_kept_comes_back_as_it_was() {
    for measured in [Some(measured()), None] {
        let attachment = added(json!({"name": "a.csv", "sha256": "AB", "x": {"y": [1]}}), measured);
        let read: Attachment = serde_json::from_value(Value::Object(kept(&attachment))).unwrap();
        assert_eq!(read, attachment);
    }
}

#[test]
fn a_rejection_says_why_and_has_no_content() {
    let conclusion = Conclusion::Rejected { reason: "MACRO".to_owned(), details: "No macros.".to_owned() };
    let rejected =
        added(json!({"name": "a.docx"}), Some(measured())).concluded(conclusion, version(2), at(-5));
    let shown = shown(public(kept(&rejected)), "http://oi/1", Dialect::Interop20);
    assert_eq!((&shown["status"], shown.get("uri")), (&json!("REJECTED"), None));
    assert_eq!(
        (&shown["statusChangeReason"], &shown["statusChangeDetails"]),
        (&json!("MACRO"), &json!("No macros."))
    );
    assert_eq!(shown["statusChange"][1]["changeReason"], "MACRO");
    assert_eq!(shown["lastUpdateDate"], shown["creationDate"], "time does not go back");
}

#[test]
fn an_attachment_needs_a_name_and_its_declarations_are_texts() {
    let refusals = |body: Value, strict| {
        let faults = read(&object(body), rule(strict)).unwrap_err();
        faults.into_iter().map(|fault| fault.refusal).collect::<Vec<_>>()
    };
    let invalid =
        |member: &str, expected| BodyRefusal::Invalid { member: member.to_owned(), expected }.into();
    assert_eq!(refusals(json!({}), false), [BodyRefusal::Missing { member: "name".to_owned() }.into()]);
    assert_eq!(
        refusals(json!({"name": 1, "md5": 2, "size": -1, "description": "x".repeat(LONGEST + 1)}), false),
        [
            invalid("name", Expected::Text),
            invalid("description", Expected::AtMost { max: LONGEST }),
            invalid("md5", Expected::Text),
            invalid("size", Expected::Count),
        ]
    );
    assert_eq!(
        refusals(json!({"name": "a.csv", "@type": "File", "x": 1}), true),
        [
            invalid("@type", Expected::OneOf { values: vec!["Attachment"] }),
            BodyRefusal::UnknownOfAttachment { member: "x".to_owned() }.into(),
        ]
    );
    assert!(
        read(&object(json!({"name": "a.csv", "uri": "x", "id": 1, "author": "ZZZZ"})), rule(true)).is_ok()
    );
}

fn chunk(index: u64, sha256: &str) -> Chunk {
    Chunk { index, size: 10, sha256: sha256.to_owned() }
}

#[test]
fn chunks_come_in_any_order_once_or_again_and_none_is_replaced() {
    let opened = added(json!({"name": "a.csv"}), None);
    assert_eq!(
        (opened.status, opened.is_whole()),
        (AttachmentStatus::Uploading, Err(AttachmentRefusal::NoChunk))
    );
    let second = opened.with_chunk(chunk(1, "b"), version(2), at(1)).unwrap().unwrap();
    assert_eq!(second.is_whole(), Err(AttachmentRefusal::ChunkAbsent { index: 0 }));
    let both = second.with_chunk(chunk(0, "a"), version(3), at(2)).unwrap().unwrap();
    assert_eq!((both.arrived(), both.is_whole()), (20, Ok(())));
    assert_eq!(both.with_chunk(chunk(1, "b"), version(4), at(3)), Ok(None), "the same again");
    assert_eq!(
        both.with_chunk(chunk(1, "c"), version(4), at(3)),
        Err(AttachmentRefusal::ChunkContradicted { index: 1 })
    );
    let gap = both.with_chunk(chunk(3, "d"), version(4), at(3)).unwrap().unwrap();
    assert_eq!(gap.is_whole(), Err(AttachmentRefusal::ChunkAbsent { index: 2 }));
    let finalized = both.finalized(version(5), at(4));
    let refused = Err(AttachmentRefusal::NotUploading { status: "UPLOADED" });
    assert_eq!(finalized.with_chunk(chunk(2, "c"), version(6), at(5)), refused);
}

#[test]
fn a_chunk_is_what_was_declared_of_it() {
    let read = |body: Value| ChunkDraft::read(&object(body));
    let draft = read(json!({"index": 0, "size": 10, "sha256": "AB"})).unwrap();
    assert_eq!(draft.differing(&chunk(0, "ab")), None);
    assert_eq!(draft.differing(&chunk(0, "cd")), Some("sha256"));
    assert_eq!(draft.differing(&Chunk { size: 9, ..chunk(0, "ab") }), Some("size"));
    assert_eq!(read(json!({"index": 3})).unwrap().differing(&chunk(3, "x")), None);
    for body in [json!({}), json!({"index": -1}), json!({"index": 1000}), json!({"index": 0, "size": "x"})] {
        assert!(read(body.clone()).is_err(), "{body}");
    }
}
