//! What is said over a chat's WebSocket, and in its room on the broker.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    MessageId, Role, Ticket, TicketId, UserId,
    message::{Feedback, Message, Refusal, SenderRole},
};

/// Bytes in a frame at most.
pub const FRAME_MAX: usize = 64 * 1024;

/// What a client says, as one JSON text frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// A message to the room. It is answered with `ack` or `error`.
    Chat(Chat),
    /// The client's person is writing. Not stored.
    Typing(Empty),
    /// The client's person has read up to a message.
    Read(ReadUpTo),
    /// The client has every message up to one, and wants the rest, in order and without a gap.
    Resume(ResumeAfter),
    /// Answered with `pong`.
    Ping(Empty),
}

/// A message as its sender gives it. What is left out is the session's own; what is there must be the session's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// The room's ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<String>,
    /// The session's user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<String>,
    /// The session's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_role: Option<String>,
    /// 1 to 8,000 characters.
    #[schema(min_length = 1, max_length = 8_000)]
    pub content: String,
    /// Always false: people are no bots.
    #[serde(default, rename = "isAI", skip_serializing_if = "Option::is_none")]
    pub is_ai: Option<bool>,
    /// Always `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Feedback>,
    /// The sender's own id for the message, 1 to 128 characters: sent again with it, it is one message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 128)]
    pub client_message_id: Option<String>,
}

/// Nothing beside the type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// How far somebody has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadUpTo {
    /// The last message that was read.
    pub seq: u64,
}

/// What a client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeAfter {
    /// The last message that it has; 0 for none.
    pub after_seq: u64,
}

/// What a client is told, as one JSON text frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// A message that is in the store. The `seq` of one connection's messages grows by one each time.
    Chat(Message),
    /// A message of this client is on disk, and will be in the room once.
    Ack(Ack),
    /// Somebody is writing.
    Typing(Typing),
    /// Somebody has read up to a message.
    Read(ReadMark),
    /// Who is in the room, whenever that changes.
    Presence(Presence),
    /// The ticket's state changed.
    Ticket(TicketState),
    /// Somebody said whether an answer of the bot helped.
    Feedback(FeedbackMark),
    /// A frame was not taken, or a message will not be.
    Error(FrameError),
    /// The client was too slow and missed something; it gets messages again once it sends `resume`.
    FullRefresh(FullRefresh),
    /// The answer to `ping`.
    Pong(Empty),
}

/// A message of this client is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ack {
    /// The client's own id for it.
    pub client_message_id: Option<String>,
    /// The message.
    pub id: MessageId,
    /// Its place in the ticket, once it is in the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

/// Somebody is writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Typing {
    /// The room.
    pub ticket_id: TicketId,
    /// Who.
    pub sender_id: UserId,
    /// As what.
    pub sender_role: SenderRole,
}

/// How far somebody has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadMark {
    /// The room.
    pub ticket_id: TicketId,
    /// Who.
    pub user_id: UserId,
    /// The last message that they read.
    pub seq: u64,
}

/// Who is in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Presence {
    /// The room.
    pub ticket_id: TicketId,
    /// Each person once, however many sockets they have.
    pub online: Vec<Person>,
}

/// Somebody in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub role: Role,
}

/// A ticket as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketState {
    /// The ticket.
    pub ticket: Ticket,
}

/// Whether an answer of the bot helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedbackMark {
    /// The room.
    pub ticket_id: TicketId,
    /// The bot's message.
    pub message_id: MessageId,
    /// What was said.
    pub feedback: Feedback,
}

/// A frame was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FrameError {
    /// Which problem, for programs; as in the problem details of HTTP.
    pub code: String,
    /// What is wrong and how to mend it, for people.
    pub detail: String,
    /// The message that it is about, if it is about one that has such an id.
    pub client_message_id: Option<String>,
}

/// A client was too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FullRefresh {
    /// The last message that was sent on this connection.
    pub after_seq: u64,
}

/// What is published in a room's subject. All but the last two go to the clients as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RoomFrame {
    /// A message is in the store.
    Chat(Message),
    /// Somebody is writing.
    Typing(Typing),
    /// Somebody has read up to a message.
    Read(ReadMark),
    /// The ticket's state changed.
    Ticket(TicketState),
    /// Somebody said whether an answer of the bot helped.
    Feedback(FeedbackMark),
    /// A message was not taken; for its sender alone.
    Refused(Refused),
    /// Who is in the room at one ingress process; for the others.
    Attendance(Attendance),
}

/// A message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The message.
    pub id: MessageId,
    /// Why.
    pub reason: Refusal,
}

/// Who is in a room at one ingress process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// The process: an id that it draws when it starts.
    pub process: Uuid,
    /// Everybody there; empty when the last one left.
    pub people: Vec<Person>,
    /// Whether the process has just opened the room and wants to hear of the others.
    pub asks: bool,
}
