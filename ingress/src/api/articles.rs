//! The knowledge base: reading it.

mod change;
mod create;

use std::str::FromStr;

use axum::{Json, extract::State as FromState};
use chrono::{DateTime, Utc};
use contracts::{
    Actor, Article, ArticleDraft, ArticleId, Audience,
    query::{ARTICLES_MAX, ArticleScope, GetArticle, ListArticles},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub(crate) use change::{
    __path_change_article, __path_publish_article, __path_withdraw_article, change_article, publish_article,
    withdraw_article,
};
pub(crate) use create::{__path_create_article, create_article};

use crate::{
    extract::{ArticlePath, Query, Session, page_limit},
    problem::{FieldError, Problem, ProblemBody},
    state::State,
};

const LIMIT_DEFAULT: u32 = 20;

/// A request that is accepted and not done yet.
#[derive(Serialize, ToSchema)]
pub(crate) struct ArticleProcessing {
    article_id: ArticleId,
    /// Always `processing`.
    status: &'static str,
}

/// What an article is to say, and to whom.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct ArticleText {
    /// One line.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// Markdown.
    #[schema(min_length = 1, max_length = 12_000)]
    body: String,
    /// Who may be shown it.
    audience: Audience,
    /// Words by which it is found: at most 20, each of at most 50 characters.
    #[serde(default)]
    tags: Vec<String>,
}

impl ArticleText {
    /// What is asked for, if all its fields are as they must be.
    fn checked(self) -> Result<ArticleDraft, Problem> {
        let Self { title, body, audience, tags } = self;
        let draft = ArticleDraft { title, body, audience, tags };
        let wrong = draft.check().into_iter();
        let wrong: Vec<_> =
            wrong.map(|wrong| FieldError { field: wrong.field, detail: wrong.detail.to_owned() }).collect();
        if wrong.is_empty() { Ok(draft) } else { Err(Problem::invalid(wrong)) }
    }
}

/// Which page of the articles.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ArticleParameters {
    /// `next_after` of the page before.
    after: Option<String>,
    /// 1 to 100; 20 where it is left out.
    limit: Option<String>,
}

/// A page of articles.
#[derive(Serialize, ToSchema)]
pub(crate) struct ArticleList {
    /// In the order of their ids.
    items: Vec<ArticleItem>,
    /// Leads to the next page as `after`; none on the last one.
    next_after: Option<ArticleId>,
}

/// An article in a list: all but its body.
#[derive(Serialize, ToSchema)]
pub(crate) struct ArticleItem {
    id: ArticleId,
    version: u64,
    title: String,
    audience: Audience,
    tags: Vec<String>,
    published: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Article> for ArticleItem {
    fn from(article: Article) -> Self {
        let Article { id, version, title, body: _, audience, tags, published, created_at, updated_at } = article;
        Self { id, version, title, audience, tags, published, created_at, updated_at }
    }
}

/// List articles.
///
/// A requester sees the published ones for everyone. An agent sees those for everyone, for agents and for their
/// department, published or not; an admin sees all.
#[utoipa::path(get, path = "/articles", tag = "articles", security(("bearer" = [])), params(ArticleParameters),
    responses(
    (status = 200, description = "A page of articles", body = ArticleList),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_articles(
    FromState(state): FromState<State>,
    session: Session,
    Query(parameters): Query<ArticleParameters>,
) -> Result<Json<ArticleList>, Problem> {
    let after = parameters.after.as_deref().map(ArticleId::from_str).transpose();
    let after = after.map_err(|_| Problem::invalid_field("after", "must be next_after of the page before"))?;
    let limit = page_limit(parameters.limit.as_deref(), LIMIT_DEFAULT, ARTICLES_MAX)?;
    let page = state.broker.ask(&ListArticles { scope: ArticleScope::VisibleTo(session.actor), after, limit }).await?;
    let next_after = page.items.last().filter(|_| page.has_more).map(|last| last.id);
    Ok(Json(ArticleList { items: page.items.into_iter().map(ArticleItem::from).collect(), next_after }))
}

/// One article.
#[utoipa::path(get, path = "/articles/{article_id}", tag = "articles", security(("bearer" = [])),
    params(("article_id" = String, Path, description = "The article")), responses(
    (status = 200, description = "The article", body = Article),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "ARTICLE_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn get_article(
    FromState(state): FromState<State>,
    session: Session,
    ArticlePath(article_id): ArticlePath,
) -> Result<Json<Article>, Problem> {
    visible(&state, article_id, &session.actor).await.map(Json)
}

/// An article that `viewer` may see; to anybody else it is not there.
async fn visible(state: &State, article_id: ArticleId, viewer: &Actor) -> Result<Article, Problem> {
    let found = state.broker.ask(&GetArticle { article_id }).await?;
    found.filter(|article| article.is_visible_to(viewer)).ok_or_else(Problem::article_not_found)
}
