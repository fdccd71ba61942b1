//! Operations on attachments.

use super::refusals;
use crate::names::OperatorCode;

refusals! {
    /// An attachment that is refused, or an operation on one.
    ///
    /// Sources: the Interop contract, `Attachment` and its diagram of statuses; the newest common
    /// schema, chunks.
    AttachmentRefusal {
        /// The attachment is not VALIDATED: its content is not served.
        NoContent = NotFound, "attachment-no-content";
        /// The operator that opened an attachment ends it.
        EndedByAnother = AccessDenied, "attachment-ended-by-another";
        /// The operator that opened an attachment sends it.
        SentByAnother = AccessDenied, "attachment-sent-by-another";
        /// The file exceeds the limit of the server.
        TooLarge {
            /// In bytes.
            limit: u64,
        } = BodyTooLarge, "attachment-too-large";
        /// The server stores no attachments.
        NotStored = Unavailable, "attachment-not-stored";
        /// The disk is nearly full.
        NoRoom = Unavailable, "attachment-no-room";
        /// The ticket has as many bytes of attachments as it may.
        TicketQuota {
            /// In bytes.
            bytes: u64,
        } = TooManyRequests, "attachment-ticket-quota";
        /// The operator has sent as many bytes today as it may.
        DayQuota {
            /// The operator.
            operator: OperatorCode,
            /// In bytes.
            bytes: u64,
        } = TooManyRequests, "attachment-day-quota";
        /// A declared size or hash of a chunk is not that of the received bytes.
        ChunkDiffers {
            /// The member that differs.
            member: &'static str,
        } = InvalidBodyField, "attachment-chunk-differs";
        /// The attachment is not UPLOADING: it takes no chunks.
        NotUploading {
            /// The status of the attachment.
            status: &'static str,
        } = AccessDenied, "attachment-not-uploading";
        /// Another chunk has the index.
        ChunkContradicted {
            /// The index.
            index: u64,
        } = Conflict, "attachment-chunk-contradicted";
        /// A chunk has not arrived.
        ChunkAbsent {
            /// The index.
            index: u64,
        } = Conflict, "attachment-chunk-absent";
        /// No chunk has arrived.
        NoChunk = Conflict, "attachment-no-chunk";
        /// The name cannot be the name of a file.
        Name = InvalidBodyField, "attachment-name";
        /// The name has no extension of the accepted formats.
        Extension = InvalidBodyField, "attachment-extension";
        /// The name has the extension of a program in it.
        ProgramName = InvalidBodyField, "attachment-program-name";
        /// The declared media type is not that of the extension.
        DeclaredType = InvalidBodyField, "attachment-declared-type";
    }
}
