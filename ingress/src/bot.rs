//! Talking to the bot: the sessions that remember what was said, and the question under way.

mod asks;
mod conversation;
mod sessions;

pub(crate) use asks::{Ask, Asks};
pub(crate) use conversation::{Conversation, Told};
pub(crate) use sessions::BotSessions;
