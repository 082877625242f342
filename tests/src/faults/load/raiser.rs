//! Those who raise tickets: two more than their quota allows.

use std::{sync::Arc, time::Duration};

use contracts::Role;
use serde_json::json;
use tests::{Client, Random, token};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at},
};
use uuid::Uuid;

use super::{Run, asking::Asking};
use crate::tally::{Known, Write};

/// The default quota, and how often a person tries.
pub(crate) const QUOTA: usize = 5;
const TRIES: usize = 7;
/// So many people raise tickets at once, each no more than one in this time.
pub(super) const RAISERS: usize = 8;
const PACE: Duration = Duration::from_secs(1);
/// One ticket in so many is resolved by its requester, and one in so many is harmful.
const RESOLVED: u64 = 3;
const HARMFUL: u64 = 10;

/// What somebody heard of a ticket in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// It is in the store.
    Saved(String),
    /// It is on disk and will be in the store, unless it was one too many.
    Accepted(String),
    /// It was one too many.
    Refused,
}

/// Somebody, and the tickets that they raised: what each is called, and what was answered.
pub(crate) struct Person {
    pub(crate) client: Client,
    pub(crate) tries: Vec<(String, Answered)>,
}

impl Person {
    fn new(anybody: &Client) -> Self {
        Self { client: anybody.with_token(&token(Role::User)), tries: Vec::new() }
    }

    /// The ids of the tickets that were not refused.
    pub(crate) fn tickets(&self) -> impl Iterator<Item = &str> {
        self.tries.iter().filter_map(|(_, answered)| match answered {
            Answered::Saved(id) | Answered::Accepted(id) => Some(id.as_str()),
            Answered::Refused => None,
        })
    }

    /// How many of the tickets the quota allows.
    pub(crate) fn allowed(&self) -> usize {
        self.tries.len().min(QUOTA)
    }

    /// Raises a ticket of this name.
    async fn raise(&mut self, asking: &mut Asking<'_>, run: &Run, name: &str, harmful: bool) -> &Answered {
        let description = if harmful {
            "I will find you at home and kill you tonight, you pathetic pig."
        } else {
            "My laptop does not start: it stays black since this morning's update."
        };
        let body = json!({"title": name, "description": description, "urgency": "medium"});
        let key = Uuid::new_v4().to_string();
        let (answer, _) = asking.post(&self.client, "/tickets", Some(&key), &body).await;
        let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
        let answered = match answer.status.as_u16() {
            201 => Answered::Saved(text("id")),
            202 => Answered::Accepted(text("ticket_id")),
            429 => Answered::Refused,
            _ => panic!("{name}: {answer:?}"),
        };
        if answered != Answered::Refused {
            run.tally.succeeded(Write::Ticket, Known::Acknowledged);
        }
        if let Answered::Saved(_) = answered {
            run.tally.succeeded(Write::Ticket, Known::Stored);
        }
        self.tries.push((name.to_owned(), answered));
        &self.tries[self.tries.len() - 1].1
    }
}

/// The requester of a ticket for a room.
pub(super) async fn room(run: &Run, anybody: Client, number: usize) -> Person {
    let mut asking = Asking::new(run, number);
    for attempt in 0.. {
        let mut person = Person::new(&anybody);
        let name = format!("{}/room {number}.{attempt}", run.name);
        if let Answered::Saved(_) = person.raise(&mut asking, run, &name, false).await {
            return person;
        }
    }
    unreachable!("it tries as long as it takes")
}

/// Raises tickets for one person after the other; some go to those who resolve them.
pub(super) async fn raise(
    run: Arc<Run>,
    anybody: Client,
    number: usize,
    resolve: mpsc::UnboundedSender<(Client, String)>,
    mut random: Random,
) -> Vec<Person> {
    let mut asking = Asking::new(&run, number);
    // They begin one after the other, and the first person of each tries less often: tickets come evenly, and not all are
    // refused at the same time.
    let begin = Instant::now() + PACE * u32::try_from(number).unwrap() / u32::try_from(RAISERS).unwrap();
    let mut attempts = number % TRIES..TRIES;
    let mut pace = interval_at(begin, PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut people = Vec::new();
    loop {
        let mut person = Person::new(&anybody);
        for attempt in std::mem::replace(&mut attempts, 0..TRIES) {
            if run.stopped() {
                people.push(person);
                return people;
            }
            pace.tick().await;
            let name = format!("{}/{number}.{}.{attempt}", run.name, people.len());
            let harmful = random.below(HARMFUL) == 0;
            let answered = person.raise(&mut asking, &run, &name, harmful).await.clone();
            if let Answered::Saved(id) = answered
                && random.below(RESOLVED) == 0
            {
                // They end before the raisers do.
                let _ = resolve.send((person.client.clone(), id));
            }
        }
        people.push(person);
    }
}
