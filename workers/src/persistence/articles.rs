//! Articles as they are made, changed, published and withdrawn.

use contracts::{
    Article, Envelope, Event, Outcome,
    event::{ArticleChangeRequested, ArticlePublished, ArticleWithdrawn},
};

use super::{
    Change, Persistence,
    change::{TRIES, contended},
    store::{ArticleWrite, ArticleWritten},
};
use crate::runtime::{Effects, Failure};

impl Persistence {
    /// Applies what was asked to an article. An event that was applied before ends as it did then.
    pub(super) async fn change_article(
        &self,
        envelope: &Envelope<Change>,
        request: &ArticleChangeRequested,
    ) -> Result<Effects, Failure> {
        let id = request.article_id;
        for _ in 0..TRIES {
            if let Some(outcome) = self.store.article_change(id, &envelope.id).await? {
                return Ok(effects(outcome, false));
            }
            let present = self.store.article(id).await?;
            let outcome = decide(envelope, request, present.as_ref());
            let write = ArticleWrite {
                article_id: id,
                expected: present.map_or(0, |article| article.version),
                event: envelope.id.clone(),
                outcome: outcome.clone(),
                at: envelope.time,
            };
            if self.store.write_article(&write).await? == ArticleWritten::Written {
                return Ok(effects(outcome, true));
            }
        }
        Err(contended())
    }
}

/// What comes of a request, from the article as it is.
fn decide(envelope: &Envelope<Change>, request: &ArticleChangeRequested, present: Option<&Article>) -> Outcome {
    let version = present.map_or(0, |article| article.version);
    let (draft, published) = match (present, &request.draft) {
        (None, None) => return Outcome::ArticleNotFound,
        (None, Some(_)) if request.version.is_some_and(|wanted| wanted > 0) => return Outcome::ArticleNotFound,
        _ if request.version.is_some_and(|wanted| wanted != version) => return Outcome::ArticleConflict { version },
        (Some(article), draft) => (draft.clone().unwrap_or_else(|| article.draft()), article.published),
        (None, Some(draft)) => (draft.clone(), false),
    };
    let article = Article {
        id: request.article_id,
        version: version + 1,
        title: draft.title,
        body: draft.body,
        audience: draft.audience,
        tags: draft.tags,
        published: request.published.unwrap_or(published),
        created_at: present.map_or(envelope.time, |article| article.created_at),
        updated_at: envelope.time,
    };
    match present {
        Some(present) if present.published == article.published && present.draft() == article.draft() => {
            Outcome::ArticleUnchanged { article: present.clone() }
        }
        _ => Outcome::ArticleChanged { article },
    }
}

/// Each change is told as how the article is now: shown, or not.
fn effects(outcome: Outcome, first: bool) -> Effects {
    let told = match &outcome {
        Outcome::ArticleChanged { article } if article.published => {
            Some(Event::from(ArticlePublished { article: article.clone() }))
        }
        Outcome::ArticleChanged { article } => Some(ArticleWithdrawn { article: article.clone() }.into()),
        _ => None,
    };
    Effects { events: told.into_iter().collect(), outcome: Some(outcome), first, ..Effects::none() }
}
