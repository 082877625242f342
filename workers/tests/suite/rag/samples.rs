//! Articles, and points without an encoder: what one is about is told by a number.

use chrono::DateTime;
use contracts::{Article, ArticleId, article::Audience};
use workers::{
    embedding::{DIMENSIONS, Embedding},
    rag::{
        chunking::Chunk,
        index::{Point, Search, Target, Vectors},
        sparse::WordCounter,
    },
};

/// A vector that is far from those of other numbers.
pub(super) fn meaning(about: usize) -> Embedding {
    let mut vector = [0.01; DIMENSIONS];
    vector[about % DIMENSIONS] = 1.0;
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    vector.map(|value| value / length)
}

pub(super) fn article(title: &str, body: &str, audience: Audience) -> Article {
    Article {
        id: ArticleId::new(),
        version: 1,
        title: title.to_owned(),
        body: body.to_owned(),
        audience,
        tags: Vec::new(),
        published: true,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

/// A point for each text, about its number.
pub(super) fn points(article: &Article, texts: &[(usize, &str)]) -> Vec<Point> {
    let words = WordCounter::new().unwrap();
    let point = |(place, (about, text)): (usize, &(usize, &str))| {
        let chunk = Chunk { heading: "Steps".to_owned(), text: (*text).to_owned() };
        let vectors =
            Vectors { meaning: meaning(*about), words: words.passage(text), tokens: tokens(&[*about, about + 100]) };
        Point::new(article, (place, texts.len()), chunk, vectors)
    };
    texts.iter().enumerate().map(point).collect()
}

/// What is near to a number.
pub(super) fn near(about: usize, audiences: &[Audience]) -> Search {
    Search { target: Target::Meaning(Box::new(meaning(about))), audiences: audiences.to_vec(), among: None, limit: 10 }
}

/// The vectors of tokens that are about numbers.
fn tokens(about: &[usize]) -> Vec<Vec<f32>> {
    about.iter().map(|about| meaning(*about).to_vec()).collect()
}

/// What has tokens about these numbers.
pub(super) fn with_tokens(about: &[usize], audiences: &[Audience]) -> Search {
    Search { target: Target::Tokens(tokens(about)), ..near(0, audiences) }
}

/// What has some of these words.
pub(super) fn with_words(text: &str, audiences: &[Audience]) -> Search {
    let words = WordCounter::new().unwrap().question(text);
    Search { target: Target::Words(words), ..near(0, audiences) }
}
