//! The knowledge base.

use contracts::{
    Article, ArticleId, EventId, Outcome,
    query::{ArticlePage, ListArticles},
};
use scylla::{
    serialize::{
        SerializationError,
        row::{RowSerializationContext, SerializeRow},
        writers::RowWriter,
    },
    statement::batch::{Batch, BatchType},
};
use uuid::Uuid;

use super::{
    db::{Db, all_of, applied},
    rows::{integer, number},
};
use crate::persistence::store::{ArticleWrite, ArticleWritten, StoreError};

/// Ids that are read at once.
const PAGE: i32 = 200;
/// The bucket of all ids.
const BUCKET: i32 = 0;

pub(super) async fn get(db: &Db, id: ArticleId) -> Result<Option<Article>, StoreError> {
    type Columns = (Uuid, Option<i64>, Option<String>);
    let row: Option<Columns> = db.first(&db.run.article, (id.uuid(),)).await?;
    // An article that is not there has a partition when a request about it is on record.
    let Some((_, _, Some(json))) = row else { return Ok(None) };
    db.decode(&json).map(Some)
}

pub(super) async fn change(db: &Db, article: ArticleId, event: &EventId) -> Result<Option<Outcome>, StoreError> {
    let row: Option<(Option<String>,)> = db.first(&db.run.article_change, (article.uuid(), event.as_str())).await?;
    row.and_then(|(outcome,)| outcome).map(|outcome| db.decode(&outcome)).transpose()
}

/// Where no answer comes, nobody looks here whether the write was made: the event comes again, and finds its record.
pub(super) async fn write(db: &Db, write: &ArticleWrite) -> Result<ArticleWritten, StoreError> {
    let id = write.article_id;
    let record = Line::Record(id.uuid(), write.event.as_str().to_owned(), db.encode(&write.outcome)?);
    let mut batch = Batch::new(BatchType::Unlogged);
    let mut lines = Vec::new();
    if let Some(article) = write.article() {
        db.write(&db.run.add_article_id, (BUCKET, id.to_string())).await?;
        let expected = (write.expected > 0).then(|| integer(write.expected));
        batch.append_statement(db.run.change_article.clone());
        lines.push(Line::Article(integer(article.version), db.encode(article)?, id.uuid(), expected));
    }
    batch.append_statement(db.run.add_article_change.clone());
    lines.push(record);
    let answer = db.session.batch(&batch, &lines).await.map_err(|error| db.nodes.error(error))?;
    Ok(if applied(answer, &db.nodes)? { ArticleWritten::Written } else { ArticleWritten::Stale })
}

/// The values of one statement of a batch.
enum Line {
    Article(i64, String, Uuid, Option<i64>),
    Record(Uuid, String, String),
}

impl SerializeRow for Line {
    fn serialize(
        &self,
        context: &RowSerializationContext<'_>,
        writer: &mut RowWriter<'_>,
    ) -> Result<(), SerializationError> {
        match self {
            Self::Article(version, body, id, expected) => (version, body, id, expected).serialize(context, writer),
            Self::Record(id, event, outcome) => (id, event, outcome).serialize(context, writer),
        }
    }

    fn is_empty(&self) -> bool {
        false
    }
}

pub(super) async fn page(db: &Db, query: &ListArticles) -> Result<ArticlePage, StoreError> {
    let (limit, mut items) = (query.limit as usize, Vec::new());
    let mut after = query.after.map(|id| id.to_string()).unwrap_or_default();
    loop {
        let ids: Vec<(String,)> = db.all(&db.run.article_ids, (BUCKET, &after, PAGE)).await?;
        let Some((last,)) = ids.last() else { return Ok(ArticlePage { items, has_more: false }) };
        after.clone_from(last);
        let ids = ids.iter().filter_map(|(id,)| id.parse().ok());
        let found = all_of(ids.map(|id| get(db, id)).collect()).await?;
        for article in found.into_iter().flatten().filter(|article| query.scope.holds(article)) {
            if items.len() == limit {
                return Ok(ArticlePage { items, has_more: true });
            }
            items.push(article);
        }
    }
}

/// Whether the list has an article.
pub(super) async fn is_listed(db: &Db, id: ArticleId) -> Result<bool, StoreError> {
    let row: Option<(String,)> = db.first(&db.run.article_id, (BUCKET, id.to_string())).await?;
    Ok(row.is_some())
}

/// Has the list hold an article.
pub(super) async fn list(db: &Db, id: ArticleId) -> Result<(), StoreError> {
    db.write(&db.run.add_article_id, (BUCKET, id.to_string())).await
}

/// The version of an article, which is not in the JSON alone so that a change may be conditional on it.
pub(super) async fn version(db: &Db, id: ArticleId) -> Result<u64, StoreError> {
    let row: Option<(Uuid, Option<i64>, Option<String>)> = db.first(&db.run.article, (id.uuid(),)).await?;
    Ok(row.map_or(0, |(_, version, _)| number(version)))
}
