//! `deskwire-workers`: runs the pools, brings articles in, moves, keeps and brings back their data, and trains and
//! measures their models.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use chrono::SecondsFormat;
use clap::{Parser, Subcommand};
use contracts::consumer::Pool;
use platform::{config::Config, shutdown, telemetry, threads};
use serde::Serialize;
use workers::{
    backup::{self, Manifest},
    classifier,
    embedding::Embedder,
    import,
    persistence::transfer,
    rag,
};

/// The worker pools of Deskwire.
///
/// Every key of the configuration is described in deskwire.example.toml; DESKWIRE_CONFIG names the file, and
/// DESKWIRE_SECTION__KEY overrides a key.
#[derive(Parser)]
#[command(version)]
#[allow(clippy::doc_markdown, reason = "the comment is what --help says")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the pools (the default).
    Run {
        /// Only these pools, with commas between.
        #[arg(long, value_delimiter = ',')]
        pools: Vec<Pool>,
    },
    /// Bring the articles of a folder into the knowledge base of a running desk: Markdown files with a head of title,
    /// audience and tags, and JSON Lines. What is the same already stays as it is; nothing is changed unless every file
    /// is right.
    Import {
        /// The folder; folders in it are not looked at.
        folder: PathBuf,
        /// Only make what is not there; leave articles that are there as they are.
        #[arg(long)]
        only_new: bool,
    },
    /// Move the data from the SQLite file of store.path to the cluster of store.nodes, while the desk runs, and count the
    /// rows of both. It fails unless both hold the same; run again, it goes on.
    Move {
        /// Copy nothing, and tell what differs.
        #[arg(long)]
        compare: bool,
    },
    /// Keep a running desk on one machine in a folder: the store and the broker's streams, as they are at one instant.
    /// nats.username and nats.password are those of the broker's user operator.
    Backup {
        /// Where the backup is to lie: a folder that is not there yet, or empty.
        folder: PathBuf,
        /// A further file that is kept beside it, such as the desk's credentials.
        #[arg(long)]
        include: Vec<PathBuf>,
    },
    /// Bring a desk back from a backup: to the store.path, where no file is yet, and a broker without streams, while no
    /// other part of the desk runs.
    Restore {
        /// The backup.
        folder: PathBuf,
        /// Only check that the backup is whole.
        #[arg(long)]
        check: bool,
    },
    /// Train the moderation and routing models from labelled texts, and print how well they do on texts held out.
    Train {
        /// The folder of labelled data, laid out as workers/training/README.md says.
        #[arg(long)]
        data: PathBuf,
        /// The folder of the desk's own texts.
        #[arg(long, default_value = "workers/training")]
        texts: PathBuf,
        /// Where the models are written; they are part of the next build.
        #[arg(long, default_value = "workers/models")]
        out: PathBuf,
    },
    /// Have every index of articles made anew from the store of a running desk. The old ones are searched until the new
    /// ones are there.
    Reindex,
    /// Measure a model on labelled texts, one JSON object a line, and print one JSON object.
    Eval {
        /// What is measured.
        #[command(subcommand)]
        model: Model,
    },
}

#[derive(Subcommand)]
enum Model {
    /// Is it harmful?
    Moderation {
        /// The labelled texts.
        #[arg(long)]
        file: PathBuf,
    },
    /// IT or HR?
    Routing {
        /// The labelled texts.
        #[arg(long)]
        file: PathBuf,
    },
    /// Which document answers the question, if any?
    Retrieval {
        /// The documents: `{"doc_id", "title", "text"}`.
        #[arg(long)]
        docs: PathBuf,
        /// The questions: `{"question", "doc_ids"}`.
        #[arg(long)]
        questions: PathBuf,
    },
}

fn main() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Run { pools: Vec::new() });
    let done = match command {
        Command::Run { pools } => run(pools),
        Command::Import { folder, only_new } => import_articles(&folder, only_new),
        Command::Move { compare } => move_store(compare),
        Command::Backup { folder, include } => keep(&folder, &include),
        Command::Restore { folder, check: true } => {
            Manifest::check(&folder).and_then(|manifest| tell("Whole", &manifest))
        }
        Command::Restore { folder, check: false } => bring_back(&folder),
        Command::Train { data, texts, out } => {
            embedder().and_then(|embedder| print(&classifier::train(&data, &texts, &out, &embedder)?))
        }
        Command::Reindex => reindex(),
        Command::Eval { model: Model::Moderation { file } } => {
            embedder().and_then(|embedder| print(&classifier::evaluate_moderation(&file, &embedder)?))
        }
        Command::Eval { model: Model::Routing { file } } => {
            embedder().and_then(|embedder| print(&classifier::evaluate_routing(&file, &embedder)?))
        }
        Command::Eval { model: Model::Retrieval { docs, questions } } => measure_retrieval(&docs, &questions),
    };
    done.map_or_else(
        |error| {
            eprintln!("deskwire-workers: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn embedder() -> anyhow::Result<Arc<Embedder>> {
    Ok(Arc::new(Embedder::open(&Config::load()?.embedding.folder)?))
}

fn run(pools: Vec<Pool>) -> anyhow::Result<()> {
    let mut config = Config::load()?;
    if !pools.is_empty() {
        config.workers.pools = pools;
    }
    telemetry::start(&config.log)?;
    threads::runtime(config.workers.threads)?.block_on(async {
        let stop = shutdown::on_signal()?;
        Box::pin(workers::process::run(config, stop)).await
    })
}

fn import_articles(folder: &Path, only_new: bool) -> anyhow::Result<()> {
    let config = Config::load()?;
    telemetry::start(&config.log)?;
    let report =
        threads::runtime(config.workers.threads)?.block_on(Box::pin(import::run(&config, folder, only_new)))?;
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

fn move_store(compare_only: bool) -> anyhow::Result<()> {
    let config = Config::load()?;
    telemetry::start(&config.log)?;
    let report = threads::runtime(config.workers.threads)?.block_on(Box::pin(transfer::run(&config, compare_only)))?;
    writeln!(std::io::stdout(), "{report}")?;
    anyhow::ensure!(report.same(), "the file and the cluster do not hold the same");
    Ok(())
}

fn keep(folder: &Path, include: &[PathBuf]) -> anyhow::Result<()> {
    let config = Config::load()?;
    telemetry::start(&config.log)?;
    let manifest =
        threads::runtime(config.workers.threads)?.block_on(Box::pin(backup::make(&config, folder, include)))?;
    tell("Kept", &manifest)
}

fn bring_back(folder: &Path) -> anyhow::Result<()> {
    let config = Config::load()?;
    telemetry::start(&config.log)?;
    let manifest = threads::runtime(config.workers.threads)?.block_on(Box::pin(backup::restore(&config, folder)))?;
    tell("Brought back", &manifest)
}

fn reindex() -> anyhow::Result<()> {
    let config = Config::load()?;
    telemetry::start(&config.log)?;
    threads::runtime(config.workers.threads)?.block_on(Box::pin(rag::ask_for_rebuild(&config)))?;
    writeln!(std::io::stdout(), "Asked for. Each process of the rag pool logs when its index is there.")?;
    Ok(())
}

fn measure_retrieval(docs: &Path, questions: &Path) -> anyhow::Result<()> {
    let config = Config::load()?;
    let measured = rag::evaluation::evaluate(&config.embedding.folder, docs, questions);
    print(&threads::runtime(config.workers.threads)?.block_on(Box::pin(measured))?)
}

fn tell(done: &str, backup: &Manifest) -> anyhow::Result<()> {
    let (files, bytes) = (backup.files.len(), backup.files.values().map(|piece| piece.bytes).sum::<u64>());
    let Manifest { made_at, desk, place, .. } = backup;
    let made_at = made_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    writeln!(
        std::io::stdout(),
        "{done}: the desk of {made_at} (version {desk}) up to event {place}, {files} files, {bytes} bytes"
    )?;
    Ok(())
}

fn print(figures: &impl Serialize) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(figures)?)?;
    Ok(())
}
