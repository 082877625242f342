//! Messages of a ticket's chat over HTTP: read, write, judge. The socket is in `chat`.

mod feedback;
mod list;
mod post;

pub(crate) use feedback::{__path_give_feedback, give_feedback};
pub(crate) use list::{__path_list_messages, list_messages};
pub(crate) use post::{__path_post_message, post_message};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::{MessageId, TicketId};
use serde::Serialize;
use utoipa::ToSchema;

/// A message, or a change of one, that is accepted and not done yet.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageProcessing {
    message_id: MessageId,
    ticket_id: TicketId,
    /// Always `processing`.
    status: &'static str,
}

/// 202: it is on disk and will be done; the ticket's messages tell when.
fn processing(ticket_id: TicketId, message_id: MessageId) -> Response {
    (StatusCode::ACCEPTED, Json(MessageProcessing { message_id, ticket_id, status: "processing" })).into_response()
}
