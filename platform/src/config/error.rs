//! What is wrong with a configuration, without the values that it holds.

use std::{fmt::Write, path::PathBuf};

use figment::error::{Actual, Kind};

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The named file is not there.
    #[error("DESKWIRE_CONFIG names {}, which is not a file", .0.display())]
    NoFile(PathBuf),
    /// An environment variable with the desk's prefix names no key.
    #[error("the environment variable {0} names no key: write DESKWIRE_SECTION__KEY, such as DESKWIRE_INGRESS__LISTEN")]
    UnknownVariable(String),
    /// An environment variable is not UTF-8.
    #[error("the environment variable {0} is not UTF-8")]
    NotText(String),
    /// Keys that cannot be read, a line each.
    #[error("the configuration cannot be read:{0}")]
    Unreadable(String),
    /// Keys that can be read but not used, a line each.
    #[error("the configuration cannot be used:{0}")]
    Invalid(String),
}

impl ConfigError {
    /// Says what figment says, except for the value that it found: it may be a secret.
    pub(super) fn from_figment(errors: figment::Error) -> Self {
        let mut lines = String::new();
        for error in errors {
            let key = error.path.join(".");
            let problem = match error.kind {
                Kind::InvalidType(actual, expected) => format!("expected {expected}, found {}", type_of(&actual)),
                Kind::InvalidValue(_, expected) => format!("expected {expected}"),
                Kind::InvalidLength(length, expected) => format!("has {length} parts, expected {expected}"),
                Kind::UnknownField(field, known) => {
                    format!("has no key {field:?}; its keys are {}", known.join(", "))
                }
                Kind::UnknownVariant(_, known) => format!("must be one of {}", known.join(", ")),
                Kind::MissingField(field) => format!("the key {field} is missing"),
                Kind::DuplicateField(field) => format!("the key {field} is there twice"),
                Kind::Message(message) if key.is_empty() => first_line(&message),
                Kind::Message(message) if !message.contains('"') => first_line(&message),
                _ => "has a value of the wrong form".to_owned(),
            };
            let key = if key.is_empty() { "deskwire.toml".to_owned() } else { key };
            // Writing to a String cannot fail.
            let _ = write!(lines, "\n  {key}: {problem}");
        }
        Self::Unreadable(lines)
    }
}

fn type_of(actual: &Actual) -> &'static str {
    match actual {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "a number",
        Actual::Char(_) | Actual::Str(_) => "text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "something else",
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
