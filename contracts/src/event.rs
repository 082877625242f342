//! Events: what happened, or was asked for, as JSON with CloudEvents attributes in the headers.

mod attributes;
mod payload;

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use attributes::{InvalidAttributes, header};
pub use payload::{
    AccountChangeRequested, AccountCreateRequested, ArticleChangeRequested, ArticlePublished, ArticleReindexRequested,
    ArticleWithdrawn, AuditAccountChanged, AuditAccountCreated, AuditSessionRevoked, AuditWebhookReceived,
    BotFeedbackGiven, DecodeError, Event, Kind, MessageFeedbackGiven, MessageFeedbackRequested, MessageReadRequested,
    MessageRefused, MessageSaved, MessageSent, NotificationCreated, NotificationReadRequested, Payload, TicketAdmitted,
    TicketAssignRequested, TicketAssigned, TicketCleared, TicketCloseRequested, TicketClosed, TicketCreated,
    TicketFlagged, TicketRejected, TicketReleaseRequested, TicketReleased, TicketReopenRequested, TicketReopened,
    TicketResolveRequested, TicketResolved, TicketRouted, TicketSaved, WebhookDelivered, WebhookFailed,
};

use crate::{MessageId, RequestId, clock, trace::TraceParent};

/// The deterministic id of an event: `<entity>.<verb>:<request>[:<part>…]`.
///
/// It is the CloudEvents `id`, and what the broker knows the event by. An event that follows from another keeps everything
/// after the first colon, so that a step which runs twice publishes the same id twice.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(String);

impl EventId {
    /// The id of the event with which `request` enters the desk.
    pub fn of_request(kind: Kind, request: RequestId) -> Self {
        Self(format!("{kind}:{request}"))
    }

    /// The id of an event of `kind` that follows from this one. Where one event has several followers of one kind,
    /// `part` tells them apart.
    #[must_use]
    pub fn follow(&self, kind: Kind, part: Option<Uuid>) -> Self {
        let tail = self.tail();
        Self(part.map_or_else(|| format!("{kind}:{tail}"), |part| format!("{kind}:{tail}:{part}")))
    }

    /// The request that this event serves.
    pub fn request(&self) -> Option<RequestId> {
        self.tail().split(':').next()?.parse().ok()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn tail(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, tail)| tail)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no event id.
#[derive(Debug, thiserror::Error)]
#[error("not an event id: it must be <entity>.<verb>:<request id>")]
pub struct InvalidEventId;

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = Self(text.to_owned());
        if id.request().is_some() { Ok(id) } else { Err(InvalidEventId) }
    }
}

/// An event with what the headers say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<E> {
    /// The deterministic id.
    pub id: EventId,
    /// When it was made.
    pub time: DateTime<Utc>,
    /// The step of the trace that made it.
    pub trace: TraceParent,
    /// What happened.
    pub event: E,
}

impl Envelope<Event> {
    /// The event with which `request` enters the desk.
    pub fn of_request(event: Event, request: RequestId, trace: TraceParent) -> Self {
        Self { id: EventId::of_request(event.kind(), request), time: clock::now(), trace, event }
    }

    /// The broker's `Nats-Msg-Id`: the event's id, but for two cases. The two answers which one step can give have one
    /// id: a step that runs twice and comes to another answer, as a language model may, does not give both. And a
    /// message that is sent again with another content is another event: persistence must see it to refuse it.
    pub fn deduplication_id(&self) -> String {
        let tail = self.id.tail();
        match &self.event {
            Event::TicketAdmitted(_) | Event::TicketRejected(_) => format!("ticket.counted:{tail}"),
            Event::TicketCleared(_) | Event::TicketFlagged(_) => format!("ticket.judged:{tail}"),
            Event::MessageSent(sent) => format!("{}:{}", self.id, MessageId::derived(&["content", &sent.content])),
            _ => self.id.to_string(),
        }
    }
}

impl<E> Envelope<E> {
    /// What follows from this event, in the same trace and under the same request.
    pub fn follow(&self, event: Event) -> Envelope<Event> {
        let id = self.id.follow(event.kind(), event.part());
        Envelope { id, time: clock::now(), trace: self.trace.child(), event }
    }

    /// The same envelope around another view of the event.
    pub fn try_map<T>(self, map: impl FnOnce(E) -> Option<T>) -> Option<Envelope<T>> {
        let Self { id, time, trace, event } = self;
        map(event).map(|event| Envelope { id, time, trace, event })
    }
}
