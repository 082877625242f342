//! One-time tickets that open a WebSocket: a page cannot send a header with it, and a token does not belong in a URL.

use aws_lc_rs::{digest, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{Actor, SessionId, stream::WS_TICKET_LIFE};
use platform::broker::{Bucket, BucketError, Entry};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{extract::Session, problem::Problem};

/// Random bytes in a ticket.
const BYTES: usize = 32;
/// The clocks of two processes may differ by this much.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// What a ticket stands for. It is kept under the ticket's hash: who reads the bucket cannot use it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WsTicket {
    session_id: SessionId,
    actor: Actor,
    issued_at: DateTime<Utc>,
    /// Who used it: an id of that use alone.
    used_by: Option<Uuid>,
}

/// Every one-time ticket.
pub(crate) struct WsTickets {
    bucket: Bucket<WsTicket>,
}

impl WsTickets {
    /// Keeps the tickets in `bucket`.
    pub(crate) fn new(bucket: Bucket<WsTicket>) -> Self {
        Self { bucket }
    }

    /// Makes a ticket for a session.
    pub(crate) async fn issue(&self, session: Session) -> Result<String, Problem> {
        let mut random = [0; BYTES];
        rand::fill(&mut random).map_err(|_| Problem::internal())?;
        let ticket = URL_SAFE_NO_PAD.encode(random);
        let record = WsTicket { session_id: session.id, actor: session.actor, issued_at: Utc::now(), used_by: None };
        match self.bucket.put(&key(&ticket), &record, 0).await {
            // Nobody else can draw these bytes: after a lost answer the record there is this one.
            Ok(_) | Err(BucketError::Conflict) => Ok(ticket),
            Err(error) => Err(error.into()),
        }
    }

    /// The session that a ticket stands for; none when it is not one, was used, or is too old. Of several who use it at
    /// once, at whatever processes, one gets the session.
    pub(crate) async fn redeem(&self, ticket: &str) -> Result<Option<Session>, BucketError> {
        let (key, used_by) = (key(ticket), Some(Uuid::new_v4()));
        let Some(Entry { value: record, revision }) = self.bucket.get(&key).await? else { return Ok(None) };
        let age = Utc::now() - record.issued_at;
        let life = TimeDelta::from_std(WS_TICKET_LIFE).unwrap_or_default();
        if record.used_by.is_some() || age > life || age < -LEEWAY {
            return Ok(None);
        }
        let used = WsTicket { used_by, ..record };
        match self.bucket.put(&key, &used, revision).await {
            Ok(_) => {}
            Err(BucketError::Conflict) => {
                // After a lost answer the use there may be this one.
                let there = self.bucket.get(&key).await?;
                if there.is_none_or(|there| there.value.used_by != used_by) {
                    return Ok(None);
                }
            }
            Err(error) => return Err(error),
        }
        Ok(Some(Session { id: used.session_id, actor: used.actor }))
    }
}

/// SHA-256 in a form that keys may have.
fn key(ticket: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, ticket.as_bytes()))
}
