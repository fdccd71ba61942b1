//! Gives up what was never finished, and removes bytes that nobody waits for.

use epissure_protocol::attachment::Conclusion;
use epissure_protocol::names::AttachmentId;
use epissure_protocol::problem::Problem;
use epissure_store::Rewritten;
use jiff::{SignedDuration, Timestamp};

use super::check::conclude_as;
use super::{discard, lost, parsed};
use crate::App;
use crate::failure::failed;

/// How long an attachment may take to be finalized, and bytes without a row are left to whoever sends them.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);
/// The most that are looked at together.
const AT_ONCE: u32 = 100;

/// Rejects attachments that were opened 24 hours ago and not finalized, and removes what has arrived of uploads as old
/// that are not waited for: an upload that broke off, or a server that was killed, leaves them. Answers how many of both.
///
/// # Errors
/// When the store or the place of bytes fails. What was done is done.
pub async fn purge(app: &App) -> Result<(u64, u64), Problem> {
    let Some(files) = &app.files else { return Ok((0, 0)) };
    let before = app.clock.now() - PATIENCE;
    let mut given_up = 0;
    for unfinished in app.store.unfinished_attachments(before, AT_ONCE).await.map_err(failed)? {
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
    for some in old.chunks(AT_ONCE as usize) {
        let awaited = app.store.awaited_attachments(some.to_vec()).await.map_err(failed)?;
        for id in some.iter().filter(|id| !awaited.contains(id)) {
            discard(files, *id).await;
            removed += 1;
        }
    }
    Ok((given_up, removed))
}

/// When an upload was begun: its identifier tells.
fn begun(id: AttachmentId) -> Option<Timestamp> {
    let (seconds, _) = id.0.get_timestamp()?.to_unix();
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}
