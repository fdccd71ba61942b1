//! Body of a request, shared by its handler and its connection. A handler that responds early
//! leaves the rest unread.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// Maximum number of unread bytes that are discarded to reuse the connection.
const MAX_REST: usize = 64 * 1024;
/// Time limit for the arrival of these bytes.
const REST_ARRIVAL: Duration = Duration::from_millis(50);

/// A body that can be read to its end after its handler has dropped it.
#[derive(Debug, Clone)]
pub(super) struct SharedBody(Arc<Mutex<Incoming>>);

impl SharedBody {
    pub(super) fn new(body: Incoming) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }

    /// Reads the rest if it is short and has arrived. Returns true if the whole body was read.
    pub(super) async fn finish(mut self) -> bool {
        if self.is_end_stream() {
            return true;
        }
        let rest = async {
            let mut read = 0;
            while let Some(frame) = self.frame().await {
                read += frame.ok()?.data_ref().map_or(0, Bytes::len);
                if read > MAX_REST {
                    return None;
                }
            }
            Some(())
        };
        tokio::time::timeout(REST_ARRIVAL, rest).await.is_ok_and(|read| read.is_some())
    }
}

impl Body for SharedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}
