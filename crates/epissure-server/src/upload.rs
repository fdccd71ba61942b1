//! Uploads: forms of one file and one JSON object, in either order, streamed to the content store.

mod disposition;
mod flow;
#[cfg(test)]
mod tests;

use axum::body::Body;
use bytes::Bytes;
use epissure_app::App;
use epissure_app::attachments::{Admitted, Received};
use epissure_protocol::json::Object;
use epissure_protocol::problem::{Code, Fault, Problem};
use epissure_protocol::refusal::{AttachmentRefusal, BodyRefusal, HttpRefusal};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use multer::{Field, Multipart};

use crate::body;
use crate::deadline::Deadline;
use flow::{Flow, Held, Stop};

/// Name of the part with the file.
const FILE: &str = "file";
/// Maximum size of a form besides its parts, in bytes.
const FRAME: u64 = 64 * 1024;
/// Maximum length of a boundary (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// Parameters of the reading of a form.
pub(crate) struct Form<'a> {
    /// Headers of the request.
    pub(crate) headers: &'a HeaderMap,
    /// Deadline that progress extends.
    pub(crate) deadline: Option<Deadline>,
    /// Name of the part with the JSON object.
    pub(crate) object: &'static str,
    /// Maximum size of the JSON object, in bytes.
    pub(crate) object_limit: usize,
}

/// Returns true if the body of the request is a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(body::essence);
    media.as_deref() == Some("multipart/form-data")
}

/// The parts of a form received so far.
#[derive(Default)]
struct Arrived {
    file: Option<Received>,
    object: Option<Object>,
}

impl Form<'_> {
    /// Receives a form and stores its file as admitted. The file is removed if the form is invalid.
    ///
    /// # Errors
    /// Returns 400 when the form is malformed, lacks a part or has an unknown part; 408 when it is
    /// too slow; 413 as soon as a part is too large; 415 when the body is no form.
    pub(crate) async fn receive(
        &self,
        body: Body,
        app: &App,
        admitted: Admitted<'_>,
    ) -> Result<(Received, Object), Problem> {
        let mut arrived = Arrived::default();
        match self.read(body, app, admitted, &mut arrived).await {
            Ok(()) => {}
            Err(problem) => return Err(give_up(arrived, app, problem).await),
        }
        match arrived {
            Arrived { file: Some(file), object: Some(object) } => Ok((file, object)),
            arrived => {
                let part = if arrived.file.is_none() { FILE } else { self.object };
                let refusal = BodyRefusal::MissingPart { part: part.to_owned() };
                Err(give_up(arrived, app, Fault::new(format!("/{part}"), refusal).into()).await)
            }
        }
    }

    async fn read(
        &self,
        body: Body,
        app: &App,
        admitted: Admitted<'_>,
        arrived: &mut Arrived,
    ) -> Result<(), Problem> {
        let boundary = self.boundary()?;
        body::is_as_it_is(self.headers)?;
        let limit = app.attachment_limit();
        let most = limit + self.object_limit as u64 + FRAME;
        let announced = self.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length: u64| length > most) {
            return Err(AttachmentRefusal::TooLarge { limit }.into());
        }
        let (flow, held) = Flow::new(body, most, self.deadline.clone());
        let mut form = Multipart::new(flow, boundary);
        let mut admitted = Some(admitted);
        while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
            match disposition::name(field.headers()).as_deref() {
                Some(FILE) => {
                    let admitted = admitted.take().ok_or_else(|| twice(FILE))?;
                    arrived.file = Some(receive_file(&mut field, &held, admitted).await?);
                }
                Some(name) if name == self.object => {
                    if arrived.object.is_some() {
                        return Err(twice(self.object));
                    }
                    let bytes = collect(&mut field, &held, self.object, self.object_limit).await?;
                    arrived.object = Some(body::parse_object(bytes.into()).await?);
                }
                _ => {
                    return Err(HttpRefusal::OtherPart { file: FILE, object: self.object }.into());
                }
            }
        }
        Ok(())
    }

    fn boundary(&self) -> Result<String, Problem> {
        if !is_form(self.headers) {
            return Err(HttpRefusal::NotAForm { file: FILE, object: self.object }.into());
        }
        let media = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(media).ok();
        boundary
            .filter(|boundary| (1..=LONGEST_BOUNDARY).contains(&boundary.len()))
            .ok_or_else(|| HttpRefusal::Boundary.into())
    }
}

async fn give_up(arrived: Arrived, app: &App, problem: Problem) -> Problem {
    if let Some(file) = arrived.file {
        file.discard(app).await;
    }
    problem
}

async fn receive_file(
    field: &mut Field<'_>,
    held: &Held,
    admitted: Admitted<'_>,
) -> Result<Received, Problem> {
    let mut upload = admitted.begin().await?;
    loop {
        let written = match field.chunk().await {
            Ok(Some(bytes)) => {
                held.handed_out(&bytes);
                upload.write(bytes).await
            }
            Ok(None) => return upload.finish().await,
            Err(error) => Err(unreadable(error)),
        };
        if let Err(problem) = written {
            upload.abandon().await;
            return Err(problem);
        }
    }
}

async fn collect(field: &mut Field<'_>, held: &Held, name: &str, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut collected = Vec::new();
    while let Some(bytes) = field.chunk().await.map_err(unreadable)? {
        held.handed_out(&bytes);
        take(&mut collected, &bytes, name, limit)?;
    }
    Ok(collected)
}

fn take(collected: &mut Vec<u8>, bytes: &Bytes, name: &str, limit: usize) -> Result<(), Problem> {
    if collected.len() + bytes.len() > limit {
        return Err(HttpRefusal::PartTooLarge { part: name.to_owned(), limit }.into());
    }
    collected.extend_from_slice(bytes);
    Ok(())
}

fn twice(part: &str) -> Problem {
    HttpRefusal::PartTwice { part: part.to_owned() }.into()
}

/// Returns the problem of an unreadable form. The message of the parser is not used, because it
/// quotes the form.
fn unreadable(error: multer::Error) -> Problem {
    let malformed = || Problem::from(HttpRefusal::Form);
    let multer::Error::StreamReadFailed(cause) = error else { return malformed() };
    match cause.downcast_ref::<Stop>() {
        Some(Stop::Dawdling) => Problem::standard(Code::RequestTimeout),
        Some(Stop::TooLarge(limit)) => HttpRefusal::BodyTooLarge { limit: *limit }.into(),
        Some(Stop::Headless) => malformed(),
        Some(Stop::Broken) | None => HttpRefusal::BodyBroken.into(),
    }
}
