//! Organizations and individuals, after the Party page and TM Forum's TMF632 4.0.0 on which it stands.
//!
//! A party is a validated document. Its members are those of one table ([`members`]); others are extensions, kept as
//! they came. `id` and `href` are the server's: those that a caller sends are ignored. A member that is null is a
//! member that is not there. An individual's `contactMedium` is kept apart from the rest, so that the lists that do
//! not show it never read it.
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

/// The member that is kept apart.
pub const CONTACT_MEDIUM: &str = "contactMedium";

/// The two resources of Party Management.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A company, one of its departments.
    Organization,
    /// A person in an organization.
    Individual,
}

impl Resource {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Organization, Self::Individual];

    /// The segment of its path: `/individual/{id}`.
    #[must_use]
    pub const fn segment(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Individual => "individual",
        }
    }

    /// The segment that the references to it have on the Party page: `/individuals/{id}`.
    #[must_use]
    pub const fn plural_segment(self) -> &'static str {
        match self {
            Self::Organization => "organizations",
            Self::Individual => "individuals",
        }
    }

    /// Its `@type`, unless a document says another.
    #[must_use]
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::Organization => "Organization",
            Self::Individual => "Individual",
        }
    }

    /// What may be asked of its list.
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
    /// The identifier that the document has, for a party that is known already or comes from another directory.
    pub id: Option<Id>,
    /// The party.
    pub party: Party,
    /// What is worth a look, and refuses nothing.
    pub warnings: Vec<Finding>,
}
