//! Streams as data; the workers create and update them at start.

use std::time::Duration;

use crate::subject::PARTITIONS;

/// Every ticket, message, article, webhook, notification, bot and audit event.
pub const EVENTS: &str = "EVENTS";
/// Requests about accounts. They carry password hashes, so they are gone once done and outsiders never see them.
pub const ACCOUNTS: &str = "ACCOUNTS";
/// One message for each request that somebody waits for.
pub const OUTCOMES: &str = "OUTCOMES";
/// What failed for good, with its cause.
pub const DEAD: &str = "DEAD";

/// Key-value buckets: state that is changed by compare-and-set.
pub mod bucket {
    /// A user's tickets in the window.
    pub const QUOTA: &str = "quota";
    /// Logins and their refresh tokens.
    pub const SESSIONS: &str = "sessions";
    /// The ticket that an `Idempotency-Key` stands for.
    pub const IDEMPOTENCY: &str = "idempotency";
    /// One-time tickets that open a WebSocket.
    pub const WS_TICKETS: &str = "ws_tickets";
    /// Conversations with the bot.
    pub const BOT_SESSIONS: &str = "bot_sessions";

    /// Every bucket.
    pub const ALL: [&str; 5] = [QUOTA, SESSIONS, IDEMPOTENCY, WS_TICKETS, BOT_SESSIONS];
}

/// When a stream lets go of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// When it is older than this.
    Age(Duration),
    /// When it was handled.
    Work,
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub subjects: Vec<String>,
    /// When it lets go.
    pub retention: Retention,
    /// Whether a newer message takes the place of an older one on the same subject.
    pub latest_only: bool,
    /// How a subject is rewritten before it is kept: from, to.
    pub transform: Option<(String, String)>,
    /// Where a message is published once it is kept: from, to.
    pub republish: Option<(String, String)>,
    /// Whether the stream is a key-value bucket.
    pub bucket: bool,
}

/// How long things are kept.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Events and dead letters.
    pub events: Duration,
    /// Quota records: the quota's window.
    pub quota: Duration,
    /// Logins: the life of a refresh token.
    pub sessions: Duration,
}

/// Outcomes and idempotency keys are kept this long.
pub const OUTCOME_AGE: Duration = Duration::from_hours(24);
/// A one-time ticket for a WebSocket is good this long.
pub const WS_TICKET_LIFE: Duration = Duration::from_secs(30);
/// The record of a one-time ticket is kept this long: past its life by more than clocks differ.
const WS_TICKET_AGE: Duration = Duration::from_mins(2);
/// A conversation with the bot is kept this long after its last turn.
pub const BOT_SESSION_AGE: Duration = Duration::from_hours(24);
/// A repeated message id is known this long; longer than any pool's retries in place.
pub const DUPLICATE_WINDOW: Duration = Duration::from_mins(10);

/// Every stream of the desk.
pub fn all(keep: Keep) -> Vec<Stream> {
    let entities = ["ticket", "message", "article", "webhook", "notification", "bot", "audit"];
    vec![
        Stream {
            subjects: entities.iter().map(|entity| format!("{entity}.*.*")).collect(),
            transform: Some((
                "*.*.*".to_owned(),
                format!(
                    "{{{{partition({PARTITIONS},3)}}}}.{{{{wildcard(1)}}}}.{{{{wildcard(2)}}}}.{{{{wildcard(3)}}}}"
                ),
            )),
            republish: Some((
                "*.*.*.*".to_owned(),
                "events.{{wildcard(2)}}.{{wildcard(3)}}.{{wildcard(4)}}".to_owned(),
            )),
            ..plain(EVENTS, Retention::Age(keep.events))
        },
        Stream { subjects: vec!["account.*.*".to_owned()], ..plain(ACCOUNTS, Retention::Work) },
        Stream {
            subjects: vec!["outcome.*".to_owned()],
            latest_only: true,
            republish: Some(("outcome.*".to_owned(), "outcome_notice.{{wildcard(1)}}".to_owned())),
            ..plain(OUTCOMES, Retention::Age(OUTCOME_AGE))
        },
        Stream { subjects: vec!["dead.*.*".to_owned()], ..plain(DEAD, Retention::Age(keep.events)) },
        key_value(bucket::QUOTA, keep.quota),
        key_value(bucket::SESSIONS, keep.sessions),
        key_value(bucket::IDEMPOTENCY, OUTCOME_AGE),
        key_value(bucket::WS_TICKETS, WS_TICKET_AGE),
        key_value(bucket::BOT_SESSIONS, BOT_SESSION_AGE),
    ]
}

/// The stream under a key-value bucket (ADR-8).
pub fn of_bucket(bucket: &str) -> String {
    format!("KV_{bucket}")
}

fn plain(name: &str, retention: Retention) -> Stream {
    Stream {
        name: name.to_owned(),
        subjects: Vec::new(),
        retention,
        latest_only: false,
        transform: None,
        republish: None,
        bucket: false,
    }
}

fn key_value(bucket: &str, age: Duration) -> Stream {
    Stream {
        subjects: vec![format!("$KV.{bucket}.>")],
        latest_only: true,
        bucket: true,
        ..plain(&of_bucket(bucket), Retention::Age(age))
    }
}
