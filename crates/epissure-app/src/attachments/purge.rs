//! Rejects attachments that were never finalized, and removes orphaned bytes.

use epissure_protocol::attachment::Conclusion;
use epissure_protocol::names::AttachmentId;
use epissure_protocol::problem::Problem;
use epissure_store::Rewritten;
use jiff::{SignedDuration, Timestamp};

use super::check::conclude_as;
use super::{discard, lost, parsed};
use crate::App;
use crate::failure::failed;

/// Age at which an attachment that is not finalized is rejected, and bytes without a row are
/// removed.
const TIMEOUT: SignedDuration = SignedDuration::from_hours(24);
/// Batch size.
const BATCH: u32 = 100;

/// Rejects attachments opened 24 hours ago and not finalized, and removes orphaned uploads as old.
/// Interrupted uploads and killed servers leave such uploads. Returns both numbers.
///
/// # Errors
/// Fails when the store or the content store fails. Completed work remains.
pub async fn purge(app: &App) -> Result<(u64, u64), Problem> {
    let Some(files) = &app.files else { return Ok((0, 0)) };
    let before = app.clock.now() - TIMEOUT;
    let mut given_up = 0;
    for unfinished in app.store.unfinished_attachments(before, BATCH).await.map_err(failed)? {
        let attachment = parsed(&unfinished.attachment)?;
        let id = attachment.id;
        let conclusion = Conclusion::Rejected {
            reason: "UNFINISHED".to_owned(),
            details: "The attachment was not finalized within 24 hours; send it anew.".to_owned(),
        };
        if conclude_as(app, unfinished.ticket, attachment, conclusion).await? == Rewritten::Done {
            discard(files, id).await;
            given_up += 1;
        }
    }
    let uploads = files.content.uploads().await.map_err(|error| lost(&error))?;
    let old: Vec<AttachmentId> = uploads
        .iter()
        .filter_map(|name| AttachmentId::parse(name))
        .filter(|id| begun(*id).is_some_and(|begun| begun < before))
        .collect();
    let mut removed = 0;
    for some in old.chunks(BATCH as usize) {
        let awaited = app.store.awaited_attachments(some.to_vec()).await.map_err(failed)?;
        for id in some.iter().filter(|id| !awaited.contains(id)) {
            discard(files, *id).await;
            removed += 1;
        }
    }
    Ok((given_up, removed))
}

/// Returns the start of an upload, read from its UUID version 7.
fn begun(id: AttachmentId) -> Option<Timestamp> {
    let (seconds, _) = id.0.get_timestamp()?.to_unix();
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}
