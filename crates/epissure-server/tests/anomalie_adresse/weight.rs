//! Limits on the size of a resource, a page and a change.

use epissure_protocol::issues::MODIFICATION;
use epissure_testkit::{Api, TestServer, fixtures};
use serde_json::{Value, json};

use super::{Case, INTEROP, ORANGE, one_ticket};

const KIBIBYTE: usize = 1024;
/// Number of tickets of about 600 kB that exceed a page.
const TICKETS: usize = 18;

/// Adds an extension member of this many bytes to an object.
fn with_extension(mut object: Value, bytes: usize) -> Value {
    object["extra"] = "y".repeat(bytes).into();
    object
}

/// Asserts that a body is refused for the size of its extension members.
async fn assert_too_heavy(api: &Api, path: &str, body: &Value, limit: usize) {
    let refused = api.post(path, body).await.expect(400);
    assert_eq!(refused.body["code"], "24", "{}", refused.text);
    let message = refused.body["message"].as_str().unwrap();
    assert!(message.contains(&format!("at most {limit} are accepted")), "{message}");
}

#[tokio::test]
async fn extension_members_of_a_ticket_weigh_64_kib_at_most_at_every_level() {
    let server = TestServer::start().await;
    let case = Case::open(&server, &with_extension(fixtures::modification(), 63 * KIBIBYTE)).await;
    let heavy = |pointer: &str| {
        let mut body = fixtures::creation();
        body["relatedParty"] = json!([{"id": "p1"}]);
        body["building"]["neighbor"] = json!({"id": "IMB/09001/X/000E"});
        let within = body.pointer_mut(pointer).unwrap();
        *within = with_extension(within.take(), 64 * KIBIBYTE);
        body
    };
    for pointer in [
        "",
        "/building",
        "/building/address",
        "/building/geographicLocation/0",
        "/building/neighbor",
        "/relatedParty/0",
    ] {
        assert_too_heavy(&case.oc, INTEROP, &heavy(pointer), 64 * KIBIBYTE).await;
    }
    let mut body = fixtures::creation();
    body["building"]["address"]["city"] = "y".repeat(70 * KIBIBYTE).into();
    assert_too_heavy(&case.oc, INTEROP, &body, 64 * KIBIBYTE).await;
    for pointer in ["/relatedEntity/0", "/issues/building.address.streetNr"] {
        let mut body = fixtures::modification();
        let within = body.pointer_mut(pointer).unwrap();
        *within = with_extension(within.take(), 64 * KIBIBYTE);
        assert_too_heavy(&case.oc, INTEROP, &body, 64 * KIBIBYTE).await;
    }
    // The limit applies to the sum of all patches.
    let refused = case.oc.patch(&case.path, &case.etag, &json!({"z": "y".repeat(2 * KIBIBYTE)})).await;
    assert_eq!(refused.expect(400).body["code"], "24");
}

#[tokio::test]
async fn extension_members_of_a_note_weigh_16_kib_at_most() {
    let (_server, case) = one_ticket().await;
    let notes = format!("{}/note", case.path);
    let note = json!({"text": "Which staircase?"});
    case.oc.post(&notes, &with_extension(note.clone(), 16_300)).await.expect(201);
    assert_too_heavy(&case.oc, &notes, &with_extension(note, 16 * KIBIBYTE), 16 * KIBIBYTE).await;
}

#[tokio::test]
async fn a_page_ends_at_8_mib_and_its_cursor_leads_to_the_rest() {
    let server = TestServer::start().await;
    let oc = server.login("sfra-oc").await;
    let mut opened = Vec::new();
    for number in 0..TICKETS {
        // Members of the contract may have this size: each correction has a long description.
        let mut body = with_extension(fixtures::bulk_modification(), 60 * KIBIBYTE);
        body["externalId"] = format!("N{number}").into();
        let long = json!({"description": "\u{1f3e0}".repeat(10_000)});
        for key in MODIFICATION.iter().filter(|key| key.key != "building.address.city") {
            body["issues"][key.key] = long.clone();
        }
        opened.push(oc.post(INTEROP, &body).await.expect(201).body["id"].clone());
    }
    let each = oc.get(&format!("{INTEROP}/{}", opened[0].as_str().unwrap())).await.text.len();
    for mount in [INTEROP, ORANGE] {
        let mut next = format!("{mount}?limit=100");
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let page = oc.get(&next).await.expect(200);
            // The limit applies to the stored size; each dialect adds members.
            assert!(page.text.len() < 12 * 1024 * KIBIBYTE, "{}", page.text.len());
            assert_eq!(page.header("x-total-count"), TICKETS.to_string());
            seen.extend(page.body.as_array().unwrap().iter().map(|ticket| ticket["id"].clone()));
            pages += 1;
            let link = page.header("link");
            let Some(link) = link.split(", ").find(|link| link.contains("rel=\"next\"")) else { break };
            next = link[server.base.len() + 1..link.find('>').unwrap()].to_owned();
        }
        assert_eq!(seen, opened, "{mount}: each ticket once, in the order of their creation");
        assert_eq!(pages, 2, "of tickets of {each} bytes");
    }
}

#[tokio::test]
async fn a_change_that_changes_nothing_leaves_no_version_no_event_and_no_audit_row() {
    let (server, case) = one_ticket().await;
    let before = case.oc.get(&case.path).await.expect(200);
    let audit = server.app.store.audit(0, 1000).await.unwrap().len();
    for body in [json!({}), json!({"description": "The number is wrong"}), json!({"externalId": null})] {
        for api in [&case.oc, &case.oi] {
            let answer = api.patch(&case.path, &case.etag, &body).await.expect(200);
            assert_eq!(
                (answer.header("etag"), &answer.body["description"]),
                (&*case.etag, &before.body["description"])
            );
        }
    }
    assert_eq!(case.oc.get(&case.path).await.expect(200).body, before.body);
    assert_eq!(case.oc.get(&format!("{INTEROP}/event")).await.header("x-total-count"), "0");
    assert_eq!(server.app.store.audit(0, 1000).await.unwrap().len(), audit);
    let stale = case.oc.patch(&case.path, "\"22e61758-924d-4ad7-b259-e4fcb1ea8808\"", &json!({})).await;
    stale.expect(412);
}
