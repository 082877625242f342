//! From an article to what the index keeps of it.

use std::sync::Arc;

use contracts::Article;

use super::{
    IndexError,
    chunking::{Chunk, chunks},
    index::{Point, Vectors},
    sparse::WordCounter,
};
use crate::embedding::{Embedder, EncoderError, MAX_TOKENS, Reading};

/// The share of a passage's context in its meaning.
const CONTEXT: f32 = 0.6;

/// Makes passages of articles, and vectors of passages and questions. Each computation takes a turn of the embedder's, so
/// that a question waits for passages that are being encoded, and not for the whole of a long article.
#[derive(Clone)]
pub struct Passages {
    embedder: Arc<Embedder>,
    words: Arc<WordCounter>,
}

impl Passages {
    /// With the embedder of the process.
    pub fn new(embedder: Arc<Embedder>) -> Result<Self, IndexError> {
        Ok(Self { embedder, words: Arc::new(WordCounter::new()?) })
    }

    /// The passages of an article, at least one.
    pub async fn of(&self, article: &Article) -> Result<Vec<Point>, EncoderError> {
        let (passages, title, body) = (self.clone(), article.title.clone(), article.body.clone());
        let chunks = self.embedder.run(move || passages.chunks(&title, &body)).await?;
        let of = chunks.len();
        let mut points = Vec::with_capacity(of);
        for (place, chunk) in chunks.into_iter().enumerate() {
            let (passages, in_context, text) = (self.clone(), chunk.in_context(&article.title), chunk.text.clone());
            let vectors = self.embedder.run(move || passages.vectors(&in_context, &text)).await?;
            points.push(Point::new(article, (place, of), chunk, vectors));
        }
        Ok(points)
    }

    fn chunks(&self, title: &str, body: &str) -> Result<Vec<Chunk>, EncoderError> {
        let encoder = self.embedder.encoder();
        // A text with more tokens is cut to this many, so one with fewer was read whole.
        let mut chunks = chunks(title, body, |text| encoder.tokens(text).map(|tokens| tokens < MAX_TOKENS))?;
        if chunks.is_empty() {
            chunks.push(Chunk { heading: String::new(), text: title.to_owned() });
        }
        Ok(chunks)
    }

    /// Its meaning is the mean of its vector in its context and of that of its text alone: the headings say what it is about,
    /// and would hide what only its sentences say. It is not scaled to length one, so that its dot product with a question's
    /// vector is the mean of both cosines.
    fn vectors(&self, in_context: &str, text: &str) -> Result<Vectors, EncoderError> {
        let encoder = self.embedder.encoder();
        let (Reading { mut meaning, tokens }, alone) = (encoder.read(in_context)?, encoder.encode(text)?);
        for (value, alone) in meaning.iter_mut().zip(alone) {
            *value = CONTEXT * *value + (1.0 - CONTEXT) * alone;
        }
        Ok(Vectors { meaning, words: self.words.passage(in_context), tokens })
    }

    /// The vectors of a question.
    pub async fn of_question(&self, question: &str) -> Result<Vectors, EncoderError> {
        let (encoder, words, question) = (self.embedder.encoder(), Arc::clone(&self.words), question.to_owned());
        let vectors = move || {
            let Reading { meaning, tokens } = encoder.read(&question)?;
            Ok(Vectors { meaning, words: words.question(&question), tokens })
        };
        self.embedder.run(vectors).await
    }
}
