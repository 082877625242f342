//! The payload of every kind of event.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Actor, Article, ArticleDraft, ArticleId, BotSessionId, Department, MessageId, NotificationId, RequestId, SessionId,
    Ticket, TicketDraft, TicketId, User, UserId,
    account::PasswordHash,
    message::{Feedback, Message, Refusal},
    moderation::Verdict,
    notification::Notification,
    webhook::{Delivery, Hook},
};

/// What every payload knows of itself.
pub trait Payload: Serialize + DeserializeOwned + Into<Event> + Send + Sync + 'static {
    /// The kind that the subject names.
    const KIND: Kind;

    /// This payload, when the event is of its kind.
    fn from_event(event: Event) -> Option<Self>;
}

/// The bytes are not an event of the kind that the subject names.
#[derive(Debug, thiserror::Error)]
#[error("{kind} does not decode")]
pub struct DecodeError {
    kind: Kind,
    source: serde_json::Error,
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $entity:literal . $verb:literal v $version:literal, $of:ident => $id:expr;)*) => {
        /// The kinds of event.
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is described at its payload")]
        pub enum Kind { $($name),* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The first token of the subject.
            pub fn entity(self) -> &'static str {
                match self { $(Self::$name => $entity),* }
            }

            /// The second token of the subject.
            pub fn verb(self) -> &'static str {
                match self { $(Self::$name => $verb),* }
            }

            /// The version of the payload's shape; a change that an older reader cannot take raises it.
            pub fn version(self) -> u16 {
                match self { $(Self::$name => $version),* }
            }

            /// The payload's JSON Schema, as OpenAPI writes it.
            pub fn schema(self) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                match self { $(Self::$name => <$name as utoipa::PartialSchema>::schema()),* }
            }

            /// The payload's name among schemas.
            pub fn schema_name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// The schemas that the payload's refers to, each with its name.
            pub fn schemas_within(self) -> Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)> {
                let mut schemas = Vec::new();
                match self { $(Self::$name => <$name as ToSchema>::schemas(&mut schemas)),* }
                schemas
            }
        }

        /// Any event.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "each is described at its payload")]
        pub enum Event { $($name($name)),* }

        impl Event {
            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name),* }
            }

            /// The id of what it is about: the last token of the subject.
            pub fn entity_id(&self) -> Uuid {
                match self { $(Self::$name($of) => $id),* }
            }

            /// The payload as JSON.
            pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
                match self { $(Self::$name(payload) => serde_json::to_vec(payload)),* }
            }

            /// The event of `kind` that `json` holds.
            pub fn decode(kind: Kind, json: &[u8]) -> Result<Self, DecodeError> {
                let decoded = match kind { $(Kind::$name => serde_json::from_slice(json).map(Self::$name)),* };
                decoded.map_err(|source| DecodeError { kind, source })
            }
        }

        $(impl From<$name> for Event {
            fn from(payload: $name) -> Self {
                Self::$name(payload)
            }
        }

        impl Payload for $name {
            const KIND: Kind = Kind::$name;

            fn from_event(event: Event) -> Option<Self> {
                match event { Event::$name(payload) => Some(payload), _ => None }
            }
        })*
    };
}

events! {
    TicketCreated = "ticket"."created" v 1, event => event.draft.id.uuid();
    TicketAdmitted = "ticket"."admitted" v 1, event => event.draft.id.uuid();
    TicketRejected = "ticket"."rejected" v 1, event => event.ticket_id.uuid();
    TicketCleared = "ticket"."cleared" v 1, event => event.draft.id.uuid();
    TicketFlagged = "ticket"."flagged" v 1, event => event.draft.id.uuid();
    TicketRouted = "ticket"."routed" v 1, event => event.draft.id.uuid();
    TicketSaved = "ticket"."saved" v 1, event => event.ticket.id.uuid();
    TicketResolveRequested = "ticket"."resolve_requested" v 1, event => event.ticket_id.uuid();
    TicketResolved = "ticket"."resolved" v 1, event => event.ticket.id.uuid();
    TicketAssignRequested = "ticket"."assign_requested" v 1, event => event.ticket_id.uuid();
    TicketAssigned = "ticket"."assigned" v 1, event => event.ticket.id.uuid();
    TicketCloseRequested = "ticket"."close_requested" v 1, event => event.ticket_id.uuid();
    TicketClosed = "ticket"."closed" v 1, event => event.ticket.id.uuid();
    TicketReopenRequested = "ticket"."reopen_requested" v 1, event => event.ticket_id.uuid();
    TicketReopened = "ticket"."reopened" v 1, event => event.ticket.id.uuid();
    TicketReleaseRequested = "ticket"."release_requested" v 1, event => event.ticket_id.uuid();
    TicketReleased = "ticket"."released" v 1, event => event.draft.id.uuid();
    MessageSent = "message"."sent" v 1, event => event.ticket_id.uuid();
    MessageSaved = "message"."saved" v 1, event => event.message.ticket_id.uuid();
    MessageRefused = "message"."refused" v 1, event => event.ticket_id.uuid();
    MessageReadRequested = "message"."read_requested" v 1, event => event.ticket_id.uuid();
    MessageFeedbackRequested = "message"."feedback_requested" v 1, event => event.ticket_id.uuid();
    MessageFeedbackGiven = "message"."feedback_given" v 1, event => event.message.ticket_id.uuid();
    ArticleChangeRequested = "article"."change_requested" v 1, event => event.article_id.uuid();
    ArticlePublished = "article"."published" v 1, event => event.article.id.uuid();
    ArticleWithdrawn = "article"."withdrawn" v 1, event => event.article.id.uuid();
    ArticleReindexRequested = "article"."reindex_requested" v 1, event => event.request_id.uuid();
    NotificationCreated = "notification"."created" v 1, event => event.notification.id.uuid();
    NotificationReadRequested = "notification"."read_requested" v 1, event => event.notification_id.uuid();
    BotFeedbackGiven = "bot"."feedback_given" v 1, event => event.session_id.uuid();
    WebhookDelivered = "webhook"."delivered" v 1, event => event.delivery.id;
    WebhookFailed = "webhook"."failed" v 1, event => event.delivery.id;
    AccountCreateRequested = "account"."create_requested" v 1, event => event.user.id.uuid();
    AccountChangeRequested = "account"."change_requested" v 1, event => event.user_id.uuid();
    AuditAccountCreated = "audit"."account_created" v 1, event => event.user.id.uuid();
    AuditAccountChanged = "audit"."account_changed" v 1, event => event.user.id.uuid();
    AuditSessionRevoked = "audit"."session_revoked" v 1, event => event.session_id.uuid();
    AuditWebhookReceived = "audit"."webhook_received" v 1, event => event.webhook_id;
}

impl Event {
    /// What tells this event from others of its kind that follow from the same one.
    pub(super) fn part(&self) -> Option<Uuid> {
        match self {
            Self::NotificationCreated(event) => Some(event.notification.user_id.uuid()),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.entity(), self.verb())
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// No kind of event has this name.
#[derive(Debug, thiserror::Error)]
#[error("no kind of event is called {0:?}")]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |kind: &Kind| text.split_once('.') == Some((kind.entity(), kind.verb()));
        Self::ALL.iter().copied().find(named).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// Somebody asked for a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketCreated {
    /// What they asked for.
    pub draft: TicketDraft,
}

/// The requester had a slot in their quota.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketAdmitted {
    /// What they asked for.
    pub draft: TicketDraft,
}

/// The requester had no slot left; the request ends here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketRejected {
    /// The id that the ticket would have had.
    pub ticket_id: TicketId,
    /// Who asked.
    pub user_id: UserId,
    /// Tickets in any window.
    pub limit: u32,
    /// The window's length.
    pub window_seconds: u64,
    /// When the next slot is free.
    pub retry_at: DateTime<Utc>,
}

/// Moderation found no harm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketCleared {
    /// What they asked for.
    pub draft: TicketDraft,
    /// What moderation said.
    pub verdict: Verdict,
}

/// Moderation found harm; the ticket is not routed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketFlagged {
    /// What they asked for.
    pub draft: TicketDraft,
    /// What moderation said.
    pub verdict: Verdict,
}

/// A department was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketRouted {
    /// What they asked for.
    pub draft: TicketDraft,
    /// Who answers it.
    pub department: Department,
    /// Which model chose, with its version.
    pub model: String,
}

/// The ticket is in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketSaved {
    /// As it was saved.
    pub ticket: Ticket,
}

/// Somebody asked to resolve a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketResolveRequested {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who asked.
    pub actor: Actor,
    /// What they said.
    pub feedback: Option<String>,
    /// 1 (poor) to 5 (very good).
    pub rating: Option<u8>,
}

/// A ticket was resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketResolved {
    /// As it is now.
    pub ticket: Ticket,
    /// Who resolved it.
    pub actor: Actor,
}

/// Somebody asked to give a ticket to another agent, or to another department.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketAssignRequested {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who asked.
    pub actor: Actor,
    /// The department that is to have it; where it is left out, the one that has it.
    pub department: Option<Department>,
    /// The agent who is to have it; where it is left out, the department's.
    pub assignee_id: Option<UserId>,
    /// Why, for another department.
    pub reason: Option<String>,
}

/// A ticket was given to an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketAssigned {
    /// As it is now.
    pub ticket: Ticket,
    /// Who gave it; none when it was routed after its release.
    pub actor: Option<Actor>,
    /// Why, for another department.
    pub reason: Option<String>,
}

/// Somebody asked to close a ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketCloseRequested {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who asked.
    pub actor: Actor,
}

/// A ticket was closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketClosed {
    /// As it is now.
    pub ticket: Ticket,
    /// Who closed it.
    pub actor: Actor,
}

/// Somebody asked to open a resolved or closed ticket again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketReopenRequested {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who asked.
    pub actor: Actor,
}

/// A ticket is open again: somebody asked for it, or wrote a message to it when it was resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketReopened {
    /// As it is now.
    pub ticket: Ticket,
    /// Who opened it.
    pub actor: Actor,
}

/// An admin asked to let a flagged ticket go on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketReleaseRequested {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who asked.
    pub actor: Actor,
}

/// A flagged ticket goes on: it is to be routed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TicketReleased {
    /// What the requester asked for.
    pub draft: TicketDraft,
    /// Who released it.
    pub actor: Actor,
}

/// Somebody wrote a message. It is accepted when the event is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageSent {
    /// The id that the message will have.
    pub message_id: MessageId,
    /// The ticket and room.
    pub ticket_id: TicketId,
    /// Who wrote it.
    pub actor: Actor,
    /// At most 8,000 characters.
    pub content: String,
    /// Whether the bot wrote it.
    #[serde(rename = "isAI")]
    pub is_ai: bool,
    /// The sender's own id for it, which makes a resend harmless.
    pub client_message_id: Option<String>,
}

/// A message is in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageSaved {
    /// As it was saved.
    pub message: Message,
}

/// A message that was sent is not taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageRefused {
    /// The id that the message would have had.
    pub message_id: MessageId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// The sender's own id for it.
    pub client_message_id: Option<String>,
    /// Why.
    pub reason: Refusal,
}

/// Somebody read a ticket's chat up to a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageReadRequested {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who read.
    pub user_id: UserId,
    /// The last message that they read.
    pub seq: u64,
}

/// Somebody said whether an answer of the bot helped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageFeedbackRequested {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The bot's message.
    pub message_id: MessageId,
    /// Who says so.
    pub actor: Actor,
    /// Whether it helped.
    pub feedback: Feedback,
}

/// It is on record whether an answer of the bot helped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageFeedbackGiven {
    /// The message as it is now.
    pub message: Message,
    /// Who said so.
    pub actor: Actor,
}

/// Somebody asked for an article, or for a change of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArticleChangeRequested {
    /// The article.
    pub article_id: ArticleId,
    /// Who asked; none for one who imports a folder.
    pub actor: Option<Actor>,
    /// The version that the article must have, 0 for one that must not be there; where it is left out, any.
    pub version: Option<u64>,
    /// What it is to say; where it is left out, it stays as it is.
    pub draft: Option<ArticleDraft>,
    /// Whether it is to be shown; where it is left out, it stays as it is, and a new one is not shown.
    pub published: Option<bool>,
}

/// An article is shown, and answers may be found in it: since now, or it was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArticlePublished {
    /// As it is now. One with a lower version is older, whenever it comes.
    pub article: Article,
}

/// An article was made or changed and is not shown, or is shown no longer: no answer may be found in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArticleWithdrawn {
    /// As it is now. One with a lower version is older, whenever it comes.
    pub article: Article,
}

/// Somebody asked that every index of articles be made anew from the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ArticleReindexRequested {
    /// The request.
    #[schema(value_type = String, format = "uuid")]
    pub request_id: RequestId,
}

/// Somebody is to be told something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NotificationCreated {
    /// The notice.
    pub notification: Notification,
}

/// Somebody read a notice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NotificationReadRequested {
    /// The notice.
    pub notification_id: NotificationId,
    /// Who read it.
    pub user_id: UserId,
}

/// A webhook call was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookDelivered {
    /// The record.
    pub delivery: Delivery,
}

/// A webhook call was given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookFailed {
    /// The record.
    pub delivery: Delivery,
}

/// Somebody said whether an answer of the bot helped. Of what is said of one turn, the last counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BotFeedbackGiven {
    /// The conversation.
    pub session_id: BotSessionId,
    /// The turn in it, from 1.
    pub turn: u32,
    /// Who said so.
    pub user_id: UserId,
    /// Whether it helped.
    pub helpful: bool,
    /// What was asked.
    pub query: String,
    /// Whether the bot had an answer.
    pub answered: bool,
    /// The articles that the answer named.
    pub article_ids: Vec<ArticleId>,
}

/// An admin asked for an account. It carries a secret and so never reaches the event stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountCreateRequested {
    /// The account.
    pub user: User,
    /// What the password is checked against.
    #[schema(value_type = String)]
    pub password_hash: PasswordHash,
}

/// Somebody asked for a change of an account. It may carry a secret and so never reaches the event stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountChangeRequested {
    /// The account.
    pub user_id: UserId,
    /// Whether it is to be disabled; where it is left out, it stays as it is.
    pub disabled: Option<bool>,
    /// What the new password is checked against; where it is left out, the password stays.
    #[schema(value_type = Option<String>)]
    pub password_hash: Option<PasswordHash>,
}

/// An account was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditAccountCreated {
    /// The account.
    pub user: User,
}

/// An account was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditAccountChanged {
    /// As it is now.
    pub user: User,
    /// Whether it has a new password.
    pub password_changed: bool,
}

/// A login was ended, because its refresh token was used twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditSessionRevoked {
    /// The login.
    pub session_id: SessionId,
    /// Whose it was.
    pub user_id: UserId,
    /// Why.
    pub reason: String,
}

/// The desk's own internal listener took a webhook call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditWebhookReceived {
    /// The call's `webhook-id`.
    pub webhook_id: Uuid,
    /// What was told.
    pub hook: Hook,
    /// The ticket it was about.
    pub ticket_id: TicketId,
}
