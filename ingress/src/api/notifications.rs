//! Notices to oneself.

use axum::{
    Json,
    extract::{Path, Query, State as FromState, rejection::QueryRejection},
    http::StatusCode,
};
use chrono::{DateTime, Utc};
use contracts::{
    NotificationId, Outcome, RequestId, event::NotificationReadRequested, notification::Notification,
    query::ListNotifications,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    extract::{Session, Trace},
    problem::{Problem, ProblemBody},
    state::State,
};

const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NotificationParameters {
    /// Only notices older than this.
    before: Option<DateTime<Utc>>,
    /// 1 to 100; 20 where it is left out.
    limit: Option<u32>,
}

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
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_notifications(
    FromState(state): FromState<State>,
    session: Session,
    parameters: Result<Query<NotificationParameters>, QueryRejection>,
) -> Result<Json<NotificationList>, Problem> {
    let Query(parameters) = parameters.map_err(|_| {
        Problem::invalid_field("query", "takes before, a time in RFC 3339, and limit, a number from 1 to 100")
    })?;
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
    (status = 204, description = "It is marked"),
    (status = 404, description = "NOTIFICATION_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn read_notification(
    FromState(state): FromState<State>,
    session: Session,
    Trace(trace): Trace,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let absent = || Problem::new(StatusCode::NOT_FOUND, "NOTIFICATION_NOT_FOUND", "There is no such notice for you.");
    let notification_id: NotificationId = id.parse().map_err(|_| absent())?;
    let event = NotificationReadRequested { notification_id, user_id: session.actor.user_id };
    match state.request(event.into(), RequestId::new(), trace).await? {
        Some(Outcome::NotificationRead) => Ok(StatusCode::NO_CONTENT),
        Some(Outcome::NotificationNotFound) => Err(absent()),
        Some(_) => Err(Problem::internal()),
        None => Ok(StatusCode::ACCEPTED),
    }
}
