//! The arithmetic of a sliding window.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{TicketId, quota::Quota};
use serde::{Deserialize, Serialize};

/// Slots are forgotten this long after their window, or the window's own length where that is less, so that a late
/// redelivery is judged as the first delivery was.
const SLACK: TimeDelta = TimeDelta::minutes(30);

/// The tickets that a user raised in and shortly before the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots(Vec<Slot>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Slot {
    ticket: TicketId,
    at: DateTime<Utc>,
}

/// How many tickets in any span of how long.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    limit: u32,
    length: TimeDelta,
}

/// What becomes of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It has a slot since now: the slots must be written.
    Taken,
    /// It had its slot before.
    Had,
    /// There is no slot.
    Rejected {
        /// When there is one.
        retry_at: DateTime<Utc>,
    },
}

impl Window {
    /// `limit` tickets in any span of `length`.
    pub fn new(limit: u32, length: Duration) -> Self {
        Self { limit, length: TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX) }
    }

    /// Tickets in any window.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// The window's length.
    pub fn seconds(&self) -> u64 {
        self.length.num_seconds().unsigned_abs()
    }

    /// Takes a slot for a ticket raised at `at`. It is judged by that time and not by now: the same ticket gets the
    /// same answer whenever it is judged again.
    pub fn take(&self, slots: &mut Slots, ticket: TicketId, at: DateTime<Utc>) -> Decision {
        if slots.0.iter().any(|slot| slot.ticket == ticket) {
            return Decision::Had;
        }
        if let Some(retry_at) = self.full_until(slots, at) {
            return Decision::Rejected { retry_at };
        }
        slots.0.retain(|slot| slot.at > at - self.length - SLACK.min(self.length));
        slots.0.push(Slot { ticket, at });
        Decision::Taken
    }

    /// The quota as it stands at `now`.
    pub fn quota(&self, slots: &Slots, now: DateTime<Utc>) -> Quota {
        let used = u32::try_from(self.times_in_window(slots, now).len()).unwrap_or(u32::MAX);
        Quota {
            limit: self.limit,
            used: used.min(self.limit),
            window_seconds: self.seconds(),
            next_slot_at: self.full_until(slots, now),
        }
    }

    /// When a slot is free again, if none is free at `at`.
    fn full_until(&self, slots: &Slots, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let times = self.times_in_window(slots, at);
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let blocking = times.len().checked_sub(limit)?;
        times.get(blocking).map(|time| *time + self.length)
    }

    fn times_in_window(&self, slots: &Slots, at: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let mut times: Vec<_> = slots.0.iter().map(|slot| slot.at).filter(|time| *time > at - self.length).collect();
        times.sort_unstable();
        times
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    fn five_a_day() -> Window {
        Window::new(5, Duration::from_hours(24))
    }

    #[test]
    fn the_sixth_is_rejected_until_the_first_is_a_day_old() {
        let (window, mut slots) = (five_a_day(), Slots::default());
        for hour in 0..5 {
            assert_eq!(window.take(&mut slots, TicketId::new(), at(hour * 3_600)), Decision::Taken);
        }
        let retry_at = at(86_400);
        assert_eq!(window.take(&mut slots, TicketId::new(), at(86_399)), Decision::Rejected { retry_at });
        assert_eq!(window.take(&mut slots, TicketId::new(), at(86_400)), Decision::Taken);
        let quota = window.quota(&slots, at(86_401));
        assert_eq!((quota.used, quota.next_slot_at), (5, Some(at(86_400 + 3_600))));
    }

    #[test]
    fn a_repeat_takes_no_second_slot_and_a_rejection_none() {
        let (window, mut slots) = (Window::new(1, Duration::from_mins(1)), Slots::default());
        let ticket = TicketId::new();
        assert_eq!(window.take(&mut slots, ticket, at(0)), Decision::Taken);
        let before = slots.clone();
        assert_eq!(window.take(&mut slots, ticket, at(0)), Decision::Had);
        assert!(matches!(window.take(&mut slots, TicketId::new(), at(1)), Decision::Rejected { .. }));
        assert_eq!(slots, before);
    }

    #[test]
    fn a_rejected_ticket_stays_rejected_when_it_comes_again_later() {
        let (window, mut slots) = (Window::new(1, Duration::from_mins(1)), Slots::default());
        window.take(&mut slots, TicketId::new(), at(0));
        let late = TicketId::new();
        let rejected = Decision::Rejected { retry_at: at(60) };
        assert_eq!(window.take(&mut slots, late, at(59)), rejected);
        assert_eq!(window.take(&mut slots, TicketId::new(), at(61)), Decision::Taken);
        assert!(matches!(window.take(&mut slots, late, at(59)), Decision::Rejected { .. }));
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_than_the_limit(mut times in prop::collection::vec(0_i64..1_000, 1..80), limit in 1_u32..6) {
            times.sort_unstable();
            let (window, mut slots) = (Window::new(limit, Duration::from_secs(100)), Slots::default());
            let mut taken = Vec::new();
            for time in times {
                if window.take(&mut slots, TicketId::new(), at(time)) == Decision::Taken {
                    taken.push(time);
                }
            }
            for start in &taken {
                let inside = taken.iter().filter(|time| (*start..*start + 100).contains(*time)).count();
                prop_assert!(inside <= limit as usize);
            }
        }
    }
}
