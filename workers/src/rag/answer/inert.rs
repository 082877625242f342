//! Text that no reader of Markdown makes a link, an image or HTML of: an answer leads to its sources and nowhere else.
//!
//! It holds for every piece that is cut at white space as well, so that a text may be shown while it is written.

/// What stands where an address was.
const ADDRESS: &str = "(link in the source)";

/// The text without links: of one with words, the words are left.
pub(super) fn inert(text: &str) -> String {
    let text = text.replace(|letter: char| letter.is_control() && !matches!(letter, '\n' | '\t'), "");
    let text = without_targets(&text);
    // A definition would make a link of each number in brackets, an entity hides what it stands for.
    let text = text.replace("]:", "] :").replace("&#", "& #");
    let text = without_tags(&text);
    without_addresses(&text)
}

/// The number of bytes at the start of a text that may be shown when more is to come: up to white space at which no link
/// is open.
pub(super) fn whole(text: &str) -> usize {
    /// A link that is longer is no link.
    const OPEN_MAX: usize = 600;
    let end = text.rfind(char::is_whitespace).map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8));
    let open = text[..end].rfind('[').filter(|start| {
        let rest = &text[*start..];
        match rest.split_once("](") {
            Some((_, target)) => !target.contains(')'),
            None => !rest.contains(']'),
        }
    });
    open.filter(|start| text.len() - start <= OPEN_MAX).unwrap_or(end)
}

/// `[words](target)` and `![words](target)` become `words`; a number keeps its brackets.
fn without_targets(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(middle) = text.find("](") {
        let (start, end) = (opening(&text[..middle]), closing(&text[middle + 2..]));
        match (start, end) {
            (Some(start), Some(end)) => {
                let words = text[start + 1..middle].to_owned();
                let number = !words.is_empty() && words.bytes().all(|byte| byte.is_ascii_digit());
                let words = if number { format!("[{words}]") } else { words };
                let start = if text[..start].ends_with('!') { start - 1 } else { start };
                text.replace_range(start..=middle + 2 + end, &words);
            }
            _ => text.insert(middle + 1, ' '),
        }
    }
    text
}

/// The bracket that the one behind the text closes.
fn opening(text: &str) -> Option<usize> {
    let mut closed = 0_u32;
    text.char_indices().rev().find_map(|(at, letter)| {
        match letter {
            ']' => closed += 1,
            '[' if closed == 0 => return Some(at),
            '[' => closed -= 1,
            _ => {}
        }
        None
    })
}

/// The parenthesis that closes the one before the text, in the same line.
fn closing(text: &str) -> Option<usize> {
    let mut opened = 0_u32;
    for (at, letter) in text.char_indices() {
        match letter {
            '\n' => return None,
            '(' => opened += 1,
            ')' if opened == 0 => return Some(at),
            ')' => opened -= 1,
            _ => {}
        }
    }
    None
}

/// `<` that begins a tag or an address becomes a sign that does not.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let begins = |next: &char| next.is_alphabetic() || matches!(next, '/' | '!' | '?');
        plain.push(if letter == '<' && letters.peek().is_some_and(begins) { '\u{2039}' } else { letter });
    }
    plain
}

/// Addresses that readers make links of by themselves are left out.
fn without_addresses(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let (body, space) = word.split_at(word.trim_end_matches(char::is_whitespace).len());
        if is_address(body) {
            let start = body.find(|letter: char| letter.is_alphanumeric()).unwrap_or(0);
            let end =
                body.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'', '*', '_', '>', '\u{203a}']).len();
            plain.push_str(Some(&body[..start]).filter(|before| !is_address(before)).unwrap_or_default());
            if plain.ends_with(']') {
                plain.push(' ');
            }
            plain.push_str(ADDRESS);
            plain.push_str(&body[end.max(start)..]);
        } else {
            plain.push_str(body);
        }
        plain.push_str(space);
    }
    plain
}

fn is_address(word: &str) -> bool {
    let word = word.replace('\\', "").to_lowercase();
    ["://", "www.", "mailto:", "javascript:", "&colon;", "&sol;", "&period;"].iter().any(|sign| word.contains(sign))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    fn leads_somewhere(markdown: &str) -> bool {
        let extensions = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
        let mut events = Parser::new_ext(markdown, extensions | Options::ENABLE_TASKLISTS | Options::ENABLE_GFM);
        events.any(|event| {
            matches!(
                event,
                Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::HtmlBlock)
                    | Event::Html(_)
                    | Event::InlineHtml(_)
            )
        })
    }

    #[test]
    fn words_stay_and_targets_go() {
        for (text, plain) in [
            ("See [the page](https://evil.example/?q=secret \"title\").", "See the page."),
            ("![a chart](https://evil.example/x.png) So.", "a chart So."),
            ("As said [1](https://evil.example), so.", "As said [1], so."),
            ("[a [b](c) d](e)", "a b d"),
            ("Open https://evil.example/a?b=c, then log in.", "Open (link in the source), then log in."),
            ("(www.evil.example)", "((link in the source))"),
            ("a ]https://evil.example", "a ] (link in the source)"),
            ("<https://evil.example>", "\u{2039}(link in the source)>"),
            ("Type <your name> here, if a < b.", "Type \u{2039}your name> here, if a < b."),
            ("[1]: https://evil.example", "[1] : (link in the source)"),
            ("https&#58;//evil.example", "https& #58;//evil.example"),
            ("A\u{1b}[31m\r\nb", "A[31m\nb"),
            ("Nothing [1] to see [2].\n\n1. Here [3]", "Nothing [1] to see [2].\n\n1. Here [3]"),
        ] {
            assert_eq!(inert(text), plain);
        }
    }

    #[test]
    fn what_is_shown_early_ends_where_no_link_is_open() {
        for (text, shown) in [
            ("One two thr", "One two "),
            ("One [two three", "One "),
            ("One [two](thr", "One "),
            ("One [two thr](four) fi", "One [two thr](four) "),
            ("So. [1] An", "So. [1] "),
            ("word", ""),
        ] {
            assert_eq!(&text[..whole(text)], shown);
        }
        let unclosed = format!("[{}", "x ".repeat(400));
        assert_eq!(whole(&unclosed), unclosed.len());
    }

    proptest! {
        #[test]
        fn nothing_leads_anywhere(text in r"([\[\]()!<>:&#\\ \n/a1.]|http://|www\.|\]\(|\]:|<a|`|\*){0,40}") {
            let plain = inert(&text);
            prop_assert!(!leads_somewhere(&plain), "{plain:?}");
            prop_assert!(!plain.split_whitespace().any(is_address), "{plain:?}");
        }

        #[test]
        fn nor_does_what_is_shown_piece_by_piece(text in r"([\[\]()!<>:&#\\ \n/a1.]|http://|www\.|\]\(|\]:|<a){0,40}") {
            let (mut shown, mut pending) = (String::new(), String::new());
            for letter in text.chars() {
                pending.push(letter);
                let end = whole(&pending);
                shown.push_str(&inert(&pending[..end]));
                pending.drain(..end);
            }
            shown.push_str(&inert(&pending));
            prop_assert!(!leads_somewhere(&shown), "{shown:?}");
        }
    }
}
