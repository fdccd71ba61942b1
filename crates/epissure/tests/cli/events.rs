//! Events between two servers, each operated by its administrator.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Api, Running, Sandbox};

const PAIR: [&str; 4] = ["--oi", "FTEL", "--oc", "SFRA"];

fn with<'a>(verb: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    [verb, PAIR.as_slice(), rest].concat()
}

/// Returns two sandboxes with the same operators and clients, and a contract in both, with the
/// secret of every client.
fn two_sides() -> (Sandbox, Sandbox, &'static str) {
    let ((oi, secret), (oc, _)) = (Sandbox::with_operators(), Sandbox::with_operators());
    for side in [&oi, &oc] {
        side.ok(&with(&["contract", "set"], &[]));
    }
    (oi, oc, secret)
}

/// Sets the OC's server as the OI's target. Returns the signing secret.
fn direct(oi: &Sandbox, server: &Running, secret: &str) -> String {
    let (url, token) =
        (format!("{}/anomalie-adresse/event", server.base), format!("{}/oauth/v3/token", server.base));
    let set = oi.ok(&with(
        &["contract", "set"],
        &[
            "--events",
            &url,
            "--events-allow",
            "127.0.0.1",
            "--events-auth",
            "oauth2",
            "--events-token-url",
            &token,
            "--events-user",
            "oi",
            "--events-secret",
            secret,
            "--events-scope",
            "interop:anomalie-adresse:write",
            "--events-dialect",
            "orange-1.0",
        ],
    ));
    set.split_whitespace().find(|word| word.starts_with("whsec_")).expect("a secret, once").to_owned()
}

async fn something_happens(server: &Running, secret: &str) {
    let oc = Api::login(&server.base, "oc", secret).await.expect("a token");
    let ticket = oc.open("1").await.expect("a ticket");
    let oi = Api::login(&server.base, "oi", secret).await.expect("a token");
    let note = serde_json::json!({"text": "Which staircase?"});
    assert_eq!(oi.post(&format!("/anomalie-adresse/{ticket}/note"), &note).await.0, 201);
}

fn soon<T>(what: impl Fn() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(Instant::now() < until, "it takes too long");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_oi_does_reaches_the_ocs_server_signed_and_is_listed_on_both_sides() {
    let (oi, oc, secret) = two_sides();
    let receiver = oc.serve(&[]);
    let signing = direct(&oi, &receiver, secret);
    oc.ok(&with(&["events", "accept"], &["--secret", &signing]));
    let sender = oi.serve(&[]);
    something_happens(&sender, secret).await;

    let sent = soon(|| {
        let listed = oi.json(&["events", "list", "--state", "delivered", "--json"]);
        listed.as_array().filter(|listed| listed.len() == 1).map(|listed| listed[0].clone())
    });
    assert_eq!(
        (&sent["type"], &sent["oi"], &sent["oc"], &sent["attempts"]),
        (&"fr.interop.anomalieadresse.note.create".into(), &"FTEL".into(), &"SFRA".into(), &1.into())
    );
    let event = sent["event"].as_str().expect("an identifier");
    let attempts = oi.json(&["events", "attempts", event, "--json"]);
    assert_eq!((&attempts[0]["number"], &attempts[0]["status"]), (&1.into(), &204.into()));

    let received = oc.json(&["events", "received", "--json"]);
    assert_eq!(received.as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&received[0]["id"], &received[0]["signed"], &received[0]["subject"]),
        (&event.into(), &true.into(), &sent["ticket"])
    );
    for (side, verb) in [(&oi, "list"), (&oc, "received")] {
        assert!(side.ok(&["events", verb]).contains(event), "{verb}");
    }
    assert!(oi.ok(&["contract", "list"]).contains(&format!("{}/anomalie-adresse/event", receiver.base)));
    let listed = oi.json(&["contract", "list", "--json"]).to_string();
    assert!(!listed.contains("whsec_") && !listed.contains(secret), "no secret is listed: {listed}");

    // The OI rotates its secret. Both secrets are valid during the overlap, so the OC need not
    // hurry.
    let second = oi.ok(&with(&["events", "rotate"], &["--quiet"])).trim_end().to_owned();
    assert!(second.starts_with("whsec_") && second != signing);
    let sent_again = oi.ok(&["events", "resend", event]);
    assert!(sent_again.starts_with("1 event queued again"), "{sent_again}");
    soon(|| (oi.json(&["events", "attempts", event, "--json"]).as_array()?.len() == 2).then_some(()));
    assert_eq!(oi.json(&["events", "attempts", event, "--json"])[1]["status"], 204);
    assert_eq!(
        oc.json(&["events", "received", "--json"]).as_array().map(Vec::len),
        Some(1),
        "it is one event"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_disabled_waits_and_says_so() {
    let (oi, oc, secret) = two_sides();
    let receiver = oc.serve(&[]);
    direct(&oi, &receiver, secret);
    oi.ok(&with(&["events", "disable"], &[]));
    let sender = oi.serve(&[]);
    something_happens(&sender, secret).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let waiting = oi.json(&["events", "list", "--state", "queued", "--oc", "SFRA", "--json"]);
    assert_eq!((waiting.as_array().map(Vec::len), &waiting[0]["attempts"]), (Some(1), &0.into()));
    assert!(oi.ok(&["contract", "list"]).contains("(disabled: disabled by hand)"));
    oi.ok(&with(&["events", "enable"], &[]));
    soon(|| (oc.json(&["events", "received", "--json"]).as_array()?.len() == 1).then_some(()));
    assert!(oi.ok(&with(&["contract", "set"], &["--no-events"])).contains("Events are no longer sent."));
    assert_eq!(oi.json(&["contract", "list", "--json"])[0].get("events"), None::<&Value>);
}

#[test]
fn where_events_may_not_go_is_told() {
    let (oi, _) = Sandbox::with_operators();
    for (options, status, sentence) in [
        (&["--events", "http://127.0.0.1:9/x"][..], 2, "not an address of the public internet"),
        (&["--events", "https://169.254.169.254/"], 2, "not an address of the public internet"),
        (&["--events", "oc.example"], 2, "cannot be called"),
        (&["--events", "https://1.1.1.1:22/"], 2, "on port 443 or 8443 only"),
        (&["--events", "https://1.1.1.1/", "--events-auth", "basic"], 2, "needs a user: --events-user"),
        (&["--events", "https://1.1.1.1/", "--events-auth", "kerberos"], 2, "possible values: none, basic"),
        (&["--events", "https://1.1.1.1/", "--events-allow", "x"], 2, "is no network"),
        (
            &["--events", "https://1.1.1.1/", "--events-header", "Host: x"],
            2,
            "one that the server sets itself",
        ),
        (&["--events-user", "x"], 2, "--events"),
    ] {
        let said = oi.fails(status, &with(&["contract", "set"], options));
        assert!(said.contains(sentence), "{options:?}: {said}");
    }
    assert_eq!(oi.json(&["contract", "list", "--json"])[0].get("events"), None, "nothing was set");
    for verb in ["enable", "disable", "rotate"] {
        assert!(oi.fails(2, &with(&["events", verb], &[])).contains("say where with"), "{verb}");
    }
    let nobody = "22e61758-924d-4ad7-b259-e4fcb1ea8808";
    for verb in ["attempts", "resend"] {
        assert!(
            oi.fails(2, &["events", verb, nobody]).contains("no event that was to be delivered"),
            "{verb}"
        );
    }
    let odd = oi.fails(2, &with(&["events", "accept"], &["--secret", "whsec_short"]));
    assert!(odd.contains("24 to 64 bytes"), "{odd}");
}
