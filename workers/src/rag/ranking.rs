//! Which candidates answer a question best, and whether any does.
//!
//! The constants were chosen on the development questions of the evaluation sets, handbook, xquad and Stack Exchange, each over
//! its own documents, and for the decision to answer also over those of another: `./deploy/eval retrieval` measures them.

use uuid::Uuid;

use super::{
    index::Stored,
    retriever::{Found, Passage},
};

/// What the words add to a score: so much for the candidate that has the most of them.
const WORDS: f32 = 0.15;

/// A question is answered where the nearest meaning and the words together come to this.
const ANSWERED: f32 = 0.57;
/// What the words add there, at most, and the weight of a word, on the average of the question's, that adds all of it: that
/// of a word that is in one of some thirty passages.
const WORDS_ANSWER: f32 = 0.25;
const WORD_ENOUGH: f32 = 3.0;

/// A passage that may answer.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) id: Uuid,
    pub(super) passage: Stored,
    /// The dot product of its meaning and the question's.
    pub(super) meaning: f32,
    /// Its weight by BM25.
    pub(super) words: f32,
}

/// The best first. `words` is how many words the question has, stop words left out.
pub(super) fn rank(words: usize, candidates: Vec<Candidate>, limit: usize) -> Found {
    let best = |of: fn(&Candidate) -> f32| candidates.iter().map(of).fold(f32::MIN_POSITIVE, f32::max);
    let (nearest, most) = (best(|candidate| candidate.meaning), best(|candidate| candidate.words));
    let answered = is_answered(nearest, most, words, candidates.len());
    let score = |candidate: &Candidate| candidate.meaning + WORDS * candidate.words / most;
    let mut ranked: Vec<_> = candidates.into_iter().map(|candidate| (score(&candidate), candidate)).collect();
    ranked.sort_by(|(left, one), (right, other)| right.total_cmp(left).then(one.id.cmp(&other.id)));
    let passage = |(score, candidate): (f32, Candidate)| {
        let Stored { article_id, title, heading, text } = candidate.passage;
        Passage { article_id, title, heading, text, score }
    };
    Found { passages: ranked.into_iter().take(limit).map(passage).collect(), answered }
}

/// A near meaning is enough; a less near one, where rare words of the question are there as well. How rare a word can be
/// depends on how many passages there are, which `candidates` tells where they are few.
#[allow(clippy::cast_precision_loss, reason = "a question has few words, and is given few candidates")]
fn is_answered(nearest: f32, most: f32, words: usize, candidates: usize) -> bool {
    let each = most / words.max(1) as f32;
    let enough = WORD_ENOUGH.min(rarest(candidates as f32));
    nearest + WORDS_ANSWER * (each / enough).min(1.0) >= ANSWERED
}

/// The inverse document frequency of a word that is in one of so many passages, as BM25 has it (Robertson and Zaragoza,
/// "The Probabilistic Relevance Framework", 2009).
fn rarest(passages: f32) -> f32 {
    ((passages - 0.5) / 1.5).ln_1p()
}
