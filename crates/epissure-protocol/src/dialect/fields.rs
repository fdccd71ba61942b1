//! Filter and sort paths of each dialect. A path denotes a stored member, the type of its operand,
//! and the value shown when the member is absent.

use epissure_filter::{Absent, Field, Kind, Path, Schema, Source};
use serde_json::{Value, json};

use super::{Dialect, Origin, STATUS_CHANGE_SCHEMA, TICKET_SCHEMA};
use crate::draft::is_known_member;
use crate::durations::Clock;
use crate::issues;

/// First-level members that contain an instant.
pub const INSTANTS: &[&str] = &[
    "creationDate",
    "lastUpdateDate",
    "statusChangeDate",
    "resolutionDate",
    "expectedResolutionDate",
    "requestedResolutionDate",
];

impl Schema for Dialect {
    fn field(&self, path: &Path) -> Field {
        let segments = path.joined();
        let (first, rest) = match segments.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (segments.as_str(), None),
        };
        match (first, rest) {
            ("@schemaLocation", None) => constant(TICKET_SCHEMA),
            ("@baseType", None) if *self == Self::Orange10 => constant(self.base_type(None)),
            ("statusChange" | "statusChanges", Some("@type" | "@baseType")) => constant("StatusChange"),
            ("statusChange" | "statusChanges", Some("@schemaLocation")) => constant(STATUS_CHANGE_SCHEMA),
            ("statusChanges", _) => {
                kept(path, &segments.replacen("statusChanges", "statusChange", 1), kind(rest))
            }
            ("statusChange", _) => kept(path, &segments, kind(rest)),
            ("resolvedToInProgressDuration", None) => duration(path, Clock::ResolvedToAcknowledged.member()),
            (member, None) if Clock::ALL.iter().any(|clock| clock.member() == member) => {
                duration(path, member)
            }
            ("sizeRefs", None) => Field { kind: Kind::Number, ..kept(path, &segments, Kind::Any) },
            (member, None) if INSTANTS.contains(&member) => {
                self.absent(member, kept(path, &segments, Kind::Instant))
            }
            (member, None) => self.absent(member, kept(path, &segments, Kind::Any)),
            ("issues", Some(key))
                if *self == Self::Orange10 && issues::find(issues::MODIFICATION, key).is_some() =>
            {
                Field { absent: Absent::Value(Value::Null), ..Field::any(path.clone()) }
            }
            _ => Field::any(path.clone()),
        }
    }

    fn knows(&self, first_segment: &str) -> bool {
        is_known_member(first_segment)
    }
}

impl Dialect {
    /// Sets the value shown for a first-level member that the stored document lacks.
    fn absent(self, member: &str, field: Field) -> Field {
        let shown = self.members().iter().find(|(name, _)| *name == member);
        let absent = match shown {
            Some((_, Origin::Parties)) if self.prints_null() => Absent::Value(json!([])),
            Some((name, _)) if self.prints_null() && *name != "building" => Absent::Value(Value::Null),
            _ => Absent::Missing,
        };
        Field { absent, ..field }
    }
}

fn kind(rest: Option<&str>) -> Kind {
    if rest == Some("changeDate") { Kind::Instant } else { Kind::Any }
}

fn constant(value: &str) -> Field {
    Field { source: Source::Constant(value.into()), kind: Kind::Any, absent: Absent::Missing }
}

fn duration(path: &Path, member: &str) -> Field {
    kept(path, member, Kind::Number)
}

/// Returns the field of a member with another name in the stored document; the requested path when
/// the name is not a path.
fn kept(asked: &Path, name: &str, kind: Kind) -> Field {
    let path = Path::parse(name).unwrap_or_else(|_| asked.clone());
    Field { source: Source::Document(path), kind, absent: Absent::Missing }
}
