//! Bytes of a form between the connection and the parser, with limits on their number, on the
//! parser's buffer, and on slowness.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, Sleep, sleep};

use crate::deadline::Deadline;

/// Maximum time without an arriving byte.
const SILENCE: Duration = Duration::from_secs(30);
/// Total waiting time of an upload, in addition to the time for its bytes.
const GRACE: Duration = Duration::from_secs(30);
/// Bytes that extend the waiting time by one second: the minimum rate of an upload.
const RATE: u64 = 16 * 1024;
/// Maximum size of the parser's buffer, in bytes: the head of a part, and bytes received with it.
const MAX_UNREAD: u64 = 256 * 1024;

/// Reason for which the bytes end early.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    #[error("the sender dawdles")]
    Dawdling,
    #[error("there are more than {0} bytes")]
    TooLarge(u64),
    #[error("the head of a part does not end")]
    Headless,
    #[error("the body broke off")]
    Broken,
}

/// Number of bytes in the parser's buffer.
#[derive(Debug, Clone)]
pub(super) struct Held(Arc<AtomicU64>);

impl Held {
    /// Subtracts bytes that the parser has returned.
    pub(super) fn handed_out(&self, bytes: &Bytes) {
        self.0.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
    }
}

/// An arriving body. Only the time of waiting for the sender counts against it, not the time of
/// writing to disk.
pub(super) struct Flow {
    body: BodyDataStream,
    most: u64,
    arrived: u64,
    held: Held,
    deadline: Option<Deadline>,
    /// Total time of waiting for the sender.
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    /// True if a piece was returned since the last `Pending`. The parser must process each piece
    /// before the next.
    gave: bool,
}

impl Flow {
    pub(super) fn new(body: Body, most: u64, deadline: Option<Deadline>) -> (Self, Held) {
        let held = Held(Arc::default());
        let flow = Self {
            body: body.into_data_stream(),
            most,
            arrived: 0,
            held: held.clone(),
            deadline,
            waited: Duration::ZERO,
            waiting: None,
            gave: false,
        };
        (flow, held)
    }

    fn admit(&mut self, bytes: &Bytes) -> Result<(), Stop> {
        let length = bytes.len() as u64;
        self.arrived += length;
        if self.arrived > self.most {
            return Err(Stop::TooLarge(self.most));
        }
        if self.held.0.fetch_add(length, Ordering::Relaxed) + length > MAX_UNREAD {
            return Err(Stop::Headless);
        }
        if let Some(deadline) = &self.deadline {
            deadline.extend();
        }
        self.gave = true;
        Ok(())
    }

    /// Returns the time limit for the next bytes.
    fn patience(&self) -> Duration {
        let earned = GRACE + Duration::from_secs(self.arrived / RATE);
        earned.saturating_sub(self.waited).min(SILENCE)
    }
}

impl Stream for Flow {
    type Item = Result<Bytes, Stop>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.gave) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        match self.body.poll_next_unpin(context) {
            Poll::Ready(next) => {
                if let Some((since, _)) = self.waiting.take() {
                    self.waited += since.elapsed();
                }
                Poll::Ready(next.map(|piece| match piece {
                    Ok(bytes) => self.admit(&bytes).map(|()| bytes),
                    Err(_) => Err(Stop::Broken),
                }))
            }
            Poll::Pending => {
                let patience = self.patience();
                let (_, timer) =
                    self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(patience))));
                timer.as_mut().poll(context).map(|()| Some(Err(Stop::Dawdling)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Returns a body of `pieces` pieces of `bytes` bytes, one per interval `every`.
    fn body(pieces: usize, bytes: usize, every: Duration) -> Body {
        let pieces = futures_util::stream::iter(0..pieces).then(move |_| async move {
            sleep(every).await;
            Ok::<_, Infallible>(Bytes::from(vec![0; bytes]))
        });
        Body::from_stream(pieces)
    }

    /// Reads a body. Returns its size or the reason of the stop, and the elapsed time.
    async fn arrives(body: Body, most: u64) -> (Result<u64, Stop>, Duration) {
        let began = Instant::now();
        let (mut flow, held) = Flow::new(body, most, None);
        let mut arrived = 0;
        while let Some(piece) = flow.next().await {
            match piece {
                Ok(bytes) => {
                    held.handed_out(&bytes);
                    arrived += bytes.len() as u64;
                }
                Err(stop) => return (Err(stop), began.elapsed()),
            }
        }
        (Ok(arrived), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_is_waited_for_as_long_as_it_brings_something() {
        let every = Duration::from_secs(1);
        let (outcome, elapsed) = arrives(body(600, 20 * 1024, every), u64::MAX).await;
        assert_eq!((outcome.unwrap(), elapsed.as_secs()), (600 * 20 * 1024, 600));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_dawdles_is_given_up() {
        let (outcome, elapsed) = arrives(body(600, 1, Duration::from_secs(1)), u64::MAX).await;
        assert!(matches!(outcome, Err(Stop::Dawdling)), "{outcome:?}");
        assert_eq!(elapsed.as_secs(), 30);
        let (outcome, elapsed) = arrives(body(2, 10 << 20, Duration::from_secs(31)), u64::MAX).await;
        assert!(matches!(outcome, Err(Stop::Dawdling)), "silence is not paid for in advance: {outcome:?}");
        assert_eq!(elapsed.as_secs(), 30);
    }

    #[tokio::test]
    async fn more_than_there_may_be_is_not_read() {
        let (outcome, _) = arrives(body(1_000_000, 1024, Duration::ZERO), 10_000).await;
        assert!(matches!(outcome, Err(Stop::TooLarge(10_000))), "{outcome:?}");
    }

    #[tokio::test]
    async fn what_the_parser_keeps_is_bounded() {
        let (mut flow, _held) = Flow::new(body(1_000_000, 1024, Duration::ZERO), u64::MAX, None);
        let mut held = 0;
        let stop = loop {
            match flow.next().await {
                Some(Ok(bytes)) => held += bytes.len() as u64,
                Some(Err(stop)) => break stop,
                None => panic!("all of it was held"),
            }
        };
        assert!(matches!(stop, Stop::Headless) && held <= MAX_UNREAD, "{stop:?} {held}");
    }
}
