//! Brings a folder of articles into the knowledge base of a running desk: every file is read before anything is changed,
//! and what is the same already stays as it is.

mod files;
mod front_matter;

use std::{collections::HashMap, fmt, path::Path, time::Duration};

use anyhow::Context;
use contracts::{
    Article, ArticleId, Envelope, Outcome, RequestId,
    event::ArticleChangeRequested,
    query::{ARTICLES_MAX, ArticleScope, ListArticles},
    trace::TraceParent,
};
use futures::stream::{self, StreamExt, TryStreamExt};
use platform::{
    broker::{Broker, Process},
    config::Config,
};

use self::files::Found;
pub use self::files::id_of as article_id;

/// Requests under way at once.
const AT_ONCE: usize = 16;
/// How often it is looked whether a request is done, and how long.
const LOOK: Duration = Duration::from_millis(20);
const WAIT: Duration = Duration::from_mins(1);

/// What an import came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Titles of articles that were made.
    pub made: Vec<String>,
    /// Titles of articles that were changed.
    pub changed: Vec<String>,
    /// How many stayed as they were.
    pub unchanged: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, titles) in [("New:    ", &self.made), ("Changed:", &self.changed)] {
            titles.iter().try_for_each(|title| writeln!(f, "{what} {title}"))?;
        }
        write!(f, "New: {}. Changed: {}. Unchanged: {}.", self.made.len(), self.changed.len(), self.unchanged)
    }
}

/// Makes the articles of a folder that are not there, and unless `only_new` changes those that differ. Articles that the
/// folder does not have stay as they are.
pub async fn run(config: &Config, folder: &Path, only_new: bool) -> anyhow::Result<Report> {
    let found = files::read(folder)?;
    let broker = Broker::connect(&config.nats, Process::Workers).await?;
    let present = present(&broker).await?;
    let mut report = Report::default();
    let mut wanted = Vec::new();
    for article in found {
        match present.get(&article.id) {
            Some(_) if only_new => report.unchanged += 1,
            Some(there) if there.draft() == article.draft && there.published == article.published => {
                report.unchanged += 1;
            }
            there => wanted.push((article, there.map_or(0, |there| there.version))),
        }
    }
    let asked = wanted.iter().map(|(article, version)| request(&broker, article, *version));
    stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE).try_collect::<()>().await?;
    for (article, version) in wanted {
        let titles = if version == 0 { &mut report.made } else { &mut report.changed };
        titles.push(article.draft.title);
    }
    Ok(report)
}

/// Every article of the desk.
async fn present(broker: &Broker) -> anyhow::Result<HashMap<ArticleId, Article>> {
    let (mut all, mut after) = (HashMap::new(), None);
    loop {
        let page = broker.ask(&ListArticles { scope: ArticleScope::All, after, limit: ARTICLES_MAX }).await?;
        after = page.items.last().map(|last| last.id);
        all.extend(page.items.into_iter().map(|article| (article.id, article)));
        if !page.has_more {
            return Ok(all);
        }
    }
}

/// Asks for an article to become what a file says, and waits until it is.
async fn request(broker: &Broker, wanted: &Found, version: u64) -> anyhow::Result<()> {
    let request = RequestId::new();
    let event = ArticleChangeRequested {
        article_id: wanted.id,
        actor: None,
        version: Some(version),
        draft: Some(wanted.draft.clone()),
        published: Some(wanted.published),
    };
    broker.publish(&Envelope::of_request(event.into(), request, TraceParent::start())).await?;
    let outcome = tokio::time::timeout(WAIT, async {
        loop {
            match broker.outcome(request).await? {
                Some(outcome) => return anyhow::Ok(outcome),
                None => tokio::time::sleep(LOOK).await,
            }
        }
    });
    let place = &wanted.place;
    let outcome = outcome.await.with_context(|| {
        format!("{place}: the workers have not done it in {} s; it is kept. Run this again later", WAIT.as_secs())
    })??;
    match outcome {
        Outcome::ArticleChanged { .. } | Outcome::ArticleUnchanged { .. } => Ok(()),
        Outcome::ArticleConflict { .. } | Outcome::ArticleNotFound => {
            anyhow::bail!("{place}: somebody changed the article meanwhile, and it was left alone. Run this again")
        }
        other => anyhow::bail!("{place}: the workers gave up on it ({other:?}); the dead letters have the cause"),
    }
}
