//! A deleted individual leaves no trace in the files for any tool to read.

use std::path::Path;
use std::time::Duration;

use epissure_protocol::names::{IndividualId, OperatorCode, Version};
use epissure_store::suite::samples::author;
use epissure_store::{
    ClientId, Idempotency, IndividualChange, NewIndividual, Parties as _, Registered, Replaced,
};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

fn operator() -> OperatorCode {
    OperatorCode::parse("FTEL").expect("a code")
}

fn new(number: u128, given_name: &str, family_name: &str) -> NewIndividual {
    let document = json!({
        "givenName": given_name,
        "familyName": family_name,
        "fullName": format!("{given_name} {family_name}"),
        "partyCharacteristic": [{"name": "Category", "value": format!("friend of {family_name}")}],
    });
    let Value::Object(document) = document else { panic!("an object") };
    let contact_medium = json!([
        {"mediumType": "MAIL", "characteristic": {"emailAddress": format!("{given_name}.{family_name}@foo.com")}},
        {"mediumType": "PHONE", "characteristic": {"phoneNumber": format!("06{number:08}")}},
    ]);
    NewIndividual {
        id: IndividualId(Uuid::from_u128(number)),
        operator: operator(),
        document,
        contact_medium: Some(contact_medium),
        version: Version(Uuid::from_u128(number)),
        at: Timestamp::UNIX_EPOCH,
        idempotency: Some(Idempotency {
            client: ClientId("a-client".to_owned()),
            key: format!("key-{number}"),
            fingerprint: [1; 32],
            forget_before: Timestamp::MIN,
        }),
    }
}

const NUMBER: u128 = 77_777_777;

/// Creates a store with individuals, one of which was inserted, changed, analyzed by the planner,
/// and deleted.
async fn one_has_been_deleted(path: &Path) -> SqliteStore {
    let store = SqliteStore::open(&Settings::new(path.to_owned())).expect("a new database");
    let add = async |new| {
        assert_eq!(store.add_individual(new, &author()).await.expect("added"), Registered::Added);
    };
    for number in 0..300 {
        add(new(number, "Jack", &format!("Dalton{number}"))).await;
    }
    add(new(NUMBER, "Zyxwv", "Qzywx")).await;
    for number in 300..600 {
        add(new(number, "Joe", &format!("Dalton{number}"))).await;
    }
    let renamed = new(NUMBER, "Wqzjk", "Xkjqz");
    let change = IndividualChange {
        id: renamed.id,
        operator: operator(),
        document: renamed.document,
        contact_medium: renamed.contact_medium,
        version: Version(Uuid::from_u128(1)),
        expected: renamed.version,
    };
    assert_eq!(store.change_individual(change, &author()).await.expect("changed"), Replaced::Done);
    store.analyze().await.expect("analysed");
    let deleted = store.delete_individual(renamed.id, &operator(), None, &author()).await;
    assert_eq!(deleted.expect("deleted"), Replaced::Done);
    store
}

/// Traces of the deleted individual, before and after its change of name.
const TRACES: &[&str] =
    &["Zyxwv", "zyxwv", "Qzywx", "qzywx", "Wqzjk", "wqzjk", "Xkjqz", "xkjqz", "0677777777", "key-77777777"];

/// Occurrences in the audit: three writes (insert, change, delete), and two as the first version,
/// which has the same value here.
const AUDITED: usize = 3 + 2;

fn assert_no_trace(folder: &Path) {
    for file in std::fs::read_dir(folder).expect("a folder") {
        let path = file.expect("a file").path();
        // The readers' connections may still be closing: the last of them removes the log.
        let Ok(content) = std::fs::read(&path) else { continue };
        let times =
            |text: &str| content.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
        for trace in TRACES {
            assert_eq!(times(trace), 0, "{} still has {trace}", path.display());
        }
        // The identifier remains in the audit, with the author of the deletion, and in no other
        // file.
        if path.ends_with(FILE_NAME) {
            assert_eq!(times(&Uuid::from_u128(NUMBER).to_string()), AUDITED);
        }
    }
}

#[tokio::test]
async fn nothing_of_a_deleted_individual_is_left_in_the_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(FILE_NAME);
    drop(one_has_been_deleted(&path).await);
    assert_no_trace(folder.path());

    let database = Connection::open(&path).expect("opened");
    // The index stores the first trigram of each letter in full; this searches its raw bytes.
    let has = |trigram: &str| {
        let sql = "SELECT count(*) > 0 FROM individual_text_data WHERE instr(block, CAST(? AS BLOB)) > 0";
        database.query_row(sql, [trigram], |row| row.get::<_, bool>(0)).expect("looked for")
    };
    assert!(has("dal") && !has("wqz"));
    let check = "INSERT INTO individual_text (individual_text, rank) VALUES ('integrity-check', 1)";
    database.execute(check, []).expect("the trigrams are those of the rows that are left");
}

#[tokio::test]
async fn the_log_is_emptied_while_the_store_is_open() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(FILE_NAME);
    let store = one_has_been_deleted(&path).await;
    let log = folder.path().join(format!("{FILE_NAME}-wal"));
    while std::fs::metadata(&log).expect("the log is there").len() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_no_trace(folder.path());
    drop(store);
}
