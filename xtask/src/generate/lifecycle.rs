//! Page of the life cycle.

use anyhow::Result;
use epissure_protocol::lifecycle::{diagram, table};

use super::File;

pub(super) fn files() -> Result<Vec<File>> {
    Ok(vec![File { path: "docs/lifecycle.md".to_owned(), content: page() }])
}

fn page() -> String {
    format!(
        "<!-- Written by `cargo xtask generate` from crates/epissure-protocol/src/lifecycle.rs: edit that. -->\n\n\
         # The life of a ticket\n\n\
         Every move that is permitted is a row of the table below; what is not in it is refused with 403. A row's \
         reason is sent as `statusChangeReason`; what must come with the move is missing with 400. CLOSED, REJECTED \
         and CANCELED are final. The OC is the commercial operator that opened the ticket, the OI the infrastructure \
         operator that treats it, the SYSTEM this server, acting for the OI when a contractual delay expires.\n\n\
         Sources: the Orange page \"Anomalie Adresse - OC RIP 1.0\" (\"Lifecycle of Tickets\", \"Ticket States\") and \
         the state diagram of the Interop'Fibre contract AnomalieAdresse 2.0.0.\n\n\
         ```mermaid\n{}```\n\n{}",
        diagram(),
        table()
    )
}
