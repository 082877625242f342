//! The bot: it answers questions from the knowledge base, in the words of a language model or of the articles.

mod blocks;
mod extract;
mod follow_up;
mod generate;
mod inert;
mod numbers;
mod prompt;
mod terms;

use std::sync::Arc;

use async_nats::SubscribeError;
use contracts::{
    Actor, Audience,
    ai::{AnswerPart, AskBot, BotAnswer, CheckBot, QUOTE_MAX, SOURCES_MAX, Source, SuggestArticles, Suggestion},
};
use platform::broker::{AnsweredInParts, Asked, Broker, PartSender, answer, answer_in_parts};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Passage, RetrievalError, Retriever};
use crate::llm::LanguageModel;
use generate::{Written, generate};

/// What is said when the knowledge base has no answer.
const NOTHING_FOUND: &str = "I found nothing in the knowledge base that answers this. Raise a ticket, and a person will \
    answer it: what we said here goes with it.";
/// Characters of a suggested passage that are shown.
const SNIPPET_MAX: usize = 160;

/// The bot.
pub struct Bot {
    retriever: Arc<Retriever>,
    model: Option<LanguageModel>,
}

impl Bot {
    /// Answers from what `retriever` finds, in the words of `model`, where there is one.
    pub fn new(retriever: Arc<Retriever>, model: Option<LanguageModel>) -> Arc<Self> {
        Arc::new(Self { retriever, model })
    }

    /// Answers every question until `stop` is cancelled.
    pub async fn answer_all(
        self: &Arc<Self>,
        broker: &Broker,
        tracker: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<(), SubscribeError> {
        answer::<CheckBot, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<SuggestArticles, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer_in_parts::<AskBot, _>(broker, Arc::clone(self), tracker, stop.clone()).await
    }

    /// What was looked for, and the passages that answer it; none where nothing does.
    async fn find(&self, question: &AskBot) -> Result<Option<(String, Vec<Passage>)>, RetrievalError> {
        let audiences = audiences_of(&question.asker);
        for searched in follow_up::searches(&question.query, &question.past) {
            let found = self.retriever.search(&searched, &audiences, SOURCES_MAX).await?;
            if found.answered && !found.passages.is_empty() {
                return Ok(Some((searched, found.passages)));
            }
        }
        Ok(None)
    }
}

impl AnsweredInParts<AskBot> for Bot {
    type Error = RetrievalError;

    async fn answer(&self, question: AskBot, parts: PartSender<AnswerPart>) -> Result<(), RetrievalError> {
        let Some((searched, passages)) = self.find(&question).await? else {
            parts.send(AnswerPart::Done(nothing(question.query))).await;
            return Ok(());
        };
        let (passages, used) = extract::arrange(&searched, passages);
        let quotes = extract::quotes(&searched, &passages[..used]);
        let sources: Vec<Source> = passages.iter().zip(1..).map(source).collect();
        let done = |answer: String| {
            let named = numbers::of(&answer);
            let sources = sources.iter().filter(|source| named.contains(&source.number)).cloned().collect();
            AnswerPart::Done(BotAnswer { answer, answered: true, sources, searched: searched.clone() })
        };
        let Some(model) = &self.model else {
            for source in &sources[..used] {
                parts.send(AnswerPart::Source(source.clone())).await;
            }
            for (place, quote) in quotes.iter().enumerate() {
                let gap = if place > 0 { "\n\n" } else { "" };
                parts.send(AnswerPart::Token(format!("{gap}{quote}"))).await;
            }
            parts.send(done(quotes.join("\n\n"))).await;
            return Ok(());
        };
        for source in &sources {
            parts.send(AnswerPart::Source(source.clone())).await;
        }
        match generate(model, &question, &passages, &parts).await {
            Ok(Written::Answer(answer)) => parts.send(done(answer)).await,
            Ok(Written::Nothing) => parts.send(AnswerPart::Done(nothing(question.query))).await,
            Err(error) => {
                tracing::warn!(%error, "quotes stand in");
                parts.send(done(quotes.join("\n\n"))).await;
            }
        }
        Ok(())
    }
}

impl Asked<SuggestArticles> for Bot {
    type Error = RetrievalError;

    async fn answer(&self, query: SuggestArticles) -> Result<Vec<Suggestion>, RetrievalError> {
        let SuggestArticles { asker, typed, limit } = query;
        let limit = usize::try_from(limit).unwrap_or(SOURCES_MAX);
        // Of one article several passages may fit.
        let found = self.retriever.search(&typed, &audiences_of(&asker), 2 * limit).await?;
        let wanted = terms::terms(&typed);
        let mut suggestions: Vec<Suggestion> = Vec::new();
        for passage in found.passages {
            // A word or two may be too little for an answer, and enough for a title that has them.
            let named = || !wanted.is_empty() && wanted.is_subset(&terms::terms(&passage.title));
            let known = suggestions.iter().any(|suggested| suggested.article_id == passage.article_id);
            if !known && (found.answered || named()) && suggestions.len() < limit {
                let text = extract::plain(&passage.text).split_whitespace().collect::<Vec<_>>().join(" ");
                let snippet = extract::shorten(&text, SNIPPET_MAX);
                let Passage { article_id, title, heading, .. } = passage;
                suggestions.push(Suggestion { article_id, title, heading, snippet });
            }
        }
        Ok(suggestions)
    }
}

impl Asked<CheckBot> for Bot {
    type Error = RetrievalError;

    async fn answer(&self, _query: CheckBot) -> Result<(), RetrievalError> {
        Ok(())
    }
}

/// The audiences that somebody belongs to.
fn audiences_of(person: &Actor) -> Vec<Audience> {
    Audience::ALL.iter().copied().filter(|audience| audience.includes(person)).collect()
}

fn source((passage, number): (&Passage, u32)) -> Source {
    Source {
        number,
        article_id: passage.article_id,
        title: passage.title.clone(),
        heading: passage.heading.clone(),
        quote: extract::shorten(&extract::plain(&passage.text), QUOTE_MAX),
        score: passage.score,
    }
}

fn nothing(searched: String) -> BotAnswer {
    BotAnswer { answer: NOTHING_FOUND.to_owned(), answered: false, sources: Vec::new(), searched }
}
