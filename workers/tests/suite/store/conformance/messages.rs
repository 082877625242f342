use std::{collections::BTreeSet, sync::Arc};

use contracts::{
    Role, TicketId, UserId,
    message::{Feedback, Message},
};
use workers::persistence::store::{Appended, MessagePage, MessageRange, Store, StoreError};

use super::{
    at_once,
    samples::{message, saved_ticket},
};

pub(super) async fn run(store: &Arc<dyn Store>) {
    messages_get_places_from_one_on(store).await;
    a_repeated_message_keeps_its_place(store).await;
    a_resend_is_the_same_message(store).await;
    a_client_id_used_for_another_content_is_a_conflict(store).await;
    a_client_id_is_the_senders_own_in_one_ticket(store).await;
    messages_sent_at_once_leave_no_gap(store).await;
    a_message_resent_at_once_is_kept_once(store).await;
    a_ticket_that_is_not_there_takes_no_messages(store).await;
    ranges_are_oldest_first_and_know_what_follows(store).await;
}

async fn all(store: &Arc<dyn Store>, ticket: TicketId) -> Vec<Message> {
    let page = store.messages(ticket, MessageRange::After(0), 1_000).await.unwrap();
    assert!(!page.has_more);
    page.items
}

async fn append_new(store: &Arc<dyn Store>, message: &Message) -> Message {
    match store.append_message(message).await.unwrap() {
        Appended::New(kept) => kept,
        other => panic!("not a new message: {other:?}"),
    }
}

async fn messages_get_places_from_one_on(store: &Arc<dyn Store>) {
    let (ticket, other) = (saved_ticket(store).await, saved_ticket(store).await);
    let question = Message { client_message_id: Some("web-1".to_owned()), ..message(ticket, "Où est l'encre\u{a0}?") };
    let answer = Message {
        seq: 99,
        sender_role: Role::Agent,
        is_ai: true,
        feedback: Feedback::NotHelpful,
        ..message(ticket, "In the cupboard.")
    };
    assert_eq!(append_new(store, &question).await, Message { seq: 1, ..question.clone() });
    assert_eq!(append_new(store, &message(other, "Hello")).await.seq, 1);
    assert_eq!(append_new(store, &answer).await.seq, 2);
    assert_eq!(all(store, ticket).await, [Message { seq: 1, ..question }, Message { seq: 2, ..answer }]);
}

async fn a_repeated_message_keeps_its_place(store: &Arc<dyn Store>) {
    let ticket = saved_ticket(store).await;
    let first = message(ticket, "Hello");
    let kept = append_new(store, &first).await;
    append_new(store, &message(ticket, "Hello")).await;
    assert_eq!(store.append_message(&first).await.unwrap(), Appended::Same(kept));
    let other = Message { content: "Good-bye".to_owned(), ..first };
    assert_eq!(store.append_message(&other).await.unwrap(), Appended::Conflict);
    assert_eq!(all(store, ticket).await.len(), 2);
}

async fn a_resend_is_the_same_message(store: &Arc<dyn Store>) {
    let ticket = saved_ticket(store).await;
    let sent = Message { client_message_id: Some("a".to_owned()), ..message(ticket, "Hello") };
    let kept = append_new(store, &sent).await;
    let resent = Message { id: message(ticket, "").id, ..sent };
    assert_eq!(store.append_message(&resent).await.unwrap(), Appended::Same(kept.clone()));
    assert_eq!(all(store, ticket).await, [kept]);
}

async fn a_client_id_used_for_another_content_is_a_conflict(store: &Arc<dyn Store>) {
    let ticket = saved_ticket(store).await;
    let sent = Message { client_message_id: Some("a".to_owned()), ..message(ticket, "Hello") };
    let kept = append_new(store, &sent).await;
    let other =
        Message { sender_id: sent.sender_id, client_message_id: sent.client_message_id, ..message(ticket, "Bye") };
    assert_eq!(store.append_message(&other).await.unwrap(), Appended::Conflict);
    assert_eq!(all(store, ticket).await, [kept]);
}

async fn a_client_id_is_the_senders_own_in_one_ticket(store: &Arc<dyn Store>) {
    let (ticket, elsewhere) = (saved_ticket(store).await, saved_ticket(store).await);
    let client_message_id = Some("a".to_owned());
    let sent = Message { client_message_id: client_message_id.clone(), ..message(ticket, "Hello") };
    let of_another = Message { client_message_id: client_message_id.clone(), ..message(ticket, "Bye") };
    let in_another = Message { sender_id: sent.sender_id, client_message_id, ..message(elsewhere, "Bye") };
    let without = Message { sender_id: sent.sender_id, ..message(ticket, "Bye") };
    for (message, seq) in [(&sent, 1), (&of_another, 2), (&in_another, 1), (&without, 3)] {
        assert_eq!(append_new(store, message).await.seq, seq);
    }
}

async fn messages_sent_at_once_leave_no_gap(store: &Arc<dyn Store>) {
    let ticket = saved_ticket(store).await;
    let seqs = at_once(store, 50, |store, nth| {
        let message = message(ticket, &nth.to_string());
        async move { append_new(&store, &message).await.seq }
    });
    let seqs: BTreeSet<u64> = seqs.await.into_iter().collect();
    assert_eq!(seqs, (1..=50).collect());
    let kept: Vec<u64> = all(store, ticket).await.iter().map(|message| message.seq).collect();
    assert_eq!(kept, (1..=50).collect::<Vec<_>>());
}

async fn a_message_resent_at_once_is_kept_once(store: &Arc<dyn Store>) {
    let ticket = saved_ticket(store).await;
    let sender_id = UserId::new();
    let appended = at_once(store, 10, |store, _| {
        let client_message_id = Some("a".to_owned());
        let message = Message { sender_id, client_message_id, ..message(ticket, "Hello") };
        async move { store.append_message(&message).await.unwrap() }
    });
    let appended = appended.await;
    assert_eq!(appended.iter().filter(|one| matches!(one, Appended::New(_))).count(), 1);
    assert_eq!(appended.iter().filter(|one| matches!(one, Appended::Same(_))).count(), 9);
    assert_eq!(all(store, ticket).await.len(), 1);
}

async fn a_ticket_that_is_not_there_takes_no_messages(store: &Arc<dyn Store>) {
    let message = message(TicketId::new(), "Hello");
    assert!(matches!(store.append_message(&message).await, Err(StoreError::Failed(_))));
    assert_eq!(all(store, message.ticket_id).await, []);
}

async fn ranges_are_oldest_first_and_know_what_follows(store: &Arc<dyn Store>) {
    let ticket = saved_ticket(store).await;
    for nth in 1..=7 {
        append_new(store, &message(ticket, &nth.to_string())).await;
    }
    let cases: &[(MessageRange, u32, &[u64], bool)] = &[
        (MessageRange::Newest, 3, &[5, 6, 7], true),
        (MessageRange::Newest, 7, &[1, 2, 3, 4, 5, 6, 7], false),
        (MessageRange::Before(5), 3, &[2, 3, 4], true),
        (MessageRange::Before(4), 3, &[1, 2, 3], false),
        (MessageRange::Before(1), 3, &[], false),
        (MessageRange::Before(u64::MAX), 2, &[6, 7], true),
        (MessageRange::After(0), 3, &[1, 2, 3], true),
        (MessageRange::After(4), 3, &[5, 6, 7], false),
        (MessageRange::After(7), 3, &[], false),
        (MessageRange::After(u64::MAX), 3, &[], false),
    ];
    for &(range, limit, seqs, has_more) in cases {
        let MessagePage { items, has_more: more } = store.messages(ticket, range, limit).await.unwrap();
        let found: Vec<u64> = items.iter().map(|message| message.seq).collect();
        assert_eq!((found.as_slice(), more), (seqs, has_more), "{range:?} {limit}");
    }
}
