//! Opening the connection.

use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, ServerAddr, connection::State};
use tokio::sync::watch;

use super::Process;
use crate::config::Nats;

/// The broker's address or credentials cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address has the wrong form.
    #[error("nats.url is no list of addresses: {0}")]
    Address(std::io::Error),
    /// The broker refused.
    #[error("the broker at {url} refused the connection: {source}")]
    Refused {
        /// Where.
        url: String,
        /// Why.
        source: async_nats::ConnectError,
    },
}

/// How often a broker that is away at the start is looked for, and how many looks lie between two warnings.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS_BETWEEN_WARNINGS: u32 = 40;
/// A broker that was silent for so long is asked whether it is there; when it does not answer two such questions, it is
/// taken to be gone. Requests that are on the way to it wait for 5 s, and the other brokers take as long to choose a new
/// leader: who notices later than that adds to the time in which nothing can be written.
const PING: Duration = Duration::from_secs(1);
/// How long a broker may take to greet; one that hangs does not.
const GREETING: Duration = Duration::from_secs(2);
/// The longest wait between two tries to reconnect.
const RECONNECT_MAX: Duration = Duration::from_secs(1);

/// A connection, and the count of its interruptions.
pub(super) async fn open(nats: &Nats, process: Process) -> Result<(Client, watch::Receiver<u64>), ConnectError> {
    let addresses = nats.url.split(',').map(|url| url.trim().parse::<ServerAddr>());
    let addresses = addresses.collect::<Result<Vec<_>, _>>().map_err(ConnectError::Address)?;
    let url = nats.url.clone();
    let (interrupted, interruptions) = watch::channel(0);
    let mut options = ConnectOptions::new()
        .name(format!("deskwire-{}", process.as_str()))
        .custom_inbox_prefix(format!("_INBOX_{}", process.as_str()))
        .retry_on_initial_connect()
        .max_reconnects(None)
        .ping_interval(PING)
        .connection_timeout(GREETING)
        .request_timeout(Some(Duration::from_secs(5)))
        .reconnect_delay_callback(|attempt| {
            let exponent = u32::try_from(attempt.min(7)).unwrap_or(7);
            Duration::from_millis(10 << exponent).min(RECONNECT_MAX)
        })
        .event_callback(move |event| {
            tell(&url, &event);
            if matches!(event, Event::Connected | Event::SlowConsumer(_)) {
                interrupted.send_modify(|count| *count += 1);
            }
            std::future::ready(())
        });
    if let (Some(username), Some(password)) = (&nats.username, &nats.password) {
        options = options.user_and_password(username.clone(), password.expose().to_owned());
    }
    let connected = options.connect(addresses).await;
    let client = connected.map_err(|source| ConnectError::Refused { url: nats.url.clone(), source })?;
    // The client is there before its connection is.
    let mut looks = 0_u32;
    while client.connection_state() != State::Connected {
        if looks.is_multiple_of(LOOKS_BETWEEN_WARNINGS) && looks > 0 {
            tracing::warn!(url = nats.url, "the broker is away; trying again");
        }
        looks += 1;
        tokio::time::sleep(LOOK).await;
    }
    Ok((client, interruptions))
}

fn tell(url: &str, event: &Event) {
    match event {
        Event::Connected => tracing::info!(url, "connected to the broker"),
        Event::Disconnected => tracing::warn!(url, "lost the broker; trying again"),
        other => tracing::warn!(url, event = %other, "the broker's connection"),
    }
}
