//! Who is asking, by the access token in the `Authorization` header.

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
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
pub(crate) struct Admin(pub(crate) Session);

/// A valid session of an agent or an admin; a requester's is refused before the rest of the request is looked at.
pub(crate) struct Staff(pub(crate) Session);

impl FromRequestParts<State> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, state).await?;
        if session.actor.role == Role::Admin {
            Ok(Self(session))
        } else {
            Err(Problem::forbidden("Only an admin may do this."))
        }
    }
}

impl FromRequestParts<State> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, state).await?;
        match session.actor.role {
            Role::Agent | Role::Admin => Ok(Self(session)),
            Role::User => Err(Problem::forbidden("Only an agent or an admin may do this.")),
        }
    }
}

impl FromRequestParts<State> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let value = parts.headers.get(header::AUTHORIZATION);
        Self::from_authorization(value, state)
    }
}

impl Session {
    /// The session whose access token an `Authorization` header holds.
    pub(crate) fn from_authorization(value: Option<&HeaderValue>, state: &State) -> Result<Self, Problem> {
        let (scheme, token) = value
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            .ok_or_else(|| Problem::unauthenticated("Send the access token as Authorization: Bearer TOKEN."))?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| state.tokens.read_access(token.trim()))
            .flatten()
            .filter(|session| !state.sessions.is_revoked(session))
            .ok_or_else(|| Problem::unauthenticated("The access token is not valid, or is no longer."))
    }
}
