//! The knowledge base.

use std::collections::BTreeMap;

use contracts::{
    Article, ArticleId, EventId, Outcome,
    query::{ArticlePage, ListArticles},
};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::rows::{Id, Json, Time, Word, id, integer, number, time, word};
use crate::persistence::store::{ArticleWrite, ArticleWritten, StoreError};

const COLUMNS: &str = "id, version, title, body, audience, tags, published, created_at, updated_at";

const PUT: &str = "
    INSERT INTO articles (id, version, title, body, audience, tags, published, created_at, updated_at)
    VALUES (:id, :version, :title, :body, :audience, :tags, :published, :created_at, :updated_at)
    ON CONFLICT (id) DO UPDATE SET version = :version, title = :title, body = :body, audience = :audience,
        tags = :tags, published = :published, created_at = :created_at, updated_at = :updated_at";

pub(super) fn get(db: &Connection, id: ArticleId) -> Result<Option<Article>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM articles WHERE id = ?");
    Ok(db.prepare_cached(&sql)?.query_one([Id(id.uuid())], from_row).optional()?)
}

pub(super) fn change(db: &Connection, article: ArticleId, event: &EventId) -> Result<Option<Outcome>, StoreError> {
    let sql = "SELECT outcome FROM article_changes WHERE article_id = ? AND event_id = ?";
    let found =
        db.prepare_cached(sql)?.query_one((Id(article.uuid()), event.as_str()), |row| row.get::<_, Json<Outcome>>(0));
    Ok(found.optional()?.map(|Json(outcome)| outcome))
}

/// How every event about an article ended.
pub(super) fn changes(db: &Connection, article: ArticleId) -> Result<BTreeMap<String, Outcome>, StoreError> {
    let mut statement = db.prepare_cached("SELECT event_id, outcome FROM article_changes WHERE article_id = ?")?;
    let found = statement
        .query_map([Id(article.uuid())], |row| Ok((row.get("event_id")?, row.get::<_, Json<Outcome>>("outcome")?.0)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(super) fn write(db: &Connection, write: &ArticleWrite) -> Result<ArticleWritten, StoreError> {
    let version = "SELECT version FROM articles WHERE id = ?";
    let version = db.prepare_cached(version)?.query_one([Id(write.article_id.uuid())], |row| number(row, 0));
    if version.optional()?.unwrap_or(0) != write.expected {
        return Ok(ArticleWritten::Stale);
    }
    let record = "INSERT INTO article_changes (article_id, event_id, outcome, at) VALUES (?, ?, ?, ?)
         ON CONFLICT DO NOTHING";
    let values = (Id(write.article_id.uuid()), write.event.as_str(), Json(&write.outcome), Time(write.at));
    if db.prepare_cached(record)?.execute(values)? == 0 {
        return Ok(ArticleWritten::Stale);
    }
    if let Some(article) = write.article() {
        put(db, article)?;
    }
    Ok(ArticleWritten::Written)
}

fn put(db: &Connection, article: &Article) -> Result<(), StoreError> {
    db.prepare_cached(PUT)?.execute(named_params! {
        ":id": Id(article.id.uuid()),
        ":version": integer(article.version),
        ":title": article.title,
        ":body": article.body,
        ":audience": Word(article.audience),
        ":tags": Json(&article.tags),
        ":published": article.published,
        ":created_at": Time(article.created_at),
        ":updated_at": Time(article.updated_at),
    })?;
    Ok(())
}

pub(super) fn page(db: &Connection, query: &ListArticles) -> Result<ArticlePage, StoreError> {
    let sql = match query.after {
        None => format!("SELECT {COLUMNS} FROM articles ORDER BY id"),
        Some(_) => format!("SELECT {COLUMNS} FROM articles WHERE id > ? ORDER BY id"),
    };
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map(rusqlite::params_from_iter(query.after.map(|id| Id(id.uuid()))), from_row)?;
    let (limit, mut items) = (query.limit as usize, Vec::new());
    for article in rows {
        let article = article?;
        if !query.scope.holds(&article) {
            continue;
        }
        if items.len() == limit {
            return Ok(ArticlePage { items, has_more: true });
        }
        items.push(article);
    }
    Ok(ArticlePage { items, has_more: false })
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Article> {
    let Json(tags) = row.get("tags")?;
    Ok(Article {
        id: id(row, "id")?,
        version: number(row, "version")?,
        title: row.get("title")?,
        body: row.get("body")?,
        audience: word(row, "audience")?,
        tags,
        published: row.get("published")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
