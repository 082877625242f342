//! Writing to a client, and how its session ends.

use std::{
    error::Error as _,
    future::{pending, poll_fn},
    time::Duration,
};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures::{SinkExt, StreamExt, future::poll_immediate};
use tokio::time::{Instant, timeout};
use tungstenite::error::CapacityError;

use super::Session;

/// How long one message may wait to be written to a client that does not read.
const WRITE: Duration = Duration::from_secs(15);
/// How long the end of a connection may take.
const CLOSING: Duration = Duration::from_secs(2);
/// How long messages on their way to disk are waited for when the process stops.
const FINISHING: Duration = Duration::from_secs(10);

/// How a session ends.
pub(super) enum End {
    /// With a word from here.
    Close(u16, &'static str),
    /// With a word that nobody may hear.
    Lost(u16, &'static str),
    /// The client went, or broke the protocol.
    Gone,
}

impl Session {
    /// Writes what there is. A client that does not read is cut off, at once when the session is over.
    pub(super) async fn write(&mut self) -> Result<(), End> {
        let Self { socket, out, over, .. } = self;
        let writing = async {
            for message in out.drain(..) {
                ready(socket).await?;
                socket.start_send_unpin(message).map_err(|_| End::Gone)?;
            }
            timeout(WRITE, socket.flush()).await.map_err(|_| unread())?.map_err(|_| End::Gone)
        };
        tokio::select! {
            biased;
            written = writing => written,
            () = over.cancelled() => Err(self.over()),
        }
    }

    /// Why the session is over.
    pub(super) fn over(&self) -> End {
        if self.state.sessions.is_revoked(&self.login) {
            End::Close(close_code::POLICY, "the login was ended")
        } else if self.state.chats.stop.is_cancelled() {
            End::Close(close_code::AWAY, "the desk restarts")
        } else {
            no_access()
        }
    }

    /// The process stops: messages on their way to disk are waited for, and acknowledged.
    pub(super) async fn finish(&mut self) -> End {
        let finishing = async {
            while self.outbox.is_busy() {
                self.outbox.send_next(&self.state.broker);
                let word = self.outbox.word().await;
                let frames = self.outbox.settle(word, Instant::now());
                self.out.extend(frames.into_iter().map(Message::Text));
            }
        };
        // What takes longer is not acknowledged: its sender will send it again.
        let _ = timeout(FINISHING, finishing).await;
        let frames = self.outbox.acknowledge_all();
        self.say(frames);
        End::Close(close_code::AWAY, "the desk restarts")
    }

    /// Leaves the room, says the last words and waits until the client has heard them.
    pub(super) async fn close(self, end: End) {
        let Self { mut socket, room, out, .. } = self;
        drop(room);
        let closing = async {
            let say = |code, reason| Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }));
            match end {
                End::Close(code, reason) => {
                    for message in out {
                        socket.feed(message).await?;
                    }
                    socket.send(say(code, reason)).await?;
                    if code == close_code::SIZE {
                        // What is too large was not read: closed now, the connection would be reset under the last words.
                        return pending().await;
                    }
                }
                End::Lost(code, reason) => return socket.send(say(code, reason)).await,
                End::Gone => {}
            }
            while let Some(Ok(_)) = socket.next().await {}
            Ok(())
        };
        // A client that does not answer is cut off.
        let _ = timeout(CLOSING, closing).await;
    }
}

/// Waits until the socket takes one more message: what it holds of those before must leave in time. A slow line that
/// moves on is no reason to cut off a client. As a rule there is nothing to wait for, and no timer is set.
async fn ready(socket: &mut WebSocket) -> Result<(), End> {
    let ready = match poll_immediate(poll_fn(|context| socket.poll_ready_unpin(context))).await {
        Some(ready) => ready,
        None => timeout(WRITE, poll_fn(|context| socket.poll_ready_unpin(context))).await.map_err(|_| unread())?,
    };
    ready.map_err(|_| End::Gone)
}

fn unread() -> End {
    End::Lost(close_code::POLICY, "nothing was read for too long")
}

pub(super) fn no_access() -> End {
    End::Close(close_code::POLICY, "the ticket is no longer yours to see")
}

pub(super) fn not_opened() -> End {
    End::Close(close_code::AGAIN, "the room cannot be opened now")
}

/// How a connection ends that cannot be read any more.
pub(super) fn broken(error: &axum::Error) -> End {
    match error.source().and_then(|source| source.downcast_ref::<tungstenite::Error>()) {
        Some(tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. })) => {
            End::Close(close_code::SIZE, "a frame has 64 KiB at most")
        }
        Some(tungstenite::Error::Utf8(_)) => End::Close(close_code::INVALID, "text must be UTF-8"),
        Some(tungstenite::Error::Protocol(_)) => End::Close(close_code::PROTOCOL, "the protocol was broken"),
        _ => End::Gone,
    }
}
