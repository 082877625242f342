//! Saying whether an answer of the bot helped.

use axum::{
    Json,
    extract::State as FromState,
    response::{IntoResponse, Response},
};
use contracts::{
    Outcome, RequestId,
    event::MessageFeedbackRequested,
    message::{Feedback, Message},
    query::GetMessage,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{MessageProcessing, processing};
use crate::{
    api::tickets,
    extract::{MessagePath, Session, Trace, ValidJson},
    problem::{Problem, ProblemBody},
    state::State,
};

/// Whether an answer of the bot helped.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeedbackRequest {
    /// `none` takes back what was said.
    #[garde(skip)]
    feedback: Feedback,
}

/// Say whether an answer of the bot helped.
#[utoipa::path(patch, path = "/tickets/{ticket_id}/messages/{message_id}", tag = "messages",
    security(("bearer" = [])), request_body = FeedbackRequest, params(
    ("ticket_id" = String, Path, description = "The ticket"),
    ("message_id" = String, Path, description = "A message of the bot"),
), responses(
    (status = 200, description = "The message as it is now", body = Message),
    (status = 202, description = "It will be changed", body = MessageProcessing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND, or MESSAGE_NOT_FOUND for one that is not there or not the bot's",
        body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn give_feedback(
    FromState(state): FromState<State>,
    session: Session,
    MessagePath(ticket_id, message_id): MessagePath,
    Trace(trace): Trace,
    ValidJson(FeedbackRequest { feedback }): ValidJson<FeedbackRequest>,
) -> Result<Response, Problem> {
    tickets::visible(&state, ticket_id, &session.actor).await?;
    let message_id = message_id.ok_or_else(Problem::message_not_found)?;
    let present = state.broker.ask(&GetMessage { ticket_id, message_id }).await?;
    if !present.is_some_and(|message| message.is_ai) {
        return Err(Problem::message_not_found());
    }
    let event = MessageFeedbackRequested { ticket_id, message_id, actor: session.actor, feedback };
    match state.request(event.into(), RequestId::new(), trace).await? {
        Some(Outcome::MessageChanged { message }) => Ok(Json(message).into_response()),
        Some(Outcome::MessageNotFound) => Err(Problem::message_not_found()),
        Some(Outcome::TicketNotFound) => Err(Problem::ticket_not_found()),
        Some(_) => Err(Problem::request_failed()),
        None => Ok(processing(ticket_id, message_id)),
    }
}
