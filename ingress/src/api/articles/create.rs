//! Making an article.

use axum::{
    Json,
    extract::State as FromState,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::{Article, ArticleDraft, ArticleId, Outcome, RequestId, event::ArticleChangeRequested};

use super::{ArticleProcessing, ArticleText};
use crate::{
    extract::{Admin, Trace, ValidJson, idempotency_key},
    problem::{Problem, ProblemBody},
    state::State,
};

/// Make an article. For admins.
///
/// It is not shown until it is published. With an `Idempotency-Key`, a repeated request is answered as the first one
/// was.
#[utoipa::path(post, path = "/articles", tag = "articles", security(("bearer" = [])), request_body = ArticleText,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters")), responses(
    (status = 201, description = "The article is there; Location is its address", body = Article),
    (status = 202, description = "It will be; Location will be its address", body = ArticleProcessing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED or IDEMPOTENCY_KEY_REUSED", body = ProblemBody,
        content_type = "application/problem+json"),
))]
pub(crate) async fn create_article(
    FromState(state): FromState<State>,
    Admin(session): Admin,
    Trace(trace): Trace,
    headers: HeaderMap,
    ValidJson(text): ValidJson<ArticleText>,
) -> Result<Response, Problem> {
    let draft = text.checked()?;
    // The same key of the same person makes the same id, and so the same event: the first of them has an effect.
    let key = idempotency_key(&headers)?;
    let article_id = key.map_or_else(ArticleId::new, |key| {
        ArticleId::derived(&["idempotency key", &session.actor.user_id.to_string(), key])
    });
    let request = RequestId::from(article_id.uuid());
    if key.is_some()
        && let Some(known) = state.broker.outcome(request).await?
    {
        return made(article_id, &draft, Some(known));
    }
    let event = ArticleChangeRequested {
        article_id,
        actor: Some(session.actor),
        version: Some(0),
        draft: Some(draft.clone()),
        published: None,
    };
    let outcome = state.request(event.into(), request, trace).await?;
    made(article_id, &draft, outcome)
}

fn made(article_id: ArticleId, draft: &ArticleDraft, outcome: Option<Outcome>) -> Result<Response, Problem> {
    let location = HeaderValue::from_str(&format!("/articles/{article_id}"));
    let location = [(header::LOCATION, location.map_err(|_| Problem::internal())?)];
    match outcome {
        Some(Outcome::ArticleChanged { article }) if article.draft() == *draft => {
            Ok((StatusCode::CREATED, location, Json::<Article>(article)).into_response())
        }
        Some(Outcome::ArticleChanged { .. }) => {
            let detail = "This Idempotency-Key came with another article before. Use a new key for a new article.";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "IDEMPOTENCY_KEY_REUSED", detail))
        }
        Some(_) => Err(Problem::request_failed()),
        None => {
            let body = ArticleProcessing { article_id, status: "processing" };
            Ok((StatusCode::ACCEPTED, location, Json(body)).into_response())
        }
    }
}
