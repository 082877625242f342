//! An article in passages: parts under one heading, short enough for the sentence encoder.

mod outline;

use outline::{Unit, sections};

/// Letters of the title and the headings that are put before a passage when it is encoded.
const CONTEXT_MAX: usize = 200;

/// A part of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The headings that it stands under, from the outermost, with ` > ` between; empty where it stands before the first.
    pub heading: String,
    /// Its text without the marks of Markdown; list items are lines, and the addresses of links are left out.
    pub text: String,
}

impl Chunk {
    /// What is encoded for it: the article's title and its headings, then the text.
    pub fn in_context(&self, title: &str) -> String {
        in_context(title, &self.heading, &self.text)
    }
}

/// The passages of an article, in its order. `fits` says whether a text is short enough to be encoded whole.
pub fn chunks<E>(title: &str, markdown: &str, fits: impl Fn(&str) -> Result<bool, E>) -> Result<Vec<Chunk>, E> {
    let mut chunks = Vec::new();
    for section in sections(markdown) {
        let heading = section.heading;
        let room = |text: &str| fits(&in_context(title, &heading, text));
        let texts = pack(&section.units, room)?;
        chunks.extend(texts.into_iter().map(|text| Chunk { heading: heading.clone(), text }));
    }
    Ok(chunks)
}

fn in_context(title: &str, heading: &str, text: &str) -> String {
    let mut context = title.to_owned();
    for part in heading.split(" > ").filter(|part| !part.is_empty() && *part != title) {
        context.push_str(". ");
        context.push_str(part);
    }
    let end = context.char_indices().nth(CONTEXT_MAX).map_or(context.len(), |(end, _)| end);
    context.truncate(end);
    context.push_str(". ");
    context.push_str(text);
    context
}

/// Puts together as many units as fit; divides one that does not fit alone.
fn pack<E>(units: &[Unit], fits: impl Fn(&str) -> Result<bool, E>) -> Result<Vec<String>, E> {
    let mut texts: Vec<String> = Vec::new();
    let mut open = false;
    for unit in units {
        if let Some(last) = texts.last_mut().filter(|_| open) {
            let joined = format!("{last}{}{}", unit.separator(), unit.text);
            if fits(&joined)? {
                *last = joined;
                continue;
            }
        }
        let mut rest = unit.text.as_str();
        while !rest.is_empty() && !fits(rest)? {
            rest = rest.trim_start();
            let (part, behind) = rest.split_at(cut(rest, &fits)?);
            texts.push(part.trim_end().to_owned());
            rest = behind.trim_start();
        }
        open = !rest.is_empty();
        texts.extend(open.then(|| rest.to_owned()));
    }
    Ok(texts)
}

/// Where a text that does not fit is cut: after the last sentence that fits, else after the last word, else after as many
/// letters as fit, at least one.
fn cut<E>(text: &str, fits: impl Fn(&str) -> Result<bool, E>) -> Result<usize, E> {
    let ends: Vec<usize> = text.char_indices().map(|(start, letter)| start + letter.len_utf8()).collect();
    let (mut fitting, mut too_many) = (1, ends.len());
    while fitting + 1 < too_many {
        let middle = usize::midpoint(fitting, too_many);
        if fits(&text[..ends[middle - 1]])? { fitting = middle } else { too_many = middle }
    }
    let most = &text[..ends[fitting - 1]];
    let mut sentence = most.match_indices(['.', '!', '?', '\n']).map(|(end, sign)| end + sign.len());
    let sentence = sentence.rfind(|end| text[*end..].starts_with(char::is_whitespace));
    let word = || most.rfind(char::is_whitespace).filter(|end| !most[..*end].trim().is_empty());
    Ok(sentence.or_else(word).unwrap_or(most.len()))
}
