use contracts::{Article, ArticleDraft, ArticleId, Audience, Kind, Outcome, event::ArticleChangeRequested};

use super::{Pool, event, kinds};

fn draft(title: &str) -> ArticleDraft {
    ArticleDraft { title: title.to_owned(), body: "Text".to_owned(), audience: Audience::Agents, tags: vec![] }
}

fn wish(article_id: ArticleId, version: Option<u64>) -> ArticleChangeRequested {
    ArticleChangeRequested { article_id, actor: None, version, draft: None, published: None }
}

fn changed(outcome: Option<Outcome>) -> Article {
    let Some(Outcome::ArticleChanged { article }) = outcome else { panic!("{outcome:?}") };
    article
}

#[tokio::test]
async fn an_event_that_comes_again_ends_as_it_did_and_brings_nothing_back() {
    let (pool, id) = (Pool::new().await, ArticleId::new());
    let made = event(ArticleChangeRequested { draft: Some(draft("First")), ..wish(id, Some(0)) });
    let shown = event(ArticleChangeRequested { published: Some(true), ..wish(id, None) });
    let mended = event(ArticleChangeRequested { draft: Some(draft("Second")), ..wish(id, Some(2)) });
    let hidden = event(ArticleChangeRequested { published: Some(false), ..wish(id, None) });
    let expected = [
        (&made, Kind::ArticleWithdrawn, 1, "First"),
        (&shown, Kind::ArticlePublished, 2, "First"),
        (&mended, Kind::ArticlePublished, 3, "Second"),
        (&hidden, Kind::ArticleWithdrawn, 4, "Second"),
    ];
    for (event, kind, version, title) in expected {
        let effects = pool.handle(event).await;
        assert_eq!((kinds(&effects), effects.first), (vec![kind], true));
        let article = changed(effects.outcome);
        assert_eq!((article.version, article.title.as_str()), (version, title));
    }
    let last = pool.store.article(id).await.unwrap();
    // In any order, and each ends as it did.
    for (event, kind, version, title) in [expected[2], expected[0], expected[1], expected[3]] {
        let effects = pool.handle(event).await;
        assert_eq!((kinds(&effects), effects.first), (vec![kind], false));
        let article = changed(effects.outcome);
        assert_eq!((article.version, article.title.as_str()), (version, title));
        assert_eq!(pool.store.article(id).await.unwrap(), last);
    }
}

#[tokio::test]
async fn of_two_editors_of_one_version_the_second_is_refused_and_stays_so() {
    let (pool, id) = (Pool::new().await, ArticleId::new());
    let edit = |title: &str, version| event(ArticleChangeRequested { draft: Some(draft(title)), ..wish(id, version) });
    let effects = pool.handle(&edit("Too early", Some(1))).await;
    assert_eq!((kinds(&effects), effects.outcome), (vec![], Some(Outcome::ArticleNotFound)));
    let effects = pool.handle(&event(ArticleChangeRequested { published: Some(true), ..wish(id, None) })).await;
    assert_eq!((kinds(&effects), effects.outcome), (vec![], Some(Outcome::ArticleNotFound)));
    pool.handle(&edit("First", Some(0))).await;
    pool.handle(&edit("Second", Some(1))).await;
    let late = edit("Late", Some(1));
    // A version that the article has later is no reason to take it when it comes again.
    let ahead = edit("Ahead", Some(3));
    for event in [&late, &ahead, &edit("Made again", Some(0))] {
        let effects = pool.handle(event).await;
        assert_eq!((kinds(&effects), effects.outcome), (vec![], Some(Outcome::ArticleConflict { version: 2 })));
    }
    changed(pool.handle(&edit("Third", Some(2))).await.outcome);
    let effects = pool.handle(&ahead).await;
    assert_eq!((kinds(&effects), effects.outcome), (vec![], Some(Outcome::ArticleConflict { version: 2 })));
    let same = pool.handle(&edit("Third", None)).await;
    let article = pool.store.article(id).await.unwrap().unwrap();
    assert_eq!((article.version, article.title.as_str()), (3, "Third"));
    assert_eq!((kinds(&same), same.outcome), (vec![], Some(Outcome::ArticleUnchanged { article })));
}
