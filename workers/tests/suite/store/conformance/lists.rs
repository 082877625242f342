use std::sync::Arc;

use contracts::{
    Department, Status, Ticket, TicketId, UserId,
    message::Message,
    query::{ListTickets, TOTAL_MAX, TicketFilter, TicketItem, TicketPage, TicketPosition, TicketScope},
};
use workers::persistence::store::Store;

use super::{
    at_once,
    samples::{message, save, ticket},
};

pub(super) async fn run(store: &Arc<dyn Store>) {
    every_scope_and_filter_holds_what_fits(store).await;
    a_scope_begins_with_its_newest_ticket(store).await;
    a_ticket_that_changed_moves_between_lists(store).await;
    pages_by_cursor_hold_each_ticket_once(store).await;
    pages_by_number_know_what_follows(store).await;
    totals_are_counted_to_the_limit(store).await;
    text_is_found_without_regard_to_case(store).await;
    what_the_viewer_has_not_read_is_counted(store).await;
}

const FIRST: TicketPosition = TicketPosition::Skip(0);

async fn list(
    store: &Arc<dyn Store>,
    scope: TicketScope,
    filter: TicketFilter,
    position: TicketPosition,
    limit: u32,
) -> TicketPage {
    list_for(store, UserId::new(), scope, filter, position, limit).await
}

async fn list_for(
    store: &Arc<dyn Store>,
    viewer: UserId,
    scope: TicketScope,
    filter: TicketFilter,
    position: TicketPosition,
    limit: u32,
) -> TicketPage {
    store.list_tickets(&ListTickets { viewer, scope, filter, position, limit }).await.unwrap()
}

/// As a ticket is listed in which nobody has said anything.
fn quiet<'t>(tickets: impl IntoIterator<Item = &'t Ticket>) -> Vec<TicketItem> {
    tickets.into_iter().map(|ticket| TicketItem { ticket: ticket.clone(), last_seq: 0, unread: 0 }).collect()
}

fn ids(items: &[TicketItem]) -> Vec<TicketId> {
    items.iter().map(|item| item.ticket.id).collect()
}

/// The tickets of one user, in every status and department, newest first.
async fn varied_tickets(store: &Arc<dyn Store>, user: UserId) -> Vec<Ticket> {
    let mut tickets = Vec::new();
    for round in 0..2 {
        for &status in Status::ALL {
            for department in [None, Some(Department::It), Some(Department::Hr)] {
                let title = format!("Ticket of round {round}");
                let ticket = Ticket { status, department, title, ..ticket(user) };
                save(store, &ticket).await;
                save(store, &Ticket { id: TicketId::new(), user_id: UserId::new(), ..ticket.clone() }).await;
                tickets.push(ticket);
            }
        }
    }
    tickets.reverse();
    tickets
}

async fn every_scope_and_filter_holds_what_fits(store: &Arc<dyn Store>) {
    let user = UserId::new();
    let tickets = varied_tickets(store, user).await;
    let (it, hr) = (Department::It, Department::Hr);
    for scope in [TicketScope::RaisedBy(user), TicketScope::Department(it), TicketScope::All] {
        for status in [None, Some(Status::Open), Some(Status::Resolved)] {
            for department in [None, Some(it), Some(hr)] {
                for text in [None, Some("ROUND 1")] {
                    let fits = |ticket: &&Ticket| {
                        (scope != TicketScope::Department(it) || ticket.department == Some(it))
                            && status.is_none_or(|status| ticket.status == status)
                            && (department.is_none() || ticket.department == department)
                            && text.is_none_or(|text| ticket.title.to_uppercase().contains(text))
                    };
                    let expected = quiet(tickets.iter().filter(fits));
                    let text = text.map(str::to_owned);
                    let filter = TicketFilter { user_id: Some(user), status, department, text };
                    let page = list(store, scope, filter.clone(), FIRST, 100).await;
                    let total = expected.len() as u64;
                    let whole = TicketPage { items: expected, total, total_capped: false, has_more: false };
                    assert_eq!(page, whole, "{scope:?} {filter:?}");
                }
            }
        }
    }
    let of_another = TicketFilter { user_id: Some(UserId::new()), ..TicketFilter::default() };
    let nothing = TicketPage { items: Vec::new(), total: 0, total_capped: false, has_more: false };
    for scope in [TicketScope::RaisedBy(user), TicketScope::Department(hr), TicketScope::All] {
        assert_eq!(list(store, scope, of_another.clone(), FIRST, 10).await, nothing);
    }
}

async fn a_scope_begins_with_its_newest_ticket(store: &Arc<dyn Store>) {
    let [older, newer] = [(); 2].map(|()| ticket(UserId::new()));
    for ticket in [&older, &newer] {
        save(store, ticket).await;
    }
    let assigned = TicketFilter { status: Some(Status::Assigned), ..TicketFilter::default() };
    for scope in [TicketScope::Department(Department::It), TicketScope::All] {
        for filter in [TicketFilter::default(), assigned.clone()] {
            let page = list(store, scope, filter, FIRST, 2).await;
            assert_eq!(page.items, quiet([&newer, &older]), "{scope:?}");
        }
    }
}

async fn a_ticket_that_changed_moves_between_lists(store: &Arc<dyn Store>) {
    let user = UserId::new();
    let before = Ticket { status: Status::Open, department: None, ..ticket(user) };
    save(store, &before).await;
    let after = Ticket { status: Status::Assigned, department: Some(Department::Hr), ..before.clone() };
    store.write_ticket(super::samples::ticket_write(1, &after)).await.unwrap();
    let of_user = TicketFilter { user_id: Some(user), ..TicketFilter::default() };
    for scope in [TicketScope::RaisedBy(user), TicketScope::Department(Department::Hr), TicketScope::All] {
        let open = TicketFilter { status: Some(Status::Open), ..of_user.clone() };
        assert_eq!(list(store, scope, open, FIRST, 10).await.total, 0, "{scope:?}");
        assert_eq!(list(store, scope, of_user.clone(), FIRST, 10).await.items, quiet([&after]));
    }
}

async fn pages_by_cursor_hold_each_ticket_once(store: &Arc<dyn Store>) {
    let user = UserId::new();
    let tickets: Vec<Ticket> = (0..57).map(|_| ticket(user)).collect();
    for ticket in &tickets {
        save(store, ticket).await;
    }
    for scope in [TicketScope::RaisedBy(user), TicketScope::Department(Department::It), TicketScope::All] {
        let filter = TicketFilter { user_id: Some(user), ..TicketFilter::default() };
        let start = TicketPosition::After(ticket(user).id);
        let mut page = list(store, scope, filter.clone(), start, 10).await;
        let mut seen = ids(&page.items);
        while page.has_more {
            assert_eq!(page.items.len(), 10);
            save(store, &ticket(user)).await;
            let last = page.items.last().unwrap().ticket.id;
            page = list(store, scope, filter.clone(), TicketPosition::After(last), 10).await;
            seen.extend(ids(&page.items));
        }
        let old: Vec<TicketId> = seen.iter().rev().take(57).rev().copied().collect();
        assert_eq!(old, ids(&quiet(tickets.iter().rev())), "{scope:?}");
        assert!(seen.is_sorted_by(|newer, older| newer > older), "{scope:?}");
    }
}

async fn pages_by_number_know_what_follows(store: &Arc<dyn Store>) {
    let user = UserId::new();
    let tickets: Vec<Ticket> = (0..23).map(|_| ticket(user)).collect();
    for ticket in &tickets {
        save(store, ticket).await;
    }
    let newest_first: Vec<Ticket> = tickets.into_iter().rev().collect();
    for (skip, limit, has_more) in [(0, 10, true), (10, 10, true), (20, 10, false), (13, 10, false), (30, 10, false)] {
        let position = TicketPosition::Skip(skip);
        let page = list(store, TicketScope::RaisedBy(user), TicketFilter::default(), position, limit).await;
        let expected = quiet(newest_first.iter().skip(skip as usize).take(limit as usize));
        assert_eq!(page, TicketPage { items: expected, total: 23, total_capped: false, has_more }, "{skip}");
    }
}

async fn totals_are_counted_to_the_limit(store: &Arc<dyn Store>) {
    let user = UserId::new();
    let count = usize::try_from(TOTAL_MAX).unwrap();
    at_once(store, count, |store, _| async move { save(&store, &ticket(user)).await }).await;
    for total_capped in [false, true] {
        let page = list(store, TicketScope::RaisedBy(user), TicketFilter::default(), FIRST, 1).await;
        assert_eq!((page.total, page.total_capped, page.has_more), (TOTAL_MAX, total_capped, true));
        save(store, &ticket(user)).await;
    }
    // It is counted no less for having been asked before, and what is left of it by a filter is counted on its own.
    let page = list(store, TicketScope::RaisedBy(user), TicketFilter::default(), FIRST, 1).await;
    assert_eq!((page.total, page.total_capped), (TOTAL_MAX, true));
    let resolved = TicketFilter { status: Some(Status::Resolved), ..TicketFilter::default() };
    let page = list(store, TicketScope::RaisedBy(user), resolved, FIRST, 1).await;
    assert_eq!((page.total, page.total_capped), (0, false));
    let position = TicketPosition::Skip(1_000);
    let page = list(store, TicketScope::RaisedBy(user), TicketFilter::default(), position, 1).await;
    assert_eq!((page.items.len(), page.has_more), (1, true));
}

async fn text_is_found_without_regard_to_case(store: &Arc<dyn Store>) {
    let user = UserId::new();
    let texts = [
        ("Battery at 100% today", "plain"),
        ("Battery at 1000 today", "plain"),
        ("file_name is wrong", "plain"),
        ("fileXname is wrong", "plain"),
        ("plain", "the path is C:\\temp"),
        ("Принтер сломан", "plain"),
        ("plain", "CAFÉ au lait"),
        ("ΟΔΟΣ", "plain"),
        ("it's \"quoted\"", "plain"),
    ];
    let mut tickets = Vec::new();
    for (title, description) in texts {
        let ticket = Ticket { title: title.to_owned(), description: description.to_owned(), ..ticket(user) };
        save(store, &ticket).await;
        tickets.push(ticket);
    }
    let cases: &[(&str, &[usize])] = &[
        ("100%", &[0]),
        ("%", &[0]),
        ("_", &[2]),
        ("file_NAME", &[2]),
        ("BATTERY AT", &[1, 0]),
        ("c:\\TEMP", &[4]),
        ("принтер", &[5]),
        ("СЛОМАН", &[5]),
        ("café AU", &[6]),
        ("οδος", &[7]),
        ("IT'S \"", &[8]),
        ("*", &[]),
        ("plain plain", &[]),
        ("", &[8, 7, 6, 5, 4, 3, 2, 1, 0]),
    ];
    for scope in [TicketScope::RaisedBy(user), TicketScope::Department(Department::It), TicketScope::All] {
        for (text, found) in cases {
            let filter =
                TicketFilter { user_id: Some(user), text: Some((*text).to_owned()), ..TicketFilter::default() };
            let page = list(store, scope, filter, FIRST, 20).await;
            let expected = ids(&quiet(found.iter().map(|&nth| &tickets[nth])));
            assert_eq!((ids(&page.items), page.total), (expected, found.len() as u64), "{text:?} {scope:?}");
        }
    }
}

async fn what_the_viewer_has_not_read_is_counted(store: &Arc<dyn Store>) {
    let (user, agent) = (UserId::new(), UserId::new());
    let (quiet, loud) = (ticket(user), ticket(user));
    for ticket in [&quiet, &loud] {
        save(store, ticket).await;
    }
    for sender_id in [user, agent, agent] {
        store.append_message(&Message { sender_id, ..message(loud.id, "Hello") }, 1).await.unwrap();
    }
    for (viewer, unread) in [(user, 2), (agent, 0), (UserId::new(), 3)] {
        let filter = TicketFilter::default();
        let page = list_for(store, viewer, TicketScope::RaisedBy(user), filter, FIRST, 10).await;
        let loud = TicketItem { ticket: loud.clone(), last_seq: 3, unread };
        assert_eq!(page.items, [loud, TicketItem { ticket: quiet.clone(), last_seq: 0, unread: 0 }]);
    }
}
