//! Tests of the pools from outside, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that fails says where")]

mod embedding;
mod persistence;
mod rag;
mod runtime;
mod store;
