use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use crate::harness::{Api, Sandbox, command, signal, wait};

/// Titles in the transcript, in order.
const STEPS: &[&str] = &[
    "── 1. Both sides obtain a token",
    "HTTP/1.1 200 OK",
    "OC=$(curl",
    "OI=$(curl",
    "── 2. The OC opens a ticket",
    "$ curl -sSi -X POST 'http://127.0.0.1:",
    "HTTP/1.1 201 Created",
    "Location: http://127.0.0.1:",
    "ETag: \"",
    "\"status\": \"ACKNOWLEDGED\"",
    "── 3. The OI looks at its queue",
    "X-Total-Count: ",
    "$ curl -sSgI '",
    "X-Total-Count: ",
    "── 4. The OI reads the ticket",
    "postcode-insee-mismatch",
    "── 5. A refusal that teaches",
    "HTTP/1.1 403 Forbidden",
    "CANCELED (OC_CANCELATION)",
    "── 6. The OI qualifies",
    "\"status\": \"IN_PROGRESS\"",
    "── 7. Another refusal that teaches",
    "HTTP/1.1 412 Precondition Failed",
    "── 8. The OI asks",
    "\"status\": \"PENDING\"",
    "── 9. The OC answers",
    "INFORMATION_PROVIDED",
    "── 10. The OI takes it up again",
    "\"status\": \"RESOLVED\"",
    "── 11. The OC refuses",
    "RESOLUTION_REFUSED",
    "── 12. The OI corrects",
    "\"status\": \"RESOLVED\"",
    "── 13. The OC accepts",
    "\"status\": \"CLOSED\"",
    "── 14. What remains",
    "\"statusChanges\": [",
    "── 15. Meanwhile, the OC's own server was told",
    "update  ",
    "FTEL",
    "signed",
    "── 16. Beside the tickets",
    "identificationId=999000029&fields=name'",
    "X-Total-Count: 1\nX-Result-Count: 1",
    "\"name\": \"Fournisseur Exemple du Nord\"",
    "partyCharacteristic.value=operatorInterlocutor&fullName*=*vais*&",
    "X-Result-Count: 3",
    "vais\"",
];

#[test]
fn a_demo_plays_the_whole_life_of_a_ticket_and_is_kept() {
    let sandbox = Sandbox::new();
    let told = sandbox.ok(&["demo", "--once", "--listen", "127.0.0.1:0"]);
    let mut rest = told.as_str();
    for step in STEPS {
        let at =
            rest.find(step).unwrap_or_else(|| panic!("{step} is missing after its predecessor:\n{rest}"));
        rest = &rest[at + step.len()..];
    }
    assert!(!sandbox.path().join("epissure-data").exists());

    let check = &["database", "check", "--json", "--data", "epissure-demo"];
    let first = sandbox.json(check);
    assert_eq!((&first["sound"], first["tickets"].as_u64()), (&true.into(), Some(301)));
    assert_eq!((first["operators"].as_u64(), first["clients"].as_u64()), (Some(4), Some(5)));
    assert_eq!((first["organizations"].as_u64(), first["individuals"].as_u64()), (Some(1754), Some(1000)));

    let again = sandbox.ok(&["demo", "--once", "--listen", "127.0.0.1:0"]);
    assert_eq!(sandbox.json(check)["tickets"].as_u64(), Some(302), "its tickets are kept");
    let secret =
        |told: &str| told.split("sfra-oc:").nth(1).and_then(|rest| Some(rest.split('\'').next()?.to_owned()));
    assert!(secret(&told).is_some_and(|secret| secret.starts_with("epi_cs_")));
    assert_ne!(secret(&told), secret(&again), "its clients have fresh secrets");
}

#[test]
fn a_folder_that_is_not_a_demo_s_is_not_touched() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path().join("epissure-demo")).expect("a folder");
    fs::write(sandbox.path().join("epissure-demo/epissure.sqlite"), "precious").expect("written");
    let said = sandbox.fails(1, &["demo", "--once", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("it is not touched") && said.contains("--data"), "{said}");
    let kept = fs::read_to_string(sandbox.path().join("epissure-demo/epissure.sqlite"));
    assert_eq!(kept.expect("read"), "precious");
    assert_eq!(fs::read_dir(sandbox.path().join("epissure-demo")).expect("the folder").count(), 1);

    // The data folder of a server is not touched either, even when named explicitly.
    sandbox.ok(&["database", "migrate"]);
    sandbox.fails(1, &["demo", "--once", "--listen", "127.0.0.1:0", "--data", "epissure-data"]);
}

#[test]
fn a_port_that_is_taken_is_told_when_it_was_asked_for() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let sandbox = Sandbox::new();
    let said = sandbox.fails(1, &["demo", "--once", "--listen", &address]);
    assert!(said.contains("another program listens on"), "{said}");
    assert!(!sandbox.path().join("epissure-demo").exists());
}

#[tokio::test]
async fn a_demo_stays_up_with_what_to_try_next_until_it_is_stopped() {
    let sandbox = Sandbox::new();
    let mut started = command(sandbox.path(), &["demo", "--listen", "127.0.0.1:0"]);
    let mut child = started.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary");
    let mut lines = BufReader::new(child.stdout.take().expect("its standard output")).lines();
    let mut said = Vec::new();
    while !said.iter().any(|line: &String| line.contains("docs/guide/five-minutes.md")) {
        said.push(lines.next().expect("another line").expect("a line"));
    }
    let find = |start: &str| {
        said.iter()
            .find_map(|line| line.trim().strip_prefix(start))
            .unwrap_or_else(|| panic!("{start}: {said:#?}"))
    };
    let base = find("The server stays up at ").split(' ').next().expect("an address");
    let secret = find("ftel-oi   ").split(' ').next().expect("a secret");
    let api = Api::login(base, "ftel-oi", secret).await.expect("a token");
    let (status, tickets) = api.get("/anomalie-adresse?limit=100").await;
    assert_eq!((status, tickets.as_array().map(Vec::len)), (200, Some(100)));
    let page = api.http.get(format!("{base}/docs/")).send().await.expect("an answer");
    assert_eq!(page.status(), 200);
    // Another demo in the same folder is refused.
    let refused = sandbox.fails(1, &["demo", "--once", "--listen", "127.0.0.1:0"]);
    assert!(refused.contains("another demo runs in"), "{refused}");

    signal(child.id(), "INT");
    assert_eq!(wait(&mut child, Duration::from_secs(10)).code(), Some(0));
}
