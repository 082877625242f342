//! Messages of tickets.

use std::slice;

use chrono::{DateTime, Utc};
use contracts::{
    MessageId, TicketId,
    message::{Feedback, Message},
    query::{MessagePage, MessageRange},
};

use super::{
    db::{Db, TRIES},
    partition::{self, ABSENT, Change, State, section},
    read_marks,
    rows::{integer, micros},
    tickets::placed,
};
use crate::persistence::store::{Appended, StoreError};

/// A message as it was saved, and what was said of it later.
pub(super) type Columns = (Option<String>, Option<String>);

pub(super) async fn append(db: &Db, message: &Message, version: u64) -> Result<Appended, StoreError> {
    let mut turn = db.tickets.take(message.ticket_id).await;
    for _ in 0..TRIES {
        let before = match turn.recall() {
            Some(known) if known.version == version => known,
            _ => partition::state(db, message.ticket_id).await?,
        };
        if before == ABSENT {
            return Err(db.nodes.failed(format!("there is no ticket {}", message.ticket_id)));
        }
        if before.version == version {
            let messages = placed(slice::from_ref(message), before.last_seq);
            let change =
                Change { ticket_id: message.ticket_id, before, ticket: None, event: None, messages: &messages };
            if partition::make(db, &change).await? {
                let Some(message) = messages.into_iter().next() else { continue };
                turn.remember(State { last_seq: message.seq, ..before });
                read_marks::follow(db, &message).await?;
                return Ok(Appended::New(message));
            }
        }
        if let Some(kept) = earlier(db, message).await? {
            // Its first run may have ended before the mark was set.
            read_marks::follow(db, &kept).await?;
            return Ok(Appended::earlier(kept, message));
        }
        if before.version != version {
            return Ok(Appended::Stale);
        }
    }
    Err(db.nodes.unavailable("other messages came first each time"))
}

/// The message with this one's id, or with its sender's own id for it.
async fn earlier(db: &Db, message: &Message) -> Result<Option<Message>, StoreError> {
    let same_id = get(db, message.ticket_id, message.id).await?;
    let (None, Some(key)) = (&same_id, partition::client_key(message)) else { return Ok(same_id) };
    by_key(db, message.ticket_id, section::CLIENT_IDS, &key).await
}

pub(super) async fn get(db: &Db, ticket: TicketId, id: MessageId) -> Result<Option<Message>, StoreError> {
    by_key(db, ticket, section::MESSAGE_IDS, &id.to_string()).await
}

async fn by_key(db: &Db, ticket: TicketId, section: i8, key: &str) -> Result<Option<Message>, StoreError> {
    let place: Option<(Option<i64>,)> = db.first(&db.run.seq, (ticket.uuid(), section, key)).await?;
    let Some((Some(place),)) = place else { return Ok(None) };
    let row: Option<Columns> = db.first(&db.run.message, (ticket.uuid(), section::MESSAGES, place)).await?;
    row.map(|columns| from_row(db, columns)).transpose()
}

pub(super) async fn last_seq(db: &Db, ticket: TicketId) -> Result<u64, StoreError> {
    Ok(partition::state(db, ticket).await?.last_seq)
}

pub(super) async fn set_feedback(
    db: &Db,
    ticket: TicketId,
    id: MessageId,
    feedback: Feedback,
    at: DateTime<Utc>,
) -> Result<Option<Message>, StoreError> {
    let Some(message) = get(db, ticket, id).await?.filter(|message| message.is_ai) else { return Ok(None) };
    let place = (section::MESSAGES, integer(message.seq));
    let values = (micros(at), db.encode(&feedback)?, ticket.uuid(), place.0, place.1);
    db.write(&db.run.set_feedback, values).await?;
    get(db, ticket, id).await
}

pub(super) async fn page(
    db: &Db,
    ticket: TicketId,
    range: MessageRange,
    limit: u32,
) -> Result<MessagePage, StoreError> {
    let (statement, bound, newest_first) = match range {
        MessageRange::Newest => (&db.run.messages_before, i64::MAX, true),
        MessageRange::Before(seq) => (&db.run.messages_before, integer(seq), true),
        MessageRange::After(seq) => (&db.run.messages_after, integer(seq), false),
    };
    let count = i32::try_from(limit).unwrap_or(i32::MAX).saturating_add(1);
    let rows: Vec<Columns> = db.all(statement, (ticket.uuid(), section::MESSAGES, bound, count)).await?;
    let mut items = rows.into_iter().map(|row| from_row(db, row)).collect::<Result<Vec<_>, _>>()?;
    let has_more = items.len() as u64 > u64::from(limit);
    if has_more {
        items.pop();
    }
    if newest_first {
        items.reverse();
    }
    Ok(MessagePage { items, has_more })
}

pub(super) fn from_row(db: &Db, (body, feedback): Columns) -> Result<Message, StoreError> {
    let message: Message = db.decode(body.as_deref().unwrap_or_default())?;
    Ok(match feedback {
        Some(json) => Message { feedback: db.decode(&json)?, ..message },
        None => message,
    })
}
