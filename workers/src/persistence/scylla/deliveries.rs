//! Records of webhook calls.

use contracts::{TicketId, webhook::Delivery};

use super::db::Db;
use crate::persistence::store::StoreError;

/// Rows that are read at once.
const PAGE: i32 = 500;

pub(super) async fn record(db: &Db, delivery: &Delivery) -> Result<(), StoreError> {
    let (ticket, id, attempts) = (delivery.ticket_id.uuid(), delivery.id, i64::from(delivery.attempts));
    let row: Option<(Option<i64>,)> = db.first(&db.run.attempts, (ticket, id)).await?;
    // The timestamp decides between more and fewer; of two with as many, the first is to stay.
    if row.and_then(|(kept,)| kept).is_some_and(|kept| kept >= attempts) {
        return Ok(());
    }
    db.write(&db.run.add_delivery, (ticket, id, attempts, db.encode(delivery)?, attempts)).await
}

pub(super) async fn of_ticket(db: &Db, ticket: TicketId) -> Result<Vec<Delivery>, StoreError> {
    let mut deliveries: Vec<Delivery> = Vec::new();
    let mut place = Some(scylla::response::PagingState::start());
    while let Some(from) = place {
        let (page, next) = db.page::<(String,)>(&db.run.deliveries, &(ticket.uuid(),), PAGE, from).await?;
        for (body,) in page {
            deliveries.push(db.decode(&body)?);
        }
        place = next;
    }
    deliveries.sort_by_key(|delivery| (delivery.at, delivery.id));
    Ok(deliveries)
}
