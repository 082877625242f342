//! Questions that are answered in parts: `contracts::streamed` has the protocol.

mod answering;

use std::time::Duration;

use async_nats::{Client, StatusCode, Subscriber};
use contracts::streamed::{Asking, Frame, FrameContent, SILENCE, Stop, StreamedQuery};
use futures::StreamExt;
use tokio::{runtime::Handle, time::timeout};
use uuid::Uuid;

use super::{
    Broker,
    question::{AskError, PAUSE, TRIES},
};

pub use answering::{AnsweredInParts, PartSender, answer_in_parts};

/// The parts of an answer as they come. Dropped before the end, it tells the answerer to stop.
pub struct Parts<Q: StreamedQuery> {
    id: Uuid,
    client: Client,
    frames: Subscriber,
    /// The `seq` of the next frame.
    next: u32,
    /// Whether there is nobody left to be told to stop.
    ended: bool,
    query: std::marker::PhantomData<fn() -> Q>,
}

impl Broker {
    /// Asks a question that is answered in parts; returns once a process of the pool has taken it. A question changes
    /// nothing, so it is asked again when nobody takes it.
    pub async fn ask_in_parts<Q: StreamedQuery>(&self, query: &Q) -> Result<Parts<Q>, AskError> {
        let mut pause = PAUSE;
        for time in TRIES {
            let Ok(mut parts) = Parts::open(&self.client, query).await else { break };
            match parts.frame(time).await {
                Ok(FrameContent::Pulse) => return Ok(parts),
                Ok(FrameContent::Malformed) => return Err(malformed::<Q>()),
                Ok(_) => return Err(AskError::Unavailable { pool: Q::POOL.as_str() }),
                // Nobody listens, as when the pool restarts.
                Err(_) if parts.ended => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(_) => {}
            }
        }
        Err(no_answer::<Q>())
    }
}

impl<Q: StreamedQuery> Parts<Q> {
    async fn open(client: &Client, query: &Q) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let (id, inbox) = (Uuid::new_v4(), client.new_inbox());
        let question = serde_json::to_vec(&Asking { id, query: query.clone() })?;
        let frames = client.subscribe(inbox.clone()).await?;
        let query = std::marker::PhantomData;
        let parts = Self { id, client: client.clone(), frames, next: 0, ended: false, query };
        client.publish_with_reply(Q::SUBJECT, inbox, question.into()).await?;
        Ok(parts)
    }

    /// The next part; none at the end. After an error there are no more.
    pub async fn next(&mut self) -> Result<Option<Q::Part>, AskError> {
        while !self.ended {
            match self.frame(SILENCE).await? {
                FrameContent::Pulse => {}
                FrameContent::Part(part) => return Ok(Some(part)),
                FrameContent::End => self.ended = true,
                FrameContent::Malformed => return Err(malformed::<Q>()),
                FrameContent::Unavailable => {
                    self.ended = true;
                    return Err(AskError::Unavailable { pool: Q::POOL.as_str() });
                }
            }
        }
        Ok(None)
    }

    /// The next frame, if it comes in time and none before it was lost.
    async fn frame(&mut self, time: Duration) -> Result<FrameContent<Q::Part>, AskError> {
        let message = timeout(time, self.frames.next()).await.ok().flatten().ok_or_else(no_answer::<Q>)?;
        if message.status == Some(StatusCode::NO_RESPONDERS) {
            self.ended = true;
            return Err(no_answer::<Q>());
        }
        let frame: Frame<Q::Part> = serde_json::from_slice(&message.payload).map_err(|_| malformed::<Q>())?;
        if frame.seq != self.next {
            return Err(no_answer::<Q>());
        }
        self.next += 1;
        Ok(frame.content)
    }
}

impl<Q: StreamedQuery> Drop for Parts<Q> {
    fn drop(&mut self) {
        let Ok(stop) = serde_json::to_vec(&Stop { id: self.id }) else { return };
        let Some(runtime) = Handle::try_current().ok().filter(|_| !self.ended) else { return };
        let client = self.client.clone();
        runtime.spawn(async move { client.publish(Q::STOP_SUBJECT, stop.into()).await });
    }
}

fn no_answer<Q: StreamedQuery>() -> AskError {
    AskError::NoAnswer { pool: Q::POOL.as_str(), subject: Q::SUBJECT }
}

fn malformed<Q: StreamedQuery>() -> AskError {
    AskError::Malformed { pool: Q::POOL.as_str(), subject: Q::SUBJECT }
}
