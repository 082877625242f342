//! Dividing articles into passages.

use std::convert::Infallible;

use proptest::prelude::*;
use workers::rag::chunking::{Chunk, chunks};

/// As if the encoder read so many letters.
fn within(letters: usize) -> impl Fn(&str) -> Result<bool, Infallible> {
    move |text| Ok(text.chars().count() <= letters)
}

fn divided(markdown: &str) -> Vec<(String, String)> {
    let chunks = chunks("Title", markdown, within(400)).unwrap();
    chunks.into_iter().map(|Chunk { heading, text }| (heading, text)).collect()
}

fn pair(heading: &str, text: &str) -> (String, String) {
    (heading.to_owned(), text.to_owned())
}

#[test]
fn a_passage_has_the_headings_above_it() {
    let markdown =
        "Before.\n\n# A\n\nOne.\n\n## B\n\nTwo.\n\n### C\n\nThree.\n\n## D\n\nFour.\n\n# E\n\n## F\n\nFive.\n";
    let expected = [
        pair("", "Before."),
        pair("A", "One."),
        pair("A > B", "Two."),
        pair("A > B > C", "Three."),
        pair("A > D", "Four."),
        pair("E > F", "Five."),
    ];
    assert_eq!(divided(markdown), expected);
}

#[test]
fn marks_go_and_lists_stay_lists() {
    let markdown = "Press **Start** and type `vpn`. See [the *list*](https://example.org/x \"t\").\n\n\
                    1. First\n2. Second\n   - inner\n\n- bullet\n\n| Key | Value |\n|---|---|\n| a | 1 |\n\n    code\n";
    let text = "Press Start and type `vpn`. See the list.\n\n1. First\n2. Second\n  - inner\n\n- bullet\n\n\
                Key | Value\na | 1\n\ncode";
    assert_eq!(divided(markdown), [pair("", text)]);
}

#[test]
fn a_long_section_is_divided_between_paragraphs_and_a_long_paragraph_between_sentences() {
    let sentence = "This sentence has some thirty letters. ";
    let markdown = format!("# H\n\n{}\n\nShort one.\n\nShort two.\n", sentence.repeat(12));
    let chunks = divided(&markdown);
    assert_eq!(chunks.len(), 2);
    assert!(chunks[0].1.ends_with("letters."), "{}", chunks[0].1);
    assert!(chunks[1].1.ends_with("Short one.\n\nShort two."), "{}", chunks[1].1);
    assert!(chunks.iter().all(|(heading, _)| heading == "H"));
}

#[test]
fn the_title_and_the_headings_are_encoded_with_a_passage_once_each() {
    let chunk = Chunk { heading: "Title > Steps".to_owned(), text: "Go.".to_owned() };
    assert_eq!(chunk.in_context("Title"), "Title. Steps. Go.");
    let long = Chunk { heading: "ä".repeat(500), text: "Go.".to_owned() };
    assert!(long.in_context("Title").chars().count() < 250);
}

proptest! {
    /// Whatever an article says: all its words are in some passage, in order, and each passage fits.
    #[test]
    fn no_word_is_lost_and_every_passage_fits(
        paragraphs in prop::collection::vec("[a-zäß]{1,12}( [a-zäß]{1,12}){0,60}", 1..8),
        headings in prop::collection::vec(0_usize..4, 8),
        limit in 230_usize..500,
    ) {
        let mut markdown = String::new();
        for (paragraph, level) in paragraphs.iter().zip(&headings) {
            if *level > 0 {
                markdown.push_str(&"#".repeat(*level));
                markdown.push_str(" Heading\n\n");
            }
            markdown.push_str(paragraph);
            markdown.push_str("\n\n");
        }
        let chunks = chunks("Title", &markdown, within(limit)).unwrap();
        let said: Vec<&str> = paragraphs.iter().flat_map(|paragraph| paragraph.split_whitespace()).collect();
        let kept: Vec<&str> = chunks.iter().flat_map(|chunk| chunk.text.split_whitespace()).collect();
        prop_assert_eq!(said, kept);
        prop_assert!(chunks.iter().all(|chunk| chunk.in_context("Title").chars().count() <= limit));
    }

    /// Nothing that somebody may write makes it fail, or give an empty passage.
    #[test]
    fn any_text_is_divided(markdown in "(\\PC|\n|#|`|\\*|\\[|\\||> |- |1\\. ){0,400}", limit in 210_usize..300) {
        let chunks = chunks("Title", &markdown, within(limit)).unwrap();
        prop_assert!(chunks.iter().all(|chunk| !chunk.text.trim().is_empty()));
        prop_assert!(chunks.iter().all(|chunk| chunk.in_context("Title").chars().count() <= limit));
    }
}
