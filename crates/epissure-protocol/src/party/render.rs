//! Rendering of stored parties for callers.

use epissure_filter::FieldSelection;
use serde_json::value::RawValue;

use super::{CONTACT_MEDIUM, Resource};
use crate::json;
use crate::json_text::{Members, Writer};

/// Members that follow the contact media, in order of preference, as on the Party page.
const AFTER_CONTACT_MEDIUM: &[&str] = &["partyCharacteristic", "@type"];

impl Resource {
    /// Renders the JSON text of a stored party: all of it, or the members that `fields` selects.
    /// `mount` is the prefix of its path.
    ///
    /// `id` comes first. `href` comes last in an individual and second in an organization, as on
    /// the Party page; both are always present. `contactMedium` comes before `partyCharacteristic`,
    /// else before `@type`, else at the end.
    ///
    /// # Errors
    /// Fails when a text is not a stored party.
    pub fn render(
        self,
        id: &str,
        document: &str,
        contact_medium: Option<&str>,
        mount: &str,
        fields: Option<&FieldSelection>,
    ) -> serde_json::Result<String> {
        let mut out = Writer::new();
        out.text("id", id);
        let href = format!("{mount}/{}/{id}", self.segment());
        if self == Self::Organization {
            out.text("href", &href);
        }
        match fields {
            None => all(&mut out, document, contact_medium)?,
            Some(fields) if fields.is_none() => {}
            Some(fields) => some(&mut out, document, contact_medium, fields)?,
        }
        if self == Self::Individual {
            out.text("href", &href);
        }
        Ok(out.end())
    }
}

/// Writes all members, copied as text.
fn all(out: &mut Writer, document: &str, contact_medium: Option<&str>) -> serde_json::Result<()> {
    let document: Members<'_> = serde_json::from_str(document)?;
    // Stored text is trusted to be JSON, but not to have the shape of an answer.
    let mut media: Option<&RawValue> = contact_medium.map(serde_json::from_str).transpose()?;
    let before = AFTER_CONTACT_MEDIUM.iter().find(|member| document.get(member).is_some());
    for (member, value) in &document.0 {
        if Some(&&**member) == before
            && let Some(media) = media.take()
        {
            out.raw(CONTACT_MEDIUM, media.get());
        }
        out.raw(member, value.get());
    }
    if let Some(media) = media {
        out.raw(CONTACT_MEDIUM, media.get());
    }
    Ok(())
}

/// Writes the selected members.
fn some(
    out: &mut Writer,
    document: &str,
    contact_medium: Option<&str>,
    fields: &FieldSelection,
) -> serde_json::Result<()> {
    let mut whole = Writer::new();
    all(&mut whole, document, contact_medium.filter(|_| fields.selects(CONTACT_MEDIUM)))?;
    let whole = json::stored(&whole.end())?;
    for (member, value) in fields.select(&whole) {
        out.raw(&member, &value.to_string());
    }
    Ok(())
}
