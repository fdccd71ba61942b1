//! Opens an attachment whose file will come in chunks.

use epissure_protocol::json::Object;
use epissure_protocol::problem::Problem;

use super::add::{AddAttachment, write};
use super::receive::Admitted;
use crate::App;

/// Opens an attachment, UPLOADING, or gives again the answer of the same request made before.
///
/// # Errors
/// Those of [`add`](super::add()).
pub async fn open(app: &App, request: &AddAttachment<'_>, admitted: Admitted<'_>) -> Result<Object, Problem> {
    let (attachment, _) = write(app, request, admitted.id(), None).await?;
    Ok(attachment)
}
