//! The workers that answer questions are away.

use contracts::consumer::Pool;
use serde_json::json;
use tests::{Desk, Part};

use super::{ask, publish_both};

#[tokio::test]
async fn without_the_bot_the_desk_says_so_and_takes_tickets() {
    let mut desk = Desk::builder().start().await;
    publish_both(&desk.login("admin").await).await;
    let user = desk.login("user1").await;
    let session = ask(&user, "How do I connect to the VPN?").await.expect(200)["session_id"].clone();
    let others: Vec<_> = Pool::ALL.iter().filter(|pool| **pool != Pool::Rag).map(|pool| pool.as_str()).collect();
    desk.set_for(Part::Workers(0), "workers.pools", format!("{others:?}"));
    desk.stop(Part::Workers(0)).await;
    desk.restart(Part::Workers(0)).await;
    desk.ready().await;
    let ready = user.get("/health/ready").await.expect(200);
    assert_eq!((&ready["ready"], &ready["bot"]), (&json!(true), &json!(false)));
    let refused = ask(&user, "How do I connect to the VPN?").await;
    refused.expect_problem(503, "AI_UNAVAILABLE");
    assert!(refused.headers.contains_key("retry-after"));
    user.get("/ai/suggest?q=vpn").await.expect_problem(503, "AI_UNAVAILABLE");
    // What was said is remembered all the same.
    let judged = json!({"session_id": session, "turn": 1, "helpful": true});
    user.post("/ai/feedback", &judged).await.expect(204);
    let ticket = json!({"title": "VPN", "description": "Help.", "urgency": "low", "session_id": session});
    user.post("/tickets", &ticket).await.expect(201);

    desk.set_for(Part::Workers(0), "workers.pools", "[]");
    desk.stop(Part::Workers(0)).await;
    desk.restart(Part::Workers(0)).await;
    tests::eventually("the bot is back", || async {
        (user.get("/health/ready").await.json()["bot"] == true).then_some(())
    })
    .await;
    ask(&user, "How do I connect to the VPN?").await.expect(200);
}
