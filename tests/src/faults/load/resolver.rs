//! Those who resolve tickets.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tests::Client;
use tokio::{
    sync::{Mutex, mpsc},
    time::timeout,
};

use super::{Run, asking::Asking};
use crate::tally::{Known, Write};

/// How long somebody waits for a ticket before they look whether they are to stop.
const LOOK: Duration = Duration::from_millis(100);

/// A ticket that was resolved.
pub(crate) struct Resolved {
    pub(crate) ticket: String,
    /// The feedback that came with it.
    pub(crate) feedback: String,
}

/// Resolves tickets, each for its requester.
pub(super) async fn resolve(
    run: Arc<Run>,
    number: usize,
    tickets: Arc<Mutex<mpsc::UnboundedReceiver<(Client, String)>>>,
) -> Vec<Resolved> {
    let mut asking = Asking::new(&run, number);
    let mut resolved = Vec::new();
    while !run.stopped() {
        let next = async { tickets.lock().await.recv().await };
        let Ok(Some((client, ticket))) = timeout(LOOK, next).await else { continue };
        let feedback = format!("{}/resolved {number}.{}", run.name, resolved.len());
        let path = format!("/tickets/{ticket}/resolve");
        let (answer, again) = asking.post(&client, &path, None, &json!({"feedback": feedback})).await;
        match answer.status.as_u16() {
            200 | 202 => {}
            // An earlier request was not answered, and did it.
            409 if again && answer.json()["ticket_status"] == "resolved" => {}
            _ => panic!("{feedback}: {answer:?}"),
        }
        run.tally.succeeded(Write::Change, Known::Acknowledged);
        resolved.push(Resolved { ticket, feedback });
    }
    resolved
}
