//! What a move came to.

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    ops::Range,
};

use super::rows::{Counts, KINDS};

/// How a piece stands in the two stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is the same.
    None,
    /// It is the same now.
    Mended,
    /// It differs, in this.
    Left(String),
}

/// What a move came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Pieces that were copied.
    pub copied: u64,
    /// The place that the log had before anything was copied, and that up to which it was followed.
    pub followed: Range<u64>,
    /// What differs still, by the name of the piece.
    pub differences: BTreeMap<String, String>,
    /// How many rows there are in the file.
    pub source: Counts,
    /// And how many in the cluster.
    pub target: Counts,
    /// Whether workers write to the file still.
    pub running: bool,
}

/// Differences that are told one by one.
const TOLD: usize = 20;

impl Report {
    /// Adds how a piece stands, now that it was looked at.
    pub fn add(&mut self, piece: String, found: Difference) {
        match found {
            Difference::Left(what) => {
                self.differences.insert(piece, what);
            }
            Difference::None | Difference::Mended => {
                self.copied += u64::from(found == Difference::Mended);
                self.differences.remove(&piece);
            }
        }
    }

    /// Whether both stores hold the same.
    pub fn same(&self) -> bool {
        self.differences.is_empty() && self.source == self.target
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<34}{:>12}{:>12}", "Rows", "SQLite", "Cluster")?;
        for ((kind, source), target) in KINDS.iter().zip(self.source).zip(self.target) {
            let mark = if source == target { "" } else { "  differs" };
            writeln!(f, "{kind:<34}{source:>12}{target:>12}{mark}")?;
        }
        writeln!(f, "\nFollowed the log from event {} to {}.", self.followed.start, self.followed.end)?;
        writeln!(f, "Copied: {}. Different: {}.", self.copied, self.differences.len())?;
        for (piece, what) in self.differences.iter().take(TOLD) {
            writeln!(f, "  {piece}: {what}")?;
        }
        if self.differences.len() > TOLD {
            writeln!(f, "  and {} more", self.differences.len() - TOLD)?;
        }
        f.write_str(match (self.same(), self.running) {
            (true, true) => "The same, and the workers go on writing to the file: stop them, and run this again.",
            (true, false) => "The same, and no worker runs: set store.backend = \"scylla\", and start the workers.",
            (false, true) => "Not the same, as may be while workers write to the file: stop them, and run this again.",
            (false, false) => "Not the same. Do not start the workers on the cluster.",
        })
    }
}
