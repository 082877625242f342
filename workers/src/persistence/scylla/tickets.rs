//! Tickets one by one, and what changed them.

use contracts::{EventId, Outcome, Ticket, TicketId, message::Message};
use uuid::Uuid;

use super::{
    db::{Db, TRIES},
    lists::{self, Before},
    partition::{self, ABSENT, Change, State, section},
    read_marks,
    rows::number,
};
use crate::persistence::store::{StoreError, TicketWrite, TicketWritten, Versioned};

/// A ticket with its version and its last place.
pub(super) struct Found {
    pub(super) ticket: Ticket,
    pub(super) state: State,
}

pub(super) async fn find(db: &Db, id: TicketId) -> Result<Option<Found>, StoreError> {
    type Columns = (Uuid, Option<i64>, Option<i64>, Option<String>);
    let row: Option<Columns> = db.first(&db.run.ticket, (id.uuid(),)).await?;
    // A ticket that is not there has a partition when a request about it is on record.
    let Some((_, version, last_seq, Some(json))) = row else { return Ok(None) };
    let state = State { version: number(version), last_seq: number(last_seq) };
    Ok(Some(Found { ticket: db.decode(&json)?, state }))
}

pub(super) async fn get(db: &Db, id: TicketId) -> Result<Option<Versioned<Ticket>>, StoreError> {
    Ok(find(db, id).await?.map(|found| Versioned { value: found.ticket, version: found.state.version }))
}

/// Who finds an event applied does again what follows from it: its first run may have ended before the lists were
/// written, and nobody else would write them.
pub(super) async fn applied(db: &Db, ticket: TicketId, event: &EventId) -> Result<Option<Outcome>, StoreError> {
    let key = (ticket.uuid(), section::CHANGES, event.as_str());
    let Some((Some(json),)) = db.first::<(Option<String>,)>(&db.run.body, key).await? else { return Ok(None) };
    if let Some(found) = find(db, ticket).await? {
        lists::write(db, &found.ticket, found.state.version, Before::Unknown).await?;
    }
    db.decode(&json).map(Some)
}

pub(super) async fn write(db: &Db, write: &TicketWrite) -> Result<TicketWritten, StoreError> {
    check(write).map_err(|problem| db.nodes.failed(problem))?;
    let mut turn = db.tickets.take(write.ticket_id).await;
    for _ in 0..TRIES {
        let found = if write.expected == 0 { None } else { find(db, write.ticket_id).await? };
        let before = found.as_ref().map_or(ABSENT, |found| found.state);
        if before.version != write.expected {
            return Ok(TicketWritten::Stale);
        }
        let messages = placed(&write.messages, before.last_seq);
        let change = Change {
            ticket_id: write.ticket_id,
            before,
            ticket: write.ticket.as_ref(),
            event: Some((&write.event, &write.outcome)),
            messages: &messages,
        };
        if partition::make(db, &change).await? {
            let last_seq = messages.last().map_or(before.last_seq, |message| message.seq);
            turn.remember(State { version: write.expected + u64::from(write.ticket.is_some()), last_seq });
            drop(turn);
            if let Some(ticket) = &write.ticket {
                let before = found.as_ref().map_or(Before::Nowhere, |found| Before::At(&found.ticket));
                lists::write(db, ticket, write.expected + 1, before).await?;
            }
            for message in &messages {
                read_marks::follow(db, message).await?;
            }
            return Ok(TicketWritten::Written(messages));
        }
        // A message that came between is no reason to give up.
        let now = partition::state(db, write.ticket_id).await?;
        if now.version != write.expected || now.last_seq == before.last_seq {
            return Ok(TicketWritten::Stale);
        }
    }
    Err(db.nodes.unavailable("messages came between each time"))
}

/// What no state of the store allows.
fn check(write: &TicketWrite) -> Result<(), &'static str> {
    if write.ticket.as_ref().is_some_and(|ticket| ticket.id != write.ticket_id) {
        return Err("a ticket and its record have different ids");
    }
    if write.messages.iter().any(|message| message.ticket_id != write.ticket_id) {
        return Err("a message and its record have different tickets");
    }
    if write.ticket.is_none() && write.expected == 0 && !write.messages.is_empty() {
        return Err("a ticket that is not there takes no messages");
    }
    Ok(())
}

/// Messages with the places behind the last one.
pub(super) fn placed(messages: &[Message], last_seq: u64) -> Vec<Message> {
    messages.iter().zip(last_seq + 1..).map(|(message, seq)| Message { seq, ..message.clone() }).collect()
}
