//! One event applied to one ticket: on the condition of the ticket's present state, and recorded with the event, so that
//! the event has one effect however often it comes.

use contracts::{
    Envelope, Event, EventId, MessageId, Outcome, Ticket, TicketId, UserId,
    chat::{RoomFrame, TicketState},
    message::{Feedback, Message, SenderRole},
};

use super::{
    Change, Persistence,
    store::{TicketWrite, TicketWritten},
};
use crate::runtime::{Effects, Failure};

/// Another event changed the ticket each time that this one tried to.
#[derive(Debug, thiserror::Error)]
#[error("the ticket changed {0} times while one change was tried")]
struct Contended(u32);

/// How often a change is decided anew because another came first.
pub(super) const TRIES: u32 = 16;

/// The failure of an event that another one overtook in each try.
pub(super) fn contended() -> Failure {
    Failure::Failed(Contended(TRIES).into())
}

/// What an event makes of a ticket.
#[derive(Clone)]
pub(super) struct Decision {
    /// What the ticket becomes, if it changes.
    pub(super) ticket: Option<Ticket>,
    /// What was said to the bot before the ticket was raised: its first messages.
    pub(super) conversation: Vec<Message>,
    /// What the desk says of it in the ticket's chat.
    pub(super) notice: Option<String>,
    /// How the request ends.
    pub(super) outcome: Outcome,
}

impl Decision {
    /// The ticket stays as it is.
    pub(super) fn nothing(outcome: Outcome) -> Self {
        Self { ticket: None, conversation: Vec::new(), notice: None, outcome }
    }

    /// The ticket becomes this, and the chat hears of it.
    pub(super) fn change(ticket: Ticket, notice: String) -> Self {
        let outcome = Outcome::TicketChanged { ticket: ticket.clone() };
        Self { ticket: Some(ticket), conversation: Vec::new(), notice: Some(notice), outcome }
    }
}

/// What an event made of a ticket, now or in an earlier try.
pub(super) struct Changed {
    /// How the request ended.
    pub(super) outcome: Outcome,
    /// What was said before the ticket was raised, with its places.
    pub(super) conversation: Vec<Message>,
    /// What the desk said of it in the ticket's chat.
    pub(super) notice: Option<Message>,
    /// The ticket as it is now.
    present: Option<Ticket>,
    /// Whether this try made it.
    pub(super) first: bool,
}

impl Changed {
    /// The ticket as it became, where it was changed as asked.
    pub(super) fn ticket(&self) -> Option<Ticket> {
        match &self.outcome {
            Outcome::TicketChanged { ticket } => Some(ticket.clone()),
            _ => None,
        }
    }

    /// The room hears what was and is said, and how the ticket is now.
    pub(super) fn effects(self, event: Option<Event>) -> Effects {
        let state = self.ticket().and(self.present);
        Effects {
            frames: frames(self.conversation.into_iter().chain(self.notice), state),
            events: event.into_iter().collect(),
            outcome: Some(self.outcome),
            first: self.first,
        }
    }
}

impl Persistence {
    /// Applies an event to a ticket: `decide` says from the present ticket what becomes of it. An event that was
    /// applied before ends as it did then.
    pub(super) async fn change(
        &self,
        envelope: &Envelope<Change>,
        id: TicketId,
        decide: impl Fn(Option<&Ticket>) -> Decision,
    ) -> Result<Changed, Failure> {
        for attempt in 0..TRIES {
            let look = attempt > 0 || !begins(envelope, id);
            let present = if look {
                if let Some(outcome) = self.store.applied(id, &envelope.id).await? {
                    let notice = self.store.message(id, notice_id(&envelope.id)).await?;
                    let present = self.store.ticket(id).await?.map(|found| found.value);
                    return Ok(Changed { outcome, conversation: Vec::new(), notice, present, first: false });
                }
                self.store.ticket(id).await?
            } else {
                None
            };
            let (expected, present) = present.map_or((0, None), |found| (found.version, Some(found.value)));
            let Decision { ticket, conversation, notice, outcome } = decide(present.as_ref());
            let said_before = conversation.len();
            let notice = notice.map(|content| self::notice(envelope, id, content));
            let write = TicketWrite {
                expected,
                ticket: ticket.clone(),
                messages: conversation.into_iter().chain(notice).collect(),
                ticket_id: id,
                event: envelope.id.clone(),
                outcome: outcome.clone(),
                at: envelope.time,
            };
            if let TicketWritten::Written(mut conversation) = self.store.write_ticket(write).await? {
                let notice = conversation.split_off(said_before).pop();
                return Ok(Changed { outcome, conversation, notice, present: ticket.or(present), first: true });
            }
        }
        Err(contended())
    }
}

/// Whether this is the first event of a ticket, as a rule: it is written without a look.
pub(super) fn begins(envelope: &Envelope<Change>, id: TicketId) -> bool {
    matches!(envelope.event, Change::TicketRouted(_) | Change::TicketFlagged(_))
        && envelope.id.request().is_some_and(|request| request.uuid() == id.uuid())
}

/// The id of what the desk says of an event.
pub(super) fn notice_id(event: &EventId) -> MessageId {
    MessageId::derived(&["notice", event.as_str()])
}

/// What the desk says of an event in a ticket's chat.
pub(super) fn notice(envelope: &Envelope<Change>, ticket_id: TicketId, content: String) -> Message {
    Message {
        id: notice_id(&envelope.id),
        seq: 0,
        ticket_id,
        sender_id: UserId::SYSTEM,
        sender_role: SenderRole::System,
        content,
        is_ai: false,
        feedback: Feedback::None,
        timestamp: envelope.time,
        client_message_id: None,
    }
}

/// What a room hears of messages and of a ticket that changed.
pub(super) fn frames(messages: impl IntoIterator<Item = Message>, state: Option<Ticket>) -> Vec<(TicketId, RoomFrame)> {
    let messages = messages.into_iter().map(|message| (message.ticket_id, RoomFrame::Chat(message)));
    let state = state.map(|ticket| (ticket.id, RoomFrame::Ticket(TicketState { ticket })));
    messages.chain(state).collect()
}
