//! Members of a body, whatever the resource.

use super::{Expected, refusals};
use crate::names::OperatorCode;

refusals! {
    /// A fault of a body.
    ///
    /// Sources: the members that the Interop contract and the Party page require, and the types
    /// that they give them.
    BodyRefusal {
        /// A member that the contract requires is absent or null.
        Missing {
            /// The member, dotted.
            member: String,
        } = MissingBodyField, "body-missing";
        /// One of several members is required (the Party page's matrix of `contactMedium`).
        MissingOneOf {
            /// The object that lacks it, dotted.
            member: String,
            /// The members one of which is required.
            members: Vec<&'static str>,
        } = MissingBodyField, "body-missing-one-of";
        /// An organization has neither `name` nor `tradingName` (import).
        NoName = MissingBodyField, "body-no-name";
        /// A part of a form is absent (Interop contract, upload of an attachment).
        MissingPart {
            /// The name of the part.
            part: String,
        } = MissingBodyField, "body-missing-part";
        /// A member has a value that the contract does not allow.
        Invalid {
            /// The member, dotted.
            member: String,
            /// Expected value.
            expected: Expected,
        } = InvalidBodyField, "body-invalid";
        /// A member that the contract does not name, with `Prefer: handling=strict` (RFC 7240
        /// section 4.4).
        UnknownOfTicket {
            /// The member.
            member: String,
        } = InvalidBodyField, "body-unknown-of-ticket";
        /// The same for a note.
        UnknownOfNote {
            /// The member.
            member: String,
        } = InvalidBodyField, "body-unknown-of-note";
        /// The same for an attachment.
        UnknownOfAttachment {
            /// The member.
            member: String,
        } = InvalidBodyField, "body-unknown-of-attachment";
        /// Extension members weigh more than the server stores for one resource.
        ExtensionsTooHeavy {
            /// Their weight, in bytes of compact JSON.
            bytes: usize,
            /// The most accepted, in bytes.
            limit: usize,
        } = InvalidBodyField, "body-extensions-too-heavy";
        /// Patches add up to more than an individual may hold.
        IndividualTooLarge {
            /// The most values.
            values: usize,
            /// The most levels.
            levels: usize,
        } = InvalidBodyField, "body-individual-too-large";
        /// The Party page: at most one medium per `mediumType` and `contactType`.
        MediumTwice {
            /// `mediumType`.
            medium: &'static str,
            /// `characteristic.contactType`.
            contact: &'static str,
        } = InvalidBodyField, "body-medium-twice";
        /// `code_oi` names no OI of this server.
        OiNotServed {
            /// The code given.
            named: OperatorCode,
        } = InvalidBodyField, "body-oi-not-served";
        /// `code_oc` is the code of another operator than the caller.
        OcNotYours {
            /// The caller's code.
            own: OperatorCode,
            /// The code given.
            named: OperatorCode,
        } = InvalidBodyField, "body-oc-not-yours";
    }
}
