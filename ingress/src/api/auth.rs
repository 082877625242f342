//! Login, refresh, logout, and who one is.

use axum::{
    Json,
    extract::State as FromState,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use contracts::{
    Envelope, RequestId, User,
    event::AuditSessionRevoked,
    query::{FindCredentials, GetUser},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::{RefreshClaims, Refreshed},
    extract::{ClientAddress, Session, Trace, ValidJson},
    problem::{Problem, ProblemBody},
    state::State,
};

/// Only this host, only over a secure connection, for no script to read.
const COOKIE: &str = "__Host-deskwire_refresh";

/// A name and its password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    #[garde(length(chars, min = 1, max = contracts::account::USERNAME_MAX))]
    username: String,
    #[garde(length(chars, min = 1, max = contracts::account::PASSWORD_MAX))]
    password: String,
}

/// A login.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoginResponse {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    user: User,
}

/// Log in with a name and a password.
///
/// The refresh token comes as a cookie.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = LoginRequest, responses(
    (status = 200, description = "Logged in", body = LoginResponse),
    (status = 401, description = "INVALID_CREDENTIALS", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "TOO_MANY_ATTEMPTS", body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, description = "TOO_BUSY", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn login(
    FromState(state): FromState<State>,
    ClientAddress(address): ClientAddress,
    jar: CookieJar,
    ValidJson(LoginRequest { username, password }): ValidJson<LoginRequest>,
) -> Result<Response, Problem> {
    state.attempts.take(&username, address).map_err(|wait| {
        let detail = "Too many failed logins. Wait a moment and try again.";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_ATTEMPTS", detail).retry_after(wait.as_secs() + 1)
    })?;
    let checked = check(&state, &username, password).await;
    // A try is spent by a wrong password alone, not by a fault of the desk.
    if !matches!(checked, Ok(None)) {
        state.attempts.give_back(&username, address);
    }
    let user = checked?.ok_or_else(|| {
        Problem::new(StatusCode::UNAUTHORIZED, "INVALID_CREDENTIALS", "The user name or the password is wrong.")
    })?;
    let claims = state.sessions.begin(user.id).await?;
    logged_in(&state, jar, user, claims)
}

/// The account, when it is there, is not disabled and the password is its own.
async fn check(state: &State, username: &str, password: String) -> Result<Option<User>, Problem> {
    let found = state.broker.ask(&FindCredentials { username: username.to_owned() }).await?;
    let (user, hash) = found.map_or((None, None), |found| (Some(found.user), Some(found.password_hash)));
    let matches = state.passwords.verify(password, hash).await?;
    Ok(user.filter(|user| matches && !user.disabled))
}

fn logged_in(state: &State, jar: CookieJar, user: User, claims: RefreshClaims) -> Result<Response, Problem> {
    let access_token = state.tokens.access(&user, claims.sid).ok_or_else(Problem::internal)?;
    let refresh = state.tokens.refresh(claims).ok_or_else(Problem::internal)?;
    let expires_in = state.tokens.access_seconds();
    let cookie = Cookie::build((COOKIE, refresh)).path("/").secure(true).http_only(true).same_site(SameSite::Strict);
    let body = LoginResponse { access_token, token_type: "Bearer", expires_in, user };
    Ok((jar.add(cookie), Json(body)).into_response())
}

/// A new access token for the refresh token in the cookie.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", responses(
    (status = 200, description = "A new access token, and a new cookie", body = LoginResponse),
    (status = 401, description = "INVALID_REFRESH_TOKEN", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn refresh(
    FromState(state): FromState<State>,
    Trace(trace): Trace,
    jar: CookieJar,
) -> Result<Response, Problem> {
    let refused = || {
        let detail = "The login is over. Log in again.";
        Problem::new(StatusCode::UNAUTHORIZED, "INVALID_REFRESH_TOKEN", detail).header(header::SET_COOKIE, removal())
    };
    let token = jar.get(COOKIE).and_then(|cookie| state.tokens.read_refresh(cookie.value())).ok_or_else(refused)?;
    match state.sessions.refresh(token).await? {
        Refreshed::Next(claims) => {
            let user = state.broker.ask(&GetUser { user_id: claims.sub }).await?;
            let user = user.filter(|user| !user.disabled).ok_or_else(refused)?;
            logged_in(&state, jar, user, claims)
        }
        Refreshed::Reused => {
            let reason = "a refresh token was used twice".to_owned();
            let revoked = AuditSessionRevoked { session_id: token.sid, user_id: token.sub, reason };
            state.broker.publish(&Envelope::of_request(revoked.into(), RequestId::new(), trace)).await?;
            Err(refused())
        }
        Refreshed::Over => Err(refused()),
    }
}

/// End the login. Its access tokens are refused from now on.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", security(("bearer" = [])), responses(
    (status = 204, description = "Logged out"),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn logout(FromState(state): FromState<State>, session: Session) -> Result<Response, Problem> {
    state.sessions.end(session.id).await?;
    let headers = HeaderMap::from_iter([(header::SET_COOKIE, removal())]);
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

fn removal() -> HeaderValue {
    HeaderValue::from_static("__Host-deskwire_refresh=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict")
}

/// Who one is.
#[utoipa::path(get, path = "/auth/me", tag = "auth", security(("bearer" = [])), responses(
    (status = 200, description = "The account", body = User),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn me(FromState(state): FromState<State>, session: Session) -> Result<Json<User>, Problem> {
    let user = state.broker.ask(&GetUser { user_id: session.actor.user_id }).await?;
    user.map(Json).ok_or_else(|| Problem::unauthenticated("The account is no longer there."))
}
