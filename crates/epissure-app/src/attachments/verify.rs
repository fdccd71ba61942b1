//! Verifies that what may be read is there.

use epissure_content::Content;
use epissure_protocol::names::AttachmentId;
use epissure_protocol::problem::Problem;
use epissure_store::Store;

use super::{lost, parsed};
use crate::failure::failed;

/// How many attachments are looked at together.
const AT_ONCE: u32 = 500;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many attachments may be read.
    pub readable: u64,
    /// Those whose content is not there, or not of their size.
    pub lost: Vec<AttachmentId>,
}

/// Looks for the content of every attachment that is VALIDATED; its bytes are not read.
///
/// # Errors
/// When the store or the place of bytes fails.
pub async fn verify(store: &dyn Store, content: &Content) -> Result<Verified, Problem> {
    let (mut found, mut last) = (Verified::default(), None);
    loop {
        let some = store.validated_attachments(last, AT_ONCE).await.map_err(failed)?;
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
        if some.len() < AT_ONCE as usize {
            return Ok(found);
        }
    }
}
