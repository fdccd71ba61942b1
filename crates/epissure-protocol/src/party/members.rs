//! Members of parties, with their types (names and types are those of TMF632 4.0.0).
//!
//! `@type`, `@baseType` and `@schemaLocation` are accepted in every object and are not repeated in
//! the tables.

use Kind::{Any, Flag, Instant, Integer, Number, Object, Objects, OneOf, Text};

/// Maximum length of a free text, in characters.
pub const MAX_TEXT: usize = 10_000;
/// Maximum length of a name, in characters.
pub const MAX_NAME: usize = 250;
/// Maximum length of a name made of two, in characters.
pub const MAX_FULL_NAME: usize = 2 * MAX_NAME + 1;

/// A row of a table of members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Name of the member.
    pub name: &'static str,
    /// Type of its value.
    pub kind: Kind,
    /// True when the member is required; a required text must not be blank.
    pub required: bool,
}

/// Type of a member's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text of at most this many characters.
    Text(usize),
    /// A boolean.
    Flag,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// An RFC 3339 date-time.
    Instant,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An object with these members.
    Object(&'static [Member]),
    /// An array of objects with these members.
    Objects(&'static [Member]),
    /// Any value.
    Any,
}

const fn optional(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, required: false }
}

const fn required(name: &'static str, kind: Kind) -> Member {
    Member { name, kind, required: true }
}

const fn text(name: &'static str) -> Member {
    optional(name, Text(MAX_TEXT))
}

const fn name(name: &'static str) -> Member {
    optional(name, Text(MAX_NAME))
}

const fn full_name(name: &'static str) -> Member {
    optional(name, Text(MAX_FULL_NAME))
}

const fn valid_for() -> Member {
    optional("validFor", Object(TIME_PERIOD))
}

/// Members of an individual.
pub const INDIVIDUAL: &[Member] = &[
    required("familyName", Text(MAX_NAME)),
    required("givenName", Text(MAX_NAME)),
    full_name("fullName"),
    name("aristocraticTitle"),
    optional("birthDate", Instant),
    name("countryOfBirth"),
    optional("deathDate", Instant),
    name("familyNamePrefix"),
    full_name("formattedName"),
    name("gender"),
    name("generation"),
    full_name("legalName"),
    text("location"),
    name("maritalStatus"),
    name("middleName"),
    // Not in TMF632: the Party page filters on it.
    name("namePrefix"),
    name("nationality"),
    name("placeOfBirth"),
    name("preferredGivenName"),
    name("title"),
    optional("contactMedium", Objects(MEDIUM)),
    optional("creditRating", Objects(CREDIT_PROFILE)),
    optional("disability", Objects(DISABILITY)),
    optional("externalReference", Objects(EXTERNAL_REFERENCE)),
    optional("individualIdentification", Objects(INDIVIDUAL_IDENTIFICATION)),
    optional("languageAbility", Objects(LANGUAGE_ABILITY)),
    optional("otherName", Objects(OTHER_NAME_OF_INDIVIDUAL)),
    optional("partyCharacteristic", Objects(CHARACTERISTIC)),
    optional("relatedParty", Objects(RELATED_PARTY)),
    optional("skill", Objects(SKILL)),
    // `deceaded` is TMF632's spelling.
    optional("status", OneOf(&["initialized", "validated", "deceaded"])),
    optional("taxExemptionCertificate", Objects(TAX_EXEMPTION)),
];

/// Members of an organization.
pub const ORGANIZATION: &[Member] = &[
    name("name"),
    name("tradingName"),
    optional("isHeadOffice", Flag),
    optional("isLegalEntity", Flag),
    name("nameType"),
    optional("organizationType", OneOf(ORGANIZATION_TYPES)),
    optional("creditRating", Objects(CREDIT_PROFILE)),
    optional("existsDuring", Object(TIME_PERIOD)),
    optional("externalReference", Objects(EXTERNAL_REFERENCE)),
    optional("organizationChildRelationship", Objects(ORGANIZATION_RELATIONSHIP)),
    optional("organizationIdentification", Objects(ORGANIZATION_IDENTIFICATION)),
    optional("organizationParentRelationship", Object(ORGANIZATION_RELATIONSHIP)),
    optional("otherName", Objects(OTHER_NAME_OF_ORGANIZATION)),
    optional("partyCharacteristic", Objects(CHARACTERISTIC)),
    optional("relatedParty", Objects(RELATED_PARTY)),
    optional("status", OneOf(&["initialized", "validated", "closed"])),
    optional("taxExemptionCertificate", Objects(TAX_EXEMPTION)),
];

/// Values of `organizationType` (the Party page).
pub const ORGANIZATION_TYPES: &[&str] = &["COMPANY", "DEPARTMENT", "UNKNOWN"];

/// Members that every object may have.
pub const TYPING: &[Member] = &[name("@type"), name("@baseType"), text("@schemaLocation")];

const TIME_PERIOD: &[Member] = &[optional("endDateTime", Instant), optional("startDateTime", Instant)];

const MEDIUM: &[Member] = &[
    name("mediumType"),
    optional("preferred", Flag),
    optional("characteristic", Object(MEDIUM_CHARACTERISTIC)),
    valid_for(),
];

const MEDIUM_CHARACTERISTIC: &[Member] = &[
    name("city"),
    name("contactType"),
    name("country"),
    full_name("emailAddress"),
    name("faxNumber"),
    name("phoneNumber"),
    name("postCode"),
    name("socialNetworkId"),
    name("stateOrProvince"),
    full_name("street1"),
    full_name("street2"),
];

const CHARACTERISTIC: &[Member] =
    &[required("name", Text(MAX_NAME)), name("valueType"), required("value", Any)];

const CREDIT_PROFILE: &[Member] = &[
    name("creditAgencyName"),
    name("creditAgencyType"),
    name("ratingReference"),
    optional("ratingScore", Integer),
    valid_for(),
];

const DISABILITY: &[Member] = &[name("disabilityCode"), name("disabilityName"), valid_for()];

const EXTERNAL_REFERENCE: &[Member] = &[name("externalReferenceType"), name("name")];

const INDIVIDUAL_IDENTIFICATION: &[Member] = &[
    name("identificationId"),
    name("identificationType"),
    name("issuingAuthority"),
    optional("issuingDate", Instant),
    optional("attachment", Object(ATTACHMENT)),
    valid_for(),
];

const ORGANIZATION_IDENTIFICATION: &[Member] = &[
    required("identificationId", Text(MAX_NAME)),
    required("identificationType", Text(MAX_NAME)),
    name("issuingAuthority"),
    optional("issuingDate", Instant),
    optional("attachment", Object(ATTACHMENT)),
    valid_for(),
];

const ATTACHMENT: &[Member] = &[
    name("id"),
    text("href"),
    name("attachmentType"),
    text("content"),
    text("description"),
    name("mimeType"),
    name("name"),
    text("url"),
    optional("size", Object(&[optional("amount", Number), name("units")])),
    valid_for(),
    name("@referredType"),
];

const LANGUAGE_ABILITY: &[Member] = &[
    optional("isFavouriteLanguage", Flag),
    name("languageCode"),
    name("languageName"),
    name("listeningProficiency"),
    name("readingProficiency"),
    name("speakingProficiency"),
    name("writingProficiency"),
    valid_for(),
];

const OTHER_NAME_OF_INDIVIDUAL: &[Member] = &[
    name("aristocraticTitle"),
    name("familyName"),
    name("familyNamePrefix"),
    full_name("formattedName"),
    full_name("fullName"),
    name("generation"),
    name("givenName"),
    full_name("legalName"),
    name("middleName"),
    name("preferredGivenName"),
    name("title"),
    valid_for(),
];

const OTHER_NAME_OF_ORGANIZATION: &[Member] =
    &[name("name"), name("nameType"), name("tradingName"), valid_for()];

const RELATED_PARTY: &[Member] = &[
    required("id", Text(MAX_NAME)),
    required("@referredType", Text(MAX_NAME)),
    text("href"),
    name("name"),
    name("role"),
];

const ORGANIZATION_RELATIONSHIP: &[Member] = &[
    name("relationshipType"),
    optional(
        "organization",
        Object(&[required("id", Text(MAX_NAME)), text("href"), name("name"), name("@referredType")]),
    ),
];

const SKILL: &[Member] =
    &[text("comment"), name("evaluatedLevel"), name("skillCode"), name("skillName"), valid_for()];

const TAX_EXEMPTION: &[Member] = &[
    name("id"),
    optional("attachment", Object(ATTACHMENT)),
    optional("taxDefinition", Objects(&[name("id"), name("name"), name("taxType"), name("@referredType")])),
    valid_for(),
];
