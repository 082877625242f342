//! Typed ids. Each is a UUID; new ones are version 7, so that they sort by the time they were made.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The namespace of ids that are computed from other ids, so that a repeated step makes the same id.
const DERIVED: Uuid = Uuid::from_u128(0x0193_5b2e_6f40_7cc1_9a53_de5c_317e_0001);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = "uuid")]
        pub struct $name(Uuid);

        impl $name {
            /// A new id that sorts after those made in earlier milliseconds.
            #[allow(clippy::new_without_default, reason = "a default that differs each time would surprise")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id that `parts` always give: the same parts, the same id.
            pub fn derived(parts: &[&str]) -> Self {
                Self(Uuid::new_v5(&DERIVED, parts.join("\n").as_bytes()))
            }

            /// The id as a UUID.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            /// Only the hyphenated lower-case form is an id: subjects and keys are compared as text.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let uuid = Uuid::try_parse(text)?;
                if uuid.hyphenated().to_string() == text {
                    Ok(Self(uuid))
                } else {
                    Uuid::try_parse("").map(Self)
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    )*};
}

impl UserId {
    /// The desk itself, as the sender of what it tells in a chat. Nobody can log in as it.
    pub const SYSTEM: Self = Self(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0001));
    /// The bot, as the sender of its answers in a chat. Nobody can log in as it.
    pub const BOT: Self = Self(Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0002));
}

ids! {
    /// A ticket, and the room of its chat.
    TicketId,
    /// A person, or the bot.
    UserId,
    /// A message in a ticket's chat.
    MessageId,
    /// A notice to one person.
    NotificationId,
    /// An article of the knowledge base.
    ArticleId,
    /// One thing that somebody asked for; its outcome is kept under it.
    RequestId,
    /// A login and all the tokens that were refreshed from it.
    SessionId,
    /// A conversation with the bot.
    BotSessionId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_parses() {
        let id = TicketId::new();
        assert_eq!(id.to_string().parse::<TicketId>().ok(), Some(id));
        assert!(id.uuid().simple().to_string().parse::<TicketId>().is_err());
        assert!(id.to_string().to_uppercase().parse::<TicketId>().is_err());
        assert!("*".parse::<TicketId>().is_err());
    }

    #[test]
    fn derived_ids_depend_on_every_part() {
        assert_eq!(NotificationId::derived(&["a", "b"]), NotificationId::derived(&["a", "b"]));
        assert_ne!(NotificationId::derived(&["a", "b"]), NotificationId::derived(&["ab", ""]));
    }
}
