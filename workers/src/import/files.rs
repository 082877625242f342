//! The articles that the files of a folder hold: one in a Markdown file, one in each line of JSON Lines.

use std::{collections::HashMap, fmt, fs, io, path::Path};

use contracts::{ArticleDraft, ArticleId, Audience};
use serde::Deserialize;

use super::front_matter::{self, Value, Wrong};

/// An article in a file.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) id: ArticleId,
    pub(super) draft: ArticleDraft,
    pub(super) published: bool,
    /// The file and the line, for people.
    pub(super) place: String,
}

/// Why a folder was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("{path}: {source}")]
    Unreadable { path: String, source: io::Error },
    #[error("{0}: holds neither a .md nor a .jsonl file")]
    Empty(String),
    #[error("nothing was changed:\n{}", .0.iter().map(|wrong| format!("  {wrong}")).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<WrongPlace>),
}

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct WrongPlace {
    place: String,
    field: String,
    detail: String,
}

impl fmt::Display for WrongPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {}", self.place, self.field, self.detail)
    }
}

/// Reads every file, in the order of their names; files with other endings are none of ours.
pub(super) fn read(folder: &Path) -> Result<Vec<Found>, ReadError> {
    let unreadable = |path: &Path, source| ReadError::Unreadable { path: path.display().to_string(), source };
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut paths: Vec<_> =
        entries.map_err(|error| unreadable(folder, error))?.iter().map(fs::DirEntry::path).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md" || ending == "jsonl"));
    paths.sort();
    if paths.is_empty() {
        return Err(ReadError::Empty(folder.display().to_string()));
    }
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if path.extension().is_some_and(|ending| ending == "md") {
            take(markdown(&text, &stem, &name), &mut all, &mut wrong);
        } else {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            for (index, line) in lines {
                take(json_line(line, format!("{name}, line {}", index + 1)), &mut all, &mut wrong);
            }
        }
    }
    let mut first: HashMap<ArticleId, &str> = HashMap::new();
    for found in &all {
        if let Some(first) = first.insert(found.id, &found.place) {
            let detail = format!("is also that of {first}: give one of them another");
            wrong.push(WrongPlace { place: found.place.clone(), field: "id".to_owned(), detail });
        }
    }
    if wrong.is_empty() { Ok(all) } else { Err(ReadError::Wrong(wrong)) }
}

fn take(read: Result<Found, Vec<WrongPlace>>, all: &mut Vec<Found>, wrong: &mut Vec<WrongPlace>) {
    match read {
        Ok(found) => all.push(found),
        Err(here) => wrong.extend(here),
    }
}

/// The article that a file is about: an id as the desk writes it stays, any other name always gives the same id.
pub fn id_of(name: &str) -> ArticleId {
    name.parse().unwrap_or_else(|_| ArticleId::derived(&["article", name]))
}

/// The file's name is its id, where the head has none.
fn markdown(text: &str, stem: &str, file: &str) -> Result<Found, Vec<WrongPlace>> {
    let at = |line, field: &str, detail: &str| {
        let place = format!("{file}, line {line}");
        WrongPlace { place, field: field.to_owned(), detail: detail.to_owned() }
    };
    let (entries, body) =
        front_matter::split(text).map_err(|Wrong { line, key, detail }| vec![at(line, &key, detail)])?;
    let (mut id, mut title, mut audience, mut tags, mut published) = (None, None, None, Vec::new(), true);
    let (mut lines, mut wrong) = (HashMap::new(), Vec::new());
    for entry in entries {
        let (line, key) = (entry.line, entry.key.as_str());
        if lines.insert(entry.key.clone(), line).is_some() {
            wrong.push(at(line, key, "is there twice: leave one out"));
        }
        match (key, entry.value) {
            ("id", Value::Text(text)) if !text.is_empty() => id = Some(text),
            ("title", Value::Text(text)) => title = Some(text),
            ("audience", Value::Text(text)) => {
                audience = Audience::parse(&text);
                if audience.is_none() {
                    wrong.push(at(line, key, "must be everyone, agents, it or hr"));
                }
            }
            ("tags", Value::List(list)) => tags = list,
            ("tags", Value::Text(_)) => wrong.push(at(line, key, "must be a list, as in [vpn, network]")),
            ("published", Value::Text(word)) if word == "true" || word == "false" => published = word == "true",
            ("published", _) => wrong.push(at(line, key, "must be true or false")),
            ("id" | "title" | "audience", _) => wrong.push(at(line, key, "must be a text")),
            _ => wrong.push(at(line, key, "is not known: a head has id, title, audience, tags and published")),
        }
    }
    for key in ["title", "audience"] {
        if !lines.contains_key(key) {
            wrong.push(at(1, key, "is missing from the head"));
        }
    }
    let (Some(title), Some(audience), true) = (title, audience, wrong.is_empty()) else { return Err(wrong) };
    let body_line = text.lines().count().saturating_sub(body.lines().count()) + 1;
    let draft = ArticleDraft { title, body: body.to_owned(), audience, tags };
    let line_of = |field: &str| {
        let key = field.split('[').next().unwrap_or(field);
        lines.get(key).copied().unwrap_or(body_line)
    };
    let wrong = draft.check();
    if wrong.is_empty() {
        Ok(Found { id: id_of(id.as_deref().unwrap_or(stem)), draft, published, place: file.to_owned() })
    } else {
        Err(wrong.iter().map(|wrong| at(line_of(&wrong.field), &wrong.field, wrong.detail)).collect())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: Option<String>,
    title: String,
    body: String,
    audience: Audience,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default = "shown")]
    published: bool,
}

fn shown() -> bool {
    true
}

/// The title is its id, where the line has none.
fn json_line(line: &str, place: String) -> Result<Found, Vec<WrongPlace>> {
    let wrong = |field: String, detail: String| WrongPlace { place: place.clone(), field, detail };
    let mut json = serde_json::Deserializer::from_str(line);
    let read = serde_path_to_error::deserialize(&mut json);
    let Line { id, title, body, audience, tags, published } = read.map_err(|error| {
        let detail = error.inner().to_string();
        let detail = detail.split(" at line ").next().unwrap_or_default().to_owned();
        let field = if error.path().iter().len() == 0 { "the line".to_owned() } else { error.path().to_string() };
        vec![wrong(field, detail)]
    })?;
    json.end()
        .map_err(|_| vec![wrong("the line".to_owned(), "must hold one object, and nothing behind it".to_owned())])?;
    let draft = ArticleDraft { title, body, audience, tags };
    let problems = draft.check();
    if problems.is_empty() {
        Ok(Found { id: id_of(id.as_deref().unwrap_or(&draft.title)), draft, published, place })
    } else {
        Err(problems.into_iter().map(|problem| wrong(problem.field, problem.detail.to_owned())).collect())
    }
}
