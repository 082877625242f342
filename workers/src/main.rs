//! `deskwire-workers`: runs the pools, and trains and measures their models.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use contracts::consumer::Pool;
use platform::{config::Config, shutdown, telemetry};

/// The worker pools of Deskwire.
///
/// Every key of the configuration is described in deskwire.example.toml; DESKWIRE_CONFIG names the file, and
/// DESKWIRE_SECTION__KEY overrides a key.
#[derive(Parser)]
#[command(version)]
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
}

fn main() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Run { pools: Vec::new() });
    let done = match command {
        Command::Run { pools } => run(pools),
    };
    done.map_or_else(
        |error| {
            eprintln!("deskwire-workers: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

#[tokio::main]
async fn run(pools: Vec<Pool>) -> anyhow::Result<()> {
    let mut config = Config::load()?;
    if !pools.is_empty() {
        config.workers.pools = pools;
    }
    telemetry::start(&config.log)?;
    workers::process::run(config, shutdown::on_signal()?).await
}
