//! Organizations and individuals, after the Party page and TM Forum's TMF632 4.0.0, its basis.
//!
//! A party is a validated document. Its members are those of one table ([`members`]); any other is
//! an extension, stored as sent. The server assigns `id` and `href`, and ignores those of a caller.
//! A null member counts as absent. An individual's `contactMedium` is stored separately, so that
//! the lists that do not show it never read it.
//!
//! ```
//! use epissure_protocol::party::{self, Individual, Resource};
//!
//! let body = serde_json::json!({"familyName": "Dalton", "givenName": "Jack"});
//! let jack = Individual::read(body.as_object().expect("an object"), 65_536).expect("no fault");
//! assert_eq!(jack.document()["fullName"], "Jack Dalton");
//!
//! let kept = serde_json::to_string(jack.document())?;
//! let shown = Resource::Individual.render("de76cfa1-9a55-412f-a9ee-61ca2f662a63", &kept, None, "", None)?;
//! assert!(shown.ends_with(r#""href":"/individual/de76cfa1-9a55-412f-a9ee-61ca2f662a63"}"#));
//! # Ok::<(), serde_json::Error>(())
//! ```

mod check;
mod contact;
mod individual;
mod lists;
pub mod members;
mod organization;
mod render;

pub use contact::{MEDIA, Medium};
pub use individual::Individual;
pub use lists::{INDIVIDUAL_LIST, ORGANIZATION_LIST};
pub use organization::Organization;

use epissure_filter::ClosedList;

use crate::identifiers::Finding;

/// Member that is stored separately.
pub const CONTACT_MEDIUM: &str = "contactMedium";

/// The two resources of Party Management.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A company, or one of its departments.
    Organization,
    /// A person in an organization.
    Individual,
}

impl Resource {
    /// Both resources.
    pub const ALL: [Self; 2] = [Self::Organization, Self::Individual];

    /// Returns the segment of its path: `/individual/{id}`.
    #[must_use]
    pub const fn segment(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Individual => "individual",
        }
    }

    /// Returns the segment of the references to it on the Party page: `/individuals/{id}`.
    #[must_use]
    pub const fn plural_segment(self) -> &'static str {
        match self {
            Self::Organization => "organizations",
            Self::Individual => "individuals",
        }
    }

    /// Returns its default `@type`.
    #[must_use]
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Organization => "Organization",
            Self::Individual => "Individual",
        }
    }

    /// Returns the filters and sort keys of its list.
    #[must_use]
    pub const fn list(self) -> &'static ClosedList {
        match self {
            Self::Organization => &ORGANIZATION_LIST,
            Self::Individual => &INDIVIDUAL_LIST,
        }
    }
}

/// A party read from a file rather than from a caller of the API.
#[derive(Debug, Clone, PartialEq)]
pub struct Import<Id, Party> {
    /// Identifier in the document, for a party already known or from another directory.
    pub id: Option<Id>,
    /// The party.
    pub party: Party,
    /// Findings to review, which do not refuse the party.
    pub warnings: Vec<Finding>,
}
