//! The end-to-end suite: each test has a desk of its own, of the real processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod access;
mod ai;
mod articles;
mod away;
mod broker;
mod chat;
mod configuration;
mod faults;
mod idempotency;
mod journey;
mod lists;
mod moderation;
mod operation;
mod oversight;
mod page;
mod people;
mod pipeline;
mod quota;
mod sessions;
mod validation;
mod webhooks;
