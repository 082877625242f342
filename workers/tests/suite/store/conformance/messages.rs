use std::{collections::BTreeSet, sync::Arc};

use contracts::{
    MessageId, Status, Ticket, TicketId, UserId,
    message::{Feedback, Message, SenderRole},
    query::{MessagePage, MessageRange},
};
use workers::persistence::store::{Appended, Store, StoreError, TicketWrite};

use super::{
    at_once,
    samples::{later, message, now, saved_ticket, ticket, ticket_write},
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
    a_new_message_needs_the_tickets_version(store).await;
    one_message_is_found_in_its_ticket(store).await;
    the_last_place_is_known(store).await;
    an_answer_of_the_bot_takes_feedback(store).await;
    the_later_feedback_stays(store).await;
}

async fn all(store: &Arc<dyn Store>, ticket: TicketId) -> Vec<Message> {
    let page = store.messages(ticket, MessageRange::After(0), 1_000).await.unwrap();
    assert!(!page.has_more);
    page.items
}

/// Appends to a ticket that was written once.
async fn append(store: &Arc<dyn Store>, message: &Message) -> Appended {
    store.append_message(message, 1).await.unwrap()
}

async fn append_new(store: &Arc<dyn Store>, message: &Message) -> Message {
    match append(store, message).await {
        Appended::New(kept) => kept,
        other => panic!("not a new message: {other:?}"),
    }
}

async fn messages_get_places_from_one_on(store: &Arc<dyn Store>) {
    let (ticket, other) = (saved_ticket(store).await, saved_ticket(store).await);
    let question = Message { client_message_id: Some("web-1".to_owned()), ..message(ticket, "Où est l'encre\u{a0}?") };
    let answer = Message {
        seq: 99,
        sender_role: SenderRole::Agent,
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
    assert_eq!(append(store, &first).await, Appended::Same(kept));
    let other = Message { content: "Good-bye".to_owned(), ..first };
    assert_eq!(append(store, &other).await, Appended::Conflict);
    assert_eq!(all(store, ticket).await.len(), 2);
}

async fn a_resend_is_the_same_message(store: &Arc<dyn Store>) {
    let ticket = saved_ticket(store).await;
    let sent = Message { client_message_id: Some("a".to_owned()), ..message(ticket, "Hello") };
    let kept = append_new(store, &sent).await;
    let resent = Message { id: message(ticket, "").id, ..sent };
    assert_eq!(append(store, &resent).await, Appended::Same(kept.clone()));
    assert_eq!(all(store, ticket).await, [kept]);
}

async fn a_client_id_used_for_another_content_is_a_conflict(store: &Arc<dyn Store>) {
    let ticket = saved_ticket(store).await;
    let sent = Message { client_message_id: Some("a".to_owned()), ..message(ticket, "Hello") };
    let kept = append_new(store, &sent).await;
    let other =
        Message { sender_id: sent.sender_id, client_message_id: sent.client_message_id, ..message(ticket, "Bye") };
    assert_eq!(append(store, &other).await, Appended::Conflict);
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
        async move { append(&store, &message).await }
    });
    let appended = appended.await;
    assert_eq!(appended.iter().filter(|one| matches!(one, Appended::New(_))).count(), 1);
    assert_eq!(appended.iter().filter(|one| matches!(one, Appended::Same(_))).count(), 9);
    assert_eq!(all(store, ticket).await.len(), 1);
}

async fn a_ticket_that_is_not_there_takes_no_messages(store: &Arc<dyn Store>) {
    let message = message(TicketId::new(), "Hello");
    for version in [0, 1] {
        assert!(matches!(store.append_message(&message, version).await, Err(StoreError::Failed(_))));
    }
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

async fn a_new_message_needs_the_tickets_version(store: &Arc<dyn Store>) {
    let made = ticket(UserId::new());
    store.write_ticket(ticket_write(0, &made)).await.unwrap();
    let kept = append_new(store, &message(made.id, "Hello")).await;
    let closed = Ticket { status: Status::Closed, ..made.clone() };
    store.write_ticket(ticket_write(1, &closed)).await.unwrap();
    for version in [0, 1, 3] {
        let late = message(made.id, "Late");
        assert_eq!(store.append_message(&late, version).await.unwrap(), Appended::Stale);
        assert_eq!(store.append_message(&kept, version).await.unwrap(), Appended::Same(kept.clone()));
        let other = Message { content: "Other".to_owned(), ..kept.clone() };
        assert_eq!(store.append_message(&other, version).await.unwrap(), Appended::Conflict);
    }
    let record = TicketWrite { ticket: None, ..ticket_write(2, &closed) };
    store.write_ticket(record).await.unwrap();
    assert!(matches!(store.append_message(&message(made.id, "Now"), 2).await.unwrap(), Appended::New(_)));
    assert_eq!(all(store, made.id).await.len(), 2);
}

async fn one_message_is_found_in_its_ticket(store: &Arc<dyn Store>) {
    let (ticket, other) = (saved_ticket(store).await, saved_ticket(store).await);
    let kept = append_new(store, &message(ticket, "Hello")).await;
    assert_eq!(store.message(ticket, kept.id).await.unwrap().as_ref(), Some(&kept));
    assert_eq!(store.message(other, kept.id).await.unwrap(), None);
    assert_eq!(store.message(ticket, MessageId::new()).await.unwrap(), None);
}

async fn the_last_place_is_known(store: &Arc<dyn Store>) {
    let (ticket, other) = (saved_ticket(store).await, saved_ticket(store).await);
    for seq in 0..3 {
        assert_eq!(store.last_seq(ticket).await.unwrap(), seq);
        append_new(store, &message(ticket, "Hello")).await;
    }
    assert_eq!(store.last_seq(other).await.unwrap(), 0);
    assert_eq!(store.last_seq(TicketId::new()).await.unwrap(), 0);
}

async fn an_answer_of_the_bot_takes_feedback(store: &Arc<dyn Store>) {
    let (ticket, other) = (saved_ticket(store).await, saved_ticket(store).await);
    let answer = append_new(store, &Message { is_ai: true, ..message(ticket, "Turn it off and on.") }).await;
    let thanks = append_new(store, &message(ticket, "Thanks")).await;
    let give = async |ticket, id| store.set_feedback(ticket, id, Feedback::Helpful, now()).await.unwrap();
    assert_eq!(give(ticket, thanks.id).await, None);
    assert_eq!(give(other, answer.id).await, None);
    assert_eq!(give(ticket, MessageId::new()).await, None);
    let helpful = Message { feedback: Feedback::Helpful, ..answer.clone() };
    for _ in 0..2 {
        assert_eq!(give(ticket, answer.id).await.as_ref(), Some(&helpful));
    }
    assert_eq!(all(store, ticket).await, [helpful, thanks]);
    assert_eq!(append(store, &answer).await, Appended::Same(all(store, ticket).await.remove(0)));
}

async fn the_later_feedback_stays(store: &Arc<dyn Store>) {
    let ticket = saved_ticket(store).await;
    let answer = append_new(store, &Message { is_ai: true, ..message(ticket, "Turn it off and on.") }).await;
    let time = now();
    let (helpful, not) = (Feedback::Helpful, Feedback::NotHelpful);
    for (feedback, at, kept) in [(helpful, 1, helpful), (not, 0, helpful), (not, 2, not), (Feedback::None, 1, not)] {
        let changed = store.set_feedback(ticket, answer.id, feedback, later(time, at)).await.unwrap();
        assert_eq!(changed, Some(Message { feedback: kept, ..answer.clone() }));
    }
}
