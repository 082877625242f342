//! Raising a ticket.

use aws_lc_rs::digest;
use axum::{
    extract::State as FromState,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use contracts::{Kind, RequestId, Ticket, TicketDraft, TicketId, Urgency, UserId, event::TicketCreated};
use garde::Validate;
use platform::broker::BucketError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Processing, created};
use crate::{
    api::text,
    extract::{Session, Trace, ValidJson, idempotency_key},
    problem::{Problem, ProblemBody},
    state::{KeyedRequest, State},
};

/// What somebody asks for.
#[derive(Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketRequest {
    /// One line.
    #[garde(length(chars, max = contracts::ticket::TITLE_MAX), custom(text::line))]
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// The whole story.
    #[garde(length(chars, max = contracts::ticket::DESCRIPTION_MAX), custom(text::lines))]
    #[schema(min_length = 1, max_length = 10_000)]
    description: String,
    /// How soon help is needed.
    #[garde(skip)]
    urgency: Urgency,
}

/// Raise a ticket.
///
/// Waits until the ticket is screened, routed, assigned and saved. With an `Idempotency-Key`, a repeated request is
/// answered as the first one was, for a day.
#[utoipa::path(post, path = "/tickets", tag = "tickets", security(("bearer" = [])), request_body = TicketRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters")), responses(
    (status = 201, description = "The ticket is saved; Location is its address", body = Ticket),
    (status = 202, description = "The ticket is on its way; Location will be its address", body = Processing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED or IDEMPOTENCY_KEY_REUSED", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 429, description = "RATE_LIMIT_EXCEEDED, with limit, window_seconds and retry_at", body = ProblemBody,
        content_type = "application/problem+json"),
))]
pub(crate) async fn create_ticket(
    FromState(state): FromState<State>,
    session: Session,
    Trace(trace): Trace,
    headers: HeaderMap,
    ValidJson(request): ValidJson<TicketRequest>,
) -> Result<Response, Problem> {
    let user_id = session.actor.user_id;
    let id = match idempotency_key(&headers)? {
        None => TicketId::new(),
        Some(key) => {
            let first = keyed(&state, user_id, key, &request).await?;
            let known = state.broker.outcome(RequestId::from(first.uuid())).await?;
            if known.is_some() {
                return created(first, known);
            }
            if state.broker.last_event(Kind::TicketCreated, first.uuid()).await?.is_some() {
                let expected = state.outcomes.expect(RequestId::from(first.uuid()));
                return created(first, expected.within(state.config.ingress.wait()).await?);
            }
            first
        }
    };
    let TicketRequest { title, description, urgency } = request;
    let draft = TicketDraft { id, user_id, title, description, urgency, created_at: contracts::clock::now() };
    let outcome = state.request(TicketCreated { draft }.into(), RequestId::from(id.uuid()), trace).await?;
    created(id, outcome)
}

/// The ticket that a key stands for: that of the first request that came with it.
async fn keyed(state: &State, user: UserId, key: &str, request: &TicketRequest) -> Result<TicketId, Problem> {
    let fingerprint = sha256(&serde_json::to_vec(request).map_err(|_| Problem::internal())?);
    let entry = format!("{user}.{}", sha256(key.as_bytes()));
    loop {
        if let Some(first) = state.keyed.get(&entry).await? {
            if first.value.fingerprint == fingerprint {
                return Ok(first.value.ticket_id);
            }
            let detail = "This Idempotency-Key came with another ticket before. Use a new key for a new ticket.";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "IDEMPOTENCY_KEY_REUSED", detail));
        }
        let first = KeyedRequest { ticket_id: TicketId::new(), fingerprint: fingerprint.clone() };
        match state.keyed.put(&entry, &first, 0).await {
            Ok(_) => return Ok(first.ticket_id),
            Err(BucketError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write;
    digest::digest(&digest::SHA256, bytes).as_ref().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
