//! The pools: each consumes events, decides, and publishes what follows. One runtime carries them all.

pub mod backup;
pub mod classifier;
pub mod embedding;
pub mod import;
pub mod llm;
pub mod moderation;
pub mod notify;
pub mod persistence;
pub mod process;
pub mod rag;
pub mod ratelimit;
pub mod routing;
pub mod runtime;
pub mod webhooks;
