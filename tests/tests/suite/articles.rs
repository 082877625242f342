//! The knowledge base.

mod import;

use contracts::{
    Event,
    query::{ArticleScope, ListArticles},
};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Desk};

fn text(title: &str, audience: &str) -> Value {
    json!({"title": title, "body": "1. Open *it*.\n2. Close it.", "audience": audience, "tags": ["vpn", "home"]})
}

async fn make(admin: &Client, title: &str, audience: &str) -> String {
    let made = admin.post("/articles", &text(title, audience)).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn change(admin: &Client, id: &str, version: u64, title: &str) -> Answer {
    let mut body = text(title, "everyone");
    body["version"] = version.into();
    let answer = admin.request(Method::PUT, &format!("/articles/{id}")).json(&body).send().await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    Answer { status, headers, text: answer.text().await.unwrap() }
}

async fn titles(person: &Client) -> Vec<String> {
    let list = person.get("/articles?limit=100").await.expect(200);
    let mut titles: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect();
    titles.sort_unstable();
    titles
}

#[tokio::test]
async fn an_article_is_made_shown_changed_and_withdrawn_and_each_step_is_told() {
    let desk = Desk::start().await;
    let (admin, user, agent) = (desk.login("admin").await, desk.login("user1").await, desk.login("it-agent").await);
    let answer = admin.post("/articles", &text("Connect", "everyone")).await;
    let made = answer.expect(201);
    let address = answer.headers["location"].to_str().unwrap();
    assert_eq!(address, format!("/articles/{}", made["id"].as_str().unwrap()));
    assert_eq!((&made["version"], &made["published"]), (&json!(1), &json!(false)));
    assert_eq!(agent.get(address).await.expect(200), made);
    user.get(address).await.expect_problem(404, "ARTICLE_NOT_FOUND");

    let shown = admin.call(Method::POST, &format!("{address}/publish")).await.expect(200);
    assert_eq!((&shown["version"], &shown["published"]), (&json!(2), &json!(true)));
    assert_eq!(user.get(address).await.expect(200), shown);
    let again = admin.call(Method::POST, &format!("{address}/publish")).await.expect(200);
    assert_eq!(again, shown, "what is so already changes nothing");

    let id = made["id"].as_str().unwrap();
    let changed = change(&admin, id, 2, "Connect at home").await.expect(200);
    assert_eq!((&changed["version"], &changed["published"]), (&json!(3), &json!(true)));
    let late = change(&admin, id, 2, "Too late").await.expect_problem(409, "ARTICLE_VERSION_CONFLICT");
    assert_eq!(late["article_version"], 3);
    let hidden = admin.call(Method::POST, &format!("{address}/withdraw")).await.expect(200);
    assert_eq!((&hidden["version"], &hidden["title"]), (&json!(4), &json!("Connect at home")));
    user.get(address).await.expect_problem(404, "ARTICLE_NOT_FOUND");
    assert_eq!((titles(&user).await, titles(&agent).await), (vec![], vec!["Connect at home".to_owned()]));

    desk.drained().await;
    let told: Vec<_> = desk
        .stored_on("*.article.*.*")
        .await
        .into_iter()
        .filter_map(|stored| match stored.envelope.event {
            Event::ArticlePublished(told) => Some((true, told.article.version)),
            Event::ArticleWithdrawn(told) => Some((false, told.article.version)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(false, 1), (true, 2), (true, 3), (false, 4)]);
}

#[tokio::test]
async fn who_is_no_admin_changes_nothing_and_sees_what_is_for_them() {
    let desk = Desk::start().await;
    let admin = desk.login("admin").await;
    for audience in ["everyone", "agents", "it", "hr"] {
        let id = make(&admin, audience, audience).await;
        admin.call(Method::POST, &format!("/articles/{id}/publish")).await.expect(200);
    }
    let hidden = make(&admin, "hidden", "everyone").await;
    for (name, sees) in [
        ("user1", &["everyone"][..]),
        ("it-agent", &["agents", "everyone", "hidden", "it"]),
        ("hr-agent", &["agents", "everyone", "hidden", "hr"]),
        ("admin", &["agents", "everyone", "hidden", "hr", "it"]),
    ] {
        let person = desk.login(name).await;
        assert_eq!(titles(&person).await, sees, "{name}");
        if name == "admin" {
            continue;
        }
        for path in ["/articles".to_owned(), format!("/articles/{hidden}/publish"), "/articles/x/withdraw".to_owned()] {
            person.post(&path, &json!({"title": 1})).await.expect_problem(403, "FORBIDDEN");
        }
        change(&person, &hidden, 1, "Mine").await.expect_problem(403, "FORBIDDEN");
    }
    assert_eq!(admin.get(&format!("/articles/{hidden}")).await.expect(200)["version"], 1);

    // Page by page, each once.
    let (mut path, mut found) = ("/articles?limit=2".to_owned(), Vec::new());
    loop {
        let page = admin.get(&path).await.expect(200);
        found.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(after) = page["next_after"].as_str() else { break };
        path = format!("/articles?limit=2&after={after}");
    }
    assert_eq!((found.len(), found.is_sorted()), (5, true));
    for (query, field) in [("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("after=x", "after")] {
        let answer = admin.get(&format!("/articles?{query}")).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [field]);
    }
    // What makes an index anew takes what is published, whoever may see it.
    let query = ListArticles { scope: ArticleScope::Published, after: None, limit: 100 };
    assert_eq!(desk.store().await.articles(&query).await.unwrap().items.len(), 4);
}

#[tokio::test]
async fn what_is_wrong_is_named_and_changes_nothing() {
    let desk = Desk::start().await;
    let admin = desk.login("admin").await;
    let tags: Vec<String> = (0..21).map(|nth| format!("tag {nth}")).collect();
    for (field, value, named) in [
        ("title", json!(" "), "title"),
        ("title", json!("x".repeat(201)), "title"),
        ("title", json!("a\nb"), "title"),
        ("body", json!(""), "body"),
        ("body", json!("x".repeat(12_001)), "body"),
        ("body", json!("a\u{0}b"), "body"),
        ("audience", json!("nobody"), "audience"),
        ("tags", json!(tags), "tags"),
        ("tags", json!(["a", ""]), "tags[1]"),
        ("tags", json!(["a", "a"]), "tags[1]"),
        ("published", json!(true), "published"),
    ] {
        let mut body = text("Fine", "everyone");
        body[field] = value;
        let answer = admin.post("/articles", &body).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [named], "{}", answer.text);
    }
    assert_eq!(titles(&admin).await, [""; 0]);
    let id = make(&admin, "Fine", "everyone").await;
    let answer = change(&admin, &id, 0, "Fine").await;
    assert_eq!((answer.status.as_u16(), answer.wrong_fields()), (422, vec!["version".to_owned()]));
    // The greatest that is taken, however it is escaped.
    let body = format!("{:?}", "🔑".repeat(12_000)).replace('🔑', "\\ud83d\\udd11");
    let body = format!(r#"{{"title": "Long", "audience": "it", "body": {body}}}"#);
    let long = admin.post_raw("/articles", &[("content-type", "application/json")], body).await.expect(201);
    assert_eq!(long["body"].as_str().unwrap().chars().count(), 12_000);
    let absent = contracts::ArticleId::new().to_string();
    change(&admin, &absent, 1, "Nothing").await.expect_problem(404, "ARTICLE_NOT_FOUND");
    admin.call(Method::POST, &format!("/articles/{absent}/publish")).await.expect_problem(404, "ARTICLE_NOT_FOUND");
}

#[tokio::test]
async fn a_key_stands_for_one_article_and_of_two_editors_one_wins() {
    let desk = Desk::start().await;
    let admin = desk.login("admin").await;
    let keyed = |key: &'static str, title: &'static str| {
        let (admin, body) = (admin.clone(), text(title, "agents").to_string());
        async move {
            let headers = [("content-type", "application/json"), ("idempotency-key", key)];
            admin.post_raw("/articles", &headers, body).await
        }
    };
    let made = join_all((0..5).map(|_| keyed("one", "First"))).await;
    let made: Vec<_> = made.iter().map(|answer| answer.expect(201)).collect();
    assert!(made.iter().all(|article| *article == made[0]));
    keyed("one", "Second").await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(titles(&admin).await, ["First"]);
    let id = made[0]["id"].as_str().unwrap();
    let edits = join_all(["A", "B", "C", "D"].map(|title| change(&admin, id, 1, title))).await;
    let won: Vec<_> = edits.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1);
    edits.iter().filter(|answer| answer.status != 200).for_each(|answer| {
        answer.expect_problem(409, "ARTICLE_VERSION_CONFLICT");
    });
    assert_eq!(admin.get(&format!("/articles/{id}")).await.expect(200), won[0].json());
    assert_eq!(keyed("one", "First").await.expect(201), made[0], "as it was answered first");
}
