use contracts::{
    Actor, Department, Envelope, Event, EventId, Kind, Outcome, Status, Ticket, TicketDraft,
    event::{TicketAssignRequested, TicketFlagged, TicketReleaseRequested, TicketRouted},
    moderation::Verdict,
    trace::TraceParent,
};
use workers::{persistence::Change, runtime::Input};

use super::{Pool, draft, event, first_event, kinds, resolve, told};
use crate::store::samples::now;

pub(super) fn verdict() -> Verdict {
    Verdict {
        is_harmful: true,
        category: "harassment".to_owned(),
        reason: "It insults.".to_owned(),
        model: "m".to_owned(),
        fallback: None,
    }
}

async fn flagged(pool: &Pool) -> (TicketDraft, Ticket) {
    let draft = draft(&pool.requester);
    let effects = pool.handle(&first_event(TicketFlagged { draft: draft.clone(), verdict: verdict() })).await;
    let Some(Outcome::TicketSaved { ticket }) = effects.outcome else { panic!("{effects:?}") };
    assert_eq!((ticket.status, ticket.department, ticket.misuse_flag), (Status::Open, None, true));
    assert!(pool.messages(ticket.id).await.is_empty());
    (draft, ticket)
}

/// What routing makes of a release.
fn routed(release: &EventId, draft: &TicketDraft) -> Envelope<Change> {
    let event = Event::from(TicketRouted { draft: draft.clone(), department: Department::It, model: "m".to_owned() });
    let id = release.follow(Kind::TicketReleased, None).follow(Kind::TicketRouted, None);
    Envelope { id, time: now(), trace: TraceParent::start(), event }.try_map(Change::from_event).unwrap()
}

#[tokio::test]
async fn a_released_ticket_goes_on_from_routing() {
    let pool = Pool::new().await;
    let (draft, ticket) = flagged(&pool).await;
    let actor = Actor::from(&pool.admin);
    let release = event(TicketReleaseRequested { ticket_id: ticket.id, actor: actor.clone() });
    let effects = pool.handle(&release).await;
    let Some(Event::TicketReleased(released)) = effects.events.first() else { panic!("{effects:?}") };
    assert_eq!((&released.draft, &released.actor), (&draft, &actor));
    assert_eq!(told(&effects), ["1 Released by root.", "open"]);
    assert_eq!(effects.outcome, None, "the request ends when the ticket is routed");
    assert!(!pool.present(ticket.id).await.misuse_flag);
    pool.again(&release, &effects, ticket.id).await;

    let routed = routed(&release.id, &draft);
    let effects = pool.handle(&routed).await;
    let present = pool.present(ticket.id).await;
    assert_eq!((present.status, present.assignee_id), (Status::Assigned, Some(pool.it.id)));
    assert_eq!((present.department, present.created_at), (Some(Department::It), ticket.created_at));
    assert_eq!(effects.outcome, Some(Outcome::TicketChanged { ticket: present }));
    let Some(Event::TicketAssigned(assigned)) = effects.events.first() else { panic!("{effects:?}") };
    assert_eq!((&assigned.actor, effects.events.len()), (&None, 1));
    assert_eq!(told(&effects), ["2 Assigned to it-agent (IT).", "assigned"]);
    pool.again(&routed, &effects, ticket.id).await;
    assert_eq!(pool.store.ticket(ticket.id).await.unwrap().unwrap().version, 3);
}

#[tokio::test]
async fn only_an_admin_releases_and_only_what_waits() {
    let pool = Pool::new().await;
    let (_, ticket) = flagged(&pool).await;
    let release = |id, by| event(TicketReleaseRequested { ticket_id: id, actor: Actor::from(by) });
    for by in [&pool.it, &pool.requester] {
        let effects = pool.handle(&release(ticket.id, by)).await;
        assert_eq!(effects.outcome, Some(Outcome::TicketNotFound));
    }
    assert_eq!(pool.present(ticket.id).await, ticket);
    let plain = pool.ticket().await;
    let effects = pool.handle(&release(plain.id, &pool.admin)).await;
    assert_eq!(effects.outcome, Some(Outcome::TicketConflict { status: Status::Assigned }));
    pool.handle(&event(resolve(ticket.id, &pool.requester))).await;
    let effects = pool.handle(&release(ticket.id, &pool.admin)).await;
    assert_eq!(effects.outcome, Some(Outcome::TicketConflict { status: Status::Resolved }));
    assert!(effects.events.is_empty());
}

#[tokio::test]
async fn a_flagged_ticket_is_not_assigned_and_a_released_one_only_with_a_department() {
    let pool = Pool::new().await;
    let (draft, ticket) = flagged(&pool).await;
    let assign = |department| {
        let actor = Actor::from(&pool.admin);
        event(TicketAssignRequested { ticket_id: ticket.id, actor, department, assignee_id: None, reason: None })
    };
    let effects = pool.handle(&assign(Some(Department::Hr))).await;
    assert_eq!(effects.outcome, Some(Outcome::TicketConflict { status: Status::Open }));
    let release = event(TicketReleaseRequested { ticket_id: ticket.id, actor: (&pool.admin).into() });
    pool.handle(&release).await;
    assert_eq!(pool.handle(&assign(None)).await.outcome, Some(Outcome::AssigneeInvalid));
    assert_eq!(kinds(&pool.handle(&assign(Some(Department::Hr))).await), [Kind::TicketAssigned]);

    // The admin was faster than routing: the ticket stays where it is.
    let present = pool.present(ticket.id).await;
    assert_eq!(present.department, Some(Department::Hr));
    let late = pool.handle(&routed(&release.id, &draft)).await;
    assert_eq!(late.outcome, Some(Outcome::TicketChanged { ticket: present.clone() }));
    assert!(late.events.is_empty());
    assert_eq!(pool.present(ticket.id).await, present);
}

#[tokio::test]
async fn of_two_verdicts_on_one_request_the_first_stands() {
    let pool = Pool::new().await;
    let (draft, ticket) = flagged(&pool).await;
    let cleared = TicketRouted { draft, department: Department::It, model: "m".to_owned() };
    let effects = pool.handle(&first_event(cleared)).await;
    assert_eq!(effects.outcome, Some(Outcome::TicketSaved { ticket: ticket.clone() }));
    assert_eq!(pool.present(ticket.id).await, ticket);
    let plain = pool.ticket().await;
    let draft = TicketDraft { id: plain.id, ..super::draft(&pool.requester) };
    let effects = pool.handle(&first_event(TicketFlagged { draft, verdict: verdict() })).await;
    assert_eq!(effects.outcome, Some(Outcome::TicketSaved { ticket: plain.clone() }));
    assert_eq!(pool.present(plain.id).await, plain);
}
