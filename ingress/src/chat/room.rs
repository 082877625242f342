//! One room: hears what happens and hands it to its members, the messages in their order and without a gap.

mod asking;
mod people;
mod standing;

use std::{
    pin::pin,
    sync::{Arc, atomic::Ordering},
};

use axum::body::Bytes;
use contracts::{
    Status, TicketId,
    query::{self, GetRoom},
};
use futures::{Stream, StreamExt, future::BoxFuture};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use super::{
    attendance::{self, Attendees},
    rooms::{Command, Now, Rooms},
    told::{Heard, Saved, Told, hear},
};
use asking::{Answer, BEHIND, LOOK, answered};
use people::{Announce, LINGER, Seat};
use standing::Standing;

/// Opens a room and keeps it until its last member has left.
pub(super) async fn run(rooms: Rooms, ticket_id: TicketId, commands: mpsc::UnboundedReceiver<Command>, now: Arc<Now>) {
    let mut interruptions = rooms.broker().interruptions();
    interruptions.mark_unchanged();
    let opened = Box::pin(open(&rooms, ticket_id)).await;
    match opened {
        Ok(Some((frames, found))) => {
            let room = Room::new(rooms, ticket_id, now, &found);
            room.serve(commands, frames, interruptions).await;
        }
        Ok(None) => rooms.give_up(ticket_id),
        Err(error) => {
            tracing::warn!(%ticket_id, error = &*error, "a room cannot be opened");
            rooms.give_up(ticket_id);
        }
    }
}

/// Listens first and asks then: what happens in between is heard.
async fn open(
    rooms: &Rooms,
    ticket_id: TicketId,
) -> Result<Option<(impl Stream<Item = Bytes> + Unpin + use<>, query::Room)>, Box<dyn std::error::Error + Send + Sync>>
{
    let frames = rooms.broker().listen_to_room(ticket_id).await?;
    let found = rooms.broker().ask(&GetRoom { ticket_id, after_seq: 0, limit: 1 }).await?;
    Ok(found.map(|found| (frames, found)))
}

struct Room {
    rooms: Rooms,
    ticket_id: TicketId,
    now: Arc<Now>,
    members: Vec<Seat>,
    standing: Standing,
    /// The last message that was handed out.
    last: u64,
    /// The last message that is known to be in the store.
    known: u64,
    /// The question under way.
    asking: Option<BoxFuture<'static, Answer>>,
    /// Whether the ticket changed while the question was under way: then its answer may be older.
    changed: bool,
    ask_at: Instant,
    attendees: Attendees,
    /// When who is there is to be told, and what of it.
    settle_at: Option<Instant>,
    announce: Announce,
    announce_at: Instant,
    /// When a room without members is closed.
    close_at: Option<Instant>,
}

impl Room {
    fn new(rooms: Rooms, ticket_id: TicketId, now: Arc<Now>, found: &query::Room) -> Self {
        let time = Instant::now();
        let attendees = Attendees::new(rooms.process());
        let room = Self {
            rooms,
            ticket_id,
            now,
            members: Vec::new(),
            standing: Standing::from(&found.ticket),
            last: found.last_seq,
            known: found.last_seq,
            asking: None,
            changed: false,
            ask_at: time + LOOK,
            attendees,
            settle_at: None,
            announce: Announce { again: false, asks: true },
            announce_at: time + attendance::EVERY,
            close_at: Some(time + LINGER),
        };
        room.share();
        room
    }

    async fn serve(
        mut self,
        mut commands: mpsc::UnboundedReceiver<Command>,
        mut frames: impl Stream<Item = Bytes> + Unpin,
        mut interruptions: watch::Receiver<u64>,
    ) {
        let mut timer = pin!(tokio::time::sleep_until(self.wake_at()));
        loop {
            tokio::select! {
                Some(command) = commands.recv() => self.command(command),
                Some(frame) = frames.next() => self.hear(frame),
                answer = answered(&mut self.asking) => self.take(answer),
                () = timer.as_mut() => self.tick(Instant::now()),
                Ok(()) = interruptions.changed() => self.interrupted(),
            }
            if self.is_done() && self.rooms.close(self.ticket_id, &commands) {
                return;
            }
            let wake_at = self.wake_at();
            if timer.deadline() != wake_at {
                timer.as_mut().reset(wake_at);
            }
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Join(member) => self.join(member),
            Command::Leave(number) => self.leave(number),
        }
    }

    fn hear(&mut self, payload: Bytes) {
        match hear(payload) {
            Some(Heard::Frame(text)) => self.hand_out(&Told::Frame(text)),
            Some(Heard::Chat(saved)) => self.hear_chat(saved),
            Some(Heard::Ticket(ticket, text)) => {
                self.changed = true;
                self.change(&ticket, || text);
            }
            Some(Heard::Refused(refused)) => self.hand_out(&Told::Refused(refused)),
            Some(Heard::Attendance(attendance)) => {
                let version = self.attendees.version();
                if self.attendees.hear(attendance, Instant::now()) {
                    self.announce.again = true;
                    self.settle_soon();
                } else if self.attendees.version() != version {
                    self.settle_soon();
                }
            }
            None => tracing::debug!(ticket_id = %self.ticket_id, "a frame in the room was not understood"),
        }
    }

    /// A message that follows goes to all. So does an old one: whoever waits for word of it hears it, and the others
    /// know that they have it. One that is too far ahead comes with the answer to a question.
    fn hear_chat(&mut self, saved: Saved) {
        self.known = self.known.max(saved.seq);
        if saved.seq <= self.last + 1 {
            self.last = self.last.max(saved.seq);
            self.share();
            self.hand_out(&Told::Chat(Arc::new(saved)));
        } else {
            self.ask();
        }
    }

    fn hand_out(&mut self, told: &Told) {
        self.members.iter_mut().for_each(|seat| seat.tell(told));
    }

    fn tick(&mut self, now: Instant) {
        if now >= self.ask_at {
            // The answer that is under way may be from before what was missed.
            self.ask_at = now + BEHIND;
            self.ask();
        }
        if now >= self.announce_at {
            self.announce_at = now + attendance::EVERY;
            self.attendees.expire(now);
            self.announce.again = true;
            self.settle();
        }
        if self.settle_at.is_some_and(|at| now >= at) {
            self.settle();
        }
    }

    /// Puts where members look without asking what they may know.
    fn share(&self) {
        self.now.closed.store(self.standing.status == Status::Closed, Ordering::Relaxed);
        self.now.last.store(self.last, Ordering::Relaxed);
    }

    /// Whether nobody is here; the others have been told so.
    fn is_done(&mut self) -> bool {
        let done = self.close_at.is_some_and(|at| self.rooms.is_stopping() || Instant::now() >= at);
        if done && self.settle_at.is_some() {
            self.settle();
        }
        done
    }

    fn wake_at(&self) -> Instant {
        let soonest = self.ask_at.min(self.announce_at);
        [self.settle_at, self.close_at].into_iter().flatten().fold(soonest, Instant::min)
    }
}
