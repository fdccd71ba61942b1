//! Looks at deliveries and their attempts, and sends again by hand.

use epissure_protocol::names::EventId;
use epissure_store::{Attempt, Author, Delivery, DeliveryFilter, DeliveryState, Pair, Resend};

use crate::App;
use crate::directory::Refused;
use crate::failure::failed;

/// Deliveries, the newest event first.
///
/// # Errors
/// When the store fails.
pub async fn list(app: &App, filter: DeliveryFilter) -> Result<Vec<Delivery>, Refused> {
    Ok(app.store.deliveries(filter).await.map_err(failed)?)
}

/// How many deliveries of a target are in each state.
///
/// # Errors
/// When the store fails.
pub async fn counts(app: &App, pair: &Pair) -> Result<Vec<(DeliveryState, u64)>, Refused> {
    Ok(app.store.delivery_counts(pair).await.map_err(failed)?)
}

/// The attempts to deliver an event.
///
/// # Errors
/// When the event has no delivery.
pub async fn attempts(app: &App, event: EventId) -> Result<Vec<Attempt>, Refused> {
    app.store.attempts(event).await.map_err(failed)?.ok_or_else(|| undelivered(event))
}

/// Sends again, from the beginning of the schedule; answers how many events. The one that comes first in its ticket goes
/// first.
///
/// # Errors
/// When the one event that is asked for has no delivery.
pub async fn resend(app: &App, what: Resend, by: &Author) -> Result<u64, Refused> {
    let event = if let Resend::Event(event) = &what { Some(*event) } else { None };
    let sent = app.store.resend(what, by).await.map_err(failed)?;
    app.announcements.announce_to_all();
    match event {
        Some(event) if sent == 0 => Err(undelivered(event)),
        _ => Ok(sent),
    }
}

fn undelivered(event: EventId) -> Refused {
    Refused::invalid(format!(
        "{event} is no event that was to be delivered: `epissure events list` shows those that are"
    ))
}
