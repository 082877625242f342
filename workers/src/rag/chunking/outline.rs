//! Markdown as sections of plain text.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// What stands under one heading, up to the next.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// The headings above it, from the outermost, with ` > ` between.
    pub(super) heading: String,
    /// Paragraphs, list items, blocks of code and rows of tables.
    pub(super) units: Vec<Unit>,
}

/// What is best not divided.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) text: String,
    /// Whether it follows the unit before it on the next line, as items of a list do.
    tight: bool,
}

impl Unit {
    /// What stands between the unit before and this one.
    pub(super) fn separator(&self) -> &'static str {
        if self.tight { "\n" } else { "\n\n" }
    }
}

/// The sections that hold some text, in order.
pub(super) fn sections(markdown: &str) -> Vec<Section> {
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        writer.take(event);
    }
    writer.end_unit();
    writer.sections.retain(|section| !section.units.is_empty());
    writer.sections
}

#[derive(Default)]
struct Writer {
    sections: Vec<Section>,
    path: Vec<(HeadingLevel, String)>,
    /// What was read of the unit, or of the heading.
    line: String,
    /// The next number of each list that is open; none for one of bullets.
    lists: Vec<Option<u64>>,
    /// What the next unit begins with: the mark of its list item.
    mark: Option<String>,
    /// Whether the next unit follows the one before on the next line.
    tight: bool,
}

impl Writer {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) => self.line.push_str(&text),
            Event::Code(code) => {
                self.line.push('`');
                self.line.push_str(&code);
                self.line.push('`');
            }
            Event::SoftBreak => self.line.push(' '),
            Event::HardBreak => self.line.push('\n'),
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } | Tag::Paragraph | Tag::CodeBlock(_) => self.end_unit(),
            Tag::List(first) => {
                self.end_unit();
                self.lists.push(*first);
            }
            Tag::Item => {
                self.end_unit();
                self.mark = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.end_heading(level),
            TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::Item => self.end_unit(),
            TagEnd::TableCell => self.line.push_str(" | "),
            TagEnd::TableHead | TagEnd::TableRow => {
                let row = self.line.trim_end_matches(" | ").len();
                self.line.truncate(row);
                self.end_unit();
                self.tight = true;
            }
            TagEnd::Table => self.tight = false,
            TagEnd::List(_) => {
                self.end_unit();
                self.lists.pop();
                self.tight = !self.lists.is_empty();
            }
            _ => {}
        }
    }

    fn end_heading(&mut self, level: HeadingLevel) {
        let words: Vec<&str> = self.line.split_whitespace().collect();
        let heading = words.join(" ");
        self.line.clear();
        self.path.retain(|(above, _)| *above < level);
        if !heading.is_empty() {
            self.path.push((level, heading));
        }
        let path: Vec<&str> = self.path.iter().map(|(_, heading)| heading.as_str()).collect();
        self.sections.push(Section { heading: path.join(" > "), units: Vec::new() });
        self.tight = false;
    }

    fn end_unit(&mut self) {
        let text = self.line.trim();
        if !text.is_empty() {
            let depth = self.lists.len().saturating_sub(1);
            let mark = self.mark.take().unwrap_or_else(|| if self.lists.is_empty() { "" } else { "  " }.to_owned());
            let text = format!("{}{mark}{text}", "  ".repeat(depth));
            if self.sections.is_empty() {
                self.sections.push(Section::default());
            }
            if let Some(section) = self.sections.last_mut() {
                section.units.push(Unit { text, tight: self.tight });
            }
            self.tight = !self.lists.is_empty();
        }
        self.line.clear();
    }
}
