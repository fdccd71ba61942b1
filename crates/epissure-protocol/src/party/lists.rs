//! Filters and sort keys of the lists: the Party page's "exhaustive list of available parameters
//! with the associated allowed operators".

use epissure_filter::{Attribute, ClosedList, Pair, PairKey, Place, Values};

use super::members::ORGANIZATION_TYPES;

const CONTAINS: &[Place] = &[Place::Anywhere];
const BOTH: &[Place] = &[Place::Start, Place::Anywhere];
const NONE: &[Place] = &[];

/// Filters and sort keys of the list of organizations.
///
/// The page sorts by `name` and names no other key. This list also sorts by `id` and by every
/// attribute that is filtered alone.
pub static ORGANIZATION_LIST: ClosedList = ClosedList {
    attributes: &[
        attribute("name", Values::Text, CONTAINS),
        attribute("tradingName", Values::Text, BOTH),
        attribute("isHeadOffice", Values::Bool, NONE),
        attribute("isLegalEntity", Values::Bool, NONE),
        attribute("nameType", Values::Text, NONE),
        attribute("organizationType", Values::OneOf(ORGANIZATION_TYPES), NONE),
    ],
    pairs: &[Pair {
        array: "organizationIdentification",
        key: "identificationType",
        keys: &[
            PairKey { name: "codeArcepRip", globs: NONE },
            PairKey { name: "rceId", globs: NONE },
            PairKey { name: "trigramRip", globs: NONE },
            PairKey { name: "siren", globs: CONTAINS },
        ],
        value: "identificationId",
    }],
    sortable: &["id", "name", "tradingName", "isHeadOffice", "isLegalEntity", "nameType", "organizationType"],
};

/// Filters of the list of individuals, which is never sorted.
pub static INDIVIDUAL_LIST: ClosedList = ClosedList {
    attributes: &[
        attribute("fullName", Values::Text, BOTH),
        attribute("familyName", Values::Text, BOTH),
        attribute("givenName", Values::Text, BOTH),
        attribute("legalName", Values::Text, BOTH),
        attribute("title", Values::Text, NONE),
        attribute("middleName", Values::Text, NONE),
        attribute("namePrefix", Values::Text, NONE),
        attribute("gender", Values::Text, NONE),
    ],
    pairs: &[Pair {
        array: "partyCharacteristic",
        key: "name",
        keys: &[PairKey { name: "Category", globs: NONE }],
        value: "value",
    }],
    sortable: &[],
};

const fn attribute(path: &'static str, values: Values, globs: &'static [Place]) -> Attribute {
    Attribute { path, values, globs }
}
