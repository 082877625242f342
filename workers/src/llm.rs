//! A language model behind an OpenAI-compatible endpoint.

mod writing;

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use platform::config::{Llm, Secret};
use reqwest::{Client, RequestBuilder, StatusCode, redirect};
use serde::Deserialize;
use serde_json::{Value, json};

pub use writing::Writing;

/// Bytes of an answer that are read; more is no verdict.
const ANSWER_MAX: usize = 64 * 1024;
/// Tries of one call.
const TRIES: usize = 2;

/// The model gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum LanguageModelError {
    /// `llm.base_url` and `llm.model` are needed.
    #[error("llm.base_url and llm.model must be set")]
    NotConfigured,
    /// The HTTP client cannot be made.
    #[error("the HTTP client does not start")]
    Client(#[source] reqwest::Error),
    /// The endpoint did not answer in time, or the connection broke.
    #[error("the language model did not answer: {0}")]
    Unreachable(&'static str),
    /// The endpoint answered with an error.
    #[error("the language model answered with status {0}")]
    Status(StatusCode),
    /// The endpoint answered, but not as the protocol says.
    #[error("the language model's answer is not of its protocol: {0}")]
    Protocol(&'static str),
}

impl LanguageModelError {
    const SILENT: Self = Self::Unreachable("it took too long");
    const CUT_OFF: Self = Self::Protocol("it was cut off");

    fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Status(status) => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            _ => false,
        }
    }
}

/// A model that answers chat completions.
pub struct LanguageModel {
    http: Client,
    url: String,
    model: String,
    api_key: Option<Secret>,
    /// How long it may be silent, and how long an answer in plain text may take.
    silence: Duration,
    answer_time: Duration,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<CompletionChoice>,
}

#[derive(Deserialize)]
struct CompletionChoice {
    message: CompletionMessage,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct CompletionMessage {
    content: Option<String>,
}

impl LanguageModel {
    /// The model that the configuration names.
    pub fn new(config: &Llm) -> Result<Self, LanguageModelError> {
        let (Some(base), Some(model)) = (&config.base_url, &config.model) else {
            return Err(LanguageModelError::NotConfigured);
        };
        let silence = Duration::from_secs(config.timeout_seconds);
        let answer_time = Duration::from_secs(config.answer_seconds);
        let http = Client::builder()
            .timeout(silence)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(LanguageModelError::Client)?;
        let url = format!("{}/chat/completions", base.trim_end_matches('/'));
        Ok(Self { http, url, model: model.clone(), api_key: config.api_key.clone(), silence, answer_time })
    }

    /// The same; none when the configuration names no model.
    pub fn if_configured(config: &Llm) -> Result<Option<Self>, LanguageModelError> {
        match Self::new(config) {
            Err(LanguageModelError::NotConfigured) => Ok(None),
            model => model.map(Some),
        }
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.model
    }

    /// The model's answer to `user` under `instructions`, a JSON text that it was told to shape by `schema`. A fault
    /// that may pass is tried again once.
    pub async fn complete(
        &self,
        instructions: &str,
        user: &str,
        schema_name: &str,
        schema: Value,
    ) -> Result<String, LanguageModelError> {
        let body = json!({
            "model": self.model,
            "temperature": 0,
            "messages": [
                {"role": "system", "content": instructions},
                {"role": "user", "content": user}
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": schema_name, "strict": true, "schema": schema}
            }
        });
        self.trying(|| self.call(&body)).await
    }

    /// Tries again once after a fault that may pass.
    async fn trying<T, F: Future<Output = Result<T, LanguageModelError>>>(
        &self,
        call: impl FnMut() -> F,
    ) -> Result<T, LanguageModelError> {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_times(TRIES - 1)
            .with_jitter();
        call.retry(backoff).when(LanguageModelError::may_pass).await
    }

    fn request(&self, body: &Value) -> RequestBuilder {
        let request = self.http.post(&self.url).json(body);
        match &self.api_key {
            Some(key) => request.bearer_auth(key.expose()),
            None => request,
        }
    }

    async fn call(&self, body: &Value) -> Result<String, LanguageModelError> {
        let mut response = self.request(body).send().await.map_err(|error| unreachable_because(&error))?;
        if !response.status().is_success() {
            return Err(LanguageModelError::Status(response.status()));
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable_because(&error))? {
            answer.extend_from_slice(&chunk);
            if answer.len() > ANSWER_MAX {
                return Err(LanguageModelError::Protocol("it is too long"));
            }
        }
        let completion: Completion =
            serde_json::from_slice(&answer).map_err(|_| LanguageModelError::Protocol("it is no completion"))?;
        let choice = completion.choices.into_iter().next();
        let choice = choice.ok_or(LanguageModelError::Protocol("it has no choice"))?;
        if choice.finish_reason.as_deref() != Some("stop") {
            return Err(LanguageModelError::CUT_OFF);
        }
        choice.message.content.ok_or(LanguageModelError::Protocol("it has no content"))
    }
}

fn unreachable_because(error: &reqwest::Error) -> LanguageModelError {
    LanguageModelError::Unreachable(if error.is_timeout() {
        "it took too long"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    })
}
