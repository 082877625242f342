//! A JSON body that holds what its type says and nothing else.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use garde::Validate;
use serde::de::DeserializeOwned;

use crate::{
    problem::{FieldError, Problem},
    state::State,
};

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(15);

/// A body that decodes and is valid.
pub(crate) struct ValidJson<T>(pub(crate) T);

/// The same, or the type's default when the request has no body.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T> FromRequest<State> for ValidJson<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let body = read(request, state).await?;
        decode(&headers, &body).map(Self)
    }
}

impl<T> FromRequest<State> for OptionalJson<T>
where
    T: DeserializeOwned + Validate<Context = ()> + Default,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &State) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let body = read(request, state).await?;
        if body.is_empty() { Ok(Self(T::default())) } else { decode(&headers, &body).map(Self) }
    }
}

async fn read(request: Request, state: &State) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_TIME, Bytes::from_request(request, state)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", "The body is too large."))
        }
        Ok(Err(_)) => Err(Problem::new(StatusCode::BAD_REQUEST, "BODY_UNREADABLE", "The body broke off.")),
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "BODY_TOO_SLOW", "The body took too long to arrive.")),
    }
}

fn decode<T: DeserializeOwned + Validate<Context = ()>>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        let detail = "Send the body as it is, without Content-Encoding.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_ENCODING", detail));
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let detail = "Send JSON with Content-Type: application/json.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| undecodable(&error))?;
    deserializer.end().map_err(|error| not_json(&error))?;
    value.validate().map_err(|report| {
        let error = |(path, error): &(garde::Path, garde::Error)| FieldError {
            field: path.to_string(),
            detail: error.message().to_owned(),
        };
        Problem::invalid(report.iter().map(error).collect())
    })?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Problem {
    let detail = format!("The body is not JSON: line {}, column {}.", error.line(), error.column());
    Problem::new(StatusCode::BAD_REQUEST, "INVALID_JSON", detail)
}

fn undecodable(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return not_json(inner);
    }
    let text = inner.to_string();
    let message = text.split(" at line ").next().unwrap_or_default();
    let path = error.path().to_string();
    // A field that is missing, unknown or there twice is named in the message and not in the path.
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    let field = match (named, path.as_str()) {
        (Some(named), "." | "?") => named.to_owned(),
        // For an unknown or repeated field the path already ends in its name.
        (Some(_), path) => path.to_owned(),
        (None, "." | "?") => "body".to_owned(),
        (None, path) => path.to_owned(),
    };
    Problem::invalid_field(field, shown(message))
}

/// The message without control characters and without the sender's text at length.
fn shown(message: &str) -> String {
    let clean = message.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character });
    clean.take(200).collect()
}
