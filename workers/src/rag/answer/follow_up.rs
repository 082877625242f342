//! What is looked for when a question goes on from one before it.

use contracts::ai::PastTurn;

use super::terms::{terms, words};

/// A question of no more terms may say too little by itself.
const FEW: usize = 3;
/// Characters of what was looked for before that are looked for again.
const BEFORE_MAX: usize = 300;

/// Words that stand for something said before.
const PRONOUNS: &[&str] = &["it", "its", "them", "they", "their", "that", "this", "these", "those", "he", "she"];
/// How a question begins that goes on from the one before.
const GOES_ON: &[&str] =
    &["and", "but", "or", "also", "then", "otherwise", "instead", "what about", "how about", "what if"];

/// How a whole question begins.
const ASKS: &[&str] = &[
    "are", "can", "could", "did", "do", "does", "has", "have", "how", "i", "is", "may", "must", "shall", "should",
    "was", "were", "what", "when", "where", "which", "who", "whom", "whose", "why", "will", "would",
];

/// What is looked for, one after the other, until something is found.
pub(super) fn searches(query: &str, past: &[PastTurn]) -> Vec<String> {
    let alone = query.to_owned();
    let Some(before) = past.last() else { return vec![alone] };
    let before: String = before.searched.chars().take(BEFORE_MAX).collect();
    let together = format!("{before} {query}");
    let said = terms(query).len();
    let goes_on = goes_on(query);
    // What a pronoun stands for may be in the question itself, where that says much.
    if said == 0 || (said <= FEW && (goes_on || has_pronoun(query))) {
        vec![together, alone]
    } else if goes_on || said == 1 || (said <= FEW && !is_whole(query)) {
        vec![alone, together]
    } else {
        vec![alone]
    }
}

fn goes_on(query: &str) -> bool {
    let start = query.trim_start().to_lowercase();
    let begins = |word: &&str| start.strip_prefix(*word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    GOES_ON.iter().any(begins)
}

fn has_pronoun(query: &str) -> bool {
    // IT is a department.
    words(&query.replace("IT", "")).any(|word| PRONOUNS.contains(&word.as_str()))
}

/// Whether it is a question by itself, and no part of one.
fn is_whole(query: &str) -> bool {
    words(query).next().is_some_and(|first| ASKS.contains(&first.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(searched: &str, query: &str) -> Vec<String> {
        let past = |searched: &str| PastTurn {
            query: "?".to_owned(),
            searched: searched.to_owned(),
            answer: "[1]".to_owned(),
        };
        searches(query, &[past("Who pays?"), past(searched)])
    }

    #[test]
    fn the_first_question_stands_alone() {
        assert_eq!(searches("And then?", &[]), ["And then?"]);
    }

    #[test]
    fn what_refers_back_is_looked_for_with_what_was_before() {
        let vpn = "How do I connect to the VPN?";
        for query in
            ["And from abroad?", "What about my phone?", "Does it work in a hotel?", "How long does that take", "Why?"]
        {
            assert_eq!(after(vpn, query), [format!("{vpn} {query}"), query.to_owned()], "{query}");
        }
    }

    #[test]
    fn what_may_be_a_part_of_a_question_is_looked_for_alone_first() {
        let vpn = "How do I connect to the VPN?";
        for query in ["From a hotel?", "Parental leave", "How long?", "And how are mails set up on an Android phone?"] {
            assert_eq!(after(vpn, query), [query.to_owned(), format!("{vpn} {query}")], "{query}");
        }
    }

    #[test]
    fn a_whole_question_is_looked_for_alone() {
        for query in [
            "How many days of parental leave may fathers take?",
            "What is the capital of Mongolia, and how high does it lie?",
            "What is the capital of Mongolia?",
            "How do I ring IT about a laptop?",
        ] {
            assert_eq!(after("How do I connect to the VPN?", query), [query]);
        }
        assert!(after(&"x".repeat(5_000), "And then?")[0].len() < 400);
    }
}
