//! An article with the record of its changes.

use contracts::{ArticleId, Outcome};
use scylla::response::PagingState;

use super::super::{
    articles,
    db::{Db, all_of},
    rows::{integer, micros},
    statements::CopyStatements,
};
use crate::persistence::{store::StoreError, transfer::rows::ArticleRows};

/// Rows that are read at once.
const PAGE: i32 = 100;
/// The timestamp of a change of an article that never was.
const LONG_AGO: i64 = 1;

/// What is there, and whether its list and its version are as they must be.
pub(super) async fn get(db: &Db, run: &CopyStatements, id: ArticleId) -> Result<(ArticleRows, bool), StoreError> {
    let mut rows = ArticleRows { article: articles::get(db, id).await?, ..ArticleRows::default() };
    let mut place = Some(PagingState::start());
    while let Some(from) = place {
        type Columns = (Option<String>, Option<String>);
        let (page, next) = db.page::<Columns>(&run.article_changes, &(id.uuid(),), PAGE, from).await?;
        for (event, outcome) in page {
            if let (Some(event), Some(outcome)) = (event, outcome) {
                rows.changes.insert(event, db.decode::<Outcome>(&outcome)?);
            }
        }
        place = next;
    }
    let whole = match &rows.article {
        Some(article) => articles::is_listed(db, id).await? && articles::version(db, id).await? == article.version,
        None => true,
    };
    Ok((rows, whole))
}

/// Timestamps are as old as the article: whatever a desk writes later is newer.
pub(super) async fn put(db: &Db, run: &CopyStatements, id: ArticleId, rows: &ArticleRows) -> Result<(), StoreError> {
    let at = rows.article.as_ref().map_or(LONG_AGO, |article| micros(article.created_at));
    let changes = rows.changes.iter().map(|(event, outcome)| async move {
        db.write(&run.copy_article_change, (id.uuid(), event.as_str(), db.encode(outcome)?, at)).await
    });
    all_of(changes.collect()).await?;
    let Some(article) = &rows.article else { return Ok(()) };
    articles::list(db, id).await?;
    let version = integer(article.version);
    db.write(&run.copy_article, (at.saturating_add(version), version, db.encode(article)?, id.uuid())).await
}
