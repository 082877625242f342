//! A desk of the harness for tests that are not written in Rust, as those of the page.
//!
//! It prints one line of JSON when the desk is ready: its address and the password of the demo logins. Then it does what
//! the lines on its input say, and answers each with one line: `kill PART`, `restart PART`, `ready`, `import FOLDER`,
//! `fill NUMBER`; a part is nats, workers or ingress. When its input ends, so does the desk.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "it is part of the tests"
)]

mod fill;

use clap::Parser;
use serde_json::{Value, json};
use tests::{Desk, PASSWORD, Part};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

/// Starts a desk for tests.
#[derive(Parser)]
struct Arguments {
    /// A key of the configuration and its value, as in `ratelimit.limit=100`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let builder = arguments.settings.iter().fold(Desk::builder(), |builder, setting| {
        let (key, value) = setting.split_once('=').expect("a setting is KEY=VALUE");
        builder.set(key, value)
    });
    let mut desk = builder.start().await;
    println!("{}", json!({"url": desk.url(0), "password": PASSWORD}));
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        println!("{}", obey(&mut desk, &line).await);
    }
}

async fn obey(desk: &mut Desk, line: &str) -> Value {
    let (order, of) = line.split_once(' ').unwrap_or((line, ""));
    let done = match (order, part(of)) {
        ("kill", Some(part)) => {
            desk.kill(part);
            true
        }
        ("restart", Some(part)) => {
            desk.restart(part).await;
            true
        }
        ("ready", None) => {
            desk.ready().await;
            true
        }
        ("import", None) => {
            let mut command = desk.command(Part::Workers(0));
            command.arg("import").arg(of).stdout(std::io::stderr());
            command.status().is_ok_and(|status| status.success())
        }
        ("fill", None) => match of.parse() {
            Ok(number) => {
                fill::fill(desk, number).await;
                true
            }
            Err(_) => false,
        },
        _ => false,
    };
    if done { json!({"done": line}) } else { json!({"error": format!("{line}: not done")}) }
}

fn part(name: &str) -> Option<Part> {
    match name {
        "nats" => Some(Part::Nats(0)),
        "workers" => Some(Part::Workers(0)),
        "ingress" => Some(Part::Ingress(0)),
        _ => None,
    }
}
