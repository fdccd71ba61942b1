//! Contract of a backend: received events.

use epissure_protocol::names::OperatorCode;
use epissure_protocol::secret::Secret;
use jiff::Timestamp;

use super::delivering::{agree, code};
use super::samples::author;
use crate::{Pair, Received, SigningSecret, Store};

/// Runs every test of received events.
///
/// # Panics
///
/// Panics when one fails.
pub(super) async fn run(store: &dyn Store) {
    an_event_is_kept_once_for_each_sender(store).await;
    the_secrets_of_an_oi_are_those_of_all_its_contracts(store).await;
}

fn received(oi: &OperatorCode, source: &str, id: &str, document: &str) -> Received {
    Received {
        oi: oi.clone(),
        source: source.to_owned(),
        id: id.to_owned(),
        kind: "fr.interop.anomalieadresse.update".to_owned(),
        subject: "018d61f5-3f80-7930-9295-5803bdd20e74".to_owned(),
        at: Timestamp::from_second(5_000).expect("an instant"),
        signed: true,
        document: document.to_owned(),
    }
}

async fn an_event_is_kept_once_for_each_sender(store: &dyn Store) {
    let (one, other) = (code("RCV1"), code("RCV2"));
    let first = received(&one, "https://oi.example", "1", "{\"n\":1}");
    assert!(store.receive(first.clone(), &author()).await.expect("kept"));
    let again = received(&one, "https://oi.example", "1", "{\"n\":2}");
    assert!(
        !store.receive(again, &author()).await.expect("passed over"),
        "the same source and id are the same event"
    );
    for another in [
        received(&one, "https://oi.example", "2", "{}"),
        received(&one, "https://other.example", "1", "{}"),
        received(&other, "https://oi.example", "1", "{}"),
    ] {
        assert!(store.receive(another, &author()).await.expect("kept"));
    }
    let kept = store.received(10).await.expect("listed");
    assert_eq!(kept.len(), 4);
    assert_eq!(kept.last(), Some(&first), "the newest come first, and the first stays as it came");
    assert_eq!(store.received(1).await.expect("listed").len(), 1);
}

async fn the_secrets_of_an_oi_are_those_of_all_its_contracts(store: &dyn Store) {
    let secret = |text: &str| SigningSecret { secret: Secret::new(text), until: None };
    let (one, two) = (agree(store, "RCV3", "RCVA").await, agree(store, "RCV3", "RCVB").await);
    store.put_inbound_secrets(&one, vec![secret("a"), secret("b")], &author()).await.expect("kept");
    store.put_inbound_secrets(&two, vec![secret("c")], &author()).await.expect("kept");
    store.put_inbound_secrets(&two, vec![secret("d")], &author()).await.expect("replaced");
    let of = store.inbound_secrets(&code("RCV3")).await.expect("read");
    assert_eq!(of, [secret("a"), secret("b"), secret("d")]);
    assert_eq!(store.pair_inbound_secrets(&one).await.expect("read").len(), 2);
    let nobody = Pair { oi: code("RCV3"), oc: code("RCVC") };
    assert_eq!(store.pair_inbound_secrets(&nobody).await.expect("read"), []);
    assert_eq!(store.inbound_secrets(&code("RCV9")).await.expect("read"), []);
}
