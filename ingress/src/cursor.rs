//! Cursors of ticket lists: signed, and good for the same person and the same list only.

use contracts::{
    TicketId, UserId,
    query::{TicketFilter, TicketScope},
};
use serde::{Deserialize, Serialize};

use crate::{problem::Problem, state::State};

#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    scope: TicketScope,
    filter: TicketFilter,
    after: TicketId,
}

/// The cursor behind `after` in one person's list.
pub(crate) fn write(
    state: &State,
    sub: UserId,
    scope: TicketScope,
    filter: &TicketFilter,
    after: TicketId,
) -> Option<String> {
    state.tokens.cursor(Claims { sub, scope, filter: filter.clone(), after })
}

/// Where a cursor points to.
pub(crate) fn read(
    state: &State,
    sub: UserId,
    scope: TicketScope,
    filter: &TicketFilter,
    cursor: &str,
) -> Result<TicketId, Problem> {
    let refused = || {
        Problem::invalid_field("cursor", "is not one that this list gave you: take next_cursor from the page before")
    };
    let claims: Claims = state.tokens.read_cursor(cursor).ok_or_else(refused)?;
    let fits = claims.sub == sub && claims.scope == scope && &claims.filter == filter;
    if fits { Ok(claims.after) } else { Err(refused()) }
}
