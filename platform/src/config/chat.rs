//! The section of chats.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Chats, over a WebSocket each.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chat {
    /// The pages whose scripts may open a chat, as browsers name them in `Origin`; where the list is empty, those that
    /// `ingress.listen` serves.
    pub allowed_origins: Vec<String>,
    /// Frames that one socket may send in a second, over a long time.
    pub frames_per_second: u32,
    /// Frames that one socket may send at once.
    pub burst: u32,
    /// How often a client is asked whether it is there.
    pub ping_seconds: u64,
    /// A client that was silent for so long is gone.
    pub idle_seconds: u64,
}

impl Default for Chat {
    fn default() -> Self {
        Self { allowed_origins: Vec::new(), frames_per_second: 20, burst: 100, ping_seconds: 25, idle_seconds: 70 }
    }
}

impl Chat {
    /// How often a client is asked whether it is there.
    pub fn ping(&self) -> Duration {
        Duration::from_secs(self.ping_seconds)
    }

    /// A client that was silent for so long is gone.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds)
    }
}
