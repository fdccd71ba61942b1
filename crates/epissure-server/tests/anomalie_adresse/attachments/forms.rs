//! Forms: accepted ones, and refusals before the whole form is read.

use std::time::Duration;

use epissure_app::Settings;
use epissure_app::attachments::Files;
use epissure_testkit::{Api, TestServer, fixtures};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{BOUNDARY, attach, form, form_of, held, send_form};
use crate::{Case, one_ticket};

const SAID: &[u8] = br#"{"name": "a.csv"}"#;

#[tokio::test]
async fn the_two_parts_come_in_either_order() {
    let (_server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let (file, said) = (("file", "text/csv", &b"a;b\n"[..]), ("attachment", "application/json", SAID));
    for parts in [[file, said], [said, file]] {
        send_form(&case.oc, &path, &[], form(&parts)).await.expect(201);
    }
}

#[tokio::test]
async fn a_part_has_the_name_that_its_parameter_gives_and_not_one_inside_its_file_name() {
    let (_server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let whole =
        String::from_utf8(form(&[("file", "text/csv", b"a;b\n"), ("attachment", "application/json", SAID)]));
    let whole = whole.unwrap();
    let with = |from: &str, to: &str| whole.replace(from, to).into_bytes();
    for file in [
        r#"form-data; filename="x; name=y.csv"; name="file""#,
        r#"form-data; FileName="name=attachment"; NAME=file"#,
    ] {
        let form = with(r#"form-data; name="file"; filename="ignored.bin""#, file);
        send_form(&case.oc, &path, &[], form).await.expect(201);
    }
    let nameless = with(r#"form-data; name="attachment""#, r#"form-data; filename="a; name=attachment""#);
    send_form(&case.oc, &path, &[], nameless).await.expect(400);
}

#[tokio::test]
async fn a_form_that_is_not_of_the_two_parts_is_refused_and_nothing_is_kept_of_it() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let (file, said) = (("file", "text/csv", &b"a;b\n"[..]), ("attachment", "application/json", SAID));
    let whole = form(&[file, said]);
    let forms = [
        form(&[]),
        form(&[file]),
        form(&[said]),
        form(&[file, said, file]),
        form(&[said, file, said]),
        form(&[file, said, ("more", "text/plain", b"x")]),
        form(&[("more", "text/plain", b"x"), file, said]),
        form(&[file, ("attachment", "application/json", b"{")]),
        form(&[file, ("attachment", "application/json", b"[]")]),
        whole[..whole.len() - 20].to_vec(),
        b"nonsense".to_vec(),
        Vec::new(),
    ];
    for (number, form) in forms.into_iter().enumerate() {
        let answer = send_form(&case.oc, &path, &[], form).await;
        assert_eq!(answer.status, 400, "{number}: {}", answer.text);
        // A separate thread removes the file after the response.
        tokio::time::timeout(Duration::from_secs(5), async {
            while !held(&server).is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("{number}: {:?}", held(&server)));
    }
    assert_eq!(case.oc.get(&path).await.expect(200).body, json!([]));
    let send = |media: &'static str| {
        let request = case.oc.request(Method::POST, &path).header("content-type", media).body("x");
        case.oc.send_built(request)
    };
    send("text/plain").await.expect(415);
    send("multipart/form-data").await.expect(400);
    send_form(&case.oc, &path, &[("content-encoding", "gzip")], whole).await.expect(415);
    case.oc.send_built(case.oc.request(Method::POST, &path)).await.expect(415);
}

/// Returns a server that accepts files of at most 64 KiB.
async fn small() -> (TestServer, Case, String) {
    let small = |content| Files::new(content, 64 * 1024, None);
    let server = TestServer::start_keeping(Settings::default(), small).await;
    let case = Case::open(&server, &fixtures::modification()).await;
    let path = format!("{}/attachment", case.path);
    (server, case, path)
}

#[tokio::test]
async fn a_file_of_the_limit_is_taken_and_one_byte_more_is_413() {
    let (server, case, path) = small().await;
    let file = vec![b'a'; 64 * 1024 + 1];
    attach(&case.oc, &path, &json!({"name": "a.csv"}), &file[1..]).await.expect(201);
    let refused = attach(&case.oc, &path, &json!({"name": "a.csv"}), &file).await.expect(413);
    assert_eq!(refused.body["code"], "66");
    assert_eq!(held(&server).len(), 1);

    let opened = case.oc.post(&path, &json!({"name": "b.csv"})).await.expect(201);
    let content = format!("{path}/{}/content", opened.body["id"].as_str().unwrap());
    let chunk = |index: u64, bytes: &[u8]| form_of("metadata", &json!({"index": index}), bytes);
    send_form(&case.oc, &content, &[], chunk(0, &file[..40 * 1024])).await.expect(200);
    send_form(&case.oc, &content, &[], chunk(1, &file[..24 * 1024])).await.expect(200);
    send_form(&case.oc, &content, &[], chunk(2, b"a")).await.expect(413);
}

/// Sends the head of a request and some bytes, and reads the response before the rest is sent.
async fn answered_early(server: &TestServer, api: &Api, path: &str, head: &str, sent: &[u8]) -> String {
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let token = api.token().unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n{head}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server may close before it has received everything.
    let _ = stream.write_all(sent).await;
    let mut answer = vec![0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut answer)).await;
    String::from_utf8_lossy(&answer[..read.expect("an answer").unwrap()]).into_owned()
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_the_rest_is_read() {
    let (server, case, path) = small().await;
    let announced = "Content-Length: 100000000";
    let answer = answered_early(&server, &case.oc, &path, announced, b"").await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");

    // Without Content-Length, and without an end.
    let mut part = form(&[("file", "text/csv", &vec![b'a'; 65 * 1024])]);
    part.truncate(part.len() - BOUNDARY.len() - 8);
    let chunk = [format!("{:x}\r\n", part.len()).as_bytes(), &part, b"\r\n"].concat();
    let answer = answered_early(&server, &case.oc, &path, "Transfer-Encoding: chunked", &chunk).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");

    // An endless head of a part.
    let head = [format!("--{BOUNDARY}\r\nX: ").as_bytes(), &vec![b'a'; 512 * 1024]].concat();
    let chunk = [format!("{:x}\r\n", head.len()).as_bytes(), &head, b"\r\n"].concat();
    let answer = answered_early(&server, &case.oc, &path, "Transfer-Encoding: chunked", &chunk).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");

    // A refused form is not read.
    let absent = path.replace(case.path.rsplit('/').next().unwrap(), "22e61758-924d-4ad7-b259-e4fcb1ea8808");
    let answer = answered_early(&server, &case.oc, &absent, "Content-Length: 1000", b"").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}
