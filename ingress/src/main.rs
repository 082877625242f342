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
    /// Print the OpenAPI document: the HTTP calls.
    Openapi,
    /// Print the AsyncAPI document: the events for other systems, and the WebSocket.
    Asyncapi,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        None | Some(Command::Run) => run(),
        Some(Command::Openapi) => ingress::openapi().to_pretty_json().map_err(Into::into).and_then(|text| print(&text)),
        Some(Command::Asyncapi) => print(&format!("{:#}", contracts::asyncapi::document())),
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

fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
