//! Posting a message over HTTP.

use std::time::Duration;

use contracts::{
    Actor, MessageId, Status, TicketId,
    chat::{Chat, ServerFrame},
    message::{Message, Refusal},
    query::GetMessage,
    trace::TraceParent,
};
use platform::broker::Broker;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

use super::{
    draft::{Draft, Sent},
    rooms::Guest,
    told::{Told, fingerprint},
    upgrade::enter,
};
use crate::{problem::Problem, state::State};

/// How often a message is looked for while a request waits, in case word of it was lost with the connection.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long a room may take to open before the message is sent without hearing what happens there.
const OPENING: Duration = Duration::from_secs(1);

/// What became of a message that was posted.
#[derive(Debug)]
pub(crate) enum Posted {
    /// It is in the store.
    Saved(Message),
    /// It was not taken.
    Refused(Refusal),
    /// It is on disk and will be in the store; the time to wait was over first.
    Processing(MessageId),
}

/// Posts a message to a ticket's room as a chat frame does, and waits up to `ingress.wait_seconds` until it is saved.
///
/// Its problems are those of the message's form (422, with the field), the 404 of a ticket that `actor` may not see,
/// and 503.
pub(crate) async fn post(
    state: &State,
    actor: &Actor,
    ticket_id: TicketId,
    chat: Chat,
    trace: TraceParent,
) -> Result<Posted, Problem> {
    let deadline = Instant::now() + state.config.ingress.wait();
    let ticket = enter(state, ticket_id, actor).await?;
    let draft = Draft::new(chat, ticket_id, actor)?;
    let sent = Awaited { broker: &state.broker, ticket_id, id: draft.id(), fingerprint: fingerprint(draft.content()) };
    let over = state.chats.stop.child_token();
    let guest = Guest { actor: actor.clone(), visible: false, over };
    let (_membership, mut inbox) = state.chats.rooms.join(ticket_id, guest);
    // The first thing that is told is that the room is open.
    let _ = timeout(OPENING, inbox.recv()).await;
    match Box::pin(draft.send(&state.broker, ticket.status == Status::Closed, trace)).await {
        Sent::Saved(message) => Ok(Posted::Saved(message)),
        Sent::Refused(refusal) => Ok(Posted::Refused(refusal)),
        Sent::Failed(problem) => Err(problem),
        Sent::OnDisk => Ok(saved(sent, inbox, deadline).await),
    }
}

/// What becomes of a message that is on disk.
async fn saved(sent: Awaited<'_>, mut inbox: mpsc::Receiver<Told>, deadline: Instant) -> Posted {
    loop {
        let next = deadline.min(Instant::now() + LOOK_AGAIN);
        if let Ok(posted) = timeout_at(next, sent.word(&mut inbox)).await {
            return posted;
        }
        // What is on disk is accepted, whether or not it can be looked up now.
        let question = GetMessage { ticket_id: sent.ticket_id, message_id: sent.id };
        if let Ok(Some(message)) = sent.broker.ask(&question).await {
            return sent.posted(message);
        }
        if Instant::now() >= deadline {
            return Posted::Processing(sent.id);
        }
    }
}

/// A message whose word is awaited.
struct Awaited<'a> {
    broker: &'a Broker,
    ticket_id: TicketId,
    id: MessageId,
    fingerprint: u64,
}

impl Awaited<'_> {
    /// What the room tells of it.
    async fn word(&self, inbox: &mut mpsc::Receiver<Told>) -> Posted {
        while let Some(told) = inbox.recv().await {
            match told {
                Told::Refused(refused) if refused.id == self.id => return Posted::Refused(refused.reason),
                Told::Chat(saved) if saved.id == self.id => {
                    if let Ok(ServerFrame::Chat(message)) = serde_json::from_str(&saved.text) {
                        return self.posted(message);
                    }
                }
                _ => {}
            }
        }
        std::future::pending().await
    }

    /// What it came to when this is in the store under its id.
    fn posted(&self, message: Message) -> Posted {
        if fingerprint(&message.content) == self.fingerprint {
            Posted::Saved(message)
        } else {
            Posted::Refused(Refusal::ClientMessageIdReused)
        }
    }
}
