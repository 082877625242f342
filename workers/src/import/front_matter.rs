//! The head of a Markdown file: `key: value` between two lines of `---`. A value is a word or a text, in double quotes
//! where YAML asks for them, or a list in brackets. That is all of YAML that a head may have.

/// A key with its value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: Value,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    List(Vec<String>),
}

/// What is wrong, in which line, with which key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) detail: &'static str,
}

/// The entries of the head, and what follows it.
pub(super) fn split(text: &str) -> Result<(Vec<Entry>, &str), Wrong> {
    let wrong = |line, key: &str, detail| Wrong { line, key: key.to_owned(), detail };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut entries = Vec::new();
    let mut start = 0;
    for (index, whole) in text.split_inclusive('\n').enumerate() {
        let (line, number) = (whole.trim_end(), index + 1);
        start += whole.len();
        match (index, line) {
            (0, "---") => {}
            (0, _) => return Err(wrong(1, "head", "must be `---`, and after title and audience another `---`")),
            (_, "---") => return Ok((entries, text[start..].trim_start_matches(['\r', '\n']))),
            (_, line) if line.is_empty() || line.starts_with('#') => {}
            (_, line) => {
                let (key, value) = line.split_once(':').ok_or_else(|| wrong(number, line, "must be `key: value`"))?;
                let value = read(value.trim()).map_err(|detail| wrong(number, key, detail))?;
                entries.push(Entry { line: number, key: key.to_owned(), value });
            }
        }
    }
    Err(wrong(1, "head", "has no end: put `---` in a line of its own behind it"))
}

fn read(value: &str) -> Result<Value, &'static str> {
    match value.strip_prefix('[') {
        Some(list) => list.strip_suffix(']').ok_or("must end with `]`").and_then(items).map(Value::List),
        None => scalar(value).map(Value::Text),
    }
}

/// Commas within quotes do not divide.
fn items(list: &str) -> Result<Vec<String>, &'static str> {
    let (mut quoted, mut escaped) = (false, false);
    let divides = |character: char| {
        let divides = character == ',' && !quoted;
        quoted ^= character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        divides
    };
    let items = list.split(divides).map(str::trim);
    if list.trim().is_empty() { Ok(Vec::new()) } else { items.map(scalar).collect() }
}

fn scalar(text: &str) -> Result<String, &'static str> {
    if text.starts_with('"') {
        return serde_json::from_str(text).map_err(|_| "must end with the quote that it began with");
    }
    if text.starts_with(['\'', '|', '>', '{', '[', '&', '*', '!']) || text.contains(": ") || text.contains(" #") {
        return Err("must be in double quotes");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_and_the_rest_follows() {
        let text =
            "---\r\ntitle: \"For agents: one\"\ntags: [a, \"b, \\\"c\\\"\", d e]\nnone: []\n---\n\nBody: 1\n---\n";
        let (entries, body) = split(text).unwrap();
        assert_eq!(body, "Body: 1\n---\n");
        let list = |items: &[&str]| Value::List(items.iter().map(ToString::to_string).collect());
        let values: Vec<_> = entries.iter().map(|entry| (entry.line, entry.key.as_str(), &entry.value)).collect();
        let title = Value::Text("For agents: one".to_owned());
        assert_eq!(
            values,
            [(2, "title", &title), (3, "tags", &list(&["a", "b, \"c\"", "d e"])), (4, "none", &list(&[]))]
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, line, key) in [
            ("title: x\n", 1, "head"),
            ("---\ntitle: x\n", 1, "head"),
            ("---\ntitle: x\ntags: [a\n---\n", 3, "tags"),
            ("---\ntitle: \"x\n---\n", 2, "title"),
            ("---\ntitle: one: two\n---\n", 2, "title"),
            ("---\nnothing\n---\n", 2, "nothing"),
        ] {
            let wrong = split(text).unwrap_err();
            assert_eq!((wrong.line, wrong.key.as_str()), (line, key), "{text}");
        }
    }
}
