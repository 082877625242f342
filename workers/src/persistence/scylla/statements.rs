//! Every statement, prepared once.

use scylla::{
    client::{execution_profile::ExecutionProfileHandle, session::Session},
    errors::PrepareError,
    statement::{Consistency, prepared::PreparedStatement},
};

/// How a statement may be repeated.
#[derive(Clone, Copy)]
enum Use {
    /// It changes nothing: a second node is asked when the first is slow.
    Read,
    /// The same, and sees what a conditional write left half done.
    SerialRead,
    /// It changes something, and twice is as good as once; so it is with the conditional ones, whose makers look whether
    /// it was they who made it.
    Write,
}

macro_rules! statements {
    ($(#[$doc:meta])* $set:ident; $($name:ident: $use:ident, $cql:expr;)*) => {
        $(#[$doc])*
        pub(super) struct $set {
            $(pub(super) $name: PreparedStatement,)*
        }

        impl $set {
            /// Prepares all; reads run with `reads`.
            pub(super) async fn prepare(session: &Session, reads: &ExecutionProfileHandle) -> Result<Self, PrepareError> {
                Ok(Self { $($name: prepare(session, reads, Use::$use, $cql).await?,)* })
            }
        }
    };
}

async fn prepare(
    session: &Session,
    reads: &ExecutionProfileHandle,
    way: Use,
    cql: &str,
) -> Result<PreparedStatement, PrepareError> {
    let mut statement = session.prepare(cql).await?;
    statement.set_is_idempotent(true);
    match way {
        Use::Read => statement.set_execution_profile_handle(Some(reads.clone())),
        Use::SerialRead => {
            statement.set_consistency(Consistency::LocalSerial);
            statement.set_execution_profile_handle(Some(reads.clone()));
        }
        Use::Write => {}
    }
    Ok(statement)
}

statements! {
    /// The statements of a store.
    Statements;

    check: Read, "SELECT step FROM schema_steps WHERE step = 1";

    // Tickets and what is in their partitions
    state: Read, "SELECT DISTINCT ticket_id, version, last_seq FROM tickets WHERE ticket_id = ?";
    ticket: Read, "SELECT DISTINCT ticket_id, version, last_seq, ticket FROM tickets WHERE ticket_id = ?";
    change_ticket: Write, "UPDATE tickets SET version = ?, ticket = ?, last_seq = ?, last_writer = ?
        WHERE ticket_id = ? IF version = ? AND last_seq = ?";
    keep_ticket: Write, "UPDATE tickets SET last_seq = ?, last_writer = ?
        WHERE ticket_id = ? IF version = ? AND last_seq = ?";
    add_body: Write, "INSERT INTO tickets (ticket_id, section, place, key, body, writer)
        VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS";
    add_seq: Write, "INSERT INTO tickets (ticket_id, section, place, key, seq, writer)
        VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS";
    writer: SerialRead, "SELECT writer FROM tickets WHERE ticket_id = ? AND section = ? AND place = 0 AND key = ?";
    body: Read, "SELECT body FROM tickets WHERE ticket_id = ? AND section = ? AND place = 0 AND key = ?";
    seq: Read, "SELECT seq FROM tickets WHERE ticket_id = ? AND section = ? AND place = 0 AND key = ?";
    message: Read, "SELECT body, feedback FROM tickets WHERE ticket_id = ? AND section = ? AND place = ? AND key = ''";
    messages_after: Read, "SELECT body, feedback FROM tickets WHERE ticket_id = ? AND section = ? AND place > ?
        LIMIT ?";
    messages_before: Read, "SELECT body, feedback FROM tickets WHERE ticket_id = ? AND section = ? AND place < ?
        ORDER BY section DESC, place DESC, key DESC LIMIT ?";
    set_feedback: Write, "UPDATE tickets USING TIMESTAMP ? SET feedback = ?
        WHERE ticket_id = ? AND section = ? AND place = ? AND key = ''";

    // Read marks
    mark: Write, "INSERT INTO read_marks (user_id, ticket_id, seq) VALUES (?, ?, ?) USING TIMESTAMP ?";
    marks: Read, "SELECT ticket_id, seq FROM read_marks WHERE user_id = ? AND ticket_id IN ?";

    // Lists
    list_by_user: Write, "INSERT INTO tickets_by_user (user_id, ticket_id, department, status, title, description)
        VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?";
    list_by_state: Write, "INSERT INTO tickets_by_state (department, status, period, ticket_id)
        VALUES (?, ?, ?, ?) USING TIMESTAMP ?";
    unlist_by_state: Write, "DELETE FROM tickets_by_state USING TIMESTAMP ?
        WHERE department = ? AND status = ? AND period = ? AND ticket_id = ?";
    add_period: Write, "INSERT INTO ticket_periods (department, status, period) VALUES (?, ?, ?)";
    periods: Read, "SELECT period FROM ticket_periods WHERE department = ? AND status = ?";
    of_state: Read, "SELECT ticket_id FROM tickets_by_state WHERE department = ? AND status = ? AND period = ?
        LIMIT ?";
    of_state_after: Read, "SELECT ticket_id FROM tickets_by_state
        WHERE department = ? AND status = ? AND period = ? AND ticket_id < ? LIMIT ?";
    of_user: Read, "SELECT ticket_id, department, status FROM tickets_by_user WHERE user_id = ?";
    of_user_after: Read, "SELECT ticket_id, department, status FROM tickets_by_user
        WHERE user_id = ? AND ticket_id < ?";
    texts_of_user: Read, "SELECT ticket_id, department, status, title, description FROM tickets_by_user
        WHERE user_id = ?";
    texts_of_user_after: Read, "SELECT ticket_id, department, status, title, description FROM tickets_by_user
        WHERE user_id = ? AND ticket_id < ?";

    // Accounts
    user: Read, "SELECT body, password_hash, changed_disabled, changed_password_hash FROM users WHERE user_id = ?";
    add_user: Write, "INSERT INTO users (user_id, body, password_hash) VALUES (?, ?, ?) IF NOT EXISTS";
    set_disabled: Write, "UPDATE users USING TIMESTAMP ? SET changed_disabled = ? WHERE user_id = ?";
    set_password_hash: Write, "UPDATE users USING TIMESTAMP ? SET changed_password_hash = ? WHERE user_id = ?";
    username: Read, "SELECT user_id FROM usernames WHERE folded_username = ?";
    username_now: SerialRead, "SELECT user_id FROM usernames WHERE folded_username = ?";
    claim_username: Write, "INSERT INTO usernames (folded_username, user_id) VALUES (?, ?) IF NOT EXISTS";
    list_user: Write, "INSERT INTO user_list (bucket, folded_username, user_id) VALUES (?, ?, ?)";
    user_list: Read, "SELECT folded_username, user_id FROM user_list WHERE bucket = ? AND folded_username > ? LIMIT ?";
    staff: Read, "SELECT user_id FROM staff WHERE role = ?";
    add_staff: Write, "INSERT INTO staff (role, user_id) VALUES (?, ?)";
    department: Read, "SELECT agent_id FROM departments WHERE department = ?";
    department_now: SerialRead, "SELECT agent_id FROM departments WHERE department = ?";
    set_agent: Write, "UPDATE departments SET agent_id = ? WHERE department = ? IF agent_id = ?";

    // Notifications
    notification_id: Read, "SELECT created_at FROM notification_ids WHERE user_id = ? AND notification_id = ?";
    add_notification_id: Write, "INSERT INTO notification_ids (user_id, notification_id, created_at)
        VALUES (?, ?, ?)";
    add_notification: Write, "INSERT INTO notifications (user_id, created_at, notification_id, body)
        VALUES (?, ?, ?, ?) USING TIMESTAMP ?";
    set_read: Write, "UPDATE notifications USING TIMESTAMP ? SET read_at = ?
        WHERE user_id = ? AND created_at = ? AND notification_id = ?";
    notifications: Read, "SELECT body, read_at FROM notifications WHERE user_id = ? AND created_at < ? LIMIT ?";
    add_unread: Write, "INSERT INTO unread_notifications (user_id, notification_id) VALUES (?, ?) USING TIMESTAMP ?";
    remove_unread: Write, "DELETE FROM unread_notifications USING TIMESTAMP ?
        WHERE user_id = ? AND notification_id = ?";
    unread: Read, "SELECT notification_id FROM unread_notifications WHERE user_id = ? LIMIT ?";

    // Articles. What a conditional write left half done is seen: the next write counts on it.
    article: SerialRead, "SELECT DISTINCT article_id, version, article FROM articles WHERE article_id = ?";
    article_change: SerialRead, "SELECT outcome FROM articles WHERE article_id = ? AND event = ?";
    change_article: Write, "UPDATE articles SET version = ?, article = ? WHERE article_id = ? IF version = ?";
    add_article_change: Write, "INSERT INTO articles (article_id, event, outcome) VALUES (?, ?, ?) IF NOT EXISTS";
    add_article_id: Write, "INSERT INTO article_ids (bucket, article_id) VALUES (?, ?)";
    article_id: Read, "SELECT article_id FROM article_ids WHERE bucket = ? AND article_id = ?";
    article_ids: Read, "SELECT article_id FROM article_ids WHERE bucket = ? AND article_id > ? LIMIT ?";

    // Webhook calls
    attempts: Read, "SELECT attempts FROM deliveries WHERE ticket_id = ? AND delivery_id = ?";
    add_delivery: Write, "INSERT INTO deliveries (ticket_id, delivery_id, attempts, body) VALUES (?, ?, ?, ?)
        USING TIMESTAMP ?";
    deliveries: Read, "SELECT body FROM deliveries WHERE ticket_id = ?";
}

statements! {
    /// What is needed beside them to make a store from another one, and to compare the two. Copies have timestamps as old as
    /// the ticket: whatever the desk writes later is newer.
    CopyStatements;

    copy_body: Write, "INSERT INTO tickets (ticket_id, section, place, key, body) VALUES (?, ?, ?, ?, ?)
        USING TIMESTAMP ?";
    copy_seq: Write, "INSERT INTO tickets (ticket_id, section, place, key, seq) VALUES (?, ?, 0, ?, ?)
        USING TIMESTAMP ?";
    copy_last_seq: Write, "UPDATE tickets USING TIMESTAMP ? SET last_seq = ? WHERE ticket_id = ?";
    copy_ticket: Write, "UPDATE tickets USING TIMESTAMP ? SET version = ?, ticket = ? WHERE ticket_id = ?";
    partition: Read, "SELECT section, key, body, seq, feedback FROM tickets WHERE ticket_id = ?";
    notification: Read, "SELECT body, read_at FROM notifications
        WHERE user_id = ? AND created_at = ? AND notification_id = ?";
    row_by_user: Read, "SELECT department, status, title, description FROM tickets_by_user
        WHERE user_id = ? AND ticket_id = ?";
    row_by_state: Read, "SELECT ticket_id FROM tickets_by_state
        WHERE department = ? AND status = ? AND period = ? AND ticket_id = ?";

    copy_article: Write, "UPDATE articles USING TIMESTAMP ? SET version = ?, article = ? WHERE article_id = ?";
    copy_article_change: Write, "INSERT INTO articles (article_id, event, outcome) VALUES (?, ?, ?)
        USING TIMESTAMP ?";
    article_changes: Read, "SELECT event, outcome FROM articles WHERE article_id = ?";

    // Every row of a table
    articles: Read, "SELECT DISTINCT article_id, version FROM articles";
    all_article_changes: Read, "SELECT event FROM articles";
    listed_articles: Read, "SELECT article_id FROM article_ids";
    users: Read, "SELECT user_id FROM users";
    usernames: Read, "SELECT user_id FROM usernames";
    listed_users: Read, "SELECT user_id FROM user_list";
    all_staff: Read, "SELECT user_id FROM staff";
    tickets: Read, "SELECT DISTINCT ticket_id, version FROM tickets";
    sections: Read, "SELECT section FROM tickets";
    by_user: Read, "SELECT ticket_id FROM tickets_by_user";
    by_state: Read, "SELECT ticket_id FROM tickets_by_state";
    read_marks: Read, "SELECT user_id FROM read_marks";
    deliveries: Read, "SELECT ticket_id FROM deliveries";
    notifications: Read, "SELECT user_id FROM notifications";
    unread: Read, "SELECT user_id FROM unread_notifications";
}
