//! Those who use the desk while a fault is there.

mod asking;
mod raiser;
mod resolver;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use contracts::Role;
use futures::future::join_all;
use tests::{Desk, Doors, Moment, Random, Writer, Written, eventually, token};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
    time::timeout,
};

use crate::tally::{Known, Tally, Write};

pub(crate) use asking::WAIT_SECONDS;
pub(crate) use raiser::{Answered, Person};
pub(crate) use resolver::Resolved;

const RESOLVERS: usize = 1;
const ROOMS: usize = 4;
/// Messages that the two writers of a room have under way: the order of the one's is known.
const WINDOWS: [usize; 2] = [1, 3];
/// A writer sends no more than one message in this time.
const PACE: Duration = Duration::from_millis(400);
/// A writer who hears nothing of a message for so long connects anew, to any process, and sends it again.
const ACK_WAIT: Duration = Duration::from_secs(3);
/// How long somebody may take to end what they began.
const ENDING: Duration = Duration::from_mins(3);
/// So many writes of a kind are acknowledged before the work counts as begun.
const BEGUN: usize = 10;

/// What everybody who uses the desk needs.
struct Run {
    /// What all names begin with.
    name: String,
    urls: Vec<String>,
    doors: Doors,
    stop: AtomicBool,
    tally: Tally,
}

impl Run {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// People at work.
pub(crate) struct Load {
    run: Arc<Run>,
    rooms: Vec<Person>,
    raisers: Vec<JoinHandle<Vec<Person>>>,
    resolvers: Vec<JoinHandle<Vec<Resolved>>>,
    writers: Vec<JoinHandle<Written>>,
    /// When all were at work.
    pub(crate) since: Instant,
}

/// All that they did.
pub(crate) struct Done {
    run: Arc<Run>,
    /// Those in whose tickets' rooms messages were written.
    pub(crate) rooms: Vec<Person>,
    pub(crate) people: Vec<Person>,
    pub(crate) resolved: Vec<Resolved>,
    pub(crate) written: Vec<Written>,
    /// Who stopped because of an answer that nobody expected.
    pub(crate) gave_up: Vec<String>,
}

impl Done {
    pub(crate) fn tally(&self) -> &Tally {
        &self.run.tally
    }
}

impl Load {
    /// Lets people begin; returns when all are at work.
    pub(crate) async fn start(desk: &Desk, urls: Vec<String>, name: String, random: &mut Random) -> Self {
        let (doors, stop, tally) = (Doors::new(urls.clone()), AtomicBool::new(false), Tally::default());
        let run = Arc::new(Run { name, urls, doors, stop, tally });
        let anybody = desk.anonymous();
        let rooms = join_all((0..ROOMS).map(|room| raiser::room(&run, anybody.clone(), room))).await;
        let mut writers = Vec::new();
        for (number, owner) in rooms.iter().enumerate() {
            let clients = [owner.client.clone(), anybody.with_token(&token(Role::Admin))];
            for (client, window) in clients.into_iter().zip(WINDOWS) {
                let (ticket, name) =
                    (owner.tickets().next().unwrap().to_owned(), format!("{}/{number}-{window}", run.name));
                let writer = Writer { client, ticket, name, window, pace: PACE, patience: ACK_WAIT };
                writers.push(tokio::spawn(write(Arc::clone(&run), writer, random.split())));
            }
        }
        let (sender, tickets) = mpsc::unbounded_channel();
        let tickets = Arc::new(Mutex::new(tickets));
        let raise = |number| {
            let raising = raiser::raise(Arc::clone(&run), anybody.clone(), number, sender.clone(), random.split());
            tokio::spawn(raising)
        };
        let raisers = (0..raiser::RAISERS).map(raise).collect();
        let resolve = |number| tokio::spawn(resolver::resolve(Arc::clone(&run), number, Arc::clone(&tickets)));
        let resolvers = (0..RESOLVERS).map(resolve).collect();
        eventually("people are at work", || async {
            let begun = |write| run.tally.count(write) >= BEGUN;
            (begun(Write::Ticket) && begun(Write::Message)).then_some(())
        })
        .await;
        Self { run, rooms, raisers, resolvers, writers, since: Instant::now() }
    }

    /// Has everybody end what they began.
    pub(crate) async fn finish(self) -> Done {
        self.run.stop.store(true, Ordering::Relaxed);
        let mut gave_up = Vec::new();
        let people = ended(self.raisers, &mut gave_up).await.into_iter().flatten().collect();
        let resolved = ended(self.resolvers, &mut gave_up).await.into_iter().flatten().collect();
        let written = ended(self.writers, &mut gave_up).await;
        Done { run: self.run, rooms: self.rooms, people, resolved, written, gave_up }
    }
}

/// What those who came to an end did; who panicked, and why, is in the log.
async fn ended<T>(tasks: Vec<JoinHandle<T>>, gave_up: &mut Vec<String>) -> Vec<T> {
    let mut done = Vec::new();
    for ended in join_all(tasks.into_iter().map(|task| timeout(ENDING, task))).await {
        match ended {
            Ok(Ok(ended)) => done.push(ended),
            Ok(Err(panic)) => gave_up.push(panic.to_string()),
            Err(_) => gave_up.push("somebody was never answered".to_owned()),
        }
    }
    done
}

async fn write(run: Arc<Run>, writer: Writer, random: Random) -> Written {
    let tell = |moment| match moment {
        Moment::Acked => run.tally.succeeded(Write::Message, Known::Acknowledged),
        Moment::Seen => run.tally.succeeded(Write::Message, Known::Stored),
        Moment::Lost(door) => run.tally.failed(door, None, "a socket was closed or silent".to_owned()),
    };
    writer.write(&run.doors, random, &run.stop, tell).await
}
