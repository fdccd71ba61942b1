//! Rate, concurrency and stream limits of each client, so that no client starves another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use epissure_protocol::names::OperatorCode;
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::AccessRefusal;
use epissure_store::{ClientId, Role};
use jiff::Timestamp;
use moka::sync::Cache;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::failure::failed;
use crate::memory::Budget;
use crate::{App, Caller};

/// Burst allowed after a pause, as a multiple of the rate.
const BURST: i64 = 10;
/// Fraction of the memory budget that one client may use: one in `MEMORY_SHARE`.
const MEMORY_SHARE: usize = 4;
/// Maximum wait of a request for the concurrency limit of its client.
const TURN: Duration = Duration::from_secs(10);
/// Cache lifetime of the contracts' rates.
const RATE_TTL: Duration = Duration::from_secs(5);

/// Limits that apply to every client.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Sustained requests per second of one client, with bursts of ten times as many after a pause.
    /// 0 for no limit.
    pub rate: u32,
    /// Concurrent requests of one client; further ones wait.
    pub concurrency: usize,
    /// Concurrent lists and counts of one client; further ones wait. Lower than the number of
    /// database readers, so that other clients find one free.
    pub lists: usize,
    /// Concurrent event streams of one client.
    pub streams: usize,
    /// Concurrent event streams of all clients.
    pub all_streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rate: 0, concurrency: 32, lists: 4, streams: 32, all_streams: 512 }
    }
}

/// Quota state of every client seen so far.
pub(crate) struct Quotas {
    limits: Limits,
    memory: Budget,
    /// Registered clients only, so that their number is bounded.
    clients: Mutex<HashMap<ClientId, Arc<Client>>>,
    contract_rates: Cache<OperatorCode, Option<u32>>,
    streams: Arc<Semaphore>,
}

struct Client {
    /// Instant at which the bucket will be full again, in microseconds since 1970.
    full_at: Mutex<i64>,
    treated: Arc<Semaphore>,
    lists: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    memory: Budget,
}

/// Permission to process one request of a client, until dropped.
pub struct Admission {
    /// Memory budget shared by the requests of the client.
    pub memory: Budget,
    _treated: OwnedSemaphorePermit,
    _list: Option<OwnedSemaphorePermit>,
}

/// Kind of work that a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A read by identifier, or a write.
    One,
    /// A list or a count.
    List,
}

/// Permission to serve one event stream, until dropped.
#[derive(Debug)]
pub struct StreamPlace(#[expect(dead_code, reason = "held to be dropped")] [OwnedSemaphorePermit; 2]);

impl Quotas {
    pub(crate) fn new(limits: Limits, memory: Budget) -> Self {
        Self {
            limits,
            memory,
            clients: Mutex::default(),
            contract_rates: Cache::builder().max_capacity(10_000).time_to_live(RATE_TTL).build(),
            streams: Arc::new(Semaphore::new(limits.all_streams)),
        }
    }

    pub(crate) fn forget_rates(&self) {
        self.contract_rates.invalidate_all();
    }

    fn client(&self, id: &ClientId) -> Arc<Client> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Client {
            full_at: Mutex::new(i64::MIN),
            treated: Arc::new(Semaphore::new(self.limits.concurrency)),
            lists: Arc::new(Semaphore::new(self.limits.lists)),
            streams: Arc::new(Semaphore::new(self.limits.streams)),
            memory: self.memory.share(MEMORY_SHARE),
        };
        Arc::clone(clients.entry(id.clone()).or_insert_with(|| Arc::new(new())))
    }
}

impl Client {
    /// Counts a request against a rate, and returns the seconds to wait after too many. The leaky
    /// bucket gains one interval per request, and its capacity is ten seconds of requests.
    fn count(&self, rate: u32, now: Timestamp) -> Result<(), u64> {
        let interval = 1_000_000 / i64::from(rate.max(1));
        let capacity = interval * i64::from(rate.max(1)) * BURST;
        let now = now.as_microsecond();
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let next = (*full_at).max(now) + interval;
        let over = next - now - capacity;
        if over > 0 {
            return Err(over.unsigned_abs().div_ceil(1_000_000));
        }
        *full_at = next;
        Ok(())
    }
}

/// Admits a request within the client's rate, and waits for its concurrency limits.
///
/// # Errors
/// Returns 403 (code 53) with Retry-After beyond the rate. The rate is the lowest in the contracts
/// of the client's operator, otherwise `--client-rate`. Returns 503 (code 6) when the client's
/// other requests take too long.
pub async fn admit(app: &App, caller: &Caller, work: Work) -> Result<Admission, Problem> {
    let client = app.quotas.client(&caller.client);
    let rate = contract_rate(app, caller).await?.unwrap_or(app.quotas.limits.rate);
    if rate > 0 {
        client
            .count(rate, app.clock.now())
            .map_err(|seconds| Problem::from(AccessRefusal::Rate { rate }).retry_after(seconds))?;
    }
    let turn = async {
        let treated = Arc::clone(&client.treated).acquire_owned().await?;
        let list = match work {
            Work::One => None,
            Work::List => Some(Arc::clone(&client.lists).acquire_owned().await?),
        };
        Ok::<_, AcquireError>((treated, list))
    };
    let Ok(Ok((treated, list))) = tokio::time::timeout(TURN, turn).await else {
        return Err(Problem::from(AccessRefusal::Busy).retry_after(1));
    };
    Ok(Admission { memory: client.memory.clone(), _treated: treated, _list: list })
}

/// Returns the lowest rate in the contracts of the caller's operator. Contracts limit the OC only.
async fn contract_rate(app: &App, caller: &Caller) -> Result<Option<u32>, Problem> {
    if caller.role != Role::Oc {
        return Ok(None);
    }
    if let Some(known) = app.quotas.contract_rates.get(&caller.operator) {
        return Ok(known);
    }
    let contracts = app.store.contracts().await.map_err(failed)?;
    let own = contracts.iter().filter(|contract| contract.oc == caller.operator);
    let rate = own.filter_map(|contract| contract.rate).min();
    app.quotas.contract_rates.insert(caller.operator.clone(), rate);
    Ok(rate)
}

/// Admits an event stream.
///
/// # Errors
/// Returns 403 (code 53) when the client has its maximum of streams, 503 when the server has; both
/// with Retry-After.
pub fn take_stream(app: &App, caller: &Caller) -> Result<StreamPlace, Problem> {
    let client = app.quotas.client(&caller.client);
    let own = Arc::clone(&client.streams).try_acquire_owned().map_err(|_| {
        let limit = app.quotas.limits.streams;
        Problem::from(AccessRefusal::ClientStreams { limit }).retry_after(30)
    })?;
    let all = Arc::clone(&app.quotas.streams)
        .try_acquire_owned()
        .map_err(|_| Problem::from(AccessRefusal::ServerStreams).retry_after(30))?;
    Ok(StreamPlace([own, all]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_ask_ten_seconds_worth_at_once_and_then_its_rate() {
        let quotas = Quotas::new(Limits::default(), Budget::new(1000));
        let client = quotas.client(&ClientId("one".to_owned()));
        let at = |millisecond: i64| {
            Timestamp::from_millisecond(1_736_860_678_000 + millisecond).expect("an instant")
        };
        let granted =
            |count, millisecond| (0..count).filter(|_| client.count(100, at(millisecond)).is_ok()).count();
        assert_eq!(granted(2000, 0), 1000);
        assert_eq!(client.count(100, at(0)), Err(1));
        assert_eq!(granted(2000, 1000), 100, "one second later");
        assert_eq!(granted(2000, 3_600_000), 1000, "after a long pause, no more than a burst");
        let other = quotas.client(&ClientId("other".to_owned()));
        assert_eq!(other.count(100, at(0)), Ok(()), "another client has its own");
    }
}
