//! Notes under tickets.

use epissure_testkit::{TestServer, fixtures};
use serde_json::{Value, json};

use super::{Case, INTEROP, ORANGE, one_ticket};

fn texts(body: &Value) -> Vec<&str> {
    body.as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_note_is_seen_by_both_sides_in_both_dialects() {
    let (_server, case) = one_ticket().await;
    let notes = format!("{}/note", case.path);
    let added =
        case.oc.post(&notes, &json!({"text": "Which staircase?", "author": "FTEL"})).await.expect(201);
    assert_eq!(added.body["author"], "SFRA", "who writes is who asks");
    assert_eq!(added.header("etag"), format!("\"{}\"", added.body["id"].as_str().unwrap()));
    case.oi.post(&notes, &json!({"text": "The second."})).await.expect(201);

    let id = case.path.rsplit('/').next().unwrap();
    for (api, mount) in [(&case.oc, INTEROP), (&case.oi, ORANGE)] {
        let listed = api.get(&format!("{mount}/{id}/note")).await.expect(200);
        assert_eq!(texts(&listed.body), ["Which staircase?", "The second."]);
        assert_eq!(listed.body[0]["relatedEntity"][0]["id"], *id);
        assert_eq!((listed.header("x-total-count"), listed.header("x-result-count")), ("2", "2"));
        let counted = api.head(&format!("{mount}/{id}/note")).await.expect(200);
        assert_eq!((counted.header("x-total-count"), counted.text.as_str()), ("2", ""));
    }
    assert_eq!(case.oc.get(&notes).await.expect(200).body[0], added.body);
}

#[tokio::test]
async fn notes_are_filtered_sorted_and_paged_as_tickets_are() {
    let (server, case) = one_ticket().await;
    let notes = format!("{}/note", case.path);
    for number in 0..5 {
        case.oc.post(&notes, &json!({"text": format!("N{number}"), "rank": number % 2})).await.expect(201);
        server.clock.advance(jiff::SignedDuration::from_mins(5));
    }
    let ask = |query: &str| {
        let (oc, address) = (case.oc.clone(), format!("{notes}?{query}"));
        async move { oc.get(&address).await.expect(200) }
    };
    assert_eq!(texts(&ask("text[regex]=[13]").await.body), ["N1", "N3"]);
    assert_eq!(texts(&ask("rank[eq,num]=0&sort=-date").await.body), ["N4", "N2", "N0"]);
    assert_eq!(texts(&ask("sort=-rank").await.body), ["N3", "N1", "N4", "N2", "N0"]);
    assert_eq!(texts(&ask("sort=rank,-text").await.body), ["N4", "N2", "N0", "N3", "N1"]);
    let first = ask("limit=1").await.body[0]["date"].as_str().unwrap().replace('+', "%2B");
    assert_eq!(texts(&ask(&format!("date[gt]={first}&limit=2")).await.body), ["N1", "N2"]);
    let page = ask("limit=2&offset=2&fields=text").await;
    assert_eq!(page.body, json!([{"text": "N2"}, {"text": "N3"}]));
    assert_eq!(page.header("x-total-count"), "5");
    let base = format!("{}{notes}?fields=text", server.base);
    assert_eq!(
        page.header("link"),
        format!(
            "<{base}&offset=0&limit=2>; rel=\"first\", <{base}&offset=0&limit=2>; rel=\"prev\", \
             <{base}&offset=4&limit=2>; rel=\"next\", <{base}&offset=4&limit=2>; rel=\"last\""
        )
    );
    case.oc.get(&format!("{notes}?cursor=abc")).await.expect(400);
    case.oc.get(&format!("{notes}?text[nonsense]=x")).await.expect(400);
}

#[tokio::test]
async fn a_note_that_cannot_be_read_or_placed_is_refused() {
    let (server, mut case) = one_ticket().await;
    let notes = format!("{}/note", case.path);
    let refused = case.oc.post(&notes, &json!({})).await.expect(400);
    assert_eq!(
        (&refused.body["code"], &refused.body["message"]),
        (&json!("23"), &json!("The field text is required"))
    );
    case.oc.post(&notes, &json!({"text": "x".repeat(10_001)})).await.expect(400);
    let missing = format!("{INTEROP}/22e61758-924d-4ad7-b259-e4fcb1ea8808/note");
    case.oc.post(&missing, &json!({"text": "x"})).await.expect(404);
    case.oc.get(&missing).await.expect(404);
    case.oc.get(&format!("{INTEROP}/nonsense/note")).await.expect(400);

    let stranger = server.login("venu-oc").await;
    for answer in [
        stranger.get(&notes).await,
        stranger.head(&notes).await,
        stranger.post(&notes, &json!({"text": "x"})).await,
        stranger.post(&notes, &json!({})).await,
    ] {
        assert_eq!(answer.status, 404, "a foreign ticket is not there: {}", answer.text);
    }

    case.by_oc(&json!({"status": "CANCELED", "statusChangeDetails": "opened by mistake"})).await.expect(200);
    let closed = case.oc.post(&notes, &json!({"text": "too late"})).await.expect(403);
    assert_eq!(closed.body["code"], "50");
    assert_eq!(case.oc.get(&notes).await.expect(200).body, json!([]));
}

#[tokio::test]
async fn a_repeated_note_is_added_once() {
    let (_server, case) = one_ticket().await;
    let notes = format!("{}/note", case.path);
    let send = |text: &'static str| {
        let request = case
            .oc
            .request(reqwest::Method::POST, &notes)
            .header("idempotency-key", "k-1")
            .header("content-type", "application/json")
            .body(json!({"text": text}).to_string());
        let oc = case.oc.clone();
        async move { oc.send_built(request).await }
    };
    let first = send("once").await.expect(201);
    let again = send("once").await.expect(201);
    assert_eq!(first.body, again.body);
    send("another").await.expect(409);
    assert_eq!(case.oc.head(&notes).await.expect(200).header("x-total-count"), "1");
    // Keys are unique for a client, across operations: this one belongs to the note.
    let request = case
        .oc
        .request(reqwest::Method::POST, INTEROP)
        .header("idempotency-key", "k-1")
        .header("content-type", "application/json")
        .body(fixtures::modification().to_string());
    case.oc.send_built(request).await.expect(409);
}

#[tokio::test]
async fn a_token_to_read_does_not_write_a_note() {
    let server = TestServer::start().await;
    let case = Case::open(&server, &fixtures::modification()).await;
    let reader = server.login_for("sfra-oc", "interop:anomalie-adresse:readonly").await;
    let notes = format!("{}/note", case.path);
    reader.get(&notes).await.expect(200);
    let refused = reader.post(&notes, &json!({"text": "x"})).await.expect(403);
    assert_eq!(refused.body["code"], "50");
}
