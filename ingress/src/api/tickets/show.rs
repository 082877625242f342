//! Opening a ticket.

use axum::{
    Json,
    extract::State as FromState,
    response::{IntoResponse, Response},
};
use contracts::{
    Actor, Event, Kind, Outcome, RequestId, Ticket, TicketId,
    message::Message,
    query::{GetTicket, ReadMark, TicketDetail},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Processing, created, processing};
use crate::{
    extract::{Session, TicketPath},
    problem::{Problem, ProblemBody},
    state::State,
};

/// A ticket and its conversation.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketView {
    ticket: Ticket,
    /// The newest of the conversation, oldest first.
    messages: Vec<Message>,
    /// Whether the conversation has older ones.
    has_more: bool,
    /// The last message that one has read; 0 before the first.
    last_read_seq: u64,
    /// How far the others who take part have read: the requester, who has the ticket, and who wrote these messages.
    read_by: Vec<ReadMark>,
}

/// Open a ticket.
///
/// Those who may see it are its requester, the agents of its department and admins.
#[utoipa::path(get, path = "/tickets/{ticket_id}", tag = "tickets", security(("bearer" = [])),
    params(("ticket_id" = String, Path, description = "The ticket")), responses(
    (status = 200, description = "The ticket and the newest messages", body = TicketView),
    (status = 202, description = "The ticket is on its way", body = Processing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "RATE_LIMIT_EXCEEDED: it was rejected after it was accepted", body = ProblemBody,
        content_type = "application/problem+json"),
))]
pub(crate) async fn get_ticket(
    FromState(state): FromState<State>,
    session: Session,
    TicketPath(ticket_id): TicketPath,
) -> Result<Response, Problem> {
    let query = GetTicket { ticket_id, viewer: session.actor.clone() };
    if let Some(found) = state.broker.ask(&query).await? {
        let TicketDetail { ticket, messages, has_more, last_read_seq, read_by } = found;
        return Ok(Json(TicketView { ticket, messages, has_more, last_read_seq, read_by }).into_response());
    }
    under_way(&state, &session, ticket_id).await
}

/// For a ticket that is not in the store: whether the one who asks has requested it, and what became of that.
async fn under_way(state: &State, session: &Session, id: TicketId) -> Result<Response, Problem> {
    if !is_requester(state, &session.actor, id).await? {
        return Err(Problem::ticket_not_found());
    }
    match state.broker.outcome(RequestId::from(id.uuid())).await? {
        Some(rejected @ (Outcome::TicketRejected { .. } | Outcome::Failed)) => created(id, Some(rejected)),
        // A ticket that was saved a moment ago is on its way to this answer, too.
        _ => Ok(processing(id)),
    }
}

/// Whether somebody asked for a ticket, be it there or not, as far as events are kept.
pub(super) async fn is_requester(state: &State, person: &Actor, id: TicketId) -> Result<bool, Problem> {
    let requested = state.broker.last_event(Kind::TicketCreated, id.uuid()).await?;
    Ok(requested.is_some_and(|envelope| match envelope.event {
        Event::TicketCreated(event) => event.draft.user_id == person.user_id,
        _ => false,
    }))
}
