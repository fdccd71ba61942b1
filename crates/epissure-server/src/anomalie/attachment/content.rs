//! `GET` and `HEAD` on an attachment's content: its bytes, all of them or a range.

use std::ops::Range;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use epissure_app::attachments::{self, Readable};
use epissure_app::oauth;
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::{HttpRefusal, ResourceRefusal};
use http::{HeaderMap, Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::attachment_id;
use crate::anomalie::{Mount, ticket_id};
use crate::conditions::entity_tag;
use crate::segment::Segment;
use crate::selection::{Selectable, Selected};
use crate::{answer, authorise, http_date};

/// Characters to escape in a file name: all but `attr-char` (RFC 5987).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Returns the content, subject to conditions and range.
pub(crate) async fn content(
    State(mount): State<Mount>,
    ticket: Segment<3>,
    attachment: Segment<1>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    mount.answer(content_inner(&mount, &ticket, &attachment, &method, &headers).await)
}

async fn content_inner(
    mount: &Mount,
    ticket: &Segment<3>,
    attachment: &Segment<1>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let caller = authorise::authorise(&mount.app, headers, oauth::ANOMALIE_READ).await?;
    let (ticket, id) = (ticket_id(ticket)?, attachment_id(attachment)?);
    let content = attachments::content(&mount.app, &caller, ticket, id).await?;
    let etag = entity_tag(&content.sha256);
    let selectable = Selectable { etag: &etag, since: content.since, size: content.size };
    let (status, range) = match selectable.select(method, headers) {
        Selected::Whole => (StatusCode::OK, 0..content.size),
        Selected::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Selected::NotModified => return Ok(framed(StatusCode::NOT_MODIFIED, Body::empty(), &content, &etag)),
        Selected::Failed => {
            return Err(ResourceRefusal::ContentChanged.into());
        }
        Selected::Unsatisfiable => return Ok(unsatisfiable(mount, content.size)),
    };
    let body = match *method {
        Method::HEAD => Body::empty(),
        _ => Body::from_stream(content.read(&mount.app, range.clone()).await?),
    };
    let mut response = framed(status, body, &content, &etag);
    describe(&mut response, &content, &range);
    Ok(response)
}

/// Returns a response with the headers common to all responses about a content.
fn framed(status: StatusCode, body: Body, content: &Readable, etag: &str) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in [
        ("etag", etag),
        ("last-modified", &http_date::write(content.since)),
        // The caller may cache the content, but must revalidate its right to read it.
        ("cache-control", "private, no-cache"),
        ("vary", "authorization"),
        ("accept-ranges", "bytes"),
    ] {
        answer::header(&mut response, name, value);
    }
    response
}

/// Adds the headers of a response with content. Browsers save the file, and run nothing in it.
fn describe(response: &mut Response, content: &Readable, range: &Range<u64>) {
    let length = range.end - range.start;
    for (name, value) in [
        ("content-type", content.mime_type.as_str()),
        ("content-length", &length.to_string()),
        ("content-disposition", &disposition(&content.name)),
        ("content-security-policy", "sandbox; default-src 'none'"),
    ] {
        answer::header(response, name, value);
    }
    if response.status() == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{}", range.start, range.end - 1, content.size);
        answer::header(response, "content-range", &range);
    }
}

fn unsatisfiable(mount: &Mount, size: u64) -> Response {
    let mut response = mount.answer(Err(HttpRefusal::Range { size }.into()));
    answer::header(&mut response, "content-range", &format!("bytes */{size}"));
    response
}

/// Returns `Content-Disposition` (RFC 6266): an ASCII name for old programs, and the whole name.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|one| if one.is_ascii_graphic() && !"\"\\%".contains(one) || one == ' ' { one } else { '_' })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, ESCAPED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_said_in_ascii_and_in_full() {
        assert_eq!(disposition("plan.pdf"), "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf");
        assert_eq!(
            disposition("relevé n° 3 (100%).csv"),
            "attachment; filename=\"relev_ n_ 3 (100_).csv\"; \
             filename*=UTF-8''relev%C3%A9%20n%C2%B0%203%20%28100%25%29.csv"
        );
    }
}
