//! Quotas on attachments, checked before a file is received.

use epissure_protocol::names::TicketId;
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::AttachmentRefusal;
use jiff::SignedDuration;

use super::Files;
use crate::failure::failed;
use crate::{App, Caller};

/// Seconds in a day.
const DAY: i64 = 86_400;

/// Refuses a file when its ticket or its operator has used up a quota, or the disk is nearly full.
/// The file that crosses a quota is received whole.
///
/// # Errors
/// Returns 403 (code 53) beyond a quota, with Retry-After for the daily one; 503 when the disk is
/// nearly full.
pub(super) async fn check(
    app: &App,
    files: &Files,
    caller: &Caller,
    ticket: TicketId,
) -> Result<(), Problem> {
    let quotas = &files.quotas;
    if files.content.free_bytes().is_some_and(|free| free < quotas.free_disk) {
        tracing::warn!("an attachment was refused: the disk is nearly full");
        return Err(Problem::from(AttachmentRefusal::NoRoom).retry_after(3600));
    }
    let now = app.clock.now();
    let since_midnight = now.as_second().rem_euclid(DAY);
    let midnight = now - SignedDuration::from_secs(since_midnight);
    let received = app.store.received_bytes(ticket, &caller.operator, midnight).await.map_err(failed)?;
    if received.ticket >= quotas.per_ticket {
        return Err(AttachmentRefusal::TicketQuota { bytes: received.ticket }.into());
    }
    if received.operator >= quotas.per_day {
        let (operator, bytes) = (caller.operator.clone(), received.operator);
        let refusal = AttachmentRefusal::DayQuota { operator, bytes };
        return Err(Problem::from(refusal).retry_after((DAY - since_midnight).unsigned_abs()));
    }
    Ok(())
}
