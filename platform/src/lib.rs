//! What both processes stand on: configuration, logs and the broker.

pub mod broker;
pub mod config;
pub mod shutdown;
pub mod telemetry;
pub mod threads;
