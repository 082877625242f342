//! What is there in the end, beside what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Event, Kind, Role, message::Message};
use serde_json::Value;
use tests::{Client, Desk, Receiver, check_rooms, token};

use crate::load::{Answered, Done, Person};

/// What must not be, in words.
#[derive(Default)]
pub(crate) struct Violations {
    /// Acknowledged, and not in the store.
    pub(crate) lost: Vec<String>,
    /// In the store, or told, twice; or there and never asked for.
    pub(crate) doubled: Vec<String>,
    /// Not at its place.
    pub(crate) disordered: Vec<String>,
    /// More or fewer tickets than the quota allows.
    pub(crate) quota: Vec<String>,
    /// Webhooks that did not come, or came with two ids.
    pub(crate) untold: Vec<String>,
    /// Answers that nobody expected.
    pub(crate) unexpected: Vec<String>,
}

impl Violations {
    /// Each kind by its name.
    pub(crate) fn kinds(&self) -> [(&'static str, &[String]); 6] {
        [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("disordered", &self.disordered),
            ("quota", &self.quota),
            ("untold", &self.untold),
            ("unexpected", &self.unexpected),
        ]
    }

    pub(crate) fn count(&self) -> usize {
        self.kinds().iter().map(|(_, found)| found.len()).sum()
    }
}

/// What the stream and the receiver of webhooks have, once everything is done.
pub(crate) struct Heard {
    /// How often each ticket was saved, and resolved, and each message saved.
    tickets: BTreeMap<String, usize>,
    resolved: BTreeMap<String, usize>,
    messages: BTreeMap<String, usize>,
    rejected: BTreeSet<String>,
    /// The ids under which each hook was told of each ticket or message.
    hooks: BTreeMap<(String, String), BTreeSet<String>>,
    reader: Client,
}

impl Heard {
    /// Waits until everything is done, and reads it.
    pub(crate) async fn of(desk: &Desk, receiver: &Receiver) -> Self {
        desk.ready().await;
        desk.drained().await;
        let mut hooks: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for call in receiver.calls() {
            let body: Value = serde_json::from_slice(&call.body).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            hooks.entry((text(&body["type"]), text(&body["data"]["id"]))).or_default().insert(call.id().to_owned());
        }
        Self {
            tickets: counted(desk, Kind::TicketSaved).await,
            resolved: counted(desk, Kind::TicketResolved).await,
            messages: counted(desk, Kind::MessageSaved).await,
            rejected: counted(desk, Kind::TicketRejected).await.into_keys().collect(),
            hooks,
            reader: desk.anonymous().with_token(&token(Role::Admin)),
        }
    }

    /// All that is wrong with what was done.
    pub(crate) async fn check(&self, done: &Done) -> Violations {
        let mut found = Violations { unexpected: done.gave_up.clone(), ..Violations::default() };
        let mut states = BTreeMap::new();
        for person in done.rooms.iter().chain(&done.people) {
            self.check_person(person, &mut states, &mut found).await;
        }
        for resolved in &done.resolved {
            let (ticket, feedback) = (&resolved.ticket, &resolved.feedback);
            if states.get(ticket) != Some(&("resolved".to_owned(), Some(feedback.clone()))) {
                found.lost.push(format!("{feedback}: {ticket} is {:?}", states.get(ticket)));
            }
            once(&self.resolved, ticket, "ticket.resolved", &mut found);
            self.told("on_ticket_resolved", ticket, &mut found);
        }
        self.check_rooms(done, &mut found).await;
        found
    }

    async fn check_person(
        &self,
        person: &Person,
        states: &mut BTreeMap<String, (String, Option<String>)>,
        found: &mut Violations,
    ) {
        let page = person.client.get("/tickets?limit=100").await.expect(200);
        let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for item in page["items"].as_array().unwrap() {
            let text = |name: &str| item[name].as_str().map(str::to_owned);
            let id = text("id").unwrap();
            states.insert(id.clone(), (text("status").unwrap(), text("feedback")));
            there.entry(text("title").unwrap()).or_default().push(id);
        }
        let count: usize = there.values().map(Vec::len).sum();
        if count != person.allowed() {
            found.quota.push(format!("{} of {} tickets: {:?}", count, person.allowed(), person.tries));
        }
        for (name, answered) in &person.tries {
            let ids = there.remove(name).unwrap_or_default();
            if ids.len() > 1 {
                found.doubled.push(format!("{name} is there as {ids:?}"));
            }
            match answered {
                Answered::Saved(id) if !ids.contains(id) => found.lost.push(format!("{name} was saved as {id}")),
                Answered::Accepted(id) if !ids.contains(id) && !self.rejected.contains(id) => {
                    found.lost.push(format!("{name} was accepted as {id}"));
                }
                Answered::Refused if !ids.is_empty() => found.quota.push(format!("{name} was refused")),
                _ => {}
            }
            for id in &ids {
                once(&self.tickets, id, "ticket.saved", found);
                self.told("on_ticket_created", id, found);
            }
        }
        found.doubled.extend(there.into_keys().map(|name| format!("{name} was never raised")));
    }

    async fn check_rooms(&self, done: &Done, found: &mut Violations) {
        let mut rooms = Vec::new();
        for ticket in done.rooms.iter().flat_map(Person::tickets) {
            rooms.push(messages(&self.reader, ticket).await);
        }
        let faults = check_rooms(&rooms, &done.written);
        found.lost.extend(faults.lost);
        found.doubled.extend(faults.doubled);
        found.disordered.extend(faults.disordered);
        for message in rooms.iter().flatten().filter(|message| message.client_message_id.is_some()) {
            let id = message.id.to_string();
            once(&self.messages, &id, "message.saved", found);
            self.told("on_message_sent", &id, found);
        }
    }

    fn told(&self, hook: &str, id: &str, found: &mut Violations) {
        let ids = self.hooks.get(&(hook.to_owned(), id.to_owned())).map_or(0, BTreeSet::len);
        if ids != 1 {
            found.untold.push(format!("{hook} of {id} came with {ids} ids"));
        }
    }
}

/// Other systems hear of each once.
fn once(events: &BTreeMap<String, usize>, id: &str, kind: &str, found: &mut Violations) {
    match events.get(id) {
        None => found.lost.push(format!("there is no {kind} of {id}")),
        Some(1) => {}
        Some(count) => found.doubled.push(format!("there are {count} {kind} of {id}")),
    }
}

/// How many events of a kind there are about each ticket, or each message.
async fn counted(desk: &Desk, kind: Kind) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for stored in desk.stored_events(kind).await {
        let id = match stored.envelope.event {
            Event::MessageSaved(event) => event.message.id.to_string(),
            event => event.entity_id().to_string(),
        };
        *counts.entry(id).or_default() += 1;
    }
    counts
}

/// Every message of a ticket.
async fn messages(reader: &Client, ticket: &str) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    loop {
        let after = messages.last().map_or(0, |message| message.seq);
        let page = reader.get(&format!("/tickets/{ticket}/messages?limit=100&after_seq={after}")).await.expect(200);
        messages.extend(serde_json::from_value::<Vec<Message>>(page["items"].clone()).unwrap());
        if page["has_more"] == false {
            return messages;
        }
    }
}
