//! Attachments of tickets.

mod antivirus;
mod chunks;
mod content;
mod forms;
mod hostile;
mod recovery;

use epissure_app::attachments;
use epissure_files::Kind;
use epissure_testkit::{Answer, Api, TestServer, fixtures};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::corpus::honest;
use super::{Case, INTEROP, ORANGE, one_ticket};

const BOUNDARY: &str = "a-boundary-of-the-tests";

/// Returns a form of these parts: name, media type, content.
fn form(parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, head, content) in parts {
        let file = if *name == "file" { "; filename=\"ignored.bin\"" } else { "" };
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\nContent-Type: {head}\r\n\r\n"
        );
        form.extend(head.bytes());
        form.extend(*content);
        form.extend(b"\r\n");
    }
    form.extend(format!("--{BOUNDARY}--\r\n").bytes());
    form
}

/// Returns a form of a file and its metadata.
fn form_of(object: &str, body: &Value, file: &[u8]) -> Vec<u8> {
    let body = body.to_string();
    form(&[("file", "application/octet-stream", file), (object, "application/json", body.as_bytes())])
}

async fn send_form(api: &Api, path: &str, headers: &[(&str, &str)], form: Vec<u8>) -> Answer {
    let mut request = api
        .request(Method::POST, path)
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(form);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    api.send_built(request).await
}

/// Attaches a file.
pub(super) async fn attach(api: &Api, attachments: &str, body: &Value, file: &[u8]) -> Answer {
    send_form(api, attachments, &[], form_of("attachment", body, file)).await
}

/// Sends the first chunk of a file.
pub(super) async fn send_chunk(api: &Api, content: &str) -> Answer {
    send_form(api, content, &[], form_of("metadata", &json!({"index": 0}), b"a;b\n")).await
}

/// Opens an attachment, sends a chunk, and returns its URL.
pub(super) async fn open_with_a_chunk(api: &Api, attachments: &str) -> String {
    let opened = api.post(attachments, &json!({"name": "a.csv"})).await.expect(201);
    let attachment = format!("{attachments}/{}", opened.body["id"].as_str().unwrap());
    send_chunk(api, &format!("{attachment}/content")).await.expect(200);
    attachment
}

/// Attaches a valid file, and returns its URL.
pub(super) async fn validated(server: &TestServer, api: &Api, attachments: &str) -> String {
    let added = attach(api, attachments, &json!({"name": "a.csv"}), b"a;b\n").await.expect(201);
    check(server).await;
    format!("{attachments}/{}", added.body["id"].as_str().unwrap())
}

/// Makes the server check pending attachments. Returns their number.
pub(super) async fn check(server: &TestServer) -> u64 {
    attachments::check(&server.app).await.unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the files in the server's folder.
fn held(server: &TestServer) -> Vec<String> {
    fn walk(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let (root, mut found) = (server.attachments(), Vec::new());
    walk(&root, &mut found);
    let mut names: Vec<String> =
        found.iter().map(|path| path.strip_prefix(&root).unwrap().display().to_string()).collect();
    names.sort();
    names
}

async fn events(api: &Api) -> Vec<Value> {
    let listed = api.get(&format!("{INTEROP}/event?type[regex]=attachment")).await.expect(200);
    listed.body.as_array().unwrap().clone()
}

#[tokio::test]
async fn a_file_is_attached_checked_and_seen_by_both_sides_in_both_dialects() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let plan = honest(Kind::Pdf, 3000);
    let said = json!({"name": "plan du lot.pdf", "description": "In red.", "author": "FTEL", "floor": 2});
    let added = attach(&case.oc, &path, &said, &plan).await.expect(201);
    let id = added.body["id"].as_str().unwrap();
    assert_eq!((&added.body["status"], &added.body["author"]), (&json!("PENDING"), &json!("SFRA")));
    assert_eq!((&added.body["mimeType"], &added.body["floor"]), (&json!("application/pdf"), &json!(2)));
    assert_eq!((&added.body["size"], &added.body["sha256"]), (&json!(plan.len()), &json!(sha256(&plan))));
    assert_eq!(added.header("etag"), format!("\"{}\"", added.body["@version"].as_str().unwrap()));
    assert_eq!(added.header("location"), format!("{}{path}/{id}", server.base));
    assert_eq!(added.body["uri"], format!("{}{path}/{id}/content", server.base));
    case.oi.get(&format!("{path}/{id}/content")).await.expect(404);
    assert_eq!(held(&server), [format!("incoming/{id}/file")]);

    assert_eq!(check(&server).await, 1);
    let read = case.oi.get(&format!("{path}/{id}")).await.expect(200);
    assert_eq!(read.body["status"], "VALIDATED");
    assert_ne!(read.body["@version"], added.body["@version"]);
    assert_eq!(read.body["statusChange"][1]["status"], "VALIDATED");
    let hash = sha256(&plan);
    assert_eq!(held(&server), [format!("sha256/{}/{}", &hash[..2], &hash[2..])]);

    let ticket = case.path.rsplit('/').next().unwrap();
    for (api, mount) in [(&case.oc, INTEROP), (&case.oi, ORANGE)] {
        let listed = api.get(&format!("{mount}/{ticket}/attachment")).await.expect(200);
        let uri = format!("{}{mount}/{ticket}/attachment/{id}/content", server.base);
        assert_eq!((&listed.body[0]["id"], &listed.body[0]["uri"]), (&json!(id), &json!(uri)));
        assert_eq!((listed.header("x-total-count"), listed.header("x-result-count")), ("1", "1"));
        let counted = api.head(&format!("{mount}/{ticket}/attachment")).await.expect(200);
        assert_eq!((counted.header("x-total-count"), counted.text.as_str()), ("1", ""));
        let content = api.get(uri.strip_prefix(&server.base).unwrap()).await.expect(200);
        assert_eq!(content.header("content-type"), "application/pdf");
        assert_eq!(content.header("content-length"), plan.len().to_string());
    }
}

#[tokio::test]
async fn an_attachment_and_what_became_of_it_are_told_in_the_readers_dialect() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let added = attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a;b\n").await.expect(201);
    assert_eq!(check(&server).await, 1);
    assert_eq!(check(&server).await, 0, "once");
    let (id, found) = (added.body["id"].as_str().unwrap(), events(&case.oi).await);
    let types: Vec<&str> = found.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        ["fr.interop.anomalieadresse.attachment.create", "fr.interop.anomalieadresse.attachment.update"]
    );
    assert_eq!(found[0]["data"], added.body);
    assert_eq!(found[1]["data"], case.oc.get(&format!("{path}/{id}")).await.expect(200).body);
    assert_eq!(found[1]["subject"], *case.path.rsplit('/').next().unwrap());
    let orange = case.oi.get(&format!("{ORANGE}/event?type[regex]=attachment.update")).await.expect(200);
    let uri = added.body["uri"].as_str().unwrap().replace(INTEROP, ORANGE);
    assert_eq!(orange.body[0]["data"]["uri"], uri);
}

#[tokio::test]
async fn attachments_are_filtered_sorted_and_paged_as_notes_are() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    for number in 0..4 {
        let said = json!({"name": format!("N{number}.csv"), "md5": "x", "rank": number % 2});
        attach(&case.oc, &path, &said, b"a;b\n").await.expect(201);
        server.clock.advance(jiff::SignedDuration::from_mins(5));
    }
    let names = |query: &str| {
        let (oc, address) = (case.oc.clone(), format!("{path}?{query}"));
        async move {
            let listed = oc.get(&address).await.expect(200);
            listed.body.as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
        }
    };
    assert_eq!(names("sort=-rank,name").await, ["N1.csv", "N3.csv", "N0.csv", "N2.csv"]);
    assert_eq!(names("size[gt,num]=3&limit=1&offset=2").await, ["N2.csv"]);
    assert_eq!(names("creationDate[gt]=2025-01-14T13:25:00Z").await, ["N2.csv", "N3.csv"]);
    assert_eq!(names("@declared.md5=x").await, [""; 0], "what was declared is nobody's to search");
    let few = case.oc.get(&format!("{path}?limit=1&fields=name,uri")).await.expect(200);
    assert_eq!(few.body[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["name", "uri"]);
    assert_eq!(few.header("x-total-count"), "4");
    case.oc.get(&format!("{path}?cursor=abc")).await.expect(400);
}

#[tokio::test]
async fn a_file_that_cannot_be_placed_is_refused_and_nothing_is_kept_of_it() {
    let (server, mut case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let absent = format!("{INTEROP}/22e61758-924d-4ad7-b259-e4fcb1ea8808/attachment");
    attach(&case.oc, &absent, &json!({"name": "a.csv"}), b"a").await.expect(404);
    case.oc.get(&format!("{INTEROP}/nonsense/attachment")).await.expect(400);
    case.oc.get(&format!("{path}/nonsense")).await.expect(400);
    for (said, pointer) in [
        (json!({}), "/name"),
        (json!({"name": "a.exe"}), "/name"),
        (json!({"name": "../a.csv"}), "/name"),
        (json!({"name": "a.exe.pdf"}), "/name"),
        (json!({"name": "a.pdf", "mimeType": "text/csv"}), "/mimeType"),
    ] {
        let refused = attach(&case.oc, &path, &said, b"a").await.expect(400);
        assert_eq!(refused.body["details"][0]["pointer"], pointer, "{said}");
    }
    let strict = form_of("attachment", &json!({"name": "a.csv", "floor": 2}), b"a");
    send_form(&case.oc, &path, &[("prefer", "handling=strict")], strict).await.expect(400);
    case.by_oc(&json!({"status": "CANCELED", "statusChangeDetails": "opened by mistake"})).await.expect(200);
    let late = attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a").await.expect(403);
    assert_eq!(late.body["code"], "50");
    assert_eq!(held(&server), [""; 0]);
    assert_eq!(case.oc.get(&path).await.expect(200).body, json!([]));
    assert_eq!(events(&case.oc).await.len(), 0);
}

#[tokio::test]
async fn a_check_ends_although_its_ticket_has_become_final() {
    let (server, mut case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let added = attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a;b\n").await.expect(201);
    case.by_oc(&json!({"status": "CANCELED", "statusChangeDetails": "opened by mistake"})).await.expect(200);
    assert_eq!(check(&server).await, 1);
    let id = added.body["id"].as_str().unwrap();
    assert_eq!(case.oi.get(&format!("{path}/{id}")).await.expect(200).body["status"], "VALIDATED");
    case.oi.get(&format!("{path}/{id}/content")).await.expect(200);
}

#[tokio::test]
async fn a_repeated_file_is_attached_once() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let send = |name: &str, file: &'static [u8]| {
        let (form, oc, path) = (form_of("attachment", &json!({"name": name}), file), case.oc.clone(), &path);
        async move { send_form(&oc, path, &[("idempotency-key", "k-1")], form).await }
    };
    let first = send("a.csv", b"a;b\n").await.expect(201);
    let again = send("a.csv", b"a;b\n").await.expect(201);
    assert_eq!(first.body, again.body);
    send("b.csv", b"a;b\n").await.expect(409);
    send("a.csv", b"a;c\n").await.expect(409);
    assert_eq!(case.oc.head(&path).await.expect(200).header("x-total-count"), "1");
    assert_eq!(held(&server).len(), 1, "what came to nothing is gone");
}

#[tokio::test]
async fn the_same_file_attached_twice_is_kept_once() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    for name in ["a.csv", "b.csv"] {
        attach(&case.oc, &path, &json!({"name": name}), b"a;b\n").await.expect(201);
    }
    assert_eq!(check(&server).await, 2);
    assert_eq!(held(&server).len(), 1);
    for one in case.oi.get(&path).await.expect(200).body.as_array().unwrap() {
        let content = case.oi.get(&format!("{path}/{}/content", one["id"].as_str().unwrap())).await;
        assert_eq!(content.expect(200).text, "a;b\n");
    }
}

#[tokio::test]
async fn what_is_declared_is_compared_and_never_believed() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let file = b"a;b\n";
    let good =
        json!({"name": "1.csv", "sha256": sha256(file).to_uppercase(), "size": 4, "mimeType": "text/csv"});
    attach(&case.oc, &path, &good, file).await.expect(201);
    for said in [json!({"name": "2.csv", "sha256": "00"}), json!({"name": "3.csv", "size": 5})] {
        attach(&case.oc, &path, &said, file).await.expect(201);
    }
    check(&server).await;
    let listed = case.oc.get(&format!("{path}?fields=status,statusChangeReason,size")).await.expect(200);
    assert_eq!(
        listed.body,
        json!([
            {"status": "VALIDATED", "size": 4},
            {"status": "REJECTED", "statusChangeReason": "DIGEST", "size": 4},
            {"status": "REJECTED", "statusChangeReason": "DIGEST", "size": 4}
        ])
    );
}

#[tokio::test]
async fn a_ticket_takes_so_many_attachments_and_no_more() {
    let (_server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    for number in 0..epissure_protocol::attachment::MOST {
        case.oc.post(&path, &json!({"name": format!("{number}.csv")})).await.expect(201);
    }
    let refused = case.oc.post(&path, &json!({"name": "more.csv"})).await.expect(403);
    assert!(refused.body["message"].as_str().unwrap().contains("100"), "{}", refused.text);
}

#[tokio::test]
async fn files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a;b\n").await.expect(201);
    check(&server).await;
    attach(&case.oc, &path, &json!({"name": "b.csv"}), b"c;d\n").await.expect(201);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let root = server.attachments();
    for name in held(&server) {
        let file = root.join(name);
        assert_eq!(mode(&file), 0o600, "{file:?}");
        for folder in file.ancestors().skip(1).take_while(|folder| folder.starts_with(&root)) {
            assert_eq!(mode(folder), 0o700, "{folder:?}");
        }
    }
}

#[tokio::test]
async fn anothers_attachments_are_not_there() {
    let server = TestServer::start().await;
    let case = Case::open(&server, &fixtures::modification()).await;
    let path = format!("{}/attachment", case.path);
    let added = attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a;b\n").await.expect(201);
    let opened = case.oc.post(&path, &json!({"name": "b.csv"})).await.expect(201);
    check(&server).await;
    let ours = case.oc.post(INTEROP, &fixtures::modification()).await.expect(201);
    let elsewhere = format!("{INTEROP}/{}/attachment", ours.body["id"].as_str().unwrap());
    let (done, open) = (added.body["id"].as_str().unwrap(), opened.body["id"].as_str().unwrap());
    for stranger in ["venu-oc", "iftr-oi", "artd-oc"] {
        let stranger = server.login(stranger).await;
        for path in [path.clone(), path.replace(INTEROP, ORANGE)] {
            let chunk = form_of("metadata", &json!({"index": 0}), b"a");
            for answer in [
                stranger.get(&path).await,
                stranger.head(&path).await,
                attach(&stranger, &path, &json!({"name": "a.csv"}), b"a").await,
                stranger.post(&path, &json!({"name": "a.csv"})).await,
                stranger.get(&format!("{path}/{done}")).await,
                stranger.head(&format!("{path}/{done}")).await,
                stranger.get(&format!("{path}/{done}/content")).await,
                stranger.head(&format!("{path}/{done}/content")).await,
                send_form(&stranger, &format!("{path}/{open}/content"), &[], chunk).await,
                stranger.post(&format!("{path}/{open}/finalize"), &json!({})).await,
            ] {
                assert_eq!(answer.status, 404, "{}", answer.text);
            }
        }
    }
    // An attachment is found only under its own ticket, even for its owner.
    case.oc.get(&format!("{elsewhere}/{done}")).await.expect(404);
    case.oc.get(&format!("{elsewhere}/{done}/content")).await.expect(404);
}
