//! The members of a room, and word of who is there.

use std::time::Duration;

use contracts::chat::{Presence, RoomFrame, ServerFrame};
use tokio::time::Instant;

use super::Room;
use crate::chat::{
    rooms::Member,
    told::{Told, tell, write},
};

/// Who is there is told so long after it changed.
const SETTLE: Duration = Duration::from_millis(200);
/// How long an empty room is kept for who comes back.
pub(super) const LINGER: Duration = Duration::from_secs(1);

/// A member, and which list of people they have seen.
pub(super) struct Seat {
    pub(super) member: Member,
    seen: u64,
}

/// Whether the other processes are to be told who is here.
#[derive(Default)]
pub(super) struct Announce {
    /// Even if it is what they know.
    pub(super) again: bool,
    /// And are to answer.
    pub(super) asks: bool,
}

impl Room {
    /// Somebody comes in, or comes back.
    pub(super) fn join(&mut self, member: Member) {
        if !self.standing.admits(&member) {
            member.guest.over.cancel();
            return;
        }
        self.close_at = None;
        let number = member.number;
        let index = self.members.iter().position(|seat| seat.member.number == number);
        let mut seat = Seat { member, seen: 0 };
        seat.tell(&Told::Joined { last: self.last });
        // Somebody who comes back has their seat still, unless the room was closed in between.
        if let (None, Some(person)) = (index, seat.member.guest.person()) {
            self.attendees.enter(person);
            self.settle_soon();
        }
        if seat.member.guest.visible {
            seat.show(&self.presence(), self.attendees.version());
        }
        match index {
            Some(index) => self.members[index] = seat,
            None => self.members.push(seat),
        }
    }

    /// Somebody leaves.
    pub(super) fn leave(&mut self, number: u64) {
        let Some(index) = self.members.iter().position(|seat| seat.member.number == number) else { return };
        let seat = self.members.swap_remove(index);
        self.left(&seat);
    }

    /// Somebody who has no seat any more may not be here either.
    pub(super) fn expel(&mut self, seat: &Seat) {
        seat.member.guest.over.cancel();
        self.left(seat);
    }

    fn left(&mut self, seat: &Seat) {
        if let Some(person) = seat.member.guest.person() {
            self.attendees.leave(person);
            self.settle_soon();
        }
        if self.members.is_empty() {
            self.close_at = Some(Instant::now() + LINGER);
        }
    }

    /// Who is there is to be told.
    pub(super) fn settle_soon(&mut self) {
        self.settle_at.get_or_insert_with(|| Instant::now() + SETTLE);
    }

    /// Tells who is there: the other processes of those here, the members of all.
    pub(super) fn settle(&mut self) {
        self.settle_at = None;
        let Announce { again, asks } = std::mem::take(&mut self.announce);
        if let Some(attendance) = self.attendees.announcement(again, asks) {
            tell(self.rooms.broker(), self.ticket_id, &RoomFrame::Attendance(attendance));
        } else if asks {
            // Nobody is here who would be seen: the next who is will ask.
            self.announce.asks = true;
        }
        let version = self.attendees.version();
        if self.members.iter().any(|seat| seat.seen != version) {
            let presence = self.presence();
            self.members.iter_mut().for_each(|seat| seat.show(&presence, version));
        }
    }

    fn presence(&self) -> Told {
        let online = self.attendees.online().to_vec();
        Told::Frame(write(&ServerFrame::Presence(Presence { ticket_id: self.ticket_id, online })))
    }
}

impl Seat {
    /// A member never holds up its room: one that is too slow is let go, and finds that out at the end of its inbox.
    pub(super) fn tell(&mut self, told: &Told) {
        if self.member.inbox.as_ref().is_some_and(|inbox| inbox.try_send(told.clone()).is_err()) {
            self.member.inbox = None;
        }
    }

    fn show(&mut self, presence: &Told, version: u64) {
        if self.seen != version && self.member.guest.visible {
            self.tell(presence);
        }
        self.seen = version;
    }
}
