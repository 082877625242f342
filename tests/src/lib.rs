//! The harness: a whole desk on free ports in a temporary folder, of the real processes, ended when it is dropped.
//!
//! It panics where a test would have to: it is part of the tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]
#![allow(clippy::needless_pass_by_value, reason = "a value of the configuration may be of any type that has a text")]

mod cassandra;
mod client;
mod desk;
mod keyspace;
mod line;
mod log;
mod model_server;
mod nats;
mod process;
mod random;
mod receiver;
mod room;
mod socket;
mod store;
mod token;
pub mod wire;
mod writer;

use std::{future::Future, time::Duration};

pub use cassandra::Cassandra;
pub use client::{Answer, Client};
pub use desk::{Desk, DeskBuilder, PASSWORD, Part, SIGNING_KEY, embedding_model, webhook_secret};
pub use keyspace::Keyspace;
pub use line::Line;
pub use log::StoredEvent;
pub use model_server::{ModelCall, ModelReply, ModelServer, Piece};
pub use nats::NatsServer;
pub use process::{Process, free_port, product_binary};
pub use random::Random;
pub use receiver::{Received, Receiver, Reply};
pub use room::{RoomFaults, check_rooms};
pub use socket::{Knock, Socket};
pub use store::{StoreAway, stored_messages};
pub use token::{token, token_of};
pub use writer::{Doors, Moment, Writer, Written};

/// How long [`eventually`] asks; longer than a redelivery after a crash takes.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Asks again and again until there is an answer; panics with `what` when none comes.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let asked = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    asked.await.unwrap_or_else(|_| panic!("it never came about: {what}"))
}
