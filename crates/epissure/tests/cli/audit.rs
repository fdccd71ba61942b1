//! The audit, as an auditor reads it.

use std::fs;

use serde_json::Value;

use crate::harness::{Api, Sandbox};

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_is_told_with_who_from_where_and_under_which_request() {
    let (sandbox, secret) = Sandbox::with_operators();
    let server = sandbox.serve(&[]);
    let oc = Api::login(&server.base, "oc", secret).await.expect("a token");
    let ticket = oc.open("1").await.expect("a ticket");
    let request = oc.http.post(format!("{}/anomalie-adresse/{ticket}/note", oc.base)).bearer_auth(&oc.token);
    let request =
        request.header("x-oapi-request-id", "r-1").json(&serde_json::json!({"text": "a secret word"}));
    assert_eq!(request.send().await.expect("an answer").status().as_u16(), 201);

    let all = sandbox.ok(&["audit", "export"]);
    let told = rows(&all);
    let actions: Vec<&str> = told.iter().map(|row| row["action"].as_str().expect("an action")).collect();
    assert_eq!(
        actions,
        [
            "operator.set",
            "organization.import",
            "operator.set",
            "organization.import",
            "client.add",
            "client.add",
            "ticket.open",
            "note.add"
        ]
    );
    assert!(told[..6].iter().all(|row| row["kind"] == "person"));
    let note = &told[7];
    for (member, expected) in [
        ("kind", "client"),
        ("author", "oc"),
        ("operator", "SFRA"),
        ("role", "oc"),
        ("address", "127.0.0.1"),
        ("request", "r-1"),
    ] {
        assert_eq!(note[member], expected);
    }
    assert!(
        !all.contains("a secret word") && !all.contains(secret),
        "it names things, and holds nothing of them"
    );

    let of_one = sandbox.ok(&["audit", "export", "--subject", &ticket]);
    assert_eq!(rows(&of_one).len(), 1);
    assert_eq!(rows(&of_one)[0]["action"], "ticket.open");
    assert_eq!(sandbox.ok(&["audit", "export", "--to", "2020-01-01"]), "");
    assert_eq!(rows(&sandbox.ok(&["audit", "export", "--from", "2020-01-01"])).len(), told.len());
}

#[test]
fn what_is_done_to_the_audit_is_seen() {
    let (sandbox, _) = Sandbox::with_operators();
    let whole = sandbox.json(&["audit", "verify", "--json"]);
    assert_eq!(whole["rows"], 6);
    let head = whole["head"].as_str().expect("a hash");
    assert!(sandbox.ok(&["audit", "verify", "--head", head]).contains("The audit is whole: 6 rows"));
    sandbox.ok(&["audit", "export", "audit.jsonl"]);
    assert!(sandbox.ok(&["audit", "verify", "--file", "audit.jsonl", "--head", head]).contains(head));
    assert!(sandbox.fails(1, &["audit", "export", "audit.jsonl"]).contains("does not exist"));

    let file = sandbox.path().join("audit.jsonl");
    let text = fs::read_to_string(&file).expect("the export");
    fs::write(&file, text.replacen("client.add", "client.adx", 1)).expect("changed");
    let said = sandbox.fails(1, &["audit", "verify", "--file", "audit.jsonl"]);
    assert!(said.contains("row 5 is not as it was written"), "{said}");

    let database = rusqlite::Connection::open(sandbox.database()).expect("the database");
    for tampering in
        ["DELETE FROM audit WHERE number = 6", "UPDATE audit SET author = 'mallory' WHERE number = 3"]
    {
        let refused = database.execute_batch(tampering).expect_err("refused").to_string();
        assert!(refused.contains("the audit is never"), "{refused}");
    }
    // Who owns the file can do even so; it is seen.
    database
        .execute_batch("DROP TRIGGER audit_is_never_shortened; DELETE FROM audit WHERE number = 6")
        .expect("done");
    assert_eq!(sandbox.json(&["audit", "verify", "--json"])["rows"], 5, "without the hash it cannot be seen");
    let said = sandbox.fails(1, &["audit", "verify", "--head", head]);
    assert!(said.contains("no row has the hash"), "{said}");
    database
        .execute_batch(
            "DROP TRIGGER audit_is_never_changed; UPDATE audit SET author = 'mallory' WHERE number = 3",
        )
        .expect("done");
    let said = sandbox.fails(1, &["audit", "verify"]);
    assert!(said.contains("row 3 is not as it was written"), "{said}");
}
