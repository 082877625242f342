//! What failed for good, with its cause and the original.

use async_nats::jetstream::Message;
use contracts::{consumer::Pool, dead_letter::DeadLetter};
use uuid::Uuid;

/// The dead letter of a message, and its id: the same for the same message in the same pool.
pub(super) fn dead_letter(pool: Pool, message: &Message, attempts: u32, cause: &str) -> (Uuid, DeadLetter) {
    let info = message.info().ok();
    let (stream, sequence) = info.map_or_else(Default::default, |info| (info.stream.to_owned(), info.stream_sequence));
    let headers = message.headers.iter().flat_map(|headers| headers.iter()).map(|(name, values)| {
        (name.to_string(), values.iter().map(async_nats::HeaderValue::as_str).collect::<Vec<_>>().join(", "))
    });
    let mut payload = serde_json::from_slice(&message.payload)
        .unwrap_or_else(|_| serde_json::Value::String(String::from_utf8_lossy(&message.payload).into_owned()));
    // Dead letters are kept for weeks and read by people.
    if let Some(hash) = payload.get_mut("password_hash") {
        *hash = "withheld".into();
    }
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{pool}/{stream}/{sequence}").as_bytes());
    let letter = DeadLetter {
        pool: pool.to_string(),
        cause: cause.to_owned(),
        attempts,
        failed_at: contracts::clock::now(),
        stream,
        sequence,
        subject: message.subject.to_string(),
        headers: headers.collect(),
        payload,
    };
    (id, letter)
}
