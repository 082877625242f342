//! Reading messages.

use axum::{Json, extract::State as FromState};
use contracts::{
    message::Message,
    query::{ListMessages, MessageRange},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    extract::{Query, Session, TicketPath},
    problem::{FieldError, Problem, ProblemBody},
    state::State,
};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 100;
/// The highest place that stores and other languages can tell from its neighbours.
const SEQ_MAX: u64 = (1 << 53) - 1;

/// Which messages. All as text, so that a wrong one can be named.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageParameters {
    /// Only messages after this place, the oldest first: what follows the last `seq` that one has. From 0.
    after_seq: Option<String>,
    /// Only messages before this place, and of them the newest. From 1; not together with `after_seq`.
    before_seq: Option<String>,
    /// 1 to 100; 50 where it is left out.
    limit: Option<String>,
}

/// A page of messages.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageList {
    /// Oldest first; each `seq` is one more than the one before.
    items: Vec<Message>,
    /// Whether there are more: newer ones with `after_seq`, older ones otherwise.
    has_more: bool,
}

/// Read a ticket's messages.
///
/// The newest, where neither place is given.
#[utoipa::path(get, path = "/tickets/{ticket_id}/messages", tag = "messages", security(("bearer" = [])),
    params(("ticket_id" = String, Path, description = "The ticket"), MessageParameters), responses(
    (status = 200, description = "A page of messages", body = MessageList),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "TICKET_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_messages(
    FromState(state): FromState<State>,
    session: Session,
    TicketPath(ticket_id): TicketPath,
    Query(parameters): Query<MessageParameters>,
) -> Result<Json<MessageList>, Problem> {
    let (range, limit) = parameters.read()?;
    let query = ListMessages { ticket_id, viewer: session.actor, range, limit };
    let page = state.broker.ask(&query).await?.ok_or_else(Problem::ticket_not_found)?;
    Ok(Json(MessageList { items: page.items, has_more: page.has_more }))
}

impl MessageParameters {
    fn read(&self) -> Result<(MessageRange, u32), Problem> {
        let mut errors = Vec::new();
        let mut number = |field: &str, text: &Option<String>, least: u64, most: u64, detail: &str| {
            let number = text.as_deref().map(|text| text.parse().ok().filter(|seq| (least..=most).contains(seq)));
            if number == Some(None) {
                errors.push(FieldError { field: field.to_owned(), detail: detail.to_owned() });
            }
            number.flatten()
        };
        let after = number("after_seq", &self.after_seq, 0, SEQ_MAX, "must be a number from 0");
        let before = number("before_seq", &self.before_seq, 1, SEQ_MAX, "must be a number from 1");
        let limit = number("limit", &self.limit, 1, LIMIT_MAX.into(), "must be a number from 1 to 100");
        if self.after_seq.is_some() && self.before_seq.is_some() {
            let detail = "excludes after_seq: send one of them".to_owned();
            errors.push(FieldError { field: "before_seq".to_owned(), detail });
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let range = match (after, before) {
            (Some(seq), _) => MessageRange::After(seq),
            (None, Some(seq)) => MessageRange::Before(seq),
            (None, None) => MessageRange::Newest,
        };
        Ok((range, limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(LIMIT_DEFAULT)))
    }
}
