//! No target connects to an internal address.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use epissure_app::deliveries::targets::{self, NewTarget};
use epissure_app::deliveries::{self, Resend};
use epissure_outbound::Outbound;
use epissure_protocol::secret::Secret;
use epissure_protocol::target::Target;
use epissure_server::delivery::HttpCourier;
use epissure_store::{Standing, StoredTarget, TargetSecrets, TargetState};
use tokio::net::TcpListener;

use super::{Case, Scripted, answered, pair, target};

/// A listener that must receive no connection. Returns its port on every address of this machine,
/// and the counter of connections.
async fn watched() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("[::]:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&seen);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, seen)
}

/// Addresses of this machine or of internal networks, in various spellings.
const INNER: &[&str] = &[
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.1",
    "127.0.1",
    "１２７.０.０.１",
    "127。0。0。1",
    "127.0.0.1.",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00::1]",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "user@127.0.0.1",
    "user:pass@localhost",
    "oc.example@127.0.0.1",
];

#[tokio::test]
async fn what_leads_inside_is_refused_when_it_is_saved() {
    let (port, seen) = watched().await;
    let courier = HttpCourier::new(
        Outbound::default(),
        Arc::new(epissure_app::clock::SystemClock),
        "https://oi.example",
    );
    let placeholder = Scripted::new(|_, _, _| answered(204));
    let case = Case::sending(placeholder.as_ref(), target("https://oc.example/event")).await;
    for host in INNER {
        for url in
            [format!("http://{host}:{port}/"), format!("https://{host}:{port}/"), format!("https://{host}/")]
        {
            let allow = vec![format!(":{port}")];
            let target = Target { allow, ..target(&url) };
            let new = NewTarget { pair: pair(), target, credential: None };
            let refused = targets::put(&case.server.app, &courier, new, &case.server.administrator()).await;
            assert!(refused.is_err(), "{url} was saved");
        }
    }
    assert_eq!(case.target().await.target.url, "https://oc.example/event", "and what was there is kept");
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_leads_inside_is_refused_again_when_it_is_called() {
    let (port, seen) = watched().await;
    let timeout = Outbound::with_timeout(Duration::from_secs(2));
    let courier = HttpCourier::new(timeout, Arc::new(epissure_app::clock::SystemClock), "https://oi.example");
    let placeholder = Scripted::new(|_, _, _| answered(204));
    let case = Case::sending(placeholder.as_ref(), target("https://oc.example/event")).await;
    case.note("hello").await;
    let mut calls = 0;
    for host in INNER {
        for (scheme, asks_consent) in [("http", false), ("https", false), ("http", true)] {
            // The target may predate the check, or its name may have resolved to another address.
            let url = format!("{scheme}://{host}:{port}/");
            let target = Target { allow: vec![format!(":{port}")], asks_consent, ..target(&url) };
            save(&case, target).await;
            case.pass(&courier).await;
            calls += usize::from(!asks_consent);
            if asks_consent {
                let standing = case.target().await.standing;
                assert_eq!((standing.state, standing.asked), (TargetState::ConsentRequested, 1), "{url}");
            }
        }
    }
    let attempts = case.attempts().await;
    assert_eq!(attempts.len(), calls, "each was tried");
    assert!(attempts.iter().all(|attempt| attempt.status.is_none() && attempt.error.is_some()));
    assert_eq!(seen.load(Ordering::SeqCst), 0, "and nobody was connected to");
}

#[tokio::test]
async fn where_tokens_come_from_is_guarded_as_well() {
    let (port, seen) = watched().await;
    let courier = HttpCourier::new(
        Outbound::default(),
        Arc::new(epissure_app::clock::SystemClock),
        "https://oi.example",
    );
    let placeholder = Scripted::new(|_, _, _| answered(204));
    let case = Case::sending(placeholder.as_ref(), target("https://oc.example/event")).await;
    case.note("hello").await;
    let mut asking = target("https://1.1.1.1/event");
    asking.allow = vec![format!(":{port}")];
    asking.credentials.method = "oauth2".to_owned();
    asking.credentials.user = Some("ftel".to_owned());
    for host in ["127.0.0.1", "localhost", "[::1]", "0x7f.1"] {
        asking.credentials.token_url = Some(format!("https://{host}:{port}/token"));
        let new =
            NewTarget { pair: pair(), target: asking.clone(), credential: Some(Secret::new("a secret")) };
        assert!(
            targets::put(&case.server.app, &courier, new, &case.server.administrator()).await.is_err(),
            "{host} was saved"
        );
        save(&case, asking.clone()).await;
        case.pass(&courier).await;
    }
    let errors: Vec<_> = case.attempts().await.into_iter().filter_map(|attempt| attempt.error).collect();
    assert_eq!(errors.len(), 4);
    assert!(errors.iter().all(|error| error.contains("not an address of the public internet")), "{errors:?}");
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_once_it_is_saved_is_not_followed() {
    let (port, seen) = watched().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let rebinding = move |_: &str| {
        let address = if counted.fetch_add(1, Ordering::SeqCst) == 0 { "1.1.1.1" } else { "127.0.0.1" };
        vec![address.parse().unwrap()]
    };
    let outbound = Outbound::with_timeout(Duration::from_secs(2)).resolving(Arc::new(rebinding));
    let courier =
        HttpCourier::new(outbound, Arc::new(epissure_app::clock::SystemClock), "https://oi.example");
    let mut honest = target(&format!("https://rebind.example:{port}/event"));
    honest.allow = vec![format!(":{port}")];
    let case = Case::sending(&courier, honest).await;
    case.note("hello").await;
    case.pass(&courier).await;
    assert_eq!(asked.load(Ordering::SeqCst), 2, "once when it was saved, once when it was called");
    let error = case.attempts().await.remove(0).error.unwrap();
    assert!(error.contains("rebind.example is not an address of the public internet"), "{error}");
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

/// Stores a target without a check, and restarts the deliveries.
async fn save(case: &Case, target: Target) {
    let state = if target.asks_consent { TargetState::ConsentRequested } else { TargetState::Active };
    let secrets = TargetSecrets { signing: Vec::new(), credential: Some(Secret::new("a secret")) };
    let stored = StoredTarget { pair: pair(), target, secrets, standing: Standing::new(state) };
    let by = case.server.administrator();
    case.server.app.store.put_target(stored, &by).await.unwrap();
    deliveries::resend(&case.server.app, Resend::Event(case.event().await), &by).await.unwrap();
}
