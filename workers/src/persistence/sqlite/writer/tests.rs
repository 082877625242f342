use std::error::Error;

use futures::future::join_all;

use super::*;
use crate::persistence::sqlite::connection;

/// A writer on a file that may grow by this many pages.
fn writer(connection: Connection, pages: u32) -> Result<Writer, Box<dyn Error>> {
    connection.execute_batch("CREATE TABLE things (content BLOB)")?;
    let used: u32 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    connection.pragma_update_and_check(None, "max_page_count", used + pages, |_| Ok(()))?;
    Ok(Writer::start(connection)?)
}

async fn keep(writer: &Writer) -> Result<(), StoreError> {
    let insert = "INSERT INTO things VALUES (zeroblob(10000))";
    writer.run(move |db| Ok(db.execute(insert, []).map(|_| ())?)).await
}

#[tokio::test]
async fn on_a_full_disk_what_was_answered_is_there_and_the_rest_may_be_tried_again() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("desk.db");
    let writer = writer(connection::for_writing(&path)?, 30)?;
    let mut kept = 0;
    for _ in 0..5 {
        for result in join_all((0..20).map(|_| keep(&writer))).await {
            match result {
                Ok(()) => kept += 1,
                Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
            }
        }
    }
    writer.run(|db| Ok(db.execute("DELETE FROM things WHERE rowid <= 10", []).map(|_| ())?)).await?;
    keep(&writer).await?;
    drop(writer);
    let count: u32 = Connection::open(&path)?.query_one("SELECT count(*) FROM things", [], |row| row.get(0))?;
    assert!((20..100).contains(&kept), "{kept}");
    assert_eq!(count, kept - 10 + 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_follows_a_full_disk_in_the_group_is_not_written() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("desk.db");
    let writer = writer(connection::for_writing(&path)?, 10)?;
    let write = |sql| writer.run(move |db| Ok(db.execute(sql, []).map(|_| ())?));
    let (start, started) = oneshot::channel();
    let (go, gate) = std::sync::mpsc::channel();
    let before = writer.run(move |_| {
        start.send(()).ok();
        gate.recv().map_err(|_| ended())
    });
    let group = async {
        started.await?;
        let small = "INSERT INTO things VALUES ('small')";
        let large = "INSERT INTO things VALUES (zeroblob(1000000))";
        let (one, two, three, opened) = tokio::join!(write(small), write(large), write(small), async { go.send(()) });
        opened?;
        Ok::<_, Box<dyn Error>>([one, two, three])
    };
    let (before, group) = tokio::join!(before, group);
    before?;
    for result in group? {
        assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
    }
    drop(writer);
    let count: u32 = Connection::open(&path)?.query_one("SELECT count(*) FROM things", [], |row| row.get(0))?;
    assert_eq!(count, 0);
    Ok(())
}
