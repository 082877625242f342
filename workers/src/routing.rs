//! Which department answers a ticket. The same text always goes to the same department.

use std::sync::Arc;

use contracts::{Department, Envelope, Outcome, consumer::Pool, event::TicketRouted};

use crate::{
    classifier::{Choice, Routing as Model},
    runtime::{Effects, Failure, Worker, input},
};

input! {
    /// What goes on to a department.
    Routable { TicketCleared, TicketReleased }
}

/// The pool's state.
pub struct Routing {
    model: Model,
}

impl Routing {
    /// Chooses by `model`.
    pub fn new(model: Model) -> Arc<Self> {
        Arc::new(Self { model })
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
        let department = match self.model.department(&draft.title, &draft.description) {
            Choice::It => Department::It,
            Choice::Hr => Department::Hr,
        };
        Ok(Effects::event(TicketRouted { draft, department, model: self.model.version().to_owned() }))
    }

    fn give_up(&self, _event: &Envelope<Routable>, _attempts: u32, _cause: &str) -> Effects {
        Effects::outcome(Outcome::Failed)
    }
}
