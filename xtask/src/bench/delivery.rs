//! Latency of an event from its commit to its target, and the influence of another, dead target.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use epissure_app::caller::{Caller, Origin};
use epissure_app::clock::SystemClock;
use epissure_app::deliveries::{DeliveryState, Pair, StoredTarget, TargetState};
use epissure_app::entropy::SystemEntropy;
use epissure_app::notes::{self, AddNote};
use epissure_app::{App, Settings as AppSettings};
use epissure_protocol::codes::Status;
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::{OperatorCode, TicketId};
use epissure_protocol::partner::Credentials;
use epissure_protocol::target::{Media, Target};
use epissure_server::background;
use epissure_store::suite::samples;
use epissure_store::{Access as _, ClientId, Contract, NewTicket, Operator, Role, Standing, TargetSecrets};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Pace;
use super::report::Figure;
use crate::load::author;

/// Number of tickets of each OC.
const TICKETS: usize = 50;
/// Number of events queued for the dead target when the measurement begins.
const BACKLOG: usize = 5_000;
/// Interval between events.
const APART: Duration = Duration::from_millis(5);
/// Maximum ratio of the 99th percentiles with and without a dead target.
const MAX_RATIO: f64 = 1.1;

/// Measures in this process, with the server's own courier and a database on disk.
pub(super) fn measure(pace: Pace) -> Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let bench = Bench::new(folder.path().join(FILE_NAME)).await?;
        let background = background::start(&bench.app, "http://127.0.0.1:1");
        let (mut alone, mut beside) = (Vec::new(), Vec::new());
        for _ in 0..pace.turns {
            bench.set_dead(TargetState::Disabled).await?;
            alone.push(bench.latencies(pace.length).await?);
            bench.set_dead(TargetState::Active).await?;
            beside.push(bench.latencies(pace.length).await?);
        }
        let rate = bench.rate().await?;
        drop(background);
        let best = |turns: &[Vec<f64>], share: f64| {
            turns.iter().map(|turn| quantile(turn, share)).fold(f64::INFINITY, f64::min)
        };
        let (p99, other) = (best(&beside, 0.99), best(&alone, 0.99));
        let count: usize = beside.iter().map(Vec::len).sum();
        Ok(vec![
            Figure::new(0, "p99 from commit to arrival, beside a dead target", p99, "ms")
                .against(other, None)
                .more(format!(
                    "p50 {:.2} ms beside it, {:.2} ms without it; {count} events, {BACKLOG} wait for the dead one",
                    best(&beside, 0.5),
                    best(&alone, 0.5)
                )),
            Figure::new(0, "ratio of these p99", p99 / other, "").at_most(MAX_RATIO),
            Figure::new(0, "events delivered to one target", rate, "/s"),
        ])
    })
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}

fn code(text: &str) -> OperatorCode {
    OperatorCode::parse(text).unwrap_or_else(|| panic!("`{text}` is not a code"))
}

/// Instant of arrival of each event, by the text of its note.
type Arrivals = Arc<Mutex<HashMap<String, Instant>>>;

struct Bench {
    app: Arc<App>,
    oi: Caller,
    live: (Pair, Vec<TicketId>),
    dead: (Pair, Vec<TicketId>),
    arrivals: Arrivals,
}

impl Bench {
    async fn new(database: std::path::PathBuf) -> Result<Self> {
        let store = Arc::new(SqliteStore::open(&Settings::new(database))?);
        let arrivals = Arrivals::default();
        let urls = [receiver(Arc::clone(&arrivals)).await?, black_hole().await?];
        let mut sides = Vec::new();
        for (oc, url) in ["SFRA", "VENU"].into_iter().zip(urls) {
            sides.push(side(store.as_ref(), oc, url).await?);
        }
        let (Some(dead), Some(live)) = (sides.pop(), sides.pop()) else { bail!("two sides were made") };
        let app =
            Arc::new(App::new(store, Arc::new(SystemClock), Arc::new(SystemEntropy), AppSettings::default()));
        let oi = Caller {
            client: ClientId("bench".to_owned()),
            operator: code("FTEL"),
            role: Role::Oi,
            scopes: Vec::new(),
        };
        let bench = Self { app, oi, live, dead, arrivals };
        bench.set_dead(TargetState::Disabled).await?;
        for number in 0..BACKLOG {
            bench.note(bench.dead.1[number % TICKETS], &number.to_string()).await?;
        }
        Ok(bench)
    }

    async fn set_dead(&self, state: TargetState) -> Result<()> {
        let now = self.app.clock.now();
        let store = &self.app.store;
        store.set_target_standing(&self.dead.0, Standing::new(state), Some(now), &author()).await?;
        // Leave time for the queued events to be sent.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        Ok(())
    }

    async fn note(&self, ticket: TicketId, text: &str) -> Result<()> {
        let body = json!({"text": text});
        let body = body.as_object().context("an object")?;
        let origin = Origin::default();
        let request =
            AddNote { caller: &self.oi, origin: &origin, ticket, body, strict: false, idempotency_key: None };
        notes::add(&self.app, &request).await.map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
        Ok(())
    }

    /// Returns the sorted latencies from the commit of an event to its arrival, in milliseconds.
    async fn latencies(&self, length: Duration) -> Result<Vec<f64>> {
        let began = Instant::now();
        let mut written = HashMap::new();
        while began.elapsed() < length {
            let text = format!("{:?}", Instant::now());
            self.note(self.live.1[written.len() % TICKETS], &text).await?;
            written.insert(text, Instant::now());
            tokio::time::sleep(APART).await;
        }
        let arrived = || self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).len();
        let waiting = Instant::now();
        while arrived() < written.len() {
            if waiting.elapsed() > Duration::from_secs(60) {
                bail!("{} of {} events have arrived", arrived(), written.len());
            }
            tokio::time::sleep(APART).await;
        }
        let arrivals = std::mem::take(&mut *self.arrivals.lock().unwrap_or_else(PoisonError::into_inner));
        let mut latencies: Vec<f64> = written
            .iter()
            .filter_map(|(text, at)| {
                Some(arrivals.get(text)?.saturating_duration_since(*at).as_secs_f64() * 1e3)
            })
            .collect();
        latencies.sort_unstable_by(f64::total_cmp);
        Ok(latencies)
    }

    /// Returns the events per second when many are queued.
    async fn rate(&self) -> Result<f64> {
        let store = &self.app.store;
        let hold = Standing::new(TargetState::Disabled);
        store.set_target_standing(&self.live.0, hold, None, &author()).await?;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let before = self.delivered().await?;
        for number in 0..BACKLOG {
            self.note(self.live.1[number % TICKETS], &number.to_string()).await?;
        }
        let began = Instant::now();
        let go = Standing::new(TargetState::Active);
        store.set_target_standing(&self.live.0, go, None, &author()).await?;
        while self.delivered().await? < before + BACKLOG as u64 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(BACKLOG as f64 / began.elapsed().as_secs_f64())
    }

    async fn delivered(&self) -> Result<u64> {
        let counts = self.app.store.delivery_counts(&self.live.0).await?;
        Ok(counts.iter().find(|(state, _)| *state == DeliveryState::Delivered).map_or(0, |(_, count)| *count))
    }
}

/// Adds an OC with a target and tickets.
async fn side(store: &SqliteStore, oc: &str, url: String) -> Result<(Pair, Vec<TicketId>)> {
    let pair = Pair { oi: code("FTEL"), oc: code(oc) };
    for code in [&pair.oi, &pair.oc] {
        let operator = Operator {
            code: code.clone(),
            name: code.to_string(),
            is_oi: true,
            is_oc: true,
            siren: None,
            strict_creation: false,
        };
        store.put_operator(operator, &author()).await?;
    }
    let (oi, oc) = (pair.oi.clone(), pair.oc.clone());
    let delay = 3650 * 86_400;
    let contract =
        Contract { oi, oc, answer_delay: delay, validation_delay: delay, bulk_limit: 1, rate: None };
    store.put_contract(contract, &author()).await?;
    let target = Target {
        url,
        dialect: Dialect::Interop20,
        media: Media::Json,
        asks_consent: false,
        credentials: Credentials { method: "none".to_owned(), ..Credentials::default() },
        headers: Vec::new(),
        allow: vec!["127.0.0.1".to_owned()],
        proxy: None,
        authorities: None,
        certificate: None,
    };
    let secrets = TargetSecrets { signing: Vec::new(), credential: None };
    let standing = Standing::new(TargetState::Active);
    let stored = StoredTarget { pair: pair.clone(), target, secrets, standing };
    epissure_store::Deliveries::put_target(store, stored, &author()).await?;
    let mut tickets = Vec::new();
    for number in 0..TICKETS {
        let seed = u64::from(pair.oc.as_str().as_bytes()[0]) * 1_000 + number as u64;
        let mut ticket = samples::ticket(&mut StdRng::seed_from_u64(seed));
        (ticket.code_oi, ticket.code_oc, ticket.status) =
            (pair.oi.clone(), pair.oc.clone(), Status::InProgress);
        tickets.push(ticket.id);
        let new = NewTicket { ticket, findings: Vec::new(), idempotency: None };
        epissure_store::Tickets::open(store, new, &author()).await?;
    }
    Ok((pair, tickets))
}

/// Starts a target that accepts everything at once.
async fn receiver(arrivals: Arrivals) -> Result<String> {
    async fn take(State(arrivals): State<Arrivals>, body: String) {
        let now = Instant::now();
        let event: Value = serde_json::from_str(&body).unwrap_or_default();
        let text = event["data"]["text"].as_str().unwrap_or_default().to_owned();
        arrivals.lock().unwrap_or_else(PoisonError::into_inner).insert(text, now);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/event", listener.local_addr()?);
    let router = Router::new().route("/event", post(take)).with_state(arrivals);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

/// Starts a target that accepts connections and never responds.
async fn black_hole() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/event", listener.local_addr()?);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    Ok(url)
}
