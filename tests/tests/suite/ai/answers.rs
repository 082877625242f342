//! Answers in the words of the articles.

use reqwest::Method;
use serde_json::json;
use tests::{Desk, eventually};

use super::{ask, check, knows, publish, publish_both};

#[tokio::test]
async fn an_answer_is_quoted_and_what_is_not_known_is_said_so() {
    let desk = Desk::start().await;
    publish_both(&desk.login("admin").await).await;
    let user = desk.login("user1").await;
    let answer = ask(&user, "The VPN is blocked in my hotel. What can I do?").await.expect(200);
    check(&answer);
    assert_eq!((&answer["answered"], &answer["turn"]), (&json!(true), &json!(1)));
    let source = &answer["sources"][0];
    assert_eq!((&source["number"], &source["title"]), (&json!(1), &json!("Connect to the VPN")));
    assert!(source["quote"].as_str().unwrap().contains("hotspot"), "{answer}");
    assert!(source["score"].is_number() && source["heading"].is_string(), "{answer}");
    let text = answer["answer"].as_str().unwrap();
    assert!(text.contains("accept the welcome page") && text.contains("[1]"), "{answer}");

    let unknown = ask(&user, "What is the capital of Mongolia and how high is it above the sea?").await.expect(200);
    check(&unknown);
    assert_eq!((&unknown["answered"], &unknown["sources"]), (&json!(false), &json!([])));
    assert!(unknown["answer"].as_str().unwrap().contains("Raise a ticket"), "{unknown}");
    assert!(unknown["session_id"].is_string());
}

#[tokio::test]
async fn answers_come_from_what_the_asker_may_be_shown_and_from_nothing_that_is_withdrawn() {
    let desk = Desk::start().await;
    let (admin, user, agent, hr) = (
        desk.login("admin").await,
        desk.login("user1").await,
        desk.login("it-agent").await,
        desk.login("hr-agent").await,
    );
    let secret = "The spare key of the server room hangs behind the portrait of the founder.";
    let id = publish(&admin, "The server room", secret, "it").await;
    let question = "Where is the spare key of the server room?";
    for person in [&admin, &agent] {
        check(&knows(person, question, "The server room").await);
    }
    for person in [&user, &hr] {
        let answer = ask(person, question).await.expect(200);
        check(&answer);
        assert_eq!(answer["answered"], false);
        assert!(!answer.to_string().contains("founder"), "{answer}");
        let suggested = person.get("/ai/suggest?q=The%20server%20room").await.expect(200);
        assert_eq!(suggested, json!({"items": []}));
    }
    admin.call(Method::POST, &format!("/articles/{id}/withdraw")).await.expect(200);
    eventually("the bot forgets it", || async {
        let answer = ask(&admin, question).await.expect(200);
        (answer["answered"] == false).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_bad_question_is_refused_and_names_the_field() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let long = "\u{e9}".repeat(2_001);
    let absent = "0197a000-0000-7000-8000-000000000000";
    for (field, body) in [
        ("query", json!({})),
        ("query", json!({"query": ""})),
        ("query", json!({"query": " \u{200b}"})),
        ("query", json!({"query": "a\u{1b}b"})),
        ("query", json!({"query": long})),
        ("query", json!({"query": 7})),
        ("session_id", json!({"query": "Why?", "session_id": "x"})),
        ("model", json!({"query": "Why?", "model": "x"})),
        ("isAI", json!({"query": "Why?", "isAI": false})),
    ] {
        let answer = user.post("/ai/self-serve-query", &body).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [field], "{body}");
    }
    for (field, body) in [
        ("turn", json!({"session_id": absent, "helpful": true})),
        ("turn", json!({"session_id": absent, "turn": 0, "helpful": true})),
        ("turn", json!({"session_id": absent, "turn": -1, "helpful": true})),
        ("helpful", json!({"session_id": absent, "turn": 1, "helpful": "yes"})),
        ("session_id", json!({"turn": 1, "helpful": true})),
    ] {
        let answer = user.post("/ai/feedback", &body).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [field], "{body}");
    }
    for (field, query) in [
        ("q", String::new()),
        ("q", "q=".to_owned()),
        ("q", "q=a%0Ab".to_owned()),
        ("q", format!("q={}", "x".repeat(201))),
        ("limit", "q=vpn&limit=0".to_owned()),
        ("limit", "q=vpn&limit=11".to_owned()),
        ("limit", "q=vpn&limit=x".to_owned()),
        ("page", "q=vpn&page=1".to_owned()),
    ] {
        let answer = user.get(&format!("/ai/suggest?{query}")).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [field], "{query}");
    }
    ask(&user, &long[2..]).await.expect(200);
}
