//! Two worker processes.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use tests::{Desk, DeskBuilder, Part, eventually};

/// Longer than a request takes that one process hands to another, shorter than a redelivery after a crash.
const WAIT_SECONDS: u32 = 20;
const TICKETS: usize = 200;

fn desk() -> DeskBuilder {
    let desk = Desk::builder().workers(2).set("ratelimit.limit", 10_000).set("ingress.wait_seconds", WAIT_SECONDS);
    desk.set("log.filter", "info,workers=debug")
}

/// How many events each pool of a process has finished, by its log.
fn handled(desk: &Desk, worker: usize) -> BTreeMap<String, usize> {
    let log = desk.process(Part::Workers(worker)).output();
    let pools = log.lines().filter(|line| line.contains(" done")).filter_map(|line| {
        let (_, rest) = line.split_once("pool=")?;
        Some(rest.split(' ').next()?.to_owned())
    });
    pools.fold(BTreeMap::new(), |mut counts, pool| {
        *counts.entry(pool).or_default() += 1;
        counts
    })
}

#[tokio::test]
async fn two_processes_share_the_load() {
    let desk = desk().start().await;
    let user = desk.login("user1").await;
    let raised = stream::iter(0..TICKETS).map(|_| user.raise("A screen", "It flickers all day.")).buffer_unordered(32);
    raised.for_each(|answer| async move { drop(answer.expect(201)) }).await;
    desk.drained().await;
    let shares = [handled(&desk, 0), handled(&desk, 1)];
    for pool in ["ratelimit", "moderation", "routing", "persistence", "webhooks"] {
        let counts = shares.each_ref().map(|share| share.get(pool).copied().unwrap_or(0));
        assert!(counts.iter().all(|count| *count > 0), "{pool} is not shared: {shares:?}");
        // Persistence has other events beside.
        let exact = pool == "persistence" || counts.iter().sum::<usize>() == TICKETS;
        assert!(exact, "{pool}: {shares:?}");
    }
    assert_eq!(user.get("/tickets").await.expect(200)["total"], TICKETS);
}

#[tokio::test]
async fn a_process_that_is_told_to_stop_finishes_what_it_began() {
    let mut desk = desk().start().await;
    let user = desk.login("user1").await;
    for leaving in [Part::Workers(0), Part::Workers(1)] {
        let raised = (0..TICKETS).map(|_| user.raise("A screen", "It flickers all day."));
        let mut raised = stream::iter(raised).buffer_unordered(32);
        for _ in 0..TICKETS / 4 {
            raised.next().await.unwrap().expect(201);
        }
        desk.process(leaving).signal("TERM");
        while let Some(answer) = raised.next().await {
            // An event that waited for its redelivery would have been answered with 202.
            answer.expect(201);
        }
        drop(raised);
        assert_eq!(desk.ended(leaving).await, 0);
        desk.restart(leaving).await;
    }
    desk.drained().await;
    assert_eq!(user.get("/tickets").await.expect(200)["total"], 2 * TICKETS);
    assert!(desk.dead_letters().await.is_empty());
}

#[tokio::test]
async fn the_partitions_of_a_process_that_was_killed_go_to_the_other_at_once() {
    // A person would not wait until a pin times out.
    let mut desk = desk().set("ingress.wait_seconds", 8).start().await;
    let user = desk.login("user1").await;
    let heard = |desk: &Desk, worker: usize, what: &str| {
        desk.process(Part::Workers(worker)).output().matches(&format!("another process is {what}")).count()
    };
    for (killed, other) in [(0, 1), (1, 0)] {
        let met = heard(&desk, killed, "there");
        desk.kill(Part::Workers(killed));
        eventually("the other knows", || async { (heard(&desk, other, "gone") > 0).then_some(()) }).await;
        let raised = stream::iter(0..TICKETS).map(|_| user.raise("A screen", "It flickers.")).buffer_unordered(8);
        raised.for_each(|answer| async move { drop(answer.expect(201)) }).await;
        desk.restart(Part::Workers(killed)).await;
        eventually("they meet", || async { (heard(&desk, killed, "there") > met).then_some(()) }).await;
    }
    desk.drained().await;
    assert_eq!(user.get("/tickets").await.expect(200)["total"], 2 * TICKETS);
}
