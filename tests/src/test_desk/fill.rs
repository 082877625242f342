//! Many tickets at once, written as the desk writes them.

use chrono::TimeDelta;
use contracts::{
    Department, EventId, Kind, MessageId, Outcome, RequestId, Status, Ticket, TicketId, Urgency, UserId,
    message::{Feedback, Message, SenderRole},
};
use futures::{StreamExt, stream};
use tests::Desk;
use workers::persistence::store::TicketWrite;

/// Tickets that are written at once.
const AT_ONCE: usize = 256;

/// Writes this many tickets of user1, all assigned to it-agent, each with one message.
pub(crate) async fn fill(desk: &Desk, number: u32) {
    let (store, user, agent) = (desk.store().await, desk.login("user1").await, desk.login("it-agent").await);
    let id = |person: &tests::Client| person.id().parse::<UserId>().unwrap();
    let (user, agent) = (id(&user), id(&agent));
    let write = async |number| drop(store.write_ticket(ticket(number, user, agent)).await.unwrap());
    // The store commits what waits together.
    stream::iter(0..number).for_each_concurrent(AT_ONCE, write).await;
}

fn ticket(number: u32, user: UserId, agent: UserId) -> TicketWrite {
    let created_at = contracts::clock::now() - TimeDelta::seconds(1);
    let ticket = Ticket {
        id: TicketId::new(),
        user_id: user,
        title: format!("Ticket number {number}: the docking station on desk {} is dead", number % 200),
        description: "No light, no picture. It worked yesterday, and nothing was changed since.".to_owned(),
        urgency: Urgency::ALL[number as usize % Urgency::ALL.len()],
        status: Status::Assigned,
        department: Some(Department::It),
        assignee_id: Some(agent),
        misuse_flag: false,
        feedback: None,
        rating: None,
        created_at,
        updated_at: created_at,
        resolved_at: None,
        closed_at: None,
    };
    let message = Message {
        id: MessageId::new(),
        seq: 0,
        ticket_id: ticket.id,
        sender_id: user,
        sender_role: SenderRole::User,
        content: "It blinks now.".to_owned(),
        is_ai: false,
        feedback: Feedback::None,
        timestamp: created_at,
        client_message_id: None,
    };
    TicketWrite {
        expected: 0,
        messages: vec![message],
        ticket_id: ticket.id,
        event: EventId::of_request(Kind::TicketRouted, RequestId::from(ticket.id.uuid())),
        outcome: Outcome::TicketSaved { ticket: ticket.clone() },
        at: created_at,
        ticket: Some(ticket),
    }
}
