//! Rendering of stored tickets for callers.
//!
//! Most members are shown as stored, so values are copied as text; only members that a dialect
//! changes are parsed.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::fields::INSTANTS;
use super::{Dialect, Origin, STATUS_CHANGE_SCHEMA, TICKET_SCHEMA};
use crate::codes::Status;
use crate::draft::is_known_member;
use crate::durations::{self, Step};
use crate::instant;
use crate::issues;
use crate::json_text::{Members, Writer};

/// A rendered ticket.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The JSON text.
    pub json: String,
    /// Identifier of the ticket.
    pub id: String,
    /// Version of the ticket, for the entity tag.
    pub version: String,
}

/// Entry of a stored history.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    status: Status,
    change_date: &'a str,
    #[serde(borrow)]
    change_reason: Option<&'a RawValue>,
    #[serde(borrow)]
    change_details: Option<&'a RawValue>,
    #[serde(borrow)]
    author: Option<&'a RawValue>,
}

impl Dialect {
    /// Renders the JSON text of a stored ticket at `now`, with the members that `shows` accepts.
    /// The OI's `findings` are added when given. `address` returns a ticket's address from its
    /// identifier.
    ///
    /// # Errors
    /// Fails when the text is not a stored ticket.
    pub fn render(
        self,
        kept: &str,
        findings: Option<&str>,
        now: Timestamp,
        address: &dyn Fn(&str) -> String,
        shows: &dyn Fn(&str) -> bool,
    ) -> serde_json::Result<Rendered> {
        let kept: Members<'_> = serde_json::from_str(kept)?;
        let history: Vec<Change<'_>> = serde_json::from_str(kept.get("statusChange").unwrap_or("[]"))?;
        let steps: Vec<Step> = history
            .iter()
            .filter_map(|change| Some((change.status, instant::parse(change.change_date)?)))
            .collect();
        let mut out = Writer::new();
        for &(member, origin) in self.members().iter().filter(|(member, _)| shows(member)) {
            let value = kept.get(member);
            match origin {
                Origin::Kept if INSTANTS.contains(&member) => {
                    let written = value.map(|value| self.instant_value(value));
                    self.kept(&mut out, member, written.as_deref());
                }
                Origin::Kept => self.kept(&mut out, member, value),
                Origin::Duration(clock) => {
                    out.raw(member, &durations::read(clock, &steps).seconds_at(now).to_string());
                }
                Origin::BaseType => out.text(member, self.base_type(kept.get("@type").map(unquoted))),
                Origin::SchemaLocation => out.text(member, TICKET_SCHEMA),
                Origin::Href => out.text(member, &address(kept.get("id").map_or("", unquoted))),
                Origin::History => self.history(&mut out, member, &history),
                Origin::Buildings => self.buildings(&mut out, member, value)?,
                Origin::Parties if self.prints_null() => out.raw(member, value.unwrap_or("[]")),
                Origin::Parties => self.kept(&mut out, member, value),
                Origin::Issues => self.issues(&mut out, member, value)?,
            }
        }
        for (member, value) in kept.0.iter().filter(|(member, _)| !is_known_member(member) && shows(member)) {
            out.raw(member, value.get());
        }
        if let Some(findings) = findings.filter(|_| shows("findings")) {
            out.raw("findings", findings);
        }
        let name = |member: &str| kept.get(member).map_or("", unquoted).to_owned();
        Ok(Rendered { json: out.end(), id: name("id"), version: name("@version") })
    }

    /// Returns the JSON string of a stored instant, in this dialect's format.
    fn instant_value(self, stored: &str) -> Cow<'_, str> {
        let text =
            stored.strip_prefix('"').and_then(|text| text.strip_suffix('"')).map(|text| self.instant(text));
        match text {
            Some(Cow::Owned(written)) => Cow::Owned(format!("\"{written}\"")),
            _ => Cow::Borrowed(stored),
        }
    }

    fn kept(self, out: &mut Writer, member: &str, value: Option<&str>) {
        match value {
            Some(value) => out.raw(member, value),
            None if self.prints_null() && member != "building" => out.raw(member, "null"),
            None => {}
        }
    }

    fn history(self, out: &mut Writer, member: &str, history: &[Change<'_>]) {
        let lines: Vec<String> = history
            .iter()
            .map(|change| {
                let mut line = Writer::new();
                line.text("status", change.status.as_str());
                line.text("changeDate", &self.instant(change.change_date));
                if self == Self::Interop20 {
                    let reasons = [
                        ("changeReason", change.change_reason),
                        ("changeDetails", change.change_details),
                        ("author", change.author),
                    ];
                    for (member, value) in reasons {
                        if let Some(value) = value {
                            line.raw(member, value.get());
                        }
                    }
                }
                line.text("@type", "StatusChange");
                line.text("@baseType", "StatusChange");
                line.text("@schemaLocation", STATUS_CHANGE_SCHEMA);
                line.end()
            })
            .collect();
        out.raw(member, &format!("[{}]", lines.join(",")));
    }

    fn buildings(self, out: &mut Writer, member: &str, value: Option<&str>) -> serde_json::Result<()> {
        let Some(text) = value.filter(|_| self == Self::Orange10) else {
            self.kept(out, member, value);
            return Ok(());
        };
        let buildings: Vec<Members<'_>> = serde_json::from_str(text)?;
        let lines: Vec<String> = buildings
            .iter()
            .map(|building| {
                let mut line = Writer::new();
                let shown =
                    building.0.iter().filter(|(member, _)| !matches!(&**member, "href" | "name" | "role"));
                for (member, value) in shown {
                    line.raw(member, value.get());
                }
                line.end()
            })
            .collect();
        out.raw(member, &format!("[{}]", lines.join(",")));
        Ok(())
    }

    fn issues(self, out: &mut Writer, member: &str, value: Option<&str>) -> serde_json::Result<()> {
        if self == Self::Interop20 {
            self.kept(out, member, value);
            return Ok(());
        }
        let asked: Members<'_> = serde_json::from_str(value.unwrap_or("{}"))?;
        let mut shown = Writer::new();
        for row in issues::MODIFICATION {
            match asked.get(row.key) {
                Some(entry) => shown.raw(row.key, &orange_issue(entry)?),
                None => shown.raw(row.key, "null"),
            }
        }
        for row in issues::NB_LOGEMENTS {
            if let Some(entry) = asked.get(row.key) {
                shown.raw(row.key, &orange_issue(entry)?);
            }
        }
        out.raw(member, &shown.end());
        Ok(())
    }
}

/// Renders `{description, value}`, and `toBlank` when it is true.
fn orange_issue(entry: &str) -> serde_json::Result<String> {
    let entry: Members<'_> = serde_json::from_str(entry)?;
    let mut shown = Writer::new();
    for member in ["description", "value"] {
        shown.raw(member, entry.get(member).unwrap_or("null"));
    }
    for (member, value) in &entry.0 {
        let blank = member == "toBlank" && value.get() == "true";
        if blank || !matches!(&**member, "description" | "value" | "toBlank") {
            shown.raw(member, value.get());
        }
    }
    Ok(shown.end())
}

/// Returns the text of a JSON string without escapes: an identifier, a version, a word of the
/// contract.
fn unquoted(value: &str) -> &str {
    value.trim_matches('"')
}
