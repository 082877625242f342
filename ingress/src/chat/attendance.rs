//! Who is in a room: at this process, and at the others as they say.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use contracts::chat::{Attendance, Person};
use tokio::time::Instant;
use uuid::Uuid;

/// How often a process says who is there.
pub(super) const EVERY: Duration = Duration::from_secs(30);
/// A process that was silent for so long is gone, and its people with it.
const EXPIRY: Duration = Duration::from_secs(75);

/// Who is in a room.
pub(super) struct Attendees {
    process: Uuid,
    /// Everybody at this process, with how many sockets they have.
    here: BTreeMap<Person, usize>,
    /// Everybody at the others, and when those were last heard.
    elsewhere: HashMap<Uuid, (Vec<Person>, Instant)>,
    /// What this process said last.
    announced: Vec<Person>,
    online: Vec<Person>,
    version: u64,
}

impl Attendees {
    /// Nobody, as far as this process knows.
    pub(super) fn new(process: Uuid) -> Self {
        let (here, elsewhere) = (BTreeMap::new(), HashMap::new());
        Self { process, here, elsewhere, announced: Vec::new(), online: Vec::new(), version: 0 }
    }

    /// Somebody has one more socket here.
    pub(super) fn enter(&mut self, person: Person) {
        *self.here.entry(person).or_default() += 1;
        self.merge();
    }

    /// Somebody has one socket less here.
    pub(super) fn leave(&mut self, person: Person) {
        if let Some(sockets) = self.here.get_mut(&person) {
            *sockets -= 1;
            if *sockets == 0 {
                self.here.remove(&person);
                self.merge();
            }
        }
    }

    /// Takes what a process says; whether this one is to answer.
    pub(super) fn hear(&mut self, attendance: Attendance, now: Instant) -> bool {
        if attendance.process == self.process {
            return false;
        }
        if attendance.people.is_empty() {
            self.elsewhere.remove(&attendance.process);
        } else {
            self.elsewhere.insert(attendance.process, (attendance.people, now));
        }
        self.merge();
        attendance.asks && !self.here.is_empty()
    }

    /// Forgets the processes that are silent.
    pub(super) fn expire(&mut self, now: Instant) {
        self.elsewhere.retain(|_, (_, heard)| now.duration_since(*heard) < EXPIRY);
        self.merge();
    }

    /// What this process has to say; none when it is what it said before, unless it is to be said `again`.
    pub(super) fn announcement(&mut self, again: bool, asks: bool) -> Option<Attendance> {
        let people: Vec<Person> = self.here.keys().copied().collect();
        let nobody = people.is_empty() && self.announced.is_empty();
        if nobody || (people == self.announced && !again) {
            return None;
        }
        self.announced.clone_from(&people);
        Some(Attendance { process: self.process, people, asks })
    }

    /// Everybody, each once.
    pub(super) fn online(&self) -> &[Person] {
        &self.online
    }

    /// Grows with each change of [`online`](Self::online).
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    fn merge(&mut self) {
        let elsewhere = self.elsewhere.values().flat_map(|(people, _)| people);
        let online: BTreeSet<Person> = self.here.keys().chain(elsewhere).copied().collect();
        if !online.iter().eq(&self.online) {
            self.online = online.into_iter().collect();
            self.version += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::{Role, UserId};

    use super::*;

    fn person() -> Person {
        Person { user_id: UserId::new(), role: Role::User }
    }

    #[test]
    fn somebody_with_two_sockets_is_there_once_until_both_are_gone() {
        let mut attendees = Attendees::new(Uuid::new_v4());
        let ada = person();
        attendees.enter(ada);
        attendees.enter(ada);
        assert_eq!(attendees.online(), [ada]);
        assert_eq!(attendees.announcement(false, true).unwrap().people, [ada]);
        assert_eq!(attendees.announcement(false, false), None);
        assert!(attendees.announcement(true, false).is_some());
        attendees.leave(ada);
        assert_eq!((attendees.online(), attendees.version()), (&[ada][..], 1));
        attendees.leave(ada);
        assert!(attendees.online().is_empty());
        assert!(attendees.announcement(false, false).unwrap().people.is_empty());
        assert_eq!(attendees.announcement(true, false), None, "there is nothing to say of an empty room");
    }

    #[test]
    fn people_elsewhere_go_with_their_process() {
        let (own, other) = (Uuid::new_v4(), Uuid::new_v4());
        let mut attendees = Attendees::new(own);
        let (ada, bob, start) = (person(), person(), Instant::now());
        attendees.enter(ada);
        let says = |process, people: &[Person], asks| Attendance { process, people: people.to_vec(), asks };
        assert!(attendees.hear(says(other, &[ada, bob], true), start), "it is to be answered");
        assert!(!attendees.hear(says(own, &[bob], true), start), "it is the own echo");
        assert_eq!(attendees.online().len(), 2);
        attendees.expire(start + EXPIRY / 2);
        assert_eq!(attendees.online().len(), 2);
        attendees.expire(start + EXPIRY);
        assert_eq!(attendees.online(), [ada]);
        attendees.hear(says(other, &[bob], false), start);
        attendees.hear(says(other, &[], false), start);
        assert_eq!(attendees.online(), [ada]);
    }
}
