//! From an article to what the index keeps of it.

use std::sync::Arc;

use contracts::Article;

use super::{
    IndexError,
    chunking::{Chunk, chunks},
    index::Point,
    sparse::{Sparse, WordCounter},
};
use crate::embedding::{Embedding, Encoder, EncoderError, MAX_TOKENS};

/// The share of a passage's context in its meaning.
const CONTEXT: f32 = 0.6;

/// Makes passages of articles, and vectors of passages and questions.
#[derive(Clone)]
pub struct Passages {
    encoder: Arc<Encoder>,
    words: Arc<WordCounter>,
}

impl Passages {
    /// With a sentence encoder.
    pub fn new(encoder: Arc<Encoder>) -> Result<Self, IndexError> {
        Ok(Self { encoder, words: Arc::new(WordCounter::new()?) })
    }

    /// The passages of an article, at least one. Blocks for some hundredths of a second for each.
    pub fn of(&self, article: &Article) -> Result<Vec<Point>, EncoderError> {
        let Article { title, body, .. } = article;
        // A text with more tokens is cut to this many, so one with fewer was read whole.
        let mut chunks = chunks(title, body, |text| self.encoder.tokens(text).map(|tokens| tokens < MAX_TOKENS))?;
        if chunks.is_empty() {
            chunks.push(Chunk { heading: String::new(), text: title.clone() });
        }
        let of = chunks.len();
        let point = |(place, chunk): (usize, Chunk)| {
            let text = chunk.in_context(title);
            let meaning = self.meaning(&text, &chunk.text)?;
            Ok(Point::new(article, (place, of), chunk, (meaning, self.words.passage(&text))))
        };
        chunks.into_iter().enumerate().map(point).collect()
    }

    /// The mean of a passage's vector in its context and of that of its text alone: the headings say what it is about, and
    /// would hide what only its sentences say. It is not scaled to length one, so that its dot product with a question's
    /// vector is the mean of both cosines.
    fn meaning(&self, in_context: &str, text: &str) -> Result<Embedding, EncoderError> {
        let (whole, alone) = (self.encoder.encode(in_context)?, self.encoder.encode(text)?);
        let mut mean = whole;
        for (value, alone) in mean.iter_mut().zip(alone) {
            *value = CONTEXT * *value + (1.0 - CONTEXT) * alone;
        }
        Ok(mean)
    }

    /// The vectors of a question. Blocks for some hundredths of a second.
    pub fn of_question(&self, question: &str) -> Result<(Embedding, Sparse), EncoderError> {
        Ok((self.encoder.encode(question)?, self.words.question(question)))
    }
}
