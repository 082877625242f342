//! Finding what answers a question, in an index of the process: how long it takes beside the encoding of the question alone,
//! and how much memory the index has.

use std::{
    path::Path,
    process,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::DateTime;
use contracts::{Article, ArticleId, article::Audience};
use serde_json::{Value, json};
use tests::{Random, embedding_model};
use workers::{
    embedding::{Embedder, Embedding},
    rag::{
        Index, Passages, Retriever,
        chunking::Chunk,
        index::{Embedded, Point, Vectors},
        sparse::WordCounter,
    },
};

use crate::{
    load::{measure, milliseconds, round},
    machine::{disk_mib, memory_mib},
};

/// Passages of the two indexes.
const SIZES: [usize; 2] = [2_000, 100_000];
/// Passages of one article.
const PER_ARTICLE: usize = 5;
/// Words of a passage, about as many as those of the demo articles have.
const WORDS: usize = 80;
/// Tokens of a passage: those of its words and of the headings above it.
const TOKENS: usize = 120;
/// Different words there are; how often each comes falls as in a language.
const VOCABULARY: f64 = 20_000.0;
/// Every how many words comes one that is asked about.
const ASKED: u64 = 10;
/// Articles that are written at once.
const AT_ONCE: usize = 40;
/// The share of chance in a passage's vector; the rest is that of a real text, so that passages lie in clusters as real ones.
const CHANCE: f32 = 0.6;

/// Measures indexes of both sizes. The passages are made up, and so are their vectors, for to encode 100,000 takes an hour.
pub(crate) async fn run(time: Duration) -> Value {
    let questions = Arc::new(questions());
    let passages = Passages::new(Arc::new(Embedder::open(&embedding_model()).unwrap())).unwrap();
    let mut topics = Vec::new();
    for question in questions.iter() {
        topics.push(passages.of_question(question).await.unwrap());
    }
    let turn = Arc::new(AtomicUsize::new(0));
    let next = {
        let questions = Arc::clone(&questions);
        move || questions[turn.fetch_add(1, Ordering::Relaxed) % questions.len()].clone()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut sizes = Vec::new();
    for size in SIZES {
        let folder = tempfile::tempdir().unwrap();
        let (before, _) = memory_mib(process::id());
        let began = Instant::now();
        let index: Arc<dyn Index> = Arc::new(fill(folder.path(), size, &topics, &questions).await);
        let filled = began.elapsed();
        let (after, _) = memory_mib(process::id());
        let retriever = Arc::new(Retriever::new(index, passages.clone()));
        let encoding = measure(1, time, encode(passages.clone(), next.clone())).await;
        let alone = measure(1, time, search(Arc::clone(&retriever), next.clone())).await;
        let together = measure(cores, time, search(Arc::clone(&retriever), next.clone())).await;
        let (searched, _) = memory_mib(process::id());
        sizes.push(json!({
            "passages": size,
            "embedding": encoding.json(),
            "retrieval": alone.json(),
            "retrieval_to_embedding_p50": round(milliseconds(alone.p50) / milliseconds(encoding.p50)),
            "retrieval_on_all_cores": together.json(),
            "filled_in_seconds": round(filled.as_secs_f64()),
            "index_mib": {"filled": round(after - before), "searched": round(searched - before)},
            "index_on_disk_mib": disk_mib(folder.path()),
        }));
    }
    let p50 = |size: &Value| size["retrieval"]["p50_ms"].as_f64().unwrap_or_default();
    json!({
        "bench": "ask",
        "cores": cores,
        "vectors_of_passages": "made up",
        "sizes": sizes,
        "growth_p50": round(p50(&sizes[1]) / p50(&sizes[0])),
    })
}

/// Questions as people type them.
fn questions() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/knowledge/questions.jsonl");
    let text = std::fs::read_to_string(file).unwrap();
    let question = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["question"].as_str().unwrap().to_owned()
    };
    text.lines().map(question).collect()
}

fn encode(passages: Passages, next: impl Fn() -> String) -> impl Fn(usize) -> futures::future::BoxFuture<'static, ()> {
    move |_| {
        let (passages, question) = (passages.clone(), next());
        Box::pin(async move {
            passages.of_question(&question).await.unwrap();
        })
    }
}

fn search(
    retriever: Arc<Retriever>,
    next: impl Fn() -> String,
) -> impl Fn(usize) -> futures::future::BoxFuture<'static, ()> {
    move |_| {
        let (retriever, question) = (Arc::clone(&retriever), next());
        Box::pin(async move {
            let found = retriever.search(&question, &[Audience::Everyone], 5).await.unwrap();
            assert_eq!(found.passages.len(), 5);
        })
    }
}

async fn fill(folder: &Path, size: usize, topics: &[Vectors], questions: &[String]) -> Embedded {
    let asked: Vec<_> = questions.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect();
    let index = Embedded::open(folder).await.unwrap();
    let words = WordCounter::new().unwrap();
    let mut random = Random::new(size as u64);
    let mut draft = index.draft().await.unwrap();
    let mut points = Vec::new();
    for number in 0..size / PER_ARTICLE {
        points.extend(article(number, &mut random, (topics, &asked), &words));
        if points.len() >= AT_ONCE * PER_ARTICLE {
            draft.add(std::mem::take(&mut points)).await.unwrap();
        }
    }
    draft.add(points).await.unwrap();
    draft.publish().await.unwrap();
    index
}

fn article(
    number: usize,
    random: &mut Random,
    (topics, asked): (&[Vectors], &[String]),
    words: &WordCounter,
) -> Vec<Point> {
    let article = Article {
        id: ArticleId::derived(&["bench", &number.to_string()]),
        version: 1,
        title: text(random, 5, asked),
        body: String::new(),
        audience: Audience::Everyone,
        tags: Vec::new(),
        published: true,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    };
    let point = |place| {
        let chunk = Chunk { heading: text(random, 3, asked), text: text(random, WORDS, asked) };
        let meaning = near(&topics[number % topics.len()].meaning, random);
        let words = words.passage(&chunk.in_context(&article.title));
        let vectors = Vectors { meaning, words, tokens: tokens(topics, random) };
        Point::new(&article, (place, PER_ARTICLE), chunk, vectors)
    };
    (0..PER_ARTICLE).map(point).collect()
}

/// Words of a made-up language, the frequent ones more often, and among them words that are asked about.
#[allow(clippy::cast_precision_loss, reason = "it is chance anyway")]
fn text(random: &mut Random, words: usize, asked: &[String]) -> String {
    let word = |_| {
        if random.below(ASKED) == 0 {
            return asked[random.index(asked.len())].clone();
        }
        let chance = random.below(1 << 20) as f64 / f64::from(1 << 20);
        format!("w{:.0}", VOCABULARY.powf(chance))
    };
    (0..words).map(word).collect::<Vec<_>>().join(" ")
}

/// As many tokens as a passage has, each as one of a real text.
fn tokens(topics: &[Vectors], random: &mut Random) -> Vec<Vec<f32>> {
    let token = |_| {
        let tokens = &topics[random.index(topics.len())].tokens;
        tokens[random.index(tokens.len())].clone()
    };
    (0..TOKENS).map(token).collect()
}

/// A vector of length one near another.
#[allow(clippy::cast_precision_loss, reason = "it is chance anyway")]
fn near(topic: &Embedding, random: &mut Random) -> Embedding {
    let chance: Vec<f32> = topic.iter().map(|_| random.below(2_001) as f32 / 1_000.0 - 1.0).collect();
    let length = |vector: &[f32]| vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    let share = CHANCE / length(&chance);
    let mut vector = *topic;
    for (value, chance) in vector.iter_mut().zip(&chance) {
        *value = *value * (1.0 - CHANCE) + chance * share;
    }
    let whole = length(&vector);
    vector.map(|value| value / whole)
}
