//! What the changes of a ticket have in common.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::{Actor, Event, Outcome, RequestId, Ticket, TicketId, query::GetTicket, trace::TraceParent};

use super::processing;
use crate::{problem::Problem, state::State};

/// A ticket that `viewer` may see; to anybody else it is not there.
pub(crate) async fn visible(state: &State, ticket_id: TicketId, viewer: &Actor) -> Result<Ticket, Problem> {
    let found = state.broker.ask(&GetTicket { ticket_id, viewer: viewer.clone() }).await?;
    found.map(|found| found.ticket).ok_or_else(Problem::ticket_not_found)
}

/// A ticket that `actor` may change as those do who answer tickets: not for its requester, be it an agent.
pub(super) async fn handled(state: &State, ticket_id: TicketId, actor: &Actor) -> Result<Ticket, Problem> {
    let ticket = visible(state, ticket_id, actor).await?;
    if actor.may_handle(ticket.department) {
        Ok(ticket)
    } else {
        Err(Problem::forbidden("Only the agents of the ticket's department and admins may do this."))
    }
}

/// A change of a ticket that somebody asks for.
pub(super) struct Change {
    pub(super) ticket_id: TicketId,
    /// What is asked for.
    pub(super) event: Event,
    /// From which states it goes, for one who asks in another.
    pub(super) goes: &'static str,
}

impl Change {
    /// Asks for it, and says what came of it.
    pub(super) async fn request(self, state: &State, trace: TraceParent) -> Result<Response, Problem> {
        let assigned_to = match &self.event {
            Event::TicketAssignRequested(request) if request.assignee_id.is_none() => "department",
            _ => "assignee_id",
        };
        match state.request(self.event, RequestId::new(), trace).await? {
            Some(Outcome::TicketChanged { ticket }) => Ok(Json(ticket).into_response()),
            Some(Outcome::TicketConflict { status }) => {
                let detail = format!("The ticket is {status}. {}", self.goes);
                Err(Problem::new(StatusCode::CONFLICT, "TICKET_STATE_CONFLICT", detail)
                    .with("ticket_status", status.as_str()))
            }
            Some(Outcome::TicketNotFound) => Err(Problem::ticket_not_found()),
            Some(Outcome::AssigneeInvalid) if assigned_to == "department" => {
                Err(Problem::invalid_field(assigned_to, "has no agent who could have the ticket"))
            }
            Some(Outcome::AssigneeInvalid) => {
                let detail = "must be an agent of the ticket's department whose account is not disabled";
                Err(Problem::invalid_field(assigned_to, detail))
            }
            Some(_) => Err(Problem::request_failed()),
            None => Ok(processing(self.ticket_id)),
        }
    }
}
