//! What is said in a ticket's chat.

use contracts::{
    Envelope, Event, MessageId, Outcome, Status, Ticket, TicketId,
    chat::{FeedbackMark, Refused, RoomFrame},
    event::{
        MessageFeedbackGiven, MessageFeedbackRequested, MessageReadRequested, MessageRefused, MessageSaved,
        MessageSent, TicketReopened,
    },
    message::{Feedback, Message, Refusal},
};

use super::{
    Change, Persistence,
    change::{TRIES, contended, frames, notice, notice_id},
    lifecycle::{may_see, reopened},
    notices,
    store::{Appended, StoreError, TicketWrite, TicketWritten, Versioned},
};
use crate::runtime::{Effects, Failure};

impl Persistence {
    /// Gives a message its place, and tells the room; or refuses it, and tells its sender.
    pub(super) async fn say(&self, envelope: &Envelope<Change>, sent: &MessageSent) -> Result<Effects, Failure> {
        let message = message(envelope, sent);
        for _ in 0..TRIES {
            let Some(present) = self.store.ticket(sent.ticket_id).await? else {
                return Ok(refused(sent, Refusal::TicketNotFound));
            };
            let sees = may_see(&sent.actor, &present.value);
            let appended = if sees && matches!(present.value.status, Status::Open | Status::Assigned) {
                self.store.append_message(&message, present.version).await?
            } else if let Some(kept) = self.store.message(sent.ticket_id, sent.message_id).await? {
                Appended::earlier(kept, &message)
            } else if !sees {
                return Ok(refused(sent, Refusal::TicketNotFound));
            } else if present.value.status == Status::Closed {
                return Ok(refused(sent, Refusal::TicketClosed));
            } else if let Some(effects) = self.reopen_by(envelope, sent, &message, &present).await? {
                return Ok(effects);
            } else {
                Appended::Stale
            };
            match appended {
                Appended::New(kept) => return Ok(Effects { first: true, ..saved(kept) }),
                Appended::Same(kept) => return Ok(self.told_again(envelope, sent, kept, present.value).await?),
                Appended::Conflict => return Ok(refused(sent, Refusal::ClientMessageIdReused)),
                Appended::Stale => {}
            }
        }
        Err(contended())
    }

    /// A message to a resolved ticket opens it again in the step that saves the message. None when another event
    /// changed the ticket first.
    async fn reopen_by(
        &self,
        envelope: &Envelope<Change>,
        sent: &MessageSent,
        message: &Message,
        present: &Versioned<Ticket>,
    ) -> Result<Option<Effects>, StoreError> {
        let ticket = Ticket { updated_at: envelope.time, ..reopened(&present.value) };
        let write = TicketWrite {
            expected: present.version,
            ticket: Some(ticket.clone()),
            messages: vec![message.clone(), notice(envelope, sent.ticket_id, notices::reopened_by_message())],
            ticket_id: sent.ticket_id,
            event: envelope.id.clone(),
            outcome: Outcome::TicketChanged { ticket: ticket.clone() },
            at: envelope.time,
        };
        let TicketWritten::Written(messages) = self.store.write_ticket(write).await? else { return Ok(None) };
        let saved = messages.first().cloned().map(|message| Event::from(MessageSaved { message }));
        let reopened = TicketReopened { ticket: ticket.clone(), actor: sent.actor.clone() };
        Ok(Some(Effects {
            frames: frames(messages, Some(ticket)),
            events: saved.into_iter().chain([reopened.into()]).collect(),
            outcome: None,
            first: true,
        }))
    }

    /// What follows from a message that is there already: everything, when this very event saved it; or else its sender
    /// sent it again, and the room alone is told.
    async fn told_again(
        &self,
        envelope: &Envelope<Change>,
        sent: &MessageSent,
        kept: Message,
        present: Ticket,
    ) -> Result<Effects, StoreError> {
        if kept.timestamp != envelope.time {
            return Ok(Effects { frames: frames([kept], None), ..Effects::none() });
        }
        let Some(Outcome::TicketChanged { ticket }) = self.store.applied(present.id, &envelope.id).await? else {
            return Ok(saved(kept));
        };
        let notice = self.store.message(present.id, notice_id(&envelope.id)).await?;
        let reopened = TicketReopened { ticket, actor: sent.actor.clone() };
        Ok(Effects {
            frames: frames([kept.clone()].into_iter().chain(notice), Some(present)),
            events: vec![MessageSaved { message: kept }.into(), reopened.into()],
            ..Effects::none()
        })
    }

    pub(super) async fn read(&self, request: &MessageReadRequested) -> Result<Effects, Failure> {
        self.store.mark_read(request.ticket_id, request.user_id, request.seq).await?;
        Ok(Effects::none())
    }

    pub(super) async fn give_feedback(
        &self,
        envelope: &Envelope<Change>,
        request: &MessageFeedbackRequested,
    ) -> Result<Effects, Failure> {
        let MessageFeedbackRequested { ticket_id, message_id, actor, feedback } = request;
        let present = self.store.ticket(*ticket_id).await?;
        if !present.is_some_and(|present| may_see(actor, &present.value)) {
            return Ok(Effects::outcome(Outcome::MessageNotFound));
        }
        let changed = self.store.set_feedback(*ticket_id, *message_id, *feedback, envelope.time).await?;
        let Some(message) = changed else { return Ok(Effects::outcome(Outcome::MessageNotFound)) };
        let mark = FeedbackMark { ticket_id: *ticket_id, message_id: *message_id, feedback: message.feedback };
        let given = MessageFeedbackGiven { message: message.clone(), actor: actor.clone() };
        Ok(Effects {
            frames: vec![(*ticket_id, RoomFrame::Feedback(mark))],
            ..Effects::event(given).with_outcome(Outcome::MessageChanged { message })
        })
    }
}

fn message(envelope: &Envelope<Change>, sent: &MessageSent) -> Message {
    Message {
        id: sent.message_id,
        seq: 0,
        ticket_id: sent.ticket_id,
        sender_id: sent.actor.user_id,
        sender_role: sent.actor.role.into(),
        content: sent.content.clone(),
        is_ai: sent.is_ai,
        feedback: Feedback::None,
        timestamp: envelope.time,
        client_message_id: sent.client_message_id.clone(),
    }
}

/// The room sees the message.
fn saved(message: Message) -> Effects {
    Effects { frames: frames([message.clone()], None), ..Effects::event(MessageSaved { message }) }
}

/// The sender, and whoever looks at the events, hear that the message is not taken.
pub(super) fn refused(sent: &MessageSent, reason: Refusal) -> Effects {
    let (ticket_id, id): (TicketId, MessageId) = (sent.ticket_id, sent.message_id);
    let event = MessageRefused {
        message_id: id,
        ticket_id,
        sender_id: sent.actor.user_id,
        client_message_id: sent.client_message_id.clone(),
        reason,
    };
    Effects { frames: vec![(ticket_id, RoomFrame::Refused(Refused { id, reason }))], ..Effects::event(event) }
}
