//! An answer without a language model: of the best passages, the parts that answer.

use std::collections::BTreeSet;

use super::{
    blocks::{Block, Kind, blocks, join, sentences},
    inert::inert,
    numbers,
    terms::terms,
};
use crate::rag::Passage;

/// Characters that are quoted of the best passage, and of each further one.
const BEST_MAX: usize = 900;
const FURTHER_MAX: usize = 400;
/// A piece of fewer characters is no use.
const LEAST: usize = 80;
/// Further passages that are quoted at most.
const FURTHER: usize = 2;

/// The passages with those that are quoted first, and how many those are.
pub(super) fn arrange(searched: &str, passages: Vec<Passage>) -> (Vec<Passage>, usize) {
    let wanted = terms(searched);
    let mut passages = passages.into_iter();
    let Some(best) = passages.next() else { return (Vec::new(), 0) };
    let most = covered(&wanted, &best);
    // A further one is worth reading when it is about as much of the question.
    let mut room = FURTHER;
    let (further, rest): (Vec<_>, Vec<_>) = passages.partition(|passage| {
        let fits = room > 0 && most > 0 && covered(&wanted, passage) * 5 >= most * 4 && passage.text != best.text;
        room -= usize::from(fits);
        fits
    });
    let quoted = 1 + further.len();
    (std::iter::once(best).chain(further).chain(rest).collect(), quoted)
}

/// How many of the wanted words a passage has. Its title does not count: other passages have the same.
fn covered(wanted: &BTreeSet<String>, passage: &Passage) -> usize {
    let said = terms(&format!("{} {}", passage.heading, passage.text));
    wanted.intersection(&said).count()
}

/// What is quoted of these passages, a text for each. Their numbers count from 1.
pub(super) fn quotes(searched: &str, passages: &[Passage]) -> Vec<String> {
    let wanted = terms(searched);
    let quote = |(passage, number): (&Passage, u32)| {
        let most = if number == 1 { BEST_MAX } else { FURTHER_MAX };
        let mut parts = select(&plain(&passage.text), &wanted, most);
        for part in parts.iter_mut().filter(|part| part.states()) {
            part.text = match part.kind {
                Kind::Code => format!("{}\n\n[{number}]", part.text),
                _ => format!("{} [{number}]", part.text),
            };
        }
        // The name of each keeps its list apart from the one before.
        if passages.len() > 1 {
            let name = inert(if passage.heading.is_empty() { &passage.title } else { &passage.heading });
            parts.insert(0, Block { kind: Kind::Paragraph, text: format!("**{}**", name.replace('*', "")) });
        }
        join(&parts)
    };
    passages.iter().zip(1..).map(quote).collect()
}

/// A passage's text without links, and without what would be taken for the number of a source.
pub(super) fn plain(text: &str) -> String {
    numbers::keep(&inert(text), |_| false)
}

/// The blocks that say most of what is wanted, and what belongs to them.
fn select(text: &str, wanted: &BTreeSet<String>, most: usize) -> Vec<Block> {
    let blocks = blocks(text);
    let length = |blocks: &[Block]| blocks.iter().map(|block| block.text.chars().count()).sum::<usize>();
    if length(&blocks) <= most {
        return blocks;
    }
    let said = |block: &Block| terms(&block.text).intersection(wanted).count();
    let best = (0..blocks.len()).rev().max_by_key(|place| said(&blocks[*place])).unwrap_or_default();
    let start = start_of_list(&blocks, best);
    let start = if length(&blocks[start..=best]) <= most { start } else { best };
    let (mut taken, mut room): (Vec<Block>, usize) = (Vec::new(), most);
    for (place, block) in blocks.iter().enumerate().skip(start) {
        let belongs =
            taken.last().is_none_or(|last| last.leads() || (last.kind, block.kind) == (Kind::Item, Kind::Item));
        let full = !taken.is_empty() && room < LEAST;
        if full || (place > best && !belongs && said(block) == 0) {
            break;
        }
        let size = block.text.chars().count();
        let text = match block.kind {
            // Of a paragraph that is not the only one, what stands before the sentence that answers is left out.
            Kind::Paragraph if !block.leads() => cut(&block.text, wanted, room),
            _ if size <= room => block.text.clone(),
            _ if taken.is_empty() => shorten(&block.text, room),
            _ => String::new(),
        };
        if text.is_empty() {
            break;
        }
        room -= text.chars().count().min(room);
        taken.push(Block { kind: block.kind, text });
    }
    while taken.len() > 1 && taken.last().is_some_and(|last| last.leads() || last.kind == Kind::Heading) {
        taken.pop();
    }
    taken
}

/// The first block of the list that a block is in, with the sentence that leads to it.
fn start_of_list(blocks: &[Block], place: usize) -> usize {
    let mut start = place;
    while start > 0 && blocks[start].kind == Kind::Item && blocks[start - 1].kind == Kind::Item {
        start -= 1;
    }
    let led = start > 0 && blocks[start].kind == Kind::Item && blocks[start - 1].leads();
    if led { start - 1 } else { start }
}

/// The sentences from the one on that says most of what is wanted, or as many words of it as there is room for.
fn cut(text: &str, wanted: &BTreeSet<String>, room: usize) -> String {
    let sentences = sentences(text);
    let said = |sentence: &str| terms(sentence).intersection(wanted).count();
    let best = (0..sentences.len()).rev().max_by_key(|place| said(sentences[*place])).unwrap_or_default();
    let mut taken = String::new();
    for sentence in &sentences[best..] {
        if taken.chars().count() + sentence.chars().count() > room {
            break;
        }
        taken.push_str(sentence);
    }
    if taken.is_empty() {
        sentences.get(best).map(|one| shorten(one, room)).unwrap_or_default()
    } else {
        taken.trim().to_owned()
    }
}

/// As many whole words as fit, and a sign that more follow.
pub(super) fn shorten(text: &str, most: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let end = text.char_indices().nth(most.saturating_sub(1)).map_or(text.len(), |(end, _)| end);
    let end = text[..end].rfind(char::is_whitespace).unwrap_or(end);
    format!("{}\u{2026}", text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use contracts::ArticleId;

    use super::*;

    fn passage(heading: &str, text: &str) -> Passage {
        let (article_id, title) = (ArticleId::derived(&[heading]), "Connect to the VPN".to_owned());
        Passage { article_id, title, heading: heading.to_owned(), text: text.to_owned(), score: 0.5 }
    }

    #[test]
    fn a_short_passage_is_quoted_whole_and_each_statement_carries_its_number() {
        let text = "Choose Connect.\n\nThen do this:\n\n1. Open Gatehouse.\n2. Approve. See [9] and https://a.example.";
        let [quote] = quotes("How do I connect?", &[passage("", text)]).try_into().unwrap();
        assert_eq!(
            quote,
            "Choose Connect. [1]\n\nThen do this:\n\n1. Open Gatehouse. [1]\n2. Approve. See and (link in the source). [1]"
        );
    }

    #[test]
    fn of_a_long_passage_the_part_that_answers_is_quoted() {
        let filler = |word: &str| format!("{word} is something else altogether. ").repeat(12);
        let text = format!(
            "{}\n\n{}To connect from a hotel, accept the welcome page first. Then choose Connect.\n\n{}",
            filler("Payroll"),
            filler("Printing"),
            filler("Parking")
        );
        let [quote] = quotes("Can I connect from a hotel?", &[passage("", &text)]).try_into().unwrap();
        assert!(
            quote.starts_with("To connect from a hotel, accept the welcome page first. Then choose Connect. [1]"),
            "{quote}"
        );
        assert!(quote.chars().count() <= BEST_MAX + 20 && !quote.contains("Payroll"), "{quote}");

        let items: Vec<_> = (1..40).map(|number| format!("{number}. Turn the screw number {number} once.")).collect();
        let text = format!("{}\n\nTighten the hotel's desk like this:\n\n{}", filler("Payroll"), items.join("\n"));
        let [quote] = quotes("How do I tighten screw 3?", &[passage("", &text)]).try_into().unwrap();
        assert!(
            quote.starts_with("Tighten the hotel's desk like this:\n\n1. Turn the screw number 1 once. [1]\n2. "),
            "{quote}"
        );
        let word = "x".repeat(2_000);
        let [quote] = quotes("x", &[passage("", &word)]).try_into().unwrap();
        assert!(quote.starts_with("xxx") && quote.ends_with("\u{2026} [1]") && quote.len() < 1_000);
    }

    #[test]
    fn a_further_passage_is_quoted_when_it_is_about_as_much_of_the_question() {
        let passages = vec![
            passage("At home", "Choose Connect for the VPN."),
            passage("Printing", "Choose a printer."),
            passage("In a hotel", "The VPN may be blocked: connect by phone."),
        ];
        let (arranged, used) = arrange("connect VPN", passages);
        let headings: Vec<_> = arranged.iter().map(|passage| passage.heading.as_str()).collect();
        assert_eq!((headings.as_slice(), used), (&["At home", "In a hotel", "Printing"][..], 2));
        let quotes = quotes("connect VPN", &arranged[..used]);
        assert_eq!(quotes[0], "**At home**\n\nChoose Connect for the VPN. [1]");
        assert!(quotes[1].starts_with("**In a hotel**\n\nThe VPN") && quotes[1].ends_with("phone. [2]"));
        assert_eq!(arrange("connect", Vec::new()).1, 0);
    }
}
