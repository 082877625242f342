//! The WebSocket of a ticket's chat.

use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Action, Document, as_json, description};
use crate::chat::{ClientFrame, FRAME_MAX, ServerFrame};

const CHANNEL: &str = "chat";

pub(super) fn describe(document: &mut Document) {
    let client = frames::<ClientFrame>(document, "client");
    let server = frames::<ServerFrame>(document, "server");
    let channel = json!({
        "address": "/ws/chat/{ticket_id}",
        "title": "The chat of a ticket",
        "description": format!(
            "For the ticket's requester, the agents of its department and admins; to anybody else it is not there. \
             Frames are JSON texts of at most {FRAME_MAX} bytes. The desk closes with 1008 when the login or the right \
             to see the ticket ends, and when a client floods it; with 1009 after a frame that is too large."
        ),
        "servers": [{ "$ref": "#/servers/desk" }],
        "parameters": { "ticket_id": { "description": "The ticket." } },
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": {
                        "ticket": {
                            "type": "string",
                            "description": "A one-time ticket from POST /auth/ws-ticket, instead of the header.",
                        },
                    },
                },
                "headers": {
                    "type": "object",
                    "properties": {
                        "Authorization": { "type": "string", "description": "Bearer and the access token." },
                    },
                },
                "bindingVersion": "0.1.0",
            },
        },
    });
    let names = |frames: &'_ [String]| frames.to_vec();
    let all = [names(&client), names(&server)].concat();
    document.add_channel(CHANNEL, all.iter().map(String::as_str), channel);
    let (from, to) = ("What a client says.", "What a client is told.");
    document.add_operation("chat.hear", Action::Receive, CHANNEL, client.iter().map(String::as_str), from);
    document.add_operation("chat.tell", Action::Send, CHANNEL, server.iter().map(String::as_str), to);
}

/// Adds a message for each kind of frame of `F`, and gives their names.
fn frames<F: ToSchema>(document: &mut Document, side: &str) -> Vec<String> {
    let mut within = Vec::new();
    F::schemas(&mut within);
    document.add_schemas(within);
    let frames = as_json(&F::schema());
    let variants = frames["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let add = |variant: &Value| {
        let (word, body) = (variant["allOf"][1]["properties"]["type"]["enum"][0].as_str()?, &variant["allOf"][0]);
        let content = document.schemas.get(body["$ref"].as_str()?.rsplit('/').next()?)?;
        let payload = tagged(word, content.clone(), description(variant));
        let name = format!("{side}.{word}");
        let message = json!({
            "name": word,
            "title": format!("{word} from the {side}"),
            "summary": description(variant),
            "contentType": "application/json",
            "payload": payload,
        });
        document.add_message(&name, message);
        Some(name)
    };
    variants.iter().filter_map(add).collect()
}

/// A frame whose content is `content`: the type is a member beside the others.
fn tagged(word: &str, mut content: Value, description: &str) -> Value {
    content["description"] = description.into();
    content["properties"]["type"] = json!({ "const": word });
    match content["required"].as_array_mut() {
        Some(required) => required.insert(0, "type".into()),
        None => content["required"] = json!(["type"]),
    }
    content
}
