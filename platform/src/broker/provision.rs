//! Making the streams and consumers that `contracts` describes.

use std::{fmt::Display, time::Duration};

use async_nats::jetstream::{
    consumer::{AckPolicy, PriorityPolicy, pull},
    stream as jetstream,
};
use contracts::{
    consumer::{ACK_WAIT, Consumer, PIN_GROUP, PIN_TIMEOUT},
    stream::{DUPLICATE_WINDOW, Keep, Retention, Stream},
};

use super::Broker;

/// Deliveries that one consumer may have under way, over all processes.
const ACK_PENDING: i64 = 4_096;
/// Pull requests that may wait at one consumer, over all processes.
const WAITING: i64 = 512;

/// A stream or consumer is not as this version needs it.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The broker refused a stream.
    #[error("the broker refused the stream {name}: {reason}; the stream there may be from another version")]
    Stream {
        /// Its name.
        name: String,
        /// The broker's words.
        reason: String,
    },
    /// The broker refused a consumer.
    #[error("the broker refused the consumer {name}: {reason}")]
    Consumer {
        /// Its name.
        name: String,
        /// The broker's words.
        reason: String,
    },
}

impl Broker {
    /// Creates every stream that is missing and brings the others to what this version needs.
    pub async fn provision_streams(&self, keep: Keep, replicas: usize) -> Result<(), ProvisionError> {
        for stream in contracts::stream::all(keep) {
            let config = stream_config(&stream, replicas);
            let create = || self.context.create_or_update_stream(config.clone());
            let made = retry(create, |error| is_temporary(&error.to_string())).await;
            made.map_err(|error| ProvisionError::Stream { name: stream.name, reason: error.to_string() })?;
        }
        Ok(())
    }

    /// Creates a durable consumer, or brings it to what this version needs.
    pub async fn provision_consumer(
        &self,
        consumer: &Consumer,
    ) -> Result<async_nats::jetstream::consumer::Consumer<pull::Config>, ProvisionError> {
        let create = || self.context.create_consumer_on_stream(consumer_config(consumer), consumer.stream);
        let made = retry(create, |error| is_temporary(&error.to_string())).await;
        made.map_err(|error| ProvisionError::Consumer { name: consumer.durable.clone(), reason: error.to_string() })
    }
}

fn stream_config(stream: &Stream, replicas: usize) -> jetstream::Config {
    let (retention, max_age) = match stream.retention {
        Retention::Age(age) => (jetstream::RetentionPolicy::Limits, age),
        Retention::Work => (jetstream::RetentionPolicy::WorkQueue, Duration::ZERO),
    };
    jetstream::Config {
        name: stream.name.clone(),
        subjects: stream.subjects.clone(),
        retention,
        max_age,
        max_messages_per_subject: if stream.latest_only { 1 } else { -1 },
        max_messages: -1,
        max_bytes: -1,
        max_message_size: -1,
        max_consumers: -1,
        discard: if stream.bucket || stream.retention == Retention::Work {
            jetstream::DiscardPolicy::New
        } else {
            jetstream::DiscardPolicy::Old
        },
        storage: jetstream::StorageType::File,
        num_replicas: replicas,
        duplicate_window: if max_age.is_zero() { DUPLICATE_WINDOW } else { DUPLICATE_WINDOW.min(max_age) },
        allow_direct: true,
        allow_rollup: stream.bucket,
        deny_delete: stream.bucket,
        allow_atomic_publish: true,
        subject_transform: stream
            .transform
            .clone()
            .map(|(source, destination)| jetstream::SubjectTransform { source, destination }),
        republish: stream.republish.clone().map(|(source, destination)| jetstream::Republish {
            source,
            destination,
            headers_only: false,
        }),
        ..jetstream::Config::default()
    }
}

fn consumer_config(consumer: &Consumer) -> pull::Config {
    let (priority_policy, priority_groups, priority_timeout) = if consumer.partition.is_some() {
        (PriorityPolicy::PinnedClient, vec![PIN_GROUP.to_owned()], PIN_TIMEOUT)
    } else {
        (PriorityPolicy::None, Vec::new(), Duration::ZERO)
    };
    pull::Config {
        durable_name: Some(consumer.durable.clone()),
        filter_subjects: consumer.filters.clone(),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        max_ack_pending: ACK_PENDING,
        max_waiting: WAITING,
        priority_policy,
        priority_groups,
        priority_timeout,
        inactive_threshold: consumer.forgotten_after.unwrap_or_default(),
        ..pull::Config::default()
    }
}

/// The wait between two tries.
const PAUSE: Duration = Duration::from_millis(250);
/// Tries between two warnings.
const TRIES_BETWEEN_WARNINGS: u32 = 20;

/// A broker that has just started, or has no leader yet, is asked again for as long as the caller waits.
async fn retry<T, E: Display, F, A>(mut ask: A, temporary: impl Fn(&E) -> bool) -> Result<T, E>
where
    A: FnMut() -> F,
    F: Future<Output = Result<T, E>>,
{
    let mut tries = 0_u32;
    loop {
        match ask().await {
            Err(error) if temporary(&error) => {
                tries += 1;
                if tries.is_multiple_of(TRIES_BETWEEN_WARNINGS) {
                    tracing::warn!(%error, "the broker is not ready; trying again");
                }
                tokio::time::sleep(PAUSE).await;
            }
            answer => return answer,
        }
    }
}

fn is_temporary(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    ["timed out", "no responders", "not available", "unavailable", "insufficient resources", "offline"]
        .iter()
        .any(|sign| reason.contains(sign))
}
