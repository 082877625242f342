//! Worker pools and their durable consumers as data.

use std::{fmt, str::FromStr, time::Duration};

use crate::{
    Kind,
    stream::{ACCOUNTS, EVENTS},
    subject::{self, PARTITIONS},
};

/// A pool of workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pool {
    /// Admits or rejects a ticket by its requester's quota.
    Ratelimit,
    /// Clears or flags a ticket.
    Moderation,
    /// Chooses the department.
    Routing,
    /// Applies changes to the store and answers queries from it.
    Persistence,
    /// Tells other systems.
    Webhooks,
    /// Tells people.
    Notify,
    /// Keeps the index of articles, and finds in it what answers a question.
    Rag,
}

impl Pool {
    /// Every pool, in the order in which a ticket meets them.
    pub const ALL: &'static [Self] =
        &[Self::Ratelimit, Self::Moderation, Self::Routing, Self::Persistence, Self::Webhooks, Self::Notify, Self::Rag];

    /// Its name in configuration, consumers and dead letters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ratelimit => "ratelimit",
            Self::Moderation => "moderation",
            Self::Routing => "routing",
            Self::Persistence => "persistence",
            Self::Webhooks => "webhooks",
            Self::Notify => "notify",
            Self::Rag => "rag",
        }
    }

    /// The kinds of event that it handles.
    pub fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Ratelimit => &[Kind::TicketCreated],
            Self::Moderation => &[Kind::TicketAdmitted],
            Self::Routing => &[Kind::TicketCleared, Kind::TicketReleased],
            Self::Persistence => &[
                Kind::TicketRouted,
                Kind::TicketFlagged,
                Kind::TicketResolveRequested,
                Kind::TicketAssignRequested,
                Kind::TicketCloseRequested,
                Kind::TicketReopenRequested,
                Kind::TicketReleaseRequested,
                Kind::MessageSent,
                Kind::MessageReadRequested,
                Kind::MessageFeedbackRequested,
                Kind::ArticleChangeRequested,
                Kind::NotificationCreated,
                Kind::NotificationReadRequested,
                Kind::WebhookDelivered,
                Kind::WebhookFailed,
                Kind::AccountCreateRequested,
                Kind::AccountChangeRequested,
            ],
            Self::Webhooks => &[Kind::TicketSaved, Kind::TicketResolved, Kind::MessageSaved],
            Self::Notify => &[Kind::TicketFlagged],
            Self::Rag => &[Kind::ArticlePublished, Kind::ArticleWithdrawn, Kind::ArticleReindexRequested],
        }
    }

    /// Its durable consumers. A pool that must see the events of one entity in order has one for each partition,
    /// pinned to one process at a time; the others have one, shared by all processes. The rag pool's are made for the
    /// indexes that there are: see [`Consumer::of_index`].
    pub fn consumers(self) -> Vec<Consumer> {
        let on_stream = |stream: &'static str| move |kind: &&Kind| stream_of(**kind) == stream;
        let filters = |stream: &'static str, partition: Option<u8>| -> Vec<String> {
            let filter = |kind: &Kind| {
                if stream == EVENTS { subject::stored(*kind, partition) } else { subject::plain(*kind) }
            };
            self.kinds().iter().filter(on_stream(stream)).map(filter).collect()
        };
        let partitions = (0..PARTITIONS).map(|partition| Consumer {
            pool: self,
            stream: EVENTS,
            durable: format!("{self}-{partition}"),
            filters: filters(EVENTS, Some(partition)),
            partition: Some(partition),
            forgotten_after: None,
        });
        let shared = |stream: &'static str, durable: String| Consumer {
            pool: self,
            stream,
            durable,
            filters: filters(stream, None),
            partition: None,
            forgotten_after: None,
        };
        match self {
            Self::Rag => Vec::new(),
            Self::Persistence => partitions.chain([shared(ACCOUNTS, format!("{self}-accounts"))]).collect(),
            _ => vec![shared(EVENTS, self.to_string())],
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No pool has this name.
#[derive(Debug, thiserror::Error)]
#[error("no pool is called {0:?}; the pools are ratelimit, moderation, routing, persistence, webhooks, notify and rag")]
pub struct UnknownPool(String);

impl FromStr for Pool {
    type Err = UnknownPool;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|pool| pool.as_str() == text).ok_or_else(|| UnknownPool(text.to_owned()))
    }
}

/// The stream that keeps events of `kind`.
pub fn stream_of(kind: Kind) -> &'static str {
    match kind {
        Kind::AccountCreateRequested | Kind::AccountChangeRequested => ACCOUNTS,
        _ => EVENTS,
    }
}

/// A durable pull consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// The pool that it feeds.
    pub pool: Pool,
    /// The stream that it reads.
    pub stream: &'static str,
    /// Its name.
    pub durable: String,
    /// What it reads of the stream.
    pub filters: Vec<String>,
    /// The partition that it reads. One process at a time gets its messages (ADR-42), which keeps their order.
    pub partition: Option<u8>,
    /// How long nobody asks it for anything before the broker forgets it; never, where it is left out.
    pub forgotten_after: Option<Duration>,
}

impl Consumer {
    /// What keeps one index of articles: every process that has the index shares it. A process with an index of its own
    /// has a consumer of its own, which the broker forgets after [`INDEX_FORGOTTEN`]; should the process come back, it hears
    /// of every article again.
    pub fn of_index(index: &str) -> Self {
        Self {
            pool: Pool::Rag,
            stream: EVENTS,
            durable: format!("{}-{index}", Pool::Rag),
            filters: Pool::Rag.kinds().iter().map(|kind| subject::stored(*kind, None)).collect(),
            partition: None,
            forgotten_after: Some(INDEX_FORGOTTEN),
        }
    }
}

/// How long the consumer of an index is kept for processes that are away.
pub const INDEX_FORGOTTEN: Duration = Duration::from_hours(24);

/// The priority group of pinned consumers.
pub const PIN_GROUP: &str = "owner";
/// How long a process that holds a pin may ask for nothing before the broker gives the pin to another. The other
/// processes know sooner that it is gone, and give the pin up for it.
pub const PIN_TIMEOUT: Duration = Duration::from_secs(15);
/// How long one pull request waits; well under [`PIN_TIMEOUT`], so that an idle process keeps its pin.
pub const PULL_WAIT: Duration = Duration::from_millis(1_500);
/// A message that was not acknowledged for this long is delivered again. Longer than a Raft election.
pub const ACK_WAIT: Duration = Duration::from_secs(30);
