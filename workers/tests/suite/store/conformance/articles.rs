use std::sync::Arc;

use contracts::{
    Actor, Article, ArticleId, Audience, Department, EventId, Kind, Outcome, RequestId, Role, UserId,
    query::{ArticlePage, ArticleScope, ListArticles},
};
use workers::persistence::store::{ArticleWrite, ArticleWritten, Store};

use super::{at_once, samples::now};

pub(super) async fn run(store: &Arc<dyn Store>) {
    an_article_comes_back_as_it_was_written(store).await;
    a_write_needs_the_version_and_a_new_event(store).await;
    what_changes_nothing_is_on_record(store).await;
    of_many_writers_of_one_version_one_writes(store).await;
    pages_have_each_article_of_their_scope_once(store).await;
}

fn article(version: u64) -> Article {
    Article {
        id: ArticleId::new(),
        version,
        title: "Reset your password".to_owned(),
        body: "Open *the page*.\n\n1. „Überall“ — 🔑\n".to_owned(),
        audience: Audience::It,
        tags: vec!["a, \"b\"".to_owned(), "c".to_owned()],
        published: true,
        created_at: now(),
        updated_at: now(),
    }
}

fn event() -> EventId {
    EventId::of_request(Kind::ArticleChangeRequested, RequestId::new())
}

/// A write of an article behind the version before.
fn write(article: &Article) -> ArticleWrite {
    let (expected, outcome) = (article.version - 1, Outcome::ArticleChanged { article: article.clone() });
    ArticleWrite { article_id: article.id, expected, event: event(), outcome, at: now() }
}

async fn an_article_comes_back_as_it_was_written(store: &Arc<dyn Store>) {
    let first = article(1);
    let written = write(&first);
    assert_eq!(store.article(first.id).await.unwrap(), None);
    assert_eq!(store.write_article(&written).await.unwrap(), ArticleWritten::Written);
    assert_eq!(store.article(first.id).await.unwrap(), Some(first.clone()));
    let second = Article { version: 2, tags: vec![], published: false, audience: Audience::Everyone, ..first };
    assert_eq!(store.write_article(&write(&second)).await.unwrap(), ArticleWritten::Written);
    assert_eq!(store.article(second.id).await.unwrap(), Some(second.clone()));
    assert_eq!(store.article_change(second.id, &written.event).await.unwrap(), Some(written.outcome));
    assert_eq!(store.article_change(second.id, &event()).await.unwrap(), None);
}

async fn a_write_needs_the_version_and_a_new_event(store: &Arc<dyn Store>) {
    let (first, second) = (article(1), article(2));
    assert_eq!(store.write_article(&write(&second)).await.unwrap(), ArticleWritten::Stale, "there is no first");
    assert_eq!(store.article(second.id).await.unwrap(), None);
    let written = write(&first);
    assert_eq!(store.write_article(&written).await.unwrap(), ArticleWritten::Written);
    let other = Article { title: "Another".to_owned(), ..first.clone() };
    assert_eq!(store.write_article(&write(&other)).await.unwrap(), ArticleWritten::Stale, "there is a first");
    let again = Article { version: 2, ..other };
    let again = ArticleWrite { event: written.event, ..write(&again) };
    assert_eq!(store.write_article(&again).await.unwrap(), ArticleWritten::Stale, "the event was applied");
    assert_eq!(store.article(first.id).await.unwrap(), Some(first));
}

async fn what_changes_nothing_is_on_record(store: &Arc<dyn Store>) {
    let absent = ArticleId::new();
    let refused = ArticleWrite { article_id: absent, outcome: Outcome::ArticleNotFound, ..write(&article(1)) };
    assert_eq!(store.write_article(&refused).await.unwrap(), ArticleWritten::Written);
    assert_eq!(store.write_article(&refused).await.unwrap(), ArticleWritten::Stale);
    assert_eq!(store.article_change(absent, &refused.event).await.unwrap(), Some(Outcome::ArticleNotFound));
    assert_eq!(store.article(absent).await.unwrap(), None);
    let made = Article { id: absent, ..article(1) };
    assert_eq!(store.write_article(&write(&made)).await.unwrap(), ArticleWritten::Written);
    assert_eq!(store.article(absent).await.unwrap(), Some(made));
}

async fn of_many_writers_of_one_version_one_writes(store: &Arc<dyn Store>) {
    let first = article(1);
    store.write_article(&write(&first)).await.unwrap();
    let wanted = first.clone();
    let results = at_once(store, 8, move |store, nth| {
        let article = Article { version: 2, title: format!("By {nth}"), ..wanted.clone() };
        async move { (store.write_article(&write(&article)).await.unwrap(), article) }
    })
    .await;
    let won: Vec<_> = results.into_iter().filter(|(written, _)| *written == ArticleWritten::Written).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(store.article(first.id).await.unwrap(), Some(won[0].1.clone()));
}

async fn pages_have_each_article_of_their_scope_once(store: &Arc<dyn Store>) {
    let kinds = [(Audience::Everyone, true), (Audience::Everyone, false), (Audience::It, true), (Audience::Hr, true)];
    let mut made: Vec<Article> = Vec::new();
    for (nth, (audience, published)) in (0..3).flat_map(|nth| kinds.map(|kind| (nth, kind))) {
        // Ids that were computed and ids that were drawn.
        let fixed = ArticleId::derived(&[&now().to_rfc3339(), &nth.to_string(), audience.as_str()]);
        let id = if nth == 1 { fixed } else { ArticleId::new() };
        let id = if published { id } else { ArticleId::new() };
        let article = Article { id, audience, published, ..article(1) };
        store.write_article(&write(&article)).await.unwrap();
        made.push(article);
    }
    made.sort_by_key(|article| article.id);
    let person = |role, department| Actor { user_id: UserId::new(), role, department };
    for (scope, expected) in [
        (ArticleScope::All, 12),
        (ArticleScope::Published, 9),
        (ArticleScope::VisibleTo(person(Role::User, None)), 3),
        (ArticleScope::VisibleTo(person(Role::Agent, Some(Department::Hr))), 9),
        (ArticleScope::VisibleTo(person(Role::Admin, None)), 12),
    ] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let query = ListArticles { scope: scope.clone(), after, limit: 2 };
            let ArticlePage { items, has_more } = store.articles(&query).await.unwrap();
            assert!(items.len() <= 2 && (items.len() == 2 || !has_more), "{scope:?}");
            after = items.last().map(|last| last.id).or(after);
            found.extend(items);
            if !has_more {
                break;
            }
        }
        assert!(found.is_sorted_by(|one, next| one.id < next.id), "{scope:?}");
        found.retain(|found| made.iter().any(|made| made.id == found.id));
        let wanted: Vec<_> = made.iter().filter(|article| scope.holds(article)).cloned().collect();
        assert_eq!((found.len(), &found), (expected, &wanted), "{scope:?}");
    }
}
