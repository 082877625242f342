//! A text in paragraphs, items of lists and sentences.

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line that names what follows.
    Heading,
    /// Sentences.
    Paragraph,
    /// One item of a list, with its mark.
    Item,
    /// Lines of code, with their fences.
    Code,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) text: String,
}

impl Block {
    /// Whether it ends by saying that something follows.
    pub(super) fn leads(&self) -> bool {
        self.kind == Kind::Paragraph && self.text.trim_end_matches(['*', '_']).ends_with(':')
    }

    /// Whether it says something that must rest on a source.
    pub(super) fn states(&self) -> bool {
        match self.kind {
            Kind::Heading => false,
            Kind::Paragraph => !self.leads() || sentences(&self.text).len() > 1,
            Kind::Item | Kind::Code => true,
        }
    }
}

/// The blocks of a text: Markdown, or plain text with the marks of lists.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    // Whether the next line goes on with the last block.
    let mut open = false;
    let mut fenced = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if fenced || trimmed.starts_with("```") {
            let fence = trimmed.starts_with("```");
            match blocks.last_mut().filter(|_| fenced) {
                Some(code) => code.text = format!("{}\n{line}", code.text),
                None => blocks.push(Block { kind: Kind::Code, text: line.to_owned() }),
            }
            fenced = fenced != fence;
            open = false;
        } else if trimmed.is_empty() {
            open = false;
        } else if trimmed.starts_with('#') && trimmed.trim_start_matches('#').starts_with(' ') {
            blocks.push(Block { kind: Kind::Heading, text: trimmed.to_owned() });
            open = false;
        } else if is_item(trimmed) {
            blocks.push(Block { kind: Kind::Item, text: line.trim_end().to_owned() });
            open = true;
        } else {
            let of_item = line.starts_with("  ") && blocks.last().is_some_and(|last| last.kind == Kind::Item);
            match blocks.last_mut().filter(|_| open || of_item) {
                Some(last) => last.text = format!("{} {trimmed}", last.text),
                None => blocks.push(Block { kind: Kind::Paragraph, text: trimmed.to_owned() }),
            }
            open = true;
        }
    }
    blocks
}

/// The blocks as a text.
pub(super) fn join(blocks: &[Block]) -> String {
    let mut text = String::new();
    for (place, block) in blocks.iter().enumerate() {
        if place > 0 {
            text.push_str(separator(blocks[place - 1].kind, block.kind));
        }
        text.push_str(&block.text);
    }
    text
}

/// What stands between two blocks.
pub(super) fn separator(before: Kind, behind: Kind) -> &'static str {
    if (before, behind) == (Kind::Item, Kind::Item) { "\n" } else { "\n\n" }
}

fn is_item(line: &str) -> bool {
    let digits = line.len() - line.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let mark = match digits {
        0 => line.strip_prefix(['-', '*', '+']),
        1..=9 => line[digits..].strip_prefix(['.', ')']),
        _ => None,
    };
    mark.is_some_and(|rest| rest.starts_with(' '))
}

/// Words before a full stop that ends no sentence.
const ABBREVIATIONS: &[&str] =
    &["e.g", "i.e", "etc", "ext", "no", "nos", "dr", "mr", "mrs", "ms", "st", "vs", "approx", "incl"];

/// The sentences of a paragraph, with the white space behind each.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (at, sign) in text.match_indices(['.', '!', '?']) {
        let behind = &text[at + sign.len()..];
        // Behind the sign may stand what closes a quotation, emphasis, or the number of a source.
        let closing =
            behind.len() - behind.trim_start_matches(['"', '\'', ')', '*', '_', '\u{201d}', '\u{2019}']).len();
        let behind = &behind[closing..];
        let space = behind.len() - behind.trim_start().len();
        let begins = behind[space..]
            .starts_with(|letter: char| letter.is_uppercase() || "\"'(*_\u{201c}\u{2018}".contains(letter));
        let word = text[start..at].rsplit(char::is_whitespace).next().unwrap_or_default();
        let word = word.trim_start_matches(['(', '"']).to_lowercase();
        if space > 0 && begins && !(sign == "." && ABBREVIATIONS.contains(&word.as_str())) {
            let end = at + sign.len() + closing + space;
            sentences.push(&text[start..end]);
            start = end;
        }
    }
    if start < text.len() {
        sentences.push(&text[start..]);
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::{
        Kind::{Code, Heading, Item, Paragraph},
        *,
    };

    #[test]
    fn a_text_is_divided_and_put_together() {
        let text = "First line\nof a paragraph.\n\n1. One\n   goes on\n\n   further\n2) Two\n- Three\n\nLast:\n\n```\na\n\nb\n```\n# Head\nText.";
        let blocks = blocks(text);
        let kinds: Vec<_> = blocks.iter().map(|block| block.kind).collect();
        assert_eq!(kinds, [Paragraph, Item, Item, Item, Paragraph, Code, Heading, Paragraph]);
        assert_eq!(blocks[0].text, "First line of a paragraph.");
        assert_eq!(blocks[1].text, "1. One goes on further");
        assert!(blocks[4].leads() && !blocks[4].states() && !blocks[0].leads() && blocks[0].states());
        assert!(super::blocks("It is slow. Do this:")[0].states());
        let joined = join(&blocks);
        assert!(
            joined.contains("1. One goes on further\n2) Two\n- Three\n\nLast:\n\n```\na\n\nb\n```\n\n# Head"),
            "{joined}"
        );
        assert_eq!(super::blocks(&joined), blocks);
    }

    #[test]
    fn a_sentence_ends_where_another_begins() {
        let text = "Ring IT, ext. 4400, e.g. The desk. \u{201c}Why?\u{201d} *So.* It took 2.5 days! (Really.) end. no";
        let sentences = sentences(text);
        assert_eq!(sentences.concat(), text);
        let trimmed: Vec<_> = sentences.iter().map(|sentence| sentence.trim()).collect();
        let expected = [
            "Ring IT, ext. 4400, e.g. The desk.",
            "\u{201c}Why?\u{201d}",
            "*So.*",
            "It took 2.5 days!",
            "(Really.) end. no",
        ];
        assert_eq!(trimmed, expected);
    }
}
