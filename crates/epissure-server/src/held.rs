//! Responses that occupy the memory budget until the caller has received them.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, HttpBody as _};
use axum::response::Response;
use bytes::Bytes;
use epissure_app::memory::{Budget, Reservation};
use epissure_protocol::problem::Problem;
use hyper::body::{Frame, SizeHint};

/// Size up to which a response is not counted, in bytes.
const FREE_BYTES: u64 = 32 * 1024;

/// Size of the pieces passed to the connection, in bytes. The connection buffers a piece without
/// counting it.
const PIECE: usize = 64 * 1024;

/// A response body with its reservation.
struct Held {
    body: Body,
    /// Bytes that the body has produced and that were not passed to the connection yet.
    rest: Bytes,
    _reservation: Reservation,
}

/// Counts a response of known size in a budget until it is sent or the connection ends.
///
/// # Errors
/// Returns 503 when the budget is exhausted. The response is dropped.
pub(crate) fn hold(response: Response, budget: &Budget) -> Result<Response, Problem> {
    let size = response.body().size_hint().exact().filter(|size| *size > FREE_BYTES);
    let Some(size) = size.and_then(|size| usize::try_from(size).ok()) else { return Ok(response) };
    match budget.try_reserve(size) {
        Some(reservation) => {
            Ok(response.map(|body| Body::new(Held { body, rest: Bytes::new(), _reservation: reservation })))
        }
        None => Err(epissure_app::memory::exhausted()),
    }
}

impl axum::body::HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        let piece = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(piece);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let exact = self.body.size_hint().exact();
        exact.map_or_else(SizeHint::new, |left| SizeHint::with_exact(left + self.rest.len() as u64))
    }
}
