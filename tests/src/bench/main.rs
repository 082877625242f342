//! `deskwire-bench`: measures the desk against the bare broker on the same machine, in one run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench that cannot measure has nothing else to say"
)]

mod bare;
mod load;
mod machine;
mod tickets;

use clap::{Parser, Subcommand};

/// Measures the desk, and prints one JSON object.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Raising tickets through the whole pipeline, beside five durable hops over the bare broker.
    Tickets {
        /// How long each load is measured.
        #[arg(long, default_value_t = 8)]
        seconds: u64,
    },
}

#[tokio::main]
async fn main() {
    let figures = match Arguments::parse().bench {
        Bench::Tickets { seconds } => tickets::run(std::time::Duration::from_secs(seconds)).await,
    };
    println!("{figures:#}");
}
