//! Messages that a room missed, looked up in the store.

use std::{sync::Arc, time::Duration};

use contracts::{
    chat::{ServerFrame, TicketState},
    query::{self, GetRoom},
};
use futures::{FutureExt, future::BoxFuture};
use platform::broker::AskError;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Room, people::Announce};
use crate::chat::{
    PAGE,
    told::{Told, write},
};

/// How often a room looks whether it missed something without knowing.
pub(super) const LOOK: Duration = Duration::from_mins(1);
/// After an interruption rooms ask within this time, not all at once.
const SPREAD: Duration = Duration::from_millis(300);
/// The wait before a question that got no answer, and before one whose answer did not bring what is known to be there.
const AGAIN: Duration = Duration::from_secs(1);
pub(super) const BEHIND: Duration = Duration::from_millis(100);

pub(super) type Answer = Result<Option<query::Room>, AskError>;

impl Room {
    /// Asks for what follows the last message, and for the ticket as it is, unless that is under way.
    pub(super) fn ask(&mut self) {
        if self.asking.is_some() {
            return;
        }
        let (broker, ticket_id, after_seq) = (self.rooms.broker().clone(), self.ticket_id, self.last);
        self.changed = false;
        self.ask_at = Instant::now() + LOOK;
        let question = GetRoom { ticket_id, after_seq, limit: PAGE };
        self.asking = Some(async move { broker.ask(&question).await }.boxed());
    }

    /// Hands out what was missed. Whose right has ended in the meantime does not get it.
    pub(super) fn take(&mut self, answer: Answer) {
        match answer {
            Ok(Some(found)) => {
                let query::Room { ticket, last_seq, messages, .. } = found;
                if !self.changed {
                    self.change(&ticket, || write(&ServerFrame::Ticket(TicketState { ticket: ticket.clone() })));
                }
                self.known = self.known.max(last_seq);
                let before = self.last;
                for message in messages {
                    if message.seq > self.last {
                        self.last = message.seq;
                        self.hand_out(&Told::Chat(Arc::new(message.into())));
                    }
                }
                self.share();
                if self.last < self.known {
                    if self.last > before {
                        self.ask();
                    } else {
                        self.ask_at = Instant::now() + BEHIND;
                    }
                }
            }
            Ok(None) => {
                for seat in &std::mem::take(&mut self.members) {
                    self.expel(seat);
                }
            }
            Err(error) => {
                tracing::warn!(ticket_id = %self.ticket_id, %error, "a room cannot look what it missed; trying again");
                self.ask_at = Instant::now() + AGAIN;
            }
        }
    }

    /// Frames may have been lost, from here and to here.
    pub(super) fn interrupted(&mut self) {
        let random = Uuid::new_v4().as_u64_pair().0 % 256;
        let wait = SPREAD * u32::try_from(random).unwrap_or_default() / 256;
        self.ask_at = self.ask_at.min(Instant::now() + wait);
        self.announce = Announce { again: true, asks: true };
        self.settle_soon();
    }
}

/// The answer to the question under way, if there is one.
pub(super) async fn answered(asking: &mut Option<BoxFuture<'static, Answer>>) -> Answer {
    let Some(question) = asking else { return std::future::pending().await };
    let answer = question.await;
    *asking = None;
    answer
}
