//! Failing disks, and restored databases.

use std::fs;

use serde_json::json;

use super::{attach, check, held};
use crate::one_ticket;

#[tokio::test]
async fn a_place_that_takes_nothing_is_503_and_serves_again_when_it_does() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let incoming = server.attachments().join("incoming");
    fs::write(&incoming, "in the way").unwrap();
    let refused = attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a;b\n").await.expect(503);
    assert_eq!(refused.header("retry-after"), "5");
    assert!(!refused.text.contains("incoming"), "where it is written is not told: {}", refused.text);
    assert_eq!(case.oc.get(&path).await.expect(200).body, json!([]));
    fs::remove_file(&incoming).unwrap();
    attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a;b\n").await.expect(201);
    assert_eq!(check(&server).await, 1);
}

#[tokio::test]
async fn bytes_that_are_not_those_that_arrived_are_no_ones_fault_and_stay_pending() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    attach(&case.oc, &path, &json!({"name": "a.csv"}), b"a;b\n").await.expect(201);
    let file = server.attachments().join(&held(&server)[0]);
    fs::write(&file, b"a;c\n").unwrap();
    assert_eq!(check(&server).await, 0);
    assert_eq!(case.oc.get(&path).await.expect(200).body[0]["status"], "PENDING");
    fs::write(&file, b"a;b\n").unwrap();
    server.clock.advance(jiff::SignedDuration::from_secs(10));
    assert_eq!(check(&server).await, 1);
}

#[tokio::test]
async fn what_was_found_good_after_the_database_was_copied_is_found_again_and_checked_again() {
    let (server, case) = one_ticket().await;
    let path = format!("{}/attachment", case.path);
    let page = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    attach(&case.oc, &path, &json!({"name": "a.svg"}), page).await.expect(201);
    assert_eq!(check(&server).await, 1);
    for name in ["b.svg", "c.csv", "d.svg"] {
        let file: &[u8] = if name == "d.svg" { b"<svg xmlns=\"other\"/>" } else { page };
        attach(&case.oc, &path, &json!({"name": name}), file).await.expect(201);
    }
    // The server with the lost database has checked the files and removed the uploads.
    fs::remove_dir_all(server.attachments().join("incoming")).unwrap();
    check(&server).await;
    let listed = case.oc.get(&format!("{path}?fields=name,status")).await.expect(200);
    assert_eq!(
        listed.body,
        json!([
            {"name": "a.svg", "status": "VALIDATED"},
            {"name": "b.svg", "status": "VALIDATED"},
            {"name": "c.csv", "status": "REJECTED"},
            {"name": "d.svg", "status": "PENDING"}
        ]),
        "good as one kind is not good as another, and what is nowhere waits"
    );
}
