//! What became of a ticket: its steps, and what moderation said.

use axum::{Json, extract::State as FromState};
use chrono::{DateTime, Utc};
use contracts::{Department, Envelope, Event, Kind, UserId, moderation::Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use super::{change::visible, show::is_requester};
use crate::{
    extract::{Admin, Session, TicketPath},
    problem::{Problem, ProblemBody},
    state::State,
};

/// Something that happened to a ticket.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TicketStep {
    /// What: created, admitted, rejected, cleared, flagged, released, routed, saved, assigned, resolved, closed or reopened.
    step: &'static str,
    /// When.
    at: DateTime<Utc>,
    /// Who did it; none where it was the desk.
    actor_id: Option<UserId>,
    /// The department that has it from now on, where that was decided.
    department: Option<Department>,
    /// The agent who has it from now on, where that was decided.
    assignee_id: Option<UserId>,
}

impl TicketStep {
    /// The step that an event tells of; none for one that somebody only asked for.
    fn of(Envelope { event, time, .. }: Envelope<Event>) -> Option<Self> {
        let step = event.kind().verb();
        let (actor, department, assignee_id) = match event {
            Event::TicketCreated(event) => (Some(event.draft.user_id), None, None),
            Event::TicketAdmitted(_) | Event::TicketRejected(_) | Event::TicketCleared(_) | Event::TicketFlagged(_) => {
                (None, None, None)
            }
            Event::TicketReleased(event) => (Some(event.actor.user_id), None, None),
            Event::TicketRouted(event) => (None, Some(event.department), None),
            Event::TicketSaved(event) => (None, event.ticket.department, event.ticket.assignee_id),
            Event::TicketAssigned(event) => {
                (event.actor.map(|actor| actor.user_id), event.ticket.department, event.ticket.assignee_id)
            }
            Event::TicketResolved(event) => (Some(event.actor.user_id), None, None),
            Event::TicketClosed(event) => (Some(event.actor.user_id), None, None),
            Event::TicketReopened(event) => (Some(event.actor.user_id), None, None),
            _ => return None,
        };
        Some(Self { step, at: time, actor_id: actor, department, assignee_id })
    }
}

/// What happened to a ticket.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketSteps {
    /// Oldest first, as far as events are kept.
    items: Vec<TicketStep>,
}

/// What happened to a ticket.
///
/// For those who may see it, and for its requester already while it is on its way.
#[utoipa::path(get, path = "/tickets/{ticket_id}/steps", tag = "tickets", security(("bearer" = [])),
    params(("ticket_id" = String, Path, description = "The ticket")), responses(
    (status = 200, description = "Its steps", body = TicketSteps),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_ticket_steps(
    FromState(state): FromState<State>,
    session: Session,
    TicketPath(ticket_id): TicketPath,
) -> Result<Json<TicketSteps>, Problem> {
    if !is_requester(&state, &session.actor, ticket_id).await? {
        visible(&state, ticket_id, &session.actor).await?;
    }
    let events = state.broker.history(ticket_id).await?;
    Ok(Json(TicketSteps { items: events.into_iter().filter_map(TicketStep::of).collect() }))
}

/// What moderation said of a ticket.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketVerdict {
    #[serde(flatten)]
    verdict: Verdict,
    /// When.
    at: DateTime<Utc>,
}

/// What moderation said of a ticket. For admins.
#[utoipa::path(get, path = "/tickets/{ticket_id}/verdict", tag = "tickets", security(("bearer" = [])),
    params(("ticket_id" = String, Path, description = "The ticket")), responses(
    (status = 200, description = "The verdict", body = TicketVerdict),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND; or VERDICT_NOT_FOUND: it is no longer kept", body = ProblemBody,
        content_type = "application/problem+json"),
))]
pub(crate) async fn get_ticket_verdict(
    FromState(state): FromState<State>,
    Admin(session): Admin,
    TicketPath(ticket_id): TicketPath,
) -> Result<Json<TicketVerdict>, Problem> {
    visible(&state, ticket_id, &session.actor).await?;
    let (flagged, cleared) = tokio::join!(
        state.broker.last_event(Kind::TicketFlagged, ticket_id.uuid()),
        state.broker.last_event(Kind::TicketCleared, ticket_id.uuid()),
    );
    flagged?.into_iter().chain(cleared?).find_map(verdict).map(Json).ok_or_else(Problem::verdict_not_found)
}

fn verdict(Envelope { event, time, .. }: Envelope<Event>) -> Option<TicketVerdict> {
    match event {
        Event::TicketFlagged(event) => Some(TicketVerdict { verdict: event.verdict, at: time }),
        Event::TicketCleared(event) => Some(TicketVerdict { verdict: event.verdict, at: time }),
        _ => None,
    }
}
