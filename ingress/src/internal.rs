//! The internal listener's webhook receiver: the default target of the desk's own webhooks.

use axum::{
    extract::{Path, State as FromState, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
};
use contracts::{
    Envelope, Kind, RequestId,
    event::AuditWebhookReceived,
    webhook::{Call, Hook},
};
use standardwebhooks::Webhook;
use uuid::Uuid;

use crate::{
    extract::{Body, Trace},
    middleware::not_found,
    problem::Problem,
    state::State,
};

/// POST /internal/webhook/{hook}: verifies the signature and records the call, once for each `webhook-id`.
pub(crate) async fn receive_webhook(
    FromState(state): FromState<State>,
    hook: Result<Path<Hook>, PathRejection>,
    Trace(trace): Trace,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<StatusCode, Problem> {
    let Ok(Path(hook)) = hook else { return Err(not_found().await) };
    let verifiers = state.config.webhooks.secrets.iter().filter_map(|secret| Webhook::new(secret.expose()).ok());
    if !verifiers.into_iter().any(|verifier| verifier.verify(&body, &headers).is_ok()) {
        let detail = "The call is not signed with this desk's secret, or is too old.";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "INVALID_SIGNATURE", detail));
    }
    let id = headers.get("webhook-id").and_then(|value| value.to_str().ok()?.parse::<Uuid>().ok());
    let id = id.ok_or_else(|| Problem::invalid_field("webhook-id", "must be a UUID"))?;
    let call: Call = serde_json::from_slice(&body).map_err(|_| Problem::invalid_field("body", "is no webhook call"))?;
    if call.hook != hook {
        return Err(Problem::invalid_field("type", "is another hook than the address"));
    }
    let received = AuditWebhookReceived { webhook_id: id, hook, ticket_id: call.data.ticket_id() };
    // The id of the record is that of the call: a call that comes again is recorded once, however late it comes.
    if state.broker.last_event(Kind::AuditWebhookReceived, id).await?.is_some() {
        return Ok(StatusCode::NO_CONTENT);
    }
    state.broker.publish(&Envelope::of_request(received.into(), RequestId::from(id), trace)).await?;
    Ok(StatusCode::NO_CONTENT)
}
