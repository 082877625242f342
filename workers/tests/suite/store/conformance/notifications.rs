use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::{
    NotificationId, UserId,
    notification::Notification,
    query::{ListNotifications, NotificationPage, TOTAL_MAX},
};
use workers::persistence::store::Store;

use super::{
    at_once,
    samples::{later, notification, now},
};

pub(super) async fn run(store: &Arc<dyn Store>) {
    notices_are_the_users_own_newest_first(store).await;
    notices_of_one_time_keep_their_order(store).await;
    a_repeated_notice_stays_as_it_is(store).await;
    a_notice_is_read_once_and_by_its_user(store).await;
    the_unread_are_counted_to_the_limit(store).await;
}

async fn page(store: &Arc<dyn Store>, user_id: UserId, before: Option<DateTime<Utc>>, limit: u32) -> NotificationPage {
    store.notifications(&ListNotifications { user_id, before, limit }).await.unwrap()
}

async fn notices_are_the_users_own_newest_first(store: &Arc<dyn Store>) {
    let (user, time) = (UserId::new(), now());
    let notices: Vec<Notification> = (0..5).map(|nth| notification(user, later(time, -nth))).collect();
    for nth in [3, 0, 4, 1, 2] {
        store.add_notification(&notices[nth]).await.unwrap();
    }
    store.add_notification(&notification(UserId::new(), time)).await.unwrap();
    let all = page(store, user, None, 10).await;
    assert_eq!(all, NotificationPage { items: notices.clone(), unread: 5 });
    assert_eq!(page(store, user, None, 2).await.items, notices[..2]);
    let rest = page(store, user, Some(notices[1].created_at), 2).await;
    assert_eq!(rest, NotificationPage { items: notices[2..4].to_vec(), unread: 5 });
    assert_eq!(page(store, user, Some(notices[4].created_at), 2).await.items, []);
    assert_eq!(page(store, UserId::new(), None, 2).await, NotificationPage { items: Vec::new(), unread: 0 });
}

async fn notices_of_one_time_keep_their_order(store: &Arc<dyn Store>) {
    let (user, time) = (UserId::new(), now());
    let mut notices: Vec<Notification> = (0..4).map(|_| notification(user, time)).collect();
    for notice in &notices {
        store.add_notification(notice).await.unwrap();
    }
    notices.reverse();
    assert_eq!(page(store, user, None, 4).await.items, notices);
}

async fn a_repeated_notice_stays_as_it_is(store: &Arc<dyn Store>) {
    let notice = notification(UserId::new(), now());
    store.add_notification(&notice).await.unwrap();
    let read_at = later(notice.created_at, 1);
    assert!(store.read_notification(notice.user_id, notice.id, read_at).await.unwrap());
    let again = Notification { text: "Another text".to_owned(), ..notice.clone() };
    store.add_notification(&again).await.unwrap();
    let kept = Notification { read_at: Some(read_at), ..notice.clone() };
    assert_eq!(page(store, notice.user_id, None, 2).await, NotificationPage { items: vec![kept], unread: 0 });
}

async fn a_notice_is_read_once_and_by_its_user(store: &Arc<dyn Store>) {
    let (user, time) = (UserId::new(), now());
    let (notice, other) = (notification(user, time), notification(user, later(time, -1)));
    for notice in [&notice, &other] {
        store.add_notification(notice).await.unwrap();
    }
    assert!(!store.read_notification(UserId::new(), notice.id, time).await.unwrap());
    assert!(!store.read_notification(user, NotificationId::new(), time).await.unwrap());
    assert_eq!(page(store, user, None, 2).await.unread, 2);
    for microseconds in [1, 2] {
        assert!(store.read_notification(user, notice.id, later(time, microseconds)).await.unwrap());
    }
    let read = Notification { read_at: Some(later(time, 1)), ..notice };
    assert_eq!(page(store, user, None, 2).await, NotificationPage { items: vec![read, other], unread: 1 });
}

async fn the_unread_are_counted_to_the_limit(store: &Arc<dyn Store>) {
    let (user, time) = (UserId::new(), now());
    let count = usize::try_from(TOTAL_MAX).unwrap() + 1;
    at_once(store, count, |store, _| async move {
        store.add_notification(&notification(user, time)).await.unwrap();
    })
    .await;
    assert_eq!(page(store, user, None, 1).await.unread, TOTAL_MAX);
}
