//! The sentence encoder, with the real weights.

use std::sync::{Arc, LazyLock};

use workers::embedding::{DIMENSIONS, Embedder, Embedding, Encoder, EncoderError, MAX_TOKENS};

static ENCODER: LazyLock<Encoder> = LazyLock::new(|| Encoder::open(&tests::embedding_model()).unwrap());

fn vector(text: &str) -> Embedding {
    ENCODER.encode(text).unwrap()
}

/// For a comparison that is exact.
fn bits(vector: &Embedding) -> [u32; DIMENSIONS] {
    vector.map(f32::to_bits)
}

fn cosine(left: &str, right: &str) -> f32 {
    vector(left).iter().zip(vector(right)).map(|(left, right)| left * right).sum()
}

#[test]
fn what_means_the_same_is_near_and_what_does_not_is_far() {
    let same = cosine("My notebook does not start any more.", "The laptop is dead, it won't turn on.");
    let other = cosine("My notebook does not start any more.", "How many days of leave do I have?");
    assert!(same > 0.5 && other < 0.2, "{same} {other}");
}

#[test]
fn every_vector_has_length_one_however_short_or_long_the_text() {
    for text in ["", "?", "printer", &"the printer is out of paper and nobody knows why ".repeat(500)] {
        let length: f32 = vector(text).iter().map(|value| value * value).sum();
        assert!((length - 1.0).abs() < 1e-4, "{length}");
    }
}

#[test]
fn what_follows_the_last_token_that_is_read_changes_nothing() {
    let long = "word ".repeat(MAX_TOKENS);
    assert_eq!(ENCODER.tokens(&long).unwrap(), MAX_TOKENS);
    assert_eq!(bits(&vector(&long)), bits(&vector(&format!("{long} and more"))));
}

#[test]
fn a_folder_without_the_model_is_named_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let Err(error) = Encoder::open(folder.path()) else { panic!("there is no model") };
    assert!(matches!(error, EncoderError::Missing { .. }));
    let message = error.to_string();
    assert!(message.contains("embedding.folder") && message.contains(folder.path().to_str().unwrap()), "{message}");
}

#[test]
fn a_text_gets_the_same_vector_from_memory_and_after_it_was_forgotten() {
    let embedder = Embedder::open(&tests::embedding_model()).unwrap();
    let encoded = |text: &str| bits(&embedder.encode(text).unwrap());
    let first = encoded("The printer jams.");
    assert_eq!(first, bits(&vector("The printer jams.")));
    assert_eq!(first, encoded("The printer jams."));
    for number in 0..Embedder::REMEMBERED {
        encoded(&number.to_string());
    }
    assert_eq!(encoded("7"), bits(&vector("7")));
    assert_eq!(first, encoded("The printer jams."));
}

#[tokio::test]
async fn work_that_panics_takes_nobody_s_turn_away() {
    let embedder = Arc::new(Embedder::open(&tests::embedding_model()).unwrap());
    for _ in 0..100 {
        let failing = Arc::clone(&embedder);
        let ended = tokio::spawn(async move { failing.run(|| panic!("on purpose")).await }).await;
        assert!(ended.unwrap_err().is_panic());
    }
    assert_eq!(embedder.run(|| 7).await, 7);
}
