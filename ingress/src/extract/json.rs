//! A JSON body that holds what its type says and nothing else.

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use garde::Validate;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{body::Body, undecodable};
use crate::{
    problem::{FieldError, Problem},
    state::State,
};

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
        let Body(body) = Body::from_request(request, state).await?;
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
        let Body(body) = Body::from_request(request, state).await?;
        if body.is_empty() { Ok(Self(T::default())) } else { decode(&headers, &body).map(Self) }
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
    // Serde would take a list for an object, its values for the fields in their order.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::invalid_field("body", "must be an object"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let inner = error.inner();
        if inner.is_data() {
            undecodable(error.path(), &inner.to_string(), "body")
        } else if serde_json::from_slice::<IgnoredAny>(body).is_ok() {
            // A number in the place of a word and half a surrogate pair, for example, are called syntax errors.
            undecodable(error.path(), "does not have the right form", "body")
        } else {
            not_json(inner)
        }
    })?;
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
