//! What an admin looks after: what failed for good, and what waits.

use std::str::FromStr;

use axum::{Json, extract::State as FromState};
use contracts::{consumer::Pool, dead_letter::DeadLetter};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    extract::{Admin, Query, page_limit},
    problem::{Problem, ProblemBody},
    state::State,
};

const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;

/// Which page of the dead letters.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeadLetterParameters {
    /// `next_before` of the page before.
    before: Option<String>,
    /// 1 to 100; 20 where it is left out.
    limit: Option<String>,
}

/// A dead letter in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetterItem {
    /// Its place among the dead letters.
    place: u64,
    #[serde(flatten)]
    letter: DeadLetter,
}

/// A page of dead letters.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetterList {
    /// Newest first.
    items: Vec<DeadLetterItem>,
    /// Leads to the next page as `before`; none on the last one.
    next_before: Option<u64>,
}

/// List what failed for good, newest first. For admins.
///
/// Secrets are withheld from what the originals said.
#[utoipa::path(get, path = "/dead-letters", tag = "operation", security(("bearer" = [])), params(DeadLetterParameters),
    responses(
    (status = 200, description = "A page of dead letters", body = DeadLetterList),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_dead_letters(
    FromState(state): FromState<State>,
    _: Admin,
    Query(parameters): Query<DeadLetterParameters>,
) -> Result<Json<DeadLetterList>, Problem> {
    let before = parameters.before.as_deref().map(u64::from_str).transpose().ok().filter(|before| *before != Some(0));
    let before = before.ok_or_else(|| Problem::invalid_field("before", "must be next_before of the page before"))?;
    let limit = page_limit(parameters.limit.as_deref(), LIMIT_DEFAULT, LIMIT_MAX)?;
    let page = state.broker.dead_letters(before, limit).await?;
    let items = page.items.into_iter().map(|(place, letter)| DeadLetterItem { place, letter }).collect();
    Ok(Json(DeadLetterList { items, next_before: page.next_before }))
}

/// What a pool of workers has to do.
#[derive(Serialize, ToSchema)]
pub(crate) struct PoolItem {
    /// Its name.
    pool: &'static str,
    /// Events that no process has taken.
    waiting: u64,
    /// Events that a process has and has not finished.
    under_way: u64,
    /// Of these, the ones that were given out before.
    again: u64,
}

/// Every pool.
#[derive(Serialize, ToSchema)]
pub(crate) struct PoolList {
    /// In the order in which a ticket meets them.
    items: Vec<PoolItem>,
}

/// What each pool of workers has to do. For admins.
#[utoipa::path(get, path = "/pools", tag = "operation", security(("bearer" = [])), responses(
    (status = 200, description = "Every pool", body = PoolList),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_pools(FromState(state): FromState<State>, _: Admin) -> Result<Json<PoolList>, Problem> {
    let items = Pool::ALL.iter().map(async |pool| {
        let backlog = state.broker.backlog(*pool).await?;
        let platform::broker::Backlog { waiting, under_way, again } = backlog;
        Ok::<_, Problem>(PoolItem { pool: pool.as_str(), waiting, under_way, again })
    });
    Ok(Json(PoolList { items: try_join_all(items).await? }))
}
