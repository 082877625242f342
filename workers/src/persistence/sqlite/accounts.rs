//! Accounts and departments.

use contracts::{
    Department, Role, User, UserId,
    account::PasswordHash,
    query::{Credentials, ListUsers, UserPage},
    text::fold_case,
};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::rows::{Id, Time, Word, id, id_or_none, time, word, word_or_none};
use crate::persistence::store::{StoreError, UserChange, UserCreation};

const COLUMNS: &str = "id, username, role, department, disabled, created_at, password_hash";

/// Reads from a table that is never empty.
pub(super) fn check(db: &Connection) -> Result<(), StoreError> {
    Ok(db.prepare_cached("SELECT department FROM departments LIMIT 1")?.query_one([], |_| Ok(()))?)
}

pub(super) fn create(db: &Connection, user: &User, password_hash: &PasswordHash) -> Result<UserCreation, StoreError> {
    let known = "SELECT 1 FROM users WHERE id = ?";
    if db.prepare_cached(known)?.exists([Id(user.id.uuid())])? {
        return Ok(UserCreation::Created);
    }
    let insert =
        "INSERT INTO users (id, username, folded_username, role, department, disabled, created_at, password_hash)
         VALUES (:id, :username, :folded_username, :role, :department, :disabled, :created_at, :password_hash)
         ON CONFLICT (folded_username) DO NOTHING";
    let inserted = db.prepare_cached(insert)?.execute(named_params! {
        ":id": Id(user.id.uuid()),
        ":username": user.username,
        ":folded_username": fold_case(&user.username),
        ":role": Word(user.role),
        ":department": user.department.map(Word),
        ":disabled": user.disabled,
        ":created_at": Time(user.created_at),
        ":password_hash": password_hash.0,
    })?;
    if inserted == 0 {
        return Ok(UserCreation::NameTaken);
    }
    appoint(db, user)?;
    Ok(UserCreation::Created)
}

pub(super) fn change(db: &Connection, id: UserId, change: &UserChange) -> Result<Option<User>, StoreError> {
    let at = Time(change.at);
    if let Some(disabled) = change.disabled {
        let sql = "UPDATE users SET disabled = :disabled, disabled_at = :at
             WHERE id = :id AND (disabled_at IS NULL OR disabled_at <= :at)";
        db.prepare_cached(sql)?.execute(named_params! { ":disabled": disabled, ":at": at, ":id": Id(id.uuid()) })?;
    }
    if let Some(PasswordHash(hash)) = &change.password_hash {
        let sql = "UPDATE users SET password_hash = :hash, password_hash_at = :at
             WHERE id = :id AND (password_hash_at IS NULL OR password_hash_at <= :at)";
        db.prepare_cached(sql)?.execute(named_params! { ":hash": hash, ":at": at, ":id": Id(id.uuid()) })?;
    }
    let user = get(db, id)?;
    if let Some(user) = &user {
        if user.disabled {
            replace(db, user)?;
        } else {
            appoint(db, user)?;
        }
    }
    Ok(user)
}

/// Gives an agent the tickets of a department where nobody has them.
fn appoint(db: &Connection, user: &User) -> Result<(), StoreError> {
    if let (Role::Agent, Some(department), false) = (user.role, user.department, user.disabled) {
        let sql = "UPDATE departments SET agent_id = ? WHERE department = ? AND agent_id IS NULL";
        db.prepare_cached(sql)?.execute((Id(user.id.uuid()), Word(department)))?;
    }
    Ok(())
}

/// Gives the tickets of a department to another agent than this one, if they are this one's.
fn replace(db: &Connection, user: &User) -> Result<(), StoreError> {
    let sql = "UPDATE departments SET agent_id = (
             SELECT id FROM users
             WHERE role = :agent AND department = departments.department AND NOT disabled ORDER BY id LIMIT 1)
         WHERE agent_id = :id";
    db.prepare_cached(sql)?.execute(named_params! { ":agent": Word(Role::Agent), ":id": Id(user.id.uuid()) })?;
    Ok(())
}

pub(super) fn credentials(db: &Connection, username: &str) -> Result<Option<Credentials>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE folded_username = ?");
    let found = db.prepare_cached(&sql)?.query_one([fold_case(username)], |row| {
        Ok(Credentials { user: user(row)?, password_hash: PasswordHash(row.get("password_hash")?) })
    });
    Ok(found.optional()?)
}

pub(super) fn get(db: &Connection, id: UserId) -> Result<Option<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?");
    Ok(db.prepare_cached(&sql)?.query_one([Id(id.uuid())], user).optional()?)
}

pub(super) fn admins(db: &Connection) -> Result<Vec<UserId>, StoreError> {
    let mut statement = db.prepare_cached("SELECT id FROM users WHERE role = ? AND NOT disabled ORDER BY id")?;
    let admins = statement.query_map([Word(Role::Admin)], |row| id(row, "id"))?;
    Ok(admins.collect::<Result<_, _>>()?)
}

pub(super) fn agents(db: &Connection) -> Result<Vec<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE role = ? AND NOT disabled ORDER BY folded_username");
    let mut statement = db.prepare_cached(&sql)?;
    let agents = statement.query_map([Word(Role::Agent)], user)?;
    Ok(agents.collect::<Result<_, _>>()?)
}

pub(super) fn page(db: &Connection, query: &ListUsers) -> Result<UserPage, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM users WHERE folded_username > :after AND (:role IS NULL OR role = :role)
         ORDER BY folded_username LIMIT :limit"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(
        named_params! {
            ":after": query.after.as_deref().map(fold_case).unwrap_or_default(),
            ":role": query.role.map(Word),
            ":limit": i64::from(query.limit) + 1,
        },
        user,
    )?;
    let mut items = found.collect::<Result<Vec<_>, _>>()?;
    let has_more = items.len() > query.limit as usize;
    items.truncate(query.limit as usize);
    Ok(UserPage { items, has_more })
}

pub(super) fn department_agent(db: &Connection, department: Department) -> Result<Option<UserId>, StoreError> {
    let mut statement = db.prepare_cached("SELECT agent_id FROM departments WHERE department = ?")?;
    Ok(statement.query_one([Word(department)], |row| id_or_none(row, "agent_id"))?)
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: id(row, "id")?,
        username: row.get("username")?,
        role: word(row, "role")?,
        department: word_or_none(row, "department")?,
        disabled: row.get("disabled")?,
        created_at: time(row, "created_at")?,
    })
}
