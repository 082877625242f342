//! The tickets of a department and status, in periods. A list of several states is their merge.

use std::collections::BTreeMap;

use contracts::{Department, Status, TicketId};
use uuid::Uuid;

use super::{
    super::{
        db::{Db, all_of},
        rows::period,
        statements::CopyStatements,
    },
    State,
};
use crate::persistence::{selection::Selection, store::StoreError};

/// Every state that a ticket can be in. Those that hold the most come first.
pub(super) fn every() -> impl Iterator<Item = State> {
    let departments = || Department::ALL.iter().copied().map(Some).chain([None]);
    Status::ALL.iter().rev().flat_map(move |&status| departments().map(move |department| (department, status)))
}

/// The department and the status as columns.
fn columns((department, status): State) -> (&'static str, &'static str) {
    (department.map_or("", Department::as_str), status.as_str())
}

/// Puts a ticket in a list, whose period is put on record before.
pub(super) async fn put(db: &Db, ticket: TicketId, state: State, fence: i64) -> Result<(), StoreError> {
    let (department, status) = columns(state);
    let period = period(ticket);
    let place = (department, status, period);
    if !db.known_periods.holds(&place) {
        db.write(&db.run.add_period, place).await?;
        db.known_periods.add(place);
    }
    db.write(&db.run.list_by_state, (department, status, period, ticket.uuid(), fence)).await
}

/// Whether a list has a ticket.
pub(super) async fn holds(db: &Db, run: &CopyStatements, ticket: TicketId, state: State) -> Result<bool, StoreError> {
    let (department, status) = columns(state);
    let row: Option<(Uuid,)> = db.first(&run.row_by_state, (department, status, period(ticket), ticket.uuid())).await?;
    Ok(row.is_some())
}

pub(super) async fn take_out(db: &Db, ticket: TicketId, state: State, fence: i64) -> Result<(), StoreError> {
    let (department, status) = columns(state);
    db.write(&db.run.unlist_by_state, (fence, department, status, period(ticket), ticket.uuid())).await
}

/// A partition: the tickets of one state and one period.
pub(in super::super) type Place = (&'static str, &'static str, i32);

/// The partitions of a list that can hold tickets behind `after`, the newest first.
async fn places(
    db: &Db,
    selection: &Selection,
    after: Option<TicketId>,
) -> Result<BTreeMap<std::cmp::Reverse<i32>, Vec<Place>>, StoreError> {
    let states = every().filter(|&(department, status)| selection.in_state(department, status));
    let periods = all_of(states.map(|state| periods(db, state)).collect()).await?;
    let last = after.map_or(i32::MAX, period);
    let mut places: BTreeMap<_, Vec<Place>> = BTreeMap::new();
    for place in periods.into_iter().flatten().filter(|place| place.2 <= last) {
        places.entry(std::cmp::Reverse(place.2)).or_default().push(place);
    }
    Ok(places)
}

/// The partitions of a state.
async fn periods(db: &Db, state: State) -> Result<Vec<Place>, StoreError> {
    let (department, status) = columns(state);
    let rows: Vec<(i32,)> = db.all(&db.run.periods, (department, status)).await?;
    Ok(rows.into_iter().map(|(period,)| (department, status, period)).collect())
}

/// The newest tickets of a list behind a ticket, or from the start.
pub(super) async fn ids(
    db: &Db,
    selection: &Selection,
    after: Option<TicketId>,
    limit: usize,
) -> Result<Vec<TicketId>, StoreError> {
    let places = places(db, selection, after).await?;
    let periods: Vec<&Vec<Place>> = places.values().collect();
    let mut found = Vec::new();
    for some in growing(&periods) {
        let missing = limit - found.len();
        let of_periods = some.iter().map(|places| of_period(db, places, after, missing)).collect();
        found.extend(all_of(of_periods).await?.into_iter().flatten());
        if found.len() >= limit {
            found.truncate(limit);
            break;
        }
    }
    Ok(found)
}

/// How many tickets a list has, counted to a limit.
pub(super) async fn count(db: &Db, selection: &Selection, limit: usize) -> Result<usize, StoreError> {
    let places: Vec<Place> = places(db, selection, None).await?.into_values().flatten().collect();
    let mut count = 0;
    for some in growing(&places) {
        let parts = some.iter().map(|place| part(db, *place, None, limit - count)).collect();
        let parts: Vec<Vec<TicketId>> = all_of(parts).await?;
        count += parts.iter().map(Vec::len).sum::<usize>();
        if count >= limit {
            return Ok(limit);
        }
    }
    Ok(count)
}

/// The newest tickets of one period.
async fn of_period(
    db: &Db,
    places: &[Place],
    after: Option<TicketId>,
    limit: usize,
) -> Result<Vec<TicketId>, StoreError> {
    let parts: Vec<Vec<TicketId>> = all_of(places.iter().map(|place| part(db, *place, after, limit)).collect()).await?;
    Ok(merged(&parts))
}

/// The newest tickets of one partition.
async fn part(
    db: &Db,
    (department, status, period): Place,
    after: Option<TicketId>,
    limit: usize,
) -> Result<Vec<TicketId>, StoreError> {
    let limit = i32::try_from(limit).unwrap_or(i32::MAX);
    let rows: Vec<(Uuid,)> = match after {
        None => db.all(&db.run.of_state, (department, status, period, limit)).await?,
        Some(after) => db.all(&db.run.of_state_after, (department, status, period, after.uuid(), limit)).await?,
    };
    Ok(rows.into_iter().map(|(id,)| TicketId::from(id)).collect())
}

/// The tickets of several states in one order. One that is changing may be in two.
fn merged(parts: &[Vec<TicketId>]) -> Vec<TicketId> {
    let mut ids = parts.concat();
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids.dedup();
    ids
}

/// One, two, four … of `all`: as a rule the first are enough, and if they are not, few steps reach the end.
fn growing<T>(mut all: &[T]) -> impl Iterator<Item = &[T]> {
    let mut count = 1;
    std::iter::from_fn(move || {
        let (some, rest) = all.split_at(count.min(all.len()));
        all = rest;
        count *= 2;
        (!some.is_empty()).then_some(some)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_there_once() {
        let mut states: Vec<_> = every().map(columns).collect();
        states.sort_unstable();
        states.dedup();
        assert_eq!(states.len(), Status::ALL.len() * (Department::ALL.len() + 1));
    }

    #[test]
    fn steps_double_and_reach_the_end() {
        let steps: Vec<&[u8]> = growing(&[1, 2, 3, 4, 5, 6]).collect();
        assert_eq!(steps, [&[1][..], &[2, 3], &[4, 5, 6]]);
        assert_eq!(growing::<u8>(&[]).count(), 0);
    }

    #[test]
    fn a_ticket_in_two_states_is_listed_once() {
        let [one, two, three] = [1, 2, 3].map(|n| TicketId::from(Uuid::from_u128(n)));
        assert_eq!(merged(&[vec![three, one], vec![], vec![three, two]]), [three, two, one]);
    }
}
