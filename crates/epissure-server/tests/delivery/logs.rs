//! The log contains no secret and no part of an event, at any level.

use std::sync::Arc;
use std::time::Duration;

use epissure_app::deliveries::{self, targets};
use epissure_outbound::Outbound;
use epissure_protocol::secret::Secret;
use epissure_server::delivery::HttpCourier;
use epissure_testkit::Log;
use jiff::SignedDuration;
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Case, INTEROP, Scripted, answered, pair, target};

/// Words that occur only in data that must not be logged.
const CANARIES: &[&str] =
    &["credential-canary", "token-canary", "note-canary", "answer-canary", "whsec_", "usercanary"];

#[tokio::test]
async fn neither_secrets_nor_events_nor_answers_are_logged() {
    let log = Log::start();
    let partner = MockServer::start().await;
    let token =
        ResponseTemplate::new(200).set_body_json(json!({"access_token": "token-canary", "expires_in": 60}));
    Mock::given(path("/token")).respond_with(token).mount(&partner).await;
    let refused = ResponseTemplate::new(500).set_body_string("answer-canary");
    Mock::given(method("POST")).and(path("/event")).respond_with(refused).mount(&partner).await;

    let placeholder = Scripted::new(|_, _, _| answered(204));
    let case = Case::sending(placeholder.as_ref(), target("https://oc.example/event")).await;
    let by = case.server.administrator();
    let clock = Arc::new(epissure_app::clock::SystemClock);
    let courier =
        HttpCourier::new(Outbound::with_timeout(Duration::from_secs(5)), clock, "https://oi.example");
    let mut secretive = target(&format!("{}/event", partner.uri()));
    secretive.allow = vec!["127.0.0.1".to_owned()];
    secretive.credentials.method = "oauth2".to_owned();
    secretive.credentials.user = Some("usercanary".to_owned());
    secretive.credentials.token_url = Some(format!("{}/token", partner.uri()));
    let credential = Some(Secret::new("credential-canary"));
    let new = targets::NewTarget { pair: pair(), target: secretive, credential };
    targets::put(&case.server.app, &courier, new, &by).await.unwrap();
    targets::rotate(&case.server.app, &pair(), SignedDuration::from_hours(1), &by).await.unwrap();
    case.note("note-canary").await;
    case.pass(&courier).await;
    assert_eq!(case.attempts().await[0].body, "answer-canary", "the administrator sees it, on demand");

    let accepted = case.target().await.secrets.signing[0].secret.clone();
    deliveries::accept(&case.server.app, &pair(), &accepted, SignedDuration::ZERO, &by).await.unwrap();
    let event =
        json!({"specversion": "1.0", "id": "note-canary", "source": "note-canary", "type": "note-canary"});
    case.oi.post(&format!("{INTEROP}/event"), &event).await.expect(403);

    let logged = log.text();
    assert!(logged.contains("the delivery of an event failed"), "what happened is told");
    for canary in CANARIES {
        let at = logged.find(canary).map(|at| &logged[at.saturating_sub(300)..(at + 60).min(logged.len())]);
        assert_eq!(at, None, "{canary}");
    }
}
