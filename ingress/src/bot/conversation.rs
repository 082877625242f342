//! One question, from what was said before to the turn that is remembered.

use chrono::{DateTime, Utc};
use contracts::{
    Actor, BotSessionId,
    ai::{AnswerPart, AskBot, BotAnswer, Source},
};
use platform::broker::Parts;

use super::{Ask, sessions::Turn};
use crate::{problem::Problem, state::State};

/// A question under way. When it is dropped, the bot stops.
pub(crate) struct Conversation {
    state: State,
    asker: Actor,
    session: Option<BotSessionId>,
    query: String,
    asked_at: DateTime<Utc>,
    parts: Parts<AskBot>,
    _ask: Ask,
}

/// What comes of it.
pub(crate) enum Told {
    /// A passage that the answer may name.
    Source(Source),
    /// The next piece of the answer.
    Token(String),
    /// The whole answer; its turn is remembered.
    Done {
        /// The conversation.
        session_id: BotSessionId,
        /// The turn in it, from 1.
        turn: u32,
        /// The answer.
        answer: BotAnswer,
    },
}

impl Conversation {
    /// Asks; returns once a worker has taken the question.
    pub(crate) async fn begin(
        state: State,
        asker: Actor,
        session: Option<BotSessionId>,
        query: String,
    ) -> Result<Self, Problem> {
        let ask = state.asks.begin(asker.user_id)?;
        let asked_at = contracts::clock::now();
        let past = match session {
            Some(id) => state.bot_sessions.find(asker.user_id, id).await?.past(),
            None => Vec::new(),
        };
        let question = AskBot { asker: asker.clone(), query: query.clone(), past };
        let parts = state.broker.ask_in_parts(&question).await;
        let parts = parts.map_err(|error| Problem::bot_unavailable(&error))?;
        Ok(Self { state, asker, session, query, asked_at, parts, _ask: ask })
    }

    /// What comes next. After [`Told::Done`] or a problem there is nothing more.
    pub(crate) async fn next(&mut self) -> Result<Told, Problem> {
        match self.parts.next().await.map_err(|error| Problem::bot_unavailable(&error))? {
            Some(AnswerPart::Source(source)) => Ok(Told::Source(source)),
            Some(AnswerPart::Token(text)) => Ok(Told::Token(text)),
            Some(AnswerPart::Done(answer)) => {
                let session_id = self.session.unwrap_or_else(BotSessionId::new);
                let turn = Turn::new(self.query.clone(), &answer, self.asked_at);
                let turn = self.state.bot_sessions.add(self.asker.user_id, session_id, turn).await?;
                Ok(Told::Done { session_id, turn, answer })
            }
            None => Err(Problem::internal()),
        }
    }
}
