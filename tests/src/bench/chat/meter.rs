//! The processor time that a load takes, in each process that has a part in it.

use std::time::Duration;

use serde_json::{Value, json};

use super::place::Place;
use crate::{load::round, machine::processor_time};

/// Reads the processor time of those processes.
pub(crate) struct Meter {
    server: u32,
    workers: Option<u32>,
    broker: Option<u32>,
}

/// Processor time: of a process since it began, or of a load.
#[derive(Default)]
pub(crate) struct Cost {
    server: Duration,
    workers: Option<Duration>,
    broker: Option<Duration>,
    load: Duration,
}

impl Meter {
    pub(crate) fn new(place: &Place) -> Self {
        Self { server: place.server, workers: place.workers, broker: place.broker }
    }

    pub(crate) fn read(&self) -> Cost {
        Cost {
            server: processor_time(self.server),
            workers: self.workers.map(processor_time),
            broker: self.broker.map(processor_time),
            load: processor_time(std::process::id()),
        }
    }
}

impl Cost {
    pub(crate) fn since(&self, before: &Self) -> Self {
        let since = |(now, before): (Duration, Duration)| now.saturating_sub(before);
        Self {
            server: since((self.server, before.server)),
            workers: self.workers.zip(before.workers).map(since),
            broker: self.broker.zip(before.broker).map(since),
            load: since((self.load, before.load)),
        }
    }

    pub(crate) fn add(&mut self, part: &Self) {
        let add = |sum: &mut Option<Duration>, part: Option<Duration>| {
            *sum = sum.zip(part).map(|(sum, part)| sum + part).or(part);
        };
        self.server += part.server;
        self.load += part.load;
        add(&mut self.workers, part.workers);
        add(&mut self.broker, part.broker);
    }

    /// In microseconds for each of `count`.
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds are far below the limit")]
    pub(crate) fn each_us(&self, count: u64) -> Value {
        let each = |time: Duration| round(time.as_secs_f64() * 1_000_000.0 / count.max(1) as f64);
        let mut figures = json!({"server": each(self.server), "load": each(self.load)});
        for (name, time) in [("workers", self.workers), ("broker", self.broker)] {
            if let Some(time) = time {
                figures[name] = json!(each(time));
            }
        }
        figures
    }
}
