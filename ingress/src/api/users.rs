//! Accounts: make, disable, list.

mod list;

pub(crate) use list::{
    __path_list_agents, __path_list_people, __path_list_users, list_agents, list_people, list_users,
};

use std::time::Duration;

use axum::{
    Json,
    extract::State as FromState,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::{
    Department, Outcome, RequestId, Role, User, UserId,
    event::{AccountChangeRequested, AccountCreateRequested},
    query::GetUser,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    extract::{Admin, Trace, UserPath, ValidJson},
    problem::{Problem, ProblemBody},
    state::State,
};

/// How long the end of a change is waited for after its request was answered.
const LATER: Duration = Duration::from_mins(10);

/// A new account.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserRequest {
    /// Letters, digits and `.`, `_`, `-`; unique without regard to case.
    #[garde(length(chars, min = 2, max = contracts::account::USERNAME_MAX), custom(check_username))]
    username: String,
    #[garde(length(chars, min = contracts::account::PASSWORD_MIN, max = contracts::account::PASSWORD_MAX))]
    password: String,
    #[garde(skip)]
    role: Role,
    /// For agents, and for them alone.
    #[garde(custom(check_department(self.role)))]
    #[serde(default)]
    department: Option<Department>,
}

fn check_username<C>(value: &str, _: &C) -> garde::Result {
    let fits = value.chars().all(|character| character.is_alphanumeric() || "._-".contains(character));
    if fits { Ok(()) } else { Err(garde::Error::new("may contain letters, digits and . _ - only")) }
}

fn check_department(role: Role) -> impl FnOnce(&Option<Department>, &()) -> garde::Result {
    move |department, ()| match (role, department) {
        (Role::Agent, None) => Err(garde::Error::new("must be IT or HR for an agent")),
        (Role::User | Role::Admin, Some(_)) => Err(garde::Error::new("is for agents alone: leave it out")),
        _ => Ok(()),
    }
}

/// Make an account. For admins.
#[utoipa::path(post, path = "/users", tag = "users", security(("bearer" = [])), request_body = UserRequest, responses(
    (status = 201, description = "The account is there", body = User),
    (status = 202, description = "The account will be made"),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "USERNAME_TAKEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn create_user(
    FromState(state): FromState<State>,
    _: Admin,
    Trace(trace): Trace,
    ValidJson(request): ValidJson<UserRequest>,
) -> Result<Response, Problem> {
    let password_hash = state.passwords.hash(request.password).await?.ok_or_else(Problem::internal)?;
    let user = User {
        id: UserId::new(),
        username: request.username,
        role: request.role,
        department: request.department,
        disabled: false,
        created_at: contracts::clock::now(),
    };
    let event = AccountCreateRequested { user, password_hash };
    match state.request(event.into(), RequestId::new(), trace).await? {
        Some(Outcome::UserCreated { user }) => Ok((StatusCode::CREATED, Json(user)).into_response()),
        Some(Outcome::UsernameTaken) => {
            Err(Problem::new(StatusCode::CONFLICT, "USERNAME_TAKEN", "Another account has this name."))
        }
        Some(_) => Err(Problem::internal()),
        None => Ok(StatusCode::ACCEPTED.into_response()),
    }
}

/// A change of an account.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    /// A disabled account cannot log in, and is logged out everywhere.
    #[garde(skip)]
    disabled: bool,
}

/// Disable an account, or enable it again. For admins.
///
/// When an account is disabled, every login of it ends: its tokens are refused and its sockets are closed.
#[utoipa::path(patch, path = "/users/{user_id}", tag = "users", security(("bearer" = [])),
    params(("user_id" = String, Path, description = "The account")), request_body = UserChange, responses(
    (status = 200, description = "The account as it is now", body = User),
    (status = 202, description = "The account will be changed"),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "USER_NOT_FOUND", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "OWN_ACCOUNT: admins cannot disable themselves", body = ProblemBody,
        content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn change_user(
    FromState(state): FromState<State>,
    Admin(session): Admin,
    UserPath(user_id): UserPath,
    Trace(trace): Trace,
    ValidJson(UserChange { disabled }): ValidJson<UserChange>,
) -> Result<Response, Problem> {
    if disabled && user_id == session.actor.user_id {
        let detail = "You cannot disable your own account. Another admin can.";
        return Err(Problem::new(StatusCode::CONFLICT, "OWN_ACCOUNT", detail));
    }
    if state.broker.ask(&GetUser { user_id }).await?.is_none() {
        return Err(Problem::user_not_found());
    }
    if disabled {
        // Nobody waits for the store to be logged out. What logs in until the store knows is logged out below.
        state.sessions.end_all(user_id).await?;
    }
    let request = RequestId::new();
    let event = AccountChangeRequested { user_id, disabled: Some(disabled), password_hash: None };
    let outcome = state.request(event.into(), request, trace).await?;
    match (disabled, &outcome) {
        (true, Some(_)) => state.sessions.end_all(user_id).await?,
        (true, None) => drop(tokio::spawn(end_later(state.clone(), request, user_id))),
        (false, _) => {}
    }
    match outcome {
        Some(Outcome::UserChanged { user }) => Ok(Json(user).into_response()),
        Some(Outcome::UserNotFound) => Err(Problem::user_not_found()),
        Some(_) => Err(Problem::internal()),
        None => Ok(StatusCode::ACCEPTED.into_response()),
    }
}

/// Ends what logged in before an account was changed, when that takes longer than the request waits.
pub(super) async fn end_later(state: State, request: RequestId, user_id: UserId) {
    // Whether it was heard of or not: ending logins once more does no harm.
    let _ = state.outcomes.expect(request).within(LATER).await;
    if let Err(error) = state.sessions.end_all(user_id).await {
        tracing::error!(%error, %user_id, "logins from before a change of the account may go on until they expire");
    }
}
