//! Writers that open tickets, and retry until each is acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::ledger::Ledger;
use super::servers::{CLIENT, SECRET};

const MOUNT: &str = "/api/v2/anomalie-adresse";
/// Time limit of a response, after which another server is tried.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Delay after a refused connection, after which another server is tried.
const PAUSE: Duration = Duration::from_millis(100);

/// All writers. Each finishes its current ticket before it stops.
pub(super) struct Writers {
    runtime: Runtime,
    tasks: JoinSet<()>,
    stopping: Arc<AtomicBool>,
}

/// One writer.
struct Writer {
    number: usize,
    http: Client,
    servers: Arc<Vec<String>>,
    token: String,
    ledger: Arc<Ledger>,
    stopping: Arc<AtomicBool>,
}

impl Writers {
    pub(super) fn start(count: usize, servers: &[String], ledger: &Arc<Ledger>) -> Result<Self> {
        let runtime = Runtime::new()?;
        let http = Client::builder().no_proxy().timeout(TIMEOUT).build()?;
        let token = runtime.block_on(token(&http, &servers[0]))?;
        let (servers, stopping) = (Arc::new(servers.to_vec()), Arc::new(AtomicBool::new(false)));
        let mut tasks = JoinSet::new();
        for number in 0..count {
            let writer = Writer {
                number,
                http: http.clone(),
                servers: Arc::clone(&servers),
                token: token.clone(),
                ledger: Arc::clone(ledger),
                stopping: Arc::clone(&stopping),
            };
            tasks.spawn_on(writer.write(), runtime.handle());
        }
        Ok(Self { runtime, tasks, stopping })
    }

    /// Lets each writer finish its ticket.
    pub(super) fn stop(mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.runtime.block_on(async { while self.tasks.join_next().await.is_some() {} });
    }
}

impl Writer {
    async fn write(self) {
        let mut number = 0;
        while !self.stopping.load(Ordering::Relaxed) {
            number += 1;
            self.open(&format!("{}-{number}", self.number)).await;
        }
    }

    /// Opens one ticket, retrying with the same body and the same idempotency key.
    async fn open(&self, name: &str) {
        let body = json!({
            "@type": "AnomalieAdresse.modification",
            "code_oi": "FTEL",
            "code_oc": "SFRA",
            "externalId": name,
            "description": "The number is wrong",
            "relatedEntity": [{"id": "IMB/09001/X/000E"}],
            "issues": {"building.address.streetNr": {"value": ["12"]}}
        });
        for attempt in self.number.. {
            let server = &self.servers[attempt % self.servers.len()];
            match self.ask(server, name, &body).await {
                Some(Answer::Open(id)) => return self.ledger.acknowledge(name, id),
                Some(Answer::Later(after)) => {
                    self.ledger.unavailable();
                    tokio::time::sleep(after).await;
                }
                Some(Answer::Wrong(what)) => return self.ledger.wrong(what),
                None => {
                    self.ledger.unanswered();
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Sends one request. Returns `None` without a complete response.
    async fn ask(&self, server: &str, name: &str, body: &Value) -> Option<Answer> {
        let request = self.http.post(format!("{server}{MOUNT}")).bearer_auth(&self.token);
        let response = request.header("idempotency-key", name).json(body).send().await.ok()?;
        let status = response.status();
        let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let text = response.text().await.ok()?;
        Some(match (status, after) {
            (StatusCode::CREATED | StatusCode::OK, _) => identifier(&text),
            (StatusCode::SERVICE_UNAVAILABLE, Some(seconds)) => Answer::Later(Duration::from_secs(seconds)),
            _ => Answer::Wrong(format!("{name}: {status}, Retry-After {after:?}: {text}")),
        })
    }
}

enum Answer {
    /// The ticket is open, with this identifier.
    Open(String),
    /// Retry after this delay.
    Later(Duration),
    /// A response that no database failure explains.
    Wrong(String),
}

fn identifier(text: &str) -> Answer {
    let ticket: Option<Value> = serde_json::from_str(text).ok();
    match ticket.as_ref().and_then(|ticket| ticket["id"].as_str()) {
        Some(id) => Answer::Open(id.to_owned()),
        None => Answer::Wrong(format!("no identifier in {text}")),
    }
}

async fn token(http: &Client, server: &str) -> Result<String> {
    let request = http.post(format!("{server}/oauth/v2/token")).basic_auth(CLIENT, Some(SECRET));
    let answer = request.form(&[("grant_type", "client_credentials")]).send().await?;
    let answer: Value = serde_json::from_str(&answer.text().await?)?;
    answer["access_token"].as_str().map(str::to_owned).with_context(|| format!("no token in {answer}"))
}
