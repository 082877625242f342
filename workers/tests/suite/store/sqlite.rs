//! What is particular to `SQLite`: a file, which several processes may have open.

use std::{fs, path::Path, sync::Arc};

use contracts::{
    MessageId, TicketId, UserId,
    message::{Feedback, SenderRole},
    query::MessageRange,
};
use futures::future::join_all;
use tempfile::TempDir;
use workers::persistence::{
    sqlite::SqliteStore,
    store::{Appended, Store, StoreError},
};

use super::conformance::{
    self,
    samples::{self, WRITTEN},
};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    let folder = folder();
    conformance::run(Arc::new(open(&folder.path().join("desk.db")))).await;
}

#[tokio::test]
async fn what_was_written_is_there_after_the_store_is_opened_again() {
    let folder = folder();
    let path = folder.path().join("new/folder/desk.db");
    let ticket = samples::ticket(UserId::new());
    let store = open(&path);
    store.write_ticket(samples::ticket_write(0, &ticket)).await.unwrap();
    drop(store);
    assert!(!path.with_extension("db-wal").exists(), "the last to close folds the log into the file");
    assert_eq!(open(&path).ticket(ticket.id).await.unwrap().unwrap().value, ticket);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_means_that_others_can_read_it() {
    let folder = folder();
    let path = folder.path().join("desk.db");
    let (store, other) = (open(&path), open(&path));
    for _ in 0..50 {
        let ticket = samples::ticket(UserId::new());
        store.write_ticket(samples::ticket_write(0, &ticket)).await.unwrap();
        assert!(other.ticket(ticket.id).await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_that_fails_does_not_disturb_its_group() {
    let folder = folder();
    let store = open(&folder.path().join("desk.db"));
    let writes = (0..200).map(async |nth| {
        let ticket = samples::ticket(UserId::new());
        if nth % 2 == 0 {
            let written = store.write_ticket(samples::ticket_write(0, &ticket)).await.unwrap();
            assert_eq!(written, WRITTEN);
            assert!(store.ticket(ticket.id).await.unwrap().is_some());
        } else {
            let error = store.append_message(&samples::message(ticket.id, "Hello"), 1).await.unwrap_err();
            assert!(matches!(error, StoreError::Failed(_)), "{error}");
        }
    });
    join_all(writes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_stores_write_to_one_file_at_once() {
    let folder = folder();
    let path = folder.path().join("desk.db");
    let stores = [open(&path), open(&path)];
    let ticket = samples::ticket(UserId::new());
    stores[0].write_ticket(samples::ticket_write(0, &ticket)).await.unwrap();
    let appends = (0..400).map(async |nth| {
        let message = samples::message(ticket.id, &nth.to_string());
        assert!(matches!(stores[nth % 2].append_message(&message, 1).await.unwrap(), Appended::New(_)));
    });
    join_all(appends).await;
    for store in &stores {
        let page = store.messages(ticket.id, MessageRange::After(0), 1_000).await.unwrap();
        let seqs: Vec<u64> = page.items.iter().map(|message| message.seq).collect();
        assert_eq!(seqs, (1..=400).collect::<Vec<_>>());
    }
}

#[test]
fn stores_that_start_at_once_make_one_set_of_tables() {
    for _ in 0..30 {
        let folder = folder();
        let path = folder.path().join("desk.db");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| open(&path));
            }
        });
    }
}

#[tokio::test]
async fn a_lock_that_is_not_given_back_is_a_store_that_is_unavailable() {
    let folder = folder();
    let path = folder.path().join("desk.db");
    let store = open(&path);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ticket = samples::ticket(UserId::new());
    let error = store.write_ticket(samples::ticket_write(0, &ticket)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert!(store.ticket(ticket.id).await.unwrap().is_none(), "reads go on");
    other.execute_batch("ROLLBACK").unwrap();
    let written = store.write_ticket(samples::ticket_write(0, &ticket)).await.unwrap();
    assert_eq!(written, WRITTEN);
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let folder = folder();
    let path = folder.path().join("letter.txt");
    fs::write(&path, "Dear Sir or Madam, ".repeat(100)).unwrap();
    let error = SqliteStore::open(&path).err().unwrap();
    assert!(matches!(error, StoreError::Failed(_)), "{error}");
    assert!(error.to_string().contains("letter.txt") && error.to_string().contains("not a database"), "{error}");
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let folder = folder();
    fs::create_dir(folder.path().join("desk.db")).unwrap();
    let error = SqliteStore::open(&folder.path().join("desk.db")).err().unwrap();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert!(error.to_string().contains("desk.db"), "{error}");
}

#[tokio::test]
async fn a_file_of_a_later_version_is_refused() {
    let folder = folder();
    let path = folder.path().join("desk.db");
    drop(open(&path));
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 9_999).unwrap();
    let error = SqliteStore::open(&path).err().unwrap();
    assert!(matches!(error, StoreError::Failed(_)), "{error}");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_fails_and_does_not_end_the_reader() {
    let folder = folder();
    let path = folder.path().join("desk.db");
    let store = open(&path);
    let ticket = samples::ticket(UserId::new());
    store.write_ticket(samples::ticket_write(0, &ticket)).await.unwrap();
    rusqlite::Connection::open(&path).unwrap().execute("UPDATE tickets SET status = 'lost'", []).unwrap();
    for _ in 0..10 {
        let error = store.ticket(ticket.id).await.unwrap_err();
        assert!(matches!(error, StoreError::Failed(_)) && error.to_string().contains("lost"), "{error}");
    }
    assert!(store.ticket(TicketId::new()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_file_of_the_first_version_keeps_what_it_holds() {
    let folder = folder();
    let path = folder.path().join("desk.db");
    let first = rusqlite::Connection::open(&path).unwrap();
    first.execute_batch(include_str!("../../../src/persistence/sqlite/migrations/001_tables.sql")).unwrap();
    let (ticket, message) = (TicketId::new(), MessageId::new());
    let (id, sender) = (ticket.uuid().into_bytes(), UserId::new());
    let insert =
        "INSERT INTO tickets VALUES (?1, 3, ?2, 'Ink', 'Out of ink.', 'low', 'closed', 'IT', NULL, 0, NULL, NULL,
        '2026-03-02T09:30:00Z', '2026-03-02T09:30:00Z', NULL, NULL)";
    first.execute(insert, (id, sender.uuid().into_bytes())).unwrap();
    let insert =
        "INSERT INTO messages VALUES (?1, ?2, 1, ?3, 'agent', 'Hello', 1, 'none', '2026-03-02T09:30:00Z', NULL)";
    first.execute(insert, (message.uuid().into_bytes(), id, sender.uuid().into_bytes())).unwrap();
    first.pragma_update(None, "user_version", 1).unwrap();
    drop(first);
    let store = open(&path);
    assert_eq!(store.ticket(ticket).await.unwrap().unwrap().version, 3);
    let kept = store.message(ticket, message).await.unwrap().unwrap();
    assert_eq!((kept.seq, kept.sender_role), (1, SenderRole::Agent));
    let marked = store.set_feedback(ticket, message, Feedback::Helpful, samples::now()).await.unwrap().unwrap();
    assert_eq!(marked.feedback, Feedback::Helpful);
    store.mark_read(ticket, sender, 1).await.unwrap();
    assert_eq!(store.last_read(ticket, sender).await.unwrap(), 1);
}
