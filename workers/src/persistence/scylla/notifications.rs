//! Notices to people.

use chrono::{DateTime, Utc};
use contracts::{
    NotificationId, UserId,
    notification::Notification,
    query::{ListNotifications, NotificationPage, TOTAL_MAX},
};
use uuid::Uuid;

use super::{db::Db, rows::micros};
use crate::persistence::store::StoreError;

/// A notice as it was made, and when it was read.
pub(super) type Columns = (Option<String>, Option<i64>);

/// The id is written last: who finds it finds the rest. Timestamps are the notice's time, so that a late repetition does
/// not make unread again what was read.
pub(super) async fn add(db: &Db, notification: &Notification) -> Result<(), StoreError> {
    let (user, id) = (notification.user_id.uuid(), notification.id.uuid());
    if made_at(db, notification.user_id, notification.id).await?.is_some() {
        return Ok(());
    }
    let at = micros(notification.created_at);
    let body = db.encode(notification)?;
    futures::try_join!(
        db.write(&db.run.add_notification, (user, at, id, body, at)),
        db.write(&db.run.add_unread, (user, id, at))
    )?;
    db.write(&db.run.add_notification_id, (user, id, at)).await
}

/// When a user's notice was made, if there is one.
async fn made_at(db: &Db, user: UserId, id: NotificationId) -> Result<Option<i64>, StoreError> {
    let row: Option<(Option<i64>,)> = db.first(&db.run.notification_id, (user.uuid(), id.uuid())).await?;
    Ok(row.and_then(|(at,)| at))
}

pub(super) async fn read(db: &Db, user: UserId, id: NotificationId, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let Some(made) = made_at(db, user, id).await? else { return Ok(false) };
    let at = micros(at);
    db.write(&db.run.set_read, (earliest_first(made, at), at, user.uuid(), made, id.uuid())).await?;
    db.write(&db.run.remove_unread, (made + 1, user.uuid(), id.uuid())).await?;
    Ok(true)
}

/// A timestamp that is the higher, the earlier somebody read: of two times the first stays.
fn earliest_first(made: i64, at: i64) -> i64 {
    made.saturating_sub(at.saturating_sub(made)).max(1)
}

pub(super) async fn page(db: &Db, query: &ListNotifications) -> Result<NotificationPage, StoreError> {
    let before = query.before.map_or(i64::MAX, micros);
    let limit = i32::try_from(query.limit).unwrap_or(i32::MAX);
    let unread = i32::try_from(TOTAL_MAX).unwrap_or(i32::MAX);
    let user = query.user_id.uuid();
    let (rows, unread) = futures::try_join!(
        db.all::<Columns>(&db.run.notifications, (user, before, limit)),
        db.all::<(Uuid,)>(&db.run.unread, (user, unread))
    )?;
    let items = rows.into_iter().map(|row| from_row(db, row)).collect::<Result<_, _>>()?;
    Ok(NotificationPage { items, unread: unread.len() as u64 })
}

pub(super) fn from_row(db: &Db, (body, read_at): Columns) -> Result<Notification, StoreError> {
    let notification: Notification = db.decode(body.as_deref().unwrap_or_default())?;
    let read_at = read_at.and_then(DateTime::from_timestamp_micros).or(notification.read_at);
    Ok(Notification { read_at, ..notification })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_read_first_has_the_higher_timestamp() {
        let made = 1_772_443_800_000_000;
        assert!(earliest_first(made, made + 1) > earliest_first(made, made + 2));
        assert!(earliest_first(made, made) <= made);
        assert_eq!(earliest_first(5, i64::MAX), 1);
    }
}
