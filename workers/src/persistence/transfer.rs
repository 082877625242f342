//! Moves the data of a desk from `SQLite` to a cluster, while the desk runs.
//!
//! Every piece is compared, and copied where it differs; then the log of events is followed from the place that it had
//! before, and what its events touched is looked at again. Nothing is decided anew on the way: a ticket is copied with
//! its version, its places and its record of events, so that an event that comes again finds that it was applied.

mod log;
pub mod report;
pub mod rows;

use std::collections::BTreeSet;

use anyhow::Context;
use contracts::{ArticleId, Department, NotificationId, TicketId, UserId};
use futures::stream::{self, StreamExt, TryStreamExt};
use platform::{
    broker::{Broker, Process},
    config::{Config, StoreBackend},
};
use uuid::Uuid;

use self::{
    log::Log,
    report::{Difference, Report},
    rows::{Piece, comparable},
};
use super::{scylla::Target, sqlite::Source, store::StoreError};

/// Pieces looked at together, and how many of them at once.
const PAGE: u32 = 500;
const AT_ONCE: usize = 32;
/// How often the log is followed to its end: a busy desk is never at rest.
const ROUNDS: usize = 20;

/// Copies what differs from the file to the cluster, or with `compare_only` tells what does.
pub async fn run(config: &Config, compare_only: bool) -> anyhow::Result<Report> {
    let store = &config.store;
    anyhow::ensure!(
        store.backend == StoreBackend::Sqlite,
        "store.backend is not \"sqlite\": the desk does not keep its data in the file any more, and what the file holds is old"
    );
    anyhow::ensure!(store.path.is_file(), "store.path: {} is no file; there is nothing to move", store.path.display());
    let source = Source::open(&store.path)?;
    let target = Target::open(store).await.context("store.nodes")?;
    let broker = Broker::connect(&config.nats, Process::Workers).await?;
    let log = Log::new(&broker);
    let mut moving = Transfer { source, target, compare_only, report: Report::default() };

    let place = log.applied().await?;
    moving.report.followed = place..place;
    moving.everything().await?;
    if !compare_only {
        for _ in 0..ROUNDS {
            let now = log.applied().await?;
            let touched = log.touched(moving.report.followed.end, now).await?;
            if touched.is_empty() {
                break;
            }
            moving.pieces(touched).await?;
            moving.departments().await?;
            moving.report.followed.end = now;
        }
    }
    let (source, target) = tokio::try_join!(moving.source.counts(), moving.target.counts())?;
    Ok(Report { source, target, running: log.is_followed().await?, ..moving.report })
}

struct Transfer {
    source: Source,
    target: Target,
    compare_only: bool,
    report: Report,
}

impl Transfer {
    async fn everything(&mut self) -> Result<(), StoreError> {
        let first = Uuid::nil();
        let kinds = [
            Piece::Account(UserId::from(first)),
            Piece::Ticket(TicketId::from(first)),
            Piece::Notification(NotificationId::from(first)),
            Piece::Article(ArticleId::from(first)),
        ];
        for mut last in kinds {
            loop {
                let page = self.source.behind(last, PAGE).await?;
                let Some(end) = page.last() else { break };
                last = *end;
                self.pieces(page).await?;
            }
        }
        self.departments().await
    }

    async fn pieces(&mut self, pieces: impl IntoIterator<Item = Piece>) -> Result<(), StoreError> {
        let pieces: Vec<Piece> = pieces.into_iter().collect();
        let looks = stream::iter(pieces).map(|piece| {
            let this = &*self;
            async move { Ok::<_, StoreError>((piece, this.piece(piece).await?)) }
        });
        let done: Vec<_> = looks.buffer_unordered(AT_ONCE).try_collect().await?;
        for (piece, found) in done {
            self.report.add(piece.to_string(), found);
        }
        Ok(())
    }

    async fn piece(&self, piece: Piece) -> Result<Difference, StoreError> {
        match piece {
            Piece::Account(id) => self.account(id).await,
            Piece::Ticket(id) => self.ticket(id).await,
            Piece::Notification(id) => self.notification(id).await,
            Piece::Article(id) => self.article(id).await,
        }
    }

    async fn account(&self, id: UserId) -> Result<Difference, StoreError> {
        let Some(account) = self.source.account(id).await? else { return Ok(Difference::None) };
        let same = || async {
            let there = self.target.account(id).await?;
            Ok::<_, StoreError>(
                there.is_some_and(|there| there.user == account.user && there.password_hash == account.password_hash),
            )
        };
        if same().await? {
            return Ok(Difference::None);
        }
        if !self.compare_only {
            if !self.target.put_account(&account).await? {
                return Ok(Difference::Left("its name is another account's".to_owned()));
            }
            if same().await? {
                return Ok(Difference::Mended);
            }
        }
        Ok(Difference::Left("the account".to_owned()))
    }

    async fn ticket(&self, id: TicketId) -> Result<Difference, StoreError> {
        let rows = self.source.ticket(id).await?;
        let readers: Vec<UserId> = rows.read_marks.keys().copied().collect();
        let look = || async {
            let found = self.target.ticket(id, &readers).await?;
            let mut parts = rows.differences(&found.rows);
            if parts.is_empty() && !found.whole {
                parts.push("what lists it");
            }
            Ok::<_, StoreError>((found, parts.join(", ")))
        };
        let (there, parts) = look().await?;
        if parts.is_empty() {
            return Ok(Difference::None);
        }
        let version = |ticket: &rows::TicketRows| ticket.ticket.as_ref().map_or(0, |ticket| ticket.version);
        if version(&there.rows) > version(&rows) || there.rows.last_seq() > rows.last_seq() {
            return Ok(Difference::Left(format!("{parts}: newer in the cluster, where a desk worked with it")));
        }
        if !self.compare_only {
            self.target.put_ticket(id, &rows, &there.rows).await?;
            let (_, parts) = look().await?;
            return Ok(if parts.is_empty() { Difference::Mended } else { Difference::Left(parts) });
        }
        Ok(Difference::Left(parts))
    }

    async fn notification(&self, id: NotificationId) -> Result<Difference, StoreError> {
        let Some(notification) = self.source.notification(id).await?.map(comparable) else {
            return Ok(Difference::None);
        };
        let same = || async {
            Ok::<_, StoreError>(self.target.notification(&notification).await?.as_ref() == Some(&notification))
        };
        if same().await? {
            return Ok(Difference::None);
        }
        if !self.compare_only {
            self.target.put_notification(&notification).await?;
            if same().await? {
                return Ok(Difference::Mended);
            }
        }
        Ok(Difference::Left("the notification".to_owned()))
    }

    async fn article(&self, id: ArticleId) -> Result<Difference, StoreError> {
        let rows = self.source.article(id).await?;
        let (there, whole) = self.target.article(id).await?;
        if there == rows && whole {
            return Ok(Difference::None);
        }
        let version = |rows: &rows::ArticleRows| rows.article.as_ref().map_or(0, |article| article.version);
        if version(&there) > version(&rows) {
            return Ok(Difference::Left("the article: newer in the cluster, where a desk worked with it".to_owned()));
        }
        if !self.compare_only {
            self.target.put_article(id, &rows).await?;
            if self.target.article(id).await? == (rows, true) {
                return Ok(Difference::Mended);
            }
        }
        Ok(Difference::Left("the article".to_owned()))
    }

    /// After the accounts, for whoever is made first gets the tickets of the department.
    async fn departments(&mut self) -> Result<(), StoreError> {
        for &department in Department::ALL {
            let agent = self.source.department_agent(department).await?;
            if self.target.department_agent(department).await? == agent {
                continue;
            }
            let mended = !self.compare_only && {
                self.target.put_department_agent(department, agent).await?;
                self.target.department_agent(department).await? == agent
            };
            let left = || Difference::Left("to whom its tickets are assigned".to_owned());
            self.report.add(format!("department {department}"), if mended { Difference::Mended } else { left() });
        }
        Ok(())
    }
}

/// Pieces, each once.
type Pieces = BTreeSet<Piece>;
