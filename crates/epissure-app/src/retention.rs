//! Deletes what has been kept for long enough.

use epissure_protocol::problem::Problem;
pub use epissure_store::Cut;
use jiff::SignedDuration;

use crate::App;
use crate::failure::failed;

/// How many events are deleted at once: other writes wait for no longer.
const AT_ONCE: u32 = 1_000;

/// Deletes events that are older than the settings keep them, with their deliveries and attempts, and received events.
/// An event that is still to be delivered is kept, and those after it.
///
/// # Errors
/// When the store fails. What was deleted is; what was not is deleted the next time.
pub async fn cut_events(app: &App) -> Result<Cut, Problem> {
    let before = app.clock.now() - SignedDuration::from_secs(app.settings.keep_events);
    let mut all = Cut::default();
    loop {
        let cut = app.store.cut_events(before, AT_ONCE).await.map_err(failed)?;
        all.events += cut.events;
        all.received += cut.received;
        if cut == Cut::default() {
            return Ok(all);
        }
    }
}
