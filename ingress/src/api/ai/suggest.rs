//! Articles while a title is typed.

use std::str::FromStr;

use axum::{Json, extract::State as FromState};
use contracts::ai::{SUGGESTIONS_MAX, SuggestArticles, Suggestion, TYPED_MAX};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::text,
    extract::{Query, Session},
    problem::{FieldError, Problem, ProblemBody},
    state::State,
};

const LIMIT_DEFAULT: u32 = 5;

/// What is typed. All as text, so that a wrong one can be named.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuggestParameters {
    /// What is typed so far, 1 to 200 characters.
    q: String,
    /// 1 to 10; 5 where it is left out.
    limit: Option<String>,
}

/// Articles that may help.
#[derive(Serialize, ToSchema)]
pub(crate) struct Suggestions {
    /// The best first, each article once.
    items: Vec<Suggestion>,
}

/// Suggest articles.
///
/// For what somebody types as the title of a ticket: of the articles that they may be shown.
#[utoipa::path(get, path = "/ai/suggest", tag = "ai", security(("bearer" = [])), params(SuggestParameters), responses(
    (status = 200, description = "What may help; nothing where nothing fits", body = Suggestions),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, description = "AI_UNAVAILABLE: no worker answers", body = ProblemBody,
        content_type = "application/problem+json"),
))]
pub(crate) async fn suggest_articles(
    FromState(state): FromState<State>,
    session: Session,
    Query(parameters): Query<SuggestParameters>,
) -> Result<Json<Suggestions>, Problem> {
    let (typed, limit) = parameters.read()?;
    let items = state.broker.ask(&SuggestArticles { asker: session.actor, typed, limit }).await;
    items.map(|items| Json(Suggestions { items })).map_err(|error| Problem::bot_unavailable(&error))
}

impl SuggestParameters {
    fn read(self) -> Result<(String, u32), Problem> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, detail: String| errors.push(FieldError { field: field.to_owned(), detail });
        if let Err(error) = text::line(&self.q, &()) {
            wrong("q", error.message().to_owned());
        } else if self.q.chars().count() > TYPED_MAX {
            wrong("q", format!("must have at most {TYPED_MAX} characters"));
        }
        let limit = self.limit.as_deref().map_or(Ok(LIMIT_DEFAULT), u32::from_str).ok();
        let limit = limit.filter(|limit| (1..=SUGGESTIONS_MAX).contains(limit));
        if limit.is_none() {
            wrong("limit", format!("must be a number from 1 to {SUGGESTIONS_MAX}"));
        }
        if errors.is_empty() { Ok((self.q, limit.unwrap_or(LIMIT_DEFAULT))) } else { Err(Problem::invalid(errors)) }
    }
}
