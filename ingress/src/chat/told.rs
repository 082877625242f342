//! What is heard in a room, and what its members are told.

use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use axum::{body::Bytes, extract::ws::Utf8Bytes};
use contracts::{
    MessageId, Ticket, TicketId,
    chat::{Attendance, Refused, RoomFrame, ServerFrame},
    message::Message,
};
use futures::FutureExt;
use platform::broker::Broker;
use serde::Deserialize;

/// A message that is in the store, written once for everybody.
#[derive(Debug)]
pub(super) struct Saved {
    pub(super) id: MessageId,
    pub(super) seq: u64,
    /// Tells one content from another.
    pub(super) fingerprint: u64,
    /// The frame.
    pub(super) text: Utf8Bytes,
}

impl From<Message> for Saved {
    fn from(message: Message) -> Self {
        let (id, seq, fingerprint) = (message.id, message.seq, fingerprint(&message.content));
        Self { id, seq, fingerprint, text: write(&ServerFrame::Chat(message)) }
    }
}

/// What a member is told.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// From here on the member hears everything; this was the last message before.
    Joined { last: u64 },
    /// A message is in the store.
    Chat(Arc<Saved>),
    /// What goes to the client as it is.
    Frame(Utf8Bytes),
    /// A message is not taken; for its sender.
    Refused(Refused),
}

/// What is heard in a room.
pub(super) enum Heard {
    Chat(Saved),
    Ticket(Box<Ticket>, Utf8Bytes),
    /// What goes to the members as it is.
    Frame(Utf8Bytes),
    Refused(Refused),
    Attendance(Attendance),
}

/// As much of a frame as its way depends on.
#[derive(Deserialize)]
struct Glance<'a> {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    id: Option<MessageId>,
    #[serde(default)]
    seq: Option<u64>,
    #[serde(default, borrow)]
    content: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Chat,
    Typing,
    Read,
    Ticket,
    Feedback,
    Refused,
    Attendance,
}

/// Reads what was published in a room; none when it is no frame of this version.
pub(super) fn hear(payload: Bytes) -> Option<Heard> {
    let Glance { kind, id, seq, content } = serde_json::from_slice(&payload).ok()?;
    let frame = |payload: Bytes| Utf8Bytes::try_from(payload).ok();
    match kind {
        Kind::Chat => {
            let fingerprint = fingerprint(&content?);
            Some(Heard::Chat(Saved { id: id?, seq: seq?, fingerprint, text: frame(payload)? }))
        }
        Kind::Typing | Kind::Read | Kind::Feedback => frame(payload).map(Heard::Frame),
        Kind::Ticket | Kind::Refused | Kind::Attendance => match serde_json::from_slice(&payload).ok()? {
            RoomFrame::Ticket(state) => Some(Heard::Ticket(Box::new(state.ticket), frame(payload)?)),
            RoomFrame::Refused(refused) => Some(Heard::Refused(refused)),
            RoomFrame::Attendance(attendance) => Some(Heard::Attendance(attendance)),
            _ => None,
        },
    }
}

/// Tells one content from another.
pub(super) fn fingerprint(content: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

/// A frame as text.
pub(super) fn write(frame: &ServerFrame) -> Utf8Bytes {
    serde_json::to_string(frame).unwrap_or_default().into()
}

/// Tells a room without waiting: while the broker is away and its queue is full, the frame is lost. For what is worth
/// nothing later.
pub(super) fn tell(broker: &Broker, ticket: TicketId, frame: &RoomFrame) {
    let told = tokio::task::unconstrained(broker.tell_room(ticket, frame)).now_or_never();
    if !matches!(told, Some(Ok(()))) {
        tracing::debug!(%ticket, "a frame did not leave for its room");
    }
}

#[cfg(test)]
mod tests {
    use contracts::{
        UserId,
        chat::Typing,
        clock,
        message::{Feedback, Refusal, SenderRole},
    };

    use super::*;

    fn payload(frame: &RoomFrame) -> Bytes {
        serde_json::to_vec(frame).unwrap().into()
    }

    #[test]
    fn what_members_see_is_what_was_published() {
        let message = Message {
            id: MessageId::new(),
            seq: 7,
            ticket_id: TicketId::new(),
            sender_id: UserId::new(),
            sender_role: SenderRole::User,
            content: "Grüße \"dort\"\n".to_owned(),
            is_ai: false,
            feedback: Feedback::None,
            timestamp: clock::now(),
            client_message_id: Some("a".to_owned()),
        };
        let published = payload(&RoomFrame::Chat(message.clone()));
        let Some(Heard::Chat(heard)) = hear(published.clone()) else { panic!("no chat") };
        assert_eq!((heard.id, heard.seq, heard.text.as_bytes()), (message.id, 7, &*published));
        // A message that was looked up reads the same.
        let looked_up = Saved::from(message);
        assert_eq!((looked_up.text, looked_up.fingerprint), (heard.text, heard.fingerprint));

        let typing = Typing { ticket_id: TicketId::new(), sender_id: UserId::new(), sender_role: SenderRole::Agent };
        let published = payload(&RoomFrame::Typing(typing));
        assert!(matches!(hear(published.clone()), Some(Heard::Frame(text)) if text.as_bytes() == published));
    }

    #[test]
    fn what_is_not_for_clients_does_not_pass_as_such() {
        let refused = Refused { id: MessageId::new(), reason: Refusal::TicketClosed };
        assert!(matches!(hear(payload(&RoomFrame::Refused(refused))), Some(Heard::Refused(heard)) if heard == refused));
        for text in ["", "{}", "[]", r#"{"type":"chat"}"#, r#"{"type":"other"}"#, r#"{"type":"refused"}"#] {
            assert!(hear(Bytes::from_static(text.as_bytes())).is_none(), "{text}");
        }
    }
}
