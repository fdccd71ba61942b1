//! Figures of the backend, called in process: the difference is the cost of the server.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use epissure_filter::{Options, Plan, Query};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::{OperatorCode, TicketId};
use epissure_store::{CATALOG, ListRequest, Start, Tickets, Viewer};
use epissure_store_sqlite::{FILE_NAME, Settings, SqliteStore};
use jiff::Timestamp;
use rusqlite::types::Value;
use tokio::task::JoinSet;

use super::report::Figure;
use super::{Pace, ceiling, http};

const HANDS: usize = 32;

pub(super) fn measure(data: &Path, tickets: u64, pace: Pace) -> Result<Vec<Figure>> {
    let store = Arc::new(SqliteStore::open(&Settings::new(data.join(FILE_NAME)))?);
    let oc: OperatorCode = "SFRA".parse().map_err(anyhow::Error::msg)?;
    let viewer = Viewer::Oc(oc);
    let text = |text: &str| Value::Text(text.to_owned());

    let ids = http::ids(data, 20_000)?;
    let by_id = ceiling::Work {
        rows: Some("SELECT document, findings FROM ticket WHERE id = ?"),
        count: None,
        bindings: ids.iter().map(|id| vec![text(id)]).collect(),
    };
    let parsed: Arc<Vec<TicketId>> = Arc::new(ids.iter().filter_map(|id| TicketId::parse(id)).collect());
    let (rate, most) = pace.in_turn(
        |length| {
            let (store, viewer, parsed) = (Arc::clone(&store), viewer.clone(), Arc::clone(&parsed));
            hands(length, move |number| {
                let (store, viewer, id) = (Arc::clone(&store), viewer.clone(), parsed[number % parsed.len()]);
                async move {
                    store.ticket(id, &viewer).await?;
                    Ok(())
                }
            })
        },
        |length| ceiling::rate(data, &by_id, length),
    )?;
    let by_id = Figure::new(tickets, "in process: ticket by id, 32 at once (ceiling: its SQL)", rate, "/s")
        .against(most, None);

    let query = "status=PENDING&zone=ZMD&sort=-creationDate&limit=50";
    let query = Query::parse(query, &Dialect::Interop20, &Options::default()).map_err(anyhow::Error::msg)?;
    let request = ListRequest {
        viewer: viewer.clone(),
        plan: Plan::new(&query, &CATALOG),
        start: Start::Offset(0),
        limit: 50,
        now: Timestamp::from_second(crate::load::FIRST_DAY + crate::load::DAYS * 86_400)?,
    };
    let page = ceiling::Work {
        rows: Some(
            "SELECT document, findings FROM ticket WHERE code_oc = ? AND status = ? AND zone = ?
             ORDER BY creation_date DESC, seq DESC LIMIT 51",
        ),
        count: Some("SELECT count(*) FROM ticket WHERE code_oc = ? AND status = ? AND zone = ?"),
        bindings: vec![vec![text("SFRA"), text("PENDING"), text("ZMD")]],
    };
    let (rate, most) = pace.in_turn(
        |length| {
            let (store, request) = (Arc::clone(&store), request.clone());
            hands(length, move |_| {
                let (store, request) = (Arc::clone(&store), request.clone());
                async move {
                    store.list(request).await?;
                    Ok(())
                }
            })
        },
        |length| ceiling::rate(data, &page, length),
    )?;
    let page = Figure::new(
        tickets,
        "in process: list of 50, exact total, 32 at once (ceiling: its SQL)",
        rate,
        "/s",
    )
    .against(most, None);
    Ok(vec![by_id, page])
}

/// Runs work in many concurrent tasks. Returns the number of runs per second.
fn hands<F, W>(length: Duration, work: W) -> Result<f64>
where
    F: Future<Output = Result<()>> + Send,
    W: Fn(usize) -> F + Clone + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let started = Instant::now();
        let mut running = JoinSet::new();
        for hand in 0..HANDS {
            let work = work.clone();
            running.spawn(async move {
                let mut done = 0_usize;
                while started.elapsed() < length {
                    work(done * HANDS + hand).await?;
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
