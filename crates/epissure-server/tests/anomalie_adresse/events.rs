//! Events of tickets: list and stream.

use std::collections::HashSet;
use std::time::Duration;

use epissure_testkit::{Api, TestServer, fixtures};
use serde_json::{Value, json};

use super::{Case, INTEROP, ORANGE, one_ticket, qualification};

async fn types(api: &Api, query: &str) -> Vec<String> {
    let answer = api.get(&format!("{INTEROP}/event?{query}")).await.expect(200);
    let types = answer.body.as_array().unwrap().iter();
    types.map(|event| event["type"].as_str().unwrap().replace("fr.interop.anomalieadresse.", "")).collect()
}

#[tokio::test]
async fn an_event_tells_the_whole_ticket_as_it_became_in_the_readers_dialect() {
    let (server, mut case) = one_ticket().await;
    assert_eq!(types(&case.oc, "").await, [""; 0], "opening a ticket is no event");
    let changed = case.by_oi(&qualification()).await.expect(200);
    server.clock.advance(jiff::SignedDuration::from_mins(25));

    let listed = case.oc.get(&format!("{INTEROP}/event")).await.expect(200);
    let event = &listed.body[0];
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["type"], "fr.interop.anomalieadresse.update");
    assert_eq!(event["source"], server.base);
    assert_eq!(event["subject"], changed.body["id"]);
    assert_eq!(event["time"], changed.body["lastUpdateDate"]);
    assert_eq!(event["data"], changed.body, "as it was then, whatever has run since");

    let orange = case.oi.get(&format!("{ORANGE}/event")).await.expect(200);
    assert_eq!(orange.body[0]["id"], event["id"]);
    assert_eq!(orange.body[0]["data"]["statusChanges"][1]["status"], "IN_PROGRESS");
}

#[tokio::test]
async fn events_are_filtered_sorted_and_walked_as_tickets_are() {
    let (server, mut case) = one_ticket().await;
    let notes = format!("{}/note", case.path);
    for number in 0..3 {
        case.oi.post(&notes, &json!({"text": format!("N{number}")})).await.expect(201);
        server.clock.advance(jiff::SignedDuration::from_mins(5));
    }
    case.by_oi(&qualification()).await.expect(200);
    let oc = &case.oc;
    assert_eq!(types(oc, "").await, ["note.create", "note.create", "note.create", "update"]);
    assert_eq!(types(oc, "sort=-time&limit=2").await, ["update", "note.create"]);
    assert_eq!(types(oc, "type[regex]=update$").await, ["update"]);
    assert_eq!(types(oc, "data.text=N1").await, ["note.create"]);
    assert_eq!(types(oc, "data.status=IN_PROGRESS").await, ["update"]);
    assert_eq!(types(oc, "specversion=1.0&source[ne]=elsewhere&limit=1").await, ["note.create"]);
    let id = case.path.rsplit('/').next().unwrap();
    assert_eq!(types(oc, &format!("subject={id}")).await.len(), 4);
    assert_eq!(types(oc, "subject=another").await, [""; 0]);
    let few = oc.get(&format!("{INTEROP}/event?limit=1&fields=type,subject")).await.expect(200);
    assert_eq!(few.body, json!([{"type": "fr.interop.anomalieadresse.note.create", "subject": id}]));
    assert_eq!(
        oc.head(&format!("{INTEROP}/event?type[regex]=note")).await.expect(200).header("x-total-count"),
        "3"
    );

    // The client follows the pages while events are added.
    let mut next = Some(format!("{INTEROP}/event?limit=2"));
    let mut met = Vec::new();
    while let Some(address) = next {
        let page = oc.get(&address).await.expect(200);
        met.extend(
            page.body.as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()),
        );
        next = page
            .header("link")
            .split(", ")
            .find(|link| link.ends_with("rel=\"next\""))
            .and_then(|link| link.trim_start_matches('<').split('>').next())
            .and_then(|address| address.strip_prefix(&server.base))
            .map(str::to_owned);
        if met.len() < 8 {
            case.oi.post(&notes, &json!({"text": "late"})).await.expect(201);
        }
    }
    let unique: HashSet<_> = met.iter().collect();
    assert_eq!((unique.len(), met.len()), (6, 6), "four, and the two that came in on the way");
}

#[tokio::test]
async fn events_of_foreign_tickets_are_not_there() {
    let (server, mut case) = one_ticket().await;
    case.by_oi(&qualification()).await.expect(200);
    let id = case.oc.get(&format!("{INTEROP}/event")).await.expect(200).body[0]["id"].clone();
    let stranger = server.login("venu-oc").await;
    let listed = stranger.get(&format!("{INTEROP}/event?id={}", id.as_str().unwrap())).await.expect(200);
    assert_eq!((listed.body, listed.headers["x-total-count"].to_str().unwrap()), (json!([]), "0"));
    let request = stranger
        .request(reqwest::Method::GET, &format!("{INTEROP}/event"))
        .header("accept", "text/event-stream")
        .header("last-event-id", id.as_str().unwrap());
    assert_eq!(
        request.send().await.unwrap().status(),
        400,
        "it cannot be told apart from one that never was"
    );
    server.anonymous().get(&format!("{INTEROP}/event")).await.expect(401);
}

#[tokio::test]
async fn the_weights_of_accept_decide_between_a_page_and_a_stream() {
    let (_server, case) = one_ticket().await;
    let path = format!("{INTEROP}/event");
    for (accept, media) in [
        ("application/json, text/event-stream;q=0.1", "application/json"),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "application/json"),
        ("text/event-stream, application/json;q=0.5", "text/event-stream"),
    ] {
        let request = case.oc.request(reqwest::Method::GET, &path).header("accept", accept);
        let answer = request.send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (200, &media.parse().unwrap())
        );
    }
    for accept in ["text/event-stream;q=0", "text/html", "application/json;q=0"] {
        case.oc.send(reqwest::Method::GET, &path, &[("accept", accept)], None).await.expect(406);
    }
}

/// A stream of events, parsed like in a browser.
struct Stream {
    response: reqwest::Response,
    buffer: String,
}

impl Stream {
    async fn open(api: &Api, query: &str, last: Option<&str>) -> Self {
        let mut request = api
            .request(reqwest::Method::GET, &format!("{INTEROP}/event?{query}"))
            .header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, buffer: String::new() }
    }

    /// Returns the identifier and content of the next event, or `None` at the end of the stream.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                let found = field("id:").zip(field("data:"));
                self.buffer = rest.to_owned();
                match found {
                    Some((id, data)) => return Some((id, serde_json::from_str(&data).unwrap())),
                    // A comment that keeps the connection alive.
                    None => continue,
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk());
            let chunk = chunk.await.expect("an event in time").unwrap_or(None)?;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test]
async fn who_comes_back_with_the_last_event_misses_nothing_and_sees_nothing_twice() {
    let (_server, case) = one_ticket().await;
    let notes = format!("{}/note", case.path);
    case.oi.post(&notes, &json!({"text": "N0"})).await.expect(201);
    let writer = {
        let (oi, notes) = (case.oi.clone(), notes.clone());
        tokio::spawn(async move {
            for number in 1..40 {
                oi.post(&notes, &json!({"text": format!("N{number}")})).await.expect(201);
            }
        })
    };
    let (mut seen, mut last) = (Vec::new(), None);
    // A client whose connection breaks after every seventh event.
    while seen.len() < 40 {
        let mut stream = Stream::open(&case.oc, "", last.as_deref()).await;
        for _ in 0..7.min(40 - seen.len()) {
            let (id, event) = stream.next().await.expect("an event");
            assert_eq!(event["id"], id);
            seen.push(event["data"]["text"].as_str().unwrap().to_owned());
            last = Some(id);
        }
    }
    writer.await.unwrap();
    let expected: Vec<String> = (0..40).map(|number| format!("N{number}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_stream_shows_what_its_query_asks_for_and_ends_with_its_token() {
    let (server, mut case) = one_ticket().await;
    let mut stream = Stream::open(&case.oc, "type[regex]=update$&fields=id,type,data", None).await;
    case.oi.post(&format!("{}/note", case.path), &json!({"text": "not asked for"})).await.expect(201);
    case.by_oi(&qualification()).await.expect(200);
    let (_, event) = stream.next().await.expect("an event");
    assert_eq!(event["type"], "fr.interop.anomalieadresse.update");
    assert_eq!(event["data"]["status"], "IN_PROGRESS");
    assert_eq!(event.get("time"), None);

    let revoke = server
        .anonymous()
        .request(reqwest::Method::POST, "/oauth/revoke")
        .basic_auth("sfra-oc", Some(fixtures::SECRET))
        .form(&[("token", case.oc.token().unwrap())]);
    assert_eq!(revoke.send().await.unwrap().status(), 200);
    assert!(stream.next().await.is_none(), "nothing more is told to who lost its token");
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let mut server = TestServer::start().await;
    let case = Case::open(&server, &fixtures::modification()).await;
    case.oi.post(&format!("{}/note", case.path), &json!({"text": "one"})).await.expect(201);
    let mut stream = Stream::open(&case.oc, "", None).await;
    stream.next().await.expect("an event");
    server.stop();
    assert!(stream.next().await.is_none());
}
