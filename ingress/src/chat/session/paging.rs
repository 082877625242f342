//! Messages that a client misses, looked up in the store.

use std::{future::pending, time::Duration};

use axum::extract::ws::Message;
use contracts::query::{self, GetRoom};
use futures::{FutureExt, future::BoxFuture};

use super::{
    Session,
    ending::{End, no_access},
};
use crate::chat::{PAGE, told::Saved};

/// The waits before messages are asked for again: when the workers do not answer, and when the answer is behind.
const AGAIN: Duration = Duration::from_secs(1);
const BEHIND: Duration = Duration::from_millis(100);

impl Session {
    /// Asks for what follows the cursor, after a while.
    pub(super) fn ask(&mut self, wait: Duration) {
        if self.page.is_some() {
            return;
        }
        let (broker, ticket_id, after_seq) = (self.state.broker.clone(), self.ticket_id, self.cursor.unwrap_or(0));
        let question = async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            loop {
                match broker.ask(&GetRoom { ticket_id, after_seq, limit: PAGE }).await {
                    Ok(found) => return found,
                    Err(error) => tracing::warn!(%ticket_id, %error, "messages cannot be looked up; trying again"),
                }
                tokio::time::sleep(AGAIN).await;
            }
        };
        self.page = Some(question.boxed());
    }

    /// Takes the messages that were asked for.
    pub(super) fn turn_page(&mut self, found: Option<query::Room>) -> Result<(), End> {
        let Some(found) = found.filter(|room| self.login.actor.may_access(room.ticket.user_id, room.ticket.department))
        else {
            return Err(no_access());
        };
        self.known = self.known.max(found.last_seq);
        // Nobody has more than there is.
        let before = self.cursor.unwrap_or(0).min(found.last_seq);
        let mut cursor = before;
        for message in found.messages.into_iter().filter(|message| message.seq > before) {
            cursor = message.seq;
            let saved = Saved::from(message);
            let frames = self.outbox.saved(saved.id, saved.seq, saved.fingerprint);
            self.say(frames);
            self.out.push(Message::Text(saved.text));
        }
        self.cursor = Some(cursor);
        if cursor < self.known {
            self.ask(if cursor > before { Duration::ZERO } else { BEHIND });
        }
        Ok(())
    }
}

/// The messages that were asked for, if some were.
pub(super) async fn asked(page: &mut Option<BoxFuture<'static, Option<query::Room>>>) -> Option<query::Room> {
    let Some(question) = page else { return pending().await };
    let found = question.await;
    *page = None;
    found
}
