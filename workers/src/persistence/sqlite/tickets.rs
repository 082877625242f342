//! Tickets one by one, and what changed them.

use contracts::{EventId, Outcome, Ticket, TicketId};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    messages,
    rows::{Id, Json, Time, Word, id, id_or_none, integer, number, time, time_or_none, word, word_or_none},
};
use crate::persistence::store::{StoreError, TicketWrite, TicketWritten, Versioned};

/// What [`from_row`] reads.
pub(super) const COLUMNS: &str = "id, user_id, title, description, urgency, status, department, assignee_id, \
    misuse_flag, feedback, rating, created_at, updated_at, resolved_at, closed_at";

const PUT: &str = "
    INSERT INTO tickets (id, version, user_id, title, description, urgency, status, department, assignee_id,
        misuse_flag, feedback, rating, created_at, updated_at, resolved_at, closed_at)
    VALUES (:id, :version, :user_id, :title, :description, :urgency, :status, :department, :assignee_id,
        :misuse_flag, :feedback, :rating, :created_at, :updated_at, :resolved_at, :closed_at)
    ON CONFLICT (id) DO UPDATE SET version = :version, user_id = :user_id, title = :title,
        description = :description, urgency = :urgency, status = :status, department = :department,
        assignee_id = :assignee_id, misuse_flag = :misuse_flag, feedback = :feedback, rating = :rating,
        created_at = :created_at, updated_at = :updated_at, resolved_at = :resolved_at, closed_at = :closed_at";

pub(super) fn get(db: &Connection, id: TicketId) -> Result<Option<Versioned<Ticket>>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, version FROM tickets WHERE id = ?");
    let found = db
        .prepare_cached(&sql)?
        .query_one([Id(id.uuid())], |row| Ok(Versioned { value: from_row(row)?, version: number(row, "version")? }));
    Ok(found.optional()?)
}

pub(super) fn applied(db: &Connection, ticket: TicketId, event: &EventId) -> Result<Option<Outcome>, StoreError> {
    let sql = "SELECT outcome FROM ticket_changes WHERE ticket_id = ? AND event_id = ?";
    let found =
        db.prepare_cached(sql)?.query_one((Id(ticket.uuid()), event.as_str()), |row| row.get::<_, Json<Outcome>>(0));
    Ok(found.optional()?.map(|Json(outcome)| outcome))
}

/// The version of a ticket; 0 when it is not there.
pub(super) fn version(db: &Connection, id: TicketId) -> Result<u64, StoreError> {
    let sql = "SELECT version FROM tickets WHERE id = ?";
    let found = db.prepare_cached(sql)?.query_one([Id(id.uuid())], |row| number(row, 0));
    Ok(found.optional()?.unwrap_or(0))
}

pub(super) fn write(db: &Connection, write: &TicketWrite) -> Result<TicketWritten, StoreError> {
    if version(db, write.ticket_id)? != write.expected {
        return Ok(TicketWritten::Stale);
    }
    for message in &write.messages {
        if messages::earlier(db, message)?.is_some() {
            return Ok(TicketWritten::Stale);
        }
    }
    let record = "INSERT INTO ticket_changes (ticket_id, event_id, outcome, at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO NOTHING";
    let recorded = db.prepare_cached(record)?.execute((
        Id(write.ticket_id.uuid()),
        write.event.as_str(),
        Json(&write.outcome),
        Time(write.at),
    ))?;
    if recorded == 0 {
        return Ok(TicketWritten::Stale);
    }
    if let Some(ticket) = &write.ticket {
        if ticket.id != write.ticket_id {
            return Err(StoreError::Failed("a ticket and its record have different ids".into()));
        }
        put(db, ticket, write.expected + 1)?;
    }
    if write.messages.iter().any(|message| message.ticket_id != write.ticket_id) {
        return Err(StoreError::Failed("a message and its record have different tickets".into()));
    }
    let messages = write.messages.iter().map(|message| messages::add(db, message));
    Ok(TicketWritten::Written(messages.collect::<Result<_, _>>()?))
}

fn put(db: &Connection, ticket: &Ticket, version: u64) -> Result<(), StoreError> {
    db.prepare_cached(PUT)?.execute(named_params! {
        ":id": Id(ticket.id.uuid()),
        ":version": integer(version),
        ":user_id": Id(ticket.user_id.uuid()),
        ":title": ticket.title,
        ":description": ticket.description,
        ":urgency": Word(ticket.urgency),
        ":status": Word(ticket.status),
        ":department": ticket.department.map(Word),
        ":assignee_id": ticket.assignee_id.map(|id| Id(id.uuid())),
        ":misuse_flag": ticket.misuse_flag,
        ":feedback": ticket.feedback,
        ":rating": ticket.rating,
        ":created_at": Time(ticket.created_at),
        ":updated_at": Time(ticket.updated_at),
        ":resolved_at": ticket.resolved_at.map(Time),
        ":closed_at": ticket.closed_at.map(Time),
    })?;
    Ok(())
}

/// The ticket in a row of [`COLUMNS`].
pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Ticket> {
    Ok(Ticket {
        id: id(row, "id")?,
        user_id: id(row, "user_id")?,
        title: row.get("title")?,
        description: row.get("description")?,
        urgency: word(row, "urgency")?,
        status: word(row, "status")?,
        department: word_or_none(row, "department")?,
        assignee_id: id_or_none(row, "assignee_id")?,
        misuse_flag: row.get("misuse_flag")?,
        feedback: row.get("feedback")?,
        rating: row.get("rating")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        resolved_at: time_or_none(row, "resolved_at")?,
        closed_at: time_or_none(row, "closed_at")?,
    })
}
