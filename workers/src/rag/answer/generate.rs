//! An answer by a language model: written from the passages, and held to them.

use std::collections::BTreeSet;

use contracts::ai::{ANSWER_MAX, AnswerPart, AskBot};
use platform::broker::PartSender;

use super::{
    blocks::{Block, Kind, blocks, join},
    extract::plain,
    inert::{inert, whole},
    numbers,
    prompt::{INSTRUCTIONS, NO_ANSWER, data},
    terms::terms,
};
use crate::{
    llm::{LanguageModel, LanguageModelError},
    rag::Passage,
};

/// The model gave no answer that may be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum GenerationError {
    /// It did not answer as it should.
    #[error(transparent)]
    Model(#[from] LanguageModelError),
    /// It wrote more than is asked for.
    #[error("the language model's answer is too long")]
    TooLong,
    /// What it wrote is in none of the passages.
    #[error("the language model's answer rests on none of its sources")]
    Unfounded,
}

/// What a model wrote.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// An answer, in which each statement carries the number of its source.
    Answer(String),
    /// That the passages hold no answer.
    Nothing,
}

/// Has a model answer from the passages, numbered from 1; what it writes is sent on while it is written.
pub(super) async fn generate(
    model: &LanguageModel,
    question: &AskBot,
    passages: &[Passage],
    parts: &PartSender<AnswerPart>,
) -> Result<Written, GenerationError> {
    let mut writing = model.write(INSTRUCTIONS, &data(question, passages)).await?;
    let (mut text, mut shown) = (String::new(), 0);
    while let Some(token) = writing.next().await? {
        text.push_str(&token);
        if text.chars().count() > ANSWER_MAX {
            return Err(GenerationError::TooLong);
        }
        if !declines_so_far(&text) {
            let end = shown + whole(&text[shown..]);
            show(&text[shown..end], passages.len(), parts).await;
            shown = end;
        }
    }
    if text.trim_start().starts_with(NO_ANSWER) {
        return Ok(Written::Nothing);
    }
    show(&text[shown..], passages.len(), parts).await;
    let answer = founded(&cleaned(&text, passages.len()), passages);
    if answer.is_empty() { Err(GenerationError::Unfounded) } else { Ok(Written::Answer(answer)) }
}

/// Sends a piece on.
async fn show(piece: &str, sources: usize, parts: &PartSender<AnswerPart>) {
    let piece = cleaned(piece, sources);
    if !piece.is_empty() {
        parts.send(AnswerPart::Token(piece)).await;
    }
}

/// Whether what is written may yet be that there is no answer.
fn declines_so_far(text: &str) -> bool {
    let start = text.trim_start();
    NO_ANSWER.starts_with(start.trim_end()) || start.starts_with(NO_ANSWER)
}

fn cleaned(text: &str, sources: usize) -> String {
    let exists = |number: u32| (1..=sources).contains(&usize::try_from(number).unwrap_or_default());
    numbers::keep(&inert(text), exists)
}

/// The answer with a number at each statement. One without gets that of the passage which says the same; what no passage
/// says is left out. Nothing is left of an answer that names no source itself.
fn founded(answer: &str, passages: &[Passage]) -> String {
    if numbers::of(answer).is_empty() {
        return String::new();
    }
    let said: Vec<BTreeSet<String>> = passages
        .iter()
        .map(|passage| terms(&format!("{} {} {}", passage.title, passage.heading, plain(&passage.text))))
        .collect();
    let founded = blocks(answer).into_iter().filter_map(|block| {
        if !block.states() || block.kind == Kind::Code || !numbers::of(&block.text).is_empty() {
            return Some(block);
        }
        let states = terms(&block.text);
        let (number, shared) = said
            .iter()
            .zip(1_u32..)
            .map(|(said, number)| (number, states.intersection(said).count()))
            .max_by_key(|(number, shared)| (*shared, std::cmp::Reverse(*number)))?;
        // Half of its words.
        (shared > 0 && shared * 2 >= states.len())
            .then(|| Block { kind: block.kind, text: format!("{} [{number}]", block.text) })
    });
    join(&founded.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use contracts::ArticleId;

    use super::*;

    fn passages() -> Vec<Passage> {
        [("VPN", "Open Causeway and choose Connect."), ("Pay", "Salaries are paid on the 25th of each month.")]
            .map(|(title, text)| Passage {
                article_id: ArticleId::derived(&[title]),
                title: title.to_owned(),
                heading: String::new(),
                text: text.to_owned(),
                score: 0.5,
            })
            .into()
    }

    #[test]
    fn each_statement_of_an_answer_rests_on_a_source() {
        let answer = "Open Causeway [1].\n\nDo this:\n\n- Choose Connect.\n- Feed the ducks of Saturn.\n\n\
            Your salary comes on the 25th of the month.";
        assert_eq!(
            founded(answer, &passages()),
            "Open Causeway [1].\n\nDo this:\n\n- Choose Connect. [1]\n\nYour salary comes on the 25th of the month. [2]"
        );
        assert_eq!(founded("Open Causeway and choose Connect.", &passages()), "");
    }

    #[test]
    fn a_refusal_is_not_shown_while_it_is_written() {
        for text in ["", " ", "NO", "NO_ANSWER", "\nNO_ANSWER.", "NO_ANSWER because "] {
            assert!(declines_so_far(text), "{text:?}");
        }
        for text in ["No, ", "NO. ", "Open"] {
            assert!(!declines_so_far(text), "{text:?}");
        }
    }
}
