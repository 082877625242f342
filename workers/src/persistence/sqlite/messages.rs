//! Messages of tickets.

use contracts::{TicketId, message::Message};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::rows::{Id, Time, Word, id, integer, number, time, word};
use crate::persistence::store::{Appended, MessagePage, MessageRange, StoreError};

const COLUMNS: &str =
    "id, seq, ticket_id, sender_id, sender_role, content, is_ai, feedback, timestamp, client_message_id";

pub(super) fn append(db: &Connection, message: &Message) -> Result<Appended, StoreError> {
    if let Some(kept) = earlier(db, message)? {
        return Ok(if kept.content == message.content { Appended::Same(kept) } else { Appended::Conflict });
    }
    let ticket = Id(message.ticket_id.uuid());
    if !db.prepare_cached("SELECT 1 FROM tickets WHERE id = ?")?.exists([&ticket])? {
        return Err(StoreError::Failed(format!("there is no ticket {}", message.ticket_id).into()));
    }
    let next = "SELECT coalesce(max(seq), 0) + 1 FROM messages WHERE ticket_id = ?";
    let seq = db.prepare_cached(next)?.query_one([&ticket], |row| number(row, 0))?;
    let message = Message { seq, ..message.clone() };
    insert(db, &message)?;
    Ok(Appended::New(message))
}

fn earlier(db: &Connection, message: &Message) -> Result<Option<Message>, StoreError> {
    let ticket = Id(message.ticket_id.uuid());
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE id = ? AND ticket_id = ?");
    let same_id = db.prepare_cached(&sql)?.query_one((Id(message.id.uuid()), &ticket), from_row).optional()?;
    let (None, Some(client_id)) = (&same_id, &message.client_message_id) else { return Ok(same_id) };
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE ticket_id = ? AND sender_id = ? AND client_message_id = ?");
    let parameters = (ticket, Id(message.sender_id.uuid()), client_id);
    Ok(db.prepare_cached(&sql)?.query_one(parameters, from_row).optional()?)
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
