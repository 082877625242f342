use contracts::{
    Department, Envelope, Kind, MessageId, Outcome, RequestId, Role, Status, Ticket, TicketId,
    event::{
        MessageFeedbackRequested, MessageReadRequested, MessageSent, TicketAssignRequested, TicketReopenRequested,
    },
    message::{Feedback, SenderRole},
};
use workers::{persistence::Change, runtime::Worker};

use super::{Pool, draft, envelope, event, kinds, sending, sent, system, told};
use crate::store::samples::{later, user};

/// The same message, sent again a while later.
fn resending(sent: &MessageSent, first: &Envelope<Change>) -> Envelope<Change> {
    envelope(sent.clone().into(), RequestId::from(sent.message_id.uuid()), later(first.time, 700_000_000))
}

#[tokio::test]
async fn a_message_is_saved_told_and_on_record() {
    let pool = Pool::new().await;
    let ticket = pool.ticket().await;
    for (by, role) in
        [(&pool.requester, SenderRole::User), (&pool.it, SenderRole::Agent), (&pool.admin, SenderRole::Admin)]
    {
        let sending = sending(&sent(ticket.id, by, "web-1", "Hello"));
        let effects = pool.handle(&sending).await;
        let kept = pool.messages(ticket.id).await.pop().unwrap();
        assert_eq!((kept.sender_id, kept.sender_role, kept.timestamp), (by.id, role, sending.time));
        assert_eq!(told(&effects), [format!("{} Hello", kept.seq)]);
        assert_eq!((kinds(&effects), &effects.outcome), (vec![Kind::MessageSaved], &None));
        assert!(effects.first);
        pool.again(&sending, &effects, ticket.id).await;
    }
    assert_eq!(pool.present(ticket.id).await, ticket);
}

#[tokio::test]
async fn a_resend_is_told_to_the_room_alone() {
    let pool = Pool::new().await;
    for status in [Status::Assigned, Status::Resolved, Status::Closed] {
        let ticket = pool.ticket().await;
        let hello = sent(ticket.id, &pool.requester, "web-1", "Hello");
        let first = sending(&hello);
        pool.handle(&first).await;
        if status == Status::Resolved {
            pool.handle(&event(super::resolve(ticket.id, &pool.it))).await;
        } else if status == Status::Closed {
            let (ticket_id, actor) = (ticket.id, (&pool.it).into());
            pool.handle(&event(contracts::event::TicketCloseRequested { ticket_id, actor })).await;
        }
        let before = pool.messages(ticket.id).await;
        let effects = pool.handle(&resending(&hello, &first)).await;
        assert_eq!((told(&effects), kinds(&effects)), (vec!["2 Hello".to_owned()], vec![]), "{status}");
        let redelivered = pool.handle(&first).await;
        assert_eq!((told(&redelivered), kinds(&redelivered)), (told(&effects), vec![Kind::MessageSaved]), "{status}");
        let other = MessageSent { content: "Bye".to_owned(), ..hello };
        let refused = pool.handle(&sending(&other)).await;
        assert_eq!(told(&refused), ["CLIENT_MESSAGE_ID_REUSED"], "{status}");
        assert_eq!(kinds(&refused), [Kind::MessageRefused]);
        assert_eq!(pool.messages(ticket.id).await, before);
        assert_eq!(pool.present(ticket.id).await.status, status);
    }
}

#[tokio::test]
async fn a_message_reopens_a_resolved_ticket_once() {
    let pool = Pool::new().await;
    let Ticket { id, .. } = pool.ticket_in(Status::Resolved).await;
    let sending = sending(&sent(id, &pool.requester, "web-1", "Still broken"));
    let effects = pool.handle(&sending).await;
    assert_eq!(told(&effects), ["3 Still broken", "4 Reopened by a new message.", "assigned"]);
    assert_eq!(kinds(&effects), [Kind::MessageSaved, Kind::TicketReopened]);
    assert_eq!(effects.outcome, None);
    let ticket = pool.present(id).await;
    assert_eq!((ticket.status, ticket.resolved_at, ticket.assignee_id), (Status::Assigned, None, Some(pool.it.id)));
    assert_eq!(ticket.updated_at, sending.time);
    let notice = pool.messages(id).await.pop().unwrap();
    assert!(system(notice.sender_id) && notice.sender_role == SenderRole::System);
    assert_eq!(pool.store.last_read(id, pool.requester.id).await.unwrap(), 3);
    pool.again(&sending, &effects, id).await;

    pool.handle(&event(super::resolve(id, &pool.it))).await;
    let late = pool.handle(&sending).await;
    assert_eq!(told(&late), ["3 Still broken", "4 Reopened by a new message.", "resolved"]);
    assert_eq!(kinds(&late), [Kind::MessageSaved, Kind::TicketReopened]);
    assert_eq!(pool.present(id).await.status, Status::Resolved, "what was reopened once is not reopened again");
}

#[tokio::test]
async fn a_closed_ticket_refuses() {
    let pool = Pool::new().await;
    let Ticket { id, .. } = pool.ticket_in(Status::Closed).await;
    let before = pool.messages(id).await;
    for by in [&pool.requester, &pool.it, &pool.admin] {
        let effects = pool.handle(&sending(&sent(id, by, "web-1", "Hello"))).await;
        assert_eq!((told(&effects), kinds(&effects)), (vec!["TICKET_CLOSED".to_owned()], vec![Kind::MessageRefused]));
    }
    assert_eq!(pool.messages(id).await, before);
    let hello = sent(id, &pool.requester, "web-1", "Hello");
    pool.handle(&event(TicketReopenRequested { ticket_id: id, actor: (&pool.it).into() })).await;
    assert_eq!(kinds(&pool.handle(&sending(&hello)).await), [Kind::MessageSaved], "open again, it takes it");
}

#[tokio::test]
async fn a_foreign_ticket_refuses_as_one_that_is_not_there() {
    let pool = Pool::new().await;
    let stranger = user(Role::User, None);
    for status in [Status::Assigned, Status::Resolved, Status::Closed] {
        let ticket = pool.ticket_in(status).await;
        let before = pool.messages(ticket.id).await;
        for by in [&stranger, &pool.hr] {
            for id in [ticket.id, TicketId::new()] {
                let effects = pool.handle(&sending(&sent(id, by, "web-1", "Hello"))).await;
                assert_eq!(told(&effects), ["TICKET_NOT_FOUND"], "{status}");
                assert_eq!(kinds(&effects), [Kind::MessageRefused]);
            }
        }
        assert_eq!(pool.messages(ticket.id).await, before);
        assert_eq!(pool.present(ticket.id).await, ticket);
    }
}

#[tokio::test]
async fn what_was_saved_stays_said_when_its_sender_loses_access() {
    let pool = Pool::new().await;
    let ticket = pool.ticket().await;
    let first = sending(&sent(ticket.id, &pool.it, "web-1", "Hello"));
    let effects = pool.handle(&first).await;
    let moved = TicketAssignRequested {
        ticket_id: ticket.id,
        actor: (&pool.admin).into(),
        department: Some(Department::Hr),
        assignee_id: None,
        reason: Some("Pay".to_owned()),
    };
    pool.handle(&event(moved)).await;
    pool.again(&first, &effects, ticket.id).await;
    let more = pool.handle(&sending(&sent(ticket.id, &pool.it, "web-2", "Hello"))).await;
    assert_eq!(told(&more), ["TICKET_NOT_FOUND"]);
}

#[tokio::test]
async fn a_message_that_is_given_up_is_refused() {
    let pool = Pool::new().await;
    let sending = sending(&sent(TicketId::new(), &pool.requester, "web-1", "Hello"));
    let effects = pool.persistence.give_up(&sending, 6, "no luck");
    assert_eq!((told(&effects), kinds(&effects)), (vec!["FAILED".to_owned()], vec![Kind::MessageRefused]));
    assert_eq!(effects.outcome, None);
}

#[tokio::test]
async fn reading_moves_the_readers_mark() {
    let pool = Pool::new().await;
    let Ticket { id: ticket_id, .. } = pool.ticket().await;
    pool.handle(&sending(&sent(ticket_id, &pool.it, "web-1", "Hello"))).await;
    for (seq, mark) in [(1, 1), (9, 2), (1, 2)] {
        let user_id = pool.requester.id;
        let effects = pool.handle(&event(MessageReadRequested { ticket_id, user_id, seq })).await;
        assert!(effects.frames.is_empty() && effects.events.is_empty() && effects.outcome.is_none());
        assert_eq!(pool.store.last_read(ticket_id, user_id).await.unwrap(), mark);
    }
}

#[tokio::test]
async fn feedback_is_for_answers_of_the_bot_and_those_who_see_them() {
    let pool = Pool::new().await;
    let Ticket { id: ticket_id, .. } = pool.ticket().await;
    let answer = MessageSent { is_ai: true, ..sent(ticket_id, &pool.it, "bot-1", "Turn it off and on.") };
    let plain = sent(ticket_id, &pool.it, "web-1", "Hello");
    for message in [&answer, &plain] {
        pool.handle(&sending(message)).await;
    }
    let give = |ticket_id, message_id: MessageId, by| {
        let actor = contracts::Actor::from(by);
        event(MessageFeedbackRequested { ticket_id, message_id, actor, feedback: Feedback::Helpful })
    };
    let (elsewhere, stranger) = (pool.ticket().await.id, user(Role::User, None));
    for wrong in [
        give(ticket_id, plain.message_id, &pool.requester),
        give(ticket_id, MessageId::new(), &pool.requester),
        give(elsewhere, answer.message_id, &pool.requester),
        give(TicketId::new(), answer.message_id, &pool.admin),
        give(ticket_id, answer.message_id, &pool.hr),
        give(ticket_id, answer.message_id, &stranger),
    ] {
        let effects = pool.handle(&wrong).await;
        assert_eq!(effects.outcome, Some(Outcome::MessageNotFound));
        assert!(effects.frames.is_empty() && effects.events.is_empty());
    }
    let right = give(ticket_id, answer.message_id, &pool.requester);
    let effects = pool.handle(&right).await;
    let Some(Outcome::MessageChanged { message }) = &effects.outcome else { panic!("{effects:?}") };
    assert_eq!((message.id, message.feedback), (answer.message_id, Feedback::Helpful));
    assert_eq!((kinds(&effects), effects.frames.len()), (vec![Kind::MessageFeedbackGiven], 1));
    pool.again(&right, &effects, ticket_id).await;
}

#[tokio::test]
async fn a_ticket_without_an_agent_is_open_after_a_message_reopened_it() {
    let pool = Pool::new().await;
    let draft = draft(&pool.requester);
    let id = draft.id;
    let verdict = super::flagged::verdict();
    pool.handle(&super::first_event(contracts::event::TicketFlagged { draft, verdict })).await;
    pool.handle(&event(super::resolve(id, &pool.requester))).await;
    let effects = pool.handle(&sending(&sent(id, &pool.requester, "web-1", "Please look"))).await;
    assert_eq!(told(&effects), ["2 Please look", "3 Reopened by a new message.", "open"]);
    assert!(pool.present(id).await.misuse_flag);
}
