//! Rooms of two, in which one sends messages and the other reads them: frames that are stored and acknowledged.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use super::{
    hall::{DRAIN, TICK, WARM_UP, gather, latency},
    link::{Reader, Writer},
    meter::Meter,
    place::Place,
};
use crate::load::round;

/// About what people write at once.
const CONTENT: &str = "I tried the other cable, and the screen stays black. The lamp on the dock blinks twice now, \
    then stops. Shall I bring it down to you?";
const KEY: &[u8] = br#""client_message_id":""#;

/// Rooms of a sender and a reader each.
pub(crate) struct Post {
    rooms: usize,
    book: Rc<Book>,
    readers: JoinSet<()>,
    meter: Meter,
}

/// Every message that was sent, by its number, which is what its sender calls it.
struct Book {
    place: Rc<Place>,
    senders: Vec<Writer>,
    messages: RefCell<Vec<Message>>,
    /// Whether messages that are sent now are timed.
    timed: Cell<bool>,
    /// Messages that each room keeps under way; 0 for a paced load.
    window: Cell<usize>,
    acknowledged: Arrivals,
    delivered: Arrivals,
    under_way: Cell<usize>,
    /// Deliveries of what had been delivered before.
    doubled: Cell<usize>,
}

#[derive(Clone, Copy)]
struct Message {
    room: usize,
    sent: Instant,
    timed: bool,
    acknowledged: bool,
    delivered: bool,
}

#[derive(Default)]
struct Arrivals {
    count: Cell<u64>,
    times: RefCell<Vec<Duration>>,
}

impl Post {
    /// Opens the rooms.
    pub(crate) async fn open(place: &Rc<Place>, rooms: usize) -> Self {
        let gathered = gather(place, rooms, 2).await;
        let book = Rc::new(Book {
            place: Rc::clone(place),
            senders: gathered.iter().map(|readers| readers[0].writer()).collect(),
            messages: RefCell::default(),
            timed: Cell::new(false),
            window: Cell::new(0),
            acknowledged: Arrivals::default(),
            delivered: Arrivals::default(),
            under_way: Cell::new(0),
            doubled: Cell::new(0),
        });
        let mut readers = JoinSet::new();
        for (member, reader) in gathered.into_iter().flat_map(|room| room.into_iter().enumerate()) {
            readers.spawn_local(listen(reader, Rc::clone(&book), member == 0));
        }
        Self { rooms, book, readers, meter: Meter::new(place) }
    }

    /// An even pace: `rate` messages a second over all rooms, which take turns, whatever arrives.
    pub(crate) async fn keep_pace(&mut self, rate: u64, time: Duration) -> Value {
        let began = Instant::now();
        let mut sent = 0;
        let mut measurement = None;
        while began.elapsed() < WARM_UP + time {
            if measurement.is_none() && began.elapsed() >= WARM_UP {
                measurement = Some(self.begin());
            }
            let due = u64::try_from(began.elapsed().as_micros()).unwrap() * rate / 1_000_000;
            (sent..due).for_each(|number| self.book.send(usize::try_from(number).unwrap() % self.rooms));
            sent = due;
            self.wait(TICK).await;
        }
        self.end(measurement.expect("the load was measured")).await
    }

    /// A closed loop: each room keeps `window` messages under way, and sends the next when one is acknowledged and
    /// delivered.
    pub(crate) async fn keep_under_way(&mut self, window: usize, time: Duration) -> Value {
        self.book.window.set(window);
        (0..self.rooms).for_each(|room| (0..window).for_each(|_| self.book.send(room)));
        self.wait(WARM_UP).await;
        let measurement = self.begin();
        self.wait(time).await;
        self.end(measurement).await
    }

    fn begin(&self) -> Measurement {
        self.book.timed.set(true);
        let (acknowledged, delivered) = (self.book.acknowledged.count.get(), self.book.delivered.count.get());
        Measurement { began: Instant::now(), acknowledged, delivered, cost: self.meter.read() }
    }

    /// Ends the load, waits for what is under way, and says what was measured.
    async fn end(&mut self, from: Measurement) -> Value {
        let book = Rc::clone(&self.book);
        let time = from.began.elapsed().as_secs_f64();
        let cost = self.meter.read().since(&from.cost);
        let delivered = book.delivered.count.get() - from.delivered;
        let acknowledged = book.acknowledged.count.get() - from.acknowledged;
        book.timed.set(false);
        book.window.set(0);
        let ended = Instant::now();
        while book.under_way.get() > 0 && ended.elapsed() < DRAIN {
            self.wait(TICK).await;
        }
        let mut figures = json!({
            "delivered_per_second": per_second(delivered, time),
            "publish_to_delivery": latency(book.delivered.times.take()),
            "processor_us_per_message": cost.each_us(delivered),
            "missing": book.under_way.replace(0),
            "doubled": book.doubled.replace(0),
        });
        if book.place.acknowledges() {
            figures["acknowledged_per_second"] = per_second(acknowledged, time);
            figures["publish_to_ack"] = latency(book.acknowledged.times.take());
        }
        figures
    }

    /// Waits; panics when a reader does.
    async fn wait(&mut self, time: Duration) {
        tokio::select! {
            () = sleep(time) => {}
            Some(ended) = self.readers.join_next() => ended.expect("readers read on"),
        }
    }
}

struct Measurement {
    began: Instant,
    acknowledged: u64,
    delivered: u64,
    cost: super::meter::Cost,
}

/// Reads what comes to one member, and enters it in the book: acknowledgements of the sender, messages of the reader.
async fn listen(mut reader: Reader, book: Rc<Book>, sends: bool) {
    loop {
        reader
            .read(|frame| {
                if frame.starts_with(br#"{"type":"chat""#) {
                    // The sender sees its own message, too.
                    if !sends {
                        book.deliver(number(frame));
                    }
                } else if frame.starts_with(br#"{"type":"ack""#) {
                    book.acknowledge(number(frame));
                } else {
                    let refused = [&br#"{"type":"error""#[..], br#"{"type":"full_refresh""#];
                    let refused = refused.iter().any(|start| frame.starts_with(start));
                    assert!(!refused, "the other side said: {}", String::from_utf8_lossy(frame));
                }
            })
            .await;
    }
}

/// What the sender of a message calls it.
fn number(frame: &[u8]) -> usize {
    let key = frame.windows(KEY.len()).rposition(|bytes| bytes == KEY).expect("the load gives every message an id");
    let digits = frame[key + KEY.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}

impl Book {
    fn send(&self, room: usize) {
        let mut messages = self.messages.borrow_mut();
        let frame = self.place.message(room, CONTENT, &messages.len().to_string());
        self.senders[room].write(&frame);
        messages.push(Message {
            room,
            sent: Instant::now(),
            timed: self.timed.get(),
            acknowledged: !self.place.acknowledges(),
            delivered: false,
        });
        self.under_way.set(self.under_way.get() + 1);
    }

    fn acknowledge(&self, number: usize) {
        let message = {
            let message = &mut self.messages.borrow_mut()[number];
            message.acknowledged = true;
            *message
        };
        self.acknowledged.enter(message);
        self.settle(message);
    }

    fn deliver(&self, number: usize) {
        let message = {
            let message = &mut self.messages.borrow_mut()[number];
            if message.delivered {
                self.doubled.set(self.doubled.get() + 1);
                return;
            }
            message.delivered = true;
            *message
        };
        self.delivered.enter(message);
        self.settle(message);
    }

    /// A message that is acknowledged and delivered makes room for the next.
    fn settle(&self, message: Message) {
        if message.acknowledged && message.delivered {
            self.under_way.set(self.under_way.get().saturating_sub(1));
            if self.window.get() > 0 {
                self.send(message.room);
            }
        }
    }
}

impl Arrivals {
    fn enter(&self, message: Message) {
        self.count.set(self.count.get() + 1);
        if message.timed {
            self.times.borrow_mut().push(message.sent.elapsed());
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds are far below the limit")]
fn per_second(count: u64, seconds: f64) -> Value {
    json!(round(count as f64 / seconds))
}
