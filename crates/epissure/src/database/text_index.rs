//! `epissure database migrate --gin`: the index of the texts in tickets.

use epissure_store_postgres::{Indexed, Making, OpenError, PostgresStore};

use crate::failure::Failure;
use crate::output;
use crate::progress::Bar;

/// Creates the index and prints the outcome.
pub(super) async fn create(store: &PostgresStore) -> Result<(), Failure> {
    let mut progress = Progress::new();
    let made = store.index_texts(|making| progress.at(&making)).await;
    drop(progress);
    match made.map_err(|error| cannot(&error))? {
        Indexed::Made => output::print(
            "The index ticket_by_text is made. Servers use it once they are started anew. `DROP INDEX CONCURRENTLY \
             ticket_by_text` takes it away again.",
        ),
        Indexed::Before => output::print("The index ticket_by_text is there already."),
        Indexed::ByAnother => Err(Failure::failed("another `database migrate --gin` is making the index")
            .then("Wait until it has ended; this command then says that the index is there.")),
    }
}

fn cannot(error: &OpenError) -> Failure {
    let failure = Failure::failed(format!("the index was not made: {error}"));
    match error {
        OpenError::Rights { .. } => {
            failure.then("Run this as the role that owns the tables; servers need not be that role.")
        }
        _ => failure.then(
            "What was made of it is not used, and is made anew when this command is run again. It needs some 300 bytes \
             a ticket on the server's disk.",
        ),
    }
}

/// Progress display: a bar on a terminal, one line per phase in a log.
struct Progress {
    bar: Bar,
    phase: String,
}

impl Progress {
    fn new() -> Self {
        Self { bar: Bar::new(Some(1), "{bar:30} {percent} %  {msg}"), phase: String::new() }
    }

    fn at(&mut self, making: &Making) {
        if let Some(bar) = self.bar.shown() {
            bar.set_length(making.of.max(1));
            bar.set_position(making.done);
            bar.set_message(making.phase.clone());
        } else if self.phase != making.phase {
            self.phase.clone_from(&making.phase);
            eprintln!("{}…", making.phase);
        }
    }
}
