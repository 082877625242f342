//! The store: what every backend must do, and what is particular to one.

mod conformance;
mod scylla;
mod sqlite;

pub(crate) use conformance::samples;
