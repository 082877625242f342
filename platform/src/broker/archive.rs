//! Streams as an operator keeps them elsewhere and brings them back (ADR-2's snapshots).
//!
//! A snapshot holds the messages alone. What a consumer has done is told beside it, for the server reads consumers last:
//! they may have done what the snapshot does not hold any more.

use std::{
    io::{self, Read, Write},
    time::Duration,
};

use async_nats::{Request, StatusCode};
use bytes::Bytes;
use contracts::{consumer::Consumer, stream};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Broker;

/// The longest silence of the server; at the end of a restore it reads all that it was sent.
const SILENCE: Duration = Duration::from_mins(10);
/// Bytes that are sent at once, under the broker's `max_payload`.
const CHUNK: usize = 128 << 10;
/// The server's code for a message that is not there.
const NO_MESSAGE: i64 = 10_043;

/// What a stream is beside its messages: as the server tells it, for the server alone to read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamRecord {
    config: Value,
    state: Value,
}

/// A stream was not kept, or not brought back.
#[derive(Debug, thiserror::Error)]
#[error("the stream {stream}: {source}")]
pub struct ArchiveError {
    stream: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl Broker {
    /// Writes a stream's messages to `sink`, while others are stored.
    pub async fn keep_stream(&self, name: &str, sink: &mut impl Write) -> Result<StreamRecord, ArchiveError> {
        self.keep(name, sink).await.map_err(|source| ArchiveError { stream: name.to_owned(), source })
    }

    /// Makes a stream again from what was written. It must not be there.
    pub async fn bring_stream_back(
        &self,
        name: &str,
        record: &StreamRecord,
        messages: &mut impl Read,
    ) -> Result<(), ArchiveError> {
        self.bring_back(name, record, messages).await.map_err(|source| ArchiveError { stream: name.to_owned(), source })
    }

    /// Whether there is a stream of this name.
    pub async fn has_stream(&self, name: &str) -> Result<bool, ArchiveError> {
        let asked = self.ask_server("STREAM.INFO", name, &json!({})).await;
        match asked {
            Ok(_) => Ok(true),
            Err(Refusal::Server { status: 404, .. }) => Ok(false),
            Err(error) => Err(ArchiveError { stream: name.to_owned(), source: error.into() }),
        }
    }

    /// Removes every event behind a place. Later ones get places behind theirs all the same.
    pub async fn remove_events_behind(&self, place: u64) -> Result<(), ArchiveError> {
        let failed = |error: Refusal| ArchiveError { stream: stream::EVENTS.to_owned(), source: error.into() };
        let info = self.ask_server("STREAM.INFO", stream::EVENTS, &json!({})).await.map_err(failed)?;
        let last = info["state"]["last_seq"].as_u64().unwrap_or(0);
        for place in place + 1..=last {
            let request = json!({"seq": place, "no_erase": true});
            match self.ask_server("STREAM.MSG.DELETE", stream::EVENTS, &request).await {
                Ok(_) | Err(Refusal::Server { code: NO_MESSAGE, .. }) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    /// Has a consumer begin again behind a place, whatever it has done.
    pub async fn go_on_behind(&self, consumer: &Consumer, place: u64) -> Result<(), ArchiveError> {
        let of = format!("{}.{}", consumer.stream, consumer.durable);
        let reset = self.ask_server("CONSUMER.RESET", &of, &json!({"seq": place + 1})).await;
        reset.map(drop).map_err(|error| ArchiveError { stream: consumer.stream.to_owned(), source: error.into() })
    }

    async fn keep(&self, name: &str, sink: &mut impl Write) -> Result<StreamRecord, Cause> {
        let inbox = self.client.new_inbox();
        let mut chunks = self.client.subscribe(inbox.clone()).await?;
        let request = json!({"deliver_subject": inbox, "no_consumers": true, "chunk_size": CHUNK});
        let answer = self.ask_server("STREAM.SNAPSHOT", name, &request).await?;
        loop {
            let message = tokio::time::timeout(SILENCE, chunks.next()).await?.ok_or("the connection ended")?;
            if message.payload.is_empty() {
                break match message.status {
                    None | Some(StatusCode::OK) => {}
                    Some(status) if status.as_u16() == 204 => {}
                    Some(_) => return Err(message.description.unwrap_or_default().into()),
                };
            }
            sink.write_all(&message.payload)?;
            if let Some(reply) = message.reply {
                self.client.publish(reply, Bytes::new()).await?;
            }
        }
        Ok(StreamRecord { config: answer["config"].clone(), state: answer["state"].clone() })
    }

    async fn bring_back(&self, name: &str, record: &StreamRecord, messages: &mut impl Read) -> Result<(), Cause> {
        let answer = self.ask_server("STREAM.RESTORE", name, &serde_json::to_value(record)?).await?;
        let subject = answer["deliver_subject"].as_str().ok_or("the server takes no messages")?.to_owned();
        let restored = loop {
            let chunk = read_chunk(messages)?;
            let last = chunk.is_empty();
            let request = Request::new().payload(chunk).timeout(Some(SILENCE));
            let answer = self.client.send_request(subject.clone(), request).await?;
            if last || !answer.payload.is_empty() {
                break read_answer(&answer.payload)?;
            }
        };
        let last = |state: &Value| state["last_seq"].as_u64().unwrap_or(0);
        if last(&restored["state"]) < last(&record.state) {
            return Err("the server has fewer messages than were kept".into());
        }
        Ok(())
    }

    async fn ask_server(&self, verb: &str, of: &str, request: &Value) -> Result<Value, Refusal> {
        let payload = Bytes::from(request.to_string());
        let request = Request::new().payload(payload).timeout(Some(SILENCE));
        let answer = self.client.send_request(format!("$JS.API.{verb}.{of}"), request).await?;
        read_answer(&answer.payload)
    }
}

fn read_chunk(messages: &mut impl Read) -> io::Result<Bytes> {
    let mut chunk = Vec::with_capacity(CHUNK);
    messages.take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok(chunk.into())
}

/// What the server says to a request that is no success.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("{description}")]
    Server { status: i64, code: i64, description: String },
    #[error(transparent)]
    Unreadable(#[from] serde_json::Error),
    #[error(transparent)]
    Unanswered(#[from] async_nats::RequestError),
}

fn read_answer(payload: &[u8]) -> Result<Value, Refusal> {
    let answer: Value = serde_json::from_slice(payload)?;
    let Some(error) = answer.get("error") else { return Ok(answer) };
    Err(Refusal::Server {
        status: error["code"].as_i64().unwrap_or(0),
        code: error["err_code"].as_i64().unwrap_or(0),
        description: error["description"].as_str().unwrap_or("refused without a word").to_owned(),
    })
}
