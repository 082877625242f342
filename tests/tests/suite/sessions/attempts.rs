//! Guessing passwords, and drowning the desk in logins.

use futures::future::join_all;
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::{Value, json};
use tests::{Answer, Client, Desk, PASSWORD, eventually, wire};
use tokio::io::AsyncWriteExt;

fn login(username: &str, password: &str) -> Value {
    json!({"username": username, "password": password})
}

/// A login as a proxy passes it on.
async fn login_for(client: &Client, forwarded_for: &str, username: &str, password: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("x-forwarded-for", forwarded_for)];
    client.post_raw("/auth/login", &headers, login(username, password).to_string()).await
}

/// The headers that may tell two answers apart.
fn comparable(headers: &HeaderMap) -> HeaderMap {
    let varying = ["date", "traceparent"].map(HeaderName::from_static);
    headers
        .iter()
        .filter(|(name, _)| !varying.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[tokio::test]
async fn a_wrong_login_tells_nothing_and_costs_a_try_whatever_address_it_claims() {
    let desk = Desk::start().await;
    let client = desk.anonymous();
    let wrong = client.post("/auth/login", &login("user1", "wrong password")).await;
    let unknown = client.post("/auth/login", &login("nobody", PASSWORD)).await;
    wrong.expect_problem(401, "INVALID_CREDENTIALS");
    assert_eq!((&wrong.text, comparable(&wrong.headers)), (&unknown.text, comparable(&unknown.headers)));

    // From addresses that it makes up, in ways to write the name that the store takes for the same.
    let mut limited = None;
    for number in 0..20 {
        let name = ["user1", "USER1", "u\u{17f}er1"][number % 3];
        let answer = login_for(&client, &format!("198.51.100.{number}"), name, "wrong password").await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
        answer.expect_problem(401, "INVALID_CREDENTIALS");
    }
    let limited = limited.unwrap();
    limited.expect_problem(429, "TOO_MANY_ATTEMPTS");
    let wait: u64 = limited.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    // An account that does not exist is guarded just so.
    let guesses = (0..20).map(|_| login_for(&client, "198.51.100.1", "nobody", "wrong password"));
    assert!(join_all(guesses).await.iter().any(|answer| answer.status == 429));
    // Others go on, and the owner gets in once a try has come back.
    desk.login("user2").await;
    eventually("the owner logs in again", || async {
        let answer = client.post("/auth/login", &login("user1", PASSWORD)).await;
        (answer.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_address_that_it_saw_counts() {
    let desk = Desk::builder().set("ingress.trusted_proxies", "[\"127.0.0.0/8\"]").start().await;
    let client = desk.anonymous();
    // One address, as seen by the proxy, whatever stands before it; other names each time.
    let guess = |number: usize| {
        let client = client.clone();
        async move {
            let forwarded = format!("203.0.113.{number}, 198.51.100.7");
            login_for(&client, &forwarded, &format!("guess{number}"), "wrong password").await
        }
    };
    let mut answers = Vec::new();
    for round in 0..8 {
        answers.extend(join_all((0..20).map(|number| guess(round * 20 + number))).await);
    }
    assert!(answers.iter().any(|answer| answer.status == 429));
    login_for(&client, "198.51.100.7", "user1", PASSWORD).await.expect_problem(429, "TOO_MANY_ATTEMPTS");
    login_for(&client, "198.51.100.8", "user1", PASSWORD).await.expect(200);
    login_for(&client, "198.51.100.7, 127.0.0.9, 198.51.100.8", "user2", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn a_flood_of_logins_leaves_the_desk_answering() {
    let desk = Desk::builder().set("auth.concurrent_hashes", 1).start().await;
    let client = desk.anonymous();
    let memory_before = resident_kib(&desk);
    // Other names, or the limit on failures would spare the desk the hashes.
    let mut gone = Vec::new();
    for number in 0..29 {
        let body = login(&format!("gone{number}"), PASSWORD).to_string();
        let head = "POST /auth/login HTTP/1.1\r\nhost: desk\r\ncontent-type: application/json";
        let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let mut stream = wire::connect(&client.url).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        gone.push(stream);
    }
    let names: Vec<Value> = (0..29).map(|number| login(&format!("stays{number}"), PASSWORD)).collect();
    let logins = names.iter().map(|body| client.post("/auth/login", body));
    let (answers, health) = tokio::join!(join_all(logins), async {
        drop(gone);
        join_all((0..20).map(|_| client.get("/health/live"))).await
    });
    assert!(health.iter().all(|answer| answer.status == 204));
    for answer in &answers {
        if answer.status == 503 {
            answer.expect_problem(503, "TOO_BUSY");
            assert!(answer.headers.contains_key("retry-after"));
        } else {
            answer.expect_problem(401, "INVALID_CREDENTIALS");
        }
    }
    // One hash at a time is 19 MiB; fifty-eight at once would be 1,102.
    let grown = resident_kib(&desk).saturating_sub(memory_before);
    assert!(grown < 200 * 1024, "{grown} KiB");
    eventually("logins are taken again", || async {
        (client.post("/auth/login", &login("user1", PASSWORD)).await.status == 200).then_some(())
    })
    .await;

    for (length, status) in [(256, 401), (257, 422), (1 << 20, 413)] {
        let answer = client.post("/auth/login", &login("nobody", &"x".repeat(length))).await;
        assert_eq!(answer.status, status, "{length}: {}", answer.text);
    }
    let admin = desk.login("admin").await;
    for password in ["x".repeat(64), "\u{1f511}".repeat(256)] {
        let username = format!("long-{}", password.len());
        let account = json!({"username": username, "password": password, "role": "user"});
        admin.post("/users", &account).await.expect(201);
        client.login(&username, &password).await;
        let shorter: String = password.chars().skip(1).collect();
        client.post("/auth/login", &login(&username, &shorter)).await.expect_problem(401, "INVALID_CREDENTIALS");
    }
}

/// The most memory that ingress has had.
fn resident_kib(desk: &Desk) -> u64 {
    let id = desk.process(tests::Part::Ingress(0)).id();
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
