//! The words of a text as a sparse vector, weighed as BM25 weighs them; how rare a word is, the index adds.

use qdrant_edge::{
    bm25_embed::{EdgeBm25, EdgeBm25Config},
    external::ordered_float::NotNan,
};

use super::IndexError;

/// The mean number of words of a passage, stop words left out.
const MEAN_WORDS: f64 = 64.0;

/// A vector of which few numbers are not zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sparse {
    /// Their places.
    pub indices: Vec<u32>,
    /// The numbers there.
    pub values: Vec<f32>,
}

/// Counts words: English stop words left out, the others by their stem.
#[derive(Debug)]
pub struct WordCounter(EdgeBm25);

impl WordCounter {
    /// The counter that both the passages and the questions of an index are given to.
    pub fn new() -> Result<Self, IndexError> {
        let avg_len = NotNan::new(MEAN_WORDS).map_err(|error| IndexError::Engine(error.to_string()))?;
        let config = EdgeBm25Config { avg_len, ..EdgeBm25Config::default() };
        EdgeBm25::new(config).map(Self).map_err(|error| IndexError::Engine(error.to_string()))
    }

    /// Of a passage: each word by how often it is there and how long the passage is.
    pub fn passage(&self, text: &str) -> Sparse {
        let vector = self.0.embed_document(text);
        Sparse { indices: vector.indices, values: vector.values }
    }

    /// Of a question: each word once.
    pub fn question(&self, text: &str) -> Sparse {
        let vector = self.0.embed_query(text);
        Sparse { indices: vector.indices, values: vector.values }
    }
}
