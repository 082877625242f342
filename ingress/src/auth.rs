//! Logins: passwords, tokens, sessions and the limit on attempts.

mod attempts;
mod passwords;
mod sessions;
mod tokens;

pub(crate) use attempts::Attempts;
pub(crate) use passwords::Passwords;
pub(crate) use sessions::{Refreshed, Sessions};
pub(crate) use tokens::{RefreshClaims, Tokens};
