//! `deskwire-bench`: measures the desk against the bare broker on the same machine, in one run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot measure has nothing else to say"
)]

mod ask;
mod bare;
mod chat;
mod load;
mod machine;
mod scale;
mod tickets;

use std::{future::Future, net::SocketAddr, time::Duration};

use clap::{Parser, Subcommand};
use serde_json::Value;
use tokio::{runtime::Builder, task::LocalSet};

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
    /// Chats: deliveries, latencies, stored messages, memory of a socket; beside a bare WebSocket server and the bare
    /// broker.
    Chat {
        /// How long each load is measured.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// What is measured, in the order of this list.
        #[arg(long, value_enum, value_delimiter = ',', default_values = ["idle", "deliveries", "latency", "messages"])]
        parts: Vec<chat::Part>,
    },
    /// Finding what answers a question, among 2,000 and 100,000 passages; beside the encoding of the question alone.
    Ask {
        /// How long each load is measured.
        #[arg(long, default_value_t = 8)]
        seconds: u64,
    },
    /// A store with many tickets: how long lists, an open ticket and a message take at 1,000, 100,000 and 1,000,000.
    Scale {
        /// How long each load is measured.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Tickets at the end; each has ten messages.
        #[arg(long, default_value_t = 1_000_000)]
        tickets: u64,
        /// What is filled and measured, one after the other.
        #[arg(long, value_enum, value_delimiter = ',', default_values = ["sqlite", "scylla"])]
        stores: Vec<scale::Backend>,
    },
    /// The bare WebSocket server that `chat` measures the desk against.
    #[command(hide = true)]
    BareServer {
        /// Where it listens.
        #[arg(long)]
        listen: SocketAddr,
        /// The broker.
        #[arg(long)]
        nats: String,
        /// The password of its user `ingress`.
        #[arg(long)]
        password: String,
    },
}

fn main() {
    let figures = match Arguments::parse().bench {
        Bench::Tickets { seconds } => on_all_cores(tickets::run(Duration::from_secs(seconds))),
        Bench::Ask { seconds } => on_all_cores(ask::run(Duration::from_secs(seconds))),
        Bench::Chat { seconds, parts } => on_one_thread(chat::run(Duration::from_secs(seconds), &parts)),
        Bench::Scale { seconds, tickets, stores } => {
            on_all_cores(scale::run(Duration::from_secs(seconds), tickets, &stores))
        }
        Bench::BareServer { listen, nats, password } => {
            // As many threads as the desk's processes have.
            let runtime = platform::threads::runtime(0).unwrap();
            return runtime.block_on(chat::bare_server::serve(listen, nats, password));
        }
    };
    println!("{figures:#}");
}

fn on_all_cores(bench: impl Future<Output = Value>) -> Value {
    Builder::new_multi_thread().enable_all().build().unwrap().block_on(bench)
}

/// Thousands of sockets are watched for the least processor time where nothing is shared between threads.
fn on_one_thread(bench: impl Future<Output = Value>) -> Value {
    LocalSet::new().block_on(&Builder::new_current_thread().enable_all().build().unwrap(), bench)
}
