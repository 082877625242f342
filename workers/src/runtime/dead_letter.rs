//! What failed for good, with its cause and the original.

use std::collections::BTreeMap;

use async_nats::jetstream::Message;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use contracts::consumer::Pool;
use serde::Serialize;
use uuid::Uuid;

/// A dead letter as it lies in the stream.
#[derive(Debug, Serialize)]
pub(super) struct Letter {
    #[serde(skip)]
    id: Uuid,
    pool: &'static str,
    /// Why the last try failed.
    cause: String,
    attempts: u32,
    failed_at: DateTime<Utc>,
    stream: String,
    sequence: u64,
    /// The original's subject, headers and payload.
    subject: String,
    headers: BTreeMap<String, String>,
    payload: serde_json::Value,
}

impl Letter {
    pub(super) fn of(pool: Pool, message: &Message, attempts: u32, cause: &str) -> Self {
        let info = message.info().ok();
        let (stream, sequence) =
            info.map_or_else(Default::default, |info| (info.stream.to_owned(), info.stream_sequence));
        let headers = message.headers.iter().flat_map(|headers| headers.iter()).map(|(name, values)| {
            (name.to_string(), values.iter().map(async_nats::HeaderValue::as_str).collect::<Vec<_>>().join(", "))
        });
        let mut payload = serde_json::from_slice(&message.payload)
            .unwrap_or_else(|_| serde_json::Value::String(String::from_utf8_lossy(&message.payload).into_owned()));
        // Dead letters are kept for weeks and read by people.
        if let Some(hash) = payload.get_mut("password_hash") {
            *hash = "withheld".into();
        }
        Self {
            id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{pool}/{stream}/{sequence}").as_bytes()),
            pool: pool.as_str(),
            cause: cause.to_owned(),
            attempts,
            failed_at: contracts::clock::now(),
            stream,
            sequence,
            subject: message.subject.to_string(),
            headers: headers.collect(),
            payload,
        }
    }

    /// The same for the same message in the same pool.
    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn encode(&self) -> Bytes {
        serde_json::to_vec(self).unwrap_or_default().into()
    }
}
