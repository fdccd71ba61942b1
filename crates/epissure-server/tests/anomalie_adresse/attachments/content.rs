//! Content of attachments: conditions, ranges and headers.

use epissure_testkit::{Api, TestServer};
use reqwest::Method;
use serde_json::json;

use super::{attach, check, sha256};
use crate::{Case, one_ticket};

const FILE: &[u8] = b"number;street\n12;rue du Bac\n";

/// Returns a server, a ticket, and the URL of the content of a VALIDATED attachment.
async fn one_content(name: &str) -> (TestServer, Case, String) {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let added = attach(&case.oc, &path, &json!({"name": name}), FILE).await.expect(201);
    check(&server).await;
    let content = format!("{path}/{}/content", added.body["id"].as_str().unwrap());
    (server, case, content)
}

async fn ask(api: &Api, method: Method, path: &str, headers: &[(&str, &str)]) -> epissure_testkit::Answer {
    api.send(method, path, headers, None).await
}

#[tokio::test]
async fn content_is_to_be_saved_and_does_nothing_where_it_is_opened() {
    let (_server, case, content) = one_content("relevé n° 3.csv").await;
    for method in [Method::GET, Method::HEAD] {
        let answer = ask(&case.oi, method.clone(), &content, &[("accept", "image/png")]).await.expect(200);
        for (name, value) in [
            ("content-type", "text/csv"),
            ("content-length", "28"),
            (
                "content-disposition",
                "attachment; filename=\"relev_ n_ 3.csv\"; filename*=UTF-8''relev%C3%A9%20n%C2%B0%203.csv",
            ),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "private, no-cache"),
            ("accept-ranges", "bytes"),
            ("last-modified", "Tue, 14 Jan 2025 13:17:58 GMT"),
        ] {
            assert_eq!(answer.header(name), value, "{method} {name}");
        }
        assert_eq!(answer.header("etag"), format!("\"{}\"", sha256(FILE)));
        let expected = if method == Method::GET { FILE } else { b"" };
        assert_eq!(answer.text.as_bytes(), expected);
    }
}

#[tokio::test]
async fn a_range_is_a_part_and_what_is_not_there_is_416() {
    let (_server, case, content) = one_content("a.csv").await;
    let tag = format!("\"{}\"", sha256(FILE));
    for (range, part, shown) in [
        ("bytes=0-5", &FILE[..6], "bytes 0-5/28"),
        ("bytes=14-", &FILE[14..], "bytes 14-27/28"),
        ("bytes=-4", &FILE[24..], "bytes 24-27/28"),
        ("bytes=20-1000", &FILE[20..], "bytes 20-27/28"),
    ] {
        let answer = ask(&case.oi, Method::GET, &content, &[("range", range)]).await.expect(206);
        assert_eq!(answer.text.as_bytes(), part, "{range}");
        assert_eq!(answer.header("content-range"), shown);
        assert_eq!(answer.header("content-length"), part.len().to_string());
        let rest = [("range", range), ("if-range", tag.as_str())];
        ask(&case.oi, Method::GET, &content, &rest).await.expect(206);
        let other = [("range", range), ("if-range", "\"other\"")];
        assert_eq!(ask(&case.oi, Method::GET, &content, &other).await.expect(200).text.as_bytes(), FILE);
    }
    for whole in ["bytes=0-1,4-5", "bytes=x", "bytes=9-2"] {
        ask(&case.oi, Method::GET, &content, &[("range", whole)]).await.expect(200);
    }
    let beyond = ask(&case.oi, Method::GET, &content, &[("range", "bytes=28-")]).await.expect(416);
    assert_eq!((beyond.header("content-range"), &beyond.body["code"]), ("bytes */28", &json!("102")));
}

#[tokio::test]
async fn conditions_are_those_of_http() {
    let (_server, case, content) = one_content("a.csv").await;
    let tag = format!("\"{}\"", sha256(FILE));
    let (then, before) = ("Tue, 14 Jan 2025 13:17:58 GMT", "Tue, 14 Jan 2025 13:17:57 GMT");
    for (header, value, status) in [
        ("if-match", tag.as_str(), 200),
        ("if-match", "*", 200),
        ("if-match", "\"other\"", 412),
        ("if-none-match", tag.as_str(), 304),
        ("if-none-match", "\"other\"", 200),
        ("if-modified-since", then, 304),
        ("if-modified-since", before, 200),
        ("if-unmodified-since", then, 200),
        ("if-unmodified-since", before, 412),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = ask(&case.oi, method.clone(), &content, &[(header, value)]).await;
            assert_eq!(answer.status, status, "{method} {header}: {value}");
            if status == 304 {
                assert_eq!((answer.header("etag"), answer.text.as_str()), (tag.as_str(), ""));
            }
        }
    }
}

#[tokio::test]
async fn content_that_is_gone_from_the_disk_is_an_error_of_ours_and_is_found_by_a_verification() {
    let (server, case, content) = one_content("a.csv").await;
    let place = epissure_app::attachments::Content::in_folder(&server.attachments()).unwrap();
    let verified = epissure_app::attachments::verify(&*server.app.store, &place).await.unwrap();
    assert_eq!((verified.readable, verified.lost.len()), (1, 0));
    std::fs::remove_dir_all(server.attachments().join("sha256")).unwrap();
    let answer = case.oi.get(&content).await.expect(500);
    assert!(!answer.text.contains("sha256"), "where it is looked for is not told: {}", answer.text);
    let verified = epissure_app::attachments::verify(&*server.app.store, &place).await.unwrap();
    let lost: Vec<String> = verified.lost.iter().map(ToString::to_string).collect();
    assert_eq!(lost, [content.rsplit('/').nth(1).unwrap()]);
}
