//! Looking up what the streams hold.

use async_nats::jetstream::{context::ConsumerInfoErrorKind, message::StreamMessage, stream::DirectGetErrorKind};
use contracts::{
    Envelope, Event, Kind, Outcome, RequestId,
    consumer::Consumer,
    event::{InvalidAttributes, header},
    stream, subject,
};

use super::{Broker, look::look};

/// A stream could not be asked, or holds what this version cannot read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The stream cannot be reached now.
    #[error("the stream {stream} cannot be reached: {source}")]
    Unavailable {
        /// Its name.
        stream: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The message is no event.
    #[error(transparent)]
    Event(#[from] InvalidAttributes),
    /// The message is no outcome, or no dead letter.
    #[error("what the stream holds does not decode")]
    Content(#[from] serde_json::Error),
}

/// How far a consumer is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// All that it takes is done up to this place.
    pub done: u64,
    /// All that there is for it is done.
    pub idle: bool,
    /// Whether somebody waits for what comes.
    pub asked: bool,
}

impl Broker {
    /// The last event of `kind` about the entity with `id`.
    pub async fn last_event(&self, kind: Kind, id: uuid::Uuid) -> Result<Option<Envelope<Event>>, LogError> {
        let found = self.last(stream::EVENTS, subject::stored_about(kind, id)).await?;
        let Some(message) = found else { return Ok(None) };
        if is_forged(&message) {
            return Ok(None);
        }
        Ok(Some(decode(&message.headers, &message.payload)?))
    }

    /// Whether the stream of events holds this event at a place behind `place`. It walks the events of that kind about
    /// that entity, so it is for rare use.
    pub async fn holds(&self, envelope: &Envelope<Event>, place: u64) -> Result<bool, LogError> {
        let away = |source| LogError::Unavailable { stream: stream::EVENTS, source };
        let stream = self.context.get_stream_no_info(stream::EVENTS).await.map_err(|error| away(error.into()))?;
        let subject = subject::stored_about(envelope.event.kind(), envelope.event.entity_id());
        let mut place = place;
        loop {
            let message = match stream.direct_get_next_for_subject(subject.as_str(), Some(place + 1)).await {
                Ok(message) => message,
                Err(error) if error.kind() == DirectGetErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(away(error.into())),
            };
            let id = message.headers.get(header::ID);
            if id.is_some_and(|id| id.as_str() == envelope.id.as_str()) && !is_forged(&message) {
                return Ok(true);
            }
            place = message.sequence;
        }
    }

    /// The place of the last message of a stream.
    pub async fn last_place(&self, stream: &'static str) -> Result<u64, LogError> {
        let away = |source| LogError::Unavailable { stream, source };
        let stream = self.context.get_stream(stream).await.map_err(|error| away(error.into()))?;
        Ok(stream.cached_info().state.last_sequence)
    }

    /// The first event behind a place, with its own place; without the event where it is none that this version can read.
    pub async fn next_event(&self, place: u64) -> Result<Option<(u64, Option<Envelope<Event>>)>, LogError> {
        let away = |source| LogError::Unavailable { stream: stream::EVENTS, source };
        let stream = self.context.get_stream_no_info(stream::EVENTS).await.map_err(|error| away(error.into()))?;
        match stream.direct_get_next_for_subject(">", Some(place + 1)).await {
            Ok(message) => Ok(Some((message.sequence, event_of(&message)))),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(away(error.into())),
        }
    }

    /// How far a consumer is; none where there is no such consumer.
    pub async fn progress(&self, consumer: &Consumer) -> Result<Option<Progress>, LogError> {
        let away = |source| LogError::Unavailable { stream: consumer.stream, source };
        let stream = self.context.get_stream_no_info(consumer.stream).await.map_err(|error| away(error.into()))?;
        match stream.consumer_info(&consumer.durable).await {
            Ok(info) => Ok(Some(Progress {
                done: info.ack_floor.stream_sequence,
                idle: info.num_pending == 0 && info.num_ack_pending == 0,
                asked: info.num_waiting > 0,
            })),
            Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => Ok(None),
            Err(error) => Err(away(error.into())),
        }
    }

    /// The outcome of a request, if it has one.
    pub async fn outcome(&self, request: RequestId) -> Result<Option<Outcome>, LogError> {
        let found = self.last(stream::OUTCOMES, subject::outcome(request)).await?;
        Ok(found.map(|message| serde_json::from_slice(&message.payload)).transpose()?)
    }

    async fn last(&self, stream: &'static str, subject: String) -> Result<Option<StreamMessage>, LogError> {
        let away = |source| LogError::Unavailable { stream, source };
        let handle = self.context.get_stream_no_info(stream).await.map_err(|error| away(error.into()))?;
        match look(|| handle.direct_get_last_for_subject(subject.as_str())).await {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(away(error.into())),
        }
    }
}

/// The event that a message from a direct get holds; none where it is none that this version can read.
pub(super) fn event_of(message: &StreamMessage) -> Option<Envelope<Event>> {
    (!is_forged(message)).then(|| decode(&message.headers, &message.payload).ok()).flatten()
}

/// An answer to a direct get bears the stream's name once; a forged event bore it before.
fn is_forged(message: &StreamMessage) -> bool {
    message.headers.get_all(async_nats::header::NATS_STREAM).count() > 1
}

/// The event that a message of a stream holds.
///
/// A client may ask the broker to send an answer to any subject, a stream's among them: what bears the header of a
/// broker's answer was never published, and is refused.
pub fn read_event(headers: &async_nats::HeaderMap, payload: &[u8]) -> Result<Envelope<Event>, InvalidAttributes> {
    if headers.get(async_nats::header::NATS_STREAM).is_some() {
        return Err(InvalidAttributes::Malformed("Nats-Stream"));
    }
    decode(headers, payload)
}

fn decode(headers: &async_nats::HeaderMap, payload: &[u8]) -> Result<Envelope<Event>, InvalidAttributes> {
    Envelope::from_headers(|name| headers.get(name).map(async_nats::HeaderValue::as_str), payload)
}
