//! Tickets as they come from moderation and routing.

use contracts::{
    Department, Envelope, Event, Outcome, Status, Ticket, TicketDraft, User,
    event::{TicketAssigned, TicketFlagged, TicketRouted, TicketSaved},
};

use super::{
    Change, Persistence,
    change::{Changed, Decision, begins},
    notices,
    store::StoreError,
};
use crate::runtime::{Effects, Failure};

impl Persistence {
    /// Saves a ticket that was routed, or assigns one that was routed after its release.
    pub(super) async fn save_routed(
        &self,
        envelope: &Envelope<Change>,
        routed: &TicketRouted,
    ) -> Result<Effects, Failure> {
        let department = routed.department;
        let agent = self.department_agent(department).await?;
        let assign = |ticket: Ticket| Ticket {
            status: if agent.is_some() { Status::Assigned } else { Status::Open },
            department: Some(department),
            assignee_id: agent.as_ref().map(|agent| agent.id),
            ..ticket
        };
        let notice = agent.as_ref().map(|agent| notices::assigned(Some(agent), department));
        let new = Decision { notice: notice.clone(), ..saved(&routed.draft, assign(new_ticket(&routed.draft))) };
        let release = !begins(envelope, routed.draft.id);
        let mut changed = self
            .change(envelope, routed.draft.id, |present| match present {
                None => new.clone(),
                Some(ticket) if is_released(ticket) => {
                    let ticket = assign(Ticket { updated_at: envelope.time, ..ticket.clone() });
                    let outcome = Outcome::TicketChanged { ticket: ticket.clone() };
                    Decision { ticket: Some(ticket), conversation: Vec::new(), notice: notice.clone(), outcome }
                }
                // Somebody assigned it since its release.
                Some(ticket) if release => Decision::nothing(Outcome::TicketChanged { ticket: ticket.clone() }),
                Some(ticket) => stands(ticket),
            })
            .await?;
        if let Outcome::TicketSaved { ticket } = &changed.outcome {
            let saved = TicketSaved { ticket: ticket.clone() };
            self.find_conversation(&mut changed, &routed.draft).await?;
            return Ok(changed.effects(Some(saved.into())));
        }
        let assigned = changed.notice.is_some().then(|| changed.ticket()).flatten();
        let assigned = assigned.map(|ticket| Event::from(TicketAssigned { ticket, actor: None, reason: None }));
        Ok(changed.effects(assigned))
    }

    /// Saves a ticket that waits for an admin.
    pub(super) async fn save_flagged(
        &self,
        envelope: &Envelope<Change>,
        flagged: &TicketFlagged,
    ) -> Result<Effects, Failure> {
        let ticket = Ticket { misuse_flag: true, ..new_ticket(&flagged.draft) };
        let new = saved(&flagged.draft, ticket);
        let mut changed =
            self.change(envelope, flagged.draft.id, |present| present.map_or_else(|| new.clone(), stands)).await?;
        self.find_conversation(&mut changed, &flagged.draft).await?;
        let saved = match &changed.outcome {
            Outcome::TicketSaved { ticket } => Some(TicketSaved { ticket: ticket.clone() }.into()),
            _ => None,
        };
        Ok(changed.effects(saved))
    }

    /// Of an event that comes again: what was said before the ticket was raised, as it was saved then.
    async fn find_conversation(&self, changed: &mut Changed, draft: &TicketDraft) -> Result<(), StoreError> {
        if !changed.first {
            for said in draft.first_messages() {
                changed.conversation.extend(self.store.message(draft.id, said.id).await?);
            }
        }
        Ok(())
    }

    /// The agent to whom the tickets of a department are assigned.
    pub(super) async fn department_agent(&self, department: Department) -> Result<Option<User>, StoreError> {
        match self.store.department_agent(department).await? {
            Some(agent) => self.store.user(agent).await,
            None => Ok(None),
        }
    }
}

/// The ticket is new.
fn saved(draft: &TicketDraft, ticket: Ticket) -> Decision {
    let (conversation, outcome) = (draft.first_messages(), Outcome::TicketSaved { ticket: ticket.clone() });
    Decision { ticket: Some(ticket), conversation, notice: None, outcome }
}

/// Another verdict on the same request came first, as when a language model is asked twice. It stands.
fn stands(ticket: &Ticket) -> Decision {
    Decision::nothing(Outcome::TicketSaved { ticket: ticket.clone() })
}

/// Whether a ticket was flagged, and goes on now.
fn is_released(ticket: &Ticket) -> bool {
    ticket.status == Status::Open && !ticket.misuse_flag && ticket.department.is_none()
}

fn new_ticket(draft: &TicketDraft) -> Ticket {
    Ticket {
        id: draft.id,
        user_id: draft.user_id,
        title: draft.title.clone(),
        description: draft.description.clone(),
        urgency: draft.urgency,
        status: Status::Open,
        department: None,
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

/// What the requester of a ticket asked for.
pub(super) fn draft_of(ticket: &Ticket) -> TicketDraft {
    TicketDraft {
        id: ticket.id,
        user_id: ticket.user_id,
        title: ticket.title.clone(),
        description: ticket.description.clone(),
        urgency: ticket.urgency,
        created_at: ticket.created_at,
        // It is among the messages already.
        conversation: Vec::new(),
    }
}
