//! The two JSON renderings of a ticket.
//!
//! A dialect is a table of first-level members, each with the source of its value. Rendering,
//! filter paths ([`fields`]) and the served OpenAPI documents all follow that table.

pub mod fields;
mod render;

use std::borrow::Cow;

pub use render::Rendered;
use serde_json::Value;

use crate::codes::Priority;
use crate::draft::Terms;
use crate::durations::Clock;
use crate::json::Object;
use crate::problem::Shape;

/// Address of TM Forum's schema of a trouble ticket.
pub const TICKET_SCHEMA: &str = "https://raw.githubusercontent.com/tmforum-apis/Open_Api_And_Data_Model/master/schemas/Common/TroubleTicket.schema.json";
/// Address of TM Forum's schema of a change of status.
pub const STATUS_CHANGE_SCHEMA: &str =
    "https://raw.githubusercontent.com/tmforum-rand/schemas/candidates/Common/StatusChange.schema.json";

/// A dialect of the AnomalieAdresse API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The Orange page, version 1.0.
    Orange10,
    /// The Interop contract, version 2.0.0.
    Interop20,
}

/// Source of a member's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The member of the same name in the stored document.
    Kept,
    /// A duration.
    Duration(Clock),
    /// The constant of [`Dialect::base_type`].
    BaseType,
    /// The address of a published schema.
    SchemaLocation,
    /// The address of the ticket.
    Href,
    /// The history.
    History,
    /// The buildings.
    Buildings,
    /// The parties.
    Parties,
    /// The corrections.
    Issues,
}

use Origin::{BaseType, Buildings, Duration, History, Href, Issues, Kept, Parties, SchemaLocation};

const ORANGE: &[(&str, Origin)] = &[
    ("@type", Kept),
    ("id", Kept),
    ("status", Kept),
    ("statusAuthor", Kept),
    ("statusChangeReason", Kept),
    ("statusChangeDetails", Kept),
    ("statusChangeDate", Kept),
    ("name", Kept),
    ("description", Kept),
    ("severity", Kept),
    ("priority", Kept),
    ("complexity", Kept),
    ("externalId", Kept),
    ("resolutionDate", Kept),
    ("expectedResolutionDate", Kept),
    ("requestedResolutionDate", Kept),
    ("acknowledgedDuration", Duration(Clock::Acknowledged)),
    ("totalInProgressDuration", Duration(Clock::InProgress)),
    ("totalPendingDuration", Duration(Clock::Pending)),
    ("resolvedToInProgressDuration", Duration(Clock::ResolvedToAcknowledged)),
    ("resolvedToClosedDuration", Duration(Clock::ResolvedToClosed)),
    ("resolvedToAcknowledgedDuration", Duration(Clock::ResolvedToAcknowledged)),
    ("code_oi", Kept),
    ("code_oc", Kept),
    ("siret", Kept),
    ("siren", Kept),
    ("ticketType", Kept),
    ("statusChanges", History),
    ("relatedEntity", Buildings),
    ("relatedParty", Parties),
    ("@version", Kept),
    ("zone", Kept),
    ("@baseType", BaseType),
    ("@schemaLocation", SchemaLocation),
    ("issues", Issues),
    ("building", Kept),
];

const INTEROP: &[(&str, Origin)] = &[
    ("@type", Kept),
    ("@baseType", BaseType),
    ("@schemaLocation", SchemaLocation),
    ("id", Kept),
    ("href", Href),
    ("@version", Kept),
    ("name", Kept),
    ("description", Kept),
    ("status", Kept),
    ("statusChangeReason", Kept),
    ("statusChangeDetails", Kept),
    ("creationDate", Kept),
    ("lastUpdateDate", Kept),
    ("requestedResolutionDate", Kept),
    ("expectedResolutionDate", Kept),
    ("resolutionDate", Kept),
    ("code_oi", Kept),
    ("code_oc", Kept),
    ("externalId", Kept),
    ("ticketType", Kept),
    ("priority", Kept),
    ("severity", Kept),
    ("complexity", Kept),
    ("zone", Kept),
    ("siren", Kept),
    ("siret", Kept),
    ("acknowledgedDuration", Duration(Clock::Acknowledged)),
    ("totalInProgressDuration", Duration(Clock::InProgress)),
    ("totalPendingDuration", Duration(Clock::Pending)),
    ("totalDuration", Duration(Clock::Total)),
    ("resolvedToAcknowledgedDuration", Duration(Clock::ResolvedToAcknowledged)),
    ("resolvedToClosedDuration", Duration(Clock::ResolvedToClosed)),
    ("sizeRefs", Kept),
    ("relatedEntity", Buildings),
    ("relatedParty", Parties),
    ("issues", Issues),
    ("building", Kept),
    ("statusChange", History),
];

impl Dialect {
    /// Both dialects.
    pub const ALL: [Self; 2] = [Self::Orange10, Self::Interop20];

    /// Returns the name used in configuration and documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orange10 => "orange-1.0",
            Self::Interop20 => "interop-2.0",
        }
    }

    /// Returns the dialect with that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// Returns the path prefix under which the dialect is served.
    #[must_use]
    pub const fn mount(self) -> &'static str {
        match self {
            Self::Orange10 => "/anomalie-adresse",
            Self::Interop20 => "/api/v2/anomalie-adresse",
        }
    }

    /// Formats a stored instant: `+00:00` on the Orange page, `Z` in the Interop contract.
    #[must_use]
    pub fn instant(self, stored: &str) -> Cow<'_, str> {
        match (self, stored.strip_suffix("+00:00")) {
            (Self::Interop20, Some(civil)) => Cow::Owned(format!("{civil}Z")),
            _ => Cow::Borrowed(stored),
        }
    }

    /// Rewrites the instants of a resource's first-level `members` as [`Dialect::instant`] does.
    pub(crate) fn write_instants(self, resource: &mut Object, members: &[&str]) {
        for member in members {
            if let Some(Value::String(text)) = resource.get_mut(*member)
                && let Cow::Owned(written) = self.instant(text)
            {
                *text = written;
            }
        }
    }

    /// Returns the default page size.
    #[must_use]
    pub const fn default_limit(self) -> u32 {
        match self {
            Self::Orange10 => 10,
            Self::Interop20 => 50,
        }
    }

    /// Returns the shape of error bodies.
    #[must_use]
    pub const fn errors(self) -> Shape {
        match self {
            Self::Orange10 => Shape::Gateway,
            Self::Interop20 => Shape::Interop,
        }
    }

    /// Returns the first-level members, in output order.
    #[must_use]
    pub const fn members(self) -> &'static [(&'static str, Origin)] {
        match self {
            Self::Orange10 => ORANGE,
            Self::Interop20 => INTEROP,
        }
    }

    /// Returns true when a member without a value is written as null instead of omitted. `building`
    /// is always omitted.
    #[must_use]
    pub const fn prints_null(self) -> bool {
        matches!(self, Self::Orange10)
    }

    /// Returns true when `fields=` always includes `id`.
    #[must_use]
    pub const fn always_shows_id(self) -> bool {
        matches!(self, Self::Orange10)
    }

    /// Returns the terms for reading a body in this dialect.
    #[must_use]
    pub const fn terms(self, terms: Terms) -> Terms {
        match self {
            Self::Orange10 => Terms { default_priority: None, name_is_written: true, ..terms },
            Self::Interop20 => {
                Terms { default_priority: Some(Priority::Low), name_is_written: false, ..terms }
            }
        }
    }

    /// Returns the value of `@baseType`.
    #[must_use]
    pub fn base_type(self, kind: Option<&str>) -> &'static str {
        match (self, kind) {
            (Self::Orange10, _) => "TroubleTicket",
            (Self::Interop20, Some("AnomalieAdresse.modification" | "AnomalieAdresse.nbLogements")) => {
                "AnomalieAdresseUpdate"
            }
            (Self::Interop20, _) => "AnomalieAdresse",
        }
    }
}
