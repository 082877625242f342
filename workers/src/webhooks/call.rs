//! One signed call.

use std::time::Duration;

use contracts::webhook::{Call, Hook};
use platform::config::Webhooks as Config;
use reqwest::{Client, redirect};
use standardwebhooks::Webhook;
use uuid::Uuid;

/// Bytes of an answer that are read, so that the connection can be used again. What it says does not matter.
const ANSWER_MAX: usize = 16 * 1024;

/// The caller cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// A secret has the wrong form.
    #[error("webhooks.secrets holds a secret that cannot sign")]
    Secret,
    /// The HTTP client cannot be made.
    #[error("the HTTP client does not start")]
    Client(#[source] reqwest::Error),
}

/// A call was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The receiver did not answer in time, or the connection broke.
    #[error("the receiver did not answer: {0}")]
    Unreachable(&'static str),
    /// The receiver answered with something other than a success.
    #[error("the receiver answered with status {0}")]
    Status(u16),
    /// The call cannot be signed or written.
    #[error("the call cannot be signed")]
    Unsigned,
}

/// The receiver's answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// Its status code, a success.
    pub status: u16,
}

/// Signs and sends.
pub struct Caller {
    http: Client,
    base_url: String,
    signers: Vec<Webhook>,
}

impl Caller {
    /// The caller that the configuration describes; none when it names no address.
    pub fn new(config: &Config) -> Result<Option<Self>, CallerError> {
        let Some(base_url) = &config.base_url else { return Ok(None) };
        let signers = config.secrets.iter().map(|secret| Webhook::new(secret.expose()));
        let signers = signers.collect::<Result<Vec<_>, _>>().map_err(|_| CallerError::Secret)?;
        let http = Client::builder()
            .timeout(Duration::from_secs(config.timeout_seconds))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(CallerError::Client)?;
        Ok(Some(Self { http, base_url: base_url.trim_end_matches('/').to_owned(), signers }))
    }

    /// Where a hook is told.
    pub fn url(&self, hook: Hook) -> String {
        format!("{}/{}", self.base_url, hook.as_str())
    }

    /// Sends one call. During a rotation each secret signs.
    pub async fn call(&self, url: &str, id: Uuid, call: &Call) -> Result<Answer, CallError> {
        let body = serde_json::to_vec(call).map_err(|_| CallError::Unsigned)?;
        let (id, timestamp) = (id.to_string(), chrono::Utc::now().timestamp());
        let signatures = self.signers.iter().map(|signer| signer.sign(&id, timestamp, &body));
        let signatures = signatures.collect::<Result<Vec<_>, _>>().map_err(|_| CallError::Unsigned)?.join(" ");
        let sent = self
            .http
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signatures)
            .body(body)
            .send()
            .await;
        let mut response = sent.map_err(|error| unreachable_because(&error))?;
        let mut read = 0;
        while read < ANSWER_MAX
            && let Ok(Some(chunk)) = response.chunk().await
        {
            read += chunk.len();
        }
        let status = response.status();
        if status.is_success() {
            Ok(Answer { status: status.as_u16() })
        } else {
            Err(CallError::Status(status.as_u16()))
        }
    }
}

fn unreachable_because(error: &reqwest::Error) -> CallError {
    CallError::Unreachable(if error.is_timeout() {
        "it took too long"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    })
}
