//! `deskwire-faults`: a desk in a cluster, people at work, and one fault after the other; then whether everything that
//! was acknowledged is there, once and in order, and how long nothing could be written.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a suite that cannot go on has nothing else to say"
)]

mod check;
mod clock;
mod disk;
mod fault;
mod load;
mod place;
mod report;
mod tally;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Parser, ValueEnum};
use serde_json::json;
use tests::Random;
use tokio::time::sleep;

use check::Heard;
use fault::Fault;
use load::Load;
use place::{Place, Store};
use report::{Report, Trial, table};

/// How long people work before a fault comes, and after it is gone.
const BEFORE: Duration = Duration::from_secs(3);
const AFTER: Duration = Duration::from_secs(8);

/// Does one fault after the other to a desk in a cluster while people use it; prints a table and a JSON object. Ends with
/// 1 when anything was lost, doubled or out of order, or took longer than it may.
#[derive(Parser)]
struct Arguments {
    /// How long each fault lasts, in seconds.
    #[arg(long, default_value_t = 12)]
    seconds: u64,
    /// Which faults; all, where it is left out.
    #[arg(long, value_enum, value_delimiter = ',')]
    faults: Vec<Fault>,
    /// Where the desk keeps its data.
    #[arg(long, value_enum, default_value = "scylla")]
    store: Store,
    /// A number that a run had, for the same choices again.
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { seconds, mut faults, store, seed } = Arguments::parse();
    if faults.is_empty() {
        faults = Fault::value_variants().to_vec();
    }
    let seed = seed.unwrap_or_else(|| u64::from(std::process::id()));
    let mut random = Random::new(seed);
    let (mut place, missing) = Place::start(store, &faults).await;
    let missing: Vec<_> = missing.into_iter().map(|(fault, cause)| (fault, fault.name(), cause)).collect();
    faults.retain(|fault| missing.iter().all(|(missing, ..)| missing != fault));
    let mut trials = Vec::new();
    for fault in faults {
        trials.push(trial(&mut place, fault, Duration::from_secs(seconds), &mut random).await);
    }
    let heard = Heard::of(&place.desk, &place.receiver).await;
    let mut reports = Vec::new();
    for trial in &trials {
        let violations = heard.check(&trial.done).await;
        reports.push(Report::new(trial, violations));
    }
    let letters = place.desk.dead_letters().await;
    let good = letters.is_empty() && reports.iter().all(Report::is_good);
    for complaint in reports.iter().flat_map(Report::complaints) {
        eprintln!("{complaint}");
    }
    for letter in &letters {
        eprintln!("dead letter: {letter}");
    }
    for (_, name, cause) in &missing {
        eprintln!("{name} was left out: {cause}");
    }
    println!("{}\n", table(&reports));
    let object = json!({
        "suite": "faults",
        "seed": seed,
        "store": format!("{store:?}").to_lowercase(),
        "seconds_each": seconds,
        "faults": reports.iter().map(Report::json).collect::<Vec<_>>(),
        "left_out": missing.iter().map(|(_, name, cause)| json!({"fault": name, "cause": cause})).collect::<Vec<_>>(),
        "dead_letters": letters.len(),
        "good": good,
    });
    println!("{object:#}");
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One fault, from the time when nothing is wrong to the time when nothing is wrong again.
async fn trial(place: &mut Place, fault: Fault, time: Duration, random: &mut Random) -> Trial {
    let urls = vec![place.desk.url(0), place.desk.url(1)];
    let load = Load::start(&place.desk, urls, fault.name(), random).await;
    sleep(BEFORE).await;
    let harmed = Instant::now();
    let harm = place.harm(fault, random).await;
    eprintln!("{}: {harm:?}", fault.name());
    sleep(time).await;
    place.heal(&harm).await;
    place.desk.ready().await;
    sleep(AFTER).await;
    let (since, until) = (load.since, Instant::now());
    let done = load.finish().await;
    eprintln!("{}: over", fault.name());
    Trial { fault, harm, since, harmed, until, done }
}
