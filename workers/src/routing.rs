//! Which department answers a ticket. The same text always goes to the same department.

use std::sync::Arc;

use contracts::{Department, Envelope, Outcome, consumer::Pool, event::TicketRouted};

use crate::{
    classifier::{Choice, Routing as Model},
    embedding::Embedder,
    runtime::{Effects, Failure, Worker, input},
};

input! {
    /// What goes on to a department.
    Routable { TicketCleared, TicketReleased }
}

/// The pool's state.
pub struct Routing {
    model: Arc<Model>,
    embedder: Arc<Embedder>,
}

impl Routing {
    /// Chooses by the model that is part of this binary.
    pub fn new(embedder: Arc<Embedder>) -> Arc<Self> {
        Arc::new(Self { model: Arc::new(Model::new(Arc::clone(&embedder))), embedder })
    }
}

impl Worker for Routing {
    const POOL: Pool = Pool::Routing;
    type Input = Routable;

    async fn handle(&self, event: &Envelope<Routable>, _attempt: u32) -> Result<Effects, Failure> {
        let draft = match &event.event {
            Routable::TicketCleared(cleared) => cleared.draft.clone(),
            Routable::TicketReleased(released) => released.draft.clone(),
        };
        let (model, title, description) = (Arc::clone(&self.model), draft.title.clone(), draft.description.clone());
        let choice = self.embedder.run(move || model.department(&title, &description)).await;
        let department = match choice.map_err(|error| Failure::Failed(error.into()))? {
            Choice::It => Department::It,
            Choice::Hr => Department::Hr,
        };
        Ok(Effects::event(TicketRouted { draft, department, model: self.model.version().to_owned() }))
    }

    fn give_up(&self, _event: &Envelope<Routable>, _attempts: u32, _cause: &str) -> Effects {
        Effects::outcome(Outcome::Failed)
    }
}
