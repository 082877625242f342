//! The tickets that a user raised: one partition, with the texts that a search reads.

use contracts::{Department, Status, Ticket, TicketId, UserId};
use scylla::response::PagingState;
use uuid::Uuid;

use super::super::{db::Db, statements::CopyStatements};
use crate::persistence::{selection::Selection, store::StoreError};

/// Rows that are read at once where nobody knows how many of them are in the list.
const PAGE: i32 = 500;

pub(super) async fn put(db: &Db, ticket: &Ticket, fence: i64) -> Result<(), StoreError> {
    let department = ticket.department.map(Department::as_str);
    let texts = (ticket.title.as_str(), ticket.description.as_str());
    let (user, id, status) = (ticket.user_id.uuid(), ticket.id.uuid(), ticket.status.as_str());
    db.write(&db.run.list_by_user, (user, id, department, status, texts.0, texts.1, fence)).await
}

/// Whether the list has a ticket as it is.
pub(super) async fn holds(db: &Db, run: &CopyStatements, ticket: &Ticket) -> Result<bool, StoreError> {
    type Columns = (Option<String>, Option<String>, Option<String>, Option<String>);
    let row: Option<Columns> = db.first(&run.row_by_user, (ticket.user_id.uuid(), ticket.id.uuid())).await?;
    let as_it_is = |(department, status, title, description): Columns| {
        department.as_deref() == ticket.department.map(Department::as_str)
            && status.as_deref() == Some(ticket.status.as_str())
            && title.as_ref() == Some(&ticket.title)
            && description.as_ref() == Some(&ticket.description)
    };
    Ok(row.is_some_and(as_it_is))
}

/// A row, with texts where they are searched.
struct Row {
    id: Uuid,
    department: Option<String>,
    status: String,
    texts: Option<(String, String)>,
}

impl Row {
    fn is_in(&self, selection: &Selection) -> bool {
        let department = self.department.as_deref().and_then(Department::parse);
        Status::parse(&self.status).is_some_and(|status| selection.in_state(department, status))
            && self.texts.as_ref().is_none_or(|(title, description)| selection.says(title, description))
    }
}

/// The newest tickets of a user behind a ticket, or from the start.
pub(super) async fn ids(
    db: &Db,
    user: UserId,
    selection: &Selection,
    after: Option<TicketId>,
    limit: usize,
) -> Result<Vec<TicketId>, StoreError> {
    let mut found = Vec::new();
    let mut place = Some(PagingState::start());
    while let Some(from) = place {
        let (rows, next) = if selection.text.is_some() {
            with_texts(db, user, after, from).await?
        } else {
            let all_fit = selection.department.is_none() && selection.status.is_none();
            let count = if all_fit { i32::try_from(limit).unwrap_or(i32::MAX) } else { PAGE };
            without_texts(db, user, after, count, from).await?
        };
        found.extend(rows.into_iter().filter(|row| row.is_in(selection)).map(|row| TicketId::from(row.id)));
        if found.len() >= limit {
            found.truncate(limit);
            break;
        }
        place = next;
    }
    Ok(found)
}

type Page = (Vec<Row>, Option<PagingState>);

async fn without_texts(
    db: &Db,
    user: UserId,
    after: Option<TicketId>,
    count: i32,
    from: PagingState,
) -> Result<Page, StoreError> {
    type Columns = (Uuid, Option<String>, Option<String>);
    let (rows, next): (Vec<Columns>, _) = match after {
        None => db.page(&db.run.of_user, &(user.uuid(),), count, from).await?,
        Some(after) => db.page(&db.run.of_user_after, &(user.uuid(), after.uuid()), count, from).await?,
    };
    let row =
        |(id, department, status): Columns| Row { id, department, status: status.unwrap_or_default(), texts: None };
    Ok((rows.into_iter().map(row).collect(), next))
}

async fn with_texts(db: &Db, user: UserId, after: Option<TicketId>, from: PagingState) -> Result<Page, StoreError> {
    type Columns = (Uuid, Option<String>, Option<String>, Option<String>, Option<String>);
    let (rows, next): (Vec<Columns>, _) = match after {
        None => db.page(&db.run.texts_of_user, &(user.uuid(),), PAGE, from).await?,
        Some(after) => db.page(&db.run.texts_of_user_after, &(user.uuid(), after.uuid()), PAGE, from).await?,
    };
    let row = |(id, department, status, title, description): Columns| Row {
        id,
        department,
        status: status.unwrap_or_default(),
        texts: Some((title.unwrap_or_default(), description.unwrap_or_default())),
    };
    Ok((rows.into_iter().map(row).collect(), next))
}
