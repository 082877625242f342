//! Asking a running desk to make its indexes anew.

use contracts::{Envelope, RequestId, event::ArticleReindexRequested, trace::TraceParent};
use platform::{
    broker::{Broker, Process},
    config::Config,
};

/// Asks every process that keeps an index of articles to make it anew. Returns when the request is on disk.
pub async fn ask_for_rebuild(config: &Config) -> anyhow::Result<()> {
    let broker = Broker::connect(&config.nats, Process::Workers).await?;
    let request_id = RequestId::new();
    let event = ArticleReindexRequested { request_id };
    broker.publish(&Envelope::of_request(event.into(), request_id, TraceParent::start())).await?;
    Ok(())
}
