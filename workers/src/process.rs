//! The worker process: starts its pools, and stops them without losing what is under way.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use contracts::{
    consumer::{Consumer, Pool},
    query::GetQuota,
    stream::bucket,
};
use platform::{
    broker::{Broker, Process, answer},
    config::{Config, ModerationBackend},
    telemetry::with_causes,
};
use tokio::{sync::OnceCell, task::spawn_blocking};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    embedding::Embedder,
    llm::LanguageModel,
    moderation::{LanguageModelJudge, LocalJudge, Moderation, Moderator},
    notify::Notify,
    persistence::{self, Persistence},
    rag::{self, Bot, Index, IndexError, Keeper, Passages, Rag, Retriever},
    ratelimit::{Ratelimit, Window},
    routing::Routing,
    runtime::{Membership, Pace, Worker, consume},
    webhooks::{Caller, Webhooks},
};

/// Runs the pools that the configuration names until `stop` is cancelled and what was begun is done.
pub async fn run(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let Some(broker) = stop.run_until_cancelled(Box::pin(open_broker(&config))).await.transpose()? else {
        return Ok(());
    };
    let pools = Pools {
        pace: Pace {
            concurrency: config.workers.concurrency,
            stop: stop.clone(),
            abandon: CancellationToken::new(),
            tracker: TaskTracker::new(),
        },
        broker,
        config,
        embedder: OnceCell::new(),
    };
    let started = stop.run_until_cancelled(Box::pin(pools.start_all())).await.unwrap_or(Ok(()));
    if started.is_ok() {
        stop.cancelled().await;
    }
    stop.cancel();
    pools.drain().await;
    started
}

/// The wait between two tries to open an index whose server is away.
const INDEX_PAUSE: Duration = Duration::from_secs(1);

/// How long the last acknowledgements may take to leave.
const FLUSH: Duration = Duration::from_secs(2);

async fn open_broker(config: &Config) -> anyhow::Result<Broker> {
    let broker = Broker::connect(&config.nats, Process::Workers).await?;
    broker.provision_streams(config.keep(), config.nats.replicas).await?;
    Ok(broker)
}

struct Pools {
    config: Config,
    broker: Broker,
    pace: Pace,
    embedder: OnceCell<Arc<Embedder>>,
}

impl Pools {
    async fn start_all(&self) -> anyhow::Result<()> {
        for pool in self.config.workers.pools() {
            self.start(*pool).await.with_context(|| format!("the {pool} pool does not start"))?;
            tracing::info!(%pool, "started");
        }
        Ok(())
    }

    async fn start(&self, pool: Pool) -> anyhow::Result<()> {
        match pool {
            Pool::Ratelimit => {
                let settings = &self.config.ratelimit;
                let slots = self.broker.bucket(bucket::QUOTA).await?;
                let worker = Ratelimit::new(Window::new(settings.limit, settings.window()), slots);
                let (tracker, stop) = (&self.pace.tracker, self.pace.stop.clone());
                answer::<GetQuota, _>(&self.broker, Arc::clone(&worker), tracker, stop).await?;
                self.consume(worker, self.pace.concurrency).await
            }
            Pool::Moderation => {
                let local = LocalJudge::new(self.embedder().await?);
                let judge: Box<dyn Moderator> = match self.config.moderation.backend {
                    ModerationBackend::Local => Box::new(local.clone()),
                    ModerationBackend::Llm => Box::new(LanguageModelJudge::new(LanguageModel::new(&self.config.llm)?)),
                };
                self.consume(Moderation::new(judge, local), self.pace.concurrency).await
            }
            Pool::Routing => {
                let worker = Routing::new(self.embedder().await?);
                self.consume(worker, self.pace.concurrency).await
            }
            Pool::Persistence => {
                let store = persistence::open(&self.config.store).await?;
                let worker = Persistence::new(store);
                worker.answer_all(&self.broker, &self.pace.tracker, &self.pace.stop).await?;
                self.consume(worker, self.pace.concurrency).await
            }
            Pool::Webhooks => {
                let settings = &self.config.webhooks;
                let waits = settings.retry_seconds.iter().copied().map(Duration::from_secs).collect();
                self.consume(Webhooks::new(Caller::new(settings)?, waits), settings.concurrency).await
            }
            Pool::Notify => self.consume(Notify::new(self.broker.clone()), self.pace.concurrency).await,
            Pool::Rag => {
                let passages = Passages::new(self.embedder().await?)?;
                let index = self.index().await?;
                let Pace { tracker, stop, .. } = &self.pace;
                let retriever = Arc::new(Retriever::new(Arc::clone(&index), passages.clone()));
                let model = LanguageModel::if_configured(&self.config.llm)?;
                Bot::new(retriever, model).answer_all(&self.broker, tracker, stop).await?;
                let rag = Rag::new(Keeper::new(self.broker.clone(), Arc::clone(&index), passages), Arc::clone(&index));
                rag.catch_up(tracker, stop.clone());
                let pace = Pace { concurrency: rag::AT_ONCE, ..self.pace.clone() };
                Ok(consume(&self.broker, Consumer::of_index(index.name()), rag, None, pace).await?)
            }
        }
    }

    /// The index of articles; a server that is away is waited for.
    async fn index(&self) -> Result<Arc<dyn Index>, IndexError> {
        loop {
            match rag::index::open(&self.config.index).await {
                Err(error @ IndexError::Unavailable { .. }) => {
                    tracing::warn!(cause = with_causes(&error), "waiting");
                    tokio::time::sleep(INDEX_PAUSE).await;
                }
                index => return Ok(index?.into()),
            }
        }
    }

    /// The embedding model, loaded once for all pools of this process.
    async fn embedder(&self) -> anyhow::Result<Arc<Embedder>> {
        let folder = self.config.embedding.folder.clone();
        let open = || async move {
            let opened = spawn_blocking(move || Embedder::open(&folder)).await??;
            anyhow::Ok(Arc::new(opened))
        };
        self.embedder.get_or_try_init(open).await.cloned()
    }

    async fn consume<W: Worker>(&self, worker: Arc<W>, concurrency: usize) -> anyhow::Result<()> {
        let consumers = W::POOL.consumers();
        let membership = if consumers.iter().any(|consumer| consumer.partition.is_some()) {
            let Pace { tracker, stop, .. } = &self.pace;
            Some(Membership::join(&self.broker, W::POOL, tracker, stop.clone()).await?)
        } else {
            None
        };
        for consumer in consumers {
            let pace = Pace { concurrency, ..self.pace.clone() };
            consume(&self.broker, consumer, Arc::clone(&worker), membership.as_ref(), pace).await?;
        }
        Ok(())
    }

    /// Waits for what is under way, at most the grace time; the rest is given back to the broker.
    async fn drain(&self) {
        let Pace { tracker, abandon, .. } = &self.pace;
        tracker.close();
        if tokio::time::timeout(self.config.workers.grace(), tracker.wait()).await.is_err() {
            tracing::warn!(under_way = tracker.len(), "the grace time is over; the rest is given back");
            abandon.cancel();
            tracker.wait().await;
        }
        // Acknowledgements are on their way to the broker until the connection is flushed, which waits for a broker
        // that is away.
        let flushed = tokio::time::timeout(FLUSH, self.broker.client().flush()).await;
        if !matches!(flushed, Ok(Ok(()))) {
            tracing::warn!("the last acknowledgements may be lost; their events come again");
        }
    }
}
