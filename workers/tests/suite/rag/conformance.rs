//! What every index must do. Each property has articles of its own, so that all can be tried on one index.

use std::{collections::HashSet, sync::Arc};

use contracts::{Article, ArticleId, article::Audience};
use workers::rag::{
    Index,
    index::{Hit, Search, State},
};

use super::samples::{article, near, points, with_tokens, with_words};

const EVERYONE: &[Audience] = &[Audience::Everyone];

/// Tries every property on an index that holds nothing; panics at the first that does not hold.
pub(super) async fn run(index: Arc<dyn Index>) {
    assert!(index.states(None).await.unwrap().is_empty());
    what_was_put_in_is_found(&*index).await;
    nobody_finds_what_is_for_others(&*index).await;
    an_article_takes_the_place_of_its_older_self(&*index).await;
    what_was_not_wholly_written_is_in_no_state(&*index).await;
    a_withdrawn_article_has_no_points_left(&*index).await;
    searches_go_on_beside_writes(&index).await;
    a_new_index_takes_the_place_of_the_old_at_once(&*index).await;
    a_draft_that_is_dropped_changes_nothing(&*index).await;
}

async fn put(index: &dyn Index, article: &Article, texts: &[(usize, &str)]) {
    index.replace(article.id, State::of(article), points(article, texts)).await.unwrap();
}

async fn search(index: &dyn Index, search: Search) -> Vec<Hit> {
    index.search(vec![search]).await.unwrap().remove(0)
}

fn texts(hits: &[Hit]) -> HashSet<String> {
    hits.iter().filter_map(|hit| hit.passage.as_ref()).map(|passage| passage.text.clone()).collect()
}

async fn state(index: &dyn Index, of: ArticleId) -> Option<Option<State>> {
    index.states(Some(of)).await.unwrap().remove(&of)
}

async fn what_was_put_in_is_found(index: &dyn Index) {
    let vpn = article("VPN", "", Audience::Everyone);
    put(index, &vpn, &[(1, "Install the tunnel"), (2, "Choose Connect, then wait for the lamp")]).await;
    let hits = search(index, near(2, EVERYONE)).await;
    let best = hits[0].passage.clone().unwrap();
    assert_eq!((best.article_id, best.title.as_str(), best.heading.as_str()), (vpn.id, "VPN", "Steps"));
    assert_eq!(best.text, "Choose Connect, then wait for the lamp");
    let second = hits[0].id;
    assert!((hits[0].score - 1.0).abs() < 1e-3, "a cosine: {}", hits[0].score);
    assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
    let hits = search(index, with_words("is the tunnel installed?", EVERYONE)).await;
    assert_eq!(texts(&hits), HashSet::from(["Install the tunnel".to_owned()]));
    // Among points that are named, with the scores of both kinds at once.
    let named: Vec<_> = search(index, near(1, EVERYONE)).await.iter().map(|hit| hit.id).collect();
    let among = |search: Search| Search { among: Some(named.clone()), ..search };
    let both = vec![among(near(1, EVERYONE)), among(with_words("lamp", EVERYONE))];
    let answers = index.search(both).await.unwrap();
    assert_eq!((answers[0].len(), answers[1].len()), (2, 1));
    let tokens = index.search(vec![among(with_tokens(&[2, 102, 7], EVERYONE))]).await.unwrap().remove(0);
    assert_eq!(tokens[0].id, second, "two of its tokens are there");
    assert!((2.0..2.2).contains(&tokens[0].score) && tokens[1].score < 1.0, "the nearest of each: {tokens:?}");
    assert!(answers.iter().flatten().all(|hit| named.contains(&hit.id) && hit.passage.is_none()));
    assert_eq!(state(index, vpn.id).await, Some(Some(State::of(&vpn))));
}

async fn nobody_finds_what_is_for_others(index: &dyn Index) {
    let hidden = article("Payroll", "", Audience::Hr);
    put(index, &hidden, &[(11, "The salaries of everybody")]).await;
    let hr = search(index, near(11, &[Audience::Everyone, Audience::Agents, Audience::Hr])).await;
    assert!(texts(&hr).contains("The salaries of everybody"));
    let id = hr[0].id;
    for audiences in [EVERYONE, &[Audience::Everyone, Audience::Agents, Audience::It]] {
        for wanted in [near(11, audiences), with_words("salaries", audiences), with_tokens(&[11], audiences)] {
            let hits = search(index, wanted.clone()).await;
            assert!(!texts(&hits).contains("The salaries of everybody"), "for {audiences:?}");
            let named = search(index, Search { among: Some(vec![id]), ..wanted }).await;
            assert!(named.is_empty(), "who names it does not get it: {audiences:?}");
        }
    }
}

async fn an_article_takes_the_place_of_its_older_self(index: &dyn Index) {
    let mut changed = article("Wi-Fi", "one", Audience::Everyone);
    put(index, &changed, &[(21, "Router one"), (22, "Router two"), (23, "Router three")]).await;
    let first = state(index, changed.id).await;
    changed.version = 2;
    put(index, &changed, &[(21, "Antenna one"), (22, "Antenna two")]).await;
    assert_eq!(texts(&search(index, with_words("router", EVERYONE)).await), HashSet::new());
    assert_eq!(texts(&search(index, with_words("antenna", EVERYONE)).await).len(), 2);
    assert_eq!(state(index, changed.id).await, Some(Some(State::of(&changed))));
    assert_ne!(state(index, changed.id).await, first);
    // Twice is once.
    put(index, &changed, &[(21, "Antenna one"), (22, "Antenna two")]).await;
    assert_eq!(texts(&search(index, with_words("antenna", EVERYONE)).await).len(), 2);
    // Who may be shown it changes with it.
    changed.audience = Audience::It;
    changed.version = 3;
    put(index, &changed, &[(21, "Antenna one"), (22, "Antenna two")]).await;
    assert_eq!(texts(&search(index, with_words("antenna", EVERYONE)).await), HashSet::new());
}

async fn what_was_not_wholly_written_is_in_no_state(index: &dyn Index) {
    let torn = article("Torn", "", Audience::Everyone);
    let mut some = points(&torn, &[(31, "Sheet one"), (32, "Sheet two"), (33, "Sheet three")]);
    some.pop();
    index.replace(torn.id, State::of(&torn), some).await.unwrap();
    assert_eq!(state(index, torn.id).await, Some(None));
    put(index, &torn, &[(31, "Sheet one"), (32, "Sheet two"), (33, "Sheet three")]).await;
    assert_eq!(state(index, torn.id).await, Some(Some(State::of(&torn))));
}

async fn a_withdrawn_article_has_no_points_left(index: &dyn Index) {
    let (gone, stays) = (article("Gone", "", Audience::Everyone), article("Stays", "", Audience::Everyone));
    put(index, &gone, &[(41, "Zeppelin one"), (42, "Zeppelin two")]).await;
    put(index, &stays, &[(43, "Zeppelin three")]).await;
    for _ in 0..2 {
        index.remove(gone.id).await.unwrap();
        assert_eq!(state(index, gone.id).await, None);
        assert!(!index.states(None).await.unwrap().contains_key(&gone.id));
        let left = texts(&search(index, with_words("zeppelin", EVERYONE)).await);
        assert_eq!(left, HashSet::from(["Zeppelin three".to_owned()]));
    }
}

async fn searches_go_on_beside_writes(index: &Arc<dyn Index>) {
    let kept = article("Kept", "", Audience::Everyone);
    put(&**index, &kept, &[(51, "Lighthouse")]).await;
    let writes = tokio::spawn({
        let index = Arc::clone(index);
        async move {
            for version in 1..=20 {
                let mut busy = article("Busy", "", Audience::Everyone);
                busy.version = version;
                put(&*index, &busy, &[(52, "Harbour one"), (53, "Harbour two")]).await;
                index.remove(busy.id).await.unwrap();
            }
        }
    });
    while !writes.is_finished() {
        let hits = search(&**index, with_words("lighthouse", EVERYONE)).await;
        assert_eq!(texts(&hits), HashSet::from(["Lighthouse".to_owned()]));
    }
    writes.await.unwrap();
}

async fn a_new_index_takes_the_place_of_the_old_at_once(index: &dyn Index) {
    let (old, new) = (article("Old", "", Audience::Everyone), article("New", "", Audience::Everyone));
    put(index, &old, &[(61, "Candle")]).await;
    let made_at = index.made_at().await.unwrap();
    let mut draft = index.draft().await.unwrap();
    draft.add(points(&new, &[(62, "Lantern one"), (63, "Lantern two")])).await.unwrap();
    assert_eq!(texts(&search(index, with_words("lantern", EVERYONE)).await), HashSet::new(), "it is not there yet");
    put(index, &old, &[(61, "Candle light")]).await;
    assert_eq!(texts(&search(index, with_words("candle", EVERYONE)).await).len(), 1, "the old one is searched");
    draft.publish().await.unwrap();
    assert_eq!(texts(&search(index, with_words("lantern", EVERYONE)).await).len(), 2);
    assert_eq!(texts(&search(index, with_words("candle", EVERYONE)).await), HashSet::new(), "the old one is gone");
    assert_eq!(index.states(None).await.unwrap().into_keys().collect::<Vec<_>>(), [new.id]);
    assert!(index.made_at().await.unwrap() > made_at);
    put(index, &old, &[(61, "Candle")]).await;
    assert_eq!(texts(&search(index, with_words("candle", EVERYONE)).await).len(), 1, "it is written to");
}

async fn a_draft_that_is_dropped_changes_nothing(index: &dyn Index) {
    let (made_at, before) = (index.made_at().await.unwrap(), index.states(None).await.unwrap());
    let mut draft = index.draft().await.unwrap();
    draft.add(points(&article("Never", "", Audience::Everyone), &[(71, "Unicorn")])).await.unwrap();
    drop(draft);
    assert_eq!(index.states(None).await.unwrap(), before);
    assert_eq!(index.made_at().await.unwrap(), made_at);
    let fresh = article("Fresh", "", Audience::Everyone);
    let mut draft = index.draft().await.unwrap();
    draft.add(points(&fresh, &[(72, "Griffin")])).await.unwrap();
    draft.publish().await.unwrap();
    assert_eq!(index.states(None).await.unwrap().into_keys().collect::<Vec<_>>(), [fresh.id]);
}
