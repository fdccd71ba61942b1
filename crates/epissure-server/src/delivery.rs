//! Delivery of events over HTTP, as CloudEvents webhooks with the signatures of Standard Webhooks.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use epissure_app::App;
use epissure_app::clock::Clock;
use epissure_app::deliveries::courier::{BoxFuture, Consent, Courier, Outcome, SignedEvent};
use epissure_app::deliveries::{self, Pair, Passed, StoredTarget};
use epissure_outbound::{Answer, Call, Outbound};
use epissure_protocol::target::Target;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::SignedDuration;
use tokio::task::JoinSet;

use crate::http_date;

/// Origin of the sender: the host of the server's address.
pub(crate) const REQUEST_ORIGIN: HeaderName = HeaderName::from_static("webhook-request-origin");
/// Origin from which a target accepts events.
pub(crate) const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
/// Maximum number of events per minute.
pub(crate) const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");
/// Identifier of the message, the same for each attempt.
pub(crate) const ID: HeaderName = HeaderName::from_static("webhook-id");
/// Time of the signature, in Unix seconds.
pub(crate) const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
/// Signatures of the message.
pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Courier that sends events over HTTP.
pub struct HttpCourier {
    outbound: Outbound,
    clock: Arc<dyn Clock>,
    origin: HeaderValue,
}

impl HttpCourier {
    /// Creates a courier. `base_url` is the address under which callers know the server.
    #[must_use]
    pub fn new(outbound: Outbound, clock: Arc<dyn Clock>, base_url: &str) -> Self {
        let host = base_url.split("://").nth(1).unwrap_or(base_url).split('/').next().unwrap_or_default();
        let origin = HeaderValue::from_str(host).unwrap_or(HeaderValue::from_static("epissure"));
        Self { outbound, clock, origin }
    }

    async fn call(&self, target: &StoredTarget, call: &Call<'_>) -> Result<Answer, String> {
        let credential = target.secrets.credential.as_ref();
        self.outbound.call(&target.target, credential, call, self.clock.now()).await
    }

    async fn send(&self, target: &StoredTarget, event: &SignedEvent) -> Outcome {
        let began = Instant::now();
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(target.target.media.media_type())),
            (REQUEST_ORIGIN, self.origin.clone()),
        ]);
        let signed = &event.signed;
        for (name, text) in [(ID, &signed.id), (TIMESTAMP, &signed.timestamp), (SIGNATURE, &signed.signature)]
        {
            headers.extend(HeaderValue::from_str(text).ok().map(|value| (name, value)));
        }
        let call = Call { method: Method::POST, headers, body: &event.body };
        let answer = self.call(target, &call).await;
        let elapsed = began.elapsed();
        let elapsed_ms = elapsed.as_millis() as u64;
        let outcome = match answer {
            Ok(answer) => Outcome {
                status: Some(answer.status.as_u16()),
                retry_after: retry_after(&answer.headers, self.clock.as_ref()),
                error: None,
                body: answer.body,
                elapsed_ms,
            },
            Err(error) => Outcome { error: Some(error), elapsed_ms, ..Outcome::default() },
        };
        let told = if outcome.delivered() { "delivered" } else { "failed" };
        metrics::counter!("event_deliveries_total", "oc" => target.pair.oc.to_string(), "outcome" => told)
            .increment(1);
        metrics::histogram!("event_delivery_duration_seconds").record(elapsed.as_secs_f64());
        outcome
    }

    async fn ask(&self, target: &StoredTarget) -> Consent {
        let headers = HeaderMap::from_iter([(REQUEST_ORIGIN, self.origin.clone())]);
        let call = Call { method: Method::OPTIONS, headers, body: "" };
        match self.call(target, &call).await {
            Ok(answer) => consent(&answer, &self.origin),
            Err(error) => Consent::NotGiven(error),
        }
    }
}

impl Courier for HttpCourier {
    fn inspect<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(self.outbound.inspect(target))
    }

    fn deliver<'a>(&'a self, target: &'a StoredTarget, event: &'a SignedEvent) -> BoxFuture<'a, Outcome> {
        Box::pin(self.send(target, event))
    }

    fn ask_consent<'a>(&'a self, target: &'a StoredTarget) -> BoxFuture<'a, Consent> {
        Box::pin(self.ask(target))
    }
}

/// Returns the consent in a response. Only the header consents, whatever the status (CloudEvents
/// webhooks 1.0.2, section 4.2).
fn consent(answer: &Answer, origin: &HeaderValue) -> Consent {
    let status = answer.status.as_u16();
    let Some(allowed) = answer.headers.get(ALLOWED_ORIGIN) else {
        return Consent::NotGiven(format!("it answered {status} to OPTIONS, without WebHook-Allowed-Origin"));
    };
    if allowed != "*" && !allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes()) {
        return Consent::NotGiven("its WebHook-Allowed-Origin names another server".to_owned());
    }
    let rate = answer.headers.get(ALLOWED_RATE).and_then(|rate| rate.to_str().ok());
    Consent::Given { rate: rate.and_then(|rate| rate.trim().parse().ok()).filter(|rate| *rate > 0) }
}

/// Parses `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
fn retry_after(headers: &HeaderMap, clock: &dyn Clock) -> Option<SignedDuration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u32>() {
        Ok(seconds) => SignedDuration::from_secs(seconds.into()),
        Err(_) => http_date::read(text)?.duration_since(clock.now()),
    };
    Some(wait.max(SignedDuration::ZERO))
}

/// Interval at which a target's worker polls for events that another process has committed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Minimum wait of a worker, so that a burst of commits causes a single poll.
const MIN_POLL: Duration = Duration::from_millis(10);
/// Interval between checks for new targets.
const NEW_TARGETS: Duration = Duration::from_secs(1);

/// Delivers events until dropped. Each target has its own worker, so that no target delays another.
pub(crate) async fn run(app: Arc<App>, courier: Arc<dyn Courier>, base_url: String) {
    let mut turns = JoinSet::new();
    let mut taken: HashMap<Pair, tokio::task::AbortHandle> = HashMap::new();
    loop {
        match app.store.targets().await {
            Ok(targets) => {
                taken.retain(|_, turn| !turn.is_finished());
                for pair in targets.into_iter().map(|target| target.pair) {
                    taken.entry(pair.clone()).or_insert_with(|| {
                        turns.spawn(turn(Arc::clone(&app), Arc::clone(&courier), base_url.clone(), pair))
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "the targets of events cannot be read; retrying"),
        }
        while turns.try_join_next().is_some() {}
        tokio::time::sleep(NEW_TARGETS).await;
    }
}

/// Runs the worker of one target. It ends when the target is deleted.
async fn turn(app: Arc<App>, courier: Arc<dyn Courier>, base_url: String, pair: Pair) {
    let mut news = app.new_events();
    loop {
        // Notifications from here on cause another poll.
        news.borrow_and_update();
        let next = match deliveries::pass(&app, courier.as_ref(), &base_url, &pair).await {
            Ok(Passed { gone: true, .. }) => return,
            Ok(passed) => passed.next,
            // The error has been logged.
            Err(_) => None,
        };
        let wait = next.map_or(LOOK_AGAIN, |next| {
            let wait = next.duration_since(app.clock.now());
            Duration::try_from(wait).unwrap_or_default().clamp(MIN_POLL, LOOK_AGAIN)
        });
        tokio::time::sleep(MIN_POLL).await;
        tokio::select! {
            _ = news.changed() => {}
            () = tokio::time::sleep(wait - MIN_POLL) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, headers: &[(HeaderName, &str)]) -> Answer {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        Answer {
            status: http::StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            body: String::new(),
        }
    }

    #[test]
    fn consent_is_given_by_the_header_and_by_no_status() {
        let origin = HeaderValue::from_static("oi.example");
        let asked = |status, headers: &[(HeaderName, &str)]| consent(&answered(status, headers), &origin);
        assert!(matches!(asked(200, &[]), Consent::NotGiven(_)));
        assert!(matches!(asked(200, &[(ALLOWED_ORIGIN, "other.example")]), Consent::NotGiven(_)));
        assert_eq!(asked(200, &[(ALLOWED_ORIGIN, "OI.example")]), Consent::Given { rate: None });
        assert_eq!(asked(405, &[(ALLOWED_ORIGIN, "*")]), Consent::Given { rate: None });
        let rated = |rate| asked(204, &[(ALLOWED_ORIGIN, "*"), (ALLOWED_RATE, rate)]);
        assert_eq!(rated("120"), Consent::Given { rate: Some(120) });
        for none in ["*", "0", "-1", "many"] {
            assert_eq!(rated(none), Consent::Given { rate: None }, "{none}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        struct At(jiff::Timestamp);
        impl Clock for At {
            fn now(&self) -> jiff::Timestamp {
                self.0
            }
        }
        let clock = At("2025-01-14T13:17:58Z".parse().unwrap());
        let read = |text| retry_after(&answered(429, &[(RETRY_AFTER, text)]).headers, &clock);
        assert_eq!(read("120"), Some(SignedDuration::from_secs(120)));
        assert_eq!(read("Tue, 14 Jan 2025 13:18:58 GMT"), Some(SignedDuration::from_secs(60)));
        assert_eq!(read("Tuesday, 14-Jan-25 13:18:58 GMT"), Some(SignedDuration::from_secs(60)));
        assert_eq!(read("Tue Jan 14 13:18:58 2025"), Some(SignedDuration::from_secs(60)));
        assert_eq!(read("Tue, 14 Jan 2025 13:00:00 GMT"), Some(SignedDuration::ZERO));
        for odd in ["-1", "soon", ""] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
