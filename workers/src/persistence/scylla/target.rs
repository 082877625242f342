//! The cluster as a store that is made from another one: read and written piece by piece, before a desk works with it.

mod articles;
mod counting;
mod tickets;

use contracts::{ArticleId, Department, TicketId, UserId, notification::Notification, query::Credentials};
use platform::config::Store as Config;

use super::{accounts, connection, db::Db, error::Nodes, notifications, rows::micros, statements::CopyStatements};
use crate::persistence::{
    store::{StoreError, UserChange, UserCreation},
    transfer::rows::{Account, ArticleRows, Counts, TicketRows},
};

/// A store that no desk works with yet.
pub struct Target {
    db: Db,
    run: CopyStatements,
}

impl Target {
    /// Opens the keyspace that the configuration names, and makes it and its tables where there are none.
    pub async fn open(config: &Config) -> Result<Self, StoreError> {
        let db = connection::open(config, &Nodes::new(&config.nodes)).await?;
        let run = CopyStatements::prepare(&db.session, &db.reads).await.map_err(|error| db.nodes.error(error))?;
        Ok(Self { db, run })
    }

    /// An account that has its name.
    pub async fn account(&self, user: UserId) -> Result<Option<Credentials>, StoreError> {
        let db = &self.db;
        let Some(found) = accounts::find(db, user).await? else { return Ok(None) };
        let named = accounts::credentials(db, &found.user.username).await?;
        Ok(named.filter(|named| named.user.id == user))
    }

    /// Makes an account, or brings it to what it is in the other store. False when its name is another account's.
    pub async fn put_account(&self, account: &Account) -> Result<bool, StoreError> {
        let Account { user, password_hash, disabled_at, password_hash_at } = account;
        let db = &self.db;
        if accounts::create(db, user, password_hash).await? == UserCreation::NameTaken {
            return Ok(false);
        }
        if let Some(at) = *disabled_at {
            let change = UserChange { disabled: Some(user.disabled), password_hash: None, at };
            accounts::change(db, user.id, &change).await?;
        }
        if let Some(at) = *password_hash_at {
            let change = UserChange { disabled: None, password_hash: Some(password_hash.clone()), at };
            accounts::change(db, user.id, &change).await?;
        }
        Ok(true)
    }

    /// To whom the tickets of a department are assigned.
    pub async fn department_agent(&self, department: Department) -> Result<Option<UserId>, StoreError> {
        accounts::department_agent(&self.db, department).await
    }

    /// Has the tickets of a department assigned to an agent.
    pub async fn put_department_agent(&self, department: Department, agent: Option<UserId>) -> Result<(), StoreError> {
        accounts::appoint(&self.db, department, agent).await
    }

    /// All that is kept in a ticket's name, where everything that points to it is there, too; what is not known of
    /// read marks by the ticket is looked for of `readers`.
    pub async fn ticket(&self, ticket: TicketId, readers: &[UserId]) -> Result<Found, StoreError> {
        tickets::get(&self.db, &self.run, ticket, readers).await
    }

    /// Writes what is kept in a ticket's name over what is there. The ticket itself comes last: who finds it finds the rest.
    pub async fn put_ticket(&self, id: TicketId, rows: &TicketRows, there: &TicketRows) -> Result<(), StoreError> {
        tickets::put(&self.db, &self.run, id, rows, there).await
    }

    /// A notice like this one: as it is there.
    pub async fn notification(&self, like: &Notification) -> Result<Option<Notification>, StoreError> {
        let db = &self.db;
        let key = (like.user_id.uuid(), micros(like.created_at), like.id.uuid());
        let row: Option<notifications::Columns> = db.first(&self.run.notification, key).await?;
        row.map(|columns| notifications::from_row(db, columns)).transpose()
    }

    /// Makes a notice, and marks it as read where it is.
    pub async fn put_notification(&self, notification: &Notification) -> Result<(), StoreError> {
        let db = &self.db;
        notifications::add(db, &Notification { read_at: None, ..notification.clone() }).await?;
        if let Some(at) = notification.read_at {
            notifications::read(db, notification.user_id, notification.id, at).await?;
        }
        Ok(())
    }

    /// An article with the record of its changes, and whether its list and its version are as they must be.
    pub async fn article(&self, article: ArticleId) -> Result<(ArticleRows, bool), StoreError> {
        articles::get(&self.db, &self.run, article).await
    }

    /// Writes an article over what is there. The article itself comes last: who finds it finds the rest.
    pub async fn put_article(&self, id: ArticleId, rows: &ArticleRows) -> Result<(), StoreError> {
        articles::put(&self.db, &self.run, id, rows).await
    }

    /// How many rows there are. It reads every table from end to end.
    pub async fn counts(&self) -> Result<Counts, StoreError> {
        counting::all(&self.db, &self.run).await
    }
}

/// What a store has of a ticket.
pub struct Found {
    /// The rows.
    pub rows: TicketRows,
    /// Whether all that points to them is as it must be: ids of messages, lists.
    pub whole: bool,
}
