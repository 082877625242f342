use contracts::{
    Actor, Department, Envelope, Event, Kind, Outcome, Role, Status, Ticket, TicketId, User, UserId,
    event::{TicketAssignRequested, TicketCloseRequested, TicketReopenRequested, TicketRouted},
};
use workers::persistence::Change;

use super::{Pool, draft, event, first_event, kinds, resolve, system, told};
use crate::store::samples::{later, now, user};

fn close(ticket_id: TicketId, by: &User) -> Envelope<Change> {
    event(TicketCloseRequested { ticket_id, actor: by.into() })
}

fn reopen(ticket_id: TicketId, by: &User) -> Envelope<Change> {
    event(TicketReopenRequested { ticket_id, actor: by.into() })
}

fn assign(ticket_id: TicketId, by: &User, to: (Option<Department>, Option<UserId>)) -> Envelope<Change> {
    let (department, assignee_id) = to;
    event(TicketAssignRequested {
        ticket_id,
        actor: by.into(),
        department,
        assignee_id,
        reason: Some("So.".to_owned()),
    })
}

#[tokio::test]
async fn a_routed_ticket_begins_with_word_of_its_agent() {
    let pool = Pool::new().await;
    let routed = TicketRouted { draft: draft(&pool.requester), department: Department::Hr, model: "m".to_owned() };
    let id = routed.draft.id;
    let saving = first_event(routed);
    let effects = pool.handle(&saving).await;
    let ticket = pool.present(id).await;
    assert_eq!((ticket.status, ticket.assignee_id), (Status::Assigned, Some(pool.hr.id)));
    assert_eq!(effects.outcome, Some(Outcome::TicketSaved { ticket }));
    assert_eq!((kinds(&effects), effects.first), (vec![Kind::TicketSaved], true));
    let [notice] = &pool.messages(id).await[..] else { panic!("one message") };
    assert!(system(notice.sender_id));
    assert_eq!((notice.content.as_str(), notice.timestamp), ("Assigned to hr-agent (HR).", saving.time));
    pool.again(&saving, &pool.handle(&saving).await, id).await;
}

#[tokio::test]
async fn a_department_without_an_agent_leaves_the_ticket_open() {
    let pool = Pool::new().await;
    let change = workers::persistence::store::UserChange { disabled: Some(true), password_hash: None, at: now() };
    pool.store.change_user(pool.it.id, &change).await.unwrap();
    let ticket = pool.ticket().await;
    assert_eq!((ticket.status, ticket.department, ticket.assignee_id), (Status::Open, Some(Department::It), None));
    assert!(pool.messages(ticket.id).await.is_empty());
    let nobody = pool.handle(&assign(ticket.id, &pool.admin, (None, None))).await;
    assert_eq!(nobody.outcome, Some(Outcome::AssigneeInvalid));
    pool.handle(&close(ticket.id, &pool.admin)).await;
    let effects = pool.handle(&reopen(ticket.id, &pool.admin)).await;
    assert_eq!(told(&effects), ["2 Reopened by root.", "open"]);
}

/// A request, the states from which it may be made, the state it leads to, what is published and what is said.
type Step = (fn(TicketId, &User) -> Envelope<Change>, &'static [Status], Status, Kind, &'static str);

#[tokio::test]
async fn each_state_allows_what_it_allows() {
    let pool = Pool::new().await;
    let agent = &pool.it;
    let steps: [Step; 4] = [
        (
            |id, by| event(resolve(id, by)),
            &[Status::Assigned],
            Status::Resolved,
            Kind::TicketResolved,
            "Resolved by it-agent.",
        ),
        (close, &[Status::Assigned, Status::Resolved], Status::Closed, Kind::TicketClosed, "Closed by it-agent."),
        (reopen, &[Status::Resolved, Status::Closed], Status::Assigned, Kind::TicketReopened, "Reopened by it-agent."),
        (
            |id, by| assign(id, by, (Some(Department::Hr), None)),
            &[Status::Assigned],
            Status::Assigned,
            Kind::TicketAssigned,
            "Assigned to hr-agent (HR).",
        ),
    ];
    for (request, from, to, kind, notice) in steps {
        for status in [Status::Assigned, Status::Resolved, Status::Closed] {
            let before = pool.ticket_in(status).await;
            let said = pool.contents(before.id).await;
            let request = request(before.id, agent);
            let effects = pool.handle(&request).await;
            let after = pool.present(before.id).await;
            if from.contains(&status) {
                assert_eq!(effects.outcome, Some(Outcome::TicketChanged { ticket: after.clone() }));
                assert_eq!((after.status, after.updated_at), (to, request.time), "{kind} from {status}");
                assert_eq!(after.closed_at.is_some(), to == Status::Closed);
                assert_eq!(kinds(&effects), [kind]);
                assert_eq!(told(&effects), [format!("{} {notice}", said.len() + 1), to.to_string()]);
                assert!(effects.first);
            } else {
                assert_eq!(effects.outcome, Some(Outcome::TicketConflict { status }), "{kind} from {status}");
                assert_eq!((after, pool.contents(before.id).await), (before.clone(), said));
                assert!(effects.frames.is_empty() && effects.events.is_empty());
            }
            pool.again(&request, &effects, before.id).await;
        }
    }
}

#[tokio::test]
async fn who_does_not_answer_the_ticket_finds_none() {
    let pool = Pool::new().await;
    let stranger = user(Role::User, None);
    let to_hr = (Some(Department::Hr), None);
    for status in [Status::Assigned, Status::Resolved, Status::Closed] {
        let ticket = pool.ticket_in(status).await;
        let said = pool.contents(ticket.id).await;
        let mut requests = vec![event(resolve(ticket.id, &stranger)), event(resolve(ticket.id, &pool.hr))];
        for by in [&stranger, &pool.requester, &pool.hr] {
            requests.extend([close(ticket.id, by), reopen(ticket.id, by), assign(ticket.id, by, to_hr)]);
        }
        requests.extend([close(TicketId::new(), &pool.admin), event(resolve(TicketId::new(), &pool.admin))]);
        for request in requests {
            let effects = pool.handle(&request).await;
            assert_eq!(effects.outcome, Some(Outcome::TicketNotFound), "{request:?}");
            assert!(effects.frames.is_empty() && effects.events.is_empty());
        }
        assert_eq!((pool.present(ticket.id).await, pool.contents(ticket.id).await), (ticket, said));
    }
}

#[tokio::test]
async fn a_ticket_goes_to_enabled_agents_of_the_department_alone() {
    let pool = Pool::new().await;
    let second = user(Role::Agent, Some(Department::It));
    let gone = User { disabled: true, ..user(Role::Agent, Some(Department::It)) };
    for agent in [&second, &gone] {
        pool.create(agent).await;
    }
    let ticket = pool.ticket().await;
    let (it, hr) = (Some(Department::It), Some(Department::Hr));
    for to in [
        (None, Some(gone.id)),
        (None, Some(UserId::new())),
        (None, Some(pool.admin.id)),
        (None, Some(pool.requester.id)),
        (None, Some(pool.hr.id)),
        (hr, Some(second.id)),
    ] {
        let effects = pool.handle(&assign(ticket.id, &pool.it, to)).await;
        assert_eq!(effects.outcome, Some(Outcome::AssigneeInvalid), "{to:?}");
        assert_eq!(pool.present(ticket.id).await, ticket);
    }
    for (to, department, agent) in [
        ((None, Some(second.id)), it, &second),
        ((hr, None), hr, &pool.hr),
        ((it, Some(second.id)), it, &second),
        ((None, None), it, &pool.it),
    ] {
        let effects = pool.handle(&assign(ticket.id, &pool.admin, to)).await;
        let present = pool.present(ticket.id).await;
        assert_eq!((present.department, present.assignee_id), (department, Some(agent.id)), "{to:?}");
        let Some(Event::TicketAssigned(assigned)) = effects.events.first() else { panic!("{effects:?}") };
        let admin = Actor::from(&pool.admin);
        assert_eq!((&assigned.actor, assigned.reason.as_deref()), (&Some(admin), Some("So.")));
        assert!(pool.contents(ticket.id).await.pop().unwrap().contains(&agent.username));
    }
}

#[tokio::test]
async fn assigning_to_the_same_agent_changes_nothing() {
    let pool = Pool::new().await;
    let ticket = pool.ticket().await;
    for to in [(None, None), (Some(Department::It), Some(pool.it.id))] {
        let request = assign(ticket.id, &pool.it, to);
        let effects = pool.handle(&request).await;
        assert_eq!(effects.outcome, Some(Outcome::TicketChanged { ticket: ticket.clone() }));
        assert!(effects.events.is_empty());
        pool.again(&request, &effects, ticket.id).await;
        assert_eq!(pool.messages(ticket.id).await.len(), 1);
    }
}

#[tokio::test]
async fn a_late_redelivery_tells_the_room_of_the_present_state() {
    let pool = Pool::new().await;
    let Ticket { id, .. } = pool.ticket().await;
    let mut resolving = event(resolve(id, &pool.requester));
    resolving.time = later(now(), -1);
    let first = pool.handle(&resolving).await;
    pool.handle(&close(id, &pool.it)).await;
    let late = pool.handle(&resolving).await;
    assert_eq!(told(&late), ["2 Resolved by ada.", "closed"]);
    assert_eq!((&late.events, &late.outcome), (&first.events, &first.outcome));
    assert_eq!(pool.present(id).await.status, Status::Closed);
}
