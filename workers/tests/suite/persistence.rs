//! The pool that applies events to the store: what each event makes of a ticket, and that it makes it once.

mod accounts;
mod after_the_bot;
mod articles;
mod changes;
mod conversation;
mod flagged;
mod questions;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::{
    Actor, Department, Envelope, Event, EventId, Kind, MessageId, Outcome, RequestId, Role, Status, Ticket,
    TicketDraft, TicketId, Urgency, User, UserId,
    chat::RoomFrame,
    event::{AccountCreateRequested, MessageSent, TicketCloseRequested, TicketResolveRequested, TicketRouted},
    message::Message,
    query::MessageRange,
    trace::TraceParent,
};
use platform::broker::Asked;
use tempfile::TempDir;
use workers::{
    persistence::{Change, Persistence, sqlite::SqliteStore, store::Store},
    runtime::{Effects, Input, Worker},
};

use crate::store::samples::{now, password_hash, user};

/// The pool over a new store, with an agent for each department.
struct Pool {
    persistence: Arc<Persistence>,
    store: Arc<dyn Store>,
    it: User,
    hr: User,
    admin: User,
    requester: User,
    _folder: TempDir,
}

impl Pool {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.path().join("desk.db")).unwrap());
        let named = |name: &str, role, department| User { username: name.to_owned(), ..user(role, department) };
        let pool = Self {
            persistence: Persistence::new(Arc::clone(&store)),
            store,
            it: named("it-agent", Role::Agent, Some(Department::It)),
            hr: named("hr-agent", Role::Agent, Some(Department::Hr)),
            admin: named("root", Role::Admin, None),
            requester: named("ada", Role::User, None),
            _folder: folder,
        };
        for user in [&pool.it, &pool.hr, &pool.admin, &pool.requester] {
            pool.create(user).await;
        }
        pool
    }

    async fn create(&self, user: &User) -> Effects {
        let user = user.clone();
        self.handle(&event(AccountCreateRequested { user, password_hash: password_hash() })).await
    }

    async fn handle(&self, event: &Envelope<Change>) -> Effects {
        self.persistence.handle(event, 1).await.unwrap()
    }

    async fn ask<Q: contracts::query::Query>(&self, query: Q) -> Q::Reply
    where
        Persistence: Asked<Q>,
    {
        self.persistence.answer(query).await.unwrap()
    }

    /// A ticket of the requester's, as routed to IT.
    async fn ticket(&self) -> Ticket {
        let draft = draft(&self.requester);
        let routed = TicketRouted { draft, department: Department::It, model: "m".to_owned() };
        let effects = self.handle(&first_event(routed)).await;
        let Some(Outcome::TicketSaved { ticket }) = effects.outcome else { panic!("{effects:?}") };
        ticket
    }

    /// A ticket of the requester's in a state.
    async fn ticket_in(&self, status: Status) -> Ticket {
        let Ticket { id, .. } = self.ticket().await;
        let actor = Actor::from(&self.it);
        match status {
            Status::Assigned => {}
            Status::Resolved => drop(self.handle(&event(resolve(id, &self.requester))).await),
            Status::Closed => drop(self.handle(&event(TicketCloseRequested { ticket_id: id, actor })).await),
            Status::Open => panic!("a ticket that was routed is with its agent"),
        }
        self.present(id).await
    }

    async fn present(&self, id: TicketId) -> Ticket {
        self.store.ticket(id).await.unwrap().unwrap().value
    }

    async fn messages(&self, id: TicketId) -> Vec<Message> {
        self.store.messages(id, MessageRange::After(0), 1_000).await.unwrap().items
    }

    async fn contents(&self, id: TicketId) -> Vec<String> {
        self.messages(id).await.into_iter().map(|message| message.content).collect()
    }

    /// What a redelivery of the event comes to: the same as the first time, and nothing new in the store.
    async fn again(&self, event: &Envelope<Change>, before: &Effects, ticket: TicketId) {
        let (messages, version) = (self.messages(ticket).await, self.store.ticket(ticket).await.unwrap());
        let after = self.handle(event).await;
        assert_eq!((&after.frames, &after.events), (&before.frames, &before.events));
        assert_eq!(after.outcome, before.outcome);
        assert!(!after.first, "what is done again may have followed before");
        assert_eq!((self.messages(ticket).await, self.store.ticket(ticket).await.unwrap()), (messages, version));
    }
}

fn envelope(event: Event, request: RequestId, time: DateTime<Utc>) -> Envelope<Change> {
    let id = EventId::of_request(event.kind(), request);
    Envelope { id, time, trace: TraceParent::start(), event }.try_map(Change::from_event).unwrap()
}

/// An event of a request of its own.
fn event(event: impl Into<Event>) -> Envelope<Change> {
    envelope(event.into(), RequestId::new(), now())
}

/// An event of the request that raised the ticket.
fn first_event(event: impl Into<Event>) -> Envelope<Change> {
    let event = event.into();
    let request = RequestId::from(event.entity_id());
    envelope(event, request, now())
}

fn draft(requester: &User) -> TicketDraft {
    TicketDraft {
        id: TicketId::new(),
        user_id: requester.id,
        title: "The printer is out of ink".to_owned(),
        description: "Third floor.".to_owned(),
        urgency: Urgency::Low,
        created_at: now(),
        conversation: Vec::new(),
    }
}

fn resolve(ticket_id: TicketId, by: &User) -> TicketResolveRequested {
    TicketResolveRequested { ticket_id, actor: by.into(), feedback: Some("Thanks".to_owned()), rating: Some(5) }
}

/// A message as a client with an id of its own for it sends it.
fn sent(ticket_id: TicketId, by: &User, client_message_id: &str, content: &str) -> MessageSent {
    MessageSent {
        message_id: MessageId::of_client(ticket_id, by.id, client_message_id),
        ticket_id,
        actor: by.into(),
        content: content.to_owned(),
        is_ai: false,
        client_message_id: Some(client_message_id.to_owned()),
    }
}

/// The event of a message, whose request is the message.
fn sending(sent: &MessageSent) -> Envelope<Change> {
    envelope(sent.clone().into(), RequestId::from(sent.message_id.uuid()), now())
}

fn kinds(effects: &Effects) -> Vec<Kind> {
    effects.events.iter().map(Event::kind).collect()
}

/// What the room was told: messages by what they say, the ticket by its state.
fn told(effects: &Effects) -> Vec<String> {
    let tell = |(room, frame): &(TicketId, RoomFrame)| match frame {
        RoomFrame::Chat(message) => {
            assert_eq!(message.ticket_id, *room);
            format!("{} {}", message.seq, message.content)
        }
        RoomFrame::Ticket(state) => {
            assert_eq!(state.ticket.id, *room);
            state.ticket.status.to_string()
        }
        RoomFrame::Refused(refused) => refused.reason.to_string(),
        other => format!("{other:?}"),
    };
    effects.frames.iter().map(tell).collect()
}

fn system(user_id: UserId) -> bool {
    user_id == UserId::SYSTEM
}
