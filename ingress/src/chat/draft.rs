//! A message on its way into a room: what is checked before it goes, and how it goes.

use std::time::Duration;

use axum::http::StatusCode;
use contracts::{
    Actor, Envelope, MessageId, RequestId, TicketId,
    chat::Chat,
    event::MessageSent,
    message::{CLIENT_MESSAGE_ID_MAX, CONTENT_MAX, Feedback, Message, Refusal, SenderRole},
    query::GetMessage,
    trace::TraceParent,
};
use platform::broker::{Broker, PublishError};

use crate::{
    api::text,
    problem::{FieldError, Problem},
};

/// A message that the broker knows is looked for in the store this long, and so often.
const LOOK_FOR: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A message whose form is right and whose fields are its sender's own.
#[derive(Debug)]
pub(super) struct Draft(MessageSent);

/// What became of a message that was sent.
#[derive(Debug)]
pub(super) enum Sent {
    /// It is on disk, and its room will hear of it.
    OnDisk,
    /// It was in the store already.
    Saved(Message),
    /// It will not be taken.
    Refused(Refusal),
    /// The desk cannot take it now, or cannot tell whether it did.
    Failed(Problem),
}

impl Draft {
    /// The message that `chat` makes in the room of a ticket when `actor` says it.
    pub(super) fn new(chat: Chat, ticket_id: TicketId, actor: &Actor) -> Result<Self, Problem> {
        check_own(&chat, ticket_id, actor)?;
        let mut errors = Vec::new();
        let mut check = |field: &str, checked: Result<(), String>| {
            errors.extend(checked.err().map(|detail| FieldError { field: field.to_owned(), detail }));
        };
        check("content", fits(&chat.content, CONTENT_MAX, text::lines));
        if let Some(id) = &chat.client_message_id {
            check("client_message_id", fits(id, CLIENT_MESSAGE_ID_MAX, text::line));
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let Chat { content, client_message_id, .. } = chat;
        let of_client = |id: &String| MessageId::of_client(ticket_id, actor.user_id, id);
        let message_id = client_message_id.as_ref().map_or_else(MessageId::new, of_client);
        let (actor, is_ai) = (actor.clone(), false);
        Ok(Self(MessageSent { message_id, ticket_id, actor, content, is_ai, client_message_id }))
    }

    /// The id that the message will have.
    pub(super) fn id(&self) -> MessageId {
        self.0.message_id
    }

    /// The sender's own id for it.
    pub(super) fn client_message_id(&self) -> Option<&str> {
        self.0.client_message_id.as_deref()
    }

    /// What it says.
    pub(super) fn content(&self) -> &str {
        &self.0.content
    }

    /// Sends it. To a ticket that is `closed` it does not go, unless it was there before.
    pub(super) async fn send(self, broker: &Broker, closed: bool, trace: TraceParent) -> Sent {
        let sent = if closed { self.find(broker).await } else { self.publish(broker, trace).await };
        sent.unwrap_or_else(|problem| {
            // Sent again with its id, it is one message.
            let again = if self.0.client_message_id.is_some() {
                "The desk cannot tell whether it took the message. Send it again with the same client_message_id."
            } else {
                "The desk cannot tell whether it took the message. Look whether it is there before you send it again; \
                 with a client_message_id you could simply do so."
            };
            Sent::Failed(problem.because(again))
        })
    }

    /// What of it is there, in a ticket that takes no more.
    async fn find(&self, broker: &Broker) -> Result<Sent, Problem> {
        let known = if self.0.client_message_id.is_some() { self.look_up(broker).await? } else { None };
        Ok(known.unwrap_or(Sent::Refused(Refusal::TicketClosed)))
    }

    async fn publish(&self, broker: &Broker, trace: TraceParent) -> Result<Sent, Problem> {
        let away = |error: PublishError| Problem::unavailable("the broker", &error);
        let envelope = Envelope::of_request(self.0.clone().into(), RequestId::from(self.id().uuid()), trace);
        if !broker.publish(&envelope).await.map_err(away)?.duplicate {
            return Ok(Sent::OnDisk);
        }
        let looking = async {
            loop {
                if let Ok(Some(known)) = self.look_up(broker).await {
                    return known;
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        if let Ok(known) = tokio::time::timeout(LOOK_FOR, looking).await {
            return Ok(known);
        }
        // It was refused before, and what it was refused for may be over; or it is still on its way, and then this one
        // finds it in the store and changes nothing.
        broker.publish(&Envelope::of_request(self.0.clone().into(), RequestId::new(), trace)).await.map_err(away)?;
        Ok(Sent::OnDisk)
    }

    async fn look_up(&self, broker: &Broker) -> Result<Option<Sent>, Problem> {
        let known = broker.ask(&GetMessage { ticket_id: self.0.ticket_id, message_id: self.0.message_id }).await?;
        Ok(known.map(|message| {
            if message.content == self.0.content {
                Sent::Saved(message)
            } else {
                Sent::Refused(Refusal::ClientMessageIdReused)
            }
        }))
    }
}

/// What is said of the room and the sender must be so.
fn check_own(chat: &Chat, ticket_id: TicketId, actor: &Actor) -> Result<(), Problem> {
    let other = |given: &Option<String>, own: String| given.as_ref().is_some_and(|given| *given != own);
    let role = SenderRole::from(actor.role).as_str();
    let foreign = if other(&chat.ticket_id, ticket_id.to_string()) {
        ("ticket_id", "is not this room's ticket: leave it out, or open that ticket's chat".to_owned())
    } else if other(&chat.sender_id, actor.user_id.to_string()) {
        ("sender_id", format!("is not you: leave it out, or set it to {}", actor.user_id))
    } else if other(&chat.sender_role, role.to_owned()) {
        ("sender_role", format!("is not your role: leave it out, or set it to \"{role}\""))
    } else if chat.is_ai == Some(true) {
        ("isAI", "is for the bot's messages: leave it out, or set it to false".to_owned())
    } else if chat.feedback.is_some_and(|feedback| feedback != Feedback::None) {
        ("feedback", "is for the bot's messages once they are there: leave it out, or set it to \"none\"".to_owned())
    } else {
        return Ok(());
    };
    let (field, detail) = foreign;
    let errors = serde_json::json!([{ "field": field, "detail": detail }]);
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "NOT_YOURS", format!("{field}: {detail}"));
    Err(problem.with("errors", errors))
}

fn fits(text: &str, max: usize, form: impl Fn(&str, &()) -> garde::Result) -> Result<(), String> {
    // A character has at most four bytes: what is far too long is not counted.
    if text.len() > max * 4 || text.chars().count() > max {
        return Err(format!("must have at most {max} characters"));
    }
    form(text, &()).map_err(|error| error.message().to_owned())
}

#[cfg(test)]
mod tests {
    use contracts::{Role, UserId};

    use super::*;

    fn actor() -> Actor {
        Actor { user_id: UserId::new(), role: Role::User, department: None }
    }

    fn saying(content: &str) -> Chat {
        Chat { content: content.to_owned(), ..Chat::default() }
    }

    #[test]
    fn what_is_left_out_is_the_sessions_own_and_so_is_the_seed_payload() {
        let (ticket, actor) = (TicketId::new(), actor());
        let seed = Chat {
            ticket_id: Some(ticket.to_string()),
            sender_id: Some(actor.user_id.to_string()),
            sender_role: Some("user".to_owned()),
            is_ai: Some(false),
            feedback: Some(Feedback::None),
            ..saying("hello")
        };
        assert!(Draft::new(seed.clone(), ticket, &actor).is_ok());
        assert!(Draft::new(saying("hello"), ticket, &actor).is_ok());
        let foreign = UserId::new().to_string();
        let changed = [
            ("ticket_id", Chat { ticket_id: Some(foreign.clone()), ..seed.clone() }),
            ("sender_id", Chat { sender_id: Some(foreign.clone()), ..seed.clone() }),
            ("sender_role", Chat { sender_role: Some("admin".to_owned()), ..seed.clone() }),
            ("isAI", Chat { is_ai: Some(true), ..seed.clone() }),
            ("feedback", Chat { feedback: Some(Feedback::Helpful), ..seed }),
        ];
        for (field, chat) in changed {
            let problem = Draft::new(chat, ticket, &actor).unwrap_err();
            assert_eq!(problem.code(), "NOT_YOURS");
            assert!(problem.detail().starts_with(field) && !problem.detail().contains(&foreign), "{problem:?}");
        }
    }

    #[test]
    fn content_has_8000_characters_at_most_and_something_to_read() {
        let draft = |content: &str| Draft::new(saying(content), TicketId::new(), &actor());
        assert!(draft(&"ü".repeat(8_000)).is_ok());
        assert!(draft("two\nlines\t🦀").is_ok());
        let bad = ["", " \n", "\u{200b}", "a\u{7}b", &"a".repeat(8_001), &"🦀".repeat(8_001)];
        for content in bad {
            let problem = draft(content).unwrap_err();
            assert_eq!(problem.code(), "VALIDATION_FAILED");
            assert!(problem.detail().starts_with("content: "), "{problem:?}");
        }
    }

    #[test]
    fn a_senders_own_id_makes_one_message() {
        let (ticket, ada) = (TicketId::new(), actor());
        let with = |id: &str, actor: &Actor| {
            Draft::new(Chat { client_message_id: Some(id.to_owned()), ..saying("a") }, ticket, actor)
        };
        assert_eq!(with("1", &ada).unwrap().id(), with("1", &ada).unwrap().id());
        assert_ne!(with("1", &ada).unwrap().id(), with("2", &ada).unwrap().id());
        assert_ne!(with("1", &ada).unwrap().id(), with("1", &actor()).unwrap().id());
        for bad in ["", " ", "a\nb", &"a".repeat(129)] {
            assert!(with(bad, &ada).unwrap_err().detail().starts_with("client_message_id: "), "{bad}");
        }
    }
}
