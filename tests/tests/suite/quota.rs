//! Five tickets in any 24 hours, however they come.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use serde_json::json;
use tests::{Answer, Client, Desk, eventually};

/// Raises `count` tickets at once, in turn at each of `urls`.
async fn raise_at_once(user: &Client, urls: &[String], count: usize) -> Vec<Answer> {
    let places: Vec<Client> = urls.iter().map(|url| user.at(url)).collect();
    let raised = (0..count).map(|number| {
        let place = &places[number % places.len()];
        async move { place.raise(&format!("Broken screen {number}"), "It flickers.").await }
    });
    join_all(raised).await
}

fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    answers.iter().fold(BTreeMap::new(), |mut statuses, answer| {
        *statuses.entry(answer.status.as_u16()).or_default() += 1;
        statuses
    })
}

fn check_rejection(answer: &Answer, limit: u32, window_seconds: u64) {
    let problem = answer.expect_problem(429, "RATE_LIMIT_EXCEEDED");
    assert_eq!((&problem["limit"], &problem["window_seconds"]), (&json!(limit), &json!(window_seconds)));
    let retry_at: DateTime<Utc> = problem["retry_at"].as_str().unwrap().parse().unwrap();
    let wait: i64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    let window = i64::try_from(window_seconds).unwrap();
    assert!((1..=window + 1).contains(&wait), "{wait}");
    // Whoever waits as long as they are told finds the slot free.
    assert!(Utc::now() + chrono::TimeDelta::seconds(wait) >= retry_at);
}

#[tokio::test]
async fn of_fifty_requests_at_once_five_become_tickets() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let answers = raise_at_once(&user, &[desk.url(0)], 50).await;
    assert_eq!(statuses(&answers), BTreeMap::from([(201, 5), (429, 45)]));
    answers.iter().filter(|answer| answer.status == 429).for_each(|answer| check_rejection(answer, 5, 86_400));
    assert_eq!(user.get("/tickets").await.expect(200)["total"], 5);
    let quota = user.get("/quota").await.expect(200);
    assert_eq!((&quota["limit"], &quota["used"]), (&json!(5), &json!(5)));
    assert!(quota["next_slot_at"].is_string());
    // The limit is each person's own.
    desk.login("user2").await.raise("Broken screen", "It flickers.").await.expect(201);
}

#[tokio::test]
async fn two_processes_of_each_kind_count_together() {
    let desk = Desk::builder().ingress(2).workers(2).start().await;
    let (user, other) = (desk.login("user1").await, desk.login("user2").await);
    let urls = [desk.url(0), desk.url(1)];
    let (first, second) = tokio::join!(raise_at_once(&user, &urls, 50), raise_at_once(&other, &urls, 5));
    assert_eq!(statuses(&first), BTreeMap::from([(201, 5), (429, 45)]));
    assert_eq!(statuses(&second), BTreeMap::from([(201, 5)]));
    for url in &urls {
        check_rejection(&other.at(url).raise("Sixth", "One too many.").await, 5, 86_400);
        assert_eq!(user.at(url).get("/tickets").await.expect(200)["total"], 5);
    }
}

#[tokio::test]
async fn a_rejected_request_takes_no_slot() {
    let desk = Desk::builder().set("ratelimit.limit", 1).set("ratelimit.window_seconds", 3).start().await;
    let user = desk.new_user().await;
    user.raise("Broken screen", "It flickers.").await.expect(201);
    // Asked again and again, the slot would never be free if a rejection took it.
    let mut rejected = 0;
    loop {
        let answer = user.raise("Broken screen", "It still flickers.").await;
        if answer.status == 201 {
            break;
        }
        check_rejection(&answer, 1, 3);
        rejected += 1;
    }
    assert!(rejected > 0);
    assert_eq!(user.get("/tickets").await.expect(200)["total"], 2);
    eventually("the slot is free again", || async {
        (user.get("/quota").await.expect(200)["used"] == 0).then_some(())
    })
    .await;
}
