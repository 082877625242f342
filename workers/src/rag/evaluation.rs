//! Measuring retrieval on labelled questions: how often the right document is found, and how often the bot would not
//! answer. What is measured is the pool's own code, over an index of the given documents.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    thread,
};

use chrono::DateTime;
use contracts::{Article, ArticleId, article::Audience};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Index, IndexError, Passages, RetrievalError, Retriever, index::Embedded};
use crate::embedding::{Embedder, EncoderError};

/// Passages that are asked for, so that five documents are among them where some have several.
const PASSAGES: usize = 20;
/// Documents that are written at once.
const AT_ONCE: usize = 100;

/// Why nothing can be measured.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// A file, or the place of the index, cannot be used.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line is not what it must be.
    #[error("{}, line {line}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The sentence encoder failed.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    /// A search failed.
    #[error(transparent)]
    Retrieval(#[from] RetrievalError),
}

/// A line of the documents.
#[derive(Deserialize)]
struct Document {
    doc_id: String,
    title: String,
    text: String,
}

/// A line of the questions.
#[derive(Deserialize)]
struct Question {
    question: String,
    /// Any of them answers it; none of them is there where it is off the topic.
    doc_ids: Vec<String>,
}

/// How well questions are answered; each a share of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RetrievalFigures {
    /// The first document is a right one.
    pub hit_at_1: f64,
    /// One of the first five is.
    pub hit_at_5: f64,
    /// The bot would not answer.
    pub declined: f64,
}

/// Measures retrieval on files of documents and questions, JSON Lines both, with the encoder of a folder.
pub async fn evaluate(encoder: &Path, docs: &Path, questions: &Path) -> Result<RetrievalFigures, EvaluationError> {
    let (documents, questions): (Vec<Document>, Vec<Question>) = (read(docs)?, read(questions)?);
    let passages = Passages::new(Arc::new(Embedder::open(encoder)?))?;
    let folder = tempfile::tempdir().map_err(|source| EvaluationError::File { path: std::env::temp_dir(), source })?;
    let index = Embedded::open(folder.path()).await?;
    let names: HashMap<ArticleId, String> =
        documents.iter().map(|document| (article_id(document), document.doc_id.clone())).collect();
    let mut draft = index.draft().await?;
    // On all cores.
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let made = stream::iter(&documents).map(|document| async { passages.of(&article(document)).await }).buffered(cores);
    let mut batches = pin!(made.chunks(AT_ONCE));
    while let Some(batch) = batches.next().await {
        let points = batch.into_iter().collect::<Result<Vec<_>, _>>()?;
        draft.add(points.into_iter().flatten().collect()).await?;
    }
    draft.publish().await?;
    let retriever = Retriever::new(Arc::new(index), passages.clone());
    let (mut first, mut five, mut declined) = (0, 0, 0);
    for asked in &questions {
        let found = retriever.search(&asked.question, &[Audience::Everyone], PASSAGES).await?;
        let mut order: Vec<ArticleId> = Vec::new();
        for passage in found.passages {
            if !order.contains(&passage.article_id) {
                order.push(passage.article_id);
            }
        }
        let right = |id: &ArticleId| names.get(id).is_some_and(|name| asked.doc_ids.contains(name));
        first += usize::from(order.first().is_some_and(right));
        five += usize::from(order.iter().take(5).any(right));
        declined += usize::from(!found.answered);
    }
    #[allow(clippy::cast_precision_loss, reason = "there are not so many questions")]
    let share = |count: usize| count as f64 / questions.len().max(1) as f64;
    Ok(RetrievalFigures { hit_at_1: share(first), hit_at_5: share(five), declined: share(declined) })
}

fn article_id(document: &Document) -> ArticleId {
    ArticleId::derived(&["evaluation", &document.doc_id])
}

/// A document as an article. A title of `page > heading > heading` is an article's title, and headings above its text.
fn article(document: &Document) -> Article {
    let mut path = document.title.split(" > ");
    let title = path.next().unwrap_or_default().to_owned();
    let headings = path.enumerate().map(|(depth, heading)| format!("{} {heading}\n\n", "#".repeat(2 + depth.min(4))));
    Article {
        id: article_id(document),
        version: 1,
        title,
        body: headings.chain([document.text.clone()]).collect(),
        audience: Audience::Everyone,
        tags: Vec::new(),
        published: true,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, EvaluationError> {
    let text = fs::read_to_string(path).map_err(|source| EvaluationError::File { path: path.to_owned(), source })?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let record = |(index, line)| {
        serde_json::from_str(line).map_err(|source| EvaluationError::Line {
            path: path.to_owned(),
            line: index + 1,
            source,
        })
    };
    lines.map(record).collect()
}
