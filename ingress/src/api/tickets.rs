//! Tickets: raise, list, open, and change.

mod assign;
mod change;
mod create;
mod history;
mod list;
mod resolve;
mod show;
mod steps;

pub(crate) use assign::{__path_assign_ticket, assign_ticket};
pub(crate) use change::visible;
pub(crate) use create::{__path_create_ticket, create_ticket};
pub(crate) use history::{__path_get_ticket_verdict, __path_list_ticket_steps, get_ticket_verdict, list_ticket_steps};
pub(crate) use list::{__path_list_tickets, list_tickets};
pub(crate) use resolve::{__path_resolve_ticket, resolve_ticket};
pub(crate) use show::{__path_get_ticket, get_ticket};
pub(crate) use steps::{
    __path_close_ticket, __path_release_ticket, __path_reopen_ticket, Nothing, close_ticket, release_ticket,
    reopen_ticket,
};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{Outcome, TicketId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// A request that is accepted and not done yet.
#[derive(Serialize, ToSchema)]
pub(crate) struct Processing {
    ticket_id: TicketId,
    /// Always `processing`.
    status: &'static str,
}

/// 202: it is on disk and will be done; the ticket's address tells when.
fn processing(ticket_id: TicketId) -> Response {
    let body = Json(Processing { ticket_id, status: "processing" });
    (StatusCode::ACCEPTED, [(header::LOCATION, location(ticket_id))], body).into_response()
}

fn location(id: TicketId) -> HeaderValue {
    HeaderValue::from_str(&format!("/tickets/{id}")).unwrap_or(HeaderValue::from_static("/tickets"))
}

/// What a request for a ticket came to, if it came to an end.
fn created(ticket_id: TicketId, outcome: Option<Outcome>) -> Result<Response, Problem> {
    match outcome {
        Some(Outcome::TicketSaved { ticket }) => {
            Ok((StatusCode::CREATED, [(header::LOCATION, location(ticket.id))], Json(ticket)).into_response())
        }
        Some(Outcome::TicketRejected { limit, window_seconds, retry_at }) => {
            Err(rate_limited(limit, window_seconds, retry_at))
        }
        Some(_) => Err(Problem::request_failed()),
        None => Ok(processing(ticket_id)),
    }
}

fn rate_limited(limit: u32, window_seconds: u64, retry_at: DateTime<Utc>) -> Problem {
    let wait = (retry_at - Utc::now()).num_seconds().max(0).unsigned_abs() + 1;
    let window = match window_seconds {
        whole if whole.is_multiple_of(3_600) => format!("{} hours", whole / 3_600),
        seconds => format!("{seconds} seconds"),
    };
    let detail =
        format!("You may raise {limit} tickets in {window}. The next slot is free at {}.", retry_at.to_rfc3339());
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_EXCEEDED", detail)
        .retry_after(wait)
        .with("limit", limit)
        .with("window_seconds", window_seconds)
        .with("retry_at", retry_at.to_rfc3339())
}
