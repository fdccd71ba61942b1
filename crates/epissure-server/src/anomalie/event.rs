//! Events of the caller's tickets: list, count and stream.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use epissure_app::caller::Caller;
use epissure_app::events::{self, Following, StoredEvent};
use epissure_app::memory::Reservation;
use epissure_app::oauth;
use epissure_app::quota::{self, StreamPlace};
use epissure_filter::{FieldSelection, Query};
use epissure_protocol::event::{self, EventSchema};
use epissure_protocol::names::EventId;
use epissure_protocol::problem::{Code, Problem};
use epissure_protocol::refusal::EventRefusal;
use futures_util::stream;
use http::{HeaderMap, HeaderValue};
use tokio::sync::watch;

use super::Mount;
use crate::{authorise, negotiate, paging, rendering};

/// Returns a page of events with their exact number, or a stream if the caller accepts
/// `text/event-stream`.
pub(crate) async fn list(
    State(mount): State<Mount>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let raw = raw.unwrap_or_default();
    let outcome = if accepts_stream(&headers) {
        follow(&mount, &raw, headers).await
    } else {
        list_inner(&mount, &raw, &headers).await
    };
    mount.answer(outcome)
}

/// Returns the exact number of events, without a body.
pub(crate) async fn count(
    State(mount): State<Mount>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    mount.answer(count_inner(&mount, &raw.unwrap_or_default(), &headers).await)
}

/// Returns true if the caller prefers a stream to a page.
fn accepts_stream(headers: &HeaderMap) -> bool {
    negotiate::preferred(headers, &[negotiate::JSON, negotiate::EVENT_STREAM])
        == Some(negotiate::EVENT_STREAM)
}

async fn list_inner(mount: &Mount, raw: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let caller = authorise::authorise_list(&mount.app, headers, oauth::ANOMALIE_READ).await?;
    authorise::accepts_json(headers)?;
    let query = parse(mount, raw, headers)?;
    let found = events::list(&mount.app, &caller, &query).await?;
    let bytes = found.events.iter().map(|event| event.document.len()).sum();
    let (renderer, fields) = (mount.clone(), query.fields.clone());
    let one = move |event: &StoredEvent| render(&renderer, event, fields.as_ref());
    let texts = rendering::page(found.events, bytes, one).await?;
    let page =
        paging::Page { before: found.before, limit: query.limit, total: found.total, next: found.next };
    Ok(paging::answer(&texts, &page, &format!("{}/event", mount.collection()), raw))
}

async fn count_inner(mount: &Mount, raw: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let caller = authorise::authorise_list(&mount.app, headers, oauth::ANOMALIE_READ).await?;
    let query = parse(mount, raw, headers)?;
    if query.cursor.is_some() {
        return list_inner(mount, raw, headers).await;
    }
    let total = events::count(&mount.app, &caller, &query).await?;
    Ok(paging::counted(total, &query, &format!("{}/event", mount.collection()), raw))
}

fn parse(mount: &Mount, raw: &str, headers: &HeaderMap) -> Result<Query, Problem> {
    mount.query(raw, &EventSchema { source: mount.settings.base_url.clone() }, headers)
}

fn render(mount: &Mount, event: &StoredEvent, fields: Option<&FieldSelection>) -> Result<String, Problem> {
    let address = |id: &str| mount.address(id);
    let shows = |member: &str| mount.shows(fields, member);
    event::render(&event.document, mount.dialect, &mount.settings.base_url, &address, &shows)
        .map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Problem {
    tracing::error!(kind = ?error.classify(), "a stored event cannot be rendered");
    Problem::standard(Code::InternalError)
}

/// Interval at which a stream polls for events that another process has committed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Memory of a batch of events, stored and rendered, in bytes.
const BATCH_MEMORY: usize = 3 * events::MAX_BATCH_BYTES;
/// Interval between keep-alive comments on an idle stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// State of a stream of events.
struct Stream {
    mount: Mount,
    headers: HeaderMap,
    following: Following,
    fields: Option<FieldSelection>,
    new_events: watch::Receiver<()>,
    /// Events to send, in reverse order.
    ready: Vec<Event>,
    /// Memory reserved for `ready`.
    reserved: Option<Reservation>,
    _place: StreamPlace,
}

async fn follow(mount: &Mount, raw: &str, headers: HeaderMap) -> Result<Response, Problem> {
    let caller: Arc<Caller> = authorise::authorise(&mount.app, &headers, oauth::ANOMALIE_READ).await?;
    let query = parse(mount, raw, &headers)?;
    let fields = query.fields.clone();
    let place = quota::take_stream(&mount.app, &caller)?;
    let new_events = mount.app.new_events_of(&caller.operator);
    let following = events::follow(&mount.app, caller, query, last_seen(&headers)?).await?;
    let stream = Stream {
        mount: mount.clone(),
        headers,
        following,
        fields,
        new_events,
        ready: Vec::new(),
        reserved: None,
        _place: place,
    };
    let events = stream::unfold(stream, |mut stream| async {
        let event = stream.next().await?;
        Some((Ok::<_, Infallible>(event), stream))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // A buffering proxy would delay the events.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn last_seen(headers: &HeaderMap) -> Result<Option<EventId>, Problem> {
    let Some(value) = headers.get("last-event-id").filter(|value| !value.is_empty()) else { return Ok(None) };
    let id = value.to_str().ok().and_then(EventId::parse);
    id.map(Some).ok_or_else(|| EventRefusal::LastEventId.into())
}

impl Stream {
    /// Returns the next event, or `None` at the end of the stream: the server stops, the token
    /// expires, or the store fails. The caller then resumes with the identifier of its last event.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop() {
                return Some(event);
            }
            // Notifications from here on cause another poll.
            self.new_events.borrow_and_update();
            self.ready = Vec::new();
            self.reserved = None;
            authorise::authenticate(&self.mount.app, &self.headers, oauth::ANOMALIE_READ).await.ok()?;
            let reserved = self.mount.app.memory.reserve(BATCH_MEMORY).await.ok()?;
            let (events, any) = self.following.more(&self.mount.app).await.ok()?;
            for event in events.iter().rev() {
                let id = event::identifier(&event.document).ok()?;
                let text = render(&self.mount, event, self.fields.as_ref()).ok()?;
                self.ready.push(Event::default().id(id).data(text));
            }
            if any {
                self.reserved = Some(reserved);
                continue;
            }
            drop(reserved);
            let mut stopping = self.mount.stopping.clone();
            tokio::select! {
                _ = stopping.wait_for(|stopping| *stopping) => return None,
                _ = self.new_events.changed() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }
}
