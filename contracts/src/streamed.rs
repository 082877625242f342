//! Questions that are answered in parts, while the answer comes about.
//!
//! The asker publishes [`Asking`] at the question's subject with an inbox of its own. The one process that takes it sends
//! [`Frame`]s to that inbox: first a pulse, which says that it was taken; then parts, and a pulse each second; last an
//! end. They are numbered, so that the asker sees when one was lost, and an asker that hears nothing for [`SILENCE`] goes
//! away. Who goes away before the end tells it to every process at the question's other subject, and the one that is at
//! work on the answer leaves it at once.

use std::time::Duration;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::consumer::Pool;

/// How often an asker hears that an answer is under way.
pub const PULSE: Duration = Duration::from_secs(1);
/// An asker that hears nothing for so long takes the answer to be lost.
pub const SILENCE: Duration = Duration::from_secs(5);

/// A question that is answered in parts.
pub trait StreamedQuery: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Where it is asked.
    const SUBJECT: &'static str;
    /// Where it is told, as [`Stop`], that the asker has gone.
    const STOP_SUBJECT: &'static str;
    /// The pool that answers.
    const POOL: Pool;
    /// What the answer consists of.
    type Part: Serialize + DeserializeOwned + Send + 'static;
}

/// A question as it is asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asking<Q> {
    /// Drawn by the asker, for [`Stop`].
    pub id: Uuid,
    /// The question.
    pub query: Q,
}

/// Word that an asker has gone.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Stop {
    /// The [`Asking::id`] of what it asked.
    pub id: Uuid,
}

/// What comes to the inbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Frame<P> {
    /// From 0, without gaps.
    pub seq: u32,
    /// What it says.
    pub content: FrameContent<P>,
}

/// What a frame says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameContent<P> {
    /// The answer is under way.
    Pulse,
    /// The next part.
    Part(P),
    /// There is no more.
    End,
    /// The question does not decode: asker and answerer are of different versions.
    Malformed,
    /// The pool cannot answer now.
    Unavailable,
}
