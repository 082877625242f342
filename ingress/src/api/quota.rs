//! How many tickets one may still raise.

use axum::{Json, extract::State as FromState};
use contracts::{query::GetQuota, quota::Quota};

use crate::{
    extract::Session,
    problem::{Problem, ProblemBody},
    state::State,
};

/// One's own quota as it stands now.
#[utoipa::path(get, path = "/quota", tag = "tickets", security(("bearer" = [])), responses(
    (status = 200, description = "The quota", body = Quota),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn get_quota(FromState(state): FromState<State>, session: Session) -> Result<Json<Quota>, Problem> {
    Ok(Json(state.broker.ask(&GetQuota { user_id: session.actor.user_id }).await?))
}
