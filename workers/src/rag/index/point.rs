//! A passage as a point: its vectors, and what is kept beside them.

use chrono::{DateTime, Utc};
use contracts::{Article, ArticleId, article::Audience};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{FORM, Stored};
use crate::{
    embedding::Embedding,
    rag::{chunking::Chunk, sparse::Sparse},
};

/// The namespace of points' ids.
const POINTS: Uuid = Uuid::from_u128(0x0193_5b2e_6f40_7cc1_9a53_de5c_317e_0002);

/// The name of the vector of meaning.
pub(super) const MEANING: &str = "meaning";
/// The name of the vector of words.
pub(super) const WORDS: &str = "words";
/// The name of the vectors of tokens. They are kept on disk, in half precision, and searched among few points alone.
pub(super) const TOKENS: &str = "tokens";

/// The fields by which points are filtered.
pub(super) const FILTERED: [&str; 3] = ["article_id", "audience", "state"];

/// What an article said when it was indexed: the same for the same words, whoever computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct State(Uuid);

impl State {
    /// Of an article. Its version alone would not do: a desk that was brought back from a backup gives versions again.
    pub fn of(article: &Article) -> Self {
        let Article { id, version, title, body, audience, tags, .. } = article;
        let text = format!("{FORM}\n{id}\n{version}\n{audience}\n{title}\n{}\n{body}", tags.join("\n"));
        Self(Uuid::new_v5(&POINTS, text.as_bytes()))
    }

    pub(super) fn text(self) -> String {
        self.0.to_string()
    }
}

impl From<Uuid> for State {
    fn from(state: Uuid) -> Self {
        Self(state)
    }
}

/// When a collection was made: its name ends with a UUID that holds the time. One with another name is as old as can be.
pub(super) fn made_at(collection: &str) -> DateTime<Utc> {
    let id = collection.len().checked_sub(36).and_then(|start| collection.get(start..));
    let time = id.and_then(|id| Uuid::try_parse(id).ok()?.get_timestamp());
    let time = time.and_then(|time| DateTime::from_timestamp(time.to_unix().0.try_into().ok()?, time.to_unix().1));
    time.unwrap_or(DateTime::UNIX_EPOCH)
}

/// A passage for the index.
#[derive(Clone, Debug)]
pub struct Point {
    /// The same for the same place in the same article.
    pub id: Uuid,
    /// What is kept beside the vectors.
    pub payload: Payload,
    /// By what it is found.
    pub vectors: Vectors,
}

/// What a passage or a question says, as numbers.
#[derive(Clone, Debug)]
pub struct Vectors {
    /// What it means; of length one at most.
    pub meaning: Embedding,
    /// Its words.
    pub words: Sparse,
    /// What each of its tokens means, at least one; of length one.
    pub tokens: Vec<Vec<f32>>,
}

/// What is kept beside the vectors of a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The article that it is of.
    pub article_id: ArticleId,
    /// Who may be shown it.
    pub audience: Audience,
    /// What the article said.
    pub state: State,
    /// How many points the article has.
    pub points: usize,
    /// The article's title.
    pub title: String,
    /// The headings above the passage.
    pub heading: String,
    /// The passage.
    pub text: String,
}

impl Point {
    /// Of the passage at `place`, from 0, of an article with so many.
    pub fn new(article: &Article, (place, of): (usize, usize), chunk: Chunk, vectors: Vectors) -> Self {
        Self {
            id: Uuid::new_v5(&POINTS, format!("{}\n{place}", article.id).as_bytes()),
            payload: Payload {
                article_id: article.id,
                audience: article.audience,
                state: State::of(article),
                points: of,
                title: article.title.clone(),
                heading: chunk.heading,
                text: chunk.text,
            },
            vectors,
        }
    }
}

impl From<Payload> for Stored {
    fn from(Payload { article_id, title, heading, text, .. }: Payload) -> Self {
        Self { article_id, title, heading, text }
    }
}

/// What an index needs to know of a point to tell in which state its article is.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Mark {
    pub(super) article_id: ArticleId,
    pub(super) state: State,
    pub(super) points: usize,
}

/// The fields of a [`Mark`].
pub(super) const MARK: [&str; 3] = ["article_id", "state", "points"];

/// The states of articles from the marks of all their points.
#[derive(Default)]
pub(super) struct States(std::collections::HashMap<ArticleId, (Mark, usize, bool)>);

impl States {
    pub(super) fn count(&mut self, mark: &Mark) {
        let (first, seen, same) = self.0.entry(mark.article_id).or_insert_with(|| (mark.clone(), 0, true));
        *seen += 1;
        *same &= first.state == mark.state;
    }

    /// An article whose points are of several states, or too few, is in none.
    pub(super) fn all(self) -> std::collections::HashMap<ArticleId, Option<State>> {
        let state = |(mark, seen, same): (Mark, usize, bool)| (same && seen == mark.points).then_some(mark.state);
        self.0.into_iter().map(|(article, marks)| (article, state(marks))).collect()
    }
}
