use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::harness::{Api, Sandbox, command, run_reading};

const MOUNT: &str = "/united-way/party-management/v1";

/// Writes a file into the sandbox.
fn write(sandbox: &Sandbox, name: &str, content: impl AsRef<[u8]>) {
    fs::write(sandbox.path().join(name), content).expect("written");
}

fn lines(documents: &[Value]) -> String {
    documents.iter().map(|document| format!("{document}\n")).collect()
}

fn organization(name: &str, siren: &str) -> Value {
    json!({
        "@type": "Organization",
        "name": name,
        "organizationIdentification": [{"identificationType": "siren", "identificationId": siren}],
    })
}

fn individual(given_name: &str, reference: &str) -> Value {
    json!({
        "@type": "Individual",
        "givenName": given_name,
        "familyName": "Dalton",
        "externalReference": [{"externalReferenceType": "hr", "name": reference}],
        "partyCharacteristic": [{"name": "Category", "valueType": "STRING", "value": "operatorInterlocutor"}],
    })
}

/// Returns the counts of a report: added, updated, unchanged, refused.
fn counts(report: &Value) -> [u64; 4] {
    ["added", "updated", "unchanged", "refused"].map(|count| report[count].as_u64().expect("a count"))
}

#[tokio::test]
async fn a_directory_is_imported_while_a_server_runs_and_twice_adds_nothing() {
    let (sandbox, secret) = Sandbox::with_operators();
    let server = sandbox.serve(&[]);
    let mut people = vec![organization("Lilas", "732829320")];
    people.extend((0..450).map(|number| individual(&format!("Jack {number}"), &number.to_string())));
    write(&sandbox, "people.jsonl", lines(&people));
    let import = &["party", "import", "people.jsonl", "--operator", "SFRA"];
    assert_eq!(sandbox.ok(import), "added      451\nupdated    0\nunchanged  0\nrefused    0\n");
    assert_eq!(sandbox.ok(import), "added      0\nupdated    0\nunchanged  451\nrefused    0\n");

    let api = Api::login(&server.base, "oc", secret).await.expect("a token");
    let ask = async |query: &str| api.get(&format!("{MOUNT}/{query}")).await;
    let (status, found) = ask("individual?fullName=Jack%207%20Dalton").await;
    assert_eq!((status, &found[0]["givenName"]), (200, &json!("Jack 7")));
    let id = found[0]["id"].as_str().expect("an id").to_owned();
    let (_, found) = ask("organization?name*=*lil*&fields=name").await;
    assert_eq!(found[0]["name"], "Lilas");

    // Changed parties are updated and keep their identifier.
    people[8]["gender"] = json!("MALE");
    write(&sandbox, "people.jsonl", lines(&people));
    let mut again = import.to_vec();
    again.push("--json");
    assert_eq!(counts(&sandbox.json(&again)), [0, 1, 450, 0]);
    assert_eq!(ask(&format!("individual/{id}")).await.1["gender"], "MALE");

    // Individuals belong to one operator; the same reference at another operator is a different
    // individual.
    let other = Api::login(&server.base, "oi", secret).await.expect("a token");
    assert_eq!(other.get(&format!("{MOUNT}/individual/{id}")).await.0, 404);
    let theirs = &["party", "import", "people.jsonl", "--operator", "FTEL", "--json"];
    assert_eq!(counts(&sandbox.json(theirs)), [450, 0, 1, 0]);

    let checked = sandbox.json(&["database", "check", "--json"]);
    assert_eq!((&checked["organizations"], &checked["individuals"]), (&json!(3), &json!(900)));
}

#[test]
fn lines_that_are_refused_are_told_with_their_reasons_and_the_others_are_kept() {
    let (sandbox, _) = Sandbox::with_operators();
    let id = "de76cfa1-9a55-412f-a9ee-61ca2f662a63";
    write(
        &sandbox,
        "parties.jsonl",
        [
            organization("Lilas", "732829320").to_string(),
            json!({"@type": "Individual", "id": id, "givenName": "Jack", "familyName": "Dalton"}).to_string(),
            String::new(),
            json!({"familyName": "Dalton", "contactMedium": [{"mediumType": "FAX"}]}).to_string(),
            json!({"givenName": "Joe", "familyName": "Dalton"}).to_string(),
            json!({"name": "Nobody's"}).to_string(),
            json!({"@type": "Person", "familyName": "Dalton"}).to_string(),
            "{\"name\": ".to_owned(),
            "[]".to_owned(),
            format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024)),
            organization("Menthe", "732829321").to_string(),
            organization("Anis", "1").to_string(),
        ]
        .join("\n"),
    );
    let import =
        &["party", "import", "parties.jsonl", "--operator", "FTEL", "--refused", "refused.jsonl", "--json"];
    let ran = sandbox.run(import);
    assert_eq!(ran.status, 1);
    assert_eq!(
        ran.stderr,
        "error: 8 of 11 parties were refused; the others are kept\n\
         refused.jsonl says why of each. Import them again once they are right.\n"
    );
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    insta::assert_snapshot!("party-refused", serde_json::to_string_pretty(&report).unwrap());

    let file = sandbox.path().join("refused.jsonl");
    assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
    let written: Vec<Value> = fs::read_to_string(&file)
        .expect("read")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(Value::Array(written), report["refusals"]);

    // An existing file is not overwritten, and no empty one remains.
    assert!(sandbox.fails(1, import).contains("is not overwritten"));
    write(&sandbox, "fine.jsonl", lines(&[organization("Lilas", "732829320")]));
    sandbox.ok(&["party", "import", "fine.jsonl", "--refused", "none.jsonl"]);
    assert!(!sandbox.path().join("none.jsonl").exists());

    // The identifier of another operator's individual is refused.
    let stolen = json!({"@type": "Individual", "id": id, "givenName": "Joe", "familyName": "Dalton"});
    write(&sandbox, "stolen.jsonl", lines(&[stolen]));
    let ran = sandbox.run(&["party", "import", "stolen.jsonl", "--operator", "SFRA"]);
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (
            1,
            "added      0\nupdated    0\nunchanged  0\nrefused    1\n\n\
             Refused:\n  line 1: Its id is that of another operator's individual\n"
        )
    );
}

#[test]
fn the_first_twenty_refused_lines_are_shown() {
    let (sandbox, _) = Sandbox::with_operators();
    write(&sandbox, "parties.jsonl", "{\"name\": 1}\n".repeat(33));
    let ran = sandbox.run(&["party", "import", "parties.jsonl"]);
    assert_eq!(ran.status, 1);
    assert_eq!(ran.stdout.matches("  line ").count(), 20);
    assert!(ran.stdout.contains("  line 20: ") && ran.stdout.ends_with("  and 13 more\n"), "{}", ran.stdout);
    assert!(ran.stderr.contains("33 of 33") && ran.stderr.contains("--refused FILE"), "{}", ran.stderr);
}

#[test]
fn individuals_need_an_operator_that_is_known() {
    let (sandbox, _) = Sandbox::with_operators();
    let mut parties: Vec<Value> =
        (0..1100).map(|number| organization("Lilas", &format!("9{number:08}"))).collect();
    parties.push(individual("Jack", "1"));
    write(&sandbox, "parties.jsonl", lines(&parties));
    let said = sandbox.fails(2, &["party", "import", "parties.jsonl"]);
    assert_eq!(
        said,
        "error: line 1101 is an individual, and individuals belong to an operator\n\
         Say to which one: --operator CODE.\n\
         The 1000 parties before stay imported: import the whole file again, it adds nothing twice.\n"
    );
    let said = sandbox.fails(2, &["party", "import", "parties.jsonl", "--operator", "NONE"]);
    assert!(said.contains("epissure operator add NONE"), "{said}");
    let again = sandbox.json(&["party", "import", "parties.jsonl", "--operator", "SFRA", "--json"]);
    assert_eq!(counts(&again), [101, 0, 1000, 0]);
}

#[tokio::test]
async fn tables_are_imported_as_spreadsheets_write_them() {
    let (sandbox, secret) = Sandbox::with_operators();
    write(
        &sandbox,
        "organizations.csv",
        "\u{feff}name;isHeadOffice;siren;rceId\r\n\"Lilas; fils\";true;732829320;R1\r\n;;;\r\nMenthe;oui;;R2\r\n",
    );
    let ran = sandbox.run(&["party", "import", "organizations.csv", "--json"]);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((ran.status, counts(&report)), (1, [1, 0, 0, 1]));
    assert_eq!(
        report["refusals"],
        json!([{"line": 4, "reasons": ["The field isHeadOffice must be true or false"]}])
    );

    let people = "externalReference,givenName,familyName,category,mobile,email,street1,city\n\
                  1,Jack,Dalton,operatorInterlocutor,0639980001,jack@foo.example,\"1, rue de la paix\",Paris\n";
    let import = ["party", "import", "-", "--operator", "SFRA", "--json"];
    let report = run_reading(command(sandbox.path(), &import), people);
    assert_eq!(counts(&serde_json::from_str(&report).expect("JSON")), [1, 0, 0, 0]);

    let server = sandbox.serve(&[]);
    let api = Api::login(&server.base, "oc", secret).await.expect("a token");
    let (_, mut found) = api
        .get(&format!(
            "{MOUNT}/individual?partyCharacteristic.name=Category&partyCharacteristic.value=operatorInterlocutor"
        ))
        .await;
    for generated in ["id", "href"] {
        found[0][generated].take();
    }
    insta::assert_snapshot!("party-of-a-table", serde_json::to_string_pretty(&found).unwrap());
}

#[tokio::test]
async fn an_operator_stays_an_organization_of_the_directory() {
    let (sandbox, secret) = Sandbox::with_operators();
    sandbox.ok(&["operator", "add", "ARTD", "--name", "Both", "--oi", "--siren", "732829320"]);
    write(&sandbox, "companies.csv", "name;siren;organizationType\nBoth & Sons;732829320;COMPANY\n");
    let import = &["party", "import", "companies.csv", "--json"];
    assert_eq!(counts(&sandbox.json(import)), [0, 1, 0, 0]);
    assert_eq!(counts(&sandbox.json(import)), [0, 0, 1, 0]);
    let server = sandbox.serve(&[]);
    let api = Api::login(&server.base, "oc", secret).await.expect("a token");
    let pair = "organizationIdentification.identification";
    let (_, found) = api.get(&format!("{MOUNT}/organization?{pair}Type=codeArcepRip&{pair}Id=ARTD")).await;
    assert_eq!(
        (&found[0]["name"], &found[0]["organizationType"]),
        (&json!("Both & Sons"), &json!("COMPANY"))
    );
}

#[test]
fn a_file_that_is_none_is_told_before_anything_is_written() {
    let (sandbox, _) = Sandbox::with_operators();
    write(&sandbox, "array.json", "[\n{}]");
    write(&sandbox, "table.csv", "name,colour\nLilas,red\n");
    write(&sandbox, "latin.csv", b"name;caf\xE9\n");
    write(&sandbox, "empty", "");
    for (file, advice) in [
        ("array.json", "jq -c '.[]'"),
        ("table.csv", "`colour`"),
        ("latin.csv", "UTF-8"),
        ("nowhere", "cannot be opened"),
        (".", "is a folder"),
    ] {
        let said = sandbox.fails(1, &["party", "import", file, "--refused", "refused.jsonl"]);
        assert!(said.contains(advice), "{file}: {said}");
        assert!(!sandbox.path().join("refused.jsonl").exists(), "{file}");
    }
    assert_eq!(counts(&sandbox.json(&["party", "import", "empty", "--json"])), [0, 0, 0, 0]);
    sandbox.fails(1, &["party", "import", "empty", "--data", "elsewhere"]);
}
