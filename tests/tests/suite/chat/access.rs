//! When the right to be in a room ends, so does the connection.

use contracts::Kind;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Desk, PASSWORD, Part, eventually};

use super::Room;

async fn change_user(admin: &Client, id: &str, body: &Value) -> Answer {
    let response = admin.request(Method::PATCH, &format!("/users/{id}")).json(body).send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

/// Waits until a token is refused at every process, calls and chats alike.
async fn refused_everywhere(room: &Room, client: &Client) {
    for url in [room.desk.url(0), room.desk.url(1)] {
        let client = client.at(&url);
        eventually("the token is refused", || async { (client.get("/auth/me").await.status == 401).then_some(()) })
            .await;
        client.get(&room.path("")).await.expect_problem(401, "UNAUTHENTICATED");
        let answer = client.knock(&room.ticket).open().await.err().expect("it is refused");
        answer.expect_problem(401, "UNAUTHENTICATED");
        room.post(&client, &json!({"content": "Hello"})).await.expect_problem(401, "UNAUTHENTICATED");
        client.call(Method::POST, "/auth/ws-ticket").await.expect_problem(401, "UNAUTHENTICATED");
    }
}

async fn start() -> Room {
    Room::of(Desk::builder().ingress(2)).await
}

#[tokio::test]
async fn a_logout_closes_the_chats_of_that_login_everywhere() {
    let room = start().await;
    let other_login = room.desk.login("user1").await;
    let (near, far) = (room.user.clone(), room.user.at(&room.desk.url(1)));
    let mut chats = [near.enter(&room.ticket).await, far.enter(&room.ticket).await, near.enter(&room.ticket).await];
    let mut others =
        [other_login.enter(&room.ticket).await, room.agent.at(&room.desk.url(1)).enter(&room.ticket).await];
    room.user.call(Method::POST, "/auth/logout").await.expect(204);
    for chat in &mut chats {
        assert_eq!(chat.closed().await, Some(1008));
    }
    refused_everywhere(&room, &room.user).await;
    room.post(&other_login, &json!({"content": "The other login goes on"})).await.expect(201);
    for chat in &mut others {
        assert_eq!(chat.next("chat").await["content"], "The other login goes on");
        assert_eq!(chat.say_as("still", "Here").await["type"], "ack");
    }
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_for_as_long_as_it_is_disabled() {
    let mut room = start().await;
    let admin = room.desk.login("admin").await;
    let user = room.desk.new_user().await;
    let login = json!({"username": user.user["username"], "password": PASSWORD});
    let ticket = super::raise(&user).await;
    room.ticket.clone_from(&ticket);
    let refresh = room.desk.anonymous().post("/auth/login", &login).await;
    let second_login = user.with_token(refresh.json()["access_token"].as_str().unwrap());
    let mut chats = [user.enter(&ticket).await, second_login.at(&room.desk.url(1)).enter(&ticket).await];
    let mut agent = room.agent.enter(&ticket).await;

    // It is for admins, and for nobody else.
    for client in [&user, &room.agent] {
        change_user(client, user.id(), &json!({"disabled": true})).await.expect_problem(403, "FORBIDDEN");
    }
    for (body, field) in
        [(json!({"disabled": "yes"}), "disabled"), (json!({"disabled": true, "role": "admin"}), "role")]
    {
        let answer = change_user(&admin, user.id(), &body).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [field]);
    }
    change_user(&admin, super::ABSENT, &json!({"disabled": true})).await.expect_problem(404, "USER_NOT_FOUND");
    user.get("/auth/me").await.expect(200);

    let disabled = change_user(&admin, user.id(), &json!({"disabled": true})).await.expect(200);
    assert_eq!((&disabled["id"], &disabled["disabled"]), (&json!(user.id()), &json!(true)));
    for chat in &mut chats {
        assert_eq!(chat.closed().await, Some(1008));
    }
    for client in [&user, &second_login] {
        refused_everywhere(&room, client).await;
    }
    room.desk.anonymous().post("/auth/login", &login).await.expect_problem(401, "INVALID_CREDENTIALS");
    user.refresh(&refresh.refresh_token()).await.expect_problem(401, "INVALID_REFRESH_TOKEN");
    agent.say_as("still", "Here").await;

    // A process that starts later knows it as well.
    room.desk.kill(Part::Ingress(1));
    room.desk.restart(Part::Ingress(1)).await;
    room.desk.ready().await;
    refused_everywhere(&room, &user).await;
    let enabled = change_user(&admin, user.id(), &json!({"disabled": false})).await.expect(200);
    assert_eq!(enabled["disabled"], false);
    // The old logins stay over; a new one is good.
    refused_everywhere(&room, &user).await;
    let back = room.desk.anonymous().login(user.user["username"].as_str().unwrap(), PASSWORD).await;
    for url in [room.desk.url(0), room.desk.url(1)] {
        back.at(&url).enter(&ticket).await.leave().await;
    }
    assert_eq!(room.desk.stored_about(Kind::AuditAccountChanged, user.id()).await.len(), 2);
}

#[tokio::test]
async fn a_changed_password_ends_every_login_from_before() {
    let mut room = start().await;
    let user = room.desk.new_user().await;
    let username = user.user["username"].as_str().unwrap();
    let ticket = super::raise(&user).await;
    room.ticket.clone_from(&ticket);
    let second_login = room.desk.anonymous().login(username, PASSWORD).await;
    let refresh = room.desk.anonymous().post("/auth/login", &json!({"username": username, "password": PASSWORD})).await;
    let refresh = refresh.refresh_token();
    let mut chats = [user.enter(&ticket).await, second_login.at(&room.desk.url(1)).enter(&ticket).await];
    let new = "another password, long enough";
    let change = |current: &str, new: &str| json!({"current_password": current, "new_password": new});

    for (body, field) in [
        (change(PASSWORD, "short"), "new_password"),
        (change(PASSWORD, &"x".repeat(257)), "new_password"),
        (json!({"current_password": PASSWORD}), "new_password"),
        (json!({"new_password": new}), "current_password"),
        (change(PASSWORD, PASSWORD), "new_password"),
        (json!({"current_password": PASSWORD, "new_password": new, "user_id": room.agent.id()}), "user_id"),
    ] {
        let answer = user.post("/auth/password", &body).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [field]);
    }
    let wrong = user.post("/auth/password", &change("not the password", new)).await;
    wrong.expect_problem(403, "INVALID_CREDENTIALS");
    room.desk.anonymous().post("/auth/password", &change(PASSWORD, new)).await.expect_problem(401, "UNAUTHENTICATED");
    user.get("/auth/me").await.expect(200);

    let changed = user.post("/auth/password", &change(PASSWORD, new)).await.expect(200);
    for chat in &mut chats {
        assert_eq!(chat.closed().await, Some(1008));
    }
    refused_everywhere(&room, &second_login).await;
    refused_everywhere(&room, &user).await;
    user.refresh(&refresh).await.expect_problem(401, "INVALID_REFRESH_TOKEN");
    let old = json!({"username": username, "password": PASSWORD});
    room.desk.anonymous().post("/auth/login", &old).await.expect_problem(401, "INVALID_CREDENTIALS");
    // The answer is a login as good as a new one.
    let successor = user.with_token(changed["access_token"].as_str().unwrap());
    for login in [successor, room.desk.anonymous().login(username, new).await] {
        for url in [room.desk.url(0), room.desk.url(1)] {
            login.at(&url).enter(&ticket).await.leave().await;
        }
    }
    for text in [new, "not the password"] {
        assert!(!room.desk.logs().contains(text), "a password is in a log");
    }
}
