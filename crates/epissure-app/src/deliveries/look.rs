//! Lists deliveries and their attempts, and queues events for redelivery on an administrator's
//! request.

use epissure_protocol::names::EventId;
use epissure_store::{Attempt, Author, Delivery, DeliveryFilter, DeliveryState, Pair, Resend};

use crate::App;
use crate::directory::Refused;
use crate::failure::failed;

/// Returns deliveries, newest event first.
///
/// # Errors
/// Fails when the store fails.
pub async fn list(app: &App, filter: DeliveryFilter) -> Result<Vec<Delivery>, Refused> {
    Ok(app.store.deliveries(filter).await.map_err(failed)?)
}

/// Returns the number of deliveries of a target in each state.
///
/// # Errors
/// Fails when the store fails.
pub async fn counts(app: &App, pair: &Pair) -> Result<Vec<(DeliveryState, u64)>, Refused> {
    Ok(app.store.delivery_counts(pair).await.map_err(failed)?)
}

/// Returns the attempts to deliver an event.
///
/// # Errors
/// Fails when the event has no delivery.
pub async fn attempts(app: &App, event: EventId) -> Result<Vec<Attempt>, Refused> {
    app.store.attempts(event).await.map_err(failed)?.ok_or_else(|| undelivered(event))
}

/// Queues events again, from the start of the retry schedule, and returns their number. The events
/// of a ticket are sent in their order.
///
/// # Errors
/// Fails when the single requested event has no delivery.
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
