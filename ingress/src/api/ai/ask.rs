//! Asking the bot.

use axum::{
    Json,
    extract::State as FromState,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use contracts::{BotSessionId, ai::Source};
use futures::stream;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    api::text,
    bot::{Conversation, Told},
    extract::{Session, ValidJson},
    problem::{Problem, ProblemBody},
    state::State,
};

const EVENT_STREAM: &str = "text/event-stream";
/// Tells proxies that hold answers back until they are whole (nginx and those like it) to pass each event on.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A question to the bot.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BotQuestion {
    /// What somebody wants to know.
    #[garde(length(chars, max = contracts::ai::QUERY_MAX), custom(text::lines))]
    #[schema(min_length = 1, max_length = 2_000)]
    query: String,
    /// The conversation that it goes on; where it is left out, it begins one.
    #[serde(default)]
    #[garde(skip)]
    session_id: Option<BotSessionId>,
}

/// The bot's answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct BotReply {
    /// Markdown without links. Its statements carry the numbers of their sources, as in `[1]`.
    answer: String,
    /// Always true: no person wrote it.
    #[serde(rename = "isAI")]
    is_ai: bool,
    /// The conversation, for the next question, for feedback and for a ticket.
    session_id: BotSessionId,
    /// The place of question and answer in the conversation, from 1.
    turn: u32,
    /// Whether the knowledge base has an answer. Where it has none, `POST /tickets` with the `session_id` brings the
    /// question before a person.
    answered: bool,
    /// The passages that the answer names.
    sources: Vec<Source>,
}

/// Ask the bot.
///
/// It answers from the articles that the caller may be shown, and says so where they hold no answer. With a `session_id`
/// it remembers the last turns, for a day.
///
/// With `Accept: text/event-stream` the answer comes as server-sent events while it comes about: `source`, a passage
/// that the answer may name; `token`, `{"text"}`, the next piece of the answer; last `done`, the whole answer as it would
/// be without a stream, which takes the place of all pieces and sources, or `error`, a problem. A caller that goes away
/// stops the bot, and nothing is remembered of the question.
#[utoipa::path(post, path = "/ai/self-serve-query", tag = "ai", security(("bearer" = [])),
    request_body = BotQuestion, responses(
    (status = 200, description = "The answer", content((BotReply = "application/json"), (String = "text/event-stream"))),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "AI_SESSION_NOT_FOUND: there is no such conversation, it is somebody else's, or a day \
        has passed", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "AI_TOO_MANY_QUESTIONS: two are under way", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 503, description = "AI_UNAVAILABLE: no worker answers questions; UNAVAILABLE", body = ProblemBody,
        content_type = "application/problem+json"),
))]
pub(crate) async fn ask_bot(
    FromState(state): FromState<State>,
    session: Session,
    headers: HeaderMap,
    ValidJson(question): ValidJson<BotQuestion>,
) -> Result<Response, Problem> {
    let BotQuestion { query, session_id } = question;
    let mut conversation = Conversation::begin(state, session.actor, session_id, query).await?;
    if wants_events(&headers) {
        return Ok(events(conversation));
    }
    loop {
        if let Told::Done { session_id, turn, answer } = conversation.next().await? {
            return Ok(Json(BotReply::new(session_id, turn, answer)).into_response());
        }
    }
}

impl BotReply {
    fn new(session_id: BotSessionId, turn: u32, answer: contracts::ai::BotAnswer) -> Self {
        let contracts::ai::BotAnswer { answer, answered, sources, searched: _ } = answer;
        Self { answer, is_ai: true, session_id, turn, answered, sources }
    }
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut types = accepted.flat_map(|value| value.split(',')).map(|range| range.split(';').next().unwrap_or(range));
    types.any(|range| range.trim().eq_ignore_ascii_case(EVENT_STREAM))
}

fn events(conversation: Conversation) -> Response {
    let events = stream::unfold(Some(conversation), |conversation| async move {
        let mut conversation = conversation?;
        Some(match conversation.next().await {
            Ok(Told::Source(source)) => (event("source", &source), Some(conversation)),
            Ok(Told::Token(text)) => (event("token", &json!({"text": text})), Some(conversation)),
            Ok(Told::Done { session_id, turn, answer }) => {
                (event("done", &BotReply::new(session_id, turn, answer)), None)
            }
            Err(problem) => (event("error", problem.body()), None),
        })
    });
    let unbuffered = [(UNBUFFERED, HeaderValue::from_static("no"))];
    (unbuffered, Sse::new(events).keep_alive(KeepAlive::default())).into_response()
}

fn event(name: &str, data: &impl Serialize) -> Result<Event, axum::Error> {
    Event::default().event(name).json_data(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_for_those_who_ask_for_them() {
        let wants = |accept: &'static str| {
            wants_events(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
        };
        for accept in ["text/event-stream", "application/json, Text/Event-Stream;q=0.9"] {
            assert!(wants(accept), "{accept}");
        }
        for accept in ["*/*", "text/*", "application/json", "text/event-streams", ""] {
            assert!(!wants(accept), "{accept}");
        }
        assert!(!wants_events(&HeaderMap::new()));
    }
}
