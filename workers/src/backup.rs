//! Backup and restore of a desk on one machine: the store in its file, and the broker's streams.
//!
//! A backup is the desk at one instant, made while it runs. What follows from the log is taken before that instant, what
//! goes before the log after it, and each consumer's place before all: a desk that is brought back does again what its
//! consumers had not finished by then, and finds done what was done.

mod files;
mod manifest;

use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use contracts::{
    consumer::{Consumer, Pool},
    stream::{self, bucket},
};
use platform::{
    broker::{Broker, Process},
    config::{Config, StoreBackend},
};

use crate::persistence::sqlite::Held;
use files::{Draft, private_file};
pub use manifest::Manifest;

/// Beside the streams: the file of the store.
const STORE: &str = "store.db";

/// How long writes may be held at most; it takes milliseconds.
const HOLD: Duration = Duration::from_secs(5);

/// Keeps a running desk in a folder, with some more files beside it.
pub async fn make(config: &Config, folder: &Path, include: &[PathBuf]) -> anyhow::Result<Manifest> {
    check_config(config)?;
    let store = &config.store.path;
    ensure!(store.is_file(), "store.path: {} is no file; is this the desk's configuration?", store.display());
    let mut draft = Draft::new(folder)?;
    for file in include {
        draft.add_copy(file)?;
    }
    let broker = connect(config).await?;
    for consumer in of_events() {
        if let Some(progress) = broker.progress(&consumer).await? {
            draft.manifest.consumers.insert(consumer.durable, progress.done);
        }
    }
    for name in [stream::DEAD.to_owned(), stream::OUTCOMES.to_owned(), stream::of_bucket(bucket::QUOTA)] {
        keep(&broker, &mut draft, &name).await?;
    }
    // Now nothing is applied: what the store holds is in the log up to this place, what it does not hold yet has no
    // followers there, and a request about an account is either applied or waits.
    let held = Held::take(store)?;
    let taken = tokio::time::timeout(HOLD, async {
        draft.manifest.place = broker.last_place(stream::EVENTS).await?;
        keep(&broker, &mut draft, stream::ACCOUNTS).await
    });
    taken.await.context("nats.url: the broker was too slow while writes were held; try again")??;
    let instant = held.let_go()?;
    instant.copy_to(&draft.file(STORE)?)?;
    drop(instant);
    draft.add(STORE)?;
    for name in [stream::EVENTS.to_owned(), stream::of_bucket(bucket::IDEMPOTENCY), stream::of_bucket(bucket::SESSIONS)]
    {
        keep(&broker, &mut draft, &name).await?;
    }
    draft.finish()
}

/// Brings a desk back from a backup: to a broker without streams, and a store that is not there yet. No other part of the
/// desk may run.
pub async fn restore(config: &Config, folder: &Path) -> anyhow::Result<Manifest> {
    check_config(config)?;
    let manifest = Manifest::check(folder)?;
    let store = &config.store.path;
    ensure!(!store.exists(), "store.path: {} is there; a backup is brought back to an empty place", store.display());
    let broker = connect(config).await?;
    for stream in stream::all(config.keep()) {
        let there = broker.has_stream(&stream.name).await?;
        ensure!(
            !there,
            "nats.url: the broker has the stream {}; a backup is brought back to an empty one",
            stream.name
        );
    }
    for (name, record) in &manifest.streams {
        let mut messages = BufReader::new(File::open(folder.join(file_of(name)))?);
        broker.bring_stream_back(name, record, &mut messages).await?;
    }
    broker.remove_events_behind(manifest.place).await?;
    for consumer in Pool::ALL.iter().flat_map(|pool| pool.consumers()) {
        broker.provision_consumer(&consumer).await?;
    }
    for consumer in of_events() {
        let place = manifest.consumers.get(&consumer.durable).copied().unwrap_or(0);
        broker.go_on_behind(&consumer, place).await?;
    }
    // Last: a desk whose store is there has all the rest.
    put_store(&folder.join(STORE), store).with_context(|| format!("store.path: {}", store.display()))?;
    Ok(manifest)
}

fn check_config(config: &Config) -> anyhow::Result<()> {
    if config.store.backend == StoreBackend::Sqlite {
        return Ok(());
    }
    bail!("store.backend is not \"sqlite\": deploy/BACKUP.md says how a cluster is backed up");
}

async fn connect(config: &Config) -> anyhow::Result<Broker> {
    let operator = Process::Operator.as_str();
    let username = config.nats.username.as_deref();
    ensure!(
        username.is_none_or(|name| name == operator),
        "nats.username: must be {operator}, whom nats.conf lets do this"
    );
    Ok(Broker::connect(&config.nats, Process::Operator).await?)
}

/// The consumers whose places are kept; that of the accounts' stream begins with what is there.
fn of_events() -> impl Iterator<Item = Consumer> {
    Pool::ALL.iter().flat_map(|pool| pool.consumers()).filter(|consumer| consumer.stream == stream::EVENTS)
}

fn file_of(stream: &str) -> String {
    format!("{stream}.snapshot")
}

async fn keep(broker: &Broker, draft: &mut Draft, name: &str) -> anyhow::Result<()> {
    let file = file_of(name);
    let mut sink = private_file(&draft.path(&file))?;
    let record = broker.keep_stream(name, &mut sink).await?;
    draft.manifest.streams.insert(name.to_owned(), record);
    draft.add(&file)
}

fn put_store(from: &Path, to: &Path) -> anyhow::Result<()> {
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let draft = to.with_extension("draft");
    std::io::copy(&mut File::open(from)?, &mut private_file(&draft)?)?;
    File::open(&draft)?.sync_all()?;
    fs::rename(&draft, to)?;
    File::open(parent)?.sync_all()?;
    Ok(())
}
