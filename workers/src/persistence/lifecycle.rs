//! The life of a ticket in the store: each change on the condition of the present state, and recorded with the event
//! that asked for it, so that the event has one effect however often it comes.

use contracts::{
    Department, Envelope, Event, Outcome, Status, Ticket, TicketDraft, TicketId,
    event::{TicketFlagged, TicketResolveRequested, TicketResolved, TicketRouted, TicketSaved},
};

use super::{
    Change, Persistence,
    store::{TicketWrite, TicketWritten},
};
use crate::runtime::{Effects, Failure};

/// Another event changed the ticket each time that this one tried to.
#[derive(Debug, thiserror::Error)]
#[error("the ticket changed {0} times while one change was tried")]
struct Contended(u32);

/// How often a change is decided anew because another came first.
const TRIES: u32 = 16;

impl Persistence {
    pub(super) async fn save_routed(
        &self,
        envelope: &Envelope<Change>,
        routed: &TicketRouted,
    ) -> Result<Effects, Failure> {
        let assignee = self.store.department_agent(routed.department).await?;
        let ticket = Ticket {
            status: if assignee.is_some() { Status::Assigned } else { Status::Open },
            assignee_id: assignee,
            ..new_ticket(&routed.draft, Some(routed.department))
        };
        self.save(envelope, ticket).await
    }

    pub(super) async fn save_flagged(
        &self,
        envelope: &Envelope<Change>,
        flagged: &TicketFlagged,
    ) -> Result<Effects, Failure> {
        let ticket = Ticket { misuse_flag: true, ..new_ticket(&flagged.draft, None) };
        self.save(envelope, ticket).await
    }

    async fn save(&self, envelope: &Envelope<Change>, ticket: Ticket) -> Result<Effects, Failure> {
        let id = ticket.id;
        self.change(envelope, id, |present| match present {
            // Another verdict on the same request came first, as when a language model is asked twice. It stands.
            Some(present) => (None, Outcome::TicketSaved { ticket: present.clone() }),
            None => (Some(ticket.clone()), Outcome::TicketSaved { ticket: ticket.clone() }),
        })
        .await
        .map(|outcome| match outcome.clone() {
            Outcome::TicketSaved { ticket } => Effects::event(TicketSaved { ticket }).with_outcome(outcome),
            outcome => Effects::outcome(outcome),
        })
    }

    pub(super) async fn resolve(
        &self,
        envelope: &Envelope<Change>,
        request: &TicketResolveRequested,
    ) -> Result<Effects, Failure> {
        let outcome = self
            .change(envelope, request.ticket_id, |present| {
                let visible = present.filter(|ticket| request.actor.may_access(ticket.user_id, ticket.department));
                let Some(ticket) = visible else { return (None, Outcome::TicketNotFound) };
                if !matches!(ticket.status, Status::Open | Status::Assigned) {
                    return (None, Outcome::TicketConflict { status: ticket.status });
                }
                let resolved = Ticket {
                    status: Status::Resolved,
                    feedback: request.feedback.clone(),
                    rating: request.rating,
                    resolved_at: Some(envelope.time),
                    updated_at: envelope.time,
                    ..ticket.clone()
                };
                (Some(resolved.clone()), Outcome::TicketChanged { ticket: resolved })
            })
            .await?;
        let resolved = match &outcome {
            Outcome::TicketChanged { ticket } => {
                vec![Event::from(TicketResolved { ticket: ticket.clone(), actor: request.actor.clone() })]
            }
            _ => Vec::new(),
        };
        Ok(Effects { events: resolved, outcome: Some(outcome) })
    }

    /// Applies one event to one ticket: `decide` says from the present ticket what it becomes, if it changes, and how
    /// the request ends. An event that was applied before ends as it did then.
    async fn change(
        &self,
        envelope: &Envelope<Change>,
        id: TicketId,
        decide: impl Fn(Option<&Ticket>) -> (Option<Ticket>, Outcome),
    ) -> Result<Outcome, Failure> {
        for attempt in 0..TRIES {
            // A ticket's first event finds none, as a rule: it is written without a look.
            let look = attempt > 0 || !matches!(envelope.event, Change::TicketRouted(_) | Change::TicketFlagged(_));
            let present = if look {
                if let Some(outcome) = self.store.applied(id, &envelope.id).await? {
                    return Ok(outcome);
                }
                self.store.ticket(id).await?
            } else {
                None
            };
            let (expected, present) = present.map_or((0, None), |found| (found.version, Some(found.value)));
            let (ticket, outcome) = decide(present.as_ref());
            let write = TicketWrite {
                expected,
                ticket,
                ticket_id: id,
                event: envelope.id.clone(),
                outcome: outcome.clone(),
                at: envelope.time,
            };
            if self.store.write_ticket(write).await? == TicketWritten::Written {
                return Ok(outcome);
            }
        }
        Err(Failure::Failed(Contended(TRIES).into()))
    }
}

fn new_ticket(draft: &TicketDraft, department: Option<Department>) -> Ticket {
    Ticket {
        id: draft.id,
        user_id: draft.user_id,
        title: draft.title.clone(),
        description: draft.description.clone(),
        urgency: draft.urgency,
        status: Status::Open,
        department,
        assignee_id: None,
        misuse_flag: false,
        feedback: None,
        rating: None,
        created_at: draft.created_at,
        updated_at: draft.created_at,
        resolved_at: None,
        closed_at: None,
    }
}
