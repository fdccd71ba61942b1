//! The honest client: reads, lists, counts and opens tickets at a moderate rate, and measures its
//! latencies. It runs on a thread of its own, so that the attacks of the same process do not delay
//! its clock.

use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::Method;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::caller::Caller;
use super::target::{Target, modification};

const MOUNT: &str = "/api/v2/anomalie-adresse";
/// Default rate, in requests per second.
const RATE: u32 = 50;
/// Maximum number of concurrent requests.
const MAX_CONCURRENT: usize = 16;

#[derive(Clone)]
pub(crate) struct Honest {
    caller: Caller,
    tickets: Vec<String>,
    rate: u32,
}

/// Result of the honest client.
pub(crate) struct Worked {
    /// 99th percentile of the latencies, in milliseconds.
    pub(crate) p99: f64,
    /// Number of requests with an unexpected response.
    pub(crate) failures: usize,
}

impl Worked {
    /// Result of a client that could not run.
    const NOTHING: Self = Self { p99: f64::NAN, failures: usize::MAX };
}

/// A running client, until it is stopped.
pub(crate) struct Working {
    stop: oneshot::Sender<()>,
    work: std::thread::JoinHandle<Worked>,
}

impl Honest {
    pub(crate) async fn new(target: &Target) -> Result<Self> {
        let caller = target.caller("honest-oc", 1).await?;
        let mut tickets = Vec::new();
        for _ in 0..20 {
            tickets.push(caller.open(MOUNT, &modification("SFRA")).await?);
        }
        Ok(Self { caller, tickets, rate: RATE })
    }

    /// Sets the rate.
    pub(crate) fn at_rate(self, rate: u32) -> Self {
        Self { rate, ..self }
    }

    pub(crate) async fn works_for(&self, length: Duration) -> Worked {
        let working = self.clone().works_until_told();
        tokio::time::sleep(length).await;
        working.end().await
    }

    pub(crate) fn works_until_told(self) -> Working {
        let (stop, stopped) = oneshot::channel::<()>();
        let work = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let (Ok(runtime), Ok(caller)) = (runtime, self.caller.reconnected()) else {
                return Worked::NOTHING;
            };
            runtime.block_on(Self { caller, ..self }.work(async {
                let _ = stopped.await;
            }))
        });
        Working { stop, work }
    }

    async fn work(&self, until: impl Future<Output = ()>) -> Worked {
        let mut turns = tokio::time::interval(Duration::from_secs(1) / self.rate);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        tokio::pin!(until);
        let (mut times, mut failures, mut turn) = (Vec::new(), 0, 0_usize);
        let mut under_way = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut until => break,
                _ = turns.tick(), if under_way.len() < MAX_CONCURRENT => {
                    let (honest, this) = (self.clone(), turn);
                    turn += 1;
                    under_way.spawn(async move {
                        let began = Instant::now();
                        let sound = honest.ask(this).await.unwrap_or(false);
                        (began.elapsed(), sound)
                    });
                }
                Some(Ok((time, sound))) = under_way.join_next() => {
                    times.push(time);
                    failures += usize::from(!sound);
                }
            }
        }
        while let Some(Ok((time, sound))) = under_way.join_next().await {
            times.push(time);
            failures += usize::from(!sound);
        }
        times.sort_unstable();
        let place = (times.len().saturating_sub(1) as f64 * 0.99).round() as usize;
        let p99 = times.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3);
        Worked { p99, failures }
    }

    /// Makes one request. Returns true when the response is as expected.
    async fn ask(&self, turn: usize) -> Result<bool> {
        let answer = match turn % 10 {
            0 => self.caller.post(MOUNT, &modification("SFRA")).await?,
            1 => self.caller.get(&format!("{MOUNT}?limit=10")).await?,
            2 => self.caller.request(Method::HEAD, MOUNT).send().await?,
            _ => self.caller.get(&format!("{MOUNT}/{}", self.tickets[turn % self.tickets.len()])).await?,
        };
        let expected = if turn.is_multiple_of(10) { 201 } else { 200 };
        let answered = answer.status().as_u16() == expected;
        answer.bytes().await?;
        Ok(answered)
    }
}

impl Working {
    pub(crate) async fn end(self) -> Worked {
        let _ = self.stop.send(());
        let ended = tokio::task::spawn_blocking(|| self.work.join()).await;
        ended.ok().and_then(Result::ok).unwrap_or(Worked::NOTHING)
    }
}
