//! The words of a text that say what it is about, by their stems.

use std::collections::BTreeSet;

/// Words that are in texts about anything.
const EVERYWHERE: &[&str] = &[
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "before", "but",
    "by", "can", "could", "did", "do", "does", "for", "from", "get", "go", "had", "has", "have", "he", "her", "here",
    "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "me", "my", "need", "no", "not", "of", "on",
    "or", "our", "out", "please", "she", "should", "so", "some", "tell", "than", "that", "the", "their", "them",
    "then", "there", "these", "they", "this", "those", "to", "too", "up", "us", "want", "was", "we", "were", "what",
    "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
];

/// The words in small letters, as they stand.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '\'' && letter != '\u{2019}');
    words.map(|word| word.trim_matches(['\'', '\u{2019}']).to_lowercase()).filter(|word| !word.is_empty())
}

/// The stems of the words that are not in every text.
pub(super) fn terms(text: &str) -> BTreeSet<String> {
    words(text).filter(|word| EVERYWHERE.binary_search(&word.as_str()).is_err()).map(|word| stem(&word)).collect()
}

/// A word without the commonest English endings. What is left need not be a word: it is compared alone.
fn stem(word: &str) -> String {
    let mut stem = word.split(['\'', '\u{2019}']).next().unwrap_or(word).to_owned();
    if stem.len() > 3 && stem.ends_with('s') && !stem.ends_with("ss") {
        stem.pop();
    }
    for ending in ["ing", "ed"] {
        let rest = stem.strip_suffix(ending).filter(|rest| rest.len() >= 3 && rest.contains(is_vowel));
        if let Some(rest) = rest {
            stem = rest.to_owned();
            // resett, plann
            let mut last = stem.chars().rev();
            let doubled = last.next().zip(last.next()).filter(|(one, other)| one == other);
            if doubled.is_some_and(|(letter, _)| !is_vowel(letter) && !"lsz".contains(letter)) {
                stem.pop();
            }
            break;
        }
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    if stem.len() > 3 && stem.ends_with('y') {
        stem.pop();
        stem.push('i');
    }
    stem
}

fn is_vowel(letter: char) -> bool {
    "aeiouy".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for forms in [
            &["connect", "connects", "connected", "connecting"][..],
            &["reset", "resets", "resetting"],
            &["device", "devices"],
            &["box", "boxes"],
            &["company", "companies", "company's"],
            &["pass", "passes", "passing"],
            &["bill", "bills", "billed"],
        ] {
            let stems: BTreeSet<_> = forms.iter().map(|form| stem(form)).collect();
            assert_eq!(stems.len(), 1, "{stems:?}");
        }
        assert_ne!(stem("leave"), stem("leaver"));
        assert_eq!(stem("ring"), "ring");
    }

    #[test]
    fn what_says_nothing_is_left_out() {
        assert!(EVERYWHERE.is_sorted());
        let terms = terms("How do I get the VPN\u{2019}s code for my new phone?");
        assert_eq!(terms.iter().map(String::as_str).collect::<Vec<_>>(), ["cod", "new", "phon", "vpn"]);
    }
}
