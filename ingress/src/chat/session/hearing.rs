//! What a client sends.

use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, close_code};
use contracts::{
    Envelope, RequestId,
    chat::{ClientFrame, Empty, ReadMark, RoomFrame, ServerFrame, Typing},
    event::MessageReadRequested,
    message::SenderRole,
    trace::TraceParent,
};
use tokio::time::Instant;

use super::{
    Session,
    ending::{End, broken},
};
use crate::{
    chat::{
        draft::Draft,
        frame,
        limit::Verdict,
        told::{tell, write},
    },
    problem::Problem,
};

/// How often one session's mark is put on record.
const READ_EVERY: Duration = Duration::from_secs(1);

/// How far the client's person has read.
#[derive(Default)]
pub(super) struct Read {
    /// As the room was told.
    pub(super) told: u64,
    /// As was put on record.
    pub(super) recorded: u64,
    /// When the next mark may be.
    pub(super) next_at: Option<Instant>,
}

impl Session {
    /// Takes what the client sends.
    pub(super) fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let message = match message {
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(broken(&error)),
        };
        self.heard = Instant::now();
        match (self.limit.count(self.heard), message) {
            (Verdict::Flood, _) => return Err(End::Close(close_code::POLICY, "too many frames")),
            (Verdict::Take, Message::Text(text)) => self.frame(&text),
            (Verdict::Refuse, Message::Text(text)) => {
                self.refuse(&Problem::too_many_frames(), frame::client_message_id(&text));
            }
            (_, Message::Binary(_)) => self.refuse(&Problem::invalid_field("frame", "must be text, not binary"), None),
            (_, Message::Ping(_) | Message::Pong(_) | Message::Close(_)) => {}
        }
        Ok(())
    }

    fn frame(&mut self, text: &Utf8Bytes) {
        match frame::read(text) {
            Ok(ClientFrame::Chat(chat)) => {
                let client_message_id = chat.client_message_id.clone().filter(|id| frame::is_short(id));
                let draft = Draft::new(chat, self.ticket_id, &self.login.actor);
                let pushed = draft.and_then(|draft| self.outbox.push(draft, self.room.is_closed()));
                if let Err(problem) = pushed {
                    self.refuse(&problem, client_message_id);
                }
            }
            Ok(ClientFrame::Typing(_)) => {
                let (sender_id, sender_role) = (self.login.actor.user_id, SenderRole::from(self.login.actor.role));
                let typing = Typing { ticket_id: self.ticket_id, sender_id, sender_role };
                tell(&self.state.broker, self.ticket_id, &RoomFrame::Typing(typing));
            }
            Ok(ClientFrame::Read(read)) => self.has_read(read.seq),
            Ok(ClientFrame::Resume(resume)) => self.resume(resume.after_seq),
            Ok(ClientFrame::Ping(_)) => self.out.push(Message::Text(write(&ServerFrame::Pong(Empty {})))),
            Err(unread) => self.refuse(&unread.problem, unread.client_message_id),
        }
    }

    fn resume(&mut self, after_seq: u64) {
        if self.inbox.is_none() {
            self.inbox = Some(self.room.rejoin());
        }
        self.cursor = Some(after_seq);
        // What was asked for goes on from another place.
        self.page = None;
        self.ask(Duration::ZERO);
    }

    /// Nobody has read more than there is.
    fn has_read(&mut self, seq: u64) {
        let seq = seq.min(self.known.max(self.room.last()));
        if seq > self.read.told {
            self.read.told = seq;
            let mark = ReadMark { ticket_id: self.ticket_id, user_id: self.login.actor.user_id, seq };
            tell(&self.state.broker, self.ticket_id, &RoomFrame::Read(mark));
            self.record_read(Instant::now(), false);
        }
    }

    /// Puts the mark on record, when it is time to or when it is the last.
    pub(super) fn record_read(&mut self, now: Instant, last: bool) {
        let seq = self.read.told;
        if seq == self.read.recorded || (!last && self.read.next_at.is_some_and(|at| now < at)) {
            return;
        }
        self.read.recorded = seq;
        self.read.next_at = Some(now + READ_EVERY);
        let (ticket_id, user_id, broker) = (self.ticket_id, self.login.actor.user_id, self.state.broker.clone());
        self.state.chats.tracker.spawn(async move {
            let event = MessageReadRequested { ticket_id, user_id, seq };
            let envelope = Envelope::of_request(event.into(), RequestId::new(), TraceParent::start());
            if let Err(error) = broker.publish(&envelope).await {
                tracing::warn!(%ticket_id, %error, "how far somebody has read is not on record");
            }
        });
    }
}
