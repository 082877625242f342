//! The events that outsiders hear, and how they ask for those that they missed.

use serde_json::{Value, json};

use super::{Action, Document, as_json, description, messages_of, pointer};
use crate::{
    Kind,
    consumer::stream_of,
    event::header,
    stream::EVENTS,
    subject::{self, PARTITIONS},
};

const REPLAY: &str = "replay";
const ANSWERS: &str = "replay.answers";
const REQUEST: &str = "replay.request";
const END: &str = "replay.end";
const EVENT_HEADERS: &str = "EventHeaders";

/// The kinds of event that outsiders hear of.
fn kinds() -> impl Iterator<Item = (Kind, String)> {
    Kind::ALL.iter().filter(|kind| stream_of(**kind) == EVENTS).map(|kind| (*kind, kind.to_string()))
}

pub(super) fn describe(document: &mut Document) {
    document.schemas.insert(EVENT_HEADERS.to_owned(), event_headers());
    for (kind, name) in kinds() {
        let payload = as_json(&kind.schema());
        let summary = description(&payload).to_owned();
        document.add_schemas(kind.schemas_within());
        document.schemas.insert(kind.schema_name().to_owned(), payload);
        document.add_message(&name, event(kind, &summary));
        let channel = json!({
            "address": subject::for_outsiders(kind, "{id}"),
            "title": name,
            "description": summary,
            "servers": [{ "$ref": "#/servers/broker" }],
            "parameters": { "id": { "description": format!("The id of the {} that it is about.", kind.entity()) } },
        });
        document.add_channel(&name, [name.as_str()], channel);
        document.add_operation(&format!("tell.{name}"), Action::Send, &name, [name.as_str()], &summary);
    }
    replay(document);
}

fn event(kind: Kind, summary: &str) -> Value {
    json!({
        "name": kind.cloud_event_type(),
        "title": kind.to_string(),
        "summary": summary,
        "contentType": "application/json",
        "headers": {
            "allOf": [
                { "$ref": pointer(&["components", "schemas", EVENT_HEADERS]) },
                { "type": "object", "properties": { header::TYPE: { "const": kind.cloud_event_type() } } },
            ],
        },
        "payload": { "$ref": pointer(&["components", "schemas", kind.schema_name()]) },
    })
}

/// CloudEvents attributes, and what the broker adds. All headers of NATS are texts.
fn event_headers() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let form =
        |format: &str, description: &str| json!({ "type": "string", "format": format, "description": description });
    let number = |description: &str| json!({ "type": "string", "pattern": "^[0-9]+$", "description": description });
    json!({
        "type": "object",
        "description": "CloudEvents 1.0 attributes, and what the broker says of the event.",
        "required": [
            header::SPEC_VERSION, header::ID, header::TYPE, header::SOURCE, header::TIME, header::SUBJECT,
            header::CONTENT_TYPE, header::TRACE_PARENT, "Nats-Stream", "Nats-Subject", "Nats-Sequence",
        ],
        "properties": {
            header::SPEC_VERSION: { "const": "1.0" },
            header::ID: text("The event: the same id is the same event."),
            header::TYPE: text("The kind, with the version of the payload's shape."),
            header::SOURCE: form("uri-reference", "Which part of the desk made it."),
            header::TIME: form("date-time", "When it was made."),
            header::SUBJECT: form("uuid", "The id of what it is about."),
            header::CONTENT_TYPE: { "const": "application/json" },
            header::TRACE_PARENT: text("W3C trace context: one trace id from the request through all that followed."),
            "Nats-Stream": { "const": EVENTS },
            "Nats-Subject": text(&format!(
                "Where it is stored: a partition from 0 to {}, then entity, verb and id.", PARTITIONS - 1
            )),
            "Nats-Sequence": number(
                "Its place in the stream. Places grow by one from event to event, so that a listener to all events \
                 sees a gap."
            ),
            "Nats-Last-Sequence": number(
                "Heard live: the place of the event before it on the same subject. In a replay: that of the event \
                 before it in the answer; 0 for the first."
            ),
            "Nats-Time-Stamp": form("date-time", "When it was stored."),
            "Nats-Num-Pending": number("In a replay alone: how many events follow it."),
        },
    })
}

fn replay(document: &mut Document) {
    let request = json!({
        "type": "object",
        "description": "From where, and how many.",
        "required": ["seq", "next_by_subj"],
        "additionalProperties": false,
        "properties": {
            "seq": {
                "type": "integer", "minimum": 1,
                "description": "The first place that is wanted. Where the desk keeps it no longer, the answer begins \
                    with the next that it keeps.",
            },
            "next_by_subj": {
                "type": "string", "default": ">",
                "description": "Which events, by where they are stored: `>` for all, `*.ticket.*.*` for those of \
                    tickets.",
            },
            "batch": {
                "type": "integer", "minimum": 1,
                "description": "How many at most, in one answer. Left out, the answer is the first event alone, \
                    without an end behind it.",
            },
        },
        "examples": [{ "seq": 1201, "batch": 256, "next_by_subj": ">" }],
    });
    let end = json!({
        "type": "object",
        "required": ["Status"],
        "properties": {
            "Status": {
                "type": "string", "enum": ["204", "404", "408"],
                "description": "204: the end of the answer. 404: the desk has no such events. 408: the request is \
                    malformed.",
            },
            "Description": { "type": "string", "description": "The same in words." },
            "Nats-Num-Pending": {
                "type": "string", "pattern": "^[0-9]+$",
                "description": "How many events follow the answer: ask again from the last place plus one until it \
                    is 0.",
            },
            "Nats-Last-Sequence": {
                "type": "string", "pattern": "^[0-9]+$", "description": "The last place of the answer.",
            },
        },
    });
    document.schemas.insert("ReplayRequest".to_owned(), request);
    document.schemas.insert("ReplayEndHeaders".to_owned(), end);
    document.add_message(
        REQUEST,
        json!({
            "name": REQUEST,
            "title": "A request for stored events",
            "summary": "Asks for stored events from a place on. It needs a reply subject under `_INBOX_outside.`.",
            "contentType": "application/json",
            "payload": { "$ref": "#/components/schemas/ReplayRequest" },
        }),
    );
    document.add_message(
        END,
        json!({
            "name": END,
            "title": "The end of an answer",
            "summary": "No event: its headers say how the answer ended.",
            "headers": { "$ref": "#/components/schemas/ReplayEndHeaders" },
            "payload": { "type": "string", "maxLength": 0 },
        }),
    );
    let channel = json!({
        "address": subject::REPLAY,
        "title": "Replay",
        "description": "Where one who was away asks for what they missed.",
        "servers": [{ "$ref": "#/servers/broker" }],
    });
    document.add_channel(REPLAY, [REQUEST], channel);
    let answers = json!({
        "address": null,
        "title": "What a request for stored events is answered with",
        "description": "The reply subject of the request: the events in their order, then an end.",
        "servers": [{ "$ref": "#/servers/broker" }],
    });
    let names: Vec<String> = kinds().map(|(_, name)| name).collect();
    let all = || names.iter().map(String::as_str).chain([END]);
    document.add_channel(ANSWERS, all(), answers);
    let summary = "Gives stored events again, from a place on.";
    document.add_operation(REPLAY, Action::Receive, REPLAY, [REQUEST], summary);
    document.operations[REPLAY]["reply"] = json!({
        "channel": { "$ref": pointer(&["channels", ANSWERS]) },
        "messages": messages_of(ANSWERS, all()),
    });
}
