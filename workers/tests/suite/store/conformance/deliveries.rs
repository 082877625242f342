use std::sync::Arc;

use contracts::{
    TicketId,
    webhook::{Delivery, Hook},
};
use workers::persistence::store::Store;

use super::samples::{delivery, later, now};

pub(super) async fn run(store: &Arc<dyn Store>) {
    calls_are_listed_oldest_first(store).await;
    the_record_with_more_attempts_stays(store).await;
}

async fn calls_are_listed_oldest_first(store: &Arc<dyn Store>) {
    let (ticket, time) = (TicketId::new(), now());
    let failed = Delivery {
        hook: Hook::OnTicketResolved,
        attempts: 7,
        status: None,
        error: Some("connection refused".to_owned()),
        ..delivery(ticket, later(time, 1))
    };
    let (one, two) = (delivery(ticket, time), delivery(ticket, time));
    for call in [&failed, &two, &one, &two, &delivery(TicketId::new(), time)] {
        store.record_delivery(call).await.unwrap();
    }
    assert_eq!(store.deliveries(ticket).await.unwrap(), [one, two, failed]);
    assert_eq!(store.deliveries(TicketId::new()).await.unwrap(), []);
}

async fn the_record_with_more_attempts_stays(store: &Arc<dyn Store>) {
    let (ticket, time) = (TicketId::new(), now());
    let second = Delivery { attempts: 2, status: Some(503), ..delivery(ticket, time) };
    let first = Delivery { attempts: 1, status: Some(500), at: later(time, -1), ..second.clone() };
    let equal = Delivery { status: Some(502), at: later(time, 1), ..second.clone() };
    let third = Delivery { attempts: 3, status: Some(200), at: later(time, 2), ..second.clone() };
    for (call, kept) in [(&second, &second), (&first, &second), (&equal, &second), (&third, &third), (&first, &third)] {
        store.record_delivery(call).await.unwrap();
        assert_eq!(store.deliveries(ticket).await.unwrap(), std::slice::from_ref(kept));
    }
}
