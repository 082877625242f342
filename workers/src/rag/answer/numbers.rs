//! The numbers by which an answer names its sources.

use std::{collections::BTreeSet, fmt::Write};

/// The text with the numbers of sources that there are, each in brackets of its own; others are left out.
pub(super) fn keep(text: &str, exists: impl Fn(u32) -> bool) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let Some((inside, behind)) = rest[start + 1..].split_once(']').filter(|(inside, _)| is_list(inside)) else {
            kept.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        };
        let numbers: BTreeSet<u32> = inside.split([',', ';', ' ']).filter_map(|number| number.parse().ok()).collect();
        let before = &rest[..start];
        let numbers: Vec<_> = numbers.into_iter().filter(|number| exists(*number)).collect();
        // No gap is left where a number was.
        kept.push_str(if numbers.is_empty() { before.trim_end_matches(' ') } else { before });
        for number in numbers {
            // Writing to a String cannot fail.
            let _ = write!(kept, "[{number}]");
        }
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// Numbers with commas between.
fn is_list(inside: &str) -> bool {
    inside.contains(|letter: char| letter.is_ascii_digit())
        && inside.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ',' | ';' | ' '))
}

/// The numbers in a text.
pub(super) fn of(text: &str) -> BTreeSet<u32> {
    let parts = text.split('[').skip(1).filter_map(|part| part.split_once(']'));
    parts.filter_map(|(inside, _)| inside.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_no_sources_are_dropped() {
        let keep = |text| keep(text, |number| (1..=3).contains(&number));
        for (text, kept) in [
            ("So. [1] And [2].", "So. [1] And [2]."),
            ("So [7]. And so [1, 9; 3].", "So. And so [1][3]."),
            ("So [0][4][99999999999999].", "So."),
            ("[a] [] [1", "[a] [] [1"),
            ("[[2]]", "[[2]]"),
        ] {
            assert_eq!(keep(text), kept);
        }
        assert_eq!(of("So [1][3], [x], [2"), BTreeSet::from([1, 3]));
    }
}
