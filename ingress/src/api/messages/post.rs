//! Writing a message.

use axum::{
    Json,
    extract::State as FromState,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::{
    chat::Chat,
    message::{Feedback, Message},
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{MessageProcessing, processing};
use crate::{
    chat::{self, Posted},
    extract::{Session, TicketPath, Trace, ValidJson},
    problem::{Problem, ProblemBody},
    state::State,
};

/// What a message is called where frames of several types are.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FrameType {
    Chat,
}

/// A message as the chat's socket takes it. What is left out is the session's own; what is there must be the session's
/// own.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct MessageRequest {
    #[serde(default, rename = "type")]
    #[schema(inline)]
    kind: Option<FrameType>,
    /// The ticket of the address.
    #[serde(default)]
    ticket_id: Option<String>,
    /// The session's user.
    #[serde(default)]
    sender_id: Option<String>,
    /// The session's role.
    #[serde(default)]
    sender_role: Option<String>,
    /// What to say.
    #[schema(min_length = 1, max_length = 8_000)]
    content: String,
    /// Always false: people are no bots.
    #[serde(default, rename = "isAI")]
    is_ai: Option<bool>,
    /// Always `none`.
    #[serde(default)]
    feedback: Option<Feedback>,
    /// The sender's own id for the message: sent again with it, it is one message.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 128)]
    client_message_id: Option<String>,
}

impl From<MessageRequest> for Chat {
    fn from(request: MessageRequest) -> Self {
        let MessageRequest {
            kind: None | Some(FrameType::Chat),
            ticket_id,
            sender_id,
            sender_role,
            content,
            is_ai,
            feedback,
            client_message_id,
        } = request;
        Self { ticket_id, sender_id, sender_role, content, is_ai, feedback, client_message_id }
    }
}

/// Write a message.
///
/// The same as a `chat` frame over the socket: it is answered once the message is saved, and everybody in the room sees
/// it. With a `client_message_id`, a message that is sent again is one message. A message opens a resolved ticket
/// again.
#[utoipa::path(post, path = "/tickets/{ticket_id}/messages", tag = "messages", security(("bearer" = [])),
    params(("ticket_id" = String, Path, description = "The ticket")),
    request_body(content = MessageRequest, examples(
        ("short" = (value = json!({"content": "It blinks now.", "client_message_id": "7f2c-1"}))),
        ("whole" = (value = json!({
            "type": "chat", "ticket_id": "01a209db-6069-70e4-b0bf-622ef50cbc0e",
            "sender_id": "01a209db-5e29-7170-9dd0-b349ef408777", "sender_role": "user", "content": "It blinks now.",
            "isAI": false, "feedback": "none"
        }))),
    )), responses(
    (status = 201, description = "The message is saved", body = Message),
    (status = 202, description = "The message is on disk and will be saved", body = MessageProcessing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "TICKET_CLOSED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED; NOT_YOURS: what is said of the ticket or the sender is not the \
        session's own; CLIENT_MESSAGE_ID_REUSED: it came with another content before", body = ProblemBody,
        content_type = "application/problem+json"),
))]
pub(crate) async fn post_message(
    FromState(state): FromState<State>,
    session: Session,
    TicketPath(ticket_id): TicketPath,
    Trace(trace): Trace,
    ValidJson(request): ValidJson<MessageRequest>,
) -> Result<Response, Problem> {
    match chat::post(&state, &session.actor, ticket_id, request.into(), trace).await? {
        Posted::Saved(message) => Ok((StatusCode::CREATED, Json(message)).into_response()),
        Posted::Refused(refusal) => Err(Problem::refused(refusal)),
        Posted::Processing(message_id) => Ok(processing(ticket_id, message_id)),
    }
}
