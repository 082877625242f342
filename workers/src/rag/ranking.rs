//! Which candidates answer a question best, and whether any does.
//!
//! The constants were chosen on the development questions of the evaluation sets, handbook, xquad and Stack Exchange, each over
//! its own documents, and for the decision to answer also over those of another: `./deploy/eval retrieval` measures them.

use std::collections::HashMap;

use uuid::Uuid;

use super::{index::Stored, retriever::Passage};

/// What the words add to a score: so much for the candidate that has the most of them.
const WORDS: f32 = 0.15;
/// What the tokens add, of which each counts by the nearest of the candidate's own: it tells a passage that has what was asked
/// in one place from one that is about it on the whole.
const TOKENS: f32 = 2.0;

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

/// A candidate and its score.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    candidate: Candidate,
    score: f32,
}

impl Ranked {
    pub(super) fn id(&self) -> Uuid {
        self.candidate.id
    }
}

/// The best by meaning and words, the best first.
pub(super) fn shortlist(candidates: Vec<Candidate>, limit: usize) -> Vec<Ranked> {
    let most = best(&candidates, |candidate| candidate.words);
    let score = |candidate: &Candidate| candidate.meaning + WORDS * candidate.words / most;
    let ranked = candidates.into_iter().map(|candidate| Ranked { score: score(&candidate), candidate });
    in_order(ranked.collect(), limit)
}

/// The best of a shortlist once the nearness of their tokens is known, the best first.
pub(super) fn rank(mut shortlist: Vec<Ranked>, nearness: &HashMap<Uuid, f32>, limit: usize) -> Vec<Passage> {
    for Ranked { candidate, score } in &mut shortlist {
        *score += TOKENS * nearness.get(&candidate.id).copied().unwrap_or_default();
    }
    let passage = |Ranked { candidate, score }: Ranked| {
        let Stored { article_id, title, heading, text } = candidate.passage;
        Passage { article_id, title, heading, text, score }
    };
    in_order(shortlist, limit).into_iter().map(passage).collect()
}

fn in_order(mut ranked: Vec<Ranked>, limit: usize) -> Vec<Ranked> {
    ranked.sort_by(|left, right| right.score.total_cmp(&left.score).then_with(|| left.id().cmp(&right.id())));
    ranked.truncate(limit);
    ranked
}

fn best(candidates: &[Candidate], of: fn(&Candidate) -> f32) -> f32 {
    candidates.iter().map(of).fold(f32::MIN_POSITIVE, f32::max)
}

/// Whether a question of so many words, stop words left out, is likely to be answered. A near meaning is enough; a less near
/// one, where rare words of the question are there as well. How rare a word can be depends on how many passages there are,
/// which the number of candidates tells where they are few.
#[allow(clippy::cast_precision_loss, reason = "a question has few words, and is given few candidates")]
pub(super) fn is_answered(words: usize, candidates: &[Candidate]) -> bool {
    let each = best(candidates, |candidate| candidate.words) / words.max(1) as f32;
    let enough = WORD_ENOUGH.min(rarest(candidates.len() as f32));
    let nearest = best(candidates, |candidate| candidate.meaning);
    nearest + WORDS_ANSWER * (each / enough).min(1.0) >= ANSWERED
}

/// The inverse document frequency of a word that is in one of so many passages, as BM25 has it (Robertson and Zaragoza,
/// "The Probabilistic Relevance Framework", 2009).
fn rarest(passages: f32) -> f32 {
    ((passages - 0.5) / 1.5).ln_1p()
}
