//! The knowledge base: articles that answer what people ask again and again.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Actor, ArticleId, Department, Role, ticket::words};

/// Characters in a title at most.
pub const TITLE_MAX: usize = 200;
/// Characters in a body at most; as JSON it fits into a request, however it is escaped.
pub const BODY_MAX: usize = 12_000;
/// Tags of an article at most.
pub const TAGS_MAX: usize = 20;
/// Characters in a tag at most.
pub const TAG_MAX: usize = 50;

/// Who may be shown an article. Admins see all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Requesters, too.
    Everyone,
    /// The agents of every department.
    Agents,
    /// The agents of IT.
    It,
    /// The agents of HR.
    Hr,
}
words!(Audience { Everyone = "everyone", Agents = "agents", It = "it", Hr = "hr" });

impl Audience {
    /// Whether a person belongs to it.
    pub fn includes(self, person: &Actor) -> bool {
        match (self, person.role) {
            (Self::Everyone, _) | (_, Role::Admin) | (Self::Agents, Role::Agent) => true,
            (Self::It, Role::Agent) => person.department == Some(Department::It),
            (Self::Hr, Role::Agent) => person.department == Some(Department::Hr),
            (_, Role::User) => false,
        }
    }
}

/// What an article says, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ArticleDraft {
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Who may be shown it.
    pub audience: Audience,
    /// Words by which it is found.
    pub tags: Vec<String>,
}

/// What is wrong with a field, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongField {
    /// The field.
    pub field: String,
    /// What it must be.
    pub detail: &'static str,
}

impl ArticleDraft {
    /// The fields that are wrong.
    pub fn check(&self) -> Vec<WrongField> {
        let mut wrong = Vec::new();
        let mut note = |field: &str, problem: Option<&'static str>| {
            wrong.extend(problem.map(|detail| WrongField { field: field.to_owned(), detail }));
        };
        let too_long = |text: &str, max: usize| text.chars().count() > max;
        note("title", wrong_line(&self.title));
        note("title", too_long(&self.title, TITLE_MAX).then_some("must have at most 200 characters"));
        note("body", wrong_text(&self.body));
        note("body", too_long(&self.body, BODY_MAX).then_some("must have at most 12,000 characters: divide it"));
        note("tags", (self.tags.len() > TAGS_MAX).then_some("must be at most 20"));
        for (index, tag) in self.tags.iter().enumerate() {
            let field = format!("tags[{index}]");
            note(&field, wrong_line(tag));
            note(&field, too_long(tag, TAG_MAX).then_some("must have at most 50 characters"));
            note(&field, self.tags[..index].contains(tag).then_some("is there twice: leave one out"));
        }
        wrong
    }
}

fn wrong_line(text: &str) -> Option<&'static str> {
    let breaks = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    if text.trim().is_empty() {
        Some("must not be empty")
    } else {
        text.chars().any(breaks).then_some("must not contain control characters or line breaks")
    }
}

fn wrong_text(text: &str) -> Option<&'static str> {
    let control = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    if text.trim().is_empty() {
        Some("must not be empty")
    } else {
        text.chars().any(control).then_some("must not contain control characters other than tabs and line breaks")
    }
}

/// An article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Article {
    /// The article.
    pub id: ArticleId,
    /// 1 when it is made, then one more with each change. Of two, the higher is what the article became.
    pub version: u64,
    /// At most 200 characters.
    pub title: String,
    /// Markdown, at most 12,000 characters.
    pub body: String,
    /// Who may be shown it.
    pub audience: Audience,
    /// At most 20, each of at most 50 characters.
    pub tags: Vec<String>,
    /// Whether it is shown, and answers are found in it. Agents and admins see it all the same.
    pub published: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Article {
    /// What it says, and to whom.
    pub fn draft(&self) -> ArticleDraft {
        let (title, body, tags) = (self.title.clone(), self.body.clone(), self.tags.clone());
        ArticleDraft { title, body, audience: self.audience, tags }
    }

    /// Whether a person may see it.
    pub fn is_visible_to(&self, person: &Actor) -> bool {
        self.audience.includes(person) && (self.published || person.role != Role::User)
    }
}
