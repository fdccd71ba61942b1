//! Operations on tickets, notes and individuals.

use super::refusals;

refusals! {
    /// An operation that the present state of a resource forbids.
    ResourceRefusal {
        /// `If-Match` names another version of the ticket (RFC 9110 section 13.1.1).
        TicketChanged = PreconditionFailed, "resource-ticket-changed";
        /// The same of an individual.
        IndividualChanged = PreconditionFailed, "resource-individual-changed";
        /// The same of the content of an attachment, or `If-Unmodified-Since`.
        ContentChanged = PreconditionFailed, "resource-content-changed";
        /// A final ticket takes no notes.
        FinalForNotes = AccessDenied, "resource-final-for-notes";
        /// A final ticket takes no attachments.
        FinalForAttachments = AccessDenied, "resource-final-for-attachments";
        /// The ticket has as many notes as it may.
        NotesFull {
            /// The most notes of one ticket.
            limit: usize,
        } = AccessDenied, "resource-notes-full";
        /// The ticket has as many attachments as it may.
        AttachmentsFull {
            /// The most attachments of one ticket.
            limit: usize,
        } = AccessDenied, "resource-attachments-full";
        /// An `Idempotency-Key` comes back with another body.
        KeyReused = Conflict, "resource-key-reused";
        /// A query of tickets that no index serves.
        TicketsTooExpensive = QueryTooExpensive, "resource-tickets-too-expensive";
        /// A query of the directory that no index serves.
        DirectoryTooExpensive = QueryTooExpensive, "resource-directory-too-expensive";
    }
}
