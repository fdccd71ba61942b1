//! Checks received attachments: each reaches one conclusion, even with concurrent checks.
//!
//! A worker claims an attachment for [`LEASE`]. If its server dies, another worker claims the
//! attachment after the lease and starts again. If two workers check the same attachment, the first
//! conclusion written wins.
//!
//! The bytes that are published are the bytes that were checked, from a private copy. The order is:
//! publish, conclude, discard. The next check repairs a crash before the conclusion,
//! [`purge`](super::purge()) a later one.
//!
//! A check continues when the ticket has become final in the meantime: the file was received
//! before, and both operators need its conclusion.

use std::fs::File;
use std::io::{self, Seek as _};

use epissure_files::clamd::Answer;
use epissure_files::{Digests, Hasher, Kind, MEASURES, Measure, Name, Reason, Verdict};
use epissure_protocol::attachment::{Attachment, Conclusion};
use epissure_protocol::codes::Actor;
use epissure_protocol::event::EventKind;
use epissure_protocol::names::{TicketId, Version};
use epissure_protocol::problem::Problem;
use epissure_store::{AttachmentWrite, Author, Rewritten, Ticketed};
use jiff::SignedDuration;

use super::receive::measured;
use super::{Files, chunk, discard, event, parsed, told};
use crate::App;
use crate::failure::failed;

/// Lease of a claimed attachment, after which another worker may claim it.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// Delays before an inconclusive check is retried, by number of attempts; the last one repeats.
const DELAYS: [SignedDuration; 5] = [
    SignedDuration::from_secs(10),
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(15),
    SignedDuration::from_hours(1),
];

/// Reason why a check was inconclusive.
#[derive(Debug, thiserror::Error)]
enum Inconclusive {
    #[error(transparent)]
    Content(#[from] epissure_content::Error),
    #[error("the file cannot be read: {0}")]
    File(#[from] io::Error),
    #[error("{0}")]
    Antivirus(#[from] epissure_files::clamd::Why),
    #[error("the bytes are not those that arrived")]
    Altered,
    #[error("{0}")]
    Store(#[from] Problem),
    #[error("the check broke")]
    Broke,
}

/// Checks the attachments whose check is due, one after the other, and returns the number of
/// conclusions. Each attachment is claimed just before its check. Concurrent calls check in
/// parallel.
///
/// # Errors
/// Fails when the store fails. Conclusions already written remain; the other attachments are due
/// again.
pub async fn check(app: &App) -> Result<u64, Problem> {
    let Some(files) = &app.files else { return Ok(0) };
    let mut concluded = 0;
    while let Some(claimed) = claim(app).await? {
        concluded += u64::from(examine(app, files, &claimed).await?);
    }
    Ok(concluded)
}

async fn claim(app: &App) -> Result<Option<Ticketed>, Problem> {
    let now = app.clock.now();
    let mut claimed = app.store.claim_attachments(now, now + LEASE, 1).await.map_err(failed)?;
    Ok(claimed.pop())
}

/// Checks one attachment; returns true when this call wrote its conclusion.
async fn examine(app: &App, files: &Files, claimed: &Ticketed) -> Result<bool, Problem> {
    let attachment = parsed(&claimed.attachment)?;
    let (id, version) = (attachment.id, attachment.version);
    match conclude(app, files, claimed.ticket, attachment).await {
        Ok(concluded) => Ok(concluded),
        Err(why) => {
            let turn = usize::try_from(claimed.attempts).unwrap_or(usize::MAX).saturating_sub(1);
            let delay = DELAYS[turn.min(DELAYS.len() - 1)];
            tracing::warn!(attachment = %id, %why, seconds = delay.as_secs(), "the check of an attachment failed; it will be retried");
            let due = app.clock.now() + delay;
            app.store.postpone_attachment(id, version, due).await.map_err(failed)?;
            Ok(false)
        }
    }
}

async fn conclude(
    app: &App,
    files: &Files,
    ticket: TicketId,
    mut attachment: Attachment,
) -> Result<bool, Inconclusive> {
    let id = attachment.id;
    let upload = id.to_string();
    let (file, digests) = bring(files, &attachment).await?;
    let arrived = measured(&digests);
    // A file received in one piece was measured on reception. A disk that returns other bytes is no
    // fault of the author.
    if attachment.measured.as_ref().is_some_and(|before| *before != arrived) {
        return Err(Inconclusive::Altered);
    }
    let declared: Vec<(Measure, &str)> = MEASURES
        .iter()
        .filter_map(|(measure, member)| Some((*measure, attachment.declared.get(*member)?.as_str()?)))
        .collect();
    let (file, verdict) = match digests.differing(&declared) {
        Some(_) => (file, Verdict::Rejected(Reason::Digest)),
        None => judge(files, file, &attachment).await?,
    };
    if verdict == Verdict::Validated {
        files.content.publish(&upload, &arrived.sha256, file).await?;
    }
    attachment.measured = Some(arrived);
    let written = write(app, ticket, attachment, verdict).await?;
    if written == Rewritten::Done {
        discard(files, id).await;
    }
    Ok(written == Rewritten::Done)
}

/// Assembles the file into a private copy and measures it.
///
/// After a restore, the database may list as waiting a file that was validated later. The file is
/// then read from the published content. It is checked like any other, because it may have been
/// validated as another kind.
async fn bring(files: &Files, attachment: &Attachment) -> Result<(File, Digests), Inconclusive> {
    let (upload, parts) = (attachment.id.to_string(), chunk::parts(attachment));
    let mut hasher = Hasher::new();
    let arrived = files.content.gather(&upload, &parts, |bytes| hasher.update(bytes)).await;
    let file = match (arrived, &attachment.measured) {
        (Err(epissure_content::Error::Missing(_)), Some(measured)) => {
            hasher = Hasher::new();
            files.content.fetch(&measured.sha256, |bytes| hasher.update(bytes)).await?
        }
        (arrived, _) => arrived?,
    };
    Ok((file, hasher.finish()))
}

/// Applies the file rules, then the antivirus.
async fn judge(files: &Files, file: File, attachment: &Attachment) -> Result<(File, Verdict), Inconclusive> {
    let kind = Name::parse(&attachment.name).ok().and_then(|name| Kind::of_extension(name.extension()));
    let Some(kind) = kind else { return Ok((file, Verdict::Rejected(Reason::Extension))) };
    let judged = tokio::task::spawn_blocking(move || {
        let mut file = file;
        let verdict = epissure_files::check(&mut file, kind)?;
        file.rewind()?;
        Ok::<_, io::Error>((file, verdict))
    });
    let (file, verdict) = judged.await.map_err(|_| Inconclusive::Broke)??;
    let (Some(clamd), Verdict::Validated) = (&files.antivirus, verdict) else { return Ok((file, verdict)) };
    let mut file = tokio::fs::File::from_std(file);
    let answer = clamd.scan(&mut file).await;
    let verdict = match answer {
        Answer::Unknown(why) => return Err(why.into()),
        Answer::Infected(name) => {
            tracing::warn!(attachment = %attachment.id, name, "the antivirus detected malware");
            Verdict::Rejected(Reason::Infected)
        }
        Answer::Clean => Verdict::Validated,
    };
    Ok((file.into_std().await, verdict))
}

/// Writes the conclusion and its event.
async fn write(
    app: &App,
    ticket: TicketId,
    attachment: Attachment,
    verdict: Verdict,
) -> Result<Rewritten, Problem> {
    let conclusion = match verdict {
        Verdict::Validated => Conclusion::Validated,
        Verdict::Rejected(reason) => Conclusion::Rejected {
            reason: reason.code().replace('-', "_").to_uppercase(),
            details: reason.to_string(),
        },
    };
    conclude_as(app, ticket, attachment, conclusion).await
}

/// Writes a conclusion, unless the attachment has changed since it was read.
pub(super) async fn conclude_as(
    app: &App,
    ticket: TicketId,
    attachment: Attachment,
    conclusion: Conclusion,
) -> Result<Rewritten, Problem> {
    let now = app.clock.now();
    let expected = attachment.version;
    let attachment = attachment.concluded(conclusion, Version(app.entropy.uuid(now)), now);
    let event = event(app, EventKind::AttachmentUpdate, attachment.last_update_date, Actor::System);
    let (id, status, reason) = (attachment.id, attachment.status, attachment.status_change_reason.clone());
    let change = AttachmentWrite {
        ticket,
        event: Some((event, told(&attachment)?)),
        attachment,
        expected,
        needs_open_ticket: false,
        due: now,
    };
    let written = app.store.change_attachment(change, &Author::system(now)).await.map_err(failed)?;
    if written == Rewritten::Done {
        app.announcements.announce_to_all();
        tracing::info!(attachment = %id, status = status.as_str(), reason, "the check of an attachment has ended");
    }
    Ok(written)
}
