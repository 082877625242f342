//! Listing tickets.

use std::str::FromStr;

use axum::{Json, extract::State as FromState};
use contracts::{
    Department, Role, Status, UserId,
    query::{ListTickets, OFFSET_MAX, TicketFilter, TicketItem, TicketPosition, TicketScope},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    cursor,
    extract::{Query, Session},
    problem::{FieldError, Problem, ProblemBody},
    state::State,
};

const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;
/// Characters in a search at most.
const TEXT_MAX: usize = 200;

/// Which tickets. All as text, so that a wrong one can be named.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TicketParameters {
    /// Only tickets that this user raised.
    user_id: Option<String>,
    /// open, assigned, resolved or closed.
    status: Option<String>,
    /// IT or HR.
    department: Option<String>,
    /// Only one's own tickets whose title or description holds this.
    q: Option<String>,
    /// From 1; page × limit goes to 1,000, and on from there by cursor.
    page: Option<String>,
    /// 1 to 100; 20 where it is left out.
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of tickets.
#[derive(Serialize, ToSchema)]
pub(crate) struct TicketList {
    /// Newest first.
    items: Vec<TicketItem>,
    /// None on a page that came by cursor.
    page: Option<u32>,
    limit: u32,
    /// How many tickets the list has, counted to 1,000.
    total: u64,
    /// Whether it has more than were counted.
    total_capped: bool,
    /// Leads to the next page; none on the last one.
    next_cursor: Option<String>,
}

/// List tickets, newest first.
///
/// A requester sees their own, an agent their department's, an admin all.
#[utoipa::path(get, path = "/tickets", tag = "tickets", security(("bearer" = [])), params(TicketParameters), responses(
    (status = 200, description = "A page of tickets", body = TicketList),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_tickets(
    FromState(state): FromState<State>,
    session: Session,
    Query(parameters): Query<TicketParameters>,
) -> Result<Json<TicketList>, Problem> {
    let wanted = Wanted::read(&parameters)?;
    let scope = scope(&session, &wanted.filter)?;
    let owner = session.actor.user_id;
    let (position, page) = match (&parameters.cursor, wanted.page) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid_field("cursor", "takes the place of page: send one of them"));
        }
        (Some(text), None) => (TicketPosition::After(cursor::read(&state, owner, scope, &wanted.filter, text)?), None),
        (None, page) => {
            let page = page.unwrap_or(1);
            (TicketPosition::Skip(skip(page, wanted.limit)?), Some(page))
        }
    };
    let query = ListTickets { viewer: owner, scope, filter: wanted.filter, position, limit: wanted.limit };
    let found = state.broker.ask(&query).await?;
    let last = found.items.last().filter(|_| found.has_more).map(|last| last.ticket.id);
    let next_cursor = last.and_then(|last| cursor::write(&state, owner, scope, &query.filter, last));
    let (total, total_capped) = (found.total, found.total_capped);
    Ok(Json(TicketList { items: found.items, page, limit: query.limit, total, total_capped, next_cursor }))
}

fn skip(page: u32, limit: u32) -> Result<u32, Problem> {
    let end = page.checked_mul(limit).filter(|end| *end <= OFFSET_MAX);
    let end = end.ok_or_else(|| {
        let detail = "is too far: page × limit goes to 1,000; go on from there with next_cursor as cursor";
        Problem::invalid_field("page", detail)
    })?;
    Ok(end - limit)
}

/// Whose tickets the caller sees, as wide as the filter needs.
fn scope(session: &Session, filter: &TicketFilter) -> Result<TicketScope, Problem> {
    let caller = session.actor.user_id;
    let own = filter.user_id == Some(caller);
    if filter.text.is_some() {
        return if own || filter.user_id.is_none() {
            Ok(TicketScope::RaisedBy(caller))
        } else {
            Err(Problem::invalid_field("q", "searches your own tickets: leave user_id out"))
        };
    }
    match (session.actor.role, session.actor.department) {
        (_, _) if own => Ok(TicketScope::RaisedBy(caller)),
        (Role::Admin, _) => Ok(match (filter.user_id, filter.department) {
            (Some(user), _) => TicketScope::RaisedBy(user),
            (None, Some(department)) => TicketScope::Department(department),
            (None, None) => TicketScope::All,
        }),
        (Role::Agent, Some(department)) => {
            if filter.department.is_some_and(|wanted| wanted != department) {
                return Err(Problem::forbidden("You see the tickets of your own department."));
            }
            Ok(TicketScope::Department(department))
        }
        _ if filter.user_id.is_some() => Err(Problem::forbidden("You see your own tickets.")),
        _ => Ok(TicketScope::RaisedBy(caller)),
    }
}

/// The parameters, read.
struct Wanted {
    filter: TicketFilter,
    page: Option<u32>,
    limit: u32,
}

impl Wanted {
    fn read(parameters: &TicketParameters) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, detail: &str| {
            errors.push(FieldError { field: field.to_owned(), detail: detail.to_owned() });
        };
        let number = |text: &Option<String>| text.as_deref().map(u32::from_str).transpose();
        let page = number(&parameters.page).ok().filter(|page| *page != Some(0)).unwrap_or_else(|| {
            wrong("page", "must be a number from 1");
            None
        });
        let limit = number(&parameters.limit).ok().map(|limit| limit.unwrap_or(LIMIT_DEFAULT));
        let limit = limit.filter(|limit| (1..=LIMIT_MAX).contains(limit)).unwrap_or_else(|| {
            wrong("limit", "must be a number from 1 to 100");
            LIMIT_DEFAULT
        });
        let user_id = parameters.user_id.as_deref().map(UserId::from_str).transpose().unwrap_or_else(|_| {
            wrong("user_id", "must be the id of a user");
            None
        });
        let status = parameters.status.as_deref().and_then(|word| {
            let status = Status::parse(word);
            if status.is_none() {
                wrong("status", "must be open, assigned, resolved or closed");
            }
            status
        });
        let department = parameters.department.as_deref().and_then(|word| {
            let department = Department::parse(word);
            if department.is_none() {
                wrong("department", "must be IT or HR");
            }
            department
        });
        let text = parameters.q.clone().filter(|text| !text.trim().is_empty());
        if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_MAX) {
            wrong("q", "must have at most 200 characters");
        }
        if errors.is_empty() {
            Ok(Self { filter: TicketFilter { user_id, status, department, text }, page, limit })
        } else {
            Err(Problem::invalid(errors))
        }
    }
}
