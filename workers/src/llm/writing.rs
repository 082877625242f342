//! An answer while it is written: chat completions as server-sent events.

use std::{pin::Pin, time::Duration};

use eventsource_stream::{EventStreamError, Eventsource};
use futures::{Stream, StreamExt};
use reqwest::{Response, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{LanguageModel, LanguageModelError, unreachable_because};

/// Bytes of a stream that are read. A token takes some 300 as an event.
const STREAM_MAX: usize = 2 << 20;
/// Tokens of an answer at most.
const TOKENS_MAX: u32 = 1_000;
/// The data of the event behind the last one.
const DONE: &str = "[DONE]";
const EVENT_STREAM: &str = "text/event-stream";

type Events = Pin<Box<dyn Stream<Item = Result<String, LanguageModelError>> + Send>>;

/// An answer that is being written. Dropped before the end, it closes the connection, which stops the model.
pub struct Writing {
    events: Events,
    /// How long the model may be silent.
    silence: Duration,
    /// Whether the model said that its answer is whole.
    finished: bool,
}

#[derive(Deserialize)]
struct Chunk {
    choices: Vec<ChunkChoice>,
}

#[derive(Deserialize)]
struct ChunkChoice {
    #[serde(default)]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Delta {
    content: Option<String>,
}

impl LanguageModel {
    /// Has the model answer `user` under `instructions` in plain text. A fault that may pass, before anything is
    /// written, is tried again once.
    pub async fn write(&self, instructions: &str, user: &str) -> Result<Writing, LanguageModelError> {
        let body = json!({
            "model": self.model,
            "temperature": 0,
            "max_tokens": TOKENS_MAX,
            "stream": true,
            "messages": [
                {"role": "system", "content": instructions},
                {"role": "user", "content": user}
            ]
        });
        let response = self.trying(|| self.begin(&body)).await?;
        Ok(Writing { events: events(response), silence: self.silence, finished: false })
    }

    async fn begin(&self, body: &Value) -> Result<Response, LanguageModelError> {
        let request = self.request(body).timeout(self.answer_time);
        let answered = timeout(self.silence, request.send()).await;
        let response = answered.map_err(|_| LanguageModelError::SILENT)?;
        let response = response.map_err(|error| unreachable_because(&error))?;
        if !response.status().is_success() {
            return Err(LanguageModelError::Status(response.status()));
        }
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with(EVENT_STREAM)) {
            return Err(LanguageModelError::Protocol("it is no stream of events"));
        }
        Ok(response)
    }
}

impl Writing {
    /// What is written next; none when the answer is whole. One that ends before the model said so is cut off.
    pub async fn next(&mut self) -> Result<Option<String>, LanguageModelError> {
        loop {
            let event = timeout(self.silence, self.events.next()).await.map_err(|_| LanguageModelError::SILENT)?;
            let data = event.transpose()?.filter(|data| data != DONE);
            let Some(data) = data else {
                return if self.finished { Ok(None) } else { Err(LanguageModelError::CUT_OFF) };
            };
            let chunk: Chunk =
                serde_json::from_str(&data).map_err(|_| LanguageModelError::Protocol("it is no completion"))?;
            // The last event of some endpoints has no choice, but counts tokens.
            let Some(choice) = chunk.choices.into_iter().next() else { continue };
            match choice.finish_reason.as_deref() {
                Some("stop") => self.finished = true,
                Some(_) => return Err(LanguageModelError::CUT_OFF),
                None => {}
            }
            if let Some(text) = choice.delta.content.filter(|text| !text.is_empty()) {
                return Ok(Some(text));
            }
        }
    }
}

/// The data of each event; an error where more comes than any answer has.
fn events(response: Response) -> Events {
    let mut read = 0;
    let bytes = response.bytes_stream().map(move |chunk| {
        let chunk = chunk.map_err(|error| unreachable_because(&error))?;
        read += chunk.len();
        if read > STREAM_MAX { Err(LanguageModelError::Protocol("it is too long")) } else { Ok(chunk) }
    });
    let events = bytes.eventsource().map(|event| match event {
        Ok(event) => Ok(event.data),
        Err(EventStreamError::Transport(error)) => Err(error),
        Err(_) => Err(LanguageModelError::Protocol("it is no stream of events")),
    });
    events.boxed()
}
