//! SQLite and PostgreSQL behind the same server. The same requests, valid and hostile, have the
//! same responses, and none is a server error.
//!
//! The random requests depend on a seed only. `EPISSURE_BACKENDS_SEED` and
//! `EPISSURE_BACKENDS_REQUESTS` set the seed and the number. The test needs the PostgreSQL server
//! of `EPISSURE_TEST_POSTGRES`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

mod requests;

use std::collections::BTreeMap;

use epissure_testkit::{TestServer, fixtures};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use requests::{Known, Request};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Number of requests sent to each server.
const REQUESTS: u64 = 2_000;

/// A response, without the parts that differ between servers.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: String,
    /// Codes of errors, and counts and documents of lists.
    told: String,
}

/// Sends the bytes of a request and reads until the server closes.
async fn exchange(server: &TestServer, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.base.trim_start_matches("http://")).await.unwrap();
    // The server may refuse and close before it has received everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).replace(&server.base, "http://server")
}

fn answer_of(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let status = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let counts = head.lines().filter(|line| line.to_ascii_lowercase().contains("-count:"));
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    // Lists are compared by their rows, and problems by their code. Other bodies contain
    // identifiers and tokens that differ.
    let shown = match &body {
        Value::Array(items) => items.iter().map(|item| item["id"].to_string()).collect::<Vec<_>>().join(","),
        body => body["code"].to_string(),
    };
    Answer { status, told: counts.chain([shown.as_str()]).collect::<Vec<_>>().join("; ") }
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Opens the same tickets on a server. Returns the values that requests may use.
async fn seed(server: &TestServer) -> Known {
    let oc = server.login("sfra-oc").await;
    let oi = server.login("ftel-oi").await;
    let mut tickets = Vec::new();
    for index in 0..12 {
        let mut ticket = match index % 3 {
            0 => fixtures::modification(),
            1 => fixtures::bulk_modification(),
            _ => fixtures::creation(),
        };
        ticket["externalId"] = json!(format!("é-{}", index / 2));
        ticket["extension"] = json!({"number": index * 1_000_000_007_i64, "text": "\u{1F600}"});
        let opened = oc.post("/anomalie-adresse", &ticket).await.expect(201);
        tickets.push(opened.body["id"].as_str().unwrap().to_owned());
    }
    let mut cursors = Vec::new();
    for query in requests::SORTED {
        let page = oc.get(&format!("/anomalie-adresse?{query}&limit=1")).await.expect(200);
        let link = page.header("link");
        let cursor = link.split("cursor=").nth(1).and_then(|rest| rest.split('&').next());
        cursors.push(((*query).to_owned(), cursor.expect("a cursor").to_owned()));
    }
    let tokens = [&oc, &oi].map(|api| api.token().unwrap().to_owned());
    Known { tickets, cursors, tokens: tokens.to_vec() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_requests_have_the_same_answers_on_sqlite_and_postgresql() {
    let servers = TestServer::start_on_both().await;
    let [mut first, second] = [seed(&servers[0]).await, seed(&servers[1]).await];
    assert_eq!(first.tickets, second.tickets, "both servers make the same identifiers");
    // Requests are generated for the first server. Its tokens are replaced before they are sent to
    // the second.
    let tokens = std::mem::take(&mut first.tokens);
    first.tokens = (0..tokens.len()).map(|index| format!("token-{index}-of-the-server")).collect();
    let seed = number("EPISSURE_BACKENDS_SEED", 1);
    let mut random = StdRng::seed_from_u64(seed);
    let mut statuses = BTreeMap::<String, u64>::new();
    let mut faults = Vec::new();
    for count in 0..number("EPISSURE_BACKENDS_REQUESTS", REQUESTS) {
        let request = Request::random(&mut random, &first);
        let mut answers = Vec::new();
        for (server, own) in servers.iter().zip([&tokens, &second.tokens]) {
            answers.push(answer_of(&exchange(server, &request.bytes(&first.tokens, own)).await));
        }
        *statuses.entry(answers[0].status.clone()).or_default() += 1;
        let failed = answers.iter().any(|answer| answer.status.starts_with('5') && answer.status != "501");
        if failed || answers[0] != answers[1] {
            faults.push(format!("request {count} of seed {seed}: {request:?}\n  {answers:?}"));
        }
    }
    assert!(faults.is_empty(), "{} of {statuses:?}:\n{}", faults.len(), faults.join("\n"));
    println!("answered: {statuses:?}");
    for status in ["200", "400", "401", "404"] {
        assert!(statuses.contains_key(status), "no request was answered {status}: {statuses:?}");
    }
}
