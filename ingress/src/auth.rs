//! Logins: passwords, tokens, sessions and the limit on attempts.

mod attempts;
mod ended;
mod passwords;
mod sessions;
mod tokens;
mod ws_tickets;

pub(crate) use attempts::Attempts;
pub(crate) use ended::LoggedIn;
pub(crate) use passwords::Passwords;
pub(crate) use sessions::{Refreshed, Sessions};
pub(crate) use tokens::{RefreshClaims, Tokens};
pub(crate) use ws_tickets::WsTickets;
