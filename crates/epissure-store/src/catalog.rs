//! The planner's catalog of tickets: the data that a backend stores next to the document to search
//! it.

use epissure_filter::Path;
use epissure_filter::plan::{Catalog, Column, Holds};
use epissure_protocol::durations::Clock;
use serde_json::Value;

/// Catalog of tickets: promoted members, running durations, and multi-valued paths.
pub const CATALOG: TicketCatalog = TicketCatalog;

/// Type of [`CATALOG`].
#[derive(Debug, Clone, Copy)]
pub struct TicketCatalog;

/// Multi-valued paths with an index of their own. Storage refers to a path by its position, so new
/// paths are only appended.
pub const MULTI_VALUED: &[&str] = &["relatedEntity.id", "relatedParty.id"];

const COLUMNS: &[(&str, Column)] = &[
    ("id", text("id")),
    ("@type", text("type")),
    ("status", text("status")),
    ("zone", text("zone")),
    ("complexity", text("complexity")),
    ("priority", text("priority")),
    ("ticketType", text("ticket_type")),
    ("statusChangeReason", text("status_change_reason")),
    ("name", text("name")),
    ("code_oi", text("code_oi")),
    ("code_oc", text("code_oc")),
    ("externalId", text("external_id")),
    ("creationDate", instant("creation_date")),
    ("lastUpdateDate", instant("last_update_date")),
    ("statusChangeDate", instant("status_change_date")),
    ("resolutionDate", instant("resolution_date")),
    ("expectedResolutionDate", instant("expected_resolution_date")),
    ("requestedResolutionDate", instant("requested_resolution_date")),
    ("sizeRefs", Column { name: "size_refs", holds: Holds::Number }),
    ("acknowledgedDuration", running(done_column(Clock::Acknowledged), &["ACKNOWLEDGED"])),
    ("totalInProgressDuration", running(done_column(Clock::InProgress), &["IN_PROGRESS"])),
    ("totalPendingDuration", running(done_column(Clock::Pending), &["PENDING"])),
    ("totalDuration", running(done_column(Clock::Total), &["ACKNOWLEDGED", "IN_PROGRESS"])),
    ("resolvedToAcknowledgedDuration", running(done_column(Clock::ResolvedToAcknowledged), &[])),
    ("resolvedToClosedDuration", running(done_column(Clock::ResolvedToClosed), &[])),
];

const fn text(name: &'static str) -> Column {
    Column { name, holds: Holds::Text }
}

const fn instant(name: &'static str) -> Column {
    Column { name, holds: Holds::Instant }
}

const fn running(name: &'static str, while_in: &'static [&'static str]) -> Column {
    Column { name, holds: Holds::Running { while_in } }
}

/// Returns the column that stores a clock's total over its finished intervals, in milliseconds.
#[must_use]
pub const fn done_column(clock: Clock) -> &'static str {
    match clock {
        Clock::Acknowledged => "acknowledged_done",
        Clock::InProgress => "in_progress_done",
        Clock::Pending => "pending_done",
        Clock::Total => "total_done",
        Clock::ResolvedToAcknowledged => "refused_done",
        Clock::ResolvedToClosed => "accepted_done",
    }
}

impl Catalog for TicketCatalog {
    fn column(&self, path: &Path) -> Option<Column> {
        let [only] = path.segments() else { return None };
        COLUMNS.iter().find(|(member, _)| *member == only.name()).map(|(_, column)| *column)
    }

    fn multi_valued(&self, path: &Path) -> Option<u16> {
        let joined = path.joined();
        let position = MULTI_VALUED.iter().position(|registered| *registered == joined)?;
        u16::try_from(position).ok()
    }
}

/// Returns the values of a document at each multi-valued path, without duplicates, as
/// `(number of the path, value)`.
#[must_use]
pub fn multi_values(document: &Value) -> Vec<(u16, String)> {
    let mut values = Vec::new();
    for (number, path) in MULTI_VALUED.iter().enumerate() {
        let (Ok(path), Ok(number)) = (Path::parse(path), u16::try_from(number)) else { continue };
        let mut found: Vec<&str> = Vec::new();
        epissure_filter::visit(document, &path, |value| {
            if let Value::String(text) = value {
                found.push(text);
            }
        });
        found.sort_unstable();
        found.dedup();
        values.extend(found.into_iter().map(|text| (number, text.to_owned())));
    }
    values
}
