//! Login, refresh, logout, passwords, tickets that open a socket, and who one is.

use std::net::IpAddr;

use axum::{
    Json,
    extract::State as FromState,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use contracts::{
    Envelope, Outcome, RequestId, User,
    event::{AccountChangeRequested, AuditSessionRevoked},
    query::{Credentials, FindCredentials, GetUser},
    stream::WS_TICKET_LIFE,
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::users::end_later;
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
    let checked = check(&state, &username, address, password).await?;
    let wrong =
        || Problem::new(StatusCode::UNAUTHORIZED, "INVALID_CREDENTIALS", "The user name or the password is wrong.");
    let Credentials { user, password_hash } = checked.ok_or_else(wrong)?;
    let claims = state.sessions.begin(user.id).await?;
    // An account that was disabled or got another password while this one was checked had its logins ended, but not one
    // that began after that.
    let now = state.broker.ask(&FindCredentials { username }).await?;
    if now.is_none_or(|now| now.user.disabled || now.password_hash != password_hash) {
        state.sessions.end(claims.sid).await?;
        return Err(wrong());
    }
    logged_in(&state, jar, user, claims)
}

/// The account, when it is there, is not disabled and the password is its own. A wrong password spends one of the tries
/// of the account and the address.
async fn check(
    state: &State,
    username: &str,
    address: IpAddr,
    password: String,
) -> Result<Option<Credentials>, Problem> {
    state.attempts.take(username, address).map_err(|wait| {
        let detail = "Too many wrong passwords. Wait a moment and try again.";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_ATTEMPTS", detail).retry_after(wait.as_secs() + 1)
    })?;
    let checked = verify(state, username, password).await;
    // A try is spent by a wrong password alone, not by a fault of the desk.
    if !matches!(checked, Ok(None)) {
        state.attempts.give_back(username, address);
    }
    checked
}

async fn verify(state: &State, username: &str, password: String) -> Result<Option<Credentials>, Problem> {
    let found = state.broker.ask(&FindCredentials { username: username.to_owned() }).await?;
    let hash = found.as_ref().map(|found| found.password_hash.clone());
    let matches = state.passwords.verify(password, hash).await?;
    Ok(found.filter(|found| matches && !found.user.disabled))
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

/// A new password.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    #[garde(length(chars, min = 1, max = contracts::account::PASSWORD_MAX))]
    current_password: String,
    #[garde(length(chars, min = contracts::account::PASSWORD_MIN, max = contracts::account::PASSWORD_MAX))]
    #[garde(custom(differs(&self.current_password)))]
    new_password: String,
}

fn differs(current: &str) -> impl FnOnce(&str, &()) -> garde::Result {
    move |new, ()| if new == current { Err(garde::Error::new("is the current one: choose another")) } else { Ok(()) }
}

/// Change the password.
///
/// Every login of the account is ended, this one included: the answer is a new one.
#[utoipa::path(post, path = "/auth/password", tag = "auth", security(("bearer" = [])),
    request_body = PasswordChange, responses(
    (status = 200, description = "The password is changed; a new login", body = LoginResponse),
    (status = 202, description = "The password will be changed; every login is ended"),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "INVALID_CREDENTIALS", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 429, description = "TOO_MANY_ATTEMPTS", body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, description = "TOO_BUSY", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn change_password(
    FromState(state): FromState<State>,
    ClientAddress(address): ClientAddress,
    session: Session,
    Trace(trace): Trace,
    jar: CookieJar,
    ValidJson(PasswordChange { current_password, new_password }): ValidJson<PasswordChange>,
) -> Result<Response, Problem> {
    let user_id = session.actor.user_id;
    let user = state.broker.ask(&GetUser { user_id }).await?;
    let user = user.ok_or_else(|| Problem::unauthenticated("The account is no longer there."))?;
    if check(&state, &user.username, address, current_password).await?.is_none() {
        return Err(Problem::new(StatusCode::FORBIDDEN, "INVALID_CREDENTIALS", "The current password is wrong."));
    }
    let password_hash = state.passwords.hash(new_password).await?.ok_or_else(Problem::internal)?;
    let request = RequestId::new();
    let event = AccountChangeRequested { user_id, disabled: None, password_hash: Some(password_hash) };
    let outcome = state.request(event.into(), request, trace).await?;
    state.sessions.end_all(user_id).await?;
    match outcome {
        Some(Outcome::UserChanged { user }) => {
            let claims = state.sessions.begin(user_id).await?;
            logged_in(&state, jar, user, claims)
        }
        Some(_) => Err(Problem::internal()),
        None => {
            tokio::spawn(end_later(state, request, user_id));
            Ok((StatusCode::ACCEPTED, [(header::SET_COOKIE, removal())]).into_response())
        }
    }
}

/// A ticket that opens one WebSocket.
#[derive(Serialize, ToSchema)]
pub(crate) struct WsTicketResponse {
    /// Goes into the address: `/ws/chat/{ticket_id}?ticket=…`.
    ticket: String,
    /// Seconds.
    expires_in: u64,
}

/// Get a one-time ticket that opens a WebSocket.
///
/// For browsers, which cannot send `Authorization` with it.
#[utoipa::path(post, path = "/auth/ws-ticket", tag = "auth", security(("bearer" = [])), responses(
    (status = 200, description = "The ticket", body = WsTicketResponse),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 503, description = "UNAVAILABLE", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn issue_ws_ticket(
    FromState(state): FromState<State>,
    session: Session,
) -> Result<Json<WsTicketResponse>, Problem> {
    let ticket = state.ws_tickets.issue(session).await?;
    Ok(Json(WsTicketResponse { ticket, expires_in: WS_TICKET_LIFE.as_secs() }))
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
