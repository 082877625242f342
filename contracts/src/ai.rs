//! The bot: what it is asked, the parts in which it answers, and what was said when a ticket is raised.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Actor, ArticleId, MessageId, TicketDraft, UserId,
    consumer::Pool,
    message::{Feedback, Message, SenderRole},
    query::query,
    streamed::StreamedQuery,
};

/// Characters in a question at most.
pub const QUERY_MAX: usize = 2_000;
/// Characters in an answer at most.
pub const ANSWER_MAX: usize = 4_000;
/// Sources of an answer at most.
pub const SOURCES_MAX: usize = 5;
/// Characters in the quote of a source at most.
pub const QUOTE_MAX: usize = 600;
/// Turns that a session keeps: the last ones. A ticket begins with as many.
pub const TURNS_MAX: usize = 10;
/// Characters at most in the text for which articles are suggested.
pub const TYPED_MAX: usize = 200;
/// Articles that are suggested at most.
pub const SUGGESTIONS_MAX: u32 = 10;

/// A passage of an article that an answer rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Source {
    /// The number by which the answer names it, as in `[1]`.
    pub number: u32,
    /// The article.
    pub article_id: ArticleId,
    /// The article's.
    pub title: String,
    /// The headings above the passage; empty where there are none.
    pub heading: String,
    /// The passage, at most 600 characters, without links.
    pub quote: String,
    /// How well the passage fits the question; of two, the higher fits better.
    pub score: f32,
}

/// A question and its answer, earlier in the same conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastTurn {
    /// What was asked.
    pub query: String,
    /// What was looked for: the question, or what it was a follow-up of as well.
    pub searched: String,
    /// What was answered.
    pub answer: String,
}

/// A question to the bot. Nothing is remembered of it: the asker keeps the conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskBot {
    /// Who asks: answers come from what they may be shown.
    pub asker: Actor,
    /// At most 2,000 characters.
    pub query: String,
    /// What was said before, oldest first.
    pub past: Vec<PastTurn>,
}

impl StreamedQuery for AskBot {
    const SUBJECT: &'static str = "query.ai.ask";
    const STOP_SUBJECT: &'static str = "query.ai.stop";
    const POOL: Pool = Pool::Rag;
    type Part = AnswerPart;
}

/// A part of an answer. The last one is always [`AnswerPart::Done`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerPart {
    /// A passage that the answer may name.
    Source(Source),
    /// The next piece of the answer's text.
    Token(String),
    /// The whole answer. It takes the place of what came before, which it may differ from.
    Done(BotAnswer),
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BotAnswer {
    /// Markdown without links, at most 4,000 characters. Statements carry the numbers of their sources, as in `[1]`.
    pub answer: String,
    /// Whether the knowledge base has an answer; without one there are no sources.
    pub answered: bool,
    /// The passages that the answer names.
    pub sources: Vec<Source>,
    /// What was looked for, for [`PastTurn::searched`] of the next question.
    pub searched: String,
}

/// Articles that may spare somebody the ticket whose title they type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SuggestArticles {
    /// Who types: only what they may be shown is suggested.
    pub asker: Actor,
    /// What is typed so far, at most 200 characters.
    pub typed: String,
    /// How many at most.
    pub limit: u32,
}
query!(SuggestArticles, "query.ai.suggest", Rag => Vec<Suggestion>);

/// An article that may help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suggestion {
    /// The article.
    pub article_id: ArticleId,
    /// The article's.
    pub title: String,
    /// The headings above the passage that fits; empty where there are none.
    pub heading: String,
    /// The start of the passage that fits, without links.
    pub snippet: String,
}

/// Whether questions to the bot are answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckBot {}
query!(CheckBot, "query.ai.check", Rag => ());

/// What somebody asked the bot, or what it answered, before they raised a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Utterance {
    /// Whether the bot said it.
    #[serde(rename = "isAI")]
    pub is_ai: bool,
    /// At most 8,000 characters.
    pub content: String,
    /// Of the bot's, whether it helped.
    pub feedback: Feedback,
    /// When.
    pub at: DateTime<Utc>,
}

impl TicketDraft {
    /// What the requester said to the bot, where they said anything.
    pub fn questions(&self) -> Option<String> {
        let questions = self.conversation.iter().filter(|said| !said.is_ai).map(|said| said.content.as_str());
        Some(questions.collect::<Vec<_>>().join("\n\n")).filter(|text| !text.is_empty())
    }

    /// The conversation as the first messages of the ticket. The same draft gives the same ids.
    pub fn first_messages(&self) -> Vec<Message> {
        let messages = self.conversation.iter().enumerate().map(|(place, said)| Message {
            id: MessageId::derived(&["conversation", &self.id.to_string(), &place.to_string()]),
            seq: 0,
            ticket_id: self.id,
            sender_id: if said.is_ai { UserId::BOT } else { self.user_id },
            sender_role: if said.is_ai { SenderRole::System } else { SenderRole::User },
            content: said.content.clone(),
            is_ai: said.is_ai,
            feedback: said.feedback,
            timestamp: said.at,
            client_message_id: None,
        });
        messages.collect()
    }
}
