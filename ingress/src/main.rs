//! `deskwire-ingress`: the HTTP side of the desk.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ingress::Listeners;
use platform::{config::Config, shutdown, telemetry, threads};

/// The HTTP side of Deskwire.
///
/// Every key of the configuration is described in deskwire.example.toml; `DESKWIRE_CONFIG` names the file, and
/// `DESKWIRE_SECTION__KEY` overrides a key.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (the default).
    Run,
    /// Print the OpenAPI document.
    Openapi,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        None | Some(Command::Run) => run(),
        Some(Command::Openapi) => print_openapi(),
    };
    done.map_or_else(
        |error| {
            eprintln!("deskwire-ingress: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

fn run() -> anyhow::Result<()> {
    let config = Config::load()?;
    telemetry::start(&config.log)?;
    threads::runtime(config.ingress.threads)?.block_on(async {
        let stop = shutdown::on_signal()?;
        let listeners = Listeners::bind(&config).await?;
        Box::pin(ingress::run(config, listeners, stop)).await
    })
}

fn print_openapi() -> anyhow::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{}", ingress::openapi().to_pretty_json()?)?;
    Ok(())
}
