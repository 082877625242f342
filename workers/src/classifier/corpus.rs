//! Labelled texts: the record formats of the evaluation sets and of the product's own training texts.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Why labelled data can't be read.
#[derive(Debug, Error)]
pub enum CorpusError {
    /// The file or folder can't be read.
    #[error("can't read {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A line isn't a record of the expected kind.
    #[error("{path}, line {line}: {source}")]
    Record {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// There is no record at all.
    #[error("{0} holds no records")]
    Empty(PathBuf),
}

/// A text labelled harmful (1) or not (0).
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ModerationRecord {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) harmful: u8,
    #[serde(default)]
    pub(crate) category: String,
}

/// The department that a ticket is for, as the data writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Label {
    It,
    Hr,
}

/// A ticket labelled with its department.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RoutingRecord {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) department: Label,
    #[serde(default)]
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) hard: u8,
}

/// A passage of a handbook.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PassageRecord {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// A record of either kind.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Ticket {
    Judged(ModerationRecord),
    Routed(RoutingRecord),
}

/// Reads a JSON Lines file; blank lines are skipped.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, CorpusError> {
    let io = |source| CorpusError::Io { path: path.to_owned(), source };
    let mut records = Vec::new();
    for (index, line) in BufReader::new(File::open(path).map_err(io)?).lines().enumerate() {
        let line = line.map_err(io)?;
        if !line.trim().is_empty() {
            let record = serde_json::from_str(&line);
            records.push(record.map_err(|source| CorpusError::Record {
                path: path.to_owned(),
                line: index + 1,
                source,
            })?);
        }
    }
    if records.is_empty() { Err(CorpusError::Empty(path.to_owned())) } else { Ok(records) }
}

/// Reads every `.jsonl` file of a folder, in the order of their names.
pub(crate) fn read_folder<T: DeserializeOwned>(folder: &Path) -> Result<Vec<T>, CorpusError> {
    let io = |source| CorpusError::Io { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(io)?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>().map_err(io)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let mut records = Vec::new();
    for file in &files {
        records.extend(read(file)?);
    }
    if records.is_empty() { Err(CorpusError::Empty(folder.to_owned())) } else { Ok(records) }
}

#[cfg(test)]
mod tests {
    use super::{CorpusError, Label, RoutingRecord, read_folder};

    #[test]
    fn a_folder_is_read_in_order_of_names_and_a_bad_line_is_named() {
        let folder = std::env::temp_dir().join(format!("deskwire-corpus-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("b.jsonl"), "{\"title\": \"pay\", \"department\": \"HR\"}\n").unwrap();
        std::fs::write(folder.join("a.jsonl"), "\n{\"title\": \"vpn\", \"department\": \"IT\", \"hard\": 1}\n")
            .unwrap();
        let records: Vec<RoutingRecord> = read_folder(&folder).unwrap();
        assert_eq!(records.iter().map(|record| record.department).collect::<Vec<_>>(), [Label::It, Label::Hr]);
        std::fs::write(folder.join("b.jsonl"), "\n{\"title\": \"pay\", \"department\": \"Legal\"}\n").unwrap();
        let error = read_folder::<RoutingRecord>(&folder).unwrap_err();
        assert!(matches!(error, CorpusError::Record { line: 2, .. }), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
