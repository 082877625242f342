//! Who is asking, by the access token in the `Authorization` header.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use contracts::{Actor, Role, SessionId};

use crate::{problem::Problem, state::State};

/// A valid session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The login.
    pub(crate) id: SessionId,
    /// Who logged in.
    pub(crate) actor: Actor,
}

/// A valid session of an admin; anybody else's is refused before the rest of the request is looked at.
pub(crate) struct Admin;

impl FromRequestParts<State> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, state).await?;
        if session.actor.role == Role::Admin { Ok(Self) } else { Err(Problem::forbidden("Only an admin may do this.")) }
    }
}

impl FromRequestParts<State> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, token) = value
            .and_then(|value| value.split_once(' '))
            .ok_or_else(|| Problem::unauthenticated("Send the access token as Authorization: Bearer TOKEN."))?;
        let session = scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| state.tokens.read_access(token.trim()))
            .flatten()
            .ok_or_else(|| Problem::unauthenticated("The access token is not valid, or is no longer."))?;
        if state.sessions.is_revoked(session.id) {
            return Err(Problem::unauthenticated("The access token is not valid, or is no longer."));
        }
        Ok(session)
    }
}
