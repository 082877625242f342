//! How far people have read.

use contracts::{TicketId, UserId};
use rusqlite::{Connection, OptionalExtension};

use super::{
    messages,
    rows::{Id, integer, number},
};
use crate::persistence::store::StoreError;

pub(super) fn mark(db: &Connection, ticket: TicketId, user: UserId, seq: u64) -> Result<(), StoreError> {
    match seq.min(messages::last_seq(db, ticket)?) {
        0 => Ok(()),
        seq => raise(db, ticket, user, seq),
    }
}

/// Sets a mark to a place that the ticket has, unless it is there or further.
pub(super) fn raise(db: &Connection, ticket: TicketId, user: UserId, seq: u64) -> Result<(), StoreError> {
    let sql = "INSERT INTO read_marks (ticket_id, user_id, seq) VALUES (?, ?, ?)
         ON CONFLICT (ticket_id, user_id) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > read_marks.seq";
    db.prepare_cached(sql)?.execute((Id(ticket.uuid()), Id(user.uuid()), integer(seq)))?;
    Ok(())
}

pub(super) fn last(db: &Connection, ticket: TicketId, user: UserId) -> Result<u64, StoreError> {
    let sql = "SELECT seq FROM read_marks WHERE ticket_id = ? AND user_id = ?";
    let seq = db.prepare_cached(sql)?.query_one((Id(ticket.uuid()), Id(user.uuid())), |row| number(row, 0));
    Ok(seq.optional()?.unwrap_or(0))
}
