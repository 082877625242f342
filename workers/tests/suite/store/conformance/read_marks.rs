use std::sync::Arc;

use contracts::{
    Status, Ticket, TicketId, UserId,
    message::{Message, SenderRole},
};
use workers::persistence::store::{Store, TicketWrite};

use super::{
    at_once,
    samples::{message, saved_ticket, ticket, ticket_write},
};

pub(super) async fn run(store: &Arc<dyn Store>) {
    a_mark_only_rises_and_stays_within_the_ticket(store).await;
    a_mark_is_one_users_in_one_ticket(store).await;
    of_marks_set_at_once_the_highest_stays(store).await;
    who_writes_has_read_what_is_before(store).await;
    what_the_desk_and_the_bot_write_nobody_has_read(store).await;
    a_message_that_comes_with_a_change_marks_its_sender(store).await;
}

async fn ticket_with_messages(store: &Arc<dyn Store>, count: u64) -> TicketId {
    let ticket = saved_ticket(store).await;
    for _ in 0..count {
        store.append_message(&message(ticket, "Hello"), 1).await.unwrap();
    }
    ticket
}

async fn a_mark_only_rises_and_stays_within_the_ticket(store: &Arc<dyn Store>) {
    let (ticket, user) = (ticket_with_messages(store, 5).await, UserId::new());
    assert_eq!(store.last_read(ticket, user).await.unwrap(), 0);
    for (seq, mark) in [(0, 0), (2, 2), (1, 2), (2, 2), (4, 4), (0, 4), (u64::MAX, 5)] {
        store.mark_read(ticket, user, seq).await.unwrap();
        assert_eq!(store.last_read(ticket, user).await.unwrap(), mark, "{seq}");
    }
    store.append_message(&message(ticket, "Hello"), 1).await.unwrap();
    assert_eq!(store.last_read(ticket, user).await.unwrap(), 5);
}

async fn a_mark_is_one_users_in_one_ticket(store: &Arc<dyn Store>) {
    let (ticket, other, user) =
        (ticket_with_messages(store, 2).await, ticket_with_messages(store, 2).await, UserId::new());
    store.mark_read(ticket, user, 2).await.unwrap();
    assert_eq!(store.last_read(other, user).await.unwrap(), 0);
    assert_eq!(store.last_read(ticket, UserId::new()).await.unwrap(), 0);
    store.mark_read(TicketId::new(), user, 2).await.unwrap();
    assert_eq!(store.last_read(ticket, user).await.unwrap(), 2);
}

async fn of_marks_set_at_once_the_highest_stays(store: &Arc<dyn Store>) {
    let (ticket, user) = (ticket_with_messages(store, 20).await, UserId::new());
    at_once(store, 20, |store, nth| async move {
        store.mark_read(ticket, user, nth as u64 + 1).await.unwrap();
    })
    .await;
    assert_eq!(store.last_read(ticket, user).await.unwrap(), 20);
}

async fn who_writes_has_read_what_is_before(store: &Arc<dyn Store>) {
    let (ticket, user) = (ticket_with_messages(store, 3).await, UserId::new());
    let own = Message { sender_id: user, ..message(ticket, "Hello") };
    for _ in 0..2 {
        store.append_message(&own, 1).await.unwrap();
        assert_eq!(store.last_read(ticket, user).await.unwrap(), 4);
    }
}

async fn what_the_desk_and_the_bot_write_nobody_has_read(store: &Arc<dyn Store>) {
    let (ticket, bot) = (ticket_with_messages(store, 1).await, UserId::new());
    let notice =
        Message { sender_id: UserId::SYSTEM, sender_role: SenderRole::System, ..message(ticket, "Resolved by ada.") };
    let answer = Message { sender_id: bot, is_ai: true, ..message(ticket, "Turn it off and on.") };
    for message in [&notice, &answer] {
        store.append_message(message, 1).await.unwrap();
        assert_eq!(store.last_read(ticket, message.sender_id).await.unwrap(), 0);
    }
    assert_eq!(store.message(ticket, notice.id).await.unwrap(), Some(Message { seq: 2, ..notice }));
}

async fn a_message_that_comes_with_a_change_marks_its_sender(store: &Arc<dyn Store>) {
    let made = ticket(UserId::new());
    let hello = Message { sender_id: made.user_id, ..message(made.id, "Hello") };
    let notice = Message { sender_role: SenderRole::System, ..message(made.id, "Reopened by a new message.") };
    let reader = notice.sender_id;
    let open = Ticket { status: Status::Open, ..made.clone() };
    store.write_ticket(TicketWrite { messages: vec![hello, notice], ..ticket_write(0, &open) }).await.unwrap();
    assert_eq!(store.last_read(made.id, made.user_id).await.unwrap(), 1);
    assert_eq!(store.last_read(made.id, reader).await.unwrap(), 0);
}
