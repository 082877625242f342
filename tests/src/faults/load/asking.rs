//! One request until it is answered, at one ingress process after the other.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::Value;
use tests::{Answer, Client};
use tokio::time::sleep;

use super::Run;

/// How long the desk waits for the outcome of a request, in seconds, before it says that it is on its way.
pub(crate) const WAIT_SECONDS: u64 = 2;
/// Who is not answered in this time asks another process.
const TIMEOUT: Duration = Duration::from_secs(2 * WAIT_SECONDS);
/// The wait before somebody asks again.
const PAUSE: Duration = Duration::from_millis(100);

/// Somebody who asks, and the process that they ask.
pub(super) struct Asking<'a> {
    run: &'a Run,
    at: usize,
}

impl<'a> Asking<'a> {
    /// Asks a process first that is another one for each neighbour.
    pub(super) fn new(run: &'a Run, number: usize) -> Self {
        Self { run, at: number % run.urls.len() }
    }

    /// Posts, however long it takes, until there is an answer that is no fault of the desk; that answer, and whether
    /// others came before.
    pub(super) async fn post(
        &mut self,
        client: &Client,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> (Answer, bool) {
        let mut again = false;
        loop {
            let began = Instant::now();
            let request = client.at(&self.run.urls[self.at]).request(Method::POST, path).timeout(TIMEOUT).json(body);
            let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
            let cause = match Answer::to(request).await {
                Ok(answer) if !answer.status.is_server_error() => return (answer, again),
                Ok(answer) if answer.status == StatusCode::SERVICE_UNAVAILABLE => {
                    format!("503 {}", answer.json()["code"])
                }
                Ok(answer) => format!("{}: {}", answer.status, answer.text),
                Err(error) if error.is_timeout() => "no answer in time".to_owned(),
                Err(_) => "the connection was refused or lost".to_owned(),
            };
            self.run.tally.failed(self.at, Some(began), cause);
            again = true;
            self.at = (self.at + 1) % self.run.urls.len();
            sleep(PAUSE).await;
        }
    }
}
