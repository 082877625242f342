//! Errors as RFC 9457 problem details, each with a `code` in capitals.

use std::error::Error;

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::message::Refusal;
use platform::telemetry::with_causes;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// The field, or the parameter.
    pub(crate) field: String,
    /// What is wrong, and how to mend it.
    pub(crate) detail: String,
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// Always `about:blank`: `code` says which problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// Which problem, for programs.
    code: &'static str,
    /// What is wrong and how to mend it, for people.
    detail: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// What a certain problem says beyond this.
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// An error answer.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Box<ProblemBody>,
}

impl Problem {
    /// A problem with a code and an explanation.
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let (errors, more) = (Vec::new(), Map::new());
        let body = ProblemBody {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            code,
            detail: detail.into(),
            errors,
            more,
        };
        Self { status, headers: Vec::new(), body: Box::new(body) }
    }

    /// The body or a parameter is wrong in these fields.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let fields: Vec<_> = errors.iter().map(|error| format!("{}: {}", error.field, error.detail)).collect();
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "VALIDATION_FAILED", fields.join("; "));
        problem.body.errors = errors;
        problem
    }

    /// One field is wrong.
    pub(crate) fn invalid_field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.into(), detail: detail.into() }])
    }

    /// The same with another explanation.
    #[must_use]
    pub(crate) fn because(mut self, detail: impl Into<String>) -> Self {
        self.body.detail = detail.into();
        self
    }

    /// No valid access token came with the request.
    pub(crate) fn unauthenticated(detail: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", detail)
            .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// The session lacks the right.
    pub(crate) fn forbidden(detail: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "FORBIDDEN", detail)
    }

    /// The same for a ticket that is not there and for one that belongs to others.
    pub(crate) fn ticket_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "TICKET_NOT_FOUND", "There is no such ticket, or it is not yours to see.")
    }

    /// Events are not kept for good.
    pub(crate) fn verdict_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "VERDICT_NOT_FOUND", "What moderation said of this ticket is no longer kept.")
    }

    /// The same for a message that is not there and for one that is a person's.
    pub(crate) fn message_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "MESSAGE_NOT_FOUND", "The ticket has no such message of the bot.")
    }

    /// The same for an article that is not there and for one that is not for the caller.
    pub(crate) fn article_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "ARTICLE_NOT_FOUND", "There is no such article, or it is not yours to see.")
    }

    /// The same for a conversation that is not there, one that is over and one that is somebody else's.
    pub(crate) fn bot_session_not_found() -> Self {
        let detail = "You have no such conversation with the bot, or it is over: ask without session_id to begin one.";
        Self::new(StatusCode::NOT_FOUND, "AI_SESSION_NOT_FOUND", detail)
    }

    /// The conversation has no such turn.
    pub(crate) fn bot_turn_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "AI_TURN_NOT_FOUND",
            "The conversation has no such turn, or keeps it no longer.",
        )
    }

    /// There is no such account.
    pub(crate) fn user_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "USER_NOT_FOUND", "There is no such account.")
    }

    /// A message was not taken.
    pub(crate) fn refused(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TicketClosed => {
                let detail = "The ticket is closed and takes no more messages. Raise a new one, or ask an agent to \
                    open it again.";
                Self::new(StatusCode::CONFLICT, refusal.as_str(), detail)
            }
            Refusal::ClientMessageIdReused => {
                let detail = "This client_message_id came with another message of yours before. Use a new one for a \
                    new message.";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.as_str(), detail)
            }
            Refusal::TicketNotFound => Self::ticket_not_found(),
            Refusal::Failed => Self::request_failed(),
        }
    }

    /// A socket sends more than it may.
    pub(crate) fn too_many_frames() -> Self {
        let detail = "Too many frames at once: this one was not taken. Send it again in a moment.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", detail)
    }

    /// The same for a notice that is not there and for one to somebody else.
    pub(crate) fn notification_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOTIFICATION_NOT_FOUND", "There is no such notice for you.")
    }

    /// A part of the desk does not answer.
    pub(crate) fn unavailable(part: &'static str, error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = with_causes(error), part, "does not answer");
        let detail = format!("The desk cannot reach {part} now. Nothing was lost; try again in a moment.");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", detail).retry_after(2)
    }

    /// No worker answers questions to the bot.
    pub(crate) fn bot_unavailable(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = with_causes(error), "the bot does not answer");
        let detail = "The bot cannot answer now. Try again in a moment, or raise a ticket: a person will answer it.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "AI_UNAVAILABLE", detail).retry_after(2)
    }

    /// A worker gave up; the dead letters say why.
    pub(crate) fn request_failed() -> Self {
        let detail = "The desk could not process this request. It was kept, and an operator can see why.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "REQUEST_FAILED", detail)
    }

    /// A fault of the desk; what it was is in the log alone.
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "The desk made a mistake. It was written down.")
    }

    /// The caller should wait this long.
    #[must_use]
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// The body, for where an answer has begun already.
    pub(crate) fn body(&self) -> &ProblemBody {
        &self.body
    }

    /// Which problem, for programs.
    pub(crate) fn code(&self) -> &'static str {
        self.body.code
    }

    /// What is wrong and how to mend it, for people.
    pub(crate) fn detail(&self) -> &str {
        &self.body.detail
    }

    /// One more header.
    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// One more member of the body.
    #[must_use]
    pub(crate) fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.body.more.insert(member.to_owned(), value.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.extend(self.headers);
        response
    }
}
