//! A ticket that begins with what was said to the bot.

use contracts::{
    Department, Outcome, Status, TicketDraft, UserId,
    ai::Utterance,
    event::{TicketFlagged, TicketRouted},
    message::{Feedback, SenderRole},
};

use super::{Pool, draft, first_event, flagged::verdict, told};
use crate::store::samples::now;

fn after_the_bot(pool: &Pool) -> TicketDraft {
    let said = |is_ai, content: &str, feedback| Utterance { is_ai, content: content.to_owned(), feedback, at: now() };
    let conversation = vec![
        said(false, "Where is the ink?", Feedback::None),
        said(true, "On the shelf. [1]", Feedback::NotHelpful),
        said(false, "There is none.", Feedback::None),
        said(true, "I found nothing.", Feedback::None),
    ];
    TicketDraft { conversation, ..draft(&pool.requester) }
}

#[tokio::test]
async fn it_is_written_with_the_ticket_once() {
    let pool = Pool::new().await;
    let draft = after_the_bot(&pool);
    let routed = first_event(TicketRouted { draft: draft.clone(), department: Department::It, model: "m".to_owned() });
    let effects = pool.handle(&routed).await;
    assert_eq!(
        told(&effects),
        [
            "1 Where is the ink?",
            "2 On the shelf. [1]",
            "3 There is none.",
            "4 I found nothing.",
            "5 Assigned to it-agent (IT)."
        ]
    );
    let messages = pool.messages(draft.id).await;
    for (message, said) in messages.iter().zip(&draft.conversation) {
        let (sender, role) =
            if said.is_ai { (UserId::BOT, SenderRole::System) } else { (pool.requester.id, SenderRole::User) };
        assert_eq!((message.sender_id, message.sender_role, message.is_ai), (sender, role, said.is_ai));
        assert_eq!((message.timestamp, message.feedback), (said.at, said.feedback));
    }
    assert_eq!(pool.store.last_read(draft.id, pool.requester.id).await.unwrap(), 3, "one has read what one asked");
    pool.again(&routed, &effects, draft.id).await;
}

#[tokio::test]
async fn it_is_there_when_the_ticket_is_flagged_and_another_verdict_adds_nothing() {
    let pool = Pool::new().await;
    let draft = after_the_bot(&pool);
    let flagged = first_event(TicketFlagged { draft: draft.clone(), verdict: verdict() });
    let effects = pool.handle(&flagged).await;
    let Some(Outcome::TicketSaved { ticket }) = &effects.outcome else { panic!("{effects:?}") };
    assert_eq!((ticket.status, pool.messages(draft.id).await.len(), told(&effects).len()), (Status::Open, 4, 4));
    pool.again(&flagged, &effects, draft.id).await;
    let routed = first_event(TicketRouted { draft: draft.clone(), department: Department::It, model: "m".to_owned() });
    pool.handle(&routed).await;
    assert_eq!(pool.messages(draft.id).await.len(), 4);
}
