//! HSA moderation: does a ticket hate, harass, threaten, or ask for harm?

mod judge;

use std::sync::Arc;

use contracts::{
    Envelope, Outcome,
    consumer::Pool,
    event::{TicketAdmitted, TicketCleared, TicketFlagged},
    moderation::Verdict,
};

use crate::runtime::{Effects, Failure, Worker};

pub use judge::{JudgeError, LanguageModelJudge, LocalJudge, Moderator};

/// The pool's state: who judges, and who stands in.
pub struct Moderation {
    judge: Box<dyn Moderator>,
    stand_in: LocalJudge,
}

impl Moderation {
    /// Asks `judge`; the local classifier decides when it fails.
    pub fn new(judge: Box<dyn Moderator>, stand_in: LocalJudge) -> Arc<Self> {
        Arc::new(Self { judge, stand_in })
    }

    async fn verdict(&self, title: &str, text: &str) -> Result<Verdict, Failure> {
        let error = match self.judge.judge(title, text).await {
            Ok(verdict) => return Ok(verdict),
            Err(error) => error,
        };
        tracing::warn!(%error, "the local classifier stands in");
        let verdict = self.stand_in.judge(title, text).await.map_err(|error| Failure::Failed(error.into()))?;
        Ok(Verdict { fallback: Some(error.to_string()), ..verdict })
    }
}

impl Worker for Moderation {
    const POOL: Pool = Pool::Moderation;
    type Input = TicketAdmitted;

    async fn handle(&self, event: &Envelope<TicketAdmitted>, _attempt: u32) -> Result<Effects, Failure> {
        let draft = event.event.draft.clone();
        let mut verdict = self.verdict(&draft.title, &draft.description).await?;
        // What its requester said to the bot becomes a part of the ticket. By itself, so that neither hides the other.
        if let Some(questions) = draft.questions().filter(|_| !verdict.is_harmful) {
            let of_questions = self.verdict(&draft.title, &questions).await?;
            if of_questions.is_harmful {
                verdict = of_questions;
            }
        }
        Ok(if verdict.is_harmful {
            Effects::event(TicketFlagged { draft, verdict })
        } else {
            Effects::event(TicketCleared { draft, verdict })
        })
    }

    fn give_up(&self, _event: &Envelope<TicketAdmitted>, _attempts: u32, _cause: &str) -> Effects {
        Effects::outcome(Outcome::Failed)
    }
}
