//! Notices to people.

use chrono::{DateTime, Utc};
use contracts::{
    NotificationId, UserId,
    notification::Notification,
    query::{ListNotifications, NotificationPage, TOTAL_MAX},
};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::rows::{Id, Time, Word, id, integer, number, time, time_or_none, word};
use crate::persistence::store::StoreError;

const COLUMNS: &str = "id, user_id, topic, ticket_id, text, created_at, read_at";

pub(super) fn add(db: &Connection, notification: &Notification) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO notifications ({COLUMNS})
         VALUES (:id, :user_id, :topic, :ticket_id, :text, :created_at, :read_at) ON CONFLICT (id) DO NOTHING"
    );
    db.prepare_cached(&sql)?.execute(named_params! {
        ":id": Id(notification.id.uuid()),
        ":user_id": Id(notification.user_id.uuid()),
        ":topic": Word(notification.topic),
        ":ticket_id": Id(notification.ticket_id.uuid()),
        ":text": notification.text,
        ":created_at": Time(notification.created_at),
        ":read_at": notification.read_at.map(Time),
    })?;
    Ok(())
}

pub(super) fn get(db: &Connection, id: NotificationId) -> Result<Option<Notification>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM notifications WHERE id = ?");
    Ok(db.prepare_cached(&sql)?.query_one([Id(id.uuid())], from_row).optional()?)
}

pub(super) fn read(db: &Connection, user: UserId, id: NotificationId, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql = "UPDATE notifications SET read_at = coalesce(read_at, ?) WHERE id = ? AND user_id = ?";
    Ok(db.prepare_cached(sql)?.execute((Time(at), Id(id.uuid()), Id(user.uuid())))? > 0)
}

pub(super) fn page(db: &Connection, query: &ListNotifications) -> Result<NotificationPage, StoreError> {
    let user = Id(query.user_id.uuid());
    let before = query.before.map(Time);
    let older = if before.is_some() { "AND created_at < :before" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM notifications WHERE user_id = :user {older}
         ORDER BY created_at DESC, id DESC LIMIT :limit"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let limit = query.limit;
    let items = match &before {
        None => statement.query_map(named_params! { ":user": user, ":limit": limit }, from_row)?,
        Some(before) => {
            statement.query_map(named_params! { ":user": user, ":before": before, ":limit": limit }, from_row)?
        }
    };
    let items = items.collect::<Result<_, _>>()?;
    let unread = "SELECT count(*) FROM (SELECT 1 FROM notifications WHERE user_id = ? AND read_at IS NULL LIMIT ?)";
    let unread = db.prepare_cached(unread)?.query_one((user, integer(TOTAL_MAX)), |row| number(row, 0))?;
    Ok(NotificationPage { items, unread })
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Notification> {
    Ok(Notification {
        id: id(row, "id")?,
        user_id: id(row, "user_id")?,
        topic: word(row, "topic")?,
        ticket_id: id(row, "ticket_id")?,
        text: row.get("text")?,
        created_at: time(row, "created_at")?,
        read_at: time_or_none(row, "read_at")?,
    })
}
