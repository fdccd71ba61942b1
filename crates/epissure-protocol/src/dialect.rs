//! The two JSON renderings of a ticket.
//!
//! A dialect is a table of first-level members, each with the place its value comes from. Rendering, the reading of
//! filter paths ([`fields`]) and the served OpenAPI documents all follow that table.

pub mod fields;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::codes::{Priority, Status};
use crate::draft::Terms;
use crate::durations::{self, Clock, Step};
use crate::instant;
use crate::issues;
use crate::json::Object;
use crate::problem::Shape;

/// Where TM Forum publishes the schema of a trouble ticket.
pub const TICKET_SCHEMA: &str = "https://raw.githubusercontent.com/tmforum-apis/Open_Api_And_Data_Model/master/schemas/Common/TroubleTicket.schema.json";
/// Where TM Forum publishes the schema of a change of status.
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

/// Where a member's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The member of the same name of the kept document.
    Kept,
    /// A duration.
    Duration(Clock),
    /// The same for every ticket.
    BaseType,
    /// The same for every ticket.
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
    /// Both.
    pub const ALL: [Self; 2] = [Self::Orange10, Self::Interop20];

    /// Its name in configuration and documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orange10 => "orange-1.0",
            Self::Interop20 => "interop-2.0",
        }
    }

    /// The path under which it is served.
    #[must_use]
    pub const fn mount(self) -> &'static str {
        match self {
            Self::Orange10 => "/anomalie-adresse",
            Self::Interop20 => "/api/v2/anomalie-adresse",
        }
    }

    /// The size of a page when none is asked for.
    #[must_use]
    pub const fn default_limit(self) -> u32 {
        match self {
            Self::Orange10 => 10,
            Self::Interop20 => 50,
        }
    }

    /// The shape of its errors.
    #[must_use]
    pub const fn errors(self) -> Shape {
        match self {
            Self::Orange10 => Shape::Gateway,
            Self::Interop20 => Shape::Interop,
        }
    }

    /// Its first-level members, in the order in which they are written.
    #[must_use]
    pub const fn members(self) -> &'static [(&'static str, Origin)] {
        match self {
            Self::Orange10 => ORANGE,
            Self::Interop20 => INTEROP,
        }
    }

    /// Whether a member without a value is written as null rather than left out. `building` never is.
    #[must_use]
    pub const fn prints_null(self) -> bool {
        matches!(self, Self::Orange10)
    }

    /// Whether `fields=` always keeps `id`.
    #[must_use]
    pub const fn always_shows_id(self) -> bool {
        matches!(self, Self::Orange10)
    }

    /// How a body written in this dialect is read.
    #[must_use]
    pub const fn terms(self, terms: Terms) -> Terms {
        match self {
            Self::Orange10 => Terms { default_priority: None, name_is_written: true, ..terms },
            Self::Interop20 => {
                Terms { default_priority: Some(Priority::Low), name_is_written: false, ..terms }
            }
        }
    }

    /// The value of `@baseType`.
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

    /// Renders a kept document as a caller of this dialect sees it at `now`; `href` is the ticket's address.
    #[must_use]
    pub fn render(self, mut kept: Object, now: Timestamp, href: &str) -> Object {
        let steps = steps(&kept);
        let kind = kept.get("@type").and_then(Value::as_str).map(|kind| self.base_type(Some(kind)));
        let mut shown = Object::with_capacity(self.members().len() + 4);
        for &(member, origin) in self.members() {
            let value = match origin {
                Kept => kept.get_mut(member).map(Value::take),
                Duration(clock) => Some(durations::read(clock, &steps).seconds_at(now).into()),
                BaseType => kind.map(Value::from),
                SchemaLocation => Some(TICKET_SCHEMA.into()),
                Href => Some(href.into()),
                History => kept.get_mut("statusChange").map(|history| self.history(history.take())),
                Buildings => kept.get_mut(member).map(|buildings| self.buildings(buildings.take())),
                Parties => match kept.get_mut(member).map(Value::take) {
                    None if self.prints_null() => Some(json!([])),
                    parties => parties,
                },
                Issues => self.issues(kept.get_mut(member).map(Value::take)),
            };
            match value {
                Some(value) => {
                    shown.insert(member.into(), value);
                }
                None if self.prints_null() && member != "building" => {
                    shown.insert(member.into(), Value::Null);
                }
                None => {}
            }
        }
        for (member, value) in kept {
            if !crate::draft::is_known_member(&member) {
                shown.insert(member, value);
            }
        }
        shown
    }

    fn history(self, history: Value) -> Value {
        let Value::Array(changes) = history else { return history };
        let change = |change: Value| {
            let Value::Object(mut kept) = change else { return change };
            let mut shown = Object::with_capacity(8);
            let members: &[&str] = match self {
                Self::Orange10 => &["status", "changeDate"],
                Self::Interop20 => &["status", "changeDate", "changeReason", "changeDetails", "author"],
            };
            for member in members {
                if let Some(value) = kept.get_mut(*member) {
                    shown.insert((*member).into(), value.take());
                }
            }
            shown.insert("@type".into(), "StatusChange".into());
            shown.insert("@baseType".into(), "StatusChange".into());
            shown.insert("@schemaLocation".into(), STATUS_CHANGE_SCHEMA.into());
            Value::Object(shown)
        };
        changes.into_iter().map(change).collect()
    }

    fn buildings(self, buildings: Value) -> Value {
        let Value::Array(mut buildings) = buildings else { return buildings };
        if self == Self::Interop20 {
            return Value::Array(buildings);
        }
        for building in buildings.iter_mut().filter_map(Value::as_object_mut) {
            building.retain(|member, _| !matches!(member.as_str(), "href" | "name" | "role"));
        }
        Value::Array(buildings)
    }

    fn issues(self, issues: Option<Value>) -> Option<Value> {
        if self == Self::Interop20 {
            return issues;
        }
        let mut asked = match issues {
            Some(Value::Object(asked)) => asked,
            _ => Object::new(),
        };
        let mut shown = Object::with_capacity(15);
        for row in issues::MODIFICATION {
            shown.insert(
                row.key.into(),
                asked.get_mut(row.key).map(Value::take).map_or(Value::Null, orange_issue),
            );
        }
        if let Some(housings) = asked.get_mut(issues::NB_LOGEMENTS[0].key) {
            shown.insert(issues::NB_LOGEMENTS[0].key.into(), orange_issue(housings.take()));
        }
        Some(Value::Object(shown))
    }
}

/// `{description, value}`, and `toBlank` when it is true.
fn orange_issue(entry: Value) -> Value {
    let Value::Object(mut entry) = entry else { return entry };
    let mut shown = Object::with_capacity(3);
    for member in ["description", "value"] {
        shown.insert(member.into(), entry.get_mut(member).map_or(Value::Null, Value::take));
    }
    for (member, value) in entry {
        let blank = member == "toBlank" && value == Value::Bool(true);
        if blank || !matches!(member.as_str(), "description" | "value" | "toBlank") {
            shown.insert(member, value);
        }
    }
    Value::Object(shown)
}

/// The steps of a kept document's history.
fn steps(kept: &Object) -> Vec<Step> {
    let step = |change: &Value| {
        let status = Status::parse(change.get("status")?.as_str()?)?;
        Some((status, instant::parse(change.get("changeDate")?.as_str()?)?))
    };
    kept.get("statusChange").and_then(Value::as_array).into_iter().flatten().filter_map(step).collect()
}
