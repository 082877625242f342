//! A ticket's partition: what it holds, and the one conditional batch by which it changes.

use contracts::{EventId, Outcome, Ticket, TicketId, message::Message};
use scylla::{
    serialize::{
        SerializationError,
        row::{RowSerializationContext, SerializeRow},
        writers::RowWriter,
    },
    statement::{
        batch::{Batch, BatchType},
        prepared::PreparedStatement,
    },
};
use uuid::Uuid;

use super::{
    db::{Db, applied, pauses},
    rows::{integer, number},
};
use crate::persistence::store::StoreError;

/// The parts of a partition.
pub(super) mod section {
    pub(in super::super) const CHANGES: i8 = 1;
    pub(in super::super) const MESSAGES: i8 = 2;
    pub(in super::super) const MESSAGE_IDS: i8 = 3;
    pub(in super::super) const CLIENT_IDS: i8 = 4;
}

/// What must be so for a ticket to change. Both are 0 before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) version: u64,
    pub(super) last_seq: u64,
}

/// The state of a ticket that is not there.
pub(super) const ABSENT: State = State { version: 0, last_seq: 0 };

/// A change of a partition: all of it or nothing.
pub(super) struct Change<'c> {
    pub(super) ticket_id: TicketId,
    /// What the ticket must be like.
    pub(super) before: State,
    /// The ticket as it becomes, in the next version.
    pub(super) ticket: Option<&'c Ticket>,
    /// The event that is applied and how it ended; it must not be there.
    pub(super) event: Option<(&'c EventId, &'c Outcome)>,
    /// New messages with their places behind the last one; none must be there.
    pub(super) messages: &'c [Message],
}

/// The key of the row that tells by which `client_message_id` a message is known.
pub(super) fn client_key(message: &Message) -> Option<String> {
    message.client_message_id.as_ref().map(|id| format!("{}/{id}", message.sender_id))
}

/// What a ticket is like.
pub(super) async fn state(db: &Db, ticket: TicketId) -> Result<State, StoreError> {
    let row: Option<(Uuid, Option<i64>, Option<i64>)> = db.first(&db.run.state, (ticket.uuid(),)).await?;
    Ok(row.map_or(ABSENT, |(_, version, last_seq)| State { version: number(version), last_seq: number(last_seq) }))
}

/// Makes a change, and tells whether what it needs held. When an answer is lost, it looks whether the change was made.
pub(super) async fn make(db: &Db, change: &Change<'_>) -> Result<bool, StoreError> {
    let batch = Prepared::new(db, change)?;
    let mut pauses = pauses();
    loop {
        let answer = match db.session.batch(&batch.batch, &batch.lines).await {
            Ok(result) => applied(result, &db.nodes),
            Err(error) => Err(db.nodes.error(error)),
        };
        match answer {
            Ok(true) => return Ok(true),
            // A try before this one, of ours or of the driver, may have made it.
            Ok(false) => return batch.is_made(db).await,
            Err(StoreError::Unavailable(cause)) => {
                let Some(pause) = pauses.next() else { return Err(StoreError::Unavailable(cause)) };
                tracing::debug!(ticket = %change.ticket_id, %cause, "no answer to a change; looking whether it was made");
                tokio::time::sleep(pause).await;
                if let Ok(true) = batch.is_made(db).await {
                    return Ok(true);
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// A change as it is sent, however often.
struct Prepared {
    batch: Batch,
    lines: Vec<Line>,
    ticket: Uuid,
    /// The row by which it is known.
    mark: (i8, String),
    writer: Uuid,
}

impl Prepared {
    fn new(db: &Db, change: &Change<'_>) -> Result<Self, StoreError> {
        let ticket = change.ticket_id.uuid();
        let writer = Uuid::new_v4();
        let mut this = Self {
            batch: Batch::new(BatchType::Unlogged),
            lines: Vec::new(),
            ticket,
            mark: (section::CHANGES, String::new()),
            writer,
        };
        let State { version, last_seq } = change.before;
        let last_seq_after = change.messages.last().map_or(last_seq, |message| message.seq);
        let condition = (ticket, present(version), present(last_seq));
        if let Some(ticket) = change.ticket {
            let becomes = (integer(version + 1), db.encode(ticket)?, present(last_seq_after), writer);
            this.add(&db.run.change_ticket, Line::Change(becomes, condition));
        } else {
            this.add(&db.run.keep_ticket, Line::Keep((present(last_seq_after), writer), condition));
        }
        if let Some((event, outcome)) = change.event {
            let body = db.encode(outcome)?;
            this.add(
                &db.run.add_body,
                Line::Body(ticket, section::CHANGES, 0, event.as_str().to_owned(), body, writer),
            );
            this.mark = (section::CHANGES, event.as_str().to_owned());
        }
        for message in change.messages {
            let (place, body) = (integer(message.seq), db.encode(message)?);
            this.add(&db.run.add_body, Line::Body(ticket, section::MESSAGES, place, String::new(), body, writer));
            let id = message.id.to_string();
            if change.event.is_none() {
                this.mark = (section::MESSAGE_IDS, id.clone());
            }
            this.add(&db.run.add_seq, Line::Seq(ticket, section::MESSAGE_IDS, id, place, writer));
            if let Some(key) = client_key(message) {
                this.add(&db.run.add_seq, Line::Seq(ticket, section::CLIENT_IDS, key, place, writer));
            }
        }
        // It is known again, so it may be sent to a second node when the first is slow.
        this.batch.set_is_idempotent(true);
        Ok(this)
    }

    fn add(&mut self, statement: &PreparedStatement, line: Line) {
        self.batch.append_statement(statement.clone());
        self.lines.push(line);
    }

    /// Whether this very change is in the store. The look ends whatever was left half done.
    async fn is_made(&self, db: &Db) -> Result<bool, StoreError> {
        let (section, key) = &self.mark;
        let row: Option<(Option<Uuid>,)> = db.first(&db.run.writer, (self.ticket, section, key)).await?;
        Ok(row.is_some_and(|(writer,)| writer == Some(self.writer)))
    }
}

/// A count as its column holds it, which is empty before the first.
fn present(count: u64) -> Option<i64> {
    (count > 0).then(|| integer(count))
}

/// The ticket, its version and its last place that a change needs.
type Condition = (Uuid, Option<i64>, Option<i64>);

/// The values of one statement of a batch.
enum Line {
    Change((i64, String, Option<i64>, Uuid), Condition),
    Keep((Option<i64>, Uuid), Condition),
    Body(Uuid, i8, i64, String, String, Uuid),
    Seq(Uuid, i8, String, i64, Uuid),
}

impl SerializeRow for Line {
    fn serialize(
        &self,
        context: &RowSerializationContext<'_>,
        writer: &mut RowWriter<'_>,
    ) -> Result<(), SerializationError> {
        match self {
            Self::Change((version, body, last_seq, by), (ticket, if_version, if_last_seq)) => {
                (version, body, last_seq, by, ticket, if_version, if_last_seq).serialize(context, writer)
            }
            Self::Keep((last_seq, by), (ticket, if_version, if_last_seq)) => {
                (last_seq, by, ticket, if_version, if_last_seq).serialize(context, writer)
            }
            Self::Body(ticket, section, place, key, body, by) => {
                (ticket, section, place, key, body, by).serialize(context, writer)
            }
            Self::Seq(ticket, section, key, seq, by) => {
                (ticket, section, 0_i64, key, seq, by).serialize(context, writer)
            }
        }
    }

    fn is_empty(&self) -> bool {
        false
    }
}
