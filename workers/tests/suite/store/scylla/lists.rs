//! Lists are written after their ticket: what becomes of them when a process ends between, or comes late.

use std::sync::Arc;

use contracts::{
    Department, Outcome, Status, Ticket, UserId,
    query::{ListTickets, TicketFilter, TicketPosition, TicketScope},
};
use platform::config::Store as Config;
use uuid::Uuid;
use workers::persistence::store::{Store, TicketWrite, TicketWritten};

use super::{
    super::conformance::samples::{WRITTEN, event, save, ticket, ticket_write},
    open, session, shared_store,
};

/// A ticket as an agent finds it, or not, among the newest of their department in a status.
async fn listed(store: &Arc<dyn Store>, ticket: &Ticket, status: Status) -> Option<Ticket> {
    let filter = TicketFilter { status: Some(status), ..TicketFilter::default() };
    let scope = TicketScope::Department(Department::It);
    let position = TicketPosition::Skip(0);
    let query = ListTickets { viewer: UserId::new(), scope, filter, position, limit: 50 };
    let items = store.list_tickets(&query).await.unwrap().items;
    items.into_iter().map(|item| item.ticket).find(|found| found.id == ticket.id)
}

/// The states in whose lists there is a row of the ticket.
async fn rows(config: &Config, ticket: &Ticket) -> Vec<String> {
    let all = "SELECT status, ticket_id FROM tickets_by_state";
    let rows = session(config).await.query_unpaged(all, ()).await.unwrap().into_rows_result().unwrap();
    let rows = rows.rows::<(String, Uuid)>().unwrap().map(Result::unwrap);
    rows.filter(|(_, id)| *id == ticket.id.uuid()).map(|(status, _)| status).collect()
}

/// Changes a ticket as a process does that ends before it has written the lists.
async fn change_and_die(config: &Config, write: &TicketWrite) {
    let json = |value| serde_json::to_string(value).unwrap();
    let (ticket, version) = (write.ticket.as_ref().unwrap(), i64::try_from(write.expected).unwrap() + 1);
    let change = "BEGIN BATCH
        UPDATE tickets SET version = ?, ticket = ? WHERE ticket_id = ? IF version = ?;
        INSERT INTO tickets (ticket_id, section, place, key, body) VALUES (?, 1, 0, ?, ?) IF NOT EXISTS;
        APPLY BATCH";
    let id = ticket.id.uuid();
    let outcome = serde_json::to_string(&write.outcome).unwrap();
    let values = (version, json(ticket), id, version - 1, id, write.event.as_str(), outcome);
    session(config).await.query_unpaged(change, values).await.unwrap();
}

#[tokio::test]
async fn the_redelivery_writes_lists_that_a_crash_left_unwritten() {
    let (store, config) = shared_store().await;
    let made = ticket(UserId::new());
    save(&store, &made).await;
    let closed = Ticket { status: Status::Closed, ..made.clone() };
    let outcome = Outcome::TicketChanged { ticket: closed.clone() };
    let write = TicketWrite { outcome: outcome.clone(), ..ticket_write(1, &closed) };
    change_and_die(&config, &write).await;

    assert_eq!(rows(&config, &made).await, ["assigned"], "the lists are behind");
    assert_eq!(listed(&store, &made, Status::Assigned).await, None, "and show nothing that is not so");

    assert_eq!(store.write_ticket(write.clone()).await.unwrap(), TicketWritten::Stale);
    assert_eq!(store.applied(made.id, &write.event).await.unwrap(), Some(outcome.clone()));
    assert_eq!(rows(&config, &made).await, ["closed"]);
    assert_eq!(listed(&store, &made, Status::Closed).await, Some(closed));
}

#[tokio::test]
async fn a_redelivery_that_comes_late_writes_the_ticket_as_it_is_now() {
    let (store, config) = shared_store().await;
    let made = ticket(UserId::new());
    let first = ticket_write(0, &made);
    store.write_ticket(first.clone()).await.unwrap();
    let resolved = Ticket { status: Status::Resolved, ..made.clone() };
    let unlisted = ticket_write(1, &resolved);
    change_and_die(&config, &unlisted).await;
    // Another change comes before the redelivery, and finds the ticket where no list has it.
    let closed = Ticket { status: Status::Closed, ..made.clone() };
    assert_eq!(store.write_ticket(ticket_write(2, &closed)).await.unwrap(), WRITTEN);
    assert_eq!(rows(&config, &made).await.len(), 2);
    for event in [&unlisted.event, &first.event] {
        assert!(store.applied(made.id, event).await.unwrap().is_some());
        assert_eq!(rows(&config, &made).await, ["closed"]);
        assert_eq!(listed(&store, &made, Status::Closed).await.as_ref(), Some(&closed));
    }
    assert_eq!(listed(&store, &made, Status::Resolved).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_ticket_that_many_change_ends_in_one_list() {
    let (store, config) = shared_store().await;
    let stores = [store, open(&config).await];
    let made = ticket(UserId::new());
    save(&stores[0], &made).await;
    let changes = (0..24).map(|nth| {
        let store = Arc::clone(&stores[nth % 2]);
        let status = Status::ALL[nth % Status::ALL.len()];
        let changed = Ticket { status, title: nth.to_string(), ..made.clone() };
        tokio::spawn(async move {
            let event = event();
            loop {
                let expected = store.ticket(changed.id).await.unwrap().unwrap().version;
                let write = TicketWrite { event: event.clone(), ..ticket_write(expected, &changed) };
                if store.write_ticket(write).await.unwrap() != TicketWritten::Stale {
                    break;
                }
            }
        })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap();
    }
    let last = stores[0].ticket(made.id).await.unwrap().unwrap();
    assert_eq!(last.version, 25);
    assert_eq!(rows(&config, &made).await, [last.value.status.as_str()]);
    assert_eq!(listed(&stores[1], &made, last.value.status).await, Some(last.value));
}
