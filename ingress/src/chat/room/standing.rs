//! The ticket, as far as it matters to its room.

use axum::extract::ws::Utf8Bytes;
use chrono::{DateTime, Utc};
use contracts::{Department, Status, Ticket, UserId};

use super::{Room, people::Seat};
use crate::chat::{rooms::Member, told::Told};

/// What of a ticket matters to its room.
#[derive(PartialEq, Eq)]
pub(super) struct Standing {
    owner: UserId,
    department: Option<Department>,
    pub(super) status: Status,
    assignee: Option<UserId>,
    updated_at: DateTime<Utc>,
}

impl From<&Ticket> for Standing {
    fn from(ticket: &Ticket) -> Self {
        Self {
            owner: ticket.user_id,
            department: ticket.department,
            status: ticket.status,
            assignee: ticket.assignee_id,
            updated_at: ticket.updated_at,
        }
    }
}

impl Standing {
    /// Whether somebody may be in the room.
    pub(super) fn admits(&self, member: &Member) -> bool {
        member.guest.actor.may_access(self.owner, self.department)
    }
}

impl Room {
    /// Takes the ticket as it is now, if that is new. Who may not see it any more sees nothing more, not this either.
    pub(super) fn change(&mut self, ticket: &Ticket, text: impl FnOnce() -> Utf8Bytes) {
        let standing = Standing::from(ticket);
        if standing == self.standing {
            return;
        }
        self.standing = standing;
        self.share();
        let Self { members, standing, .. } = self;
        let leaving: Vec<Seat> = members.extract_if(.., |seat| !standing.admits(&seat.member)).collect();
        for seat in &leaving {
            self.expel(seat);
        }
        self.hand_out(&Told::Frame(text()));
    }
}
