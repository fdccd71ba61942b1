//! Files sent in chunks.

use epissure_files::Kind;
use epissure_testkit::{Answer, Api};
use serde_json::{Value, json};

use super::{attach, check, events, form_of, held, send_form, sha256};
use crate::corpus::honest;
use crate::{Case, INTEROP, ORANGE, one_ticket};

/// Opens an attachment, and returns its URL.
async fn open(api: &Api, case: &Case, said: &Value) -> String {
    let path = format!("{}/attachment", case.path);
    let opened = api.post(&path, said).await.expect(201);
    assert_eq!((&opened.body["status"], &opened.body["uploadedChunks"]), (&json!("UPLOADING"), &json!([])));
    format!("{path}/{}", opened.body["id"].as_str().unwrap())
}

async fn send(api: &Api, attachment: &str, metadata: &Value, chunk: &[u8]) -> Answer {
    send_form(api, &format!("{attachment}/content"), &[], form_of("metadata", metadata, chunk)).await
}

async fn finalize(api: &Api, attachment: &str) -> Answer {
    api.send(reqwest::Method::POST, &format!("{attachment}/finalize"), &[], None).await
}

#[tokio::test]
async fn chunks_in_any_order_and_more_than_once_make_the_file() {
    let (server, case) = one_ticket().await;
    let file = honest(Kind::Png, 100_000);
    let said = json!({"name": "plan.png", "sha256": sha256(&file), "size": file.len()});
    let attachment = open(&case.oc, &case, &said).await;
    let chunks: Vec<&[u8]> = file.chunks(40_000).collect();
    for index in [2, 0, 1, 0, 2] {
        let metadata = json!({"index": index, "size": chunks[index].len(), "sha256": sha256(chunks[index])});
        send(&case.oc, &attachment, &metadata, chunks[index]).await.expect(200);
    }
    let shown = case.oi.get(&attachment).await.expect(200).body;
    let indexes: Vec<_> =
        shown["uploadedChunks"].as_array().unwrap().iter().map(|one| &one["index"]).collect();
    assert_eq!(indexes, [0, 1, 2]);
    assert_eq!(
        shown["uploadedChunks"][2],
        json!({"index": 2, "size": chunks[2].len(), "sha256": sha256(chunks[2])})
    );
    assert_eq!(shown.get("sha256"), None, "not known before the end");
    assert_eq!(held(&server).len(), 3, "what came twice is there once: {:?}", held(&server));
    assert_eq!(check(&server).await, 0, "there is nothing to check before the end");

    let finalized = finalize(&case.oc, &attachment).await.expect(200);
    assert_eq!(finalized.body["status"], "UPLOADED");
    assert_eq!(check(&server).await, 1);
    let done = case.oi.get(&attachment).await.expect(200).body;
    assert_eq!((&done["status"], &done["sha256"]), (&json!("VALIDATED"), &json!(sha256(&file))));
    let statuses: Vec<_> =
        done["statusChange"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, ["UPLOADING", "UPLOADED", "VALIDATED"]);
    let content = case.oi.get(&format!("{attachment}/content")).await.expect(200);
    assert_eq!(content.header("etag"), format!("\"{}\"", sha256(&file)));
    assert_eq!(held(&server).len(), 1);
    assert_eq!(
        finalize(&case.oc, &attachment).await.expect(200).body["status"],
        "VALIDATED",
        "again: harmless"
    );

    let told: Vec<Value> =
        events(&case.oi).await.iter().map(|event| event["data"]["status"].clone()).collect();
    assert_eq!(told, ["PENDING", "VALIDATED"], "one event when it is opened, one when it is checked");
}

#[tokio::test]
async fn a_chunk_that_is_not_as_declared_or_contradicts_another_is_refused() {
    let (server, case) = one_ticket().await;
    let attachment = open(&case.oc, &case, &json!({"name": "a.csv"})).await;
    for (metadata, pointer) in [
        (json!({}), "/index"),
        (json!({"index": 1000}), "/index"),
        (json!({"index": 0, "size": 5}), "/size"),
        (json!({"index": 0, "sha256": "00"}), "/sha256"),
    ] {
        let refused = send(&case.oc, &attachment, &metadata, b"a;b\n").await.expect(400);
        assert_eq!(refused.body["details"][0]["pointer"], pointer, "{metadata}");
    }
    assert_eq!(held(&server), [""; 0]);
    send(&case.oc, &attachment, &json!({"index": 0}), b"a;b\n").await.expect(200);
    let contradiction = send(&case.oc, &attachment, &json!({"index": 0}), b"a;c\n").await.expect(409);
    assert!(contradiction.body["message"].as_str().unwrap().contains("index 0"), "{}", contradiction.text);
    assert_eq!(held(&server).len(), 1);
}

#[tokio::test]
async fn what_is_not_whole_is_not_finalized() {
    let (_server, case) = one_ticket().await;
    let attachment = open(&case.oc, &case, &json!({"name": "a.csv"})).await;
    finalize(&case.oc, &attachment).await.expect(409);
    send(&case.oc, &attachment, &json!({"index": 1}), b"a").await.expect(200);
    let missing = finalize(&case.oc, &attachment).await.expect(409);
    assert!(missing.body["message"].as_str().unwrap().contains("index 0"), "{}", missing.text);
    send(&case.oc, &attachment, &json!({"index": 0}), b"b").await.expect(200);
    finalize(&case.oc, &attachment).await.expect(200);
    let late = send(&case.oc, &attachment, &json!({"index": 2}), b"c").await.expect(403);
    assert!(late.body["message"].as_str().unwrap().contains("UPLOADED"), "{}", late.text);
}

#[tokio::test]
async fn only_who_opened_an_attachment_sends_it_and_only_while_its_ticket_is_open() {
    let (_server, mut case) = one_ticket().await;
    let attachment = open(&case.oc, &case, &json!({"name": "a.csv"})).await;
    send(&case.oi, &attachment, &json!({"index": 0}), b"a").await.expect(403);
    finalize(&case.oi, &attachment).await.expect(403);
    send(&case.oc, &attachment, &json!({"index": 0}), b"a").await.expect(200);
    case.by_oc(&json!({"status": "CANCELED", "statusChangeDetails": "opened by mistake"})).await.expect(200);
    send(&case.oc, &attachment, &json!({"index": 1}), b"a").await.expect(403);
    finalize(&case.oc, &attachment).await.expect(403);
}

#[tokio::test]
async fn a_file_that_came_in_one_piece_takes_no_chunks() {
    let (_server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let added = attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a").await.expect(201);
    let attachment = format!("{path}/{}", added.body["id"].as_str().unwrap());
    send(&case.oc, &attachment, &json!({"index": 0}), b"a").await.expect(403);
    // Refused before the metadata counts: the check of the file may remove the chunk while it
    // arrives.
    send(&case.oc, &attachment, &json!({"index": -1}), b"a").await.expect(403);
    finalize(&case.oc, &attachment).await.expect(403);
}

#[tokio::test]
async fn chunks_sent_at_once_all_arrive() {
    let (server, case) = one_ticket().await;
    let attachment = open(&case.oc, &case, &json!({"name": "a.csv"})).await;
    let mut sent = tokio::task::JoinSet::new();
    for index in 0..12 {
        let (oc, attachment) = (case.oc.clone(), attachment.clone());
        sent.spawn(async move { send(&oc, &attachment, &json!({"index": index}), b"a;b\n").await });
    }
    for answer in sent.join_all().await {
        answer.expect(200);
    }
    finalize(&case.oc, &attachment).await.expect(200);
    check(&server).await;
    assert_eq!(case.oc.get(&format!("{attachment}/content")).await.expect(200).text, "a;b\n".repeat(12));
}

#[tokio::test]
async fn what_is_not_finished_in_a_day_is_given_up_and_what_nobody_waits_for_is_removed() {
    let (server, case) = one_ticket().await;
    let attachment = open(&case.oc, &case, &json!({"name": "a.csv"})).await;
    send(&case.oc, &attachment, &json!({"index": 0}), b"a").await.expect(200);
    let path = format!("{}/attachment", case.path);
    let waiting = attach(&case.oc, &path, &json!({"name": "b.csv"}), b"b;c\n").await.expect(201);
    // An upload like a killed server leaves it; its identifier contains the time.
    let orphan = server.attachments().join("incoming").join("01946525-5b50-7000-8000-000000000000");
    std::fs::create_dir_all(&orphan).unwrap();
    std::fs::write(orphan.join("file#1"), "half").unwrap();

    let purge = || epissure_app::attachments::purge(&server.app);
    server.clock.advance(jiff::SignedDuration::from_hours(23));
    assert_eq!(purge().await.unwrap(), (0, 0), "not yet");
    server.clock.advance(jiff::SignedDuration::from_hours(2));
    assert_eq!(purge().await.unwrap(), (1, 1));
    let given_up = server.login("sfra-oc").await.get(&attachment).await.expect(200).body;
    assert_eq!(
        (&given_up["status"], &given_up["statusChangeReason"]),
        (&json!("REJECTED"), &json!("UNFINISHED"))
    );
    let id = waiting.body["id"].as_str().unwrap();
    assert_eq!(held(&server), [format!("incoming/{id}/file")], "what waits for its check stays");
    assert_eq!(purge().await.unwrap(), (0, 0));
}

#[tokio::test]
async fn the_interop_list_has_the_words_of_its_contract_and_filters_by_them() {
    let (_server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let opened = case.oc.post(&path, &json!({"name": "a.csv"})).await.expect(201);
    assert_eq!(opened.body["status"], "UPLOADING", "who sends the chunks reads where they are");
    let orange = path.replace(INTEROP, ORANGE);
    for (list, status, other) in [(&path, "PENDING", "UPLOADING"), (&orange, "UPLOADING", "PENDING")] {
        let listed = case.oc.get(&format!("{list}?status={status}")).await.expect(200);
        assert_eq!(listed.body[0]["status"], status);
        assert_eq!(listed.body[0]["statusChange"][0]["status"], status);
        for (word, count) in [(status, "1"), (other, "0")] {
            let counted = case.oc.head(&format!("{list}?status={word}")).await.expect(200);
            assert_eq!(counted.header("x-total-count"), count, "{list} {word}");
        }
    }
}
