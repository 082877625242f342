//! One socket: what its client sends, and what it is told.

mod ending;
mod hearing;
mod paging;

use std::{future::pending, pin::pin, time::Duration};

use axum::{
    body::Bytes,
    extract::ws::{Message, Utf8Bytes, WebSocket, close_code},
};
use contracts::{
    TicketId,
    chat::{FullRefresh, ServerFrame},
    query,
};
use futures::{StreamExt, future::BoxFuture};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::{sync::CancellationToken, task::task_tracker::TaskTrackerToken};

use super::{
    frame,
    limit::Limit,
    outbox::Outbox,
    rooms::{Guest, Membership},
    told::{Saved, Told, write},
};
use crate::{auth::LoggedIn, extract, problem::Problem, state::State};
use ending::{End, not_opened};
use hearing::Read;

/// How long a room may take to open.
const OPENING: Duration = Duration::from_secs(15);
/// What is taken from the inbox at once.
const BATCH: usize = 64;

/// One socket in a room.
pub(super) struct Session {
    state: State,
    ticket_id: TicketId,
    login: extract::Session,
    socket: WebSocket,
    room: Membership,
    /// None while the client was too slow and did not come back.
    inbox: Option<mpsc::Receiver<Told>>,
    /// Cancelled when the login or the right to be here ends, or the process stops.
    over: CancellationToken,
    /// The last message that was sent on this connection; none until the room is open.
    cursor: Option<u64>,
    /// The last message that the room is known to have.
    known: u64,
    /// Messages that were asked for to close a gap.
    page: Option<BoxFuture<'static, Option<query::Room>>>,
    outbox: Outbox,
    limit: Limit,
    read: Read,
    /// When the client was last heard.
    heard: Instant,
    ping_at: Instant,
    /// What is to be written.
    out: Vec<Message>,
    _logged_in: LoggedIn,
    _running: TaskTrackerToken,
}

/// What a socket is let in with.
pub(super) struct Admitted {
    pub(super) state: State,
    pub(super) ticket_id: TicketId,
    pub(super) login: extract::Session,
    pub(super) over: CancellationToken,
    pub(super) logged_in: LoggedIn,
    pub(super) running: TaskTrackerToken,
}

impl Session {
    /// Comes into the room.
    pub(super) fn new(admitted: Admitted, socket: WebSocket) -> Self {
        let Admitted { state, ticket_id, login, over, logged_in, running } = admitted;
        let guest = Guest { actor: login.actor.clone(), visible: true, over: over.clone() };
        let (room, inbox) = state.chats.rooms.join(ticket_id, guest);
        let now = Instant::now();
        let (limit, ping_at) = (Limit::new(&state.config.chat, now), now + state.config.chat.ping());
        Self {
            state,
            ticket_id,
            login,
            socket,
            room,
            inbox: Some(inbox),
            over,
            cursor: None,
            known: 0,
            page: None,
            outbox: Outbox::default(),
            limit,
            read: Read::default(),
            heard: now,
            ping_at,
            out: Vec::new(),
            _logged_in: logged_in,
            _running: running,
        }
    }

    /// Serves the socket to its end.
    pub(super) async fn run(mut self) {
        let end = match self.serve().await {
            End::Close(close_code::AWAY, _) if self.state.chats.stop.is_cancelled() => Box::pin(self.finish()).await,
            end => end,
        };
        self.record_read(Instant::now(), true);
        Box::pin(self.close(end)).await;
    }

    async fn serve(&mut self) -> End {
        let over = self.over.clone();
        let mut over = pin!(over.cancelled());
        let mut batch = Vec::new();
        let opened_by = self.heard + OPENING;
        let mut timer = pin!(tokio::time::sleep_until(opened_by));
        loop {
            let joined = self.cursor.is_some();
            let handled = tokio::select! {
                () = &mut over => Err(self.over()),
                open = receive(&mut self.inbox, &mut batch) => {
                    batch.drain(..).for_each(|told| self.told(told));
                    if open { Ok(()) } else { self.left_behind() }
                }
                word = self.outbox.word() => {
                    let frames = self.outbox.settle(word, Instant::now());
                    self.say(frames);
                    Ok(())
                }
                page = paging::asked(&mut self.page) => self.turn_page(page),
                message = self.socket.next(), if joined => self.hear(message),
                () = timer.as_mut() => if joined { self.tick(Instant::now()) } else { Err(not_opened()) },
            };
            if let Err(end) = handled {
                return end;
            }
            self.outbox.send_next(&self.state.broker);
            if !self.out.is_empty()
                && let Err(end) = self.write().await
            {
                return end;
            }
            let wake_at = if self.cursor.is_some() { self.wake_at() } else { opened_by };
            if wake_at < timer.deadline() || timer.is_elapsed() {
                timer.as_mut().reset(wake_at);
            }
        }
    }

    /// Takes what the room tells.
    fn told(&mut self, told: Told) {
        match told {
            Told::Frame(text) => self.out.push(Message::Text(text)),
            Told::Chat(saved) => self.saved(&saved),
            Told::Refused(refused) => {
                let frames = self.outbox.refused(refused.id, &Problem::refused(refused.reason));
                self.say(frames);
            }
            Told::Joined { last } => {
                self.known = self.known.max(last);
                let cursor = *self.cursor.get_or_insert(last);
                if cursor < self.known {
                    self.ask(Duration::ZERO);
                }
            }
        }
    }

    /// A message goes out when it follows the one before; when there is a gap, what is missing is asked for.
    fn saved(&mut self, saved: &Saved) {
        self.known = self.known.max(saved.seq);
        let frames = self.outbox.saved(saved.id, saved.seq, saved.fingerprint);
        self.say(frames);
        let Some(cursor) = self.cursor else { return };
        if saved.seq == cursor + 1 && self.page.is_none() {
            self.cursor = Some(saved.seq);
            self.out.push(Message::Text(saved.text.clone()));
        } else if saved.seq > cursor {
            self.ask(Duration::ZERO);
        }
    }

    /// The room has let this session go.
    fn left_behind(&mut self) -> Result<(), End> {
        if self.over.is_cancelled() {
            return Err(self.over());
        }
        let Some(after_seq) = self.cursor else { return Err(not_opened()) };
        (self.inbox, self.page) = (None, None);
        self.out.push(Message::Text(write(&ServerFrame::FullRefresh(FullRefresh { after_seq }))));
        Ok(())
    }

    fn tick(&mut self, now: Instant) -> Result<(), End> {
        if now >= self.heard + self.state.config.chat.idle() {
            return Err(End::Lost(close_code::AWAY, "nothing was heard for too long"));
        }
        if now >= self.ping_at {
            self.ping_at = now + self.state.config.chat.ping();
            self.out.push(Message::Ping(Bytes::new()));
        }
        self.outbox.look(&self.state.broker, self.ticket_id, now);
        self.record_read(now, false);
        Ok(())
    }

    fn wake_at(&self) -> Instant {
        let soonest = self.ping_at.min(self.heard + self.state.config.chat.idle());
        let read_at = self.read.next_at.filter(|_| self.read.told > self.read.recorded);
        [self.outbox.look_at(), read_at].into_iter().flatten().fold(soonest, Instant::min)
    }

    fn say(&mut self, frames: Vec<Utf8Bytes>) {
        self.out.extend(frames.into_iter().map(Message::Text));
    }

    fn refuse(&mut self, problem: &Problem, client_message_id: Option<String>) {
        self.out.push(Message::Text(frame::error(problem, client_message_id)));
    }
}

/// Takes what the inbox holds; whether it goes on.
async fn receive(inbox: &mut Option<mpsc::Receiver<Told>>, batch: &mut Vec<Told>) -> bool {
    match inbox {
        Some(inbox) => inbox.recv_many(batch, BATCH).await > 0,
        None => pending().await,
    }
}
