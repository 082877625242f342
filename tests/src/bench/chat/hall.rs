//! Rooms full of members, in which somebody is typing: frames that nobody stores.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use super::{
    link::{Reader, Writer},
    meter::{Cost, Meter},
    place::Place,
};
use crate::load::{milliseconds, percentile, round};

/// Connections that are opened at once.
const OPENING: usize = 64;
/// Load that is offered before the measurement.
pub(crate) const WARM_UP: Duration = Duration::from_millis(500);
/// How long what is under way at the end may take to arrive.
pub(crate) const DRAIN: Duration = Duration::from_secs(10);
/// How long everybody is given to come in.
const QUIET: Duration = Duration::from_millis(300);
/// Frames between two pauses when everybody speaks.
const AT_ONCE: usize = 100;
/// How often a paced load looks what is due.
pub(crate) const TICK: Duration = Duration::from_millis(1);
/// How the frames begin that are counted; others, such as who is present, are not.
const TYPING: &[u8] = br#"{"type":"typing""#;

/// Rooms and their members.
pub(crate) struct Hall {
    rooms: Vec<Rc<Room>>,
    tally: Rc<Tally>,
    readers: JoinSet<()>,
}

/// What all members together have heard.
#[derive(Default)]
struct Tally {
    deliveries: Cell<u64>,
    /// How long each took, while that is measured.
    times: RefCell<Option<Vec<Duration>>>,
}

struct Room {
    frame: Vec<u8>,
    members: Vec<Member>,
    /// Members who hear each frame; 0 while nobody counts.
    audience: Cell<usize>,
    /// Frames that are kept under way.
    window: Cell<usize>,
    /// Frames that every member has heard.
    done: Cell<u64>,
    under_way: RefCell<VecDeque<Flight>>,
}

struct Member {
    writer: Writer,
    /// Frames that it has heard.
    heard: Cell<u64>,
}

/// A frame that is under way.
struct Flight {
    sent: Instant,
    /// Members who have not heard it yet.
    left: usize,
}

/// What was measured.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) time: Duration,
    pub(crate) deliveries: u64,
    pub(crate) cost: Cost,
    /// Deliveries that had not come ten seconds after the end.
    pub(crate) missing: usize,
    /// How long each took from being sent to being read; a closed loop takes no times.
    pub(crate) times: Vec<Duration>,
}

/// Opens a connection for each member of each room, in the order of rooms and members.
pub(crate) async fn gather(place: &Place, rooms: usize, members: usize) -> Vec<Vec<Reader>> {
    let all = (0..rooms * members).map(|number| async move {
        let opening = place.opening(number / members, number % members);
        opening.open(number).await
    });
    let mut all = stream::iter(all).buffered(OPENING);
    let mut gathered = Vec::new();
    for _ in 0..rooms {
        let mut room = Vec::new();
        for _ in 0..members {
            room.push(all.next().await.unwrap());
        }
        gathered.push(room);
    }
    gathered
}

impl Heard {
    /// Adds another part of the same measurement.
    pub(crate) fn add(&mut self, part: Self) {
        self.time += part.time;
        self.deliveries += part.deliveries;
        self.cost.add(&part.cost);
        self.missing += part.missing;
        self.times.extend(part.times);
    }
}

/// The median and what one in a hundred takes.
pub(crate) fn latency(mut times: Vec<Duration>) -> Value {
    times.sort_unstable();
    let [p50, p99] = [50, 99].map(|percent| round(milliseconds(percentile(&times, percent))));
    json!({"p50_ms": p50, "p99_ms": p99})
}

impl Hall {
    /// Opens the rooms, and waits until everybody is there.
    pub(crate) async fn open(place: &Place, rooms: usize, members: usize) -> Self {
        let mut hall = Self { rooms: Vec::new(), tally: Rc::default(), readers: JoinSet::new() };
        for (number, readers) in gather(place, rooms, members).await.into_iter().enumerate() {
            let room = Rc::new(Room {
                frame: place.typing(number),
                members: readers.iter().map(|it| Member { writer: it.writer(), heard: Cell::new(0) }).collect(),
                audience: Cell::new(0),
                window: Cell::new(0),
                done: Cell::new(0),
                under_way: RefCell::default(),
            });
            for (member, mut reader) in readers.into_iter().enumerate() {
                let (room, tally) = (Rc::clone(&room), Rc::clone(&hall.tally));
                hall.readers.spawn_local(async move {
                    loop {
                        let mut heard = 0;
                        reader.read(|frame| heard += u64::from(frame.starts_with(TYPING))).await;
                        if heard > 0 {
                            room.hear(member, heard, &tally);
                        }
                    }
                });
            }
            hall.rooms.push(room);
        }
        hall.try_out(members).await;
        hall
    }

    /// One frame from each room's first member, which everybody in the room hears, the sender too. Who comes in just
    /// then may miss it, so that it is tried again, once nothing of it can be on its way any more.
    async fn try_out(&mut self, members: usize) {
        let all = self.rooms.len() * members;
        for _ in 0..3 {
            self.wait(QUIET).await;
            self.tally.deliveries.set(0);
            self.rooms.iter().for_each(|room| room.speaker().write(&room.frame));
            self.heard_by(all).await;
            if self.deliveries() == all {
                for room in &self.rooms {
                    room.audience.set(members);
                    room.members.iter().for_each(|member| member.heard.set(0));
                }
                return;
            }
        }
        panic!("{} of {all} members heard a frame", self.deliveries());
    }

    /// Each member sends one frame, so that every socket has been used both ways. Nothing is measured afterwards.
    pub(crate) async fn all_speak(&mut self) {
        for room in &self.rooms {
            room.audience.set(0);
        }
        self.tally.deliveries.set(0);
        let mut spoken = 0;
        for room in self.rooms.clone() {
            room.members.iter().for_each(|member| member.writer.write(&room.frame));
            spoken += room.members.len();
            if spoken >= AT_ONCE {
                spoken = 0;
                self.wait(TICK).await;
            }
        }
        let members = self.rooms[0].members.len();
        self.heard_by(self.rooms.len() * members * members).await;
    }

    /// A closed loop: each room keeps `window` frames under way; once every member has heard the oldest, its speaker
    /// sends the next.
    pub(crate) async fn keep_under_way(&mut self, window: usize, time: Duration, meter: &Meter) -> Heard {
        for room in &self.rooms {
            room.window.set(window);
            room.fill();
        }
        self.wait(WARM_UP).await;
        let (began, before, cost) = (Instant::now(), self.tally.deliveries.get(), meter.read());
        self.wait(time).await;
        let (time, deliveries) = (began.elapsed(), self.tally.deliveries.get() - before);
        let cost = meter.read().since(&cost);
        self.rooms.iter().for_each(|room| room.window.set(0));
        let missing = self.drain().await;
        Heard { time, deliveries, cost, missing, times: Vec::new() }
    }

    /// An even pace: `rate` frames a second over all rooms, which take turns, whatever arrives.
    pub(crate) async fn keep_pace(&mut self, rate: u64, time: Duration, meter: &Meter) -> Heard {
        let began = Instant::now();
        let (mut sent, mut measured) = (0, None);
        while began.elapsed() < WARM_UP + time {
            if measured.is_none() && began.elapsed() >= WARM_UP {
                *self.tally.times.borrow_mut() = Some(Vec::new());
                measured = Some((Instant::now(), self.tally.deliveries.get(), meter.read()));
            }
            let due = u64::try_from(began.elapsed().as_micros()).unwrap() * rate / 1_000_000;
            for number in sent..due {
                self.rooms[usize::try_from(number).unwrap() % self.rooms.len()].send(1);
            }
            sent = due;
            self.wait(TICK).await;
        }
        let (began, before, cost) = measured.expect("the load was measured");
        let (time, deliveries) = (began.elapsed(), self.tally.deliveries.get() - before);
        let cost = meter.read().since(&cost);
        let missing = self.drain().await;
        let times = self.tally.times.take().unwrap_or_default();
        Heard { time, deliveries, cost, missing, times }
    }

    /// Waits; panics when a reader does.
    pub(crate) async fn wait(&mut self, time: Duration) {
        tokio::select! {
            () = sleep(time) => {}
            Some(ended) = self.readers.join_next() => ended.expect("readers read on"),
        }
    }

    /// Waits until there were so many deliveries, or too long.
    async fn heard_by(&mut self, deliveries: usize) {
        let began = Instant::now();
        while self.deliveries() < deliveries && began.elapsed() < DRAIN {
            self.wait(TICK).await;
        }
    }

    fn deliveries(&self) -> usize {
        usize::try_from(self.tally.deliveries.get()).unwrap()
    }

    /// Waits for what is under way; the number of deliveries that did not come.
    async fn drain(&mut self) -> usize {
        let began = Instant::now();
        loop {
            let flights = self.rooms.iter().map(|room| room.under_way.borrow().iter().map(|it| it.left).sum::<usize>());
            let left = flights.sum();
            if left == 0 || began.elapsed() > DRAIN {
                return left;
            }
            self.wait(TICK).await;
        }
    }
}

impl Room {
    fn speaker(&self) -> &Writer {
        &self.members[0].writer
    }

    /// Sends some frames in one write.
    fn send(&self, frames: usize) {
        self.speaker().write(&self.frame.repeat(frames));
        let (sent, left) = (Instant::now(), self.audience.get());
        self.under_way.borrow_mut().extend((0..frames).map(|_| Flight { sent, left }));
    }

    fn fill(&self) {
        let missing = self.window.get().saturating_sub(self.under_way.borrow().len());
        if missing > 0 {
            self.send(missing);
        }
    }

    /// A member has heard the next frames: all hear them in the order in which they were sent.
    fn hear(&self, member: usize, frames: u64, tally: &Tally) {
        let heard = &self.members[member].heard;
        let before = heard.replace(heard.get() + frames);
        tally.deliveries.set(tally.deliveries.get() + frames);
        if self.audience.get() == 0 {
            return;
        }
        let mut under_way = self.under_way.borrow_mut();
        let first = usize::try_from(before - self.done.get()).unwrap();
        let heard = first..first + usize::try_from(frames).unwrap();
        assert!(heard.end <= under_way.len(), "a member heard more than was said");
        under_way.range_mut(heard.clone()).for_each(|flight| flight.left -= 1);
        if let Some(times) = tally.times.borrow_mut().as_mut() {
            let now = Instant::now();
            times.extend(under_way.range(heard).map(|flight| now - flight.sent));
        }
        while under_way.front().is_some_and(|flight| flight.left == 0) {
            under_way.pop_front();
            self.done.set(self.done.get() + 1);
        }
        drop(under_way);
        self.fill();
    }
}
