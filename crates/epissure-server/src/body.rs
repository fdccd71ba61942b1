//! Request bodies, limited in size, time and structure before they are processed.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use epissure_app::heavy;
use epissure_app::memory::{self, Reservation};
use epissure_protocol::json::{self, Object};
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::{Alternatives, HttpRefusal};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt as _;
use serde_json::Value;

use crate::scope;

/// Time limit for the arrival of a body.
const ARRIVAL: Duration = Duration::from_secs(30);
/// Size up to which a body needs no reservation, in bytes.
const FREE_BYTES: usize = 16 * 1024;

/// Reads a whole body.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Problem> {
    let too_large = || Problem::from(HttpRefusal::BodyTooLarge { limit: limit as u64 });
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    is_as_it_is(headers)?;
    let arrival = collect(body, limit, announced);
    let arrived = tokio::time::timeout(ARRIVAL, arrival).await.map_err(|_| Stop::Late).and_then(|read| read);
    arrived.map_err(|stop| match stop {
        Stop::TooLarge => too_large(),
        Stop::Broken => HttpRefusal::BodyBroken.into(),
        Stop::Late => Problem::standard(Code::RequestTimeout),
        Stop::NoMemory => memory::exhausted(),
    })
}

/// Reason for which a body was not read.
enum Stop {
    TooLarge,
    Broken,
    Late,
    NoMemory,
}

/// Collects a body.
///
/// A larger body is reserved in the memory budget of its client until it is complete, because a
/// slow body stays in memory for all of its time limit.
async fn collect(mut body: Body, limit: usize, announced: Option<u64>) -> Result<Bytes, Stop> {
    let announced = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let budget = scope::budget();
    let mut reservation = None;
    let mut collected = BytesMut::with_capacity(announced.min(FREE_BYTES));
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Stop::Broken)?.into_data() else { continue };
        if collected.len() + data.len() > limit {
            return Err(Stop::TooLarge);
        }
        if collected.len() + data.len() > FREE_BYTES
            && let Some(budget) = &budget
        {
            let reserved: &mut Reservation = match &mut reservation {
                Some(reservation) => reservation,
                none => none.insert(budget.reserve(FREE_BYTES).await.map_err(|_| Stop::NoMemory)?),
            };
            if !reserved.try_grow(data.len()) {
                return Err(Stop::NoMemory);
            }
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.freeze())
}

/// Refuses a compressed body, whose decompressed size would be unlimited.
pub(crate) fn is_as_it_is(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(CONTENT_ENCODING) {
        Some(coding) if coding != "identity" => Err(HttpRefusal::ContentEncoding.into()),
        _ => Ok(()),
    }
}

/// Reads a JSON object in one of the media types.
pub(crate) async fn read_object(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    types: &[&str],
) -> Result<Object, Problem> {
    has_type(headers, types)?;
    parse_object(read(headers, body, limit).await?).await
}

/// Refuses a body in any other media type.
pub(crate) fn has_type(headers: &HeaderMap, types: &[&str]) -> Result<(), Problem> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(essence);
    match &media {
        Some(media) if types.contains(&media.as_str()) => Ok(()),
        _ => {
            let accepted = Alternatives::of(types);
            Err(match media {
                Some(given) => HttpRefusal::ContentType { accepted, given }.into(),
                None => HttpRefusal::NoContentType { accepted }.into(),
            })
        }
    }
}

/// Returns a media type without its parameters, in lower case.
pub(crate) fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Parses a JSON object.
///
/// # Errors
/// Returns 400 when the bytes are not one JSON object within the limits of depth and number of
/// values.
pub(crate) async fn parse_object(bytes: Bytes) -> Result<Object, Problem> {
    heavy::run(bytes.len(), move || parse(&bytes)).await?
}

fn parse(bytes: &[u8]) -> Result<Object, Problem> {
    if bytes.is_empty() {
        return Err(HttpRefusal::NoBody.into());
    }
    match json::read(bytes)? {
        Value::Object(object) => Ok(object),
        _ => Err(HttpRefusal::NotAnObject.into()),
    }
}
