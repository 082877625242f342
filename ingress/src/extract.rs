//! What handlers take from a request.

mod body;
mod client_address;
mod idempotency;
mod json;
mod query;
mod session;
mod trace;

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use contracts::{ArticleId, MessageId, NotificationId, TicketId, UserId};

use crate::{problem::Problem, state::State};

pub(crate) use body::Body;
pub(crate) use client_address::ClientAddress;
pub(crate) use idempotency::idempotency_key;
pub(crate) use json::{OptionalJson, ValidJson};
pub(crate) use query::{Query, page_limit};
pub(crate) use session::{Admin, Session, Staff};
pub(crate) use trace::Trace;

/// The ticket in the path. What is no id is answered as an id that does not exist.
pub(crate) struct TicketPath(pub(crate) TicketId);

impl FromRequestParts<State> for TicketPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        id_in_path(parts, state).await.map(Self).ok_or_else(Problem::ticket_not_found)
    }
}

/// A message of a ticket in the path. What is no id of a ticket is answered as one that does not exist; what is no id
/// of a message is none, so that the ticket can be looked at first.
pub(crate) struct MessagePath(pub(crate) TicketId, pub(crate) Option<MessageId>);

impl FromRequestParts<State> for MessagePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let found = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((ticket, message)) = found.map_err(|_| Problem::ticket_not_found())?;
        Ok(Self(ticket.parse().map_err(|_| Problem::ticket_not_found())?, message.parse().ok()))
    }
}

/// The account in the path. What is no id is answered as an id that does not exist.
pub(crate) struct UserPath(pub(crate) UserId);

impl FromRequestParts<State> for UserPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        id_in_path(parts, state).await.map(Self).ok_or_else(Problem::user_not_found)
    }
}

/// The article in the path. What is no id is answered as an id that does not exist.
pub(crate) struct ArticlePath(pub(crate) ArticleId);

impl FromRequestParts<State> for ArticlePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        id_in_path(parts, state).await.map(Self).ok_or_else(Problem::article_not_found)
    }
}

/// The notice in the path. What is no id is answered as an id that does not exist.
pub(crate) struct NotificationPath(pub(crate) NotificationId);

impl FromRequestParts<State> for NotificationPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        id_in_path(parts, state).await.map(Self).ok_or_else(Problem::notification_not_found)
    }
}

async fn id_in_path<T: FromStr>(parts: &mut Parts, state: &State) -> Option<T> {
    let Path(text) = Path::<String>::from_request_parts(parts, state).await.ok()?;
    text.parse().ok()
}

/// Names the field that does not decode; `whole` where it is none of them.
pub(crate) fn undecodable(path: &serde_path_to_error::Path, message: &str, whole: &str) -> Problem {
    let message = message.split(" at line ").next().unwrap_or_default();
    let path = path.to_string();
    // A field that is missing is named in the message and not in the path; so may be one that is unknown or there twice.
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    // What was sent may be a password in the wrong place: only what was expected is told.
    let value = ["invalid ", "unknown variant "].iter().any(|start| message.starts_with(start));
    let expected =
        message.rsplit_once(", expected ").filter(|_| value).map(|(_, expected)| format!("must be {expected}"));
    let detail = if message.starts_with("UUID parsing failed") {
        "must be an id, as the desk writes it".to_owned()
    } else {
        expected.unwrap_or_else(|| shown(message))
    };
    let field = if matches!(path.as_str(), "." | "?") { named.unwrap_or(whole) } else { &path };
    Problem::invalid_field(shown(field), detail)
}

/// Without control characters, and without the sender's text at length.
fn shown(text: &str) -> String {
    let clean = text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character });
    clean.take(200).collect()
}
