//! Accounts.

use axum::{
    Json,
    extract::State as FromState,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::{Department, Outcome, RequestId, Role, User, UserId, event::AccountCreateRequested};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    extract::{Admin, Trace, ValidJson},
    problem::{Problem, ProblemBody},
    state::State,
};

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
