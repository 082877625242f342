//! What handlers take from a request.

mod client_address;
mod json;
mod session;
mod trace;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use contracts::TicketId;

use crate::{problem::Problem, state::State};

pub(crate) use client_address::ClientAddress;
pub(crate) use json::{OptionalJson, ValidJson};
pub(crate) use session::Session;
pub(crate) use trace::Trace;

/// The ticket in the path. What is no id is answered as an id that does not exist.
pub(crate) struct TicketPath(pub(crate) TicketId);

impl FromRequestParts<State> for TicketPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| Problem::ticket_not_found())?;
        text.parse().map(Self).map_err(|_| Problem::ticket_not_found())
    }
}
