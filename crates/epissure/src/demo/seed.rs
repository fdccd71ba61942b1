//! Creation of the demo's tickets, through the use cases and with a clock set to the past.

use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use epissure_app::caller::{Caller, Origin};
use epissure_app::clock::Clock;
use epissure_app::entropy::Entropy;
use epissure_app::tickets::{self, ChangeTicket, OpenTicket, Precondition};
use epissure_app::{App, Settings};
use epissure_protocol::codes::{Actor, Kind, Status};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::problem::Problem;
use epissure_protocol::ticket::Ticket;
use epissure_protocol::update::Method;
use epissure_store::{ClientId, Role};
use epissure_store_sqlite::SqliteStore;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use tokio::task::JoinSet;

use super::life::{self, Life};
use super::people::{self, CONTRACTS};
use super::tickets::content;
use crate::failure::Failure;

/// Seed of all random choices.
const SEED: u64 = 0x00e9_1550;
/// Number of tickets with each final status; the sum is the number of the demo's tickets.
const STATUSES: &[(Status, usize)] = &[
    (Status::Acknowledged, 28),
    (Status::InProgress, 36),
    (Status::Pending, 18),
    (Status::Resolved, 26),
    (Status::Closed, 152),
    (Status::Rejected, 22),
    (Status::Canceled, 18),
];
/// Number of tickets created concurrently: their writes share disk syncs.
const LANES: usize = 24;

/// A ticket to create.
#[derive(Debug, Clone, Copy)]
struct Planned {
    number: usize,
    kind: Kind,
    status: Status,
}

/// Returns every status with every kind once, then kinds by frequency.
fn plan() -> Vec<Planned> {
    const KINDS: &[Kind] = &[
        Kind::Modification,
        Kind::Creation,
        Kind::Modification,
        Kind::NewBuilding,
        Kind::Creation,
        Kind::NbLogements,
    ];
    let mut planned = Vec::new();
    for &(status, count) in STATUSES {
        for index in 0..count {
            let kind = match Kind::ALL.get(index) {
                Some(kind) => *kind,
                None => KINDS[index % KINDS.len()],
            };
            planned.push(Planned { number: planned.len() + 1, kind, status });
        }
    }
    planned
}

/// Creates the tickets of the past year.
pub(super) async fn seed(store: &Arc<SqliteStore>, clock: &Arc<dyn Clock>) -> Result<(), Failure> {
    let planned = Arc::new(plan());
    let next = Arc::new(AtomicUsize::new(0));
    let end = clock.now();
    let progress = progress(planned.len() as u64);
    let mut lanes = JoinSet::new();
    for _ in 0..LANES {
        let (store, planned, next, progress) =
            (Arc::clone(store), Arc::clone(&planned), Arc::clone(&next), progress.clone());
        lanes.spawn(async move {
            let lane = Lane::new(store);
            while let Some(planned) = planned.get(next.fetch_add(1, Ordering::Relaxed)) {
                lane.make(*planned, end).await?;
                progress.inc(1);
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(lane) = lanes.join_next().await {
        lane.map_err(|error| {
            Failure::failed(format!("the tickets of the demo could not be made: {error}"))
        })??;
    }
    progress.finish_and_clear();
    // Without a terminal, the bar prints nothing.
    eprintln!("{} tickets of the past year made.", planned.len());
    store.analyze().await.map_err(|error| {
        tracing::debug!(%error, "the statistics of the database could not be computed");
        Failure::failed("the database of the demo cannot be written").then("Check that its disk is not full.")
    })
}

fn progress(tickets: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        eprintln!("Making {tickets} tickets of the past year…");
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(tickets), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("Making tickets of the past year {bar:30} {pos}/{len}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A settable clock, with a resolution of a millisecond.
struct SetClock(AtomicI64);

impl SetClock {
    fn set(&self, at: Timestamp) {
        self.0.store(at.as_millisecond(), Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::Relaxed)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Identifiers generated from a seed. No secret is made of them.
struct SeededEntropy(Mutex<StdRng>);

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

/// Creates tickets one after the other, on a clock of its own.
struct Lane {
    app: App,
    clock: Arc<SetClock>,
    entropy: Arc<SeededEntropy>,
}

impl Lane {
    fn new(store: Arc<SqliteStore>) -> Self {
        let clock = Arc::new(SetClock(AtomicI64::new(0)));
        let entropy = Arc::new(SeededEntropy(Mutex::new(StdRng::seed_from_u64(SEED))));
        let app = App::new(store, clock.clone(), entropy.clone(), Settings::default());
        Self { app, clock, entropy }
    }

    /// Creates a ticket. Its random choices have a seed of their own, so that the order of creation
    /// is irrelevant.
    async fn make(&self, planned: Planned, end: Timestamp) -> Result<(), Failure> {
        let seed = SEED.wrapping_add(planned.number as u64);
        let mut random = StdRng::seed_from_u64(seed);
        *self.entropy.0.lock().unwrap_or_else(PoisonError::into_inner) = StdRng::seed_from_u64(!seed);

        let (oi, oc, _) = CONTRACTS[random.random_range(0..CONTRACTS.len())];
        let dialect = Dialect::ALL[random.random_range(0..Dialect::ALL.len())];
        let content = content(planned.number, planned.kind, (oi, oc), dialect, &mut random);
        let life = life::pick(planned.status, &mut random);
        let begun = beginning(planned.status, &life, end, &mut random);
        let failed = |problem: Problem| {
            Failure::failed(format!("ticket {} of the demo could not be made: {problem}", planned.number))
        };
        let (as_oi, as_oc) = (caller(oi, Role::Oi)?, caller(oc, Role::Oc)?);

        self.clock.set(begun);
        let request = OpenTicket {
            caller: &as_oc,
            origin: &Origin::default(),
            dialect,
            body: &content.body,
            strict: true,
            idempotency_key: None,
        };
        let opened = tickets::open(&self.app, &request).await.map_err(failed)?;
        let opened: Ticket = serde_json::from_str(&opened.document)
            .map_err(|error| Failure::failed(format!("a ticket of the demo cannot be read: {error}")))?;
        let id = opened.id;
        let mut at = begun;
        for (deed, after) in life {
            at += after;
            self.clock.set(at);
            let caller = if deed.actor() == Actor::Oc { &as_oc } else { &as_oi };
            let body = deed.body(&content, at, &mut random);
            let request = ChangeTicket {
                caller,
                origin: &Origin::default(),
                dialect,
                id,
                precondition: &Precondition::Any,
                method: Method::Patch,
                body: body.as_object().unwrap_or(&content.body),
                strict: true,
            };
            tickets::change(&self.app, &request).await.map_err(failed)?;
        }
        Ok(())
    }
}

/// Returns the start of a life that must not end after `end`: any time in the year if it is over,
/// recently otherwise.
fn beginning(status: Status, life: &Life, end: Timestamp, random: &mut StdRng) -> Timestamp {
    let lasted = life.iter().fold(SignedDuration::ZERO, |sum, (_, after)| sum + *after);
    let year = SignedDuration::from_hours(365 * 24);
    let most = match status {
        _ if status.is_final() => year - lasted,
        // Some tickets wait longer than they should.
        _ if random.random_ratio(1, 10) => SignedDuration::from_hours(40 * 24),
        _ => SignedDuration::from_hours(6 * 24),
    };
    end - lasted
        - SignedDuration::from_millis(random.random_range(60_000..most.as_millis().max(60_001) as i64))
}

fn caller(operator: &str, role: Role) -> Result<Caller, Failure> {
    Ok(Caller {
        client: ClientId(format!("{}-{}", operator.to_lowercase(), role.as_str())),
        operator: people::code(operator)?,
        role,
        scopes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_every_status() {
        let planned = plan();
        assert_eq!(planned.len(), 300);
        for &status in Status::ALL {
            for &kind in Kind::ALL {
                assert!(
                    planned.iter().any(|ticket| ticket.status == status && ticket.kind == kind),
                    "{status} {kind}"
                );
            }
        }
    }

    #[test]
    fn a_life_lies_within_the_year() {
        let end: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
        let mut random = StdRng::seed_from_u64(3);
        for _ in 0..200 {
            for &status in Status::ALL {
                let life = life::pick(status, &mut random);
                let begun = beginning(status, &life, end, &mut random);
                let ended = life.iter().fold(begun, |at, (_, after)| at + *after);
                assert!(
                    ended <= end && begun >= end - SignedDuration::from_hours(366 * 24),
                    "{status} {begun}"
                );
            }
        }
    }
}
