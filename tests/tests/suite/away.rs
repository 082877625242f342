//! The broker or the store is away, at the start or later: the desk says which and where, and goes on by itself.

use platform::config::StoreBackend;
use serde_json::{Value, json};
use tests::{Desk, Line, Part, eventually, free_port};

const BOTH: [Part; 2] = [Part::Workers(0), Part::Ingress(0)];

/// Waits until the last that a process said has all of these words.
async fn says(desk: &Desk, part: Part, words: &[&str]) {
    eventually(&format!("{part:?} says {words:?}"), || async {
        let output = desk.process(part).output();
        let last = output.lines().last()?;
        words.iter().all(|word| last.contains(word)).then_some(())
    })
    .await;
}

/// Waits until the desk says that it is not ready, and that of these parts.
async fn not_ready(desk: &Desk, parts: Value) {
    let anybody = desk.anonymous();
    eventually(&format!("the desk says {parts}"), || async {
        let answer = anybody.get("/health/ready").await;
        let said = answer.json();
        let fits = parts.as_object().unwrap().iter().all(|(part, there)| said[part] == *there);
        (answer.status == 503 && said["ready"] == false && fits).then_some(())
    })
    .await;
    assert_eq!(anybody.get("/health/live").await.status, 204, "it lives all the same");
}

/// Raises a ticket, and waits until it is in the store; then nothing was put aside.
async fn works(desk: &Desk) {
    let user = desk.new_user().await;
    let answer = user.raise("A screen", "It flickers.").await;
    saved(desk, &answer.json()).await;
}

async fn saved(desk: &Desk, answer: &Value) {
    let id = answer["id"].as_str().or(answer["ticket_id"].as_str()).unwrap();
    let admin = desk.login("admin").await;
    eventually("the ticket is saved", || async {
        (admin.get(&format!("/tickets/{id}")).await.json()["ticket"]["status"] == "assigned").then_some(())
    })
    .await;
    desk.drained().await;
    assert!(desk.dead_letters().await.is_empty());
}

#[tokio::test]
async fn a_broker_that_comes_later_is_waited_for() {
    let mut desk = Desk::builder().prepare().await;
    let address = desk.nats().url();
    desk.kill(Part::Nats(0));
    for part in BOTH {
        desk.restart(part).await;
    }
    for part in BOTH {
        says(&desk, part, &["the broker is away", &address]).await;
        assert_eq!(desk.process_mut(part).ended(), None, "{part:?} waits");
    }
    not_ready(&desk, json!({"broker": false, "store": false})).await;
    let refused = desk.anonymous().raise("A screen", "It flickers.").await;
    refused.expect_problem(503, "UNAVAILABLE");
    assert!(refused.headers.contains_key("retry-after"));
    desk.restart(Part::Nats(0)).await;
    desk.ready().await;
    works(&desk).await;
    // And a process that waits can be stopped.
    for part in BOTH {
        desk.set_for(part, "nats.url", format!("nats://127.0.0.1:{}", free_port()));
        desk.kill(part);
        desk.restart(part).await;
        says(&desk, part, &["the broker is away"]).await;
        assert_eq!(desk.stop(part).await, 0, "{part:?}");
    }
}

#[tokio::test]
async fn a_broker_that_goes_away_later_is_waited_for() {
    let mut desk = Desk::builder().set("ingress.wait_seconds", 1).prepare().await;
    let line = Line::to(&desk.nats().address());
    let address = format!("nats://{}", line.address());
    for part in BOTH {
        desk.set_for(part, "nats.url", &address);
        desk.restart(part).await;
    }
    desk.ready().await;
    let user = desk.login("user1").await;
    line.cut();
    for part in BOTH {
        eventually("the broker is missed", || async {
            let output = desk.process(part).output();
            output.lines().any(|line| line.contains("lost the broker") && line.contains(&address)).then_some(())
        })
        .await;
    }
    not_ready(&desk, json!({"broker": false, "store": false, "accounts": true})).await;
    user.raise("A screen", "It flickers.").await.expect_problem(503, "UNAVAILABLE");
    line.mend();
    desk.ready().await;
    works(&desk).await;
}

#[tokio::test]
async fn a_store_that_is_away_later_is_waited_for() {
    let desk = Desk::builder().set("ingress.wait_seconds", 1).start().await;
    let user = desk.login("user1").await;
    let away = desk.take_store_away();
    let answer = user.raise("A screen", "It flickers.").await.expect(202);
    eventually("the store is missed", || async {
        let output = desk.process(Part::Workers(0)).output();
        let missed = |line: &str| line.contains("the store is unavailable") && line.contains(&desk.store_address());
        output.lines().any(missed).then_some(())
    })
    .await;
    drop(away);
    desk.ready().await;
    saved(&desk, &answer).await;
}

/// A file that somebody else writes to can be read; a cluster that is away cannot, and the desk is not ready.
#[tokio::test]
async fn a_cluster_that_is_away_is_named_and_waited_for() {
    let Some(desk) = Desk::builder().only_on(StoreBackend::Scylla) else { return };
    let mut desk = desk.set("ingress.wait_seconds", 1).prepare().await;
    let address = desk.store_address();
    let away = desk.take_store_away();
    for part in BOTH {
        desk.restart(part).await;
    }
    eventually("the cluster is missed", || async {
        let output = desk.process(Part::Workers(0)).output();
        output.lines().any(|line| line.contains("waiting for the store") && line.contains(&address)).then_some(())
    })
    .await;
    not_ready(&desk, json!({"broker": true, "store": false, "accounts": false})).await;
    drop(away);
    desk.ready().await;
    works(&desk).await;

    let user = desk.login("user1").await;
    let away = desk.take_store_away();
    not_ready(&desk, json!({"broker": true, "store": false, "accounts": true})).await;
    let answer = user.raise("A screen", "It flickers.").await.expect(202);
    user.get("/tickets").await.expect_problem(503, "UNAVAILABLE");
    drop(away);
    desk.ready().await;
    saved(&desk, &answer).await;
}
