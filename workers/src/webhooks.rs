//! Calls to other systems, signed as Standard Webhooks says.

mod call;

use std::sync::Arc;

use contracts::{
    Envelope,
    consumer::Pool,
    event::{WebhookDelivered, WebhookFailed},
    webhook::{Call, Delivery, Hook, Told},
};
use uuid::Uuid;

use crate::runtime::{Effects, Failure, Retry, Worker, input};

pub use call::{Answer, Caller, CallerError};

input! {
    /// What other systems are told.
    Happened { TicketSaved, TicketResolved, MessageSaved }
}

/// The pool's state.
pub struct Webhooks {
    caller: Option<Caller>,
    retry: Retry,
}

impl Webhooks {
    /// Calls through `caller`, after a failure again after each of `waits`; calls nobody without a caller.
    pub fn new(caller: Option<Caller>, waits: Vec<std::time::Duration>) -> Arc<Self> {
        Arc::new(Self { caller, retry: Retry::Later(waits) })
    }
}

fn told_of(event: &Happened) -> (Hook, Told) {
    match event {
        Happened::TicketSaved(event) => (Hook::OnTicketCreated, Told::Ticket(event.ticket.clone())),
        Happened::TicketResolved(event) => (Hook::OnTicketResolved, Told::Ticket(event.ticket.clone())),
        Happened::MessageSaved(event) => (Hook::OnMessageSent, Told::Message(event.message.clone())),
    }
}

/// The `webhook-id`: the same for every try of one call.
fn call_id(event: &Envelope<Happened>, url: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{url}\n{}", event.id).as_bytes())
}

impl Worker for Webhooks {
    const POOL: Pool = Pool::Webhooks;
    type Input = Happened;

    async fn handle(&self, event: &Envelope<Happened>, attempt: u32) -> Result<Effects, Failure> {
        let Some(caller) = &self.caller else { return Ok(Effects::none()) };
        let (hook, data) = told_of(&event.event);
        let url = caller.url(hook);
        let id = call_id(event, &url);
        let ticket_id = data.ticket_id();
        let call = Call { hook, timestamp: event.time, data };
        let answer = caller.call(&url, id, &call).await.map_err(|error| Failure::Failed(error.into()))?;
        let delivery = Delivery {
            id,
            hook,
            ticket_id,
            url,
            attempts: attempt,
            status: Some(answer.status),
            error: None,
            at: contracts::clock::now(),
        };
        Ok(Effects::event(WebhookDelivered { delivery }))
    }

    fn retry(&self) -> Retry {
        self.retry.clone()
    }

    fn give_up(&self, event: &Envelope<Happened>, attempts: u32, cause: &str) -> Effects {
        let Some(caller) = &self.caller else { return Effects::none() };
        let (hook, data) = told_of(&event.event);
        let url = caller.url(hook);
        let delivery = Delivery {
            id: call_id(event, &url),
            hook,
            ticket_id: data.ticket_id(),
            url,
            attempts,
            status: None,
            error: Some(cause.to_owned()),
            at: contracts::clock::now(),
        };
        Effects::event(WebhookFailed { delivery })
    }
}
