//! Messages of tickets.

use chrono::{DateTime, Utc};
use contracts::{
    MessageId, TicketId,
    message::{Feedback, Message, SenderRole},
    query::{MessagePage, MessageRange},
};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    read_marks,
    rows::{Id, Time, Word, id, integer, number, time, time_or_none, word},
    tickets,
};
use crate::persistence::store::{Appended, StoreError};

const COLUMNS: &str =
    "id, seq, ticket_id, sender_id, sender_role, content, is_ai, feedback, timestamp, client_message_id";

pub(super) fn append(db: &Connection, message: &Message, version: u64) -> Result<Appended, StoreError> {
    if let Some(kept) = earlier(db, message)? {
        return Ok(Appended::earlier(kept, message));
    }
    match tickets::version(db, message.ticket_id)? {
        0 => Err(StoreError::Failed(format!("there is no ticket {}", message.ticket_id).into())),
        present if present == version => Ok(Appended::New(add(db, message)?)),
        _ => Ok(Appended::Stale),
    }
}

/// The message with this one's id, or with its sender's own id for it.
pub(super) fn earlier(db: &Connection, message: &Message) -> Result<Option<Message>, StoreError> {
    let same_id = get(db, message.ticket_id, message.id)?;
    let (None, Some(client_id)) = (&same_id, &message.client_message_id) else { return Ok(same_id) };
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE ticket_id = ? AND sender_id = ? AND client_message_id = ?");
    let parameters = (Id(message.ticket_id.uuid()), Id(message.sender_id.uuid()), client_id);
    Ok(db.prepare_cached(&sql)?.query_one(parameters, from_row).optional()?)
}

/// Gives a new message the next place; a person's own message they have read.
pub(super) fn add(db: &Connection, message: &Message) -> Result<Message, StoreError> {
    let message = Message { seq: last_seq(db, message.ticket_id)? + 1, ..message.clone() };
    insert(db, &message)?;
    if message.sender_role != SenderRole::System && !message.is_ai {
        read_marks::raise(db, message.ticket_id, message.sender_id, message.seq)?;
    }
    Ok(message)
}

pub(super) fn get(db: &Connection, ticket: TicketId, id: MessageId) -> Result<Option<Message>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE id = ? AND ticket_id = ?");
    Ok(db.prepare_cached(&sql)?.query_one((Id(id.uuid()), Id(ticket.uuid())), from_row).optional()?)
}

/// A message, and when it was last said whether it helped, if it was.
type WithFeedbackTime = (Message, Option<DateTime<Utc>>);

/// The whole conversation, by place.
pub(super) fn all(db: &Connection, ticket: TicketId) -> Result<Vec<WithFeedbackTime>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, feedback_at FROM messages WHERE ticket_id = ? ORDER BY seq");
    let mut statement = db.prepare_cached(&sql)?;
    let messages =
        statement.query_map([Id(ticket.uuid())], |row| Ok((from_row(row)?, time_or_none(row, "feedback_at")?)))?;
    Ok(messages.collect::<Result<_, _>>()?)
}

/// One step down the index of the ticket's messages.
pub(super) fn last_seq(db: &Connection, ticket: TicketId) -> Result<u64, StoreError> {
    let sql = "SELECT seq FROM messages WHERE ticket_id = ? ORDER BY seq DESC LIMIT 1";
    let last = db.prepare_cached(sql)?.query_one([Id(ticket.uuid())], |row| number(row, 0)).optional()?;
    Ok(last.unwrap_or(0))
}

pub(super) fn set_feedback(
    db: &Connection,
    ticket: TicketId,
    id: MessageId,
    feedback: Feedback,
    at: DateTime<Utc>,
) -> Result<Option<Message>, StoreError> {
    let sql = "UPDATE messages SET feedback = :feedback, feedback_at = :at
         WHERE id = :id AND ticket_id = :ticket_id AND is_ai AND (feedback_at IS NULL OR feedback_at <= :at)";
    db.prepare_cached(sql)?.execute(named_params! {
        ":feedback": Word(feedback),
        ":at": Time(at),
        ":id": Id(id.uuid()),
        ":ticket_id": Id(ticket.uuid()),
    })?;
    Ok(get(db, ticket, id)?.filter(|message| message.is_ai))
}

fn insert(db: &Connection, message: &Message) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO messages ({COLUMNS}) VALUES (:id, :seq, :ticket_id, :sender_id, :sender_role, :content, :is_ai,
             :feedback, :timestamp, :client_message_id)"
    );
    db.prepare_cached(&sql)?.execute(named_params! {
        ":id": Id(message.id.uuid()),
        ":seq": integer(message.seq),
        ":ticket_id": Id(message.ticket_id.uuid()),
        ":sender_id": Id(message.sender_id.uuid()),
        ":sender_role": Word(message.sender_role),
        ":content": message.content,
        ":is_ai": message.is_ai,
        ":feedback": Word(message.feedback),
        ":timestamp": Time(message.timestamp),
        ":client_message_id": message.client_message_id,
    })?;
    Ok(())
}

pub(super) fn page(
    db: &Connection,
    ticket: TicketId,
    range: MessageRange,
    limit: u32,
) -> Result<MessagePage, StoreError> {
    let (condition, bound, order) = match range {
        MessageRange::Newest => ("<=", i64::MAX, "DESC"),
        MessageRange::Before(seq) => ("<", integer(seq), "DESC"),
        MessageRange::After(seq) => (">", integer(seq), "ASC"),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM messages WHERE ticket_id = ? AND seq {condition} ? ORDER BY seq {order} LIMIT ?"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let items = statement.query_map((Id(ticket.uuid()), bound, i64::from(limit) + 1), from_row)?;
    let mut items: Vec<_> = items.collect::<Result<_, _>>()?;
    let has_more = items.len() as u64 > u64::from(limit);
    if has_more {
        items.pop();
    }
    if order == "DESC" {
        items.reverse();
    }
    Ok(MessagePage { items, has_more })
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: id(row, "id")?,
        seq: number(row, "seq")?,
        ticket_id: id(row, "ticket_id")?,
        sender_id: id(row, "sender_id")?,
        sender_role: word(row, "sender_role")?,
        content: row.get("content")?,
        is_ai: row.get("is_ai")?,
        feedback: word(row, "feedback")?,
        timestamp: time(row, "timestamp")?,
        client_message_id: row.get("client_message_id")?,
    })
}
