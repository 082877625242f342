//! From a question to the passages that answer it.

use std::{collections::HashMap, sync::Arc};

use contracts::{ArticleId, article::Audience};
use uuid::Uuid;

use super::{
    Index, IndexError, Passages,
    index::{Hit, Search, Stored, Target, Vectors},
    ranking::{Candidate, Ranked, is_answered, rank, shortlist},
};
use crate::embedding::EncoderError;

/// Passages of which the best are chosen: so many by their meaning, and as many by their words.
const CANDIDATES: usize = 40;
/// Passages whose tokens are compared with those of the question, at least.
const SHORTLIST: usize = 20;
/// Letters of a question that are read.
const QUESTION_MAX: usize = 2_000;

/// A passage that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Passage {
    /// The article that it is of.
    pub article_id: ArticleId,
    /// The article's title.
    pub title: String,
    /// The headings above it, from the outermost, with ` > ` between; empty where there is none.
    pub heading: String,
    /// Its text without the marks of Markdown; list items are lines, and the addresses of links are left out.
    pub text: String,
    /// How well it fits; it orders passages of one question, and means nothing else.
    pub score: f32,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The best first.
    pub passages: Vec<Passage>,
    /// Whether they are likely to answer the question.
    pub answered: bool,
}

/// Why nothing can be found.
#[derive(Debug, thiserror::Error)]
pub enum RetrievalError {
    /// The index does not answer.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The question has no vector.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

/// Finds passages.
pub struct Retriever {
    index: Arc<dyn Index>,
    passages: Passages,
}

impl Retriever {
    /// In an index.
    pub fn new(index: Arc<dyn Index>, passages: Passages) -> Self {
        Self { index, passages }
    }

    /// The passages that fit a question best, at most `limit`, of what `audiences` may be shown.
    pub async fn search(&self, query: &str, audiences: &[Audience], limit: usize) -> Result<Found, RetrievalError> {
        let end = query.char_indices().nth(QUESTION_MAX).map_or(query.len(), |(end, _)| end);
        let query = query[..end].trim();
        if query.is_empty() || audiences.is_empty() || limit == 0 {
            return Ok(Found::default());
        }
        let Vectors { meaning, words, tokens } = self.passages.of_question(query).await?;
        let count = words.indices.len();
        let targets = [Target::Meaning(Box::new(meaning)), Target::Words(words)];
        let candidates = self.candidates(targets, audiences).await?;
        let answered = is_answered(count, &candidates);
        let shortlist = shortlist(candidates, limit.max(SHORTLIST));
        let nearness = self.nearness(tokens, audiences, &shortlist).await?;
        Ok(Found { passages: rank(shortlist, &nearness, limit), answered })
    }

    /// How near the tokens of a question are to each of some passages, on the average.
    async fn nearness(
        &self,
        tokens: Vec<Vec<f32>>,
        audiences: &[Audience],
        passages: &[Ranked],
    ) -> Result<HashMap<Uuid, f32>, IndexError> {
        #[allow(clippy::cast_precision_loss, reason = "a question has few tokens")]
        let count = tokens.len().max(1) as f32;
        let search = Search {
            target: Target::Tokens(tokens),
            audiences: audiences.to_vec(),
            among: Some(passages.iter().map(Ranked::id).collect()),
            limit: passages.len(),
        };
        let hits = if passages.is_empty() { Vec::new() } else { self.index.search(vec![search]).await? };
        Ok(hits.into_iter().flatten().map(|hit| (hit.id, hit.score / count)).collect())
    }

    /// What is near by meaning or by words, each with both scores: what only one search found is looked up by the other.
    async fn candidates(&self, targets: [Target; 2], audiences: &[Audience]) -> Result<Vec<Candidate>, RetrievalError> {
        let search = |target: &Target, among: Option<Vec<Uuid>>| Search {
            target: target.clone(),
            audiences: audiences.to_vec(),
            limit: among.as_ref().map_or(CANDIDATES, Vec::len),
            among,
        };
        let both = targets.iter().map(|target| search(target, None)).collect();
        let [near, alike] = pair(self.index.search(both).await?);
        let scores = |hits: &[Hit]| hits.iter().map(|hit| (hit.id, hit.score)).collect::<HashMap<_, _>>();
        let (mut meanings, mut words) = (scores(&near), scores(&alike));
        let missing = |known: &HashMap<Uuid, f32>, hits: &[Hit]| -> Vec<Uuid> {
            hits.iter().map(|hit| hit.id).filter(|id| !known.contains_key(id)).collect()
        };
        let lacking = [missing(&meanings, &alike), missing(&words, &near)];
        if lacking.iter().any(|ids| !ids.is_empty()) {
            let further = targets.iter().zip(lacking).map(|(target, ids)| search(target, Some(ids))).collect();
            let [near, alike] = pair(self.index.search(further).await?);
            meanings.extend(scores(&near));
            words.extend(scores(&alike));
        }
        let mut passages: HashMap<Uuid, Stored> = HashMap::new();
        for hit in near.into_iter().chain(alike) {
            passages.extend(hit.passage.map(|passage| (hit.id, passage)));
        }
        let score = |scores: &HashMap<Uuid, f32>, id: Uuid| scores.get(&id).copied().unwrap_or_default();
        let candidate =
            |(id, passage)| Candidate { passage, meaning: score(&meanings, id), words: score(&words, id), id };
        Ok(passages.into_iter().map(candidate).collect())
    }
}

fn pair(hits: Vec<Vec<Hit>>) -> [Vec<Hit>; 2] {
    let mut hits = hits.into_iter();
    [hits.next().unwrap_or_default(), hits.next().unwrap_or_default()]
}
