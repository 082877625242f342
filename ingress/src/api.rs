//! The handlers, by what they are about.

pub(crate) mod ai;
pub(crate) mod articles;
pub(crate) mod auth;
pub(crate) mod health;
pub(crate) mod messages;
pub(crate) mod notifications;
pub(crate) mod operation;
pub(crate) mod quota;
pub(crate) mod text;
pub(crate) mod tickets;
pub(crate) mod users;
