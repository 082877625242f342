//! Refresh tokens and the end of logins.

use contracts::{Event, Kind};
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use tests::{Answer, Client, Desk, PASSWORD, Part, eventually};

async fn log_in(client: &Client) -> Answer {
    client.post("/auth/login", &json!({"username": "user1", "password": PASSWORD})).await
}

fn access(client: &Client, answer: &Answer) -> Client {
    client.with_token(answer.expect(200)["access_token"].as_str().unwrap())
}

#[tokio::test]
async fn a_refresh_token_has_one_successor_and_its_reuse_ends_the_login_everywhere() {
    let desk = Desk::builder().ingress(2).start().await;
    let (near, far) = (desk.anonymous(), desk.anonymous().at(&desk.url(1)));
    let first = log_in(&near).await;
    let other_login = log_in(&near).await;

    // Two tabs, at two processes: both go on with one and the same successor.
    let token = first.refresh_token();
    let tabs = join_all((0..10).map(|number| [&near, &far][number % 2].refresh(&token))).await;
    let second = tabs[0].refresh_token();
    for tab in &tabs {
        access(&near, tab).get("/auth/me").await.expect(200);
        assert_eq!(generation(&tab.refresh_token()), 1);
    }
    let third = far.refresh(&second).await;
    assert_eq!(generation(&third.refresh_token()), 2);
    let live = access(&near, &third);
    live.get("/auth/me").await.expect(200);
    assert_eq!(desk.stored_events(Kind::AuditSessionRevoked).await.len(), 0);

    // The first one is two generations old: no tab can be that late.
    let reused = near.refresh(&token).await;
    reused.expect_problem(401, "INVALID_REFRESH_TOKEN");
    assert!(reused.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    for token in [&second, &third.refresh_token(), &token] {
        far.refresh(token).await.expect_problem(401, "INVALID_REFRESH_TOKEN");
    }
    for url in [desk.url(0), desk.url(1)] {
        eventually("the access token is refused", || async {
            (live.at(&url).get("/auth/me").await.status == 401).then_some(())
        })
        .await;
    }
    let revoked = desk.stored_events(Kind::AuditSessionRevoked).await;
    let [revoked] = revoked.as_slice() else { panic!("not one event") };
    let Event::AuditSessionRevoked(revoked) = &revoked.envelope.event else { panic!("another event") };
    assert_eq!(revoked.user_id.to_string(), first.json()["user"]["id"]);

    // The person's other login goes on.
    access(&near, &other_login).get("/auth/me").await.expect(200);
    near.refresh(&other_login.refresh_token()).await.expect(200);
}

/// How often a login was refreshed before a token.
fn generation(token: &str) -> u64 {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<serde_json::Value>(&claims).unwrap()["generation"].as_u64().unwrap()
}

#[tokio::test]
async fn after_a_logout_its_tokens_are_refused_everywhere_and_for_good() {
    let mut desk = Desk::builder().ingress(2).start().await;
    let client = desk.anonymous();
    let (answer, other_answer) = (log_in(&client).await, log_in(&client).await);
    let (user, other) = (access(&client, &answer), access(&client, &other_answer));
    let left = user.call(Method::POST, "/auth/logout").await;
    left.expect(204);
    assert!(left.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    // At the process that took it, at once.
    user.get("/auth/me").await.expect_problem(401, "UNAUTHENTICATED");
    eventually("the other process refuses the token", || async {
        (user.at(&desk.url(1)).get("/auth/me").await.status == 401).then_some(())
    })
    .await;
    client.refresh(&answer.refresh_token()).await.expect_problem(401, "INVALID_REFRESH_TOKEN");
    user.call(Method::POST, "/auth/logout").await.expect_problem(401, "UNAUTHENTICATED");
    other.get("/auth/me").await.expect(200);

    // No cookie, one that is no refresh token, and an access token in its place.
    client.call(Method::POST, "/auth/refresh").await.expect_problem(401, "INVALID_REFRESH_TOKEN");
    for wrong in ["abc", other.token.as_deref().unwrap()] {
        client.refresh(wrong).await.expect_problem(401, "INVALID_REFRESH_TOKEN");
    }
    other.with_token(&other_answer.refresh_token()).get("/auth/me").await.expect_problem(401, "UNAUTHENTICATED");

    desk.kill(Part::Ingress(0));
    desk.restart(Part::Ingress(0)).await;
    desk.ready().await;
    other.get("/auth/me").await.expect(200);
    user.get("/auth/me").await.expect_problem(401, "UNAUTHENTICATED");
}
