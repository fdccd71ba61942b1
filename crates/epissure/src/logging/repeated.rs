//! Rate limit of repeated warnings and errors: the first few are logged, the rest are counted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::{Event, Level, Metadata};
use tracing_subscriber::layer::{Context, Filter};

/// Number of events of a kind that are logged in a window; a kind is one place in the source.
const LOGGED: u32 = 5;
/// Length of a window.
const WINDOW: Duration = Duration::from_secs(10);
/// Target of the counts, which are never suppressed.
const TARGET: &str = "epissure::repeated";

/// Suppresses warnings and errors of a kind that was logged often enough in the current window.
#[derive(Debug, Clone, Default)]
pub(super) struct Repeated(Arc<Mutex<HashMap<Identifier, Kind>>>);

#[derive(Debug)]
struct Kind {
    since: Instant,
    logged: u32,
    left_out: u64,
    place: String,
}

impl Repeated {
    /// Starts logging the number of suppressed events of each kind, at this interval.
    pub(super) fn report_every(&self, period: Duration) {
        let repeated = self.clone();
        let started = std::thread::Builder::new().name("log-counts".to_owned()).spawn(move || {
            loop {
                std::thread::sleep(period);
                for (place, times) in repeated.left_out() {
                    tracing::warn!(target: TARGET, place, times, "repeated log lines were suppressed");
                }
            }
        });
        if let Err(error) = started {
            tracing::warn!(%error, "suppressed log lines cannot be counted");
        }
    }

    fn left_out(&self) -> Vec<(String, u64)> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left_out = kinds.values_mut().filter(|kind| kind.left_out > 0);
        left_out.map(|kind| (kind.place.clone(), std::mem::take(&mut kind.left_out))).collect()
    }

    fn admits(&self, metadata: &Metadata<'_>, now: Instant) -> bool {
        if *metadata.level() > Level::WARN || metadata.target() == TARGET {
            return true;
        }
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = kinds.entry(metadata.callsite()).or_insert_with(|| Kind {
            since: now,
            logged: 0,
            left_out: 0,
            place: format!("{}:{}", metadata.target(), metadata.line().unwrap_or_default()),
        });
        if now.duration_since(kind.since) >= WINDOW {
            (kind.since, kind.logged) = (now, 0);
        }
        let admitted = kind.logged < LOGGED;
        if admitted {
            kind.logged += 1;
        } else {
            kind.left_out += 1;
        }
        admitted
    }
}

impl<S> Filter<S> for Repeated {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        self.admits(event.metadata(), Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::{Layer as _, fmt, registry};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("the lines").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_error_that_repeats_is_logged_five_times_and_counted() {
        let (lines, repeated) = (Lines::default(), Repeated::default());
        let writer = lines.clone();
        let layer = fmt::layer().with_writer(move || writer.clone()).with_filter(repeated.clone());
        tracing::subscriber::with_default(registry().with(layer), || {
            for number in 0..1000 {
                tracing::error!(number, "the disk is full");
                tracing::info!("answered");
            }
            tracing::error!("something else");
        });
        let text = String::from_utf8(lines.0.lock().expect("the lines").clone()).expect("text");
        let count = |part: &str| text.matches(part).count();
        assert_eq!((count("the disk is full"), count("something else"), count("answered")), (5, 1, 1000));
        let left_out = repeated.left_out();
        assert_eq!(left_out.iter().map(|(_, times)| times).collect::<Vec<_>>(), [&995]);
        assert!(repeated.left_out().is_empty(), "counted once");
    }
}
