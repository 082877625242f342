//! The index of articles and what is found in it.

mod chunking;
mod conformance;
mod embedded;
mod knowledge;
mod pool;
mod samples;
mod server;
