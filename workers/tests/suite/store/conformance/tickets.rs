use std::sync::Arc;

use contracts::{
    Department, Outcome, Status, Ticket, TicketId, Urgency, UserId, message::Message, query::MessageRange,
};
use workers::persistence::store::{Store, StoreError, TicketWrite, TicketWritten, Versioned};

use super::{
    at_once,
    samples::{WRITTEN, event, later, message, now, save, ticket, ticket_write},
};

pub(super) async fn run(store: &Arc<dyn Store>) {
    a_ticket_comes_back_as_it_was_written(store).await;
    each_write_raises_the_version(store).await;
    a_repeated_write_is_stale(store).await;
    a_write_on_another_version_is_stale(store).await;
    a_known_event_is_stale_on_any_version(store).await;
    a_record_alone_leaves_the_ticket(store).await;
    a_request_about_no_ticket_is_on_record(store).await;
    a_record_for_another_ticket_is_refused_whole(store).await;
    of_many_writes_on_one_version_one_is_made(store).await;
    messages_come_with_a_change_or_not_at_all(store).await;
}

async fn a_ticket_comes_back_as_it_was_written(store: &Arc<dyn Store>) {
    let flagged = Ticket {
        status: Status::Open,
        department: None,
        assignee_id: None,
        misuse_flag: true,
        ..ticket(UserId::new())
    };
    let closed = Ticket {
        title: "Привет, 'world' %_\\ \u{1F5A8}".to_owned(),
        description: "line\nline".repeat(1_000),
        urgency: Urgency::Critical,
        status: Status::Closed,
        department: Some(Department::Hr),
        feedback: Some(String::new()),
        rating: Some(5),
        updated_at: later(now(), 1),
        resolved_at: Some(later(now(), 2)),
        closed_at: Some(later(now(), 3)),
        ..ticket(UserId::new())
    };
    for ticket in [flagged, closed, ticket(UserId::new())] {
        save(store, &ticket).await;
        assert_eq!(store.ticket(ticket.id).await.unwrap(), Some(Versioned { value: ticket, version: 1 }));
    }
    assert_eq!(store.ticket(TicketId::new()).await.unwrap(), None);
}

async fn each_write_raises_the_version(store: &Arc<dyn Store>) {
    let made = ticket(UserId::new());
    save(store, &made).await;
    let resolved =
        Ticket { status: Status::Resolved, rating: Some(4), updated_at: later(made.updated_at, 7), ..made.clone() };
    let write =
        TicketWrite { outcome: Outcome::TicketChanged { ticket: resolved.clone() }, ..ticket_write(1, &resolved) };
    let event = write.event.clone();
    assert_eq!(store.applied(made.id, &event).await.unwrap(), None);
    assert_eq!(store.write_ticket(write.clone()).await.unwrap(), WRITTEN);
    assert_eq!(store.ticket(made.id).await.unwrap(), Some(Versioned { value: resolved, version: 2 }));
    assert_eq!(store.applied(made.id, &event).await.unwrap(), Some(write.outcome));
    assert_eq!(store.applied(TicketId::new(), &event).await.unwrap(), None);
}

async fn a_repeated_write_is_stale(store: &Arc<dyn Store>) {
    let made = ticket(UserId::new());
    let write = ticket_write(0, &made);
    assert_eq!(store.write_ticket(write.clone()).await.unwrap(), WRITTEN);
    assert_eq!(store.write_ticket(write.clone()).await.unwrap(), TicketWritten::Stale);
    assert_eq!(store.ticket(made.id).await.unwrap().unwrap().version, 1);
    assert_eq!(store.applied(made.id, &write.event).await.unwrap(), Some(write.outcome));
}

async fn a_write_on_another_version_is_stale(store: &Arc<dyn Store>) {
    let made = ticket(UserId::new());
    let absent = ticket_write(1, &made);
    assert_eq!(store.write_ticket(absent).await.unwrap(), TicketWritten::Stale);
    assert_eq!(store.ticket(made.id).await.unwrap(), None);
    save(store, &made).await;
    let changed = Ticket { status: Status::Closed, ..made.clone() };
    for expected in [0, 2, 3] {
        let write = ticket_write(expected, &changed);
        assert_eq!(store.write_ticket(write.clone()).await.unwrap(), TicketWritten::Stale, "{expected}");
        assert_eq!(store.applied(made.id, &write.event).await.unwrap(), None);
    }
    assert_eq!(store.ticket(made.id).await.unwrap(), Some(Versioned { value: made, version: 1 }));
}

async fn a_known_event_is_stale_on_any_version(store: &Arc<dyn Store>) {
    let made = ticket(UserId::new());
    let write = ticket_write(0, &made);
    store.write_ticket(write.clone()).await.unwrap();
    let changed = Ticket { status: Status::Closed, ..made.clone() };
    let again = TicketWrite { event: write.event.clone(), ..ticket_write(1, &changed) };
    assert_eq!(store.write_ticket(again).await.unwrap(), TicketWritten::Stale);
    assert_eq!(store.ticket(made.id).await.unwrap(), Some(Versioned { value: made.clone(), version: 1 }));
    assert_eq!(store.applied(made.id, &write.event).await.unwrap(), Some(write.outcome));
}

async fn a_record_alone_leaves_the_ticket(store: &Arc<dyn Store>) {
    let made = ticket(UserId::new());
    save(store, &made).await;
    let outcome = Outcome::TicketConflict { status: Status::Closed };
    let refused = TicketWrite { ticket: None, outcome: outcome.clone(), ..ticket_write(1, &made) };
    let stale = TicketWrite { expected: 2, event: event(), ..refused.clone() };
    assert_eq!(store.write_ticket(stale.clone()).await.unwrap(), TicketWritten::Stale);
    assert_eq!(store.applied(made.id, &stale.event).await.unwrap(), None);
    assert_eq!(store.write_ticket(refused.clone()).await.unwrap(), WRITTEN);
    assert_eq!(store.write_ticket(refused.clone()).await.unwrap(), TicketWritten::Stale);
    assert_eq!(store.applied(made.id, &refused.event).await.unwrap(), Some(outcome));
    assert_eq!(store.ticket(made.id).await.unwrap(), Some(Versioned { value: made, version: 1 }));
}

async fn a_request_about_no_ticket_is_on_record(store: &Arc<dyn Store>) {
    let absent = ticket(UserId::new());
    let refused = TicketWrite { ticket: None, outcome: Outcome::TicketNotFound, ..ticket_write(0, &absent) };
    assert_eq!(store.write_ticket(refused.clone()).await.unwrap(), WRITTEN);
    assert_eq!(store.applied(absent.id, &refused.event).await.unwrap(), Some(Outcome::TicketNotFound));
    assert_eq!(store.ticket(absent.id).await.unwrap(), None);
    assert_eq!(store.write_ticket(refused).await.unwrap(), TicketWritten::Stale);
    save(store, &absent).await;
    assert_eq!(store.ticket(absent.id).await.unwrap().unwrap().version, 1);
}

async fn a_record_for_another_ticket_is_refused_whole(store: &Arc<dyn Store>) {
    let made = ticket(UserId::new());
    let write = TicketWrite { ticket_id: TicketId::new(), ..ticket_write(0, &made) };
    assert!(matches!(store.write_ticket(write.clone()).await, Err(StoreError::Failed(_))));
    assert_eq!(store.applied(write.ticket_id, &write.event).await.unwrap(), None);
    assert_eq!(store.ticket(made.id).await.unwrap(), None);
}

async fn of_many_writes_on_one_version_one_is_made(store: &Arc<dyn Store>) {
    let made = ticket(UserId::new());
    for expected in [0, 1] {
        let written = at_once(store, 20, |store, nth| {
            let title = format!("{expected}: {nth}");
            let write = ticket_write(expected, &Ticket { title, ..made.clone() });
            async move { store.write_ticket(write).await.unwrap() }
        });
        let written = written.await;
        let winners: Vec<usize> = (0..20).filter(|&nth| written[nth] == WRITTEN).collect();
        let [winner] = winners[..] else { panic!("{winners:?} were all written on version {expected}") };
        let kept = store.ticket(made.id).await.unwrap().unwrap();
        assert_eq!((kept.value.title, kept.version), (format!("{expected}: {winner}"), expected + 1));
    }
}

async fn messages_come_with_a_change_or_not_at_all(store: &Arc<dyn Store>) {
    let made = ticket(UserId::new());
    let hello = message(made.id, "Hello");
    let first = TicketWrite { messages: vec![hello.clone()], ..ticket_write(0, &made) };
    let kept = Message { seq: 1, ..hello.clone() };
    assert_eq!(store.write_ticket(first.clone()).await.unwrap(), TicketWritten::Written(vec![kept.clone()]));
    assert_eq!(store.write_ticket(first).await.unwrap(), TicketWritten::Stale);

    let closed = Ticket { status: Status::Closed, ..made.clone() };
    let stale = TicketWrite { messages: vec![message(made.id, "Bye")], ..ticket_write(2, &closed) };
    assert_eq!(store.write_ticket(stale).await.unwrap(), TicketWritten::Stale);
    let known = TicketWrite { messages: vec![message(made.id, "Bye"), hello], ..ticket_write(1, &closed) };
    assert_eq!(store.write_ticket(known.clone()).await.unwrap(), TicketWritten::Stale);
    assert_eq!(store.applied(made.id, &known.event).await.unwrap(), None);
    let elsewhere = TicketWrite { messages: vec![message(TicketId::new(), "Bye")], ..ticket_write(1, &closed) };
    assert!(matches!(store.write_ticket(elsewhere).await, Err(StoreError::Failed(_))));
    let absent = ticket(UserId::new());
    let alone = TicketWrite { ticket: None, messages: vec![message(absent.id, "Bye")], ..ticket_write(0, &absent) };
    assert!(matches!(store.write_ticket(alone).await, Err(StoreError::Failed(_))));
    assert_eq!(store.messages(made.id, MessageRange::Newest, 9).await.unwrap().items, std::slice::from_ref(&kept));
    assert_eq!(store.ticket(made.id).await.unwrap(), Some(Versioned { value: made.clone(), version: 1 }));

    let (bye, notice) = (message(made.id, "Bye"), message(made.id, "Closed."));
    let two = TicketWrite { messages: vec![bye.clone(), notice.clone()], ..ticket_write(1, &closed) };
    let places = vec![Message { seq: 2, ..bye }, Message { seq: 3, ..notice }];
    assert_eq!(store.write_ticket(two).await.unwrap(), TicketWritten::Written(places.clone()));
    let page = store.messages(made.id, MessageRange::Newest, 9).await.unwrap();
    assert_eq!(page.items, [vec![kept], places].concat());
}
