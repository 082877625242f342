//! Values to write, each with ids of its own.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use contracts::{
    Department, EventId, Kind, MessageId, NotificationId, Outcome, RequestId, Role, Status, Ticket, TicketId, Urgency,
    User, UserId,
    account::PasswordHash,
    message::{Feedback, Message, SenderRole},
    notification::{Notification, Topic},
    webhook::{Delivery, Hook},
};
use uuid::Uuid;
use workers::persistence::store::{Store, TicketWrite, TicketWritten};

/// What becomes of a write without messages.
pub(crate) const WRITTEN: TicketWritten = TicketWritten::Written(Vec::new());

/// Now, to the precision that every store keeps.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// This many microseconds after a time.
pub(crate) fn later(time: DateTime<Utc>, microseconds: i64) -> DateTime<Utc> {
    time + TimeDelta::microseconds(microseconds)
}

/// A name that no account has.
pub(crate) fn username() -> String {
    format!("ada.{}", Uuid::new_v4().simple())
}

pub(crate) fn user(role: Role, department: Option<Department>) -> User {
    User { id: UserId::new(), username: username(), role, department, disabled: false, created_at: now() }
}

pub(crate) fn password_hash() -> PasswordHash {
    PasswordHash(format!("$argon2id$v=19$m=19456,t=2,p=1${}$aGFzaA", Uuid::new_v4().simple()))
}

pub(crate) fn ticket(user_id: UserId) -> Ticket {
    let created_at = now();
    Ticket {
        id: TicketId::new(),
        user_id,
        title: "The printer is out of ink".to_owned(),
        description: "Third floor, beside the kitchen.".to_owned(),
        urgency: Urgency::Medium,
        status: Status::Assigned,
        department: Some(Department::It),
        assignee_id: Some(UserId::new()),
        misuse_flag: false,
        feedback: None,
        rating: None,
        created_at,
        updated_at: created_at,
        resolved_at: None,
        closed_at: None,
    }
}

/// The id of an event that was not seen before.
pub(crate) fn event() -> EventId {
    EventId::of_request(Kind::TicketRouted, RequestId::new())
}

/// The write that makes `ticket`, or changes the version `expected` into it.
pub(crate) fn ticket_write(expected: u64, ticket: &Ticket) -> TicketWrite {
    TicketWrite {
        expected,
        ticket: Some(ticket.clone()),
        messages: Vec::new(),
        ticket_id: ticket.id,
        event: event(),
        outcome: Outcome::TicketSaved { ticket: ticket.clone() },
        at: now(),
    }
}

/// Writes a new ticket.
pub(crate) async fn save(store: &Arc<dyn Store>, ticket: &Ticket) {
    assert_eq!(store.write_ticket(ticket_write(0, ticket)).await.unwrap(), WRITTEN);
}

/// A ticket that is in the store.
pub(crate) async fn saved_ticket(store: &Arc<dyn Store>) -> TicketId {
    let ticket = ticket(UserId::new());
    save(store, &ticket).await;
    ticket.id
}

pub(crate) fn message(ticket_id: TicketId, content: &str) -> Message {
    Message {
        id: MessageId::new(),
        seq: 0,
        ticket_id,
        sender_id: UserId::new(),
        sender_role: SenderRole::User,
        content: content.to_owned(),
        is_ai: false,
        feedback: Feedback::None,
        timestamp: now(),
        client_message_id: None,
    }
}

pub(crate) fn notification(user_id: UserId, created_at: DateTime<Utc>) -> Notification {
    Notification {
        id: NotificationId::new(),
        user_id,
        topic: Topic::TicketFlagged,
        ticket_id: TicketId::new(),
        text: "A ticket waits for a decision".to_owned(),
        created_at,
        read_at: None,
    }
}

pub(crate) fn delivery(ticket_id: TicketId, at: DateTime<Utc>) -> Delivery {
    Delivery {
        id: Uuid::now_v7(),
        hook: Hook::OnTicketCreated,
        ticket_id,
        url: "https://hooks.example/on_ticket_created".to_owned(),
        attempts: 1,
        status: Some(204),
        error: None,
        at,
    }
}
