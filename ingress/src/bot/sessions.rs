//! Conversations with the bot. Each belongs to its user, and is kept for a day after its last turn.

use chrono::{DateTime, Utc};
use contracts::{
    ArticleId, BotSessionId, UserId,
    ai::{BotAnswer, PastTurn, TURNS_MAX, Utterance},
    message::Feedback,
};
use platform::broker::{Bucket, BucketError, Entry};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::problem::Problem;

/// Characters of a title, and of the headings above a passage, that are kept of a source.
const HEADING_MAX: usize = 200;

/// The last turns of a conversation, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct BotSession {
    turns: Vec<Turn>,
}

/// A question and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Turn {
    /// Drawn for it, so that who wrote it knows it again.
    id: Uuid,
    /// From 1.
    number: u32,
    pub(crate) query: String,
    searched: String,
    answer: String,
    pub(crate) answered: bool,
    cited: Vec<Cited>,
    helpful: Option<bool>,
    asked_at: DateTime<Utc>,
    answered_at: DateTime<Utc>,
}

/// What is kept of a source.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cited {
    number: u32,
    article_id: ArticleId,
    title: String,
    heading: String,
}

impl Turn {
    /// A turn that ends now.
    pub(crate) fn new(query: String, answer: &BotAnswer, asked_at: DateTime<Utc>) -> Self {
        let start = |text: &str| text.chars().take(HEADING_MAX).collect();
        let cited = answer.sources.iter().map(|source| Cited {
            number: source.number,
            article_id: source.article_id,
            title: start(&source.title),
            heading: start(&source.heading),
        });
        Self {
            id: Uuid::new_v4(),
            number: 0,
            query,
            searched: answer.searched.clone(),
            answer: answer.answer.clone(),
            answered: answer.answered,
            cited: cited.collect(),
            helpful: None,
            asked_at,
            answered_at: contracts::clock::now(),
        }
    }

    /// The articles that the answer named, each once.
    pub(crate) fn article_ids(&self) -> Vec<ArticleId> {
        let mut ids: Vec<_> = self.cited.iter().map(|cited| cited.article_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The answer for people who do not have its sources beside it.
    fn answer_with_sources(&self) -> String {
        let sources = self.cited.iter().map(|Cited { number, title, heading, .. }| match heading.as_str() {
            "" => format!("- [{number}] {title}"),
            heading => format!("- [{number}] {title}: {heading}"),
        });
        let sources: Vec<_> = sources.collect();
        if sources.is_empty() { self.answer.clone() } else { format!("{}\n\n{}", self.answer, sources.join("\n")) }
    }
}

impl BotSession {
    /// What the bot is told of the conversation.
    pub(crate) fn past(&self) -> Vec<PastTurn> {
        let past = self.turns.iter().map(|turn| PastTurn {
            query: turn.query.clone(),
            searched: turn.searched.clone(),
            answer: turn.answer.clone(),
        });
        past.collect()
    }

    /// The conversation as a ticket begins with it.
    pub(crate) fn conversation(&self) -> Vec<Utterance> {
        let said = self.turns.iter().flat_map(|turn| {
            let feedback = match turn.helpful {
                None => Feedback::None,
                Some(true) => Feedback::Helpful,
                Some(false) => Feedback::NotHelpful,
            };
            let query =
                Utterance { is_ai: false, content: turn.query.clone(), feedback: Feedback::None, at: turn.asked_at };
            [query, Utterance { is_ai: true, content: turn.answer_with_sources(), feedback, at: turn.answered_at }]
        });
        said.collect()
    }

    fn add(&mut self, mut turn: Turn) -> u32 {
        turn.number = self.turns.last().map_or(1, |last| last.number + 1);
        let number = turn.number;
        self.turns.push(turn);
        if self.turns.len() > TURNS_MAX {
            self.turns.remove(0);
        }
        number
    }
}

/// Every conversation.
pub(crate) struct BotSessions {
    bucket: Bucket<BotSession>,
}

impl BotSessions {
    /// Keeps the conversations in `bucket`.
    pub(crate) fn new(bucket: Bucket<BotSession>) -> Self {
        Self { bucket }
    }

    /// A user's conversation. One of somebody else, one that is over and one that never was are the same.
    pub(crate) async fn find(&self, user: UserId, id: BotSessionId) -> Result<BotSession, Problem> {
        self.entry(user, id).await.map(|entry| entry.value)
    }

    async fn entry(&self, user: UserId, id: BotSessionId) -> Result<Entry<BotSession>, Problem> {
        self.bucket.get(&key(user, id)).await?.ok_or_else(Problem::bot_session_not_found)
    }

    /// Adds a turn to a conversation, and gives its number.
    pub(crate) async fn add(&self, user: UserId, id: BotSessionId, turn: Turn) -> Result<u32, Problem> {
        loop {
            let present = self.bucket.get(&key(user, id)).await?;
            let Entry { value: mut session, revision } =
                present.unwrap_or(Entry { value: BotSession::default(), revision: 0 });
            // After a lost answer the turn there may be this one.
            if let Some(there) = session.turns.iter().find(|there| there.id == turn.id) {
                return Ok(there.number);
            }
            let number = session.add(turn.clone());
            match self.bucket.put(&key(user, id), &session, revision).await {
                Ok(_) => return Ok(number),
                Err(BucketError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Keeps whether an answer helped, and gives its turn with the revision that says so.
    pub(crate) async fn judge(
        &self,
        user: UserId,
        id: BotSessionId,
        number: u32,
        helpful: bool,
    ) -> Result<(Turn, u64), Problem> {
        loop {
            let Entry { value: mut session, revision } = self.entry(user, id).await?;
            let turn = session.turns.iter_mut().find(|turn| turn.number == number);
            let turn = turn.ok_or_else(Problem::bot_turn_not_found)?;
            turn.helpful = Some(helpful);
            let judged = turn.clone();
            match self.bucket.put(&key(user, id), &session, revision).await {
                Ok(revision) => return Ok((judged, revision)),
                Err(BucketError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Under its user's id, so that nobody else finds it.
fn key(user: UserId, id: BotSessionId) -> String {
    format!("{user}.{id}")
}

#[cfg(test)]
mod tests {
    use contracts::ai::Source;

    use super::*;

    fn turn(query: &str, sources: &[&str]) -> Turn {
        let sources = sources.iter().zip(1..).map(|(heading, number)| Source {
            number,
            article_id: ArticleId::derived(&["vpn"]),
            title: "Connect".to_owned(),
            heading: (*heading).to_owned(),
            quote: String::new(),
            score: 1.0,
        });
        let answer = BotAnswer {
            answer: "So. [1]".to_owned(),
            answered: true,
            sources: sources.collect(),
            searched: query.to_owned(),
        };
        Turn::new(query.to_owned(), &answer, contracts::clock::now())
    }

    #[test]
    fn the_last_turns_are_kept_with_their_numbers() {
        let mut session = BotSession::default();
        for number in 1..=13 {
            assert_eq!(session.add(turn(&number.to_string(), &[])), number);
        }
        assert_eq!((session.turns.len(), session.turns[0].number), (TURNS_MAX, 4));
        assert_eq!(session.past()[0].query, "4");
        assert_eq!(session.conversation().len(), 2 * TURNS_MAX);
    }

    #[test]
    fn a_ticket_begins_with_questions_and_answers_and_the_names_of_the_sources() {
        let mut session = BotSession::default();
        session.add(turn("How?", &["", "At home"]));
        session.turns[0].helpful = Some(false);
        assert_eq!(session.turns[0].article_ids().len(), 1);
        let [query, answer] = session.conversation().try_into().unwrap();
        assert_eq!((query.is_ai, query.content.as_str(), query.feedback), (false, "How?", Feedback::None));
        assert_eq!(answer.content, "So. [1]\n\n- [1] Connect\n- [2] Connect: At home");
        assert_eq!((answer.is_ai, answer.feedback), (true, Feedback::NotHelpful));
    }
}
