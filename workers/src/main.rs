//! `deskwire-workers`: runs the pools, moves their data, and trains and measures their models.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use contracts::consumer::Pool;
use platform::{config::Config, shutdown, telemetry, threads};
use serde::Serialize;
use workers::{classifier, persistence::transfer};

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
    /// Move the data from the SQLite file of store.path to the cluster of store.nodes, while the desk runs, and count the
    /// rows of both. It fails unless both hold the same; run again, it goes on.
    Move {
        /// Copy nothing, and tell what differs.
        #[arg(long)]
        compare: bool,
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
    /// Measure a model on a file of labelled texts, one JSON object a line, and print one JSON object.
    Eval {
        /// What is measured.
        model: Model,
        /// The labelled texts.
        #[arg(long)]
        file: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Model {
    /// Is it harmful?
    Moderation,
    /// IT or HR?
    Routing,
}

fn main() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Run { pools: Vec::new() });
    let done = match command {
        Command::Run { pools } => run(pools),
        Command::Move { compare } => move_store(compare),
        Command::Train { data, texts, out } => {
            classifier::train(&data, &texts, &out).map_err(Into::into).and_then(|report| print(&report))
        }
        Command::Eval { model: Model::Moderation, file } => {
            classifier::evaluate_moderation(&file).map_err(Into::into).and_then(|figures| print(&figures))
        }
        Command::Eval { model: Model::Routing, file } => {
            classifier::evaluate_routing(&file).map_err(Into::into).and_then(|figures| print(&figures))
        }
    };
    done.map_or_else(
        |error| {
            eprintln!("deskwire-workers: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
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

fn move_store(compare_only: bool) -> anyhow::Result<()> {
    let config = Config::load()?;
    telemetry::start(&config.log)?;
    let report = threads::runtime(config.workers.threads)?.block_on(Box::pin(transfer::run(&config, compare_only)))?;
    writeln!(std::io::stdout(), "{report}")?;
    anyhow::ensure!(report.same(), "the file and the cluster do not hold the same");
    Ok(())
}

fn print(figures: &impl Serialize) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(figures)?)?;
    Ok(())
}
