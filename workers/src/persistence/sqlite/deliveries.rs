//! Records of webhook calls.

use contracts::{TicketId, webhook::Delivery};
use rusqlite::{Connection, Row, named_params};

use super::rows::{Id, Time, Word, id, time, word};
use crate::persistence::store::StoreError;

const COLUMNS: &str = "id, hook, ticket_id, url, attempts, status, error, at";

pub(super) fn record(db: &Connection, delivery: &Delivery) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO deliveries ({COLUMNS}) VALUES (:id, :hook, :ticket_id, :url, :attempts, :status, :error, :at)
         ON CONFLICT (id) DO UPDATE SET hook = :hook, ticket_id = :ticket_id, url = :url, attempts = :attempts,
             status = :status, error = :error, at = :at
         WHERE excluded.attempts > deliveries.attempts"
    );
    db.prepare_cached(&sql)?.execute(named_params! {
        ":id": Id(delivery.id),
        ":hook": Word(delivery.hook),
        ":ticket_id": Id(delivery.ticket_id.uuid()),
        ":url": delivery.url,
        ":attempts": delivery.attempts,
        ":status": delivery.status,
        ":error": delivery.error,
        ":at": Time(delivery.at),
    })?;
    Ok(())
}

pub(super) fn of_ticket(db: &Connection, ticket: TicketId) -> Result<Vec<Delivery>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE ticket_id = ? ORDER BY at, id");
    let mut statement = db.prepare_cached(&sql)?;
    let deliveries = statement.query_map([Id(ticket.uuid())], from_row)?;
    Ok(deliveries.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: id(row, "id")?,
        hook: word(row, "hook")?,
        ticket_id: id(row, "ticket_id")?,
        url: row.get("url")?,
        attempts: row.get("attempts")?,
        status: row.get("status")?,
        error: row.get("error")?,
        at: time(row, "at")?,
    })
}
