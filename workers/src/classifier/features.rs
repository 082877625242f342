//! From text to hashed n-grams: normalised words and word pairs, character n-grams inside words (which survive typing
//! errors and evasive spelling), and pairs of word classes. All arithmetic is on integers, so that the same text has
//! the same features on every machine. The text's meaning (`meaning`) goes with them.

use std::collections::HashSet;

use super::concepts::Concepts;
use super::meaning::Meaning;
use crate::embedding::Embedding;

/// Number of feature groups. Each is normalised to length one on its own and has its own weight table.
pub(crate) const GROUPS: usize = 3;

/// Fixed-point unit of feature values and of their norms.
pub(crate) const UNIT: i64 = 256;

const WORDS: usize = 0;
const CHARACTERS: usize = 1;
const CLASSES: usize = 2;

/// Shortest and longest character n-gram; words are padded with one space on either side.
const SHORTEST: usize = 2;
const LONGEST: usize = 5;

/// How far apart, in words, two classes may stand to count as a pair.
const REACH: usize = 5;

/// Bytes from which on a text is long, about sixty words.
const LONG_TEXT: usize = 360;

/// Fewest words of a passage that can be judged by itself.
const SHORTEST_PASSAGE: usize = 4;

/// Longest word that is looked at in full; what follows is noise such as encoded data.
const LONGEST_WORD: usize = 40;

/// The hashed features of one text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Features {
    /// Per group: 32-bit hash and fixed-point value, ascending by hash, no hash twice.
    groups: [Vec<(u32, i64)>; GROUPS],
    /// Per group: Euclidean length of the values, in the same fixed-point unit and at least one unit.
    norms: [i64; GROUPS],
    meaning: Option<Meaning>,
}

impl Features {
    /// Extracts the n-grams of a title and a description. Words of the title count `title_weight` times.
    pub(crate) fn of(title: &str, description: &str, title_weight: usize, concepts: &Concepts) -> Self {
        let mut hashes: [Vec<u32>; GROUPS] = Default::default();
        for _ in 0..title_weight.max(1) {
            collect(title, concepts, &mut hashes);
        }
        collect(description, concepts, &mut hashes);
        let groups = hashes.map(counted);
        let norms = [WORDS, CHARACTERS, CLASSES].map(|group| norm(&groups[group]));
        Self { groups, norms, meaning: None }
    }

    /// The same with the text's meaning.
    pub(crate) fn with_meaning(self, embedding: &Embedding) -> Self {
        Self { meaning: Some(Meaning::of(embedding)), ..self }
    }

    /// The meaning, if it was looked for.
    pub(crate) fn meaning(&self) -> Option<&Meaning> {
        self.meaning.as_ref()
    }

    /// Whether the text holds no word at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.iter().all(Vec::is_empty)
    }

    /// Hashes and fixed-point values of a group.
    pub(crate) fn group(&self, group: usize) -> &[(u32, i64)] {
        &self.groups[group]
    }

    /// Length of a group's values, never below one unit.
    pub(crate) fn norm(&self, group: usize) -> i64 {
        self.norms[group]
    }
}

/// The passages of a long text: each sentence together with the one after it. None for a text of a few sentences,
/// which is best judged as a whole.
pub(crate) fn passages(text: &str) -> Vec<&str> {
    if text.len() < LONG_TEXT {
        return Vec::new();
    }
    let ends: Vec<usize> = text
        .match_indices(['.', '!', '?', ';', '\n'])
        .map(|(at, end)| at + end.len())
        .filter(|end| text[..*end].ends_with('\n') || text[*end..].starts_with(char::is_whitespace))
        .chain([text.len()])
        .collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let seconds = ends.iter().skip(1).copied();
    starts
        .zip(seconds)
        .map(|(start, end)| text[start..end].trim())
        .filter(|passage| passage.split_whitespace().nth(SHORTEST_PASSAGE - 1).is_some())
        .collect()
}

/// Sorts and counts; the value of a feature is the square root of its count.
fn counted(mut hashes: Vec<u32>) -> Vec<(u32, i64)> {
    hashes.sort_unstable();
    hashes
        .chunk_by(|left, right| left == right)
        .map(|run| (run[0], i64::try_from(run.len()).map_or(i64::from(i32::MAX), |n| (n * UNIT * UNIT).isqrt())))
        .collect()
}

fn norm(values: &[(u32, i64)]) -> i64 {
    values.iter().map(|(_, value)| value * value).sum::<i64>().isqrt().max(UNIT)
}

fn collect(text: &str, concepts: &Concepts, hashes: &mut [Vec<u32>; GROUPS]) {
    let mut buffer = Vec::new();
    let mut seen = HashSet::new();
    for sentence in sentences(text) {
        let words: Vec<&str> = sentence.iter().map(String::as_str).collect();
        for (position, word) in words.iter().enumerate() {
            hashes[WORDS].push(hash(&[word]));
            if let Some(next) = words.get(position + 1) {
                hashes[WORDS].push(hash(&[word, " ", next]));
            }
            characters(word, &mut buffer, &mut hashes[CHARACTERS]);
        }
        classes(&words, concepts, &mut seen, &mut hashes[CLASSES]);
    }
}

fn characters(word: &str, buffer: &mut Vec<char>, hashes: &mut Vec<u32>) {
    buffer.clear();
    buffer.push(' ');
    buffer.extend(word.chars().take(LONGEST_WORD));
    buffer.push(' ');
    for length in SHORTEST..=LONGEST {
        hashes.extend(buffer.windows(length).map(|window| hash_of(window.iter().map(|c| u32::from(*c)))));
    }
}

/// Word classes of a sentence: each, each ordered pair within reach, and each run of three. Each counts once a text.
fn classes(words: &[&str], concepts: &Concepts, seen: &mut HashSet<u32>, hashes: &mut Vec<u32>) {
    let found: Vec<(usize, &[&str])> =
        words.iter().map(|word| concepts.of(word)).enumerate().filter(|(_, names)| !names.is_empty()).collect();
    let mut add = |parts: &[&str]| {
        let hash = hash(parts);
        if seen.insert(hash) {
            hashes.push(hash);
        }
    };
    for (at, (position, names)) in found.iter().enumerate() {
        for name in *names {
            add(&[name]);
            for (other, nexts) in found[at + 1..].iter().take_while(|(other, _)| other - position <= REACH) {
                for next in *nexts {
                    add(&[name, if other - position == 1 { "+" } else { " " }, next]);
                }
            }
        }
        if let [(_, seconds), (last, thirds), ..] = &found[at + 1..]
            && last - position <= REACH
        {
            for (name, second, third) in
                names.iter().flat_map(|n| seconds.iter().flat_map(move |s| thirds.iter().map(move |t| (n, s, t))))
            {
                add(&[name, " ", second, " ", third]);
            }
        }
    }
}

/// Splits a text into sentences of normalised words. Besides lower case this folds look-alike characters, replaces
/// digits of numbers by 0, and adds readings of evasive spelling (`1d10t`, `k i l l`) after what was written.
pub(crate) fn sentences(text: &str) -> Vec<Vec<String>> {
    let characters: Vec<char> = text.chars().filter_map(folded).flat_map(char::to_lowercase).collect();
    let mut sentences = vec![Vec::new()];
    let mut position = 0;
    while position < characters.len() {
        let start = position;
        let first = characters[position];
        let Some(words) = sentences.last_mut() else { break };
        if first.is_alphanumeric() {
            while position < characters.len() && in_word(&characters, position) {
                position += 1;
            }
            push_word(&characters[start..position], words);
            continue;
        }
        position += 1;
        match first {
            '<' | '>' | '[' | ']' | '{' | '}' | '=' | '"' | '#' => words.push(first.to_string()),
            '?' | '!' | '.' | '\n' | ';' => {
                if matches!(first, '?' | '!') {
                    words.push(first.to_string());
                }
                if !words.is_empty() {
                    spelled_out(words);
                    sentences.push(Vec::new());
                }
            }
            _ => {}
        }
    }
    if let Some(words) = sentences.last_mut() {
        spelled_out(words);
    }
    sentences.retain(|words| !words.is_empty());
    sentences
}

fn in_word(characters: &[char], position: usize) -> bool {
    let this = characters[position];
    let next = characters.get(position + 1).is_some_and(|next| next.is_alphanumeric());
    this.is_alphanumeric() || (next && matches!(this, '\'' | '@' | '$' | '-' | '_')) || (next && this == '!')
}

/// Adds a word, its parts if it is hyphenated, and its reading without digits and signs in place of letters.
fn push_word(word: &[char], words: &mut Vec<String>) {
    let mut written = String::new();
    for (position, c) in word.iter().enumerate() {
        let stretched = position >= 2 && word[position - 1] == *c && word[position - 2] == *c;
        if !stretched || c.is_numeric() {
            written.push(*c);
        }
    }
    if word.iter().all(|c| c.is_numeric() || *c == '-') {
        words.push("0".repeat(word.len().min(5)));
        return;
    }
    let parts: Vec<String> = written.split(['-', '_']).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let letters = word.iter().filter(|c| c.is_alphabetic()).count();
    let signs = word.iter().filter(|c| c.is_numeric() || matches!(c, '@' | '$' | '!')).count();
    let disguised = letters >= 2 && (1..=letters + 1).contains(&signs);
    let reading: String = written.chars().map(undisguised).collect();
    words.push(written);
    if parts.len() > 1 {
        words.extend(parts);
    }
    if disguised && reading.chars().all(char::is_alphabetic) {
        words.push(reading);
    }
}

/// Appends the word spelled by each run of three or more single letters.
fn spelled_out(words: &mut Vec<String>) {
    let single = |word: &String| word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let joined: Vec<String> = words
        .chunk_by(|left, right| single(left) && single(right))
        .filter(|run| run.len() >= 3)
        .map(<[String]>::concat)
        .collect();
    words.extend(joined);
}

const fn undisguised(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        other => other,
    }
}

/// One character without what only changes its looks; none for characters without width.
fn folded(c: char) -> Option<char> {
    Some(match c {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{300}'..='\u{36f}' => return None,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2018}' | '\u{2019}' | '\u{2bc}' | '`' | '\u{b4}' => '\'',
        '\u{201c}'..='\u{201e}' | '\u{ab}' | '\u{bb}' => '"',
        'à'..='å' | 'À'..='Å' | 'а' => 'a',
        'è'..='ë' | 'È'..='Ë' | 'е' => 'e',
        'ì'..='ï' | 'Ì'..='Ï' | 'і' => 'i',
        'ò'..='ö' | 'Ò'..='Ö' | 'о' => 'o',
        'ù'..='ü' | 'Ù'..='Ü' => 'u',
        'ç' | 'Ç' | 'с' => 'c',
        'ñ' | 'Ñ' => 'n',
        'р' => 'p',
        other => other,
    })
}

fn hash(parts: &[&str]) -> u32 {
    hash_of(parts.iter().flat_map(|part| part.bytes()).map(u32::from))
}

/// 64-bit FNV-1a over 32-bit units, finished with the mixer of `MurmurHash3` so that the high bits, which select the
/// table entry, depend on every unit.
fn hash_of(units: impl Iterator<Item = u32>) -> u32 {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    for unit in units {
        state = (state ^ u64::from(unit)).wrapping_mul(0x0100_0000_01b3);
    }
    state = (state ^ (state >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    state = (state ^ (state >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    u32::try_from(state >> 32).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Concepts, Features, sentences};

    fn words(text: &str) -> Vec<String> {
        sentences(text).concat()
    }

    #[test]
    fn case_width_accents_and_invisible_characters_do_not_matter() {
        assert_eq!(words("ＫＩＬＬ the Pro\u{200b}cess"), words("kill the process"));
        assert_eq!(words("dés\u{ad}olé"), ["desole"]);
        assert_eq!(words("I can’t"), ["i", "can't"]);
    }

    #[test]
    fn evasive_spelling_adds_the_plain_reading() {
        assert!(words("you 1d10t").contains(&"idiot".to_owned()));
        assert!(words("k i l l him").contains(&"kill".to_owned()));
        assert_eq!(words("stuuuupid"), ["stuupid"]);
        assert_eq!(words("KB5034441 failed 2024"), ["kb5034441", "failed", "0000"]);
    }

    #[test]
    fn a_title_counts_as_often_as_asked() {
        let concepts = Concepts::routing();
        let once = Features::of("printer", "offline", 1, &concepts);
        assert_eq!(once, Features::of("printer", "offline", 1, &concepts));
        assert_ne!(once, Features::of("printer", "offline", 2, &concepts));
    }

    #[test]
    fn an_empty_text_has_no_features_and_a_usable_norm() {
        let features = Features::of("", " \n", 2, &Concepts::routing());
        assert!((0..super::GROUPS).all(|group| features.group(group).is_empty() && features.norm(group) > 0));
    }
}
