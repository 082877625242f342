//! What the broker holds, read as an operator would.

use std::time::Duration;

use async_nats::{
    Client, HeaderMap,
    jetstream::{self, Message, consumer::pull::OrderedConfig, message::PublishMessage},
};
use contracts::{Envelope, Event, Kind, consumer::Pool, stream, subject};
use futures::{StreamExt, TryStreamExt};
use serde_json::Value;

use crate::{Desk, eventually};

/// A stored event.
pub struct StoredEvent {
    /// Its place in the stream.
    pub sequence: u64,
    /// Its headers.
    pub headers: HeaderMap,
    /// What it says.
    pub envelope: Envelope<Event>,
}

impl Desk {
    /// Every stored event of a kind, in their order.
    pub async fn stored_events(&self, kind: Kind) -> Vec<StoredEvent> {
        self.stored_on(&subject::stored(kind, None)).await
    }

    /// Every stored event of a kind about one entity.
    pub async fn stored_about(&self, kind: Kind, id: &str) -> Vec<StoredEvent> {
        self.stored_on(&subject::stored_about(kind, id)).await
    }

    /// Every stored event on a subject, which may have wildcards.
    pub async fn stored_on(&self, subject: &str) -> Vec<StoredEvent> {
        let stored = self.messages(stream::EVENTS, subject).await;
        let decode = |message: Message| {
            let sequence = message.info().unwrap().stream_sequence;
            let headers = message.headers.clone().unwrap_or_default();
            let envelope = platform::broker::read_event(&headers, &message.payload).ok()?;
            Some(StoredEvent { sequence, headers, envelope })
        };
        stored.into_iter().filter_map(decode).collect()
    }

    /// Every dead letter.
    pub async fn dead_letters(&self) -> Vec<Value> {
        let stored = self.messages(stream::DEAD, "dead.>").await;
        stored.iter().map(|message| serde_json::from_slice(&message.payload).unwrap()).collect()
    }

    /// Makes the broker forget the ids of messages within moments instead of minutes.
    pub async fn shorten_memory(&self) {
        let broker = jetstream::new(self.connect("workers").await);
        let mut config = broker.get_stream(stream::EVENTS).await.unwrap().cached_info().config.clone();
        config.duplicate_window = Duration::from_millis(100);
        broker.update_stream(config).await.unwrap();
    }

    /// Waits until the broker has forgotten the id of every message that is stored by now.
    pub async fn forgotten(&self) {
        let broker = jetstream::new(self.connect("workers").await);
        // An id that comes after the others is forgotten after them.
        let id = uuid::Uuid::new_v4().to_string();
        let probe = || async {
            let message = PublishMessage::build().message_id(&id);
            let stored = broker.send_publish("audit.forgotten.x", message).await.ok()?.await.ok()?;
            (!stored.duplicate).then_some(())
        };
        assert_eq!(probe().await, Some(()), "it is new");
        eventually("the ids are forgotten", probe).await;
    }

    async fn messages(&self, stream: &str, subject: &str) -> Vec<Message> {
        eventually("the stream is read", || async {
            let client = self.connect("workers").await;
            read(&client, stream, subject).await.ok()
        })
        .await
    }

    /// Waits until every pool has finished every event that there is.
    pub async fn drained(&self) {
        let client = self.connect("workers").await;
        let broker = jetstream::new(client);
        // An event moves on before it is acknowledged, so that looking in the order of the pools misses none; twice, for
        // the last pools give work to the store.
        for consumer in Pool::ALL.iter().chain(Pool::ALL).flat_map(|pool| pool.consumers()) {
            eventually(&format!("{} is drained", consumer.durable), || async {
                let stream = broker.get_stream_no_info(consumer.stream).await.ok()?;
                let info = stream.consumer_info(&consumer.durable).await.ok()?;
                (info.num_pending == 0 && info.num_ack_pending == 0).then_some(())
            })
            .await;
        }
    }
}

async fn read(client: &Client, stream: &str, subject: &str) -> Result<Vec<Message>, async_nats::Error> {
    let stream = jetstream::new(client.clone()).get_stream(stream).await?;
    let filter = OrderedConfig { filter_subject: subject.to_owned(), ..OrderedConfig::default() };
    let consumer = stream.create_consumer(filter).await?;
    let count = usize::try_from(consumer.cached_info().num_pending)?;
    let messages = consumer.messages().await?;
    Ok(messages.take(count).try_collect().await?)
}
