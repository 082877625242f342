//! The file as another store is made from it: read piece by piece, each at one point in time, while the desk writes.

use std::path::Path;

use contracts::{
    ArticleId, Department, NotificationId, Outcome, TicketId, UserId, account::PasswordHash, notification::Notification,
};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::{
    accounts, articles, connection, deliveries,
    error::{OpenError, in_file},
    messages, notifications,
    reader::Readers,
    rows::{Id, Json, id, number, time_or_none},
    tickets,
};
use crate::persistence::{
    store::StoreError,
    transfer::rows::{Account, ArticleRows, Counts, Piece, TicketRows},
};

/// Threads that read.
const READERS: usize = 2;

/// A file that is read and never written.
pub struct Source {
    readers: Readers,
}

impl Source {
    /// Opens the file, which must be there and of this version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let open = || {
            let connections = (0..READERS).map(|_| connection::for_reading(path)).collect::<Result<Vec<_>, _>>()?;
            Ok((connection::is_up_to_date(&connections[0])?, Readers::start(connections)?))
        };
        let (up_to_date, readers) = open().map_err(|error: OpenError| in_file(path, error.into()))?;
        if up_to_date {
            return Ok(Self { readers });
        }
        Err(StoreError::Failed(
            format!("{}: its tables are of another version; start the workers of this one first", path.display())
                .into(),
        ))
    }

    /// The pieces behind one, of its kind, in the order of their ids: at most so many.
    pub async fn behind(&self, piece: Piece, limit: u32) -> Result<Vec<Piece>, StoreError> {
        self.readers.run(move |db| behind(db, piece, limit)).await
    }

    /// An account.
    pub async fn account(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        self.readers.run(move |db| account(db, user)).await
    }

    /// To whom the tickets of a department are assigned.
    pub async fn department_agent(&self, department: Department) -> Result<Option<UserId>, StoreError> {
        self.readers.run(move |db| accounts::department_agent(db, department)).await
    }

    /// All that is kept in a ticket's name.
    pub async fn ticket(&self, ticket: TicketId) -> Result<TicketRows, StoreError> {
        self.readers.run(move |db| ticket_rows(db, ticket)).await
    }

    /// A notice.
    pub async fn notification(&self, notification: NotificationId) -> Result<Option<Notification>, StoreError> {
        self.readers.run(move |db| notifications::get(db, notification)).await
    }

    /// An article with the record of its changes.
    pub async fn article(&self, article: ArticleId) -> Result<ArticleRows, StoreError> {
        let read = move |db: &Connection| {
            Ok(ArticleRows { article: articles::get(db, article)?, changes: articles::changes(db, article)? })
        };
        self.readers.run(read).await
    }

    /// How many rows there are, all at one point in time.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        self.readers.run(counts).await
    }
}

fn behind(db: &Connection, piece: Piece, limit: u32) -> Result<Vec<Piece>, StoreError> {
    let one = |table: &str, column: &str| {
        format!("SELECT DISTINCT {column} AS id FROM {table} WHERE {column} > ?1 ORDER BY {column} LIMIT ?2")
    };
    let (tables, after, make): (Vec<String>, Uuid, fn(Uuid) -> Piece) = match piece {
        Piece::Account(id) => (vec![one("users", "id")], id.uuid(), |id| Piece::Account(id.into())),
        Piece::Notification(id) => (vec![one("notifications", "id")], id.uuid(), |id| Piece::Notification(id.into())),
        Piece::Article(id) => {
            let tables = vec![one("articles", "id"), one("article_changes", "article_id")];
            (tables, id.uuid(), |id| Piece::Article(id.into()))
        }
        Piece::Ticket(id) => {
            let of_ticket = ["ticket_changes", "read_marks", "deliveries"].map(|table| one(table, "ticket_id"));
            ([one("tickets", "id")].into_iter().chain(of_ticket).collect(), id.uuid(), |id| Piece::Ticket(id.into()))
        }
    };
    let union = tables.iter().map(|sql| format!("SELECT id FROM ({sql})")).collect::<Vec<_>>().join(" UNION ");
    let mut statement = db.prepare_cached(&format!("{union} ORDER BY id LIMIT ?2"))?;
    let found = statement.query_map((Id(after), limit), |row| id::<Uuid>(row, 0))?;
    Ok(found.map(|id| id.map(make)).collect::<Result<_, _>>()?)
}

fn account(db: &Connection, user: UserId) -> Result<Option<Account>, StoreError> {
    let Some(found) = accounts::get(db, user)? else { return Ok(None) };
    let sql = "SELECT password_hash, disabled_at, password_hash_at FROM users WHERE id = ?";
    let account = db.prepare_cached(sql)?.query_one([Id(user.uuid())], |row| {
        Ok(Account {
            user: found,
            password_hash: PasswordHash(row.get("password_hash")?),
            disabled_at: time_or_none(row, "disabled_at")?,
            password_hash_at: time_or_none(row, "password_hash_at")?,
        })
    });
    Ok(account.optional()?)
}

fn ticket_rows(db: &Connection, ticket: TicketId) -> Result<TicketRows, StoreError> {
    let mut changes = db.prepare_cached("SELECT event_id, outcome FROM ticket_changes WHERE ticket_id = ?")?;
    let changes = changes.query_map([Id(ticket.uuid())], |row| {
        Ok((row.get::<_, String>("event_id")?, row.get::<_, Json<Outcome>>("outcome")?.0))
    })?;
    let mut read_marks = db.prepare_cached("SELECT user_id, seq FROM read_marks WHERE ticket_id = ?")?;
    let read_marks = read_marks.query_map([Id(ticket.uuid())], |row| Ok((id(row, "user_id")?, number(row, "seq")?)))?;
    let messages = messages::all(db, ticket)?;
    Ok(TicketRows {
        ticket: tickets::get(db, ticket)?,
        changes: changes.collect::<Result<_, _>>()?,
        feedback_at: messages.iter().filter_map(|(message, at)| Some((message.seq, (*at)?))).collect(),
        messages: messages.into_iter().map(|(message, _)| message).collect(),
        read_marks: read_marks.collect::<Result<_, _>>()?,
        deliveries: deliveries::of_ticket(db, ticket)?,
    })
}

fn counts(db: &Connection) -> Result<Counts, StoreError> {
    let count = |rows: &str| db.query_one(&format!("SELECT count(*) FROM {rows}"), [], |row| number(row, 0));
    let (users, tickets, articles) = (count("users")?, count("tickets")?, count("articles")?);
    Ok([
        users,
        users,
        users,
        count("users WHERE role <> 'user'")?,
        tickets,
        count("ticket_changes")?,
        count("messages")?,
        tickets,
        tickets,
        count("read_marks")?,
        count("deliveries")?,
        count("notifications")?,
        count("notifications WHERE read_at IS NULL")?,
        articles,
        count("article_changes")?,
        articles,
    ])
}
