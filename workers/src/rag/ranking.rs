//! Which candidates answer a question best, and whether any does.

use uuid::Uuid;

use super::{
    index::Stored,
    retriever::{Found, Passage},
};

/// The share of the words in a passage's score.
const WORDS: f32 = 0.2;
/// The cosine under which a passage says nothing of the question.
const FLOOR: f32 = 0.35;

/// A passage that may answer.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) id: Uuid,
    pub(super) passage: Stored,
    /// The cosine of its meaning and the question's.
    pub(super) meaning: f32,
    /// Its weight by BM25.
    pub(super) words: f32,
}

/// The best first.
pub(super) fn rank(_question: &str, candidates: Vec<Candidate>, limit: usize) -> Found {
    let most = candidates.iter().map(|candidate| candidate.words).fold(f32::MIN_POSITIVE, f32::max);
    let answered = candidates.iter().any(|candidate| candidate.meaning >= FLOOR);
    let score = |candidate: &Candidate| candidate.meaning + WORDS * candidate.words / most;
    let mut ranked: Vec<_> = candidates.into_iter().map(|candidate| (score(&candidate), candidate)).collect();
    ranked.sort_by(|(left, one), (right, other)| right.total_cmp(left).then(one.id.cmp(&other.id)));
    let passage = |(score, candidate): (f32, Candidate)| {
        let Stored { article_id, title, heading, text } = candidate.passage;
        Passage { article_id, title, heading, text, score }
    };
    Found { passages: ranked.into_iter().take(limit).map(passage).collect(), answered }
}
