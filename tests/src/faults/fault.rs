//! What is done to the desk, and what it may cost.

use std::time::Duration;

use clap::ValueEnum;

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fault {
    /// Nothing is done: what the other figures are to be compared with.
    None,
    /// One of two ingress processes is killed.
    IngressKill,
    /// The same, stopped.
    IngressStop,
    /// One of two worker processes is killed.
    WorkersKill,
    /// The same, stopped.
    WorkersStop,
    /// The broker that leads the stream of events is killed.
    LeaderKill,
    /// The same, stopped.
    LeaderStop,
    /// That broker and another one of the three are killed.
    BrokersKill,
    /// The same, stopped.
    BrokersStop,
    /// One of three nodes of the database is killed.
    DatabaseKill,
    /// The same, stopped.
    DatabaseStop,
    /// Every process is killed.
    AllKill,
    /// Every process is stopped.
    AllStop,
    /// The disk of the broker that leads the stream of events is full.
    DiskFull,
    /// The disks of all brokers are full.
    DisksFull,
    /// The clocks of one ingress and one worker process jump ahead by an hour, and back.
    ClockAhead,
    /// They jump back by an hour, and ahead.
    ClockBehind,
}

impl Fault {
    /// What it is called on the command line and in the report.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().unwrap().get_name().to_owned()
    }

    /// The longest time that may pass without a write in the store, of tickets and of messages.
    pub(crate) fn longest_gap(self) -> Option<Duration> {
        match self {
            Self::LeaderKill | Self::LeaderStop => Some(Duration::from_secs(10)),
            Self::DatabaseKill | Self::DatabaseStop => Some(Duration::from_secs(1)),
            _ => None,
        }
    }

    /// Whether every request must go well but those that the process in question was serving.
    pub(crate) fn spares_others(self) -> bool {
        matches!(
            self,
            Self::None
                | Self::IngressKill
                | Self::IngressStop
                | Self::WorkersKill
                | Self::WorkersStop
                | Self::ClockAhead
                | Self::ClockBehind
        )
    }

    /// Whether it is about the database, which with SQLite is a file.
    pub(crate) fn is_of_database(self) -> bool {
        matches!(self, Self::DatabaseKill | Self::DatabaseStop)
    }

    /// Whether brokers need small disks for it.
    pub(crate) fn is_of_disks(self) -> bool {
        matches!(self, Self::DiskFull | Self::DisksFull)
    }

    /// Whether processes need clocks of their own for it.
    pub(crate) fn is_of_clocks(self) -> bool {
        matches!(self, Self::ClockAhead | Self::ClockBehind)
    }
}
