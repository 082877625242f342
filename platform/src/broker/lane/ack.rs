//! What the broker says of a publish.

use async_nats::jetstream::{publish::PublishAck, response::Response};

use super::PublishError;

/// Why a publish did not succeed.
pub(super) enum Failure {
    /// Asking again with the same id may succeed.
    Temporary(String),
    /// Asking again will not.
    Final(PublishError),
}

/// `wrong last sequence` and its form for one subject.
const CONFLICTS: [u64; 2] = [10_071, 10_164];
/// A repeated id inside a batch: alone the message is answered as a duplicate.
const DUPLICATE_IN_BATCH: u64 = 10_201;
/// Errors of a broker that is not ready, or is too busy: no leader, no resources, a full queue, a batch that
/// lost a part, too many batches under way; and of one that has not finished with the same message of an earlier try.
const TEMPORARY: [u64; 10] = [10_008, 10_009, 10_023, 10_077, 10_118, 10_158, 10_167, 10_176, 10_210, 10_211];

pub(super) fn parse(reply: &[u8]) -> Result<PublishAck, Failure> {
    match serde_json::from_slice::<Response<PublishAck>>(reply) {
        Ok(Response::Ok(ack)) => Ok(ack),
        Ok(Response::Err { error }) => {
            let code = error.error_code().0;
            let description = error.to_string();
            Err(match code {
                code if CONFLICTS.contains(&code) => Failure::Final(PublishError::Conflict),
                code if TEMPORARY.contains(&code) => Failure::Temporary(description),
                DUPLICATE_IN_BATCH => Failure::Final(PublishError::Refused { code, description }),
                // JetStream's own faults (status 503 and 500) pass; refusals (status 400) stay.
                code if error.code() >= 500 => Failure::Temporary(format!("{description} (error {code})")),
                code => Failure::Final(PublishError::Refused { code, description }),
            })
        }
        Err(error) => Err(Failure::Temporary(format!("an answer that does not decode: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: u16, err_code: u64) -> Result<PublishAck, Failure> {
        let error = serde_json::json!({"code": code, "err_code": err_code, "description": "so it is"});
        parse(&serde_json::to_vec(&serde_json::json!({"error": error})).unwrap())
    }

    #[test]
    fn a_message_whose_earlier_try_is_under_way_is_asked_for_again() {
        assert!(matches!(answer(409, 10_158), Err(Failure::Temporary(_))));
        assert!(matches!(answer(400, 10_164), Err(Failure::Final(PublishError::Conflict))));
        assert!(matches!(answer(400, 10_052), Err(Failure::Final(PublishError::Refused { code: 10_052, .. }))));
    }
}
