//! What the desk answers before a handler sees the request, and to connections that never become one.

use futures::future::join_all;
use serde_json::json;
use tests::{Answer, Desk, wire};
use tokio::io::AsyncWriteExt;

/// Headers that every answer has, so that a browser makes no more of it than it is.
fn check_headers(answer: &Answer) {
    for (name, value) in
        [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cache-control", "no-store")]
    {
        assert_eq!(answer.headers[name], value, "{answer:?}");
    }
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(answer.headers["traceparent"].to_str().unwrap().starts_with("00-"));
    for absent in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert!(!answer.headers.contains_key(absent), "{answer:?}");
    }
}

#[tokio::test]
async fn every_answer_is_hardened_and_every_refusal_is_a_problem() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let ok = user.get("/tickets").await;
    ok.expect(200);
    check_headers(&ok);
    assert_eq!(ok.headers["content-type"], "application/json");
    let login = json!({"username": "user1", "password": tests::PASSWORD});
    check_headers(&user.post("/auth/login", &login).await);

    for (answer, status, code) in [
        (user.get("/nothing/here").await, 404, "NOT_FOUND"),
        (user.get("/tickets/").await, 404, "NOT_FOUND"),
        (user.call(reqwest::Method::DELETE, "/tickets").await, 405, "METHOD_NOT_ALLOWED"),
        (user.post_raw("/tickets", &[], "{}").await, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (user.post("/tickets", &json!({"title": "x".repeat(1 << 20)})).await, 413, "BODY_TOO_LARGE"),
        (user.post("/tickets", &json!({})).await, 422, "VALIDATION_FAILED"),
        (desk.anonymous().get("/tickets").await, 401, "UNAUTHENTICATED"),
    ] {
        let problem = answer.expect_problem(status, code);
        assert_eq!(problem["type"], "about:blank");
        assert!(!problem["title"].as_str().unwrap().is_empty() && !problem["detail"].as_str().unwrap().is_empty());
        check_headers(&answer);
    }
    // A caller's trace goes on, and what is no trace starts a new one.
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let traced = user.post_raw("/auth/login", &[("traceparent", trace)], "").await;
    assert!(traced.headers["traceparent"].to_str().unwrap().starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
    let garbage = user.post_raw("/auth/login", &[("traceparent", "00-x\"; DROP")], "").await;
    check_headers(&garbage);

    // A body without a length is measured as it comes.
    let token = user.token.as_deref().unwrap();
    let head = format!(
        "POST /tickets HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         connection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    let answer = wire::exchange(&desk.url(0), format!("{head}{}0\r\n\r\n", chunk.repeat(11)).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("BODY_TOO_LARGE"), "{answer}");
}

#[tokio::test]
async fn slow_and_idle_connections_are_closed_and_hold_up_nobody() {
    let desk = Desk::start().await;
    let (url, user) = (desk.url(0), desk.login("user1").await);
    let mut idle = Vec::new();
    for _ in 0..500 {
        idle.push(wire::connect(&url).await);
    }
    let half_a_header = wire::exchange(&url, b"GET /health/live HTTP/1.1\r\nhost: desk\r\nx-slow: ");
    let dripping_body = async {
        let mut stream = wire::connect(&url).await;
        let head = format!(
            "POST /tickets HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: 1000\r\nconnection: close\r\n\r\n{{\"title\":",
            user.token.as_deref().unwrap()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        wire::read_to_end(stream).await
    };
    let others = async {
        user.raise("Mouse", "It is stuck.").await.expect(201);
        let answers = join_all((0..50).map(|_| user.get("/tickets"))).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
    };
    let (half, dripped, ()) = tokio::join!(half_a_header, dripping_body, others);
    assert!(half.is_empty() || half.starts_with("HTTP/1.1 408 "), "{half}");
    assert!(dripped.starts_with("HTTP/1.1 408 ") && dripped.contains("BODY_TOO_SLOW"), "{dripped}");
    assert!(dripped.contains("application/problem+json"), "{dripped}");
    // Those that never said a word are closed, too.
    for answer in join_all(idle.into_iter().map(wire::read_to_end)).await {
        assert!(answer.is_empty(), "{answer}");
    }
    assert_eq!(user.get("/tickets").await.expect(200)["total"], 1);
}
