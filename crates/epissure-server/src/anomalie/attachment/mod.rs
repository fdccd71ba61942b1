//! Attachments of a ticket.

pub(super) mod add;
pub(super) mod chunk;
pub(super) mod content;
pub(super) mod finalize;
pub(super) mod list;
pub(super) mod read;

use axum::response::Response;
use epissure_filter::FieldSelection;
use epissure_protocol::attachment;
use epissure_protocol::json::Object;
use epissure_protocol::names::{AttachmentId, TicketId};
use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::HttpRefusal;
use http::StatusCode;
use serde_json::Value;

use super::Mount;
use crate::answer;
use crate::conditions::entity_tag;
use crate::segment::Segment;

fn attachment_id<const FROM_END: usize>(segment: &Segment<FROM_END>) -> Result<AttachmentId, Problem> {
    segment.identifier(AttachmentId::parse, HttpRefusal::AttachmentId)
}

impl Mount {
    /// Returns the URL of the attachments of a ticket.
    fn attachments(&self, ticket: TicketId) -> String {
        format!("{}/attachment", self.address(&ticket.to_string()))
    }

    /// Returns an attachment in the dialect of this mount, whole or with the requested members.
    fn attachment(&self, ticket: TicketId, public: Object, fields: Option<&FieldSelection>) -> Object {
        let shown = attachment::shown(public, &self.address(&ticket.to_string()), self.dialect);
        shown.into_iter().filter(|(member, _)| self.shows(fields, member)).collect()
    }

    /// Returns the response with one attachment.
    fn answer_attachment(&self, status: StatusCode, ticket: TicketId, public: Object) -> Response {
        let attachment = self.attachment(ticket, public, None);
        let mut response = answer::json(status, &attachment);
        let text = |member: &str| attachment.get(member).and_then(Value::as_str).unwrap_or_default();
        answer::header(&mut response, "etag", &entity_tag(text("@version")));
        if status == StatusCode::CREATED {
            let address = format!("{}/{}", self.attachments(ticket), text("id"));
            answer::header(&mut response, "location", &address);
        }
        response
    }
}
