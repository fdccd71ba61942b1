//! Delivery of events to targets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

mod answers;
mod crash;
mod guard;
mod logs;
mod order;
mod partners;
mod schedule;
mod targets;

use std::sync::{Arc, Mutex};

use epissure_app::deliveries::courier::{BoxFuture, Consent, Courier, Outcome, SignedEvent};
use epissure_app::deliveries::{self, Attempt, Pair, Passed, StoredTarget, targets as settings};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::{EventId, OperatorCode};
use epissure_protocol::partner::Credentials;
use epissure_protocol::target::{Media, Target};
use epissure_testkit::{Api, TestServer, fixtures};
use serde_json::{Value, json};

const INTEROP: &str = "/api/v2/anomalie-adresse";

fn code(text: &str) -> OperatorCode {
    OperatorCode::parse(text).unwrap()
}

fn pair() -> Pair {
    Pair { oi: code("FTEL"), oc: code("SFRA") }
}

/// Returns a target without credentials.
fn target(url: &str) -> Target {
    Target {
        url: url.to_owned(),
        dialect: Dialect::Interop20,
        media: Media::Json,
        asks_consent: false,
        credentials: Credentials { method: "none".to_owned(), ..Credentials::default() },
        headers: Vec::new(),
        allow: Vec::new(),
        proxy: None,
        authorities: None,
        certificate: None,
    }
}

/// A courier that records its calls and returns scripted outcomes.
struct Scripted<F> {
    carried: Mutex<Vec<Carried>>,
    answers: F,
    consents: Mutex<Vec<Consent>>,
}

/// A recorded call of a courier.
#[derive(Debug, Clone)]
struct Carried {
    to: String,
    event: Value,
    signatures: usize,
}

impl<F: Fn(&StoredTarget, &Value, usize) -> Outcome + Send + Sync + 'static> Scripted<F> {
    /// Creates a courier. `answers` receives the target, the event and the number of earlier calls.
    fn new(answers: F) -> Arc<Self> {
        Arc::new(Self { carried: Mutex::default(), answers, consents: Mutex::default() })
    }

    fn carried(&self) -> Vec<Carried> {
        self.carried.lock().unwrap().clone()
    }
}

impl<F: Fn(&StoredTarget, &Value, usize) -> Outcome + Send + Sync + 'static> Courier for Scripted<F> {
    fn inspect<'a>(&'a self, _: &'a Target) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn deliver<'a>(&'a self, target: &'a StoredTarget, signed: &'a SignedEvent) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let event: Value = serde_json::from_str(&signed.body).unwrap();
            assert_eq!(signed.signed.id, event["id"], "the message is named as the event");
            let mut carried = self.carried.lock().unwrap();
            let outcome = (self.answers)(target, &event, carried.len());
            let signatures = signed.signed.signature.split(' ').count();
            carried.push(Carried { to: target.target.url.clone(), event, signatures });
            outcome
        })
    }

    fn ask_consent<'a>(&'a self, _: &'a StoredTarget) -> BoxFuture<'a, Consent> {
        Box::pin(async { self.consents.lock().unwrap().remove(0) })
    }
}

fn answered(status: u16) -> Outcome {
    Outcome { status: Some(status), ..Outcome::default() }
}

/// A server on which FTEL sends events to SFRA, with a ticket of both.
struct Case {
    server: TestServer,
    oi: Api,
    path: String,
}

impl Case {
    async fn sending(courier: &dyn Courier, target: Target) -> Self {
        let server = TestServer::start_with(epissure_app::Settings {
            token_lifetime: 3650 * 86_400,
            ..epissure_app::Settings::default()
        })
        .await;
        let new = settings::NewTarget { pair: pair(), target, credential: None };
        settings::put(&server.app, courier, new, &server.administrator()).await.unwrap();
        let oi = server.login("ftel-oi").await;
        let path = open(&server).await;
        Self { server, oi, path }
    }

    /// Adds a note of the OI, which is an event for the OC.
    async fn note(&self, text: &str) {
        note(&self.oi, &self.path, text).await;
    }

    async fn pass(&self, courier: &dyn Courier) -> Passed {
        deliveries::pass(&self.server.app, courier, &self.server.base, &pair()).await.unwrap()
    }

    /// Returns the attempts of the only event.
    async fn attempts(&self) -> Vec<Attempt> {
        deliveries::attempts(&self.server.app, self.event().await).await.unwrap()
    }

    async fn event(&self) -> EventId {
        self.deliveries().await[0].event
    }

    async fn deliveries(&self) -> Vec<deliveries::Delivery> {
        let filter = deliveries::DeliveryFilter { limit: 100, ..deliveries::DeliveryFilter::default() };
        deliveries::list(&self.server.app, filter).await.unwrap()
    }

    async fn target(&self) -> StoredTarget {
        settings::list(&self.server.app).await.unwrap().remove(0)
    }
}

/// Opens a ticket of SFRA at FTEL.
async fn open(server: &TestServer) -> String {
    let oc = server.login("sfra-oc").await;
    let opened = oc.post(INTEROP, &fixtures::modification()).await.expect(201);
    format!("{INTEROP}/{}", opened.body["id"].as_str().unwrap())
}

async fn note(api: &Api, path: &str, text: &str) {
    api.post(&format!("{path}/note"), &json!({"text": text})).await.expect(201);
}
