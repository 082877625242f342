//! How far people have read.

use std::collections::HashMap;

use contracts::{
    TicketId, UserId,
    message::{Message, SenderRole},
};
use uuid::Uuid;

use super::{
    db::Db,
    messages,
    rows::{integer, number},
};
use crate::persistence::store::StoreError;

pub(super) async fn mark(db: &Db, ticket: TicketId, user: UserId, seq: u64) -> Result<(), StoreError> {
    match seq.min(messages::last_seq(db, ticket).await?) {
        0 => Ok(()),
        seq => raise(db, ticket, user, seq).await,
    }
}

/// A person's own message they have read.
pub(super) async fn follow(db: &Db, message: &Message) -> Result<(), StoreError> {
    if message.sender_role == SenderRole::System || message.is_ai {
        return Ok(());
    }
    raise(db, message.ticket_id, message.sender_id, message.seq).await
}

/// Sets a mark to a place that the ticket has, unless it is there or further.
pub(super) async fn raise(db: &Db, ticket: TicketId, user: UserId, seq: u64) -> Result<(), StoreError> {
    db.write(&db.run.mark, (user.uuid(), ticket.uuid(), integer(seq), integer(seq))).await
}

pub(super) async fn last(db: &Db, ticket: TicketId, user: UserId) -> Result<u64, StoreError> {
    Ok(of(db, user, &[ticket]).await?.get(&ticket).copied().unwrap_or(0))
}

/// A user's marks in these tickets, where there are any.
pub(super) async fn of(db: &Db, user: UserId, tickets: &[TicketId]) -> Result<HashMap<TicketId, u64>, StoreError> {
    let tickets: Vec<Uuid> = tickets.iter().map(|ticket| ticket.uuid()).collect();
    let rows: Vec<(Uuid, Option<i64>)> = db.all(&db.run.marks, (user.uuid(), tickets)).await?;
    Ok(rows.into_iter().map(|(ticket, seq)| (TicketId::from(ticket), number(seq))).collect())
}
