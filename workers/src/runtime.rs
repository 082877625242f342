//! What carries every pool: bounded concurrency, order for each entity, retries, dead letters and drain.
//!
//! A handler sees a typed event and returns what follows from it; it never sees the broker.

mod consume;
mod dead_letter;
mod membership;
mod pull;
mod queue;
mod step;

use std::{error::Error, time::Duration};

use contracts::{Envelope, Event, Outcome, TicketId, chat::RoomFrame, consumer::Pool, event::Payload};

pub use consume::{Pace, consume};
pub use membership::Membership;

/// What a pool does with one event.
pub trait Worker: Send + Sync + 'static {
    /// The pool.
    const POOL: Pool;
    /// The events that it takes.
    type Input: Input;

    /// What follows from an event. Called again for the same event after a crash: the same event must have one
    /// effect, however often it comes. `attempt` counts from 1.
    fn handle(
        &self,
        event: &Envelope<Self::Input>,
        attempt: u32,
    ) -> impl Future<Output = Result<Effects, Failure>> + Send;

    /// When and how often a failed event is tried again.
    fn retry(&self) -> Retry {
        Retry::InPlace(&IN_PLACE)
    }

    /// What follows when an event is given up for good.
    fn give_up(&self, event: &Envelope<Self::Input>, attempts: u32, cause: &str) -> Effects;
}

/// Enough for a fault that passes by itself, short enough that the next event of the entity does not wait long.
const IN_PLACE: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(600),
    Duration::from_millis(1_500),
    Duration::from_secs(4),
];

/// The events that a pool takes, as one type.
pub trait Input: Clone + Send + Sync + Sized + 'static {
    /// The input that an event is, if it is one.
    fn from_event(event: Event) -> Option<Self>;
}

impl<P: Payload + Clone> Input for P {
    fn from_event(event: Event) -> Option<Self> {
        P::from_event(event)
    }
}

/// Makes an enum of the kinds of event that a pool takes.
macro_rules! input {
    ($(#[$doc:meta])* $name:ident { $($kind:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[allow(missing_docs, reason = "each is described at its payload")]
        #[allow(clippy::enum_variant_names, reason = "they are named after the events")]
        pub enum $name { $($kind(contracts::event::$kind)),* }

        impl $crate::runtime::Input for $name {
            fn from_event(event: contracts::Event) -> Option<Self> {
                match event {
                    $(contracts::Event::$kind(payload) => Some(Self::$kind(payload)),)*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use input;

/// What follows from an event.
#[derive(Debug, Default)]
pub struct Effects {
    /// What the rooms of tickets are told, in this order, before the events are published. A frame may be told twice.
    pub frames: Vec<(TicketId, RoomFrame)>,
    /// What happened.
    pub events: Vec<Event>,
    /// How the request that the event serves ended, if it did.
    pub outcome: Option<Outcome>,
    /// Whether the pool knows that nothing followed from the event before, so that nobody has to look.
    pub first: bool,
}

impl Effects {
    /// Nothing follows.
    pub fn none() -> Self {
        Self::default()
    }

    /// One event follows.
    pub fn event(event: impl Into<Event>) -> Self {
        Self { events: vec![event.into()], ..Self::default() }
    }

    /// The request ended.
    pub fn outcome(outcome: Outcome) -> Self {
        Self { outcome: Some(outcome), ..Self::default() }
    }

    /// And the request ended so.
    #[must_use]
    pub fn with_outcome(self, outcome: Outcome) -> Self {
        Self { outcome: Some(outcome), ..self }
    }
}

/// Why an event was not handled.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Something that the pool needs is away. The event waits for it, however long, and no try is counted.
    #[error("what the pool needs is away")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// This event failed; it is tried again as the pool's [`Retry`] says.
    #[error("the event was not handled")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
    /// No try will succeed.
    #[error("the event cannot be handled")]
    Invalid(#[source] Box<dyn Error + Send + Sync>),
}

/// When a failed event is tried again.
#[derive(Clone, Debug)]
pub enum Retry {
    /// After each of these waits, while later events of the entity wait too.
    InPlace(&'static [Duration]),
    /// After each of these waits, while other events go on, the same entity's among them. The waits outlive the
    /// process.
    Later(Vec<Duration>),
}

impl Retry {
    /// How often an event is tried at most.
    fn attempts(&self) -> u32 {
        let waits = match self {
            Self::InPlace(waits) => waits.len(),
            Self::Later(waits) => waits.len(),
        };
        u32::try_from(waits).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// A wait shortened by up to a fifth at random, so that what failed together does not come back together.
fn jittered(wait: Duration) -> Duration {
    let percent = 80 + uuid::Uuid::new_v4().as_u64_pair().0 % 21;
    wait * u32::try_from(percent).unwrap_or(100) / 100
}
