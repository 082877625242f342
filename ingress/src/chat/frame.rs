//! Reading what a client sends, and saying what is wrong with it.

use axum::extract::ws::Utf8Bytes;
use contracts::{
    chat::{Chat, ClientFrame, Empty, FrameError, ReadUpTo, ResumeAfter, ServerFrame},
    message::CLIENT_MESSAGE_ID_MAX,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::told::write;
use crate::{extract::undecodable, problem::Problem};

/// The highest place that stores and other languages can tell from its neighbours.
const SEQ_MAX: u64 = (1 << 53) - 1;
const TYPES: &str = "chat, typing, read, resume or ping";

/// A frame that is not taken, and the message that it is about.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) problem: Problem,
    pub(super) client_message_id: Option<String>,
}

/// The frame that a text holds.
pub(super) fn read(text: &str) -> Result<ClientFrame, Unread> {
    // Serde would take a list for an object, its values for the fields in their order.
    let object = text.trim_ascii_start().starts_with('{');
    match serde_json::from_str(text) {
        Ok(frame) if object => match frame {
            ClientFrame::Read(ReadUpTo { seq }) if seq > SEQ_MAX => Err(too_high("seq")),
            ClientFrame::Resume(ResumeAfter { after_seq }) if after_seq > SEQ_MAX => Err(too_high("after_seq")),
            frame => Ok(frame),
        },
        Ok(_) => Err(Problem::invalid_field("frame", "must be an object").into()),
        Err(_) => Err(explain(text)),
    }
}

/// The message that a frame is about which is not taken, whatever else is in it.
pub(super) fn client_message_id(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        client_message_id: String,
    }
    let named = serde_json::from_str::<Named>(text).ok()?;
    Some(named.client_message_id).filter(|id| is_short(id))
}

/// Whether an id may be told back to its sender.
pub(super) fn is_short(client_message_id: &str) -> bool {
    client_message_id.chars().nth(CLIENT_MESSAGE_ID_MAX).is_none()
}

/// The frame that tells of a problem.
pub(super) fn error(problem: &Problem, client_message_id: Option<String>) -> Utf8Bytes {
    let (code, detail) = (problem.code().to_owned(), problem.detail().to_owned());
    write(&ServerFrame::Error(FrameError { code, detail, client_message_id }))
}

impl From<Problem> for Unread {
    fn from(problem: Problem) -> Self {
        Self { problem, client_message_id: None }
    }
}

fn too_high(field: &str) -> Unread {
    Problem::invalid_field(field, format!("must be 0 to {SEQ_MAX}")).into()
}

/// Reads once more, slower, to find the field that is wrong.
fn explain(text: &str) -> Unread {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return Problem::invalid_field("frame", "is not JSON").into();
    };
    let Value::Object(mut fields) = value else {
        return Problem::invalid_field("frame", "must be an object").into();
    };
    let kind = fields.remove("type");
    let fields = Value::Object(fields);
    let problem = match kind.as_ref().and_then(Value::as_str) {
        Some("chat") => problem_in::<Chat>(fields),
        Some("typing" | "ping") => problem_in::<Empty>(fields),
        Some("read") => problem_in::<ReadUpTo>(fields),
        Some("resume") => problem_in::<ResumeAfter>(fields),
        _ => Some(Problem::invalid_field("type", format!("must be {TYPES}"))),
    };
    let twice = || Problem::invalid_field("frame", "has a field twice");
    Unread { problem: problem.unwrap_or_else(twice), client_message_id: client_message_id(text) }
}

fn problem_in<T: DeserializeOwned>(fields: Value) -> Option<Problem> {
    let error = serde_path_to_error::deserialize::<_, T>(fields).err()?;
    Some(undecodable(error.path(), &error.inner().to_string(), "frame"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_of_the_contract_are_read() {
        for text in [
            r#"{"type":"chat","content":"a"}"#,
            r#" {"content":"a","client_message_id":"1","type":"chat","isAI":false,"feedback":"none"}"#,
            r#"{"type":"typing"}"#,
            r#"{"type":"read","seq":3}"#,
            r#"{"type":"resume","after_seq":0}"#,
            r#"{"type":"ping"}"#,
        ] {
            assert!(read(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            ("", "frame: is not JSON"),
            ("{", "frame: is not JSON"),
            ("[]", "frame: must be an object"),
            (r#"["ping"]"#, "frame: must be an object"),
            ("{}", "type: must be chat, typing, read, resume or ping"),
            (r#"{"type":"shout"}"#, "type: must be chat, typing, read, resume or ping"),
            (r#"{"type":1}"#, "type: must be chat, typing, read, resume or ping"),
            (r#"{"type":"chat"}"#, "content: missing field `content`"),
            (r#"{"type":"chat","content":5}"#, "content: must be a string"),
            (r#"{"type":"chat","content":"a","role":"admin"}"#, "role: "),
            (r#"{"type":"chat","content":"a","feedback":"maybe"}"#, "feedback: must be "),
            (r#"{"type":"chat","content":"a","content":"b"}"#, "frame: has a field twice"),
            (r#"{"type":"read","seq":-1}"#, "seq: must be u64"),
            (r#"{"type":"read","seq":9007199254740992}"#, "seq: must be 0 to "),
            (r#"{"type":"resume"}"#, "after_seq: missing field"),
            (r#"{"type":"typing","content":"a"}"#, "content: unknown field"),
        ];
        for (text, expected) in cases {
            let unread = read(text).unwrap_err();
            assert_eq!(unread.problem.code(), "VALIDATION_FAILED");
            assert!(unread.problem.detail().starts_with(expected), "{text}: {}", unread.problem.detail());
        }
        let unread = read(r#"{"type":"chat","client_message_id":"7"}"#).unwrap_err();
        assert_eq!(unread.client_message_id.as_deref(), Some("7"));
    }
}
