use contracts::{
    Actor, MessageId, Role, Ticket, TicketId,
    event::MessageReadRequested,
    message::Message,
    query::{GetMessage, GetRoom, GetTicket, ListMessages, MessageRange, Room},
};

use super::{Pool, event, sending, sent};
use crate::store::samples::user;

/// A ticket with the desk's word of its agent and two messages.
async fn conversation(pool: &Pool) -> (Ticket, Vec<Message>) {
    let ticket = pool.ticket().await;
    for nth in ["one", "two"] {
        pool.handle(&sending(&sent(ticket.id, &pool.it, nth, nth))).await;
    }
    let messages = pool.messages(ticket.id).await;
    (ticket, messages)
}

#[tokio::test]
async fn a_room_is_told_in_pages_without_a_gap() {
    let pool = Pool::new().await;
    let (ticket, messages) = conversation(&pool).await;
    for (after_seq, limit, range, has_more) in
        [(0, 2, 0..2, true), (2, 2, 2..3, false), (3, 2, 3..3, false), (9, 2, 3..3, false), (0, 3, 0..3, false)]
    {
        let room = pool.ask(GetRoom { ticket_id: ticket.id, after_seq, limit }).await;
        let messages = messages[range].to_vec();
        assert_eq!(room, Some(Room { ticket: ticket.clone(), last_seq: 3, messages, has_more }), "{after_seq}");
    }
    assert_eq!(pool.ask(GetRoom { ticket_id: TicketId::new(), after_seq: 0, limit: 2 }).await, None);
}

#[tokio::test]
async fn messages_are_listed_for_those_who_see_the_ticket() {
    let pool = Pool::new().await;
    let (ticket, messages) = conversation(&pool).await;
    let ask = |ticket_id, viewer: &contracts::User| {
        let viewer = Actor::from(viewer);
        pool.ask(ListMessages { ticket_id, viewer, range: MessageRange::Before(3), limit: 1 })
    };
    for viewer in [&pool.requester, &pool.it, &pool.admin] {
        let page = ask(ticket.id, viewer).await.unwrap();
        assert_eq!((&page.items[..], page.has_more), (&messages[1..2], true));
    }
    for viewer in [&pool.hr, &user(Role::User, None)] {
        assert_eq!(ask(ticket.id, viewer).await, None);
    }
    assert_eq!(ask(TicketId::new(), &pool.admin).await, None);
}

#[tokio::test]
async fn one_message_is_found() {
    let pool = Pool::new().await;
    let (ticket, messages) = conversation(&pool).await;
    let ask = |message_id| pool.ask(GetMessage { ticket_id: ticket.id, message_id });
    assert_eq!(ask(messages[1].id).await.as_ref(), Some(&messages[1]));
    assert_eq!(ask(MessageId::new()).await, None);
}

#[tokio::test]
async fn a_ticket_comes_with_what_its_viewer_has_read() {
    let pool = Pool::new().await;
    let (ticket, messages) = conversation(&pool).await;
    let read = MessageReadRequested { ticket_id: ticket.id, user_id: pool.requester.id, seq: 2 };
    pool.handle(&event(read)).await;
    for (viewer, last_read_seq) in [(&pool.requester, 2), (&pool.it, 3), (&pool.admin, 0)] {
        let detail = pool.ask(GetTicket { ticket_id: ticket.id, viewer: viewer.into() }).await.unwrap();
        assert_eq!((detail.last_read_seq, &detail.messages, detail.has_more), (last_read_seq, &messages, false));
    }
    assert!(pool.ask(GetTicket { ticket_id: ticket.id, viewer: (&pool.hr).into() }).await.is_none());
}
