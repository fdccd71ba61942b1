//! Deletes events past their retention.

use epissure_protocol::problem::Problem;
pub use epissure_store::Cut;
use jiff::SignedDuration;

use crate::App;
use crate::failure::failed;

/// Events deleted in one transaction, which bounds the wait of other writes.
const BATCH: u32 = 1_000;

/// Deletes events past their retention, with their deliveries and attempts, and received events. An
/// event with a pending delivery is not deleted, nor are the events after it.
///
/// # Errors
/// Fails when the store fails. The next call deletes the remaining events.
pub async fn cut_events(app: &App) -> Result<Cut, Problem> {
    let before = app.clock.now() - SignedDuration::from_secs(app.settings.keep_events);
    let mut all = Cut::default();
    loop {
        let cut = app.store.cut_events(before, BATCH).await.map_err(failed)?;
        all.events += cut.events;
        all.received += cut.received;
        if cut == Cut::default() {
            return Ok(all);
        }
    }
}
