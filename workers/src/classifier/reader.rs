//! From a ticket's text to its features: the n-grams, and the meaning that the sentence encoder finds in it.

use std::sync::Arc;

use super::concepts::Concepts;
use super::features::Features;
use crate::embedding::{Embedder, EncoderError};

/// Reads texts in the way that one of the models expects.
pub(crate) struct Reader {
    embedder: Arc<Embedder>,
    concepts: Concepts,
    title_weight: usize,
}

impl Reader {
    /// Words of the title count `title_weight` times among the n-grams.
    pub(crate) fn new(embedder: Arc<Embedder>, concepts: Concepts, title_weight: usize) -> Self {
        Self { embedder, concepts, title_weight }
    }

    /// All features of a ticket. The encoder reads the beginning of a long one.
    pub(crate) fn read(&self, title: &str, description: &str) -> Result<Features, EncoderError> {
        let text = format!("{title}\n{description}");
        Ok(self.skim(title, description).with_meaning(&self.embedder.encode(text.trim())?))
    }

    /// The n-grams of a ticket alone, at a small part of the time.
    pub(crate) fn skim(&self, title: &str, description: &str) -> Features {
        Features::of(title, description, self.title_weight, &self.concepts)
    }
}
