//! Questions about accounts.

use serde::{Deserialize, Serialize};

use crate::{Role, User, UserId, account::PasswordHash};

/// An account with what its password is checked against.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Credentials {
    /// The account.
    pub user: User,
    /// What the password is checked against.
    pub password_hash: PasswordHash,
}

/// The account with a name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FindCredentials {
    /// Compared without regard to case.
    pub username: String,
}
query!(FindCredentials, "query.user.credentials", Persistence => Option<Credentials>);

/// The account with an id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetUser {
    /// The account.
    pub user_id: UserId,
}
query!(GetUser, "query.user.get", Persistence => Option<User>);

/// Accounts at most in one page, or asked for by their ids at once.
pub const USERS_MAX: u32 = 100;

/// The accounts with these ids, at most [`USERS_MAX`]; those that are not there are left out. The asker answers for its
/// right to see them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetUsers {
    /// The accounts.
    pub user_ids: Vec<UserId>,
}
query!(GetUsers, "query.user.several", Persistence => Vec<User>);

/// A page of accounts, in the order of their names without regard to case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListUsers {
    /// Only those who may do this.
    pub role: Option<Role>,
    /// Behind this name; where it is left out, from the first.
    pub after: Option<String>,
    /// How many, at most [`USERS_MAX`].
    pub limit: u32,
}
query!(ListUsers, "query.user.list", Persistence => UserPage);

/// A page of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPage {
    /// In the order of their names without regard to case.
    pub items: Vec<User>,
    /// Whether accounts follow this page.
    pub has_more: bool,
}

/// Every agent whose account is not disabled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListAgents {}
query!(ListAgents, "query.user.agents", Persistence => Vec<User>);

/// Every admin whose account is not disabled.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListAdmins {}
query!(ListAdmins, "query.user.admins", Persistence => Vec<UserId>);
