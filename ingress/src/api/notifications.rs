//! Notices to oneself.

use axum::{Json, extract::State as FromState, http::StatusCode};
use chrono::{DateTime, Utc};
use contracts::{
    Outcome, RequestId, event::NotificationReadRequested, notification::Notification, query::ListNotifications,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    extract::{NotificationPath, Query, Session, Trace},
    problem::{Problem, ProblemBody},
    state::State,
};

const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;

/// Which notices.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NotificationParameters {
    /// Only notices older than this.
    before: Option<DateTime<Utc>>,
    /// 1 to 100; 20 where it is left out.
    limit: Option<u32>,
}

/// A page of notices.
#[derive(Serialize, ToSchema)]
pub(crate) struct NotificationList {
    items: Vec<Notification>,
    /// Of all one's notices, counted to 1,000.
    unread: u64,
}

/// One's own notices, newest first.
#[utoipa::path(get, path = "/notifications", tag = "notifications", security(("bearer" = [])),
    params(NotificationParameters), responses(
    (status = 200, description = "A page of notices", body = NotificationList),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_notifications(
    FromState(state): FromState<State>,
    session: Session,
    Query(parameters): Query<NotificationParameters>,
) -> Result<Json<NotificationList>, Problem> {
    let limit = parameters.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::invalid_field("limit", "must be 1 to 100"));
    }
    let query = ListNotifications { user_id: session.actor.user_id, before: parameters.before, limit };
    let page = state.broker.ask(&query).await?;
    Ok(Json(NotificationList { items: page.items, unread: page.unread }))
}

/// Mark one of one's notices as read.
#[utoipa::path(post, path = "/notifications/{id}/read", tag = "notifications", security(("bearer" = [])),
    params(("id" = String, Path, description = "The notice")), responses(
    (status = 202, description = "It will be marked"),
    (status = 204, description = "It is marked"),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "NOTIFICATION_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn read_notification(
    FromState(state): FromState<State>,
    session: Session,
    Trace(trace): Trace,
    NotificationPath(notification_id): NotificationPath,
) -> Result<StatusCode, Problem> {
    let event = NotificationReadRequested { notification_id, user_id: session.actor.user_id };
    match state.request(event.into(), RequestId::new(), trace).await? {
        Some(Outcome::NotificationRead) => Ok(StatusCode::NO_CONTENT),
        Some(Outcome::NotificationNotFound) => Err(Problem::notification_not_found()),
        Some(_) => Err(Problem::internal()),
        None => Ok(StatusCode::ACCEPTED),
    }
}
