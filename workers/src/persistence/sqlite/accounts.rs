//! Accounts and departments.

use contracts::{Department, Role, User, UserId, account::PasswordHash, query::Credentials};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::rows::{Id, Time, Word, id, id_or_none, time, word, word_or_none};
use crate::persistence::store::{StoreError, UserCreation};

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
        ":folded_username": contracts::text::fold_case(&user.username),
        ":role": Word(user.role),
        ":department": user.department.map(Word),
        ":disabled": user.disabled,
        ":created_at": Time(user.created_at),
        ":password_hash": password_hash.0,
    })?;
    if inserted == 0 {
        return Ok(UserCreation::NameTaken);
    }
    if let (Role::Agent, Some(department)) = (user.role, user.department) {
        let assign = "UPDATE departments SET agent_id = ? WHERE department = ? AND agent_id IS NULL";
        db.prepare_cached(assign)?.execute((Id(user.id.uuid()), Word(department)))?;
    }
    Ok(UserCreation::Created)
}

pub(super) fn credentials(db: &Connection, username: &str) -> Result<Option<Credentials>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE folded_username = ?");
    let found = db.prepare_cached(&sql)?.query_one([contracts::text::fold_case(username)], |row| {
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
