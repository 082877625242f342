//! The bare broker: a message of the same size makes five durable hops, each a publish, a delivery and an ack.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use async_nats::{
    Client, HeaderMap,
    jetstream::{
        self,
        consumer::{AckPolicy, pull},
        stream,
    },
};
use bytes::Bytes;
use futures::StreamExt;
use platform::broker::Lane;
use tests::NatsServer;
use tokio::sync::{Semaphore, oneshot};

const HOPS: usize = 5;
/// The workers may publish here, and no stream of the desk keeps it.
const PREFIX: &str = "query";
/// Messages that one hop has under way.
const CONCURRENCY: usize = 256;

/// How a hop publishes.
#[derive(Clone)]
enum Publisher {
    /// Each message alone.
    Single(Box<jetstream::Context>),
    /// Through a commit lane, several in one atomic batch.
    Batched(Lane),
}

impl Publisher {
    async fn publish(&self, subject: String, payload: Bytes) {
        match self {
            Self::Single(context) => drop(context.publish(subject, payload).await.unwrap().await.unwrap()),
            Self::Batched(lane) => drop(lane.publish(subject, HeaderMap::new(), payload).await.unwrap()),
        }
    }
}

/// Five hops over a stream of their own.
#[derive(Clone)]
pub(crate) struct Bare {
    name: &'static str,
    publisher: Publisher,
    payload: Bytes,
    next: Arc<AtomicU64>,
    waiting: Arc<Mutex<HashMap<u64, oneshot::Sender<()>>>>,
}

impl Bare {
    /// Makes the stream and starts the hops. `batched` sends through the commit lane.
    pub(crate) async fn start(nats: &NatsServer, payload: Bytes, batched: bool) -> Self {
        let name = if batched { "BATCHED" } else { "SINGLE" };
        let client = nats.connect("workers").await;
        let context = jetstream::new(client.clone());
        let config = stream::Config {
            name: name.to_owned(),
            subjects: vec![format!("{PREFIX}.{name}.*.*")],
            allow_atomic_publish: true,
            ..stream::Config::default()
        };
        context.create_stream(config).await.unwrap();
        let publisher = if batched {
            Publisher::Batched(Lane::start(client.clone(), name.to_owned()))
        } else {
            Publisher::Single(Box::new(context.clone()))
        };
        let bare = Self { name, publisher, payload, next: Arc::default(), waiting: Arc::default() };
        for hop in 1..=HOPS {
            bare.start_hop(&client, &context, hop).await;
        }
        bare
    }

    async fn start_hop(&self, client: &Client, context: &jetstream::Context, hop: usize) {
        let config = pull::Config {
            durable_name: Some(format!("hop-{hop}")),
            filter_subject: format!("{PREFIX}.{}.{hop}.*", self.name),
            ack_policy: AckPolicy::Explicit,
            max_ack_pending: 4_096,
            ..pull::Config::default()
        };
        let consumer = context.create_consumer_on_stream(config, self.name).await.unwrap();
        let mut messages = consumer.stream().max_messages_per_batch(CONCURRENCY).messages().await.unwrap();
        let (bare, client) = (self.clone(), client.clone());
        tokio::spawn(async move {
            let permits = Arc::new(Semaphore::new(CONCURRENCY));
            while let Some(Ok(message)) = messages.next().await {
                let permit = Arc::clone(&permits).acquire_owned().await.unwrap();
                let (bare, client) = (bare.clone(), client.clone());
                tokio::spawn(async move {
                    let id: u64 = message.subject.rsplit('.').next().unwrap().parse().unwrap();
                    if hop < HOPS {
                        bare.publisher.publish(bare.subject(hop + 1, id), message.payload.clone()).await;
                    } else if let Some(done) = bare.waiting.lock().unwrap().remove(&id) {
                        done.send(()).unwrap();
                    }
                    client.publish(message.reply.clone().unwrap(), "+ACK".into()).await.unwrap();
                    drop(permit);
                });
            }
        });
    }

    /// Sends one message through all hops.
    pub(crate) async fn pass(&self) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (done, arrived) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id, done);
        self.publisher.publish(self.subject(1, id), self.payload.clone()).await;
        arrived.await.unwrap();
    }

    fn subject(&self, hop: usize, id: u64) -> String {
        format!("{PREFIX}.{}.{hop}.{id}", self.name)
    }
}
