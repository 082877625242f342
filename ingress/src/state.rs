//! What every handler can reach.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock, atomic::AtomicBool},
    time::Duration,
};

use contracts::{Envelope, Event, Outcome, RequestId, TicketId, stream::bucket, trace::TraceParent};
use platform::{
    broker::{Broker, Bucket, BucketError, Outcomes, Process, PublishError},
    config::Config,
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{Attempts, Passwords, Sessions, Tokens, WsTickets},
    bot::{Asks, BotSessions},
    chat::Chats,
    problem::Problem,
};

/// What an `Idempotency-Key` stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyedRequest {
    /// The ticket that the first request asked for.
    pub(crate) ticket_id: TicketId,
    /// SHA-256 of what it asked for, in hexadecimal.
    pub(crate) fingerprint: String,
}

/// The parts; clones of [`State`] share them.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) broker: Broker,
    /// Those who wait for the outcome of a request.
    pub(crate) outcomes: Outcomes,
    pub(crate) tokens: Tokens,
    pub(crate) passwords: Passwords,
    pub(crate) sessions: Sessions,
    /// One-time tickets that open a socket.
    pub(crate) ws_tickets: WsTickets,
    /// Failed logins.
    pub(crate) attempts: Attempts,
    /// What came with an `Idempotency-Key`.
    pub(crate) keyed: Bucket<KeyedRequest>,
    /// Conversations with the bot.
    pub(crate) bot_sessions: BotSessions,
    /// Questions to the bot that are under way.
    pub(crate) asks: Asks,
    /// Rooms and sockets.
    pub(crate) chats: Chats,
    /// Whether the configured accounts are there.
    pub(crate) seeded: AtomicBool,
}

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct State(Arc<Parts>);

impl Deref for State {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl State {
    /// Connects to the broker, shows it in `connected`, and waits until the workers have made what ingress needs there.
    /// Sockets are closed once `stop` is cancelled.
    pub(crate) async fn open(
        config: Config,
        connected: &OnceLock<Broker>,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let tokens = Tokens::new(&config.auth)?;
        let passwords = Passwords::new(config.auth.concurrent_hashes)?;
        let broker = Broker::connect(&config.nats, Process::Ingress).await?;
        let broker = connected.get_or_init(|| broker).clone();
        let outcomes = Outcomes::listen(broker.clone()).await?;
        let sessions = bucket(&broker, bucket::SESSIONS).await;
        let sessions = Sessions::open(sessions, broker.interruptions(), &config.auth).await;
        let keyed = bucket(&broker, bucket::IDEMPOTENCY).await;
        let ws_tickets = WsTickets::new(bucket(&broker, bucket::WS_TICKETS).await);
        let bot_sessions = BotSessions::new(bucket(&broker, bucket::BOT_SESSIONS).await);
        let chats = Chats::new(&config, broker.clone(), stop);
        Ok(Self(Arc::new(Parts {
            config,
            broker,
            outcomes,
            tokens,
            passwords,
            sessions,
            ws_tickets,
            attempts: Attempts::new(),
            keyed,
            bot_sessions,
            asks: Asks::default(),
            chats,
            seeded: AtomicBool::new(false),
        })))
    }

    /// Publishes what was asked for and waits for its outcome; none when the time is over and it is still under way.
    pub(crate) async fn request(
        &self,
        event: Event,
        request: RequestId,
        trace: TraceParent,
    ) -> Result<Option<Outcome>, Problem> {
        let started = tokio::time::Instant::now();
        let budget = self.config.ingress.wait();
        let expected = self.outcomes.expect(request);
        let envelope = Envelope::of_request(event, request, trace);
        let published = tokio::time::timeout(budget, self.broker.publish(&envelope)).await;
        published.unwrap_or_else(|_| Err(PublishError::Unconfirmed("it took too long".to_owned())))?;
        let left = budget.saturating_sub(started.elapsed());
        // What is on disk is accepted, whether or not its outcome can be looked up now.
        Ok(expected.within(left).await.unwrap_or_default())
    }
}

async fn bucket<T: Serialize + serde::de::DeserializeOwned>(broker: &Broker, name: &str) -> Bucket<T> {
    loop {
        match broker.bucket(name).await {
            Ok(bucket) => return bucket,
            Err(error) => tracing::warn!(%error, "waiting for the workers to make it"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        let problem = Self::unavailable("the broker", &error);
        match error {
            PublishError::Unconfirmed(_) => problem.because(
                "The desk cannot tell whether it took the request. Look whether it was done before you try again, or \
                 try again with the same Idempotency-Key.",
            ),
            _ => problem,
        }
    }
}

impl From<BucketError> for Problem {
    fn from(error: BucketError) -> Self {
        Self::unavailable("the broker", &error)
    }
}

impl From<platform::broker::AskError> for Problem {
    fn from(error: platform::broker::AskError) -> Self {
        Self::unavailable("the workers", &error)
    }
}

impl From<platform::broker::LogError> for Problem {
    fn from(error: platform::broker::LogError) -> Self {
        Self::unavailable("the broker", &error)
    }
}
