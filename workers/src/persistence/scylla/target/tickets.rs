//! A ticket with all that is kept in its name.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{
    TicketId, UserId,
    message::{Feedback, Message},
};
use scylla::response::PagingState;

use super::{
    super::{
        db::{Db, all_of},
        deliveries,
        lists::{self, Before},
        messages,
        partition::{client_key, section},
        read_marks,
        rows::{fence, integer, made_at, micros, number},
        statements::CopyStatements,
        tickets,
    },
    Found,
};
use crate::persistence::{
    store::{StoreError, Versioned},
    transfer::rows::TicketRows,
};

/// Rows that are read at once.
const PAGE: i32 = 500;

/// By what each message is known, with its place.
type Known = BTreeSet<(i8, String, u64)>;

pub(super) async fn get(
    db: &Db,
    run: &CopyStatements,
    ticket: TicketId,
    readers: &[UserId],
) -> Result<Found, StoreError> {
    type Columns = (Option<i8>, Option<String>, Option<String>, Option<i64>, Option<String>);
    let found = tickets::find(db, ticket).await?;
    let mut rows = TicketRows { deliveries: deliveries::of_ticket(db, ticket).await?, ..TicketRows::default() };
    let mut known = Known::new();
    let mut place = Some(PagingState::start());
    while let Some(from) = place {
        let (page, next) = db.page::<Columns>(&run.partition, &(ticket.uuid(),), PAGE, from).await?;
        for (of, key, body, seq, feedback) in page {
            let key = key.unwrap_or_default();
            match of {
                Some(section::CHANGES) => {
                    rows.changes.insert(key, db.decode(body.as_deref().unwrap_or_default())?);
                }
                Some(section::MESSAGES) => rows.messages.push(messages::from_row(db, (body, feedback))?),
                Some(of @ (section::MESSAGE_IDS | section::CLIENT_IDS)) => {
                    known.insert((of, key, number(seq)));
                }
                _ => {}
            }
        }
        place = next;
    }
    let readers: BTreeSet<UserId> =
        readers.iter().copied().chain(rows.messages.iter().map(|message| message.sender_id)).collect();
    let marks = readers.iter().map(|reader| async move { Ok((*reader, read_marks::last(db, ticket, *reader).await?)) });
    rows.read_marks =
        all_of(marks.collect()).await?.into_iter().filter(|(_, seq)| *seq > 0).collect::<BTreeMap<_, _>>();
    let last_seq = found.as_ref().map_or(0, |found| found.state.last_seq);
    let listed = match &found {
        Some(found) => lists::hold(db, run, &found.ticket).await?,
        None => true,
    };
    let whole = listed && known == known_of(&rows.messages) && last_seq == rows.last_seq();
    rows.ticket = found.map(|found| Versioned { value: found.ticket, version: found.state.version });
    Ok(Found { rows, whole })
}

fn known_of(messages: &[Message]) -> Known {
    let ids = messages.iter().map(|message| (section::MESSAGE_IDS, message.id.to_string(), message.seq));
    let client_ids =
        messages.iter().filter_map(|message| Some((section::CLIENT_IDS, client_key(message)?, message.seq)));
    ids.chain(client_ids).collect()
}

pub(super) async fn put(
    db: &Db,
    run: &CopyStatements,
    id: TicketId,
    rows: &TicketRows,
    there: &TicketRows,
) -> Result<(), StoreError> {
    let (ticket, at) = (id.uuid(), made_at(id));
    let changes = rows.changes.iter().map(|(event, outcome)| async move {
        let values = (ticket, section::CHANGES, 0_i64, event.as_str(), db.encode(outcome)?, at);
        db.write(&run.copy_body, values).await
    });
    all_of(changes.collect()).await?;
    let messages = rows.messages.iter().map(|message| async move {
        let place = integer(message.seq);
        let said_at = rows.feedback_at.get(&message.seq);
        let body = match said_at {
            Some(_) => db.encode(&Message { feedback: Feedback::None, ..message.clone() })?,
            None => db.encode(message)?,
        };
        db.write(&run.copy_body, (ticket, section::MESSAGES, place, "", body, at)).await?;
        if let Some(said_at) = said_at {
            let feedback = db.encode(&message.feedback)?;
            db.write(&db.run.set_feedback, (micros(*said_at), feedback, ticket, section::MESSAGES, place)).await?;
        }
        for (of, key, _) in known_of(std::slice::from_ref(message)) {
            db.write(&run.copy_seq, (ticket, of, key, place, at)).await?;
        }
        Ok(())
    });
    all_of(messages.collect()).await?;
    all_of(rows.deliveries.iter().map(|delivery| deliveries::record(db, delivery)).collect()).await?;
    let marks = rows.read_marks.iter().map(|(user, seq)| read_marks::raise(db, id, *user, *seq));
    all_of(marks.collect()).await?;
    if rows.last_seq() > 0 {
        let last_seq = integer(rows.last_seq());
        db.write(&run.copy_last_seq, (at.saturating_add(last_seq), last_seq, ticket)).await?;
    }
    let Some(Versioned { value, version }) = &rows.ticket else { return Ok(()) };
    let before = there.ticket.as_ref().map_or(Before::Nowhere, |there| Before::At(&there.value));
    lists::write(db, value, *version, before).await?;
    db.write(&run.copy_ticket, (fence(id, *version), integer(*version), db.encode(value)?, ticket)).await
}
