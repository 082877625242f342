//! Opening a chat: who may, and the step from HTTP to a WebSocket.

use axum::{
    extract::{
        State as FromState,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use contracts::{Actor, Ticket, TicketId, chat::FRAME_MAX, query::GetRoom};
use serde::Deserialize;
use utoipa::IntoParams;

use super::session::{Admitted, Session};
use crate::{
    extract::{self, Query, TicketPath},
    problem::{Problem, ProblemBody},
    state::State,
};

/// A socket's buffers. Most sockets are idle, and messages are short.
const READ_BUFFER: usize = 4 * 1024;
const WRITE_BUFFER: usize = 8 * 1024;

/// What opens a chat where no header can be sent.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OpenParameters {
    /// A one-time ticket from `POST /auth/ws-ticket`, in the place of the header. An access token is refused here.
    ticket: Option<String>,
}

/// Open a ticket's chat.
///
/// The requester, the agents of the ticket's department and admins may. The frames are described in `/asyncapi.json`.
/// Browsers, which cannot send `Authorization` with a WebSocket, give a one-time ticket.
#[utoipa::path(get, path = "/ws/chat/{ticket_id}", tag = "messages", security(("bearer" = []), ()),
    params(("ticket_id" = String, Path, description = "The ticket"), OpenParameters), responses(
    (status = 101, description = "The chat is open: frames follow"),
    (status = 401, description = "UNAUTHENTICATED: no access token, or a ticket that was used or is older than 30 s",
        body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "ORIGIN_NOT_ALLOWED: not for scripts of this page", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 426, description = "UPGRADE_REQUIRED: the request asks for no WebSocket", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 503, description = "UNAVAILABLE", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn open_chat(
    FromState(state): FromState<State>,
    ticket_id: Result<TicketPath, Problem>,
    headers: HeaderMap,
    query: Result<Query<OpenParameters>, Problem>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    state.chats.origins.check(&headers)?;
    let Query(OpenParameters { ticket }) = query?;
    let login = match (headers.get(header::AUTHORIZATION), ticket) {
        (None, Some(ticket)) => redeem(&state, &ticket).await?,
        (authorization, _) => extract::Session::from_authorization(authorization, &state)?,
    };
    let TicketPath(ticket_id) = ticket_id?;
    enter(&state, ticket_id, &login.actor).await?;
    let upgrade = upgrade.map_err(|_| upgrade_required())?;
    let over = state.chats.stop.child_token();
    let logged_in = state.sessions.stop_with(&login, over.clone()).ok_or_else(logged_out)?;
    let running = state.chats.tracker.token();
    let admitted = Admitted { state, ticket_id, login, over, logged_in, running };
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_frame_size(FRAME_MAX)
        .max_message_size(FRAME_MAX);
    Ok(upgrade.on_upgrade(|socket| Box::pin(Session::new(admitted, socket).run())))
}

/// The ticket, for somebody who may be in its room; to anybody else it is not there.
pub(super) async fn enter(state: &State, ticket_id: TicketId, actor: &Actor) -> Result<Ticket, Problem> {
    let found = state.broker.ask(&GetRoom { ticket_id, after_seq: 0, limit: 1 }).await?;
    let ticket = found.map(|found| found.ticket);
    let visible = ticket.filter(|ticket| actor.may_access(ticket.user_id, ticket.department));
    visible.ok_or_else(Problem::ticket_not_found)
}

async fn redeem(state: &State, ticket: &str) -> Result<extract::Session, Problem> {
    let session = state.ws_tickets.redeem(ticket).await?;
    session.filter(|session| !state.sessions.is_revoked(session)).ok_or_else(|| {
        Problem::unauthenticated("The ticket is not valid: each opens one chat, within 30 seconds. Get a new one.")
    })
}

fn logged_out() -> Problem {
    Problem::unauthenticated("The login was ended.")
}

fn upgrade_required() -> Problem {
    let detail = "This address is for WebSockets, version 13. Read messages at /tickets/{ticket_id}/messages.";
    Problem::new(StatusCode::UPGRADE_REQUIRED, "UPGRADE_REQUIRED", detail)
        .header(header::UPGRADE, HeaderValue::from_static("websocket"))
        .header(header::CONNECTION, HeaderValue::from_static("Upgrade"))
        .header(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))
}
