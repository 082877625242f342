//! The rooms that this process has members in.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use contracts::{Actor, TicketId, chat::Person};
use platform::broker::Broker;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{room, told::Told};

/// What may wait for one member. One that is further behind is let go.
const INBOX: usize = 512;

/// Every room that is open at this process. Clones share them.
#[derive(Clone)]
pub(super) struct Rooms(Arc<Parts>);

struct Parts {
    broker: Broker,
    /// This process, in what it says of who is there.
    process: Uuid,
    open: Mutex<HashMap<TicketId, Open>>,
    members: AtomicU64,
    tracker: TaskTracker,
    stop: CancellationToken,
}

struct Open {
    commands: mpsc::UnboundedSender<Command>,
    now: Arc<Now>,
}

/// What a room's members may look at without asking it.
#[derive(Default)]
pub(super) struct Now {
    /// Whether the ticket is closed.
    pub(super) closed: AtomicBool,
    /// The last message that the room handed out.
    pub(super) last: AtomicU64,
}

/// What a room's task is asked.
pub(super) enum Command {
    /// Somebody comes in, or comes back after they were let go.
    Join(Member),
    /// The member with this number leaves.
    Leave(u64),
}

/// Somebody in a room.
pub(super) struct Member {
    pub(super) number: u64,
    pub(super) guest: Guest,
    /// None once the member was too slow.
    pub(super) inbox: Option<mpsc::Sender<Told>>,
}

/// Who comes into a room.
#[derive(Clone)]
pub(super) struct Guest {
    pub(super) actor: Actor,
    /// Whether the others see them.
    pub(super) visible: bool,
    /// Cancelled when they may not be there any more.
    pub(super) over: CancellationToken,
}

impl Guest {
    /// As the others see them.
    pub(super) fn person(&self) -> Option<Person> {
        self.visible.then_some(Person { user_id: self.actor.user_id, role: self.actor.role })
    }
}

impl Rooms {
    /// None is open. Rooms close when their last member leaves, at once when `stop` is cancelled.
    pub(super) fn new(broker: Broker, tracker: TaskTracker, stop: CancellationToken) -> Self {
        let (open, members) = (Mutex::default(), AtomicU64::new(0));
        Self(Arc::new(Parts { broker, process: Uuid::new_v4(), open, members, tracker, stop }))
    }

    /// Comes into a room, which is opened where it is not. The inbox begins with [`Told::Joined`]; it ends when the
    /// member is too slow, and before that when the room cannot be opened.
    pub(super) fn join(&self, ticket_id: TicketId, guest: Guest) -> (Membership, mpsc::Receiver<Told>) {
        let number = self.0.members.fetch_add(1, Ordering::Relaxed);
        let (commands, now, inbox) = self.enter(ticket_id, number, guest.clone());
        (Membership { rooms: self.clone(), ticket_id, number, guest, commands, now }, inbox)
    }

    fn enter(
        &self,
        ticket_id: TicketId,
        number: u64,
        guest: Guest,
    ) -> (mpsc::UnboundedSender<Command>, Arc<Now>, mpsc::Receiver<Told>) {
        let (sender, inbox) = mpsc::channel(INBOX);
        let mut join = Command::Join(Member { number, guest, inbox: Some(sender) });
        let mut open = self.open();
        if let Some(room) = open.get(&ticket_id) {
            match room.commands.send(join) {
                Ok(()) => return (room.commands.clone(), Arc::clone(&room.now), inbox),
                // Its task broke off.
                Err(mpsc::error::SendError(unsent)) => join = unsent,
            }
        }
        let (commands, asked) = mpsc::unbounded_channel();
        let now = Arc::new(Now::default());
        // The task holds the other end from its start on.
        let _ = commands.send(join);
        self.0.tracker.spawn(room::run(self.clone(), ticket_id, asked, Arc::clone(&now)));
        open.insert(ticket_id, Open { commands: commands.clone(), now: Arc::clone(&now) });
        (commands, now, inbox)
    }

    /// Closes a room, unless somebody is about to come in. Whoever comes later opens it anew.
    pub(super) fn close(&self, ticket_id: TicketId, commands: &mpsc::UnboundedReceiver<Command>) -> bool {
        let mut open = self.open();
        let closes = commands.is_empty();
        if closes {
            open.remove(&ticket_id);
        }
        closes
    }

    /// Closes a room that cannot be opened, with those who are about to come in.
    pub(super) fn give_up(&self, ticket_id: TicketId) {
        self.open().remove(&ticket_id);
    }

    pub(super) fn broker(&self) -> &Broker {
        &self.0.broker
    }

    pub(super) fn process(&self) -> Uuid {
        self.0.process
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.0.stop.is_cancelled()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<TicketId, Open>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Being in a room, until it is dropped.
pub(super) struct Membership {
    rooms: Rooms,
    ticket_id: TicketId,
    number: u64,
    guest: Guest,
    commands: mpsc::UnboundedSender<Command>,
    now: Arc<Now>,
}

impl Membership {
    /// Comes back after having been too slow.
    pub(super) fn rejoin(&mut self) -> mpsc::Receiver<Told> {
        let (commands, now, inbox) = self.rooms.enter(self.ticket_id, self.number, self.guest.clone());
        (self.commands, self.now) = (commands, now);
        inbox
    }

    /// Whether the room knows the ticket to be closed.
    pub(super) fn is_closed(&self) -> bool {
        self.now.closed.load(Ordering::Relaxed)
    }

    /// The last message that the room handed out.
    pub(super) fn last(&self) -> u64 {
        self.now.last.load(Ordering::Relaxed)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        // A room that is gone has no members.
        let _ = self.commands.send(Command::Leave(self.number));
    }
}
