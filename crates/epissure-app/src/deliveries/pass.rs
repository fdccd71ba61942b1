//! Delivers what is due to one target.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use epissure_protocol::event;
use epissure_protocol::problem::Problem;
use epissure_store::{Attempt, Author, Claimed, Pair, Settlement, Standing, StoredTarget, TargetState};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};

use super::courier::{Consent, Courier, Parcel};
use super::{schedule, signature};
use crate::App;
use crate::failure::{failed, unreadable};

/// For how long what was taken is nobody else's. A server that dies gives back after this time what it had taken.
pub const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// How much of a lease an attempt may need: with less left, what was taken is left to its time.
const NEEDED: SignedDuration = SignedDuration::from_secs(30);
/// How many deliveries to one target are on their way at once.
const AT_ONCE: usize = 8;
/// How many when the last one failed: the target is probed.
const AT_ONCE_FAILING: usize = 1;
/// How many are taken together.
const TAKEN: u32 = 16;
/// How many attempts a pass makes before the target is looked at again.
const MOST: usize = 256;

/// What a pass has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed {
    /// How many attempts it made.
    pub attempts: usize,
    /// When there is something to do again, as far as is known.
    pub next: Option<Timestamp>,
    /// The target is not there any more.
    pub gone: bool,
}

/// Delivers what is due to a target, several tickets at once and each ticket's events in their order, until nothing is
/// due, the target asks for a pause, or it has been looked at long enough. `base_url` is the server's address: the
/// `source` of events.
///
/// # Errors
/// When the store fails; what was taken is due again after [`LEASE`].
pub async fn pass(app: &App, courier: &dyn Courier, base_url: &str, pair: &Pair) -> Result<Passed, Problem> {
    let Some(target) = app.store.target(pair).await.map_err(failed)? else {
        return Ok(Passed { gone: true, ..Passed::default() });
    };
    let now = app.clock.now();
    if target.standing.state == TargetState::Disabled {
        return Ok(Passed::default());
    }
    if let Some(until) = target.standing.held_until.filter(|until| *until > now) {
        return Ok(Passed { next: Some(until), ..Passed::default() });
    }
    if target.standing.state == TargetState::Asked {
        return ask(app, courier, &target).await;
    }
    let turn =
        Turn { app, courier, base_url, target: &target, standing: Mutex::new(target.standing.clone()) };
    let attempts = turn.run().await?;
    let next = app.store.next_due(pair).await.map_err(failed)?;
    let standing = turn.standing();
    let next = match (next, standing.state) {
        (_, TargetState::Disabled) | (None, _) => None,
        (Some(next), _) => {
            let paced = standing.rate.filter(|_| attempts > 0).map(|rate| app.clock.now() + pace(rate));
            [Some(next), standing.held_until, paced].into_iter().flatten().max()
        }
    };
    Ok(Passed { attempts, next, gone: false })
}

/// How far apart deliveries are for a target that takes so many a minute.
fn pace(rate: u32) -> SignedDuration {
    SignedDuration::from_millis(60_000 / i64::from(rate.max(1)))
}

/// Asks for a target's consent.
async fn ask(app: &App, courier: &dyn Courier, target: &StoredTarget) -> Result<Passed, Problem> {
    let standing = match courier.ask_consent(target).await {
        Consent::Given { rate } => {
            tracing::info!(oi = %target.pair.oi, oc = %target.pair.oc, rate, "a target consents to take events");
            Standing { rate, ..Standing::new(TargetState::Active) }
        }
        Consent::NotGiven(reason) => {
            let asked = target.standing.asked.saturating_add(1);
            let last = schedule::SCHEDULE.len() as u32 - 1;
            let wait = schedule::wait(target.standing.asked.min(last), app.entropy.as_ref());
            let held_until = wait.map(|wait| app.clock.now() + wait);
            tracing::info!(oi = %target.pair.oi, oc = %target.pair.oc, asked, reason, "a target does not consent yet");
            Standing { asked, held_until, reason: Some(reason), ..target.standing.clone() }
        }
    };
    let next =
        if standing.state == TargetState::Active { Some(app.clock.now()) } else { standing.held_until };
    app.store
        .set_target_standing(&target.pair, standing, None, &Author::system(app.clock.now()))
        .await
        .map_err(failed)?;
    Ok(Passed { attempts: 0, next, gone: false })
}

/// A pass on its way.
struct Turn<'a> {
    app: &'a App,
    courier: &'a dyn Courier,
    base_url: &'a str,
    target: &'a StoredTarget,
    /// How things stand with the target, as far as this pass has seen.
    standing: Mutex<Standing>,
}

/// What was taken, and until when it is ours.
struct Taken {
    claimed: Claimed,
    until: Timestamp,
}

impl Turn<'_> {
    fn standing(&self) -> Standing {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn run(&self) -> Result<usize, Problem> {
        let mut running = FuturesUnordered::new();
        let mut ready = VecDeque::new();
        let mut attempts = 0;
        loop {
            let standing = self.standing();
            while running.len() < at_once(&standing) && attempts < most(&standing) && self.may_send(&standing)
            {
                let Some(taken) = self.next(&mut ready, &standing).await? else { break };
                attempts += 1;
                running.push(self.attempt(taken.claimed));
            }
            match running.next().await {
                Some(attempt) => attempt?,
                None => return Ok(attempts),
            }
        }
    }

    /// Whether the target takes anything now.
    fn may_send(&self, standing: &Standing) -> bool {
        let held = standing.held_until.is_some_and(|until| until > self.app.clock.now());
        standing.state == TargetState::Active && !held
    }

    /// The next delivery, of those that were taken, or of more of them.
    async fn next(&self, ready: &mut VecDeque<Taken>, standing: &Standing) -> Result<Option<Taken>, Problem> {
        let (store, pair) = (&self.app.store, &self.target.pair);
        let now = self.app.clock.now();
        while let Some(taken) = ready.pop_front() {
            if now + NEEDED <= taken.until {
                return Ok(Some(taken));
            }
        }
        // Looking costs less than taking: nothing is written while nothing is due.
        let due = store.next_due(pair).await.map_err(failed)?;
        if due.is_none_or(|due| due > now) {
            return Ok(None);
        }
        let until = now + LEASE;
        let limit = if at_once(standing) == AT_ONCE { TAKEN } else { 1 };
        let claimed = store.claim(pair, now, until, limit).await.map_err(failed)?;
        ready.extend(claimed.into_iter().map(|claimed| Taken { claimed, until }));
        Ok(ready.pop_front())
    }

    /// Tries one delivery, and writes down what came of it.
    async fn attempt(&self, claimed: Claimed) -> Result<(), Problem> {
        let app = self.app;
        let began = app.clock.now();
        let parcel = self.parcel(&claimed, began)?;
        let outcome = self.courier.deliver(self.target, &parcel).await;
        let ended = app.clock.now();
        let decision = {
            let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
            let decision = schedule::decide(&outcome, claimed.step, &standing, ended, app.entropy.as_ref());
            if let Some(becomes) = &decision.standing {
                *standing = becomes.clone();
            }
            decision
        };
        self.tell(&claimed, &outcome, &decision);
        let error = match outcome.status {
            Some(_) if outcome.delivered() => None,
            Some(status) => Some(format!("it answered {status}")),
            None => outcome.error,
        };
        let attempt = Attempt {
            number: claimed.attempts + 1,
            at: began,
            elapsed_ms: outcome.elapsed_ms,
            status: outcome.status,
            error,
            body: outcome.body,
        };
        let settlement = Settlement {
            pair: self.target.pair.clone(),
            rank: claimed.rank,
            attempt,
            settled: decision.settled,
            standing: decision.standing,
        };
        app.store.settle(settlement).await.map_err(failed).map(drop)
    }

    /// The event as its receiver reads it, signed.
    fn parcel(&self, claimed: &Claimed, now: Timestamp) -> Result<Parcel, Problem> {
        let dialect = self.target.target.dialect;
        let address = |id: &str| format!("{}{}/{id}", self.base_url, dialect.mount());
        let body = event::render(&claimed.document, dialect, self.base_url, &address, &|_| true)
            .map_err(|error| unreadable("event", &error))?;
        let id = claimed.event.to_string();
        let signed = signature::sign(&id, body.as_bytes(), &self.target.secrets.signing, now);
        Ok(Parcel { body, signed })
    }

    /// Tells the log: success is everyday, everything else is for the administrator.
    fn tell(&self, claimed: &Claimed, outcome: &super::courier::Outcome, decision: &schedule::Decision) {
        let Pair { oi, oc } = &self.target.pair;
        let (event, status, attempt) = (claimed.event, outcome.status, claimed.attempts + 1);
        if outcome.delivered() {
            tracing::debug!(%event, %oi, %oc, status, attempt, "an event was delivered");
        } else {
            let error = outcome.error.as_deref();
            let settled = &decision.settled;
            tracing::info!(%event, %oi, %oc, status, attempt, error, ?settled, "an event was not delivered");
        }
        if let Some(standing) = &decision.standing
            && standing.state == TargetState::Disabled
        {
            let reason = standing.reason.as_deref();
            tracing::warn!(%oi, %oc, reason, "a target is disabled: `epissure events enable` sends again");
        }
    }
}

/// How many deliveries are on their way at once.
fn at_once(standing: &Standing) -> usize {
    if standing.failing_since.is_some() || standing.rate.is_some() { AT_ONCE_FAILING } else { AT_ONCE }
}

/// How many attempts a pass makes.
fn most(standing: &Standing) -> usize {
    if standing.rate.is_some() { 1 } else { MOST }
}
