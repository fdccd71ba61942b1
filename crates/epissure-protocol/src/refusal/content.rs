//! The content of a ticket: the buildings that it names, and the corrections that it asks for.

use super::{Expected, refusals};
use crate::codes::Kind;

refusals! {
    /// A fault in the content of a ticket.
    ///
    /// Sources: the Interop contract, `AnomalieAdresseCreation`, `…NewBuilding`, `…UpdateImb`,
    /// `…UpdateNbLogements`.
    ContentRefusal {
        /// A creation whose address has no identification method, at an OI that refuses those
        /// (`strict_creation`).
        AddressUnidentified = MissingBodyField, "content-address-unidentified";
        /// `building` on a ticket whose kind has none.
        BuildingNotUsed {
            /// The kind of ticket.
            kind: Kind,
        } = InvalidBodyField, "content-building-not-used";
        /// An item is no reference to a building.
        NotABuilding {
            /// Location, as a JSON pointer.
            at: String,
        } = InvalidBodyField, "content-not-a-building";
        /// An item is no reference to a party.
        NotAParty {
            /// Location, as a JSON pointer.
            at: String,
        } = InvalidBodyField, "content-not-a-party";
        /// The kind is about exactly one building.
        NotOneBuilding {
            /// The kind of ticket.
            kind: Kind,
            /// Number of buildings of the ticket.
            count: usize,
        } = InvalidBodyField, "content-not-one-building";
        /// A modification is about at least one building.
        NoBuilding = InvalidBodyField, "content-no-building";
        /// More buildings than the bulk limit of the bilateral contract.
        TooManyBuildings {
            /// Number of buildings of the ticket.
            count: usize,
            /// The bulk limit.
            limit: usize,
        } = InvalidBodyField, "content-too-many-buildings";
        /// `issues` on a ticket whose kind has none.
        IssuesNotUsed {
            /// The kind of ticket.
            kind: Kind,
        } = InvalidBodyField, "content-issues-not-used";
        /// A key that is not one of the kind's corrections.
        UnknownCorrection {
            /// The key given.
            key: String,
            /// The kind of ticket.
            kind: Kind,
            /// The keys of the kind.
            known: Vec<&'static str>,
        } = InvalidBodyField, "content-unknown-correction";
        /// `issues` asks for nothing.
        NoCorrection = InvalidBodyField, "content-no-correction";
        /// A correction is no object.
        CorrectionNotAnObject {
            /// The key of the correction.
            key: &'static str,
        } = InvalidBodyField, "content-correction-not-an-object";
        /// The value of a correction is not what its key takes.
        CorrectionInvalid {
            /// The key of the correction.
            key: &'static str,
            /// Expected value.
            expected: Expected,
        } = InvalidBodyField, "content-correction-invalid";
        /// `toBlank` together with a value.
        BlankWithValue {
            /// The key of the correction.
            key: &'static str,
        } = InvalidBodyField, "content-blank-with-value";
        /// `toBlank` of a column that cannot be empty in the IPE.
        NotBlankable {
            /// The key of the correction.
            key: &'static str,
        } = InvalidBodyField, "content-not-blankable";
        /// A key with one value per building has a single one for several buildings.
        CorrectionNotAnArray {
            /// The key of the correction.
            key: &'static str,
            /// Number of buildings of the ticket.
            buildings: usize,
        } = InvalidBodyField, "content-correction-not-an-array";
        /// A key with one value per building has another number of values.
        CorrectionCount {
            /// The key of the correction.
            key: &'static str,
            /// Number of values.
            values: usize,
            /// Number of buildings of the ticket.
            buildings: usize,
        } = InvalidBodyField, "content-correction-count";
    }
}
