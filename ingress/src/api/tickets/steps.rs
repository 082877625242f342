//! Closing, reopening and releasing a ticket: calls that need no words.

use axum::{extract::State as FromState, response::Response};
use contracts::{
    Ticket,
    event::{TicketCloseRequested, TicketReleaseRequested, TicketReopenRequested},
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Processing,
    change::{Change, handled, visible},
};
use crate::{
    extract::{Admin, OptionalJson, Staff, TicketPath, Trace},
    problem::{Problem, ProblemBody},
    state::State,
};

/// An object without members; it may be left out.
#[derive(Clone, Copy, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Close a ticket.
///
/// The agents of its department and admins may, until it is closed. A closed ticket takes no more messages.
#[utoipa::path(post, path = "/tickets/{ticket_id}/close", tag = "tickets", security(("bearer" = [])),
    params(("ticket_id" = String, Path, description = "The ticket")), request_body = Option<Nothing>, responses(
    (status = 200, description = "It is closed", body = Ticket),
    (status = 202, description = "It will be", body = Processing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN: not for requesters", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "TICKET_STATE_CONFLICT, with ticket_status", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn close_ticket(
    FromState(state): FromState<State>,
    Staff(session): Staff,
    TicketPath(ticket_id): TicketPath,
    Trace(trace): Trace,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, Problem> {
    handled(&state, ticket_id, &session.actor).await?;
    let event = TicketCloseRequested { ticket_id, actor: session.actor }.into();
    let goes = "Only an open, assigned or resolved ticket can be closed.";
    Change { ticket_id, event, goes }.request(&state, trace).await
}

/// Open a ticket again.
///
/// The agents of its department and admins may, once it is resolved or closed. A message to a resolved ticket opens it
/// again as well, whoever wrote it.
#[utoipa::path(post, path = "/tickets/{ticket_id}/reopen", tag = "tickets", security(("bearer" = [])),
    params(("ticket_id" = String, Path, description = "The ticket")), request_body = Option<Nothing>, responses(
    (status = 200, description = "It is assigned again, or open where nobody had it", body = Ticket),
    (status = 202, description = "It will be", body = Processing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN: not for requesters", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "TICKET_STATE_CONFLICT, with ticket_status", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn reopen_ticket(
    FromState(state): FromState<State>,
    Staff(session): Staff,
    TicketPath(ticket_id): TicketPath,
    Trace(trace): Trace,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, Problem> {
    handled(&state, ticket_id, &session.actor).await?;
    let event = TicketReopenRequested { ticket_id, actor: session.actor }.into();
    let goes = "Only a resolved or closed ticket can be opened again.";
    Change { ticket_id, event, goes }.request(&state, trace).await
}

/// Let a flagged ticket go on.
///
/// For admins. It is routed to a department as any other ticket, in the slot of the quota that it has.
#[utoipa::path(post, path = "/tickets/{ticket_id}/release", tag = "tickets", security(("bearer" = [])),
    params(("ticket_id" = String, Path, description = "The ticket")), request_body = Option<Nothing>, responses(
    (status = 200, description = "It is released and routed", body = Ticket),
    (status = 202, description = "It will be", body = Processing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN: for admins alone", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "TICKET_STATE_CONFLICT, with ticket_status", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn release_ticket(
    FromState(state): FromState<State>,
    Admin(session): Admin,
    TicketPath(ticket_id): TicketPath,
    Trace(trace): Trace,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, Problem> {
    visible(&state, ticket_id, &session.actor).await?;
    let event = TicketReleaseRequested { ticket_id, actor: session.actor }.into();
    let goes = "Only an open ticket that is flagged can be released.";
    Change { ticket_id, event, goes }.request(&state, trace).await
}
