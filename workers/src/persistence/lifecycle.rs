//! What a ticket may become when somebody asks for it.

use contracts::{
    Actor, Envelope, Event, Outcome, Role, Status, Ticket, User,
    event::{
        TicketAssignRequested, TicketAssigned, TicketCloseRequested, TicketClosed, TicketReleaseRequested,
        TicketReleased, TicketReopenRequested, TicketReopened, TicketResolveRequested, TicketResolved,
    },
};

use super::{Change, Persistence, change::Decision, notices, store::StoreError, tickets::draft_of};
use crate::runtime::{Effects, Failure};

impl Persistence {
    pub(super) async fn resolve(
        &self,
        envelope: &Envelope<Change>,
        request: &TicketResolveRequested,
    ) -> Result<Effects, Failure> {
        let actor = &request.actor;
        let account = self.store.user(actor.user_id).await?;
        let changed = self
            .change(envelope, request.ticket_id, |present| {
                let Some(ticket) = present.filter(|ticket| may_see(actor, ticket)) else { return not_found() };
                if !matches!(ticket.status, Status::Open | Status::Assigned) {
                    return conflict(ticket);
                }
                let resolved = Ticket {
                    status: Status::Resolved,
                    feedback: request.feedback.clone(),
                    rating: request.rating,
                    resolved_at: Some(envelope.time),
                    updated_at: envelope.time,
                    ..ticket.clone()
                };
                Decision::change(resolved, notices::resolved(actor, account.as_ref()))
            })
            .await?;
        let resolved = changed.ticket().map(|ticket| Event::from(TicketResolved { ticket, actor: actor.clone() }));
        Ok(changed.effects(resolved))
    }

    pub(super) async fn close(
        &self,
        envelope: &Envelope<Change>,
        request: &TicketCloseRequested,
    ) -> Result<Effects, Failure> {
        let actor = &request.actor;
        let account = self.store.user(actor.user_id).await?;
        let changed = self
            .change(envelope, request.ticket_id, |present| {
                let Some(ticket) = present.filter(|ticket| actor.may_handle(ticket.department)) else {
                    return not_found();
                };
                if ticket.status == Status::Closed {
                    return conflict(ticket);
                }
                let closed = Ticket {
                    status: Status::Closed,
                    closed_at: Some(envelope.time),
                    updated_at: envelope.time,
                    ..ticket.clone()
                };
                Decision::change(closed, notices::closed(actor, account.as_ref()))
            })
            .await?;
        let closed = changed.ticket().map(|ticket| Event::from(TicketClosed { ticket, actor: actor.clone() }));
        Ok(changed.effects(closed))
    }

    pub(super) async fn reopen(
        &self,
        envelope: &Envelope<Change>,
        request: &TicketReopenRequested,
    ) -> Result<Effects, Failure> {
        let actor = &request.actor;
        let account = self.store.user(actor.user_id).await?;
        let changed = self
            .change(envelope, request.ticket_id, |present| {
                let Some(ticket) = present.filter(|ticket| actor.may_handle(ticket.department)) else {
                    return not_found();
                };
                if !matches!(ticket.status, Status::Resolved | Status::Closed) {
                    return conflict(ticket);
                }
                let reopened = Ticket { updated_at: envelope.time, ..reopened(ticket) };
                Decision::change(reopened, notices::reopened(actor, account.as_ref()))
            })
            .await?;
        let reopened = changed.ticket().map(|ticket| Event::from(TicketReopened { ticket, actor: actor.clone() }));
        Ok(changed.effects(reopened))
    }

    pub(super) async fn assign(
        &self,
        envelope: &Envelope<Change>,
        request: &TicketAssignRequested,
    ) -> Result<Effects, Failure> {
        let actor = &request.actor;
        let agents = self.agents_in_question(request).await?;
        let changed = self
            .change(envelope, request.ticket_id, |present| {
                let Some(ticket) = present.filter(|ticket| actor.may_handle(ticket.department)) else {
                    return not_found();
                };
                if !matches!(ticket.status, Status::Open | Status::Assigned) || ticket.misuse_flag {
                    return conflict(ticket);
                }
                let department = request.department.or(ticket.department);
                let agent = agents.iter().find(|agent| agent.department == department);
                let (Some(department), Some(agent)) = (department, agent) else {
                    return Decision::nothing(Outcome::AssigneeInvalid);
                };
                if (ticket.department, ticket.assignee_id) == (Some(department), Some(agent.id)) {
                    return Decision::nothing(Outcome::TicketChanged { ticket: ticket.clone() });
                }
                let assigned = Ticket {
                    status: Status::Assigned,
                    department: Some(department),
                    assignee_id: Some(agent.id),
                    updated_at: envelope.time,
                    ..ticket.clone()
                };
                Decision::change(assigned, notices::assigned(Some(agent), department))
            })
            .await?;
        // The agent who has the ticket may be the one who is to have it: then nothing happened.
        let assigned = changed.notice.is_some().then(|| changed.ticket()).flatten();
        let (actor, reason) = (Some(actor.clone()), request.reason.clone());
        let assigned = assigned.map(|ticket| Event::from(TicketAssigned { ticket, actor, reason }));
        Ok(changed.effects(assigned))
    }

    /// Of each department the one agent, who is not disabled, to whom the ticket may go: the one who was named, or each
    /// department's own.
    async fn agents_in_question(&self, request: &TicketAssignRequested) -> Result<Vec<User>, StoreError> {
        let mut agents = Vec::new();
        if let Some(id) = request.assignee_id {
            agents.extend(self.store.user(id).await?);
        } else {
            for &department in contracts::Department::ALL {
                agents.extend(self.department_agent(department).await?);
            }
        }
        agents.retain(|agent| agent.role == Role::Agent && agent.department.is_some() && !agent.disabled);
        Ok(agents)
    }

    pub(super) async fn release(
        &self,
        envelope: &Envelope<Change>,
        request: &TicketReleaseRequested,
    ) -> Result<Effects, Failure> {
        let actor = &request.actor;
        let account = self.store.user(actor.user_id).await?;
        let changed = self
            .change(envelope, request.ticket_id, |present| {
                let Some(ticket) = present.filter(|_| actor.role == Role::Admin) else { return not_found() };
                if ticket.status != Status::Open || !ticket.misuse_flag {
                    return conflict(ticket);
                }
                let released = Ticket { misuse_flag: false, updated_at: envelope.time, ..ticket.clone() };
                Decision::change(released, notices::released(actor, account.as_ref()))
            })
            .await?;
        let released = changed.ticket().map(|ticket| TicketReleased { draft: draft_of(&ticket), actor: actor.clone() });
        let goes_on = released.is_some();
        let effects = changed.effects(released.map(Event::from));
        // The request ends when the ticket is routed.
        Ok(if goes_on { Effects { outcome: None, ..effects } } else { effects })
    }
}

/// The ticket, open again.
pub(super) fn reopened(ticket: &Ticket) -> Ticket {
    Ticket {
        status: if ticket.assignee_id.is_some() { Status::Assigned } else { Status::Open },
        resolved_at: None,
        closed_at: None,
        ..ticket.clone()
    }
}

pub(super) fn may_see(actor: &Actor, ticket: &Ticket) -> bool {
    actor.may_access(ticket.user_id, ticket.department)
}

fn not_found() -> Decision {
    Decision::nothing(Outcome::TicketNotFound)
}

fn conflict(ticket: &Ticket) -> Decision {
    Decision::nothing(Outcome::TicketConflict { status: ticket.status })
}
