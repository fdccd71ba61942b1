//! Verifies that the content of readable attachments exists.

use epissure_content::Content;
use epissure_protocol::names::AttachmentId;
use epissure_protocol::problem::Problem;
use epissure_store::Store;

use super::{lost, parsed};
use crate::failure::failed;

/// Batch size.
const BATCH: u32 = 500;

/// Result of a verification.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Number of VALIDATED attachments.
    pub readable: u64,
    /// Attachments whose content is missing or has another size.
    pub lost: Vec<AttachmentId>,
}

/// Checks the presence and the size of the content of every VALIDATED attachment, without reading
/// its bytes.
///
/// # Errors
/// Fails when the store or the content store fails.
pub async fn verify(store: &dyn Store, content: &Content) -> Result<Verified, Problem> {
    let (mut found, mut last) = (Verified::default(), None);
    loop {
        let some = store.validated_attachments(last, BATCH).await.map_err(failed)?;
        for one in &some {
            let attachment = parsed(&one.attachment)?;
            let expected = attachment.measured.as_ref();
            let hash = expected.map_or("", |measured| measured.sha256.as_str());
            let size = content.size(hash).await.map_err(|error| lost(&error))?;
            found.readable += 1;
            if size != expected.map(|measured| measured.size) {
                found.lost.push(attachment.id);
            }
            last = Some(attachment.id);
        }
        if some.len() < BATCH as usize {
            return Ok(found);
        }
    }
}
