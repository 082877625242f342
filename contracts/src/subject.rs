//! Subjects. They are built and read here alone.

use crate::{Event, Kind, RequestId, TicketId, consumer::Pool};

/// How many parts the event stream is divided into, by the id of what an event is about.
pub const PARTITIONS: u8 = 8;

/// Where an event is published: `<entity>.<verb>.<id>`.
pub fn of_event(event: &Event) -> String {
    format!("{}.{}", event.kind(), event.entity_id())
}

/// Where the event stream keeps the events of `kind`, in every partition or in one.
pub fn stored(kind: Kind, partition: Option<u8>) -> String {
    partition.map_or_else(|| format!("*.{kind}.*"), |partition| format!("{partition}.{kind}.*"))
}

/// Where the event stream keeps the events of `kind` about the entity with `id`, whatever the partition.
pub fn stored_about(kind: Kind, id: impl std::fmt::Display) -> String {
    format!("*.{kind}.{id}")
}

/// Where the event stream keeps every event about a ticket.
pub fn stored_of_ticket(ticket: TicketId) -> String {
    format!("*.ticket.*.{ticket}")
}

/// Where events of `kind` are published and kept by a stream without partitions.
pub fn plain(kind: Kind) -> String {
    format!("{kind}.*")
}

/// Where an event of `kind` about the entity with `id` is published for outsiders once it is stored.
pub fn for_outsiders(kind: Kind, id: impl std::fmt::Display) -> String {
    format!("events.{kind}.{id}")
}

/// Where outsiders ask for stored events from a place in the event stream: a direct get (ADR-31).
pub const REPLAY: &str = "replay.events";

/// Where the outcome of a request is kept.
pub fn outcome(request: RequestId) -> String {
    format!("outcome.{request}")
}

/// What an ingress process subscribes to, to hear of every outcome.
pub const OUTCOME_NOTICES: &str = "outcome_notice.*";

/// The request whose outcome a notice tells.
pub fn outcome_notice_request(subject: &str) -> Option<RequestId> {
    subject.strip_prefix("outcome_notice.")?.parse().ok()
}

/// The room of a ticket's chat: what happens there now, on core NATS.
pub fn room(ticket: TicketId) -> String {
    format!("chat.room.ticket_{ticket}")
}

/// Where the processes of a pool tell each other that they are alive, on core NATS.
pub fn members(pool: Pool) -> String {
    format!("members.{pool}")
}

/// Where one of these processes hears whether it is alive.
pub fn member(pool: Pool, process: uuid::Uuid) -> String {
    format!("{}.{}", members(pool), process.simple())
}

/// Where a message that failed for good is kept.
pub fn dead_letter(pool: &str, id: uuid::Uuid) -> String {
    format!("dead.{pool}.{id}")
}
