//! Which logins are ended, and what is stopped when one is.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{SessionId, UserId};
use tokio_util::sync::CancellationToken;

use crate::extract::Session;

/// How often the lists of what is ended are swept.
const SWEEP: usize = 4_096;

/// Which logins are ended, as far as this process knows. Clones share it.
#[derive(Clone)]
pub(super) struct Ended {
    known: Arc<Mutex<Known>>,
    next: Arc<AtomicU64>,
    access: TimeDelta,
    refresh: TimeDelta,
}

#[derive(Default)]
struct Known {
    /// Ended logins whose last access token may still be alive, until when it may.
    logins: HashMap<SessionId, DateTime<Utc>>,
    /// Users all of whose logins were ended: each one that began before this time.
    users: HashMap<UserId, DateTime<Utc>>,
    /// What goes on under each login.
    going_on: HashMap<SessionId, Vec<GoingOn>>,
}

struct GoingOn {
    id: u64,
    user: UserId,
    stop: CancellationToken,
}

/// Something that goes on under a login, known to be stopped with it until this is dropped.
pub(crate) struct LoggedIn {
    session: SessionId,
    id: u64,
    ended: Ended,
}

impl Ended {
    /// Nothing is ended yet. An access token lives for `access`, a login that is not used for `refresh`.
    pub(super) fn new(access: TimeDelta, refresh: TimeDelta) -> Self {
        Self { known: Arc::default(), next: Arc::default(), access, refresh }
    }

    /// Whether the login of `user` was ended.
    pub(super) fn contains(&self, session: SessionId, user: UserId) -> bool {
        self.known().is_ended(session, user)
    }

    /// Cancels `stop` once the login is ended; none when it is already.
    pub(super) fn stop_with(&self, session: &Session, stop: CancellationToken) -> Option<LoggedIn> {
        let mut known = self.known();
        if known.is_ended(session.id, session.actor.user_id) {
            return None;
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let going_on = GoingOn { id, user: session.actor.user_id, stop };
        known.going_on.entry(session.id).or_default().push(going_on);
        Some(LoggedIn { session: session.id, id, ended: self.clone() })
    }

    /// Learns that a login was ended.
    pub(super) fn login(&self, session: SessionId, at: DateTime<Utc>) {
        let (now, until) = (Utc::now(), at + self.access);
        let mut known = self.known();
        known.going_on.get(&session).into_iter().flatten().for_each(|one| one.stop.cancel());
        // A login that was ended so long ago has no access token any more.
        if until < now {
            return;
        }
        known.logins.insert(session, until);
        if known.logins.len().is_multiple_of(SWEEP) {
            known.logins.retain(|_, until| *until >= now);
        }
    }

    /// Learns that every login of `user` that began before a time was ended.
    pub(super) fn all_of(&self, user: UserId, before: DateTime<Utc>) {
        let oldest = Utc::now() - self.refresh;
        let mut known = self.known();
        for (session, going_on) in &known.going_on {
            let of_user = going_on.iter().filter(|one| one.user == user);
            of_user.filter(|_| begun(*session) < Some(before)).for_each(|one| one.stop.cancel());
        }
        // Nor is there a login of so long ago that could be refreshed.
        if before < oldest {
            return;
        }
        let latest = known.users.entry(user).or_insert(before);
        *latest = before.max(*latest);
        if known.users.len().is_multiple_of(SWEEP) {
            known.users.retain(|_, before| *before >= oldest);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn is_ended(&self, session: SessionId, user: UserId) -> bool {
        let with_all = self.users.get(&user).is_some_and(|before| begun(session) < Some(*before));
        with_all || self.logins.contains_key(&session)
    }
}

impl Drop for LoggedIn {
    fn drop(&mut self) {
        let mut known = self.ended.known();
        if let Some(going_on) = known.going_on.get_mut(&self.session) {
            going_on.retain(|one| one.id != self.id);
            if going_on.is_empty() {
                known.going_on.remove(&self.session);
            }
        }
    }
}

/// When a login began, to the millisecond: its id says so.
fn begun(session: SessionId) -> Option<DateTime<Utc>> {
    let (seconds, nanoseconds) = session.uuid().get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}

#[cfg(test)]
mod tests {
    use contracts::{Actor, Role};
    use uuid::{Timestamp, Uuid};

    use super::*;

    const HOUR: TimeDelta = TimeDelta::hours(1);

    fn ended() -> Ended {
        Ended::new(HOUR, HOUR * 24)
    }

    fn begun_at(time: DateTime<Utc>, user_id: UserId) -> Session {
        let seconds = time.timestamp().unsigned_abs();
        let timestamp = Timestamp::from_unix(uuid::NoContext, seconds, time.timestamp_subsec_nanos());
        let actor = Actor { user_id, role: Role::User, department: None };
        Session { id: Uuid::new_v7(timestamp).into(), actor }
    }

    fn is_ended(ended: &Ended, session: &Session) -> bool {
        ended.contains(session.id, session.actor.user_id)
    }

    #[test]
    fn what_goes_on_under_a_login_stops_with_it_and_with_no_other() {
        let (ended, user) = (ended(), UserId::new());
        let [one, other] = [begun_at(Utc::now(), user), begun_at(Utc::now(), user)];
        let stops = [&one, &one, &other].map(|session| (session, CancellationToken::new()));
        let kept = stops.each_ref().map(|(session, stop)| ended.stop_with(session, stop.clone()).unwrap());
        ended.login(one.id, Utc::now());
        assert_eq!(stops.each_ref().map(|(_, stop)| stop.is_cancelled()), [true, true, false]);
        assert_eq!([&one, &other].map(|session| is_ended(&ended, session)), [true, false]);
        assert!(ended.stop_with(&one, CancellationToken::new()).is_none());
        drop(kept);
        assert!(ended.known().going_on.is_empty());
    }

    #[test]
    fn all_logins_of_a_user_end_but_those_that_begin_later() {
        let (ended, user, now) = (ended(), UserId::new(), Utc::now());
        let before = begun_at(now - TimeDelta::milliseconds(1), user);
        let after = begun_at(now + TimeDelta::milliseconds(1), user);
        let foreign = begun_at(now - HOUR, UserId::new());
        let stop = CancellationToken::new();
        let _kept = ended.stop_with(&before, stop.clone()).unwrap();
        ended.all_of(user, now);
        assert!(stop.is_cancelled());
        assert_eq!([&before, &after, &foreign].map(|session| is_ended(&ended, session)), [true, false, false]);
        // An older word that comes late takes nothing back.
        ended.all_of(user, now - HOUR);
        assert!(is_ended(&ended, &before));
        // An id that tells no time is nobody's login.
        assert!(ended.contains(Uuid::new_v4().into(), user));
    }

    #[test]
    fn what_was_ended_long_ago_is_stopped_and_not_kept() {
        let (ended, user) = (ended(), UserId::new());
        let sessions = [begun_at(Utc::now() - HOUR * 48, user), begun_at(Utc::now() - HOUR * 48, UserId::new())];
        let stops = sessions.each_ref().map(|session| (session, CancellationToken::new()));
        let _kept = stops.each_ref().map(|(session, stop)| ended.stop_with(session, stop.clone()).unwrap());
        ended.all_of(user, Utc::now() - HOUR * 25);
        ended.login(sessions[1].id, Utc::now() - HOUR * 2);
        assert!(ended.known().logins.is_empty() && ended.known().users.is_empty());
        // A socket lives longer than a token: it ends however late the word comes.
        assert!(stops.iter().all(|(_, stop)| stop.is_cancelled()));
    }
}
