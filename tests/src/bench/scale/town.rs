//! The tickets and people of the bench, each told by its number: the same seed, the same town.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    Department, EventId, Kind, MessageId, Outcome, RequestId, Status, Ticket, TicketId, Urgency, UserId,
    message::{Feedback, Message, SenderRole},
};
use uuid::{Builder, Uuid};
use workers::persistence::store::TicketWrite;

/// Messages of each ticket.
pub(crate) const MESSAGES: u64 = 10;
/// Of so many tickets in a row one is the busy requester's; of the others each requester has as many in a row.
const BUSY_EACH: u64 = 10;
/// The time over which the tickets of a whole run were raised, at an even pace.
const YEARS: TimeDelta = TimeDelta::days(2 * 365);

const WORDS: [&str; 32] = [
    "screen",
    "printer",
    "laptop",
    "account",
    "password",
    "network",
    "payslip",
    "contract",
    "leave",
    "office",
    "phone",
    "licence",
    "update",
    "morning",
    "again",
    "without",
    "since",
    "cannot",
    "open",
    "colleague",
    "meeting",
    "room",
    "cable",
    "message",
    "error",
    "shows",
    "before",
    "after",
    "nothing",
    "slow",
    "please",
    "today",
];

/// Tickets by their numbers, from 0 on.
#[derive(Clone, Copy)]
pub(crate) struct Town {
    seed: u64,
    begin: DateTime<Utc>,
    /// Tickets of the whole run.
    tickets: u64,
}

impl Town {
    pub(crate) fn new(seed: u64, tickets: u64) -> Self {
        Self { seed, begin: contracts::clock::now() - YEARS, tickets }
    }

    pub(crate) fn id(&self, number: u64) -> TicketId {
        let made = self.made(number).timestamp_millis().unsigned_abs();
        let mut random = self.random(number);
        let [high, low] = [random.next().to_be_bytes(), random.next().to_be_bytes()];
        let drawn: [u8; 10] = std::array::from_fn(|index| if index < 8 { high[index] } else { low[index - 8] });
        Builder::from_unix_timestamp_millis(made, &drawn).into_uuid().into()
    }

    /// Most are done, as in a desk that has run for long.
    pub(crate) fn status(&self, number: u64) -> Status {
        match self.random(number).below(100) {
            0..10 => Status::Assigned,
            10..15 => Status::Resolved,
            _ => Status::Closed,
        }
    }

    /// What makes a ticket with its messages.
    pub(crate) fn write(&self, number: u64) -> TicketWrite {
        let ticket = self.ticket(number);
        let request = RequestId::from(ticket.id.uuid());
        TicketWrite {
            expected: 0,
            messages: (0..MESSAGES).map(|place| self.message(&ticket, number, place)).collect(),
            ticket_id: ticket.id,
            event: EventId::of_request(Kind::TicketRouted, request),
            outcome: Outcome::TicketSaved { ticket: ticket.clone() },
            at: ticket.created_at,
            ticket: Some(ticket),
        }
    }

    fn ticket(&self, number: u64) -> Ticket {
        let (status, made) = (self.status(number), self.made(number));
        let mut random = self.random(number).after_id();
        let department = if random.below(100) < 60 { Department::It } else { Department::Hr };
        let later = |minutes| made + TimeDelta::minutes(minutes);
        Ticket {
            id: self.id(number),
            user_id: requester(number),
            title: random.text(5),
            description: random.text(30),
            urgency: Urgency::Medium,
            status,
            department: Some(department),
            assignee_id: Some(agent(department)),
            misuse_flag: false,
            feedback: None,
            rating: None,
            created_at: made,
            updated_at: later(60),
            resolved_at: (status != Status::Assigned).then(|| later(50)),
            closed_at: (status == Status::Closed).then(|| later(60)),
        }
    }

    /// The desk speaks first, then the two people by turns.
    fn message(&self, ticket: &Ticket, number: u64, place: u64) -> Message {
        let mut random = self.random((number * MESSAGES + place) ^ u64::MAX);
        let id =
            Builder::from_random_bytes((u128::from(random.next()) << 64 | u128::from(random.next())).to_be_bytes());
        let (sender_id, sender_role) = match (place, ticket.assignee_id) {
            (0, _) | (_, None) => (person("desk"), SenderRole::System),
            (place, Some(agent)) if place % 2 == 0 => (agent, SenderRole::Agent),
            _ => (ticket.user_id, SenderRole::User),
        };
        Message {
            id: MessageId::from(id.into_uuid()),
            seq: 0,
            ticket_id: ticket.id,
            sender_id,
            sender_role,
            content: random.text(15),
            is_ai: false,
            feedback: Feedback::None,
            timestamp: ticket.created_at + TimeDelta::seconds(30) * i32::try_from(place).unwrap(),
            client_message_id: (place > 0).then(|| Uuid::from_u64_pair(number, place).to_string()),
        }
    }

    fn made(&self, number: u64) -> DateTime<Utc> {
        let step = YEARS.num_milliseconds().unsigned_abs() / self.tickets;
        self.begin + TimeDelta::milliseconds(i64::try_from(step * number).unwrap())
    }

    fn random(&self, number: u64) -> Random {
        Random(self.seed.wrapping_add(number.wrapping_mul(0xd605_1b3a_95a2_47cd)))
    }
}

fn person(name: &str) -> UserId {
    UserId::derived(&["scale", name])
}

/// Somebody who has a tenth of all tickets.
pub(crate) fn busy_requester() -> UserId {
    person("busy requester")
}

/// Who raised a ticket.
pub(crate) fn requester(number: u64) -> UserId {
    if number.is_multiple_of(BUSY_EACH) {
        return busy_requester();
    }
    person(&format!("requester {}", number / BUSY_EACH))
}

/// The agent of a department.
pub(crate) fn agent(department: Department) -> UserId {
    person(&format!("agent {department}"))
}

/// Numbers that are the same each time for the same seed (splitmix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// The next number below a limit.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// Behind what an id takes.
    fn after_id(mut self) -> Self {
        self.next();
        self.next();
        self
    }

    fn text(&mut self, words: usize) -> String {
        let words: Vec<_> = (0..words).map(|_| WORDS[usize::try_from(self.below(32)).unwrap()]).collect();
        words.join(" ")
    }
}
