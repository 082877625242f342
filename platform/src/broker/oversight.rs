//! What people are shown of the streams: what became of a ticket, what failed for good, what waits.

use async_nats::jetstream::{context::ConsumerInfoErrorKind, stream::DirectGetErrorKind};
use contracts::{
    Envelope, Event, TicketId,
    consumer::{Consumer, Pool},
    dead_letter::DeadLetter,
    stream, subject,
};
use futures::{TryStreamExt, future::try_join_all};

use super::{Broker, LogError, log};

/// Events of one ticket that are read at most; one has about ten.
const HISTORY_MAX: usize = 200;

/// A page of dead letters.
#[derive(Debug)]
pub struct DeadLetters {
    /// Newest first, each with its place.
    pub items: Vec<(u64, DeadLetter)>,
    /// Before which place there are older ones.
    pub next_before: Option<u64>,
}

/// What a pool has to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Events that no process has taken.
    pub waiting: u64,
    /// Events that a process has and has not finished.
    pub under_way: u64,
    /// Of these, the ones that were given out before.
    pub again: u64,
}

impl Broker {
    /// The events about a ticket that are still kept, oldest first.
    pub async fn history(&self, ticket: TicketId) -> Result<Vec<Envelope<Event>>, LogError> {
        let away = |source| LogError::Unavailable { stream: stream::EVENTS, source };
        let stream = self.context.get_stream_no_info(stream::EVENTS).await.map_err(|error| away(error.into()))?;
        let (subject, mut events, mut place) = (subject::stored_of_ticket(ticket), Vec::new(), 0);
        while events.len() < HISTORY_MAX {
            let message = match stream.direct_get_next_for_subject(subject.as_str(), Some(place + 1)).await {
                Ok(message) => message,
                Err(error) if error.kind() == DirectGetErrorKind::NotFound => break,
                Err(error) => return Err(away(error.into())),
            };
            place = message.sequence;
            events.extend(log::event_of(&message));
        }
        Ok(events)
    }

    /// Dead letters, newest first: at most `limit`, and only those before a place.
    pub async fn dead_letters(&self, before: Option<u64>, limit: u32) -> Result<DeadLetters, LogError> {
        let away = |source| LogError::Unavailable { stream: stream::DEAD, source };
        let stream = self.context.get_stream(stream::DEAD).await.map_err(|error| away(error.into()))?;
        let state = &stream.cached_info().state;
        let first = state.first_sequence.max(1);
        let end = before.map_or(state.last_sequence + 1, |before| before.min(state.last_sequence + 1));
        let begin = end.saturating_sub(limit.into()).max(first);
        let read = async |place| match stream.direct_get(place).await {
            Ok(message) => Ok(Some((place, serde_json::from_slice(&message.payload)?))),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(away(error.into())),
        };
        let found = try_join_all((begin..end).rev().map(read)).await?;
        Ok(DeadLetters {
            items: found.into_iter().flatten().collect(),
            next_before: (first < begin && begin < end).then_some(begin),
        })
    }

    /// What a pool has to do, over all its consumers. One of an index whose process is away has nobody to do it, and is left
    /// out: the process brings its index up to the store when it comes back.
    pub async fn backlog(&self, pool: Pool) -> Result<Backlog, LogError> {
        let consumers = match pool {
            Pool::Rag => self.consumers_of_indexes().await?,
            _ => pool.consumers(),
        };
        let asked = try_join_all(consumers.iter().map(async |consumer| {
            let away = |source| LogError::Unavailable { stream: consumer.stream, source };
            let stream = self.context.get_stream_no_info(consumer.stream).await.map_err(|error| away(error.into()))?;
            match stream.consumer_info(&consumer.durable).await {
                // It is on its way to being forgotten: nobody asks for its events, and nobody has any.
                Ok(info)
                    if consumer.forgotten_after.is_some() && info.num_waiting == 0 && info.num_ack_pending == 0 =>
                {
                    Ok(Backlog::default())
                }
                Ok(info) => Ok(Backlog {
                    waiting: info.num_pending,
                    under_way: info.num_ack_pending as u64,
                    again: info.num_redelivered as u64,
                }),
                // The workers have not made it yet.
                Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => Ok(Backlog::default()),
                Err(error) => Err(away(error.into())),
            }
        }));
        let of_each = asked.await?;
        Ok(of_each.into_iter().fold(Backlog::default(), |sum, one| Backlog {
            waiting: sum.waiting + one.waiting,
            under_way: sum.under_way + one.under_way,
            again: sum.again + one.again,
        }))
    }

    /// The consumers of all indexes that there are.
    async fn consumers_of_indexes(&self) -> Result<Vec<Consumer>, LogError> {
        let any = Consumer::of_index("");
        let away = |source| LogError::Unavailable { stream: any.stream, source };
        let stream = self.context.get_stream_no_info(any.stream).await.map_err(|error| away(error.into()))?;
        let names: Vec<String> = stream.consumer_names().try_collect().await.map_err(|error| away(error.into()))?;
        Ok(names.iter().filter_map(|name| name.strip_prefix(&any.durable)).map(Consumer::of_index).collect())
    }
}
