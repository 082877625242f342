//! One part is killed while a ticket stands at a step.

use std::collections::BTreeSet;

use contracts::{Kind, consumer::Pool};
use tests::{Client, Desk, Part, eventually};

use super::{HARMFUL, HARMLESS, desk, in_hand, reached, revive, tally, ticket};

const VICTIMS: [Part; 3] = [Part::Workers(0), Part::Ingress(0), Part::Nats(0)];

/// Raises a harmless and a harmful ticket, which are answered before they are saved.
async fn raise_both(user: &Client) -> [String; 2] {
    let mut ids = [HARMLESS, HARMFUL].map(|text| (text, String::new()));
    for (text, id) in &mut ids {
        let answer = user.raise(text.0, text.1).await.expect(202);
        answer["ticket_id"].as_str().unwrap().clone_into(id);
    }
    ids.map(|(_, id)| id)
}

async fn all_is_well(desk: &Desk, answered: &BTreeSet<String>) {
    let tally = tally(desk, answered).await;
    assert!(tally.lost.is_empty() && tally.wrong.is_empty(), "{tally:?}");
    assert_eq!((tally.answered, tally.accepted), (answered.len(), answered.len()), "{tally:?}");
    assert_eq!(tally.flagged, answered.len() / 2, "{tally:?}");
}

/// With only these pools, tickets stop at a step; there each part is killed in turn.
async fn killed_at(pools: &[Pool], harmless: Kind, harmful: Kind) {
    let mut desk = desk().start().await;
    let user = desk.login("user1").await;
    let mut answered = BTreeSet::new();
    for victim in VICTIMS {
        desk.kill(Part::Workers(0));
        if !pools.is_empty() {
            let names = pools.iter().map(|pool| format!("\"{pool}\"")).collect::<Vec<_>>().join(",");
            desk.set_for(Part::Workers(0), "workers.pools", format!("[{names}]"));
            desk.restart(Part::Workers(0)).await;
        }
        let ids = raise_both(&user).await;
        reached(&desk, harmless, &ids[0]).await;
        reached(&desk, harmful, &ids[1]).await;
        answered.extend(ids);
        desk.kill(victim);
        revive(&mut desk, victim).await;
    }
    all_is_well(&desk, &answered).await;
}

#[tokio::test]
async fn after_created() {
    killed_at(&[], Kind::TicketCreated, Kind::TicketCreated).await;
}

#[tokio::test]
async fn after_admitted() {
    killed_at(&[Pool::Ratelimit], Kind::TicketAdmitted, Kind::TicketAdmitted).await;
}

#[tokio::test]
async fn after_cleared_or_flagged() {
    killed_at(&[Pool::Ratelimit, Pool::Moderation], Kind::TicketCleared, Kind::TicketFlagged).await;
}

#[tokio::test]
async fn after_routed() {
    let pools = [Pool::Ratelimit, Pool::Moderation, Pool::Routing];
    killed_at(&pools, Kind::TicketRouted, Kind::TicketFlagged).await;
}

#[tokio::test]
async fn after_saved() {
    let mut desk = desk().start().await;
    let user = desk.login("user1").await;
    let mut answered = BTreeSet::new();
    for victim in VICTIMS {
        desk.kill(Part::Workers(0));
        let pools = r#"["ratelimit","moderation","routing","persistence"]"#;
        desk.set_for(Part::Workers(0), "workers.pools", pools);
        desk.restart(Part::Workers(0)).await;
        for text in [HARMLESS, HARMFUL] {
            let answer = user.raise(text.0, text.1).await.json();
            let id = answer["id"].as_str().or(answer["ticket_id"].as_str()).unwrap().to_owned();
            reached(&desk, Kind::TicketSaved, &id).await;
            answered.insert(id);
        }
        desk.kill(victim);
        revive(&mut desk, victim).await;
    }
    all_is_well(&desk, &answered).await;
}

/// Nothing is at the broker yet; whoever asked was told so, and asks again with the same key.
#[tokio::test]
async fn before_created() {
    let mut desk = desk().start().await;
    let user = desk.login("user1").await;
    let mut answered = BTreeSet::new();
    for victim in VICTIMS {
        for text in [HARMLESS, HARMFUL] {
            let key = uuid::Uuid::new_v4().to_string();
            let raise = || {
                let request = user.request(reqwest::Method::POST, "/tickets").header("idempotency-key", &key);
                request.json(&ticket(text)).send()
            };
            desk.kill(Part::Nats(0));
            let refused = raise().await.unwrap();
            assert_eq!(refused.status(), 503, "nothing is on disk");
            if victim != Part::Nats(0) {
                desk.kill(victim);
            }
            desk.restart(Part::Nats(0)).await;
            if victim != Part::Nats(0) {
                desk.restart(victim).await;
            }
            let id = eventually("the ticket is accepted", || async {
                let answer = raise().await.ok().filter(|answer| answer.status().is_success())?;
                let answer: serde_json::Value = answer.json().await.ok()?;
                answer["id"].as_str().or(answer["ticket_id"].as_str()).map(str::to_owned)
            })
            .await;
            answered.insert(id);
        }
    }
    desk.ready().await;
    all_is_well(&desk, &answered).await;
}

/// The tickets are in the store, and `ticket.saved` is not in the stream: the store is away until the events are with
/// the pool, and then the broker is gone when they are written.
#[tokio::test]
async fn after_the_row_before_saved() {
    let mut desk = desk().start().await;
    let user = desk.login("user1").await;
    let mut answered = BTreeSet::new();
    let store = desk.store().await;
    for victim in VICTIMS {
        let away = desk.take_store_away();
        let ids = raise_both(&user).await;
        reached(&desk, Kind::TicketRouted, &ids[0]).await;
        reached(&desk, Kind::TicketFlagged, &ids[1]).await;
        in_hand(&desk, |count| count >= 2).await;
        desk.kill(Part::Nats(0));
        drop(away);
        for id in &ids {
            let id = id.parse().unwrap();
            eventually("the ticket is written", || async { store.ticket(id).await.unwrap().map(drop) }).await;
        }
        answered.extend(ids);
        if victim != Part::Nats(0) {
            desk.kill(victim);
        }
        desk.restart(Part::Nats(0)).await;
        if victim != Part::Nats(0) {
            desk.restart(victim).await;
        }
        desk.ready().await;
    }
    assert!(desk.stored_events(Kind::TicketSaved).await.len() <= answered.len());
    all_is_well(&desk, &answered).await;
}
