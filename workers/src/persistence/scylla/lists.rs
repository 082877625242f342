//! Pages of tickets. A list is walked in the order of its page, and then each ticket is looked at itself: the rows of
//! a list may be a moment behind.

mod by_state;
mod by_user;

use contracts::{
    Department, Status, Ticket, TicketId, UserId,
    query::{ListTickets, TOTAL_MAX, TicketItem, TicketPage, TicketPosition},
};

use super::{
    db::{Db, all_of},
    read_marks,
    rows::fence,
    statements::CopyStatements,
    tickets::{self, Found},
};
use crate::persistence::{selection::Selection, store::StoreError};

pub(super) use by_state::Place;

/// Where a ticket is in the lists by state: the columns of a partition but for the period.
type State = (Option<Department>, Status);

/// Where a ticket was in the lists before.
#[derive(Clone, Copy)]
pub(super) enum Before<'t> {
    /// It was not there.
    Nowhere,
    /// As this ticket was.
    At(&'t Ticket),
    /// It may be anywhere.
    Unknown,
}

/// Puts a version of a ticket in the lists, and takes earlier ones out. First in, then out: it is never missing.
pub(super) async fn write(db: &Db, ticket: &Ticket, version: u64, before: Before<'_>) -> Result<(), StoreError> {
    let fence = fence(ticket.id, version);
    let state: State = (ticket.department, ticket.status);
    futures::try_join!(by_user::put(db, ticket, fence), by_state::put(db, ticket.id, state, fence))?;
    let left: Vec<State> = match before {
        Before::Nowhere => Vec::new(),
        Before::At(earlier) => vec![(earlier.department, earlier.status)],
        Before::Unknown => by_state::every().collect(),
    };
    let left = left.into_iter().filter(|other| *other != state);
    all_of(left.map(|other| by_state::take_out(db, ticket.id, other, fence)).collect()).await.map(drop)
}

/// Whether both lists have a ticket as it is.
pub(super) async fn hold(db: &Db, run: &CopyStatements, ticket: &Ticket) -> Result<bool, StoreError> {
    let state: State = (ticket.department, ticket.status);
    let (by_user, by_state) =
        futures::try_join!(by_user::holds(db, run, ticket), by_state::holds(db, run, ticket.id, state))?;
    Ok(by_user && by_state)
}

pub(super) async fn list(db: &Db, query: &ListTickets) -> Result<TicketPage, StoreError> {
    let Some(selection) = Selection::new(query) else {
        return Ok(TicketPage { items: Vec::new(), total: 0, total_capped: false, has_more: false });
    };
    let (found, total) = futures::try_join!(page(db, &selection, query), count(db, &selection))?;
    let has_more = found.len() as u64 > u64::from(query.limit);
    let items = items(db, query.viewer, found.into_iter().take(query.limit as usize).collect()).await?;
    Ok(TicketPage { items, total: total.min(TOTAL_MAX), total_capped: total > TOTAL_MAX, has_more })
}

/// The tickets of a page, and the one behind it.
async fn page(db: &Db, selection: &Selection, query: &ListTickets) -> Result<Vec<Found>, StoreError> {
    let (mut after, skip) = match query.position {
        TicketPosition::Skip(count) => (None, count as usize),
        TicketPosition::After(ticket) => (Some(ticket), 0),
    };
    let needed = query.limit as usize + 1;
    if skip > 0 {
        let skipped = ids(db, selection, None, skip).await?;
        after = skipped.last().copied();
        if skipped.len() < skip {
            return Ok(Vec::new());
        }
    }
    let mut found = Vec::with_capacity(needed);
    loop {
        let wanted = needed - found.len();
        let ids = ids(db, selection, after, wanted).await?;
        let (last, complete) = (ids.last().copied(), ids.len() < wanted);
        found.extend(load(db, selection, ids).await?);
        if complete || found.len() >= needed {
            return Ok(found);
        }
        after = last;
    }
}

/// How many tickets a list has, counted to one more than the limit.
async fn count(db: &Db, selection: &Selection) -> Result<u64, StoreError> {
    // To count is most of the work of a long list.
    let whole = selection.everything_of();
    if whole.is_some_and(|user| db.beyond_count.holds(&user)) {
        return Ok(TOTAL_MAX + 1);
    }
    let limit = usize::try_from(TOTAL_MAX).unwrap_or(usize::MAX).saturating_add(1);
    let count = match (selection.user, &selection.text) {
        (None, None) => by_state::count(db, selection, limit).await?,
        _ => ids(db, selection, None, limit).await?.len(),
    } as u64;
    if let Some(user) = whole.filter(|_| count > TOTAL_MAX) {
        db.beyond_count.add(user);
    }
    Ok(count)
}

/// The first tickets of a list behind a ticket, or from its start.
async fn ids(
    db: &Db,
    selection: &Selection,
    after: Option<TicketId>,
    limit: usize,
) -> Result<Vec<TicketId>, StoreError> {
    match (selection.user, &selection.text) {
        (Some(user), _) => by_user::ids(db, user, selection, after, limit).await,
        (None, None) => by_state::ids(db, selection, after, limit).await,
        (None, Some(_)) => search(db, selection, after, limit).await,
    }
}

/// Tickets read at once in a search of those of many people, whose lists hold no texts.
const SEARCHED: usize = 200;

async fn search(
    db: &Db,
    selection: &Selection,
    mut after: Option<TicketId>,
    limit: usize,
) -> Result<Vec<TicketId>, StoreError> {
    let mut found = Vec::new();
    loop {
        let ids = by_state::ids(db, selection, after, SEARCHED).await?;
        let (last, complete) = (ids.last().copied(), ids.len() < SEARCHED);
        found.extend(load(db, selection, ids).await?.into_iter().map(|found| found.ticket.id));
        if complete || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
        after = last;
    }
}

/// The tickets themselves, without those that are no longer in the list.
async fn load(db: &Db, selection: &Selection, ids: Vec<TicketId>) -> Result<Vec<Found>, StoreError> {
    let found = all_of(ids.into_iter().map(|id| tickets::find(db, id)).collect()).await?;
    Ok(found.into_iter().flatten().filter(|found| selection.holds(&found.ticket)).collect())
}

async fn items(db: &Db, viewer: UserId, found: Vec<Found>) -> Result<Vec<TicketItem>, StoreError> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<TicketId> = found.iter().map(|found| found.ticket.id).collect();
    let marks = read_marks::of(db, viewer, &ids).await?;
    let item = |Found { ticket, state }: Found| {
        let read = marks.get(&ticket.id).copied().unwrap_or(0);
        TicketItem { ticket, last_seq: state.last_seq, unread: state.last_seq.saturating_sub(read) }
    };
    Ok(found.into_iter().map(item).collect())
}
