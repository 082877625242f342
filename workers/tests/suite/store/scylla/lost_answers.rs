//! A conditional write whose answer is lost may have been made: it is looked for before it is made again.

use std::sync::Arc;

use contracts::{Status, Ticket, UserId, query::MessageRange};
use platform::config::Store as Config;
use tests::Cassandra;
use workers::persistence::store::{Appended, Store, TicketWritten};

use super::{
    super::conformance::samples::{message, save, ticket, ticket_write},
    lossy::{Loss, Lossy},
    open,
};

/// A store that reaches its node by a way on which batches get lost.
async fn store_on_lossy_way() -> (Arc<dyn Store>, Lossy) {
    let cassandra = Cassandra::shared().await;
    let lossy = Lossy::before(&cassandra.addresses()[0]).await;
    let config = Config { nodes: vec![lossy.address.clone()], ..cassandra.store("shared") };
    (open(&config).await, lossy)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_lost_on_the_way_is_written_once_and_known_as_ones_own() {
    let (store, lossy) = store_on_lossy_way().await;
    for loss in [Loss::Answers, Loss::Requests] {
        let made = ticket(UserId::new());
        save(&store, &made).await;
        lossy.lose(loss, 1);
        let hello = message(made.id, "Hello");
        let Appended::New(kept) = store.append_message(&hello, 1).await.unwrap() else { panic!("it is new") };
        assert_eq!((kept.seq, lossy.left()), (1, 0));

        lossy.lose(loss, 1);
        let closed = Ticket { status: Status::Closed, ..made.clone() };
        let mut write = ticket_write(1, &closed);
        write.messages = vec![message(made.id, "Closed.")];
        let written = store.write_ticket(write.clone()).await.unwrap();
        let TicketWritten::Written(notices) = written else { panic!("it was written") };
        assert_eq!((notices[0].seq, lossy.left()), (2, 0));

        assert_eq!(store.ticket(made.id).await.unwrap().unwrap().version, 2);
        assert_eq!(store.write_ticket(write).await.unwrap(), TicketWritten::Stale);
        let messages = store.messages(made.id, MessageRange::After(0), 9).await.unwrap().items;
        assert_eq!(messages, [vec![kept], notices].concat());
    }
}
