//! Opens an attachment whose file is sent in chunks.

use epissure_protocol::json::Object;
use epissure_protocol::problem::Problem;

use super::add::{AddAttachment, write};
use super::receive::Admitted;
use crate::App;

/// Opens an attachment in status UPLOADING, or returns the first answer when the request is a
/// repeat.
///
/// # Errors
/// Fails as [`add`](super::add()) does.
pub async fn open(app: &App, request: &AddAttachment<'_>, admitted: Admitted<'_>) -> Result<Object, Problem> {
    let (attachment, _) = write(app, request, admitted.id(), None).await?;
    Ok(attachment)
}
