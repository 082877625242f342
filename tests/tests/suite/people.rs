//! Who there is, and who is shown whom.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, Desk};

const ABSENT: &str = "0197a000-0000-7000-8000-000000000000";

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|one| one["username"].as_str().unwrap()).collect()
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names
}

#[tokio::test]
async fn names_are_shown_to_those_who_work_with_them() {
    let desk = Desk::start().await;
    let (user, other) = (desk.login("user1").await, desk.login("user2").await);
    let (agent, admin) = (desk.login("it-agent").await, desk.login("admin").await);
    let everybody = [&user, &other, &agent, &admin].map(Client::id);
    let path = format!("/people?ids={},{ABSENT}", everybody.join(","));
    for viewer in [&agent, &admin] {
        let shown = viewer.get(&path).await.expect(200);
        assert_eq!(sorted(names(&shown)), ["admin", "it-agent", "user1", "user2"]);
    }
    let shown = user.get(&path).await.expect(200);
    assert_eq!(sorted(names(&shown)), ["admin", "it-agent", "user1"]);
    let found = shown["items"].as_array().unwrap().iter().find(|one| one["username"] == "it-agent").unwrap();
    assert_eq!(*found, json!({"id": agent.id(), "username": "it-agent", "role": "agent", "department": "IT"}));

    let hundred = vec![ABSENT; 100].join(",");
    assert_eq!(user.get(&format!("/people?ids={hundred}")).await.expect(200), json!({"items": []}));
    for ids in
        ["?ids=", "?ids=1", &format!("?ids={ABSENT},"), &format!("?ids={hundred},{ABSENT}"), "", "?ids=1&role=user"]
    {
        let answer = user.get(&format!("/people{ids}")).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn admins_page_through_all_accounts_and_staff_sees_the_agents() {
    let desk = Desk::start().await;
    let (admin, agent, user) = (desk.login("admin").await, desk.login("it-agent").await, desk.login("user1").await);
    let made = json!({"username": "Zoë", "password": tests::PASSWORD, "role": "agent", "department": "HR"});
    let zoe = admin.post("/users", &made).await.expect(201);
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/users?limit=2{after}")).await.expect(200);
        seen.extend(names(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next_after"].as_str() else { break };
        after = format!("&after={}", next.replace('ë', "%C3%AB"));
    }
    assert_eq!(seen, ["admin", "hr-agent", "it-agent", "user1", "user2", "Zoë"]);
    let whole = admin.get("/users?limit=100").await.expect(200);
    assert_eq!(whole["items"][5], zoe);
    assert_eq!(whole["next_after"], Value::Null);
    assert!(!whole.to_string().contains("argon2"));
    assert_eq!(names(&admin.get("/users?role=user").await.expect(200)), ["user1", "user2"]);

    let path = format!("/users/{}", zoe["id"].as_str().unwrap());
    let agents = agent.get("/agents").await.expect(200);
    assert_eq!(names(&agents), ["hr-agent", "it-agent", "Zoë"]);
    assert!(agents["items"][0].get("disabled").is_none());
    let disabled = admin.request(Method::PATCH, &path).json(&json!({"disabled": true})).send().await.unwrap();
    assert_eq!(disabled.status(), 200);
    assert_eq!(names(&admin.get("/agents").await.expect(200)), ["hr-agent", "it-agent"]);
    assert!(admin.get("/users?role=agent").await.expect(200).to_string().contains("Zoë"));

    user.get("/agents").await.expect_problem(403, "FORBIDDEN");
    for viewer in [&user, &agent] {
        // The right is looked at first.
        viewer.get("/users?limit=0").await.expect_problem(403, "FORBIDDEN");
    }
    for (parameters, field) in
        [("limit=0", "limit"), ("limit=101", "limit"), ("limit=x", "limit"), ("role=root", "role")]
    {
        let answer = admin.get(&format!("/users?{parameters}")).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [field]);
    }
    admin.get("/users?page=1").await.expect_problem(422, "VALIDATION_FAILED");
}
