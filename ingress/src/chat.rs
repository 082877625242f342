//! Chats: rooms, and the sockets of the people in them.

mod attendance;
mod draft;
mod frame;
mod limit;
mod origin;
mod outbox;
mod post;
mod room;
mod rooms;
mod session;
mod told;
mod upgrade;

use std::time::Duration;

use platform::{broker::Broker, config::Config};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use origin::Origins;
pub(crate) use post::{Posted, post};
use rooms::Rooms;
pub(crate) use upgrade::{__path_open_chat, open_chat};

/// Messages that are looked up at once: of the longest, so many fit into one answer of the broker's.
const PAGE: u32 = 25;
/// How long sockets and rooms may take to end once the process stops.
const GRACE: Duration = Duration::from_secs(15);

/// Every chat at this process.
pub(crate) struct Chats {
    rooms: Rooms,
    origins: Origins,
    /// Every socket and room.
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Chats {
    /// No chat is open. Once `stop` is cancelled, each socket is told so and closed.
    pub(crate) fn new(config: &Config, broker: Broker, stop: CancellationToken) -> Self {
        let tracker = TaskTracker::new();
        let rooms = Rooms::new(broker, tracker.clone(), stop.clone());
        Self { rooms, origins: Origins::new(config), tracker, stop }
    }

    /// Waits until every socket is closed, after the process was told to stop.
    pub(crate) async fn closed(&self) {
        self.tracker.close();
        if tokio::time::timeout(GRACE, self.tracker.wait()).await.is_err() {
            tracing::warn!("sockets were still open when the grace time was over");
        }
    }
}
