//! Changing, publishing and withdrawing an article.

use axum::{
    Json,
    extract::State as FromState,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::{Actor, Article, ArticleId, Outcome, RequestId, event::ArticleChangeRequested, trace::TraceParent};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ArticleProcessing, ArticleText};
use crate::{
    api::tickets::Nothing,
    extract::{Admin, ArticlePath, OptionalJson, Trace, ValidJson},
    problem::{Problem, ProblemBody},
    state::State,
};

/// What an article is to become.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct ArticleChange {
    /// The version that was changed. When the article has another by now, nothing is changed.
    #[garde(range(min = 1))]
    #[schema(minimum = 1)]
    version: u64,
    /// One line.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// Markdown.
    #[schema(min_length = 1, max_length = 12_000)]
    body: String,
    /// Who may be shown it.
    audience: contracts::Audience,
    /// Words by which it is found: at most 20, each of at most 50 characters.
    #[serde(default)]
    tags: Vec<String>,
}

/// Change an article. For admins.
///
/// Whether it is published stays as it is. Of two who change the same version, the second is told so by 409.
#[utoipa::path(put, path = "/articles/{article_id}", tag = "articles", security(("bearer" = [])),
    params(("article_id" = String, Path, description = "The article")), request_body = ArticleChange, responses(
    (status = 200, description = "The article as it is now", body = Article),
    (status = 202, description = "It will be changed", body = ArticleProcessing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "ARTICLE_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "ARTICLE_VERSION_CONFLICT, with article_version", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn change_article(
    FromState(state): FromState<State>,
    Admin(session): Admin,
    ArticlePath(article_id): ArticlePath,
    Trace(trace): Trace,
    ValidJson(change): ValidJson<ArticleChange>,
) -> Result<Response, Problem> {
    let ArticleChange { version, title, body, audience, tags } = change;
    let draft = ArticleText { title, body, audience, tags }.checked()?;
    let (actor, draft) = (Some(session.actor), Some(draft));
    let event = ArticleChangeRequested { article_id, actor, version: Some(version), draft, published: None };
    request(&state, event, trace).await
}

/// Show an article to its audience. For admins.
#[utoipa::path(post, path = "/articles/{article_id}/publish", tag = "articles", security(("bearer" = [])),
    params(("article_id" = String, Path, description = "The article")), request_body = Option<Nothing>, responses(
    (status = 200, description = "The article as it is now", body = Article),
    (status = 202, description = "It will be published", body = ArticleProcessing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "ARTICLE_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn publish_article(
    FromState(state): FromState<State>,
    Admin(session): Admin,
    ArticlePath(article_id): ArticlePath,
    Trace(trace): Trace,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, Problem> {
    request(&state, showing(article_id, session.actor, true), trace).await
}

/// Show an article no longer. For admins.
///
/// It is kept, and can be published again.
#[utoipa::path(post, path = "/articles/{article_id}/withdraw", tag = "articles", security(("bearer" = [])),
    params(("article_id" = String, Path, description = "The article")), request_body = Option<Nothing>, responses(
    (status = 200, description = "The article as it is now", body = Article),
    (status = 202, description = "It will be withdrawn", body = ArticleProcessing),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "ARTICLE_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn withdraw_article(
    FromState(state): FromState<State>,
    Admin(session): Admin,
    ArticlePath(article_id): ArticlePath,
    Trace(trace): Trace,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<Response, Problem> {
    request(&state, showing(article_id, session.actor, false), trace).await
}

fn showing(article_id: ArticleId, actor: Actor, published: bool) -> ArticleChangeRequested {
    ArticleChangeRequested { article_id, actor: Some(actor), version: None, draft: None, published: Some(published) }
}

async fn request(state: &State, event: ArticleChangeRequested, trace: TraceParent) -> Result<Response, Problem> {
    let article_id = event.article_id;
    match state.request(event.into(), RequestId::new(), trace).await? {
        Some(Outcome::ArticleChanged { article } | Outcome::ArticleUnchanged { article }) => {
            Ok(Json::<Article>(article).into_response())
        }
        Some(Outcome::ArticleConflict { version }) => {
            let detail = format!("The article has version {version} by now. Look at it, and change that one.");
            Err(Problem::new(StatusCode::CONFLICT, "ARTICLE_VERSION_CONFLICT", detail).with("article_version", version))
        }
        Some(Outcome::ArticleNotFound) => Err(Problem::article_not_found()),
        Some(_) => Err(Problem::request_failed()),
        None => {
            let body = ArticleProcessing { article_id, status: "processing" };
            Ok((StatusCode::ACCEPTED, Json(body)).into_response())
        }
    }
}
