//! Turns of the writers of one process, so that they do not refuse each other's conditional writes.

use contracts::TicketId;
use tokio::sync::{Mutex, MutexGuard};

use super::partition::State;

/// Tickets that can be written to at once; two that share a turn wait for each other.
const TURNS: u128 = 4_096;

/// The turns of all tickets.
pub(super) struct Turns(Vec<Mutex<Remembered>>);

/// The ticket that had a turn last, as it was then. Another process may have changed it since; a write that counts on
/// it is refused then.
type Remembered = Option<(TicketId, State)>;

/// The turn to write to a ticket.
pub(super) struct Turn<'t> {
    ticket: TicketId,
    remembered: MutexGuard<'t, Remembered>,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self((0..TURNS).map(|_| Mutex::default()).collect())
    }

    /// Waits for the turn to write to a ticket.
    pub(super) async fn take(&self, ticket: TicketId) -> Turn<'_> {
        // The last bits of an id are drawn.
        let turn = usize::try_from(ticket.uuid().as_u128() % TURNS).unwrap_or_default();
        Turn { ticket, remembered: self.0[turn].lock().await }
    }
}

impl Turn<'_> {
    /// The ticket as it was when this process last had the turn, where that is remembered.
    pub(super) fn recall(&mut self) -> Option<State> {
        self.remembered.take().filter(|(ticket, _)| *ticket == self.ticket).map(|(_, state)| state)
    }

    /// Keeps how the ticket is now.
    pub(super) fn remember(&mut self, state: State) {
        *self.remembered = Some((self.ticket, state));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn the_last_ticket_of_a_turn_is_remembered_once() {
        let turns = Turns::new();
        let state = State { version: 3, last_seq: 7 };
        let ticket = TicketId::new();
        let sharing = TicketId::from(Uuid::from_u128(ticket.uuid().as_u128() ^ (1 << 100)));
        turns.take(ticket).await.remember(state);
        assert_eq!(turns.take(ticket).await.recall(), Some(state));
        assert_eq!(turns.take(ticket).await.recall(), None);
        turns.take(ticket).await.remember(state);
        assert_eq!(turns.take(sharing).await.recall(), None);
        assert_eq!(turns.take(ticket).await.recall(), None);
    }
}
