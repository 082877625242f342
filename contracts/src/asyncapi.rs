//! The AsyncAPI 3.0 document: what outsiders hear on the broker, and what is said over a chat's WebSocket.
//!
//! It is made from the types of this crate. Room frames, questions and account events are the desk's own affair and are
//! not in it.

mod chat;
mod events;

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};

/// The document.
pub fn document() -> Value {
    let mut document = Document::default();
    events::describe(&mut document);
    chat::describe(&mut document);
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Deskwire",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The internal service desk: its events for other systems, and the chat of a ticket. The \
                HTTP calls are in the OpenAPI document at /openapi.json.",
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "127.0.0.1:4222",
                "protocol": "nats",
                "description": "The broker. Connect as the user `outside`, with the inbox prefix `_INBOX_outside`.",
                "security": [{ "$ref": "#/components/securitySchemes/user" }],
            },
            "desk": {
                "host": "127.0.0.1:8080",
                "protocol": "ws",
                "description": "Where people reach the desk.",
                "security": [
                    { "$ref": "#/components/securitySchemes/bearer" },
                    { "$ref": "#/components/securitySchemes/ticket" },
                ],
            },
        },
        "channels": document.channels,
        "operations": document.operations,
        "components": {
            "messages": document.messages,
            "schemas": document.schemas,
            "securitySchemes": {
                "user": { "type": "userPassword", "description": "A user of the broker and its password." },
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of a login, in the Authorization header.",
                },
                "ticket": {
                    "type": "httpApiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": "A one-time ticket from POST /auth/ws-ticket, for a browser, which cannot set \
                        headers.",
                },
            },
        },
    })
}

/// The parts of the document as they come together.
#[derive(Default)]
struct Document {
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    messages: Map<String, Value>,
    schemas: Map<String, Value>,
}

/// Where a message comes from, as the desk sees it.
#[derive(Clone, Copy)]
enum Action {
    /// The desk says it.
    Send,
    /// The desk is told it.
    Receive,
}

impl Document {
    /// Adds schemas that others refer to.
    fn add_schemas(&mut self, schemas: Vec<(String, RefOr<Schema>)>) {
        self.schemas.extend(schemas.into_iter().map(|(name, schema)| (name, as_json(&schema))));
    }

    /// Adds a message.
    fn add_message(&mut self, name: &str, message: Value) {
        self.messages.insert(name.to_owned(), message);
    }

    /// Adds a channel on which `messages` are, described further by `channel`.
    fn add_channel<'a>(&mut self, name: &str, messages: impl IntoIterator<Item = &'a str>, mut channel: Value) {
        let reference =
            |message| (str::to_owned(message), json!({ "$ref": pointer(&["components", "messages", message]) }));
        channel["messages"] = messages.into_iter().map(reference).collect::<Map<_, _>>().into();
        self.channels.insert(name.to_owned(), channel);
    }

    /// Adds what the desk does on a channel with some of its messages.
    fn add_operation<'a>(
        &mut self,
        name: &str,
        action: Action,
        channel: &str,
        messages: impl IntoIterator<Item = &'a str>,
        summary: &str,
    ) {
        let operation = json!({
            "action": match action { Action::Send => "send", Action::Receive => "receive" },
            "channel": { "$ref": pointer(&["channels", channel]) },
            "messages": messages_of(channel, messages),
            "summary": summary,
        });
        self.operations.insert(name.to_owned(), operation);
    }
}

/// References to messages of a channel.
fn messages_of<'a>(channel: &str, messages: impl IntoIterator<Item = &'a str>) -> Value {
    messages
        .into_iter()
        .map(|message| json!({ "$ref": pointer(&["channels", channel, "messages", message]) }))
        .collect()
}

fn pointer(path: &[&str]) -> String {
    format!("#/{}", path.join("/"))
}

fn as_json(schema: &RefOr<Schema>) -> Value {
    // A schema is data all through: there is nothing that cannot be written.
    serde_json::to_value(schema).unwrap_or_default()
}

/// What a schema says of itself.
fn description(schema: &Value) -> &str {
    schema["description"].as_str().unwrap_or_default()
}
