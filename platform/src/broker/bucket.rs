//! State that several processes change without losing each other's changes.

use std::marker::PhantomData;

use async_nats::{HeaderMap, header, jetstream::kv};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use serde::{Serialize, de::DeserializeOwned};

use super::{Broker, PublishError, lane::Lane, look::look};
use contracts::stream::of_bucket;

/// A value of a bucket, with the revision that a write conditional on it must name.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    /// The value.
    pub value: T,
    /// The value's place in the bucket's stream.
    pub revision: u64,
}

/// What a bucket holds, and what becomes of it.
pub struct Watched<T> {
    /// Each key with its value at the start.
    pub present: Vec<(String, T)>,
    /// Each change after it.
    pub changes: BoxStream<'static, Result<(String, T), BucketError>>,
}

/// The key and the value of an entry that holds one.
fn read<T: DeserializeOwned>(entry: kv::Entry) -> Option<(String, T)> {
    let value = (entry.operation == kv::Operation::Put).then(|| serde_json::from_slice(&entry.value).ok()).flatten();
    value.map(|value| (entry.key, value))
}

/// A bucket did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// Somebody else changed the key first: read it again and decide anew.
    #[error("the key was changed by somebody else")]
    Conflict,
    /// The bucket cannot be reached now.
    #[error("the bucket {bucket} cannot be reached: {source}")]
    Unavailable {
        /// Its name.
        bucket: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bucket holds something that this version cannot read.
    #[error("a value in the bucket {bucket} does not decode: {source}")]
    Malformed {
        /// Its name.
        bucket: String,
        /// Why.
        source: serde_json::Error,
    },
}

/// A key-value bucket of values of one type, as JSON. Writes go through the bucket's commit lane.
#[derive(Clone)]
pub struct Bucket<T> {
    name: String,
    store: kv::Store,
    lane: Lane,
    value: PhantomData<fn() -> T>,
}

impl Broker {
    /// Opens a bucket that the workers made.
    pub async fn bucket<T: Serialize + DeserializeOwned>(&self, name: &str) -> Result<Bucket<T>, BucketError> {
        let away = |source: Box<dyn std::error::Error + Send + Sync>| BucketError::Unavailable {
            bucket: name.to_owned(),
            source,
        };
        let store = self.context.get_key_value(name).await.map_err(|error| away(error.into()))?;
        let lane = self.lane(&of_bucket(name)).map_err(|error| away(error.into()))?.clone();
        Ok(Bucket { name: name.to_owned(), store, lane, value: PhantomData })
    }
}

impl<T: Serialize + DeserializeOwned> Bucket<T> {
    /// The value of a key.
    pub async fn get(&self, key: &str) -> Result<Option<Entry<T>>, BucketError> {
        let entry = look(|| self.store.entry(key)).await.map_err(|error| self.unavailable(error))?;
        let Some(entry) = entry.filter(|entry| entry.operation == kv::Operation::Put) else { return Ok(None) };
        Ok(Some(Entry { value: self.decode(&entry.value)?, revision: entry.revision }))
    }

    /// Writes a key that must have `revision`, 0 when it must not exist. Returns the new revision.
    ///
    /// After an answer that was lost on the way, a write may report [`BucketError::Conflict`] with itself: who reads
    /// again must recognize its own value.
    pub async fn put(&self, key: &str, value: &T, revision: u64) -> Result<u64, BucketError> {
        let payload =
            serde_json::to_vec(value).map_err(|source| BucketError::Malformed { bucket: self.name.clone(), source })?;
        let mut headers = HeaderMap::new();
        headers.insert(header::NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, revision.to_string());
        let subject = format!("$KV.{}.{key}", self.name);
        match self.lane.publish(subject, headers, Bytes::from(payload)).await {
            Ok(stored) => Ok(stored.sequence),
            Err(PublishError::Conflict) => Err(BucketError::Conflict),
            Err(error) => Err(self.unavailable(error)),
        }
    }

    /// The present value of every key, and then each change as it happens. Values that do not decode are left out.
    pub async fn watch(&self) -> Result<Watched<T>, BucketError>
    where
        T: Send + 'static,
    {
        let keys = self.store.status().await.map_err(|error| self.unavailable(error))?.values();
        let mut watch = self.store.watch_with_history(">").await.map_err(|error| self.unavailable(error))?;
        let mut present = Vec::new();
        let mut seen_all = keys == 0;
        while !seen_all && let Some(entry) = watch.next().await {
            let entry = entry.map_err(|error| self.unavailable(error))?;
            seen_all = entry.seen_current;
            present.extend(read(entry));
        }
        let name = self.name.clone();
        let changes = watch
            .map_err(move |error| BucketError::Unavailable { bucket: name.clone(), source: error.into() })
            .try_filter_map(|entry| std::future::ready(Ok(read(entry))));
        Ok(Watched { present, changes: changes.boxed() })
    }

    fn decode(&self, value: &[u8]) -> Result<T, BucketError> {
        serde_json::from_slice(value).map_err(|source| BucketError::Malformed { bucket: self.name.clone(), source })
    }

    fn unavailable(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BucketError {
        BucketError::Unavailable { bucket: self.name.clone(), source: source.into() }
    }
}
