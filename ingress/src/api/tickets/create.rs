//! Raising a ticket.

use aws_lc_rs::digest;
use axum::{
    extract::State as FromState,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use contracts::{
    BotSessionId, Kind, RequestId, Ticket, TicketDraft, TicketId, Urgency, UserId, ai::Utterance, event::TicketCreated,
};
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
    /// A conversation with the bot that becomes the ticket's first messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    session_id: Option<BotSessionId>,
}

/// Raise a ticket.
///
/// Waits until the ticket is screened, routed, assigned and saved. With an `Idempotency-Key`, a repeated request is
/// answered as the first one was, for a day. With a `session_id`, the ticket begins with what was said to the bot and by
/// it, in the last ten turns.
#[utoipa::path(post, path = "/tickets", tag = "tickets", security(("bearer" = [])), request_body = TicketRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters")), responses(
    (status = 201, description = "The ticket is saved; Location is its address", body = Ticket),
    (status = 202, description = "The ticket is on its way; Location will be its address", body = Processing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "AI_SESSION_NOT_FOUND: there is no such conversation, it is somebody else's, or a day \
        has passed", body = ProblemBody, content_type = "application/problem+json"),
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
    let key = match idempotency_key(&headers)? {
        Some(key) => Some(Key::new(user_id, key, &request)?),
        None => None,
    };
    if let Some(key) = &key
        && let Some(first) = key.find(&state).await?
        && let Some(answer) = asked_before(&state, first).await?
    {
        return Ok(answer);
    }
    let TicketRequest { title, description, urgency, session_id } = request;
    let conversation = said_before(&state, user_id, session_id).await?;
    let id = match &key {
        Some(key) => key.take(&state).await?,
        None => TicketId::new(),
    };
    let created_at = contracts::clock::now();
    let draft = TicketDraft { id, user_id, title, description, urgency, created_at, conversation };
    let outcome = state.request(TicketCreated { draft }.into(), RequestId::from(id.uuid()), trace).await?;
    created(id, outcome)
}

/// What was said in the conversation with the bot that is handed over.
async fn said_before(state: &State, user: UserId, session: Option<BotSessionId>) -> Result<Vec<Utterance>, Problem> {
    match session {
        Some(id) => Ok(state.bot_sessions.find(user, id).await?.conversation()),
        None => Ok(Vec::new()),
    }
}

/// The answer to a request that was sent before; none when it never came to be an event.
async fn asked_before(state: &State, first: TicketId) -> Result<Option<Response>, Problem> {
    let request = RequestId::from(first.uuid());
    let known = state.broker.outcome(request).await?;
    if known.is_some() {
        return created(first, known).map(Some);
    }
    if state.broker.last_event(Kind::TicketCreated, first.uuid()).await?.is_none() {
        return Ok(None);
    }
    let outcome = state.outcomes.expect(request).within(state.config.ingress.wait()).await?;
    created(first, outcome).map(Some)
}

/// An `Idempotency-Key` and what came with it.
struct Key {
    /// Where it is in the bucket.
    entry: String,
    /// SHA-256 of what is asked for, in hexadecimal.
    fingerprint: String,
}

impl Key {
    fn new(user: UserId, key: &str, request: &TicketRequest) -> Result<Self, Problem> {
        let request = serde_json::to_vec(request).map_err(|_| Problem::internal())?;
        Ok(Self { entry: format!("{user}.{}", sha256(key.as_bytes())), fingerprint: sha256(&request) })
    }

    /// The ticket that the key stands for, if it came before: that of the first request that came with it.
    async fn find(&self, state: &State) -> Result<Option<TicketId>, Problem> {
        let Some(first) = state.keyed.get(&self.entry).await? else { return Ok(None) };
        if first.value.fingerprint == self.fingerprint {
            return Ok(Some(first.value.ticket_id));
        }
        let detail = "This Idempotency-Key came with another ticket before. Use a new key for a new ticket.";
        Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "IDEMPOTENCY_KEY_REUSED", detail))
    }

    /// The ticket that the key stands for from now on.
    async fn take(&self, state: &State) -> Result<TicketId, Problem> {
        loop {
            if let Some(first) = self.find(state).await? {
                return Ok(first);
            }
            let first = KeyedRequest { ticket_id: TicketId::new(), fingerprint: self.fingerprint.clone() };
            match state.keyed.put(&self.entry, &first, 0).await {
                Ok(_) => return Ok(first.ticket_id),
                Err(BucketError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
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
