//! Insertion rate of the backend: prepared tickets, inserted by 32 concurrent tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use epissure_app::entropy::{Entropy as _, SystemEntropy};
use epissure_protocol::json::Object;
use epissure_protocol::names::{TicketId, Version};
use epissure_protocol::ticket::Ticket;
use epissure_store::NewTicket;
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::data::Data;
use crate::load;

/// Measures the inserts per second, through `Tickets::open`.
pub(super) fn rate(data: &Data, bodies: &[Object], hands: usize, length: Duration) -> Result<f64> {
    let now = Timestamp::from_second(load::FIRST_DAY)?;
    let made: Result<Vec<Ticket>> = bodies
        .iter()
        .map(|body| {
            let id = SystemEntropy.uuid(now);
            Ok(Ticket::open(load::draft(body)?, TicketId(id), Version(id), now))
        })
        .collect();
    let made = Arc::new(made?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = data.open().await?;
        let next = Arc::new(AtomicU64::new(0));
        let started = Instant::now();
        let mut running = JoinSet::new();
        for _ in 0..hands {
            let (store, made, next) = (Arc::clone(&store), Arc::clone(&made), Arc::clone(&next));
            running.spawn(async move {
                let mut done = 0_u64;
                while started.elapsed() < length {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let mut ticket = made[number as usize % made.len()].clone();
                    ticket.id = TicketId(SystemEntropy.uuid(ticket.creation_date));
                    let new = NewTicket { ticket, findings: Vec::new(), idempotency: None };
                    store.open(new, &load::author()).await?;
                    done += 1;
                }
                anyhow::Ok(done)
            });
        }
        let mut done = 0;
        while let Some(counted) = running.join_next().await {
            done += counted??;
        }
        Ok(done as f64 / started.elapsed().as_secs_f64())
    })
}
