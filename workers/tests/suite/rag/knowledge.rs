//! The demo knowledge base, against questions as people type them.

use std::{collections::HashMap, path::Path, sync::Arc};

use contracts::{
    ArticleId,
    article::Audience,
    query::{ARTICLES_MAX, ArticleScope, ListArticles},
};
use platform::config::Index as IndexConfig;
use serde::Deserialize;
use workers::{
    import,
    rag::{Index, Keeper, Retriever, index::Embedded},
};

use super::pool::{Place, passages};

/// Of those that an article answers, so many out of a hundred have it first, and among the first three.
const FIRST: usize = 80;
const AMONG_THREE: usize = 95;
/// So many out of a hundred that no article answers are declined, and at most so many that one does.
const DECLINED: usize = 50;
const DECLINED_WRONGLY: usize = 6;

#[derive(Deserialize)]
struct Question {
    question: String,
    article: Option<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_articles_answer_what_people_ask() {
    let knowledge = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/knowledge");
    let place = Place::new().await;
    import::run(&place.config(IndexConfig::default()), &knowledge.join("articles"), false).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let index: Arc<dyn Index> = Arc::new(Embedded::open(folder.path()).await.unwrap());
    Keeper::new(place.broker.clone(), Arc::clone(&index), passages()).bring_all().await.unwrap();
    let page = ListArticles { scope: ArticleScope::Published, after: None, limit: ARTICLES_MAX };
    let articles = place.broker.ask(&page).await.unwrap().items;
    let titles: HashMap<ArticleId, &str> =
        articles.iter().map(|article| (article.id, article.title.as_str())).collect();
    let retriever = Retriever::new(index, passages());
    let questions = std::fs::read_to_string(knowledge.join("questions.jsonl")).unwrap();
    let (mut answerable, mut first, mut three, mut wrongly, mut off, mut declined) = (0, 0, 0, 0, 0, 0);
    for line in questions.lines() {
        let Question { question, article } = serde_json::from_str(line).unwrap();
        let all = [Audience::Everyone, Audience::Agents, Audience::It, Audience::Hr];
        let found = retriever.search(&question, &all, 20).await.unwrap();
        let Some(name) = article else {
            off += 1;
            declined += usize::from(!found.answered);
            continue;
        };
        let wanted = import::article_id(&name);
        let mut order: Vec<ArticleId> = found.passages.iter().map(|passage| passage.article_id).collect();
        order.dedup();
        answerable += 1;
        let hit = order.first() == Some(&wanted);
        first += usize::from(hit);
        three += usize::from(order.iter().take(3).any(|id| *id == wanted));
        wrongly += usize::from(!found.answered);
        if !hit || !found.answered {
            let got: Vec<_> = order.iter().take(3).filter_map(|id| titles.get(id)).collect();
            eprintln!("{question:?} wants {name}, gets {got:?}, answered: {}", found.answered);
        }
    }
    eprintln!("{first} and {three} of {answerable}, {wrongly} declined; off the topic {declined} of {off}");
    assert!(first * 100 >= answerable * FIRST && three * 100 >= answerable * AMONG_THREE);
    assert!(declined * 100 >= off * DECLINED && wrongly * 100 <= answerable * DECLINED_WRONGLY);
}
