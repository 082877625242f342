//! Giving a ticket to an agent, or to another department.

use axum::{extract::State as FromState, response::Response};
use contracts::{Department, Ticket, UserId, event::TicketAssignRequested};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Processing,
    change::{Change, handled},
};
use crate::{
    api::text,
    extract::{Staff, TicketPath, Trace, ValidJson},
    problem::{Problem, ProblemBody},
    state::State,
};

/// Characters in a reason at most.
const REASON_MAX: usize = 500;

/// Who is to have a ticket: a department, one of its agents, or both.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignRequest {
    /// Where it is left out, the department that has the ticket.
    #[garde(custom(check_somebody(self.assignee_id)))]
    #[serde(default)]
    department: Option<Department>,
    /// An agent of the department. Where it is left out, the department's agent.
    #[garde(skip)]
    #[serde(default)]
    assignee_id: Option<UserId>,
    /// Why; another department than the ticket's must be told.
    #[garde(inner(length(chars, max = REASON_MAX), custom(text::lines)))]
    #[schema(min_length = 1, max_length = 500)]
    #[serde(default)]
    reason: Option<String>,
}

fn check_somebody(assignee: Option<UserId>) -> impl FnOnce(&Option<Department>, &()) -> garde::Result {
    move |department, ()| match (department, assignee) {
        (None, None) => Err(garde::Error::new("must be there, or assignee_id must")),
        _ => Ok(()),
    }
}

/// Give a ticket to an agent, or to another department.
///
/// The agents of its department and admins may, while it is open or assigned and not flagged. Another department needs a
/// reason.
#[utoipa::path(post, path = "/tickets/{ticket_id}/assign", tag = "tickets", security(("bearer" = [])),
    params(("ticket_id" = String, Path, description = "The ticket")),
    request_body(content = AssignRequest, examples(
        ("another department" = (value = json!({"department": "HR", "reason": "It is about the leave of absence."}))),
        ("an agent" = (value = json!({"assignee_id": "01a209db-5e70-722a-93bd-a4ef5ca4a1ba"}))),
    )), responses(
    (status = 200, description = "It is assigned", body = Ticket),
    (status = 202, description = "It will be", body = Processing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN: not for requesters", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "TICKET_STATE_CONFLICT, with ticket_status", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED: among others, when another department comes without a reason, or \
        the agent cannot have the ticket", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn assign_ticket(
    FromState(state): FromState<State>,
    Staff(session): Staff,
    TicketPath(ticket_id): TicketPath,
    Trace(trace): Trace,
    ValidJson(request): ValidJson<AssignRequest>,
) -> Result<Response, Problem> {
    let AssignRequest { department, assignee_id, reason } = request;
    let ticket = handled(&state, ticket_id, &session.actor).await?;
    let elsewhere = department.filter(|wanted| ticket.department.is_some_and(|present| present != *wanted));
    if let (Some(other), None) = (elsewhere, &reason) {
        let detail = format!("must say why the ticket goes to {other}, which is another department");
        return Err(Problem::invalid_field("reason", detail));
    }
    let event = TicketAssignRequested { ticket_id, actor: session.actor, department, assignee_id, reason }.into();
    let goes = "Only an open or assigned ticket that is not flagged can be assigned.";
    Change { ticket_id, event, goes }.request(&state, trace).await
}
