//! People: who they are and what they may do.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Department, UserId, ticket::words};

/// Characters in a user name at most.
pub const USERNAME_MAX: usize = 64;
/// Characters in a password at least (NIST SP 800-63B).
pub const PASSWORD_MIN: usize = 8;
/// Characters in a password at most.
pub const PASSWORD_MAX: usize = 256;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Raises tickets and sees their own.
    User,
    /// Answers the tickets of a department.
    Agent,
    /// Sees and does everything.
    Admin,
}
words!(Role { User = "user", Agent = "agent", Admin = "admin" });

/// A person's account, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The account.
    pub id: UserId,
    /// Unique, compared without regard to case.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// An agent's department.
    pub department: Option<Department>,
    /// A disabled account cannot log in.
    pub disabled: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
}

/// Who asks for something, as their session says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Actor {
    /// The account.
    pub user_id: UserId,
    /// What they may do.
    pub role: Role,
    /// An agent's department.
    pub department: Option<Department>,
}

impl Actor {
    /// Whether this person may see and change a ticket of `owner` in `department`:
    /// their own, their department's, or any for an admin.
    pub fn may_access(&self, owner: UserId, department: Option<Department>) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Agent => self.user_id == owner || (self.department.is_some() && self.department == department),
            Role::User => self.user_id == owner,
        }
    }

    /// Whether this person answers the tickets of `department`, and not only raises them. An agent who raised a ticket of
    /// another department is its requester.
    pub fn may_handle(&self, department: Option<Department>) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Agent => self.department.is_some() && self.department == department,
            Role::User => false,
        }
    }
}

impl From<&User> for Actor {
    fn from(user: &User) -> Self {
        Self { user_id: user.id, role: user.role, department: user.department }
    }
}

/// An argon2id hash in PHC form. Neither logs nor debug output show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}
