//! Finding in the articles what answers a question.
//!
//! An article is divided into passages, each with a vector of its meaning and one of its words, which an [`Index`] keeps.
//! The pool follows the articles' events; what counts is the store: an event only says which article to look at.

mod answer;
pub mod chunking;
pub mod evaluation;
pub mod index;
mod keeping;
mod passages;
mod pool;
mod ranking;
mod reindex;
mod retriever;
pub mod sparse;

pub use answer::Bot;
pub use index::{Index, IndexError};
pub use keeping::{KeepError, Keeper};
pub use passages::Passages;
pub use pool::{AT_ONCE, Rag};
pub use reindex::ask_for_rebuild;
pub use retriever::{Found, Passage, RetrievalError, Retriever};
