//! What the desk says in a ticket's chat of what happened to the ticket.

use contracts::{Actor, Department, Role, User};

/// An agent has the ticket.
pub(super) fn assigned(agent: Option<&User>, department: Department) -> String {
    format!("Assigned to {} ({department}).", name(agent, Role::Agent))
}

/// Somebody resolved it.
pub(super) fn resolved(actor: &Actor, account: Option<&User>) -> String {
    format!("Resolved by {}.", name(account, actor.role))
}

/// Somebody closed it.
pub(super) fn closed(actor: &Actor, account: Option<&User>) -> String {
    format!("Closed by {}.", name(account, actor.role))
}

/// Somebody opened it again.
pub(super) fn reopened(actor: &Actor, account: Option<&User>) -> String {
    format!("Reopened by {}.", name(account, actor.role))
}

/// A message opened it again.
pub(super) fn reopened_by_message() -> String {
    "Reopened by a new message.".to_owned()
}

/// Somebody let it go on after moderation had flagged it.
pub(super) fn released(actor: &Actor, account: Option<&User>) -> String {
    format!("Released by {}.", name(account, actor.role))
}

/// The account's name; without an account, as what its owner acted.
fn name(account: Option<&User>, role: Role) -> &str {
    match (account, role) {
        (Some(account), _) => &account.username,
        (None, Role::User) => "the requester",
        (None, Role::Agent) => "an agent",
        (None, Role::Admin) => "an admin",
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use contracts::UserId;

    use super::*;

    #[test]
    fn who_acted_is_named_and_without_an_account_described() {
        let actor = Actor { user_id: UserId::new(), role: Role::Agent, department: Some(Department::Hr) };
        let account = User {
            id: actor.user_id,
            username: "hr-agent".to_owned(),
            role: Role::Agent,
            department: Some(Department::Hr),
            disabled: false,
            created_at: DateTime::UNIX_EPOCH,
        };
        assert_eq!(assigned(Some(&account), Department::Hr), "Assigned to hr-agent (HR).");
        assert_eq!(assigned(None, Department::It), "Assigned to an agent (IT).");
        assert_eq!(closed(&actor, Some(&account)), "Closed by hr-agent.");
        let actor = |role| Actor { user_id: UserId::new(), role, department: None };
        assert_eq!(resolved(&actor(Role::User), None), "Resolved by the requester.");
        assert_eq!(reopened(&actor(Role::Agent), None), "Reopened by an agent.");
        assert_eq!(released(&actor(Role::Admin), None), "Released by an admin.");
    }
}
