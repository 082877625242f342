//! Who there is: for admins all accounts, for staff the agents, for everybody the names behind ids.

use axum::{Json, extract::State as FromState};
use contracts::{
    Actor, Department, Role, User, UserId,
    query::{GetUsers, ListAgents, ListUsers, USERS_MAX},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    extract::{Admin, Query, Session, Staff, page_limit},
    problem::{Problem, ProblemBody},
    state::State,
};

const LIMIT_DEFAULT: u32 = 20;

/// Which page of the accounts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserParameters {
    /// Only accounts of users, agents or admins: user, agent or admin.
    role: Option<String>,
    /// `next_after` of the page before.
    after: Option<String>,
    /// 1 to 100; 20 where it is left out.
    limit: Option<String>,
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserList {
    /// In the order of their names, without regard to case.
    items: Vec<User>,
    /// Leads to the next page as `after`; none on the last one.
    next_after: Option<String>,
}

/// List accounts, in the order of their names. For admins.
#[utoipa::path(get, path = "/users", tag = "users", security(("bearer" = [])), params(UserParameters), responses(
    (status = 200, description = "A page of accounts", body = UserList),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_users(
    FromState(state): FromState<State>,
    _: Admin,
    Query(parameters): Query<UserParameters>,
) -> Result<Json<UserList>, Problem> {
    let role = parameters
        .role
        .as_deref()
        .map(|word| Role::parse(word).ok_or_else(|| Problem::invalid_field("role", "must be user, agent or admin")));
    let limit = page_limit(parameters.limit.as_deref(), LIMIT_DEFAULT, USERS_MAX)?;
    let query = ListUsers { role: role.transpose()?, after: parameters.after, limit };
    let page = state.broker.ask(&query).await?;
    let next_after = page.items.last().filter(|_| page.has_more).map(|last| last.username.clone());
    Ok(Json(UserList { items: page.items, next_after }))
}

/// Somebody whose name is shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct Person {
    id: UserId,
    username: String,
    role: Role,
    /// An agent's.
    department: Option<Department>,
}

impl From<User> for Person {
    fn from(User { id, username, role, department, .. }: User) -> Self {
        Self { id, username, role, department }
    }
}

/// Several people.
#[derive(Serialize, ToSchema)]
pub(crate) struct People {
    items: Vec<Person>,
}

impl People {
    fn of(users: impl IntoIterator<Item = User>) -> Self {
        Self { items: users.into_iter().map(Person::from).collect() }
    }
}

/// List the agents to whom a ticket can be given, in the order of their names. For agents and admins.
#[utoipa::path(get, path = "/agents", tag = "users", security(("bearer" = [])), responses(
    (status = 200, description = "Every agent whose account is not disabled", body = People),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 403, description = "FORBIDDEN", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_agents(FromState(state): FromState<State>, _: Staff) -> Result<Json<People>, Problem> {
    Ok(Json(People::of(state.broker.ask(&ListAgents {}).await?)))
}

/// Whose names.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeopleParameters {
    /// 1 to 100 ids of accounts, with commas between.
    ids: String,
}

/// The names behind ids.
///
/// Agents and admins are shown everybody, a requester is shown agents, admins and themselves. Whoever is not there, or not
/// theirs to see, is left out.
#[utoipa::path(get, path = "/people", tag = "users", security(("bearer" = [])), params(PeopleParameters), responses(
    (status = 200, description = "Those who are there, in no order", body = People),
    (status = 401, description = "UNAUTHENTICATED", body = ProblemBody, content_type = "application/problem+json"),
    (status = 422, description = "VALIDATION_FAILED", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn list_people(
    FromState(state): FromState<State>,
    session: Session,
    Query(PeopleParameters { ids }): Query<PeopleParameters>,
) -> Result<Json<People>, Problem> {
    let user_ids: Option<Vec<UserId>> = ids.split(',').map(|id| id.parse().ok()).collect();
    let user_ids = user_ids
        .filter(|ids| ids.len() <= USERS_MAX as usize)
        .ok_or_else(|| Problem::invalid_field("ids", "must be 1 to 100 ids of accounts with commas between"))?;
    let found = state.broker.ask(&GetUsers { user_ids }).await?;
    Ok(Json(People::of(found.into_iter().filter(|person| is_shown(person, &session.actor)))))
}

fn is_shown(person: &User, viewer: &Actor) -> bool {
    viewer.role != Role::User || person.role != Role::User || person.id == viewer.user_id
}
