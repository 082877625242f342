//! How many rows the tables have.

use scylla::{deserialize::row::DeserializeRow, response::PagingState, statement::prepared::PreparedStatement};
use uuid::Uuid;

use super::super::{db::Db, partition::section, statements::CopyStatements};
use crate::persistence::{store::StoreError, transfer::rows::Counts};

/// Rows that are read at once.
const PAGE: i32 = 2_000;

pub(super) async fn all(db: &Db, run: &CopyStatements) -> Result<Counts, StoreError> {
    let mut sections = [0_u64; 2];
    scan::<(Option<i8>,)>(db, &run.sections, |(of,)| {
        for (count, counted) in sections.iter_mut().zip([section::CHANGES, section::MESSAGES]) {
            *count += u64::from(of == Some(counted));
        }
    })
    .await?;
    let mut tickets = 0;
    scan::<(Uuid, Option<i64>)>(db, &run.tickets, |(_, version)| tickets += u64::from(version.is_some())).await?;
    let (mut articles, mut article_changes, mut listed) = (0, 0, 0);
    scan::<(Uuid, Option<i64>)>(db, &run.articles, |(_, version)| articles += u64::from(version.is_some())).await?;
    scan::<(Option<String>,)>(db, &run.all_article_changes, |(event,)| article_changes += u64::from(event.is_some()))
        .await?;
    scan::<(String,)>(db, &run.listed_articles, |_| listed += 1).await?;
    Ok([
        rows(db, &run.users).await?,
        rows(db, &run.usernames).await?,
        rows(db, &run.listed_users).await?,
        rows(db, &run.all_staff).await?,
        tickets,
        sections[0],
        sections[1],
        rows(db, &run.by_user).await?,
        rows(db, &run.by_state).await?,
        rows(db, &run.read_marks).await?,
        rows(db, &run.deliveries).await?,
        rows(db, &run.notifications).await?,
        rows(db, &run.unread).await?,
        articles,
        article_changes,
        listed,
    ])
}

async fn rows(db: &Db, statement: &PreparedStatement) -> Result<u64, StoreError> {
    let mut count = 0;
    scan::<(Uuid,)>(db, statement, |_| count += 1).await?;
    Ok(count)
}

async fn scan<R>(db: &Db, statement: &PreparedStatement, mut see: impl FnMut(R)) -> Result<(), StoreError>
where
    R: for<'row> DeserializeRow<'row, 'row>,
{
    let mut place = Some(PagingState::start());
    while let Some(from) = place {
        let (page, next) = db.page::<R>(statement, &(), PAGE, from).await?;
        page.into_iter().for_each(&mut see);
        place = next;
    }
    Ok(())
}
