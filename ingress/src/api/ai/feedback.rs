//! Saying whether an answer helped.

use axum::{extract::State as FromState, http::StatusCode};
use contracts::{BotSessionId, Envelope, RequestId, event::BotFeedbackGiven};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    extract::{Session, Trace, ValidJson},
    problem::{Problem, ProblemBody},
    state::State,
};

/// Whether an answer helped.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct AnswerJudgement {
    /// The conversation.
    session_id: BotSessionId,
    /// The turn in it.
    #[garde(range(min = 1))]
    #[schema(minimum = 1)]
    turn: u32,
    /// Whether it helped. Said again, the last word counts.
    helpful: bool,
}

/// Say whether an answer of the bot helped.
///
/// It stays with the answer when the conversation becomes the start of a ticket, and is told as `bot.feedback_given`.
#[utoipa::path(post, path = "/ai/feedback", tag = "ai", security(("bearer" = [])), request_body = AnswerJudgement,
    responses(
    (status = 204, description = "It is on record"),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "AI_SESSION_NOT_FOUND, or AI_TURN_NOT_FOUND: the conversation has no such turn, or \
        keeps it no longer", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn judge_answer(
    FromState(state): FromState<State>,
    session: Session,
    Trace(trace): Trace,
    ValidJson(judgement): ValidJson<AnswerJudgement>,
) -> Result<StatusCode, Problem> {
    let AnswerJudgement { session_id, turn, helpful } = judgement;
    let user_id = session.actor.user_id;
    let (judged, revision) = state.bot_sessions.judge(user_id, session_id, turn, helpful).await?;
    let event = BotFeedbackGiven {
        session_id,
        turn,
        user_id,
        helpful,
        article_ids: judged.article_ids(),
        answered: judged.answered,
        query: judged.query,
    };
    let request = RequestId::derived(&["bot feedback", &session_id.to_string(), &revision.to_string()]);
    state.broker.publish(&Envelope::of_request(event.into(), request, trace)).await?;
    Ok(StatusCode::NO_CONTENT)
}
