//! Verification of the audit, as an auditor runs it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use epissure_store::AuditRow;
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
    assert!(sandbox.ok(&["audit", "verify", "--head", head]).contains("The audit is complete: 6 rows"));
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
        assert!(refused.contains("the audit is"), "{refused}");
    }
    // The owner of the file can still delete rows; verification detects it.
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

/// Changes a row directly in the database and recomputes every later hash, as an attacker with
/// write access could.
fn rewrite_and_chain_again(database: &rusqlite::Connection, number: i64) {
    let read = |row: &rusqlite::Row<'_>| {
        let at: i64 = row.get(1)?;
        Ok(AuditRow {
            number: row.get(0)?,
            at: jiff::Timestamp::from_millisecond(at).expect("an instant"),
            kind: row.get(2)?,
            author: row.get(3)?,
            operator: row.get(4)?,
            role: row.get(5)?,
            address: row.get(6)?,
            request: row.get(7)?,
            action: row.get(8)?,
            subject: row.get(9)?,
            before: row.get(10)?,
            after: row.get(11)?,
            previous: row.get(12)?,
            hash: row.get(13)?,
        })
    };
    database.execute_batch("DROP TRIGGER IF EXISTS audit_is_never_changed").expect("dropped");
    let mut statement = database
        .prepare(
            "SELECT number, at, kind, author, operator, role, address, request, action, subject, before, after,
                 previous, hash FROM audit ORDER BY number",
        )
        .expect("a statement");
    let rows: Vec<AuditRow> =
        statement.query_map([], read).expect("rows").map(|row| row.expect("a row")).collect();
    let mut previous = AuditRow::NONE.to_owned();
    for mut row in rows {
        if row.number == number {
            row.author = Some("mallory".to_owned());
        }
        row.previous.clone_from(&previous);
        row.hash = row.computed();
        database
            .execute(
                "UPDATE audit SET author = ?1, previous = ?2, hash = ?3 WHERE number = ?4",
                (&row.author, &row.previous, &row.hash, row.number),
            )
            .expect("rewritten");
        previous = row.hash;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_rewritten_and_chained_again_are_found_by_the_key_that_is_not_in_the_database() {
    let (sandbox, _) = Sandbox::with_operators();
    let server = sandbox.serve(&[]);
    let key = sandbox.path().join("epissure-data").join("audit.key");
    let sealed = || sandbox.json(&["audit", "verify", "--json"])["sealed"].as_i64();
    for _ in 0..100 {
        if sealed() == Some(6) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(sealed(), Some(6), "a server seals the audit when it starts");
    let mode = fs::metadata(&key).expect("the key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(server);
    let said = sandbox.ok(&["audit", "verify"]);
    assert!(said.contains("Authenticated by the key up to number 6"), "{said}");

    let database = rusqlite::Connection::open(sandbox.database()).expect("the database");
    rewrite_and_chain_again(&database, 3);
    let said = sandbox.fails(1, &["audit", "verify"]);
    assert!(said.contains("row 6 is not the one that was sealed"), "{said}");
    database.execute_batch("DELETE FROM audit_seal").expect("deleted");
    let said = sandbox.fails(1, &["audit", "verify"]);
    assert!(said.contains("no row has the hash"), "beside the key the last sealed hash is kept: {said}");
    let said = sandbox.fails(1, &["database", "check"]);
    assert!(said.contains("audit_is_never_changed"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_oldest_rows_are_cut_once_they_are_exported() {
    let (sandbox, _) = Sandbox::with_operators();
    let said = sandbox.fails(1, &["audit", "cut", "--before", "2100-01-01", "old.jsonl"]);
    assert!(said.contains("there is no audit key"), "{said}");
    drop(sandbox.serve(&[]));
    let none = sandbox.ok(&["audit", "cut", "--before", "2020-01-01", "none.jsonl"]);
    assert!(none.contains("No row is that old"), "{none}");
    let said = sandbox.ok(&["audit", "cut", "--before", "2100-01-01", "old.jsonl"]);
    assert!(said.contains("6 rows written to old.jsonl, and 6 deleted"), "{said}");
    let old = fs::read_to_string(sandbox.path().join("old.jsonl")).expect("the export");
    assert_eq!(rows(&old).len(), 6);
    let left = rows(&sandbox.ok(&["audit", "export"]));
    assert_eq!((left.len(), left[0]["action"].as_str()), (1, Some("audit.cut")));
    assert_eq!(left[0]["previous"], rows(&old)[5]["hash"], "the rest follows the export");
    assert_eq!(sandbox.json(&["audit", "verify", "--json"])["rows"], 1);
    let database = rusqlite::Connection::open(sandbox.database()).expect("the database");
    let refused = database.execute_batch("DELETE FROM audit").expect_err("refused").to_string();
    assert!(refused.contains("up to a checkpoint only"), "{refused}");
}
