//! Resolving a ticket.

use axum::{extract::State as FromState, response::Response};
use contracts::{Ticket, event::TicketResolveRequested};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Processing,
    change::{Change, visible},
};
use crate::{
    api::text,
    extract::{OptionalJson, Session, TicketPath, Trace},
    problem::{Problem, ProblemBody},
    state::State,
};

/// What somebody says of a ticket that is done.
#[derive(Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ResolveRequest {
    /// How it went.
    #[garde(inner(length(chars, max = contracts::ticket::FEEDBACK_MAX), custom(text::lines)))]
    #[schema(max_length = 2_000)]
    feedback: Option<String>,
    /// 1 (poor) to 5 (very good).
    #[garde(inner(range(min = 1, max = 5)))]
    #[schema(minimum = 1, maximum = 5)]
    rating: Option<u8>,
}

/// Mark a ticket as resolved.
///
/// Its requester and the agents of its department may, while it is open or assigned.
#[utoipa::path(post, path = "/tickets/{ticket_id}/resolve", tag = "tickets", security(("bearer" = [])),
    params(("ticket_id" = String, Path, description = "The ticket")), request_body = Option<ResolveRequest>, responses(
    (status = 200, description = "It is resolved", body = Ticket),
    (status = 202, description = "It will be", body = Processing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "TICKET_STATE_CONFLICT, with ticket_status", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn resolve_ticket(
    FromState(state): FromState<State>,
    session: Session,
    TicketPath(ticket_id): TicketPath,
    Trace(trace): Trace,
    OptionalJson(ResolveRequest { feedback, rating }): OptionalJson<ResolveRequest>,
) -> Result<Response, Problem> {
    visible(&state, ticket_id, &session.actor).await?;
    let event = TicketResolveRequested { ticket_id, actor: session.actor, feedback, rating };
    let change = Change { ticket_id, event: event.into(), goes: "Only an open or assigned ticket can be resolved." };
    change.request(&state, trace).await
}
