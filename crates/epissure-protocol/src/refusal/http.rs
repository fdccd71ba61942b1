//! Requests as HTTP messages.

use super::{Alternatives, refusals};

refusals! {
    /// A request whose framing, headers or path are refused.
    HttpRefusal {
        /// The header section exceeds the limits of the server (RFC 6585 section 5).
        Headers = InvalidHeader, "http-headers";
        /// The head of the request breaks the grammar of RFC 9112.
        Head = InvalidHeader, "http-head";
        /// Nothing is served at the path.
        NoPath = NotFound, "http-no-path";
        /// The document browser has no such contract.
        NoContract {
            /// The paths of the contracts.
            served: Vec<&'static str>,
        } = NotFound, "http-no-contract";
        /// The path is served, with other methods (RFC 9110 section 15.5.6).
        Method {
            /// The method of the request.
            method: String,
        } = MethodNotAllowed, "http-method";
        /// An identifier of a ticket in the path is no UUID.
        TicketId = InvalidUrlParameter, "http-ticket-id";
        /// The same of an attachment.
        AttachmentId = InvalidUrlParameter, "http-attachment-id";
        /// The same of an organization.
        OrganizationId = InvalidUrlParameter, "http-organization-id";
        /// The same of an individual.
        IndividualId = InvalidUrlParameter, "http-individual-id";
        /// A transfer coding other than chunked (RFC 9112 section 6.1).
        TransferCoding = NotImplemented, "http-transfer-coding";
        /// No `Host` (RFC 9112 section 3.2).
        NoHost = MissingHeader, "http-no-host";
        /// Two `Host` headers (RFC 9112 section 3.2).
        TwoHosts = InvalidHeader, "http-two-hosts";
        /// `Host` is no name and port (RFC 9110 section 7.2).
        Host = InvalidHeader, "http-host";
        /// A change of a ticket without `If-Match`.
        NoIfMatch = MissingHeader, "http-no-if-match";
        /// A header with other characters than visible ASCII.
        NotAscii {
            /// The name of the header.
            header: String,
        } = InvalidHeader, "http-not-ascii";
        /// `Idempotency-Key` is empty, too long or not visible ASCII.
        IdempotencyKey {
            /// The longest, in characters.
            max: usize,
        } = InvalidHeader, "http-idempotency-key";
        /// The body exceeds the limit of the operation.
        BodyTooLarge {
            /// In bytes.
            limit: u64,
        } = BodyTooLarge, "http-body-too-large";
        /// A part of a form exceeds its limit.
        PartTooLarge {
            /// The name of the part.
            part: String,
            /// In bytes.
            limit: usize,
        } = BodyTooLarge, "http-part-too-large";
        /// The connection ended within the body.
        BodyBroken = InvalidBody, "http-body-broken";
        /// The body is compressed: its size once decompressed is not bounded by its length.
        ContentEncoding = UnsupportedMediaType, "http-content-encoding";
        /// The body has no media type.
        NoContentType {
            /// The media types of the operation.
            accepted: Alternatives,
        } = UnsupportedMediaType, "http-no-content-type";
        /// The body has a media type that the operation does not read.
        ContentType {
            /// The media types of the operation.
            accepted: Alternatives,
            /// The media type of the request.
            given: String,
        } = UnsupportedMediaType, "http-content-type";
        /// The body is empty.
        NoBody = MissingBody, "http-no-body";
        /// The body is JSON, but no object.
        NotAnObject = InvalidBody, "http-not-an-object";
        /// The body is no form.
        NotAForm {
            /// The name of the part for the file.
            file: &'static str,
            /// The name of the part for the JSON object.
            object: &'static str,
        } = UnsupportedMediaType, "http-not-a-form";
        /// The media type of the form names no boundary (RFC 2046 section 5.1.1).
        Boundary = InvalidHeader, "http-boundary";
        /// The form is not well formed (RFC 7578).
        Form = InvalidBody, "http-form";
        /// The form has another part.
        OtherPart {
            /// The name of the part for the file.
            file: &'static str,
            /// The name of the part for the JSON object.
            object: &'static str,
        } = InvalidBody, "http-other-part";
        /// The form has a part twice.
        PartTwice {
            /// The name of the part.
            part: String,
        } = InvalidBody, "http-part-twice";
        /// The content has no byte in the range (RFC 9110 section 15.5.17).
        Range {
            /// The size of the content, in bytes.
            size: u64,
        } = RangeNotSatisfiable, "http-range";
    }
}
