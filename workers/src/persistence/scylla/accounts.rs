//! Accounts and departments.

use contracts::{
    Department, Role, User, UserId,
    account::PasswordHash,
    query::{Credentials, ListUsers, UserPage},
    text::fold_case,
};
use uuid::Uuid;

use super::{
    db::{Db, TRIES, all_of},
    rows::micros,
};
use crate::persistence::store::{StoreError, UserChange, UserCreation};

/// Names that are read at once.
const PAGE: i32 = 200;
/// The bucket of all names.
const BUCKET: i32 = 0;

pub(super) async fn check(db: &Db) -> Result<(), StoreError> {
    db.first::<(i32,)>(&db.run.check, ()).await.map(drop)
}

/// Claims the name, then makes the account. Each step may be repeated, and one who comes after a crash goes on.
pub(super) async fn create(db: &Db, user: &User, password_hash: &PasswordHash) -> Result<UserCreation, StoreError> {
    let present = if let Some(present) = find(db, user.id).await? {
        present.user
    } else {
        if !claim(db, user).await? {
            return Ok(UserCreation::NameTaken);
        }
        // Where the condition does not hold, another run of the same creation was first.
        list(db, user).await?;
        db.write_if(&db.run.add_user, (user.id.uuid(), db.encode(user)?, password_hash.0.as_str())).await?;
        user.clone()
    };
    if present.role != Role::User {
        db.write(&db.run.add_staff, (present.role.as_str(), present.id.uuid())).await?;
    }
    settle(db, &present).await?;
    Ok(UserCreation::Created)
}

/// Has the list hold an account, under the name that is its own.
async fn list(db: &Db, user: &User) -> Result<(), StoreError> {
    db.write(&db.run.list_user, (BUCKET, fold_case(&user.username), user.id.uuid())).await
}

/// Whether a user has their name, since now or since before.
async fn claim(db: &Db, user: &User) -> Result<bool, StoreError> {
    let name = fold_case(&user.username);
    if db.write_if(&db.run.claim_username, (&name, user.id.uuid())).await? {
        return Ok(true);
    }
    let owner: Option<(Uuid,)> = db.first(&db.run.username_now, (name,)).await?;
    Ok(owner.is_some_and(|(owner,)| owner == user.id.uuid()))
}

pub(super) async fn change(db: &Db, id: UserId, change: &UserChange) -> Result<Option<User>, StoreError> {
    if find(db, id).await?.is_none() {
        return Ok(None);
    }
    let at = micros(change.at);
    if let Some(disabled) = change.disabled {
        db.write(&db.run.set_disabled, (at, disabled, id.uuid())).await?;
    }
    if let Some(PasswordHash(hash)) = &change.password_hash {
        db.write(&db.run.set_password_hash, (at, hash, id.uuid())).await?;
    }
    let user = get(db, id).await?;
    if let Some(user) = &user {
        // One that was made before there was a list is in it from now on.
        list(db, user).await?;
        settle(db, user).await?;
    }
    Ok(user)
}

/// Gives the tickets of an agent's department to one who is not disabled, where nobody or one who is disabled has them.
/// Who is disabled meanwhile looks here, too, so that the last to look sees both.
async fn settle(db: &Db, user: &User) -> Result<(), StoreError> {
    let (Role::Agent, Some(department)) = (user.role, user.department) else { return Ok(()) };
    for _ in 0..TRIES {
        let now: Option<(Option<Uuid>,)> = db.first(&db.run.department_now, (department.as_str(),)).await?;
        let present = now.and_then(|(agent,)| agent);
        let next = enabled_agent(db, department, present).await?;
        if next == present {
            return Ok(());
        }
        // Whether or not it is made, the next look tells.
        db.write_if(&db.run.set_agent, (next, department.as_str(), present)).await?;
    }
    Err(db.nodes.unavailable("the agents of a department change all the time"))
}

/// The agent of a department, or where they are disabled the first of those who are not.
async fn enabled_agent(db: &Db, department: Department, present: Option<Uuid>) -> Result<Option<Uuid>, StoreError> {
    if let Some(agent) = present
        && get(db, agent.into()).await?.is_some_and(|agent| !agent.disabled)
    {
        return Ok(present);
    }
    let agents = staff(db, Role::Agent).await?.into_iter();
    let next =
        agents.filter(|agent| agent.department == Some(department) && !agent.disabled).map(|agent| agent.id).min();
    Ok(next.map(UserId::uuid))
}

/// Everybody with a role, disabled or not.
async fn staff(db: &Db, role: Role) -> Result<Vec<User>, StoreError> {
    let mut ids: Vec<(Uuid,)> = Vec::new();
    let mut place = Some(scylla::response::PagingState::start());
    while let Some(from) = place {
        let (page, next) = db.page::<(Uuid,)>(&db.run.staff, &(role.as_str(),), 1_000, from).await?;
        ids.extend(page);
        place = next;
    }
    let users = all_of(ids.into_iter().map(|(id,)| get(db, id.into())).collect()).await?;
    Ok(users.into_iter().flatten().collect())
}

/// Gives the tickets of a department to this agent, whoever had them.
pub(super) async fn appoint(db: &Db, department: Department, agent: Option<UserId>) -> Result<(), StoreError> {
    let agent = agent.map(UserId::uuid);
    let now: Option<(Option<Uuid>,)> = db.first(&db.run.department_now, (department.as_str(),)).await?;
    let present = now.and_then(|(agent,)| agent);
    if agent != present {
        db.write_if(&db.run.set_agent, (agent, department.as_str(), present)).await?;
    }
    Ok(())
}

pub(super) async fn credentials(db: &Db, username: &str) -> Result<Option<Credentials>, StoreError> {
    let owner: Option<(Uuid,)> = db.first(&db.run.username, (fold_case(username),)).await?;
    match owner {
        Some((owner,)) => find(db, owner.into()).await,
        None => Ok(None),
    }
}

pub(super) async fn get(db: &Db, id: UserId) -> Result<Option<User>, StoreError> {
    Ok(find(db, id).await?.map(|found| found.user))
}

pub(super) async fn admins(db: &Db) -> Result<Vec<UserId>, StoreError> {
    let admins = staff(db, Role::Admin).await?.into_iter();
    Ok(admins.filter(|admin| !admin.disabled).map(|admin| admin.id).collect())
}

pub(super) async fn agents(db: &Db) -> Result<Vec<User>, StoreError> {
    let mut agents = staff(db, Role::Agent).await?;
    agents.retain(|agent| !agent.disabled);
    agents.sort_by_cached_key(|agent| fold_case(&agent.username));
    Ok(agents)
}

pub(super) async fn page(db: &Db, query: &ListUsers) -> Result<UserPage, StoreError> {
    let (limit, mut items) = (query.limit as usize, Vec::new());
    let mut after = query.after.as_deref().map(fold_case).unwrap_or_default();
    loop {
        let listed: Vec<(String, Uuid)> = db.all(&db.run.user_list, (BUCKET, &after, PAGE)).await?;
        let Some((last, _)) = listed.last() else { return Ok(UserPage { items, has_more: false }) };
        after.clone_from(last);
        let found = all_of(listed.iter().map(|(_, id)| get(db, (*id).into())).collect()).await?;
        for user in found.into_iter().flatten().filter(|user| query.role.is_none_or(|role| role == user.role)) {
            if items.len() == limit {
                return Ok(UserPage { items, has_more: true });
            }
            items.push(user);
        }
    }
}

pub(super) async fn department_agent(db: &Db, department: Department) -> Result<Option<UserId>, StoreError> {
    let row: Option<(Option<Uuid>,)> = db.first(&db.run.department, (department.as_str(),)).await?;
    let agent = enabled_agent(db, department, row.and_then(|(agent,)| agent)).await?;
    Ok(agent.map(UserId::from))
}

pub(super) async fn find(db: &Db, id: UserId) -> Result<Option<Credentials>, StoreError> {
    type Columns = (Option<String>, Option<String>, Option<bool>, Option<String>);
    let row: Option<Columns> = db.first(&db.run.user, (id.uuid(),)).await?;
    let Some((Some(body), hash, disabled, new_hash)) = row else { return Ok(None) };
    let made: User = db.decode(&body)?;
    let user = User { disabled: disabled.unwrap_or(made.disabled), ..made };
    Ok(Some(Credentials { user, password_hash: PasswordHash(new_hash.or(hash).unwrap_or_default()) }))
}
