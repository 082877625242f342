//! Who is let in, and by what.

use futures::future::join_all;
use reqwest::{Method, header::HeaderMap};
use tests::{Answer, Client, Desk, eventually, wire};

use super::{ABSENT, Room, raise_flagged};

/// A one-time ticket.
async fn one_time_ticket(client: &Client) -> String {
    let answer = client.call(Method::POST, "/auth/ws-ticket").await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    answer.expect(200)["ticket"].as_str().unwrap().to_owned()
}

/// Asks for the chat with a one-time ticket; the answer when it is not good.
async fn with_ticket(client: &Client, room: &str, ticket: &str) -> Result<tests::Socket, Answer> {
    client.knock_at(&format!("/ws/chat/{room}?ticket={ticket}")).open().await
}

/// What two answers must have in common to be the same to whoever reads them.
fn essence(answer: &Answer) -> (u16, HeaderMap, &str) {
    let mut headers = answer.headers.clone();
    for varying in ["date", "traceparent"] {
        headers.remove(varying);
    }
    (answer.status.as_u16(), headers, &answer.text)
}

fn refused(answer: Result<tests::Socket, Answer>) -> Answer {
    answer.err().expect("it is refused")
}

#[tokio::test]
async fn a_foreign_room_is_no_room() {
    let room = Room::start().await;
    let flagged = raise_flagged(&room.user).await;
    let (other, hr, admin) =
        (room.desk.login("user2").await, room.desk.login("hr-agent").await, room.desk.login("admin").await);
    for (client, theirs, foreign) in [
        (&room.user, vec![&room.ticket, &flagged], vec![]),
        (&admin, vec![&room.ticket, &flagged], vec![]),
        (&room.agent, vec![&room.ticket], vec![&flagged]),
        (&hr, vec![], vec![&room.ticket, &flagged]),
        (&other, vec![], vec![&room.ticket, &flagged]),
    ] {
        for ticket in theirs {
            client.enter(ticket).await.leave().await;
        }
        let absent = refused(client.knock(ABSENT).open().await);
        absent.expect_problem(404, "TICKET_NOT_FOUND");
        let upper = room.ticket.to_uppercase();
        let nobodys =
            ["1", "x'--", "*", "%3e", "%ff", "%00", &upper, "00000000-0000-0000-0000-000000000000"].map(str::to_owned);
        for ticket in foreign.into_iter().chain(&nobodys) {
            assert_eq!(essence(&refused(client.knock(ticket).open().await)), essence(&absent), "{ticket}");
            // A one-time ticket opens no other door.
            let ticket_of_client = one_time_ticket(client).await;
            let answer = refused(with_ticket(client, ticket, &ticket_of_client).await);
            assert_eq!(essence(&answer), essence(&absent), "{ticket}");
        }
    }
}

#[tokio::test]
async fn without_a_session_nobody_is_let_in() {
    let room = Room::start().await;
    let anonymous = room.desk.anonymous();
    let token = room.user.token.clone().unwrap();
    for ticket in [&room.ticket, ABSENT] {
        let bare = refused(anonymous.knock(ticket).open().await);
        bare.expect_problem(401, "UNAUTHENTICATED");
        for (name, value) in [
            ("authorization", "Bearer x"),
            ("authorization", "Basic dXNlcjE6ZGVza3dpcmUtZGVtbw=="),
            ("cookie", token.as_str()),
            ("sec-websocket-protocol", token.as_str()),
        ] {
            let answer = refused(anonymous.knock(ticket).header(name, value).open().await);
            answer.expect_problem(401, "UNAUTHENTICATED");
        }
        // A token in an address would be in logs and histories: it opens nothing, under whatever name.
        for name in ["token", "access_token", "ticket", "bearer", "authorization", "jwt"] {
            let knock = anonymous.knock_at(&format!("/ws/chat/{ticket}?{name}={token}"));
            let answer = refused(knock.open().await);
            if name == "ticket" {
                answer.expect_problem(401, "UNAUTHENTICATED");
            } else {
                answer.expect_problem(422, "VALIDATION_FAILED");
            }
            assert!(!answer.text.contains(&token));
        }
    }
    anonymous.call(Method::POST, "/auth/ws-ticket").await.expect_problem(401, "UNAUTHENTICATED");
    // What is no request for a WebSocket is answered as a problem.
    let plain = room.user.get(&format!("/ws/chat/{}", room.ticket)).await;
    plain.expect_problem(426, "UPGRADE_REQUIRED");
    assert_eq!(plain.headers["sec-websocket-version"], "13");
    let old = format!(
        "GET /ws/chat/{} HTTP/1.1\r\nhost: desk\r\nauthorization: Bearer {token}\r\nconnection: Upgrade, close\r\n\
         upgrade: websocket\r\nsec-websocket-version: 8\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        room.ticket
    );
    let answer = wire::exchange(&room.desk.url(0), old.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 426 ") && answer.contains("application/problem+json"), "{answer}");
}

#[tokio::test]
async fn only_pages_that_are_allowed_open_a_chat() {
    let desk = Desk::builder().set("chat.allowed_origins", r#"["https://desk.example","http://localhost:5173"]"#);
    let room = Room::of(desk).await;
    for origin in ["https://desk.example", "http://localhost:5173"] {
        let knock = room.user.knock(&room.ticket).header("origin", origin);
        let mut socket = knock.open().await.unwrap_or_else(|answer| panic!("{origin}: {answer:?}"));
        socket.entered().await;
    }
    // No page at all: a program.
    room.user.enter(&room.ticket).await;
    let own = room.desk.url(0);
    for origin in [
        "https://evil.example",
        "null",
        "",
        "https://desk.example.evil.example",
        "https://evildesk.example",
        "https://sub.desk.example",
        "https://desk.example:444",
        "http://desk.example",
        "https://desk.example/",
        "https://DESK.example.",
        "https://desk.example https://evil.example",
        "http://localhost:51730",
        "http://localhost",
        "file://",
        &own,
    ] {
        let answer = refused(room.user.knock(&room.ticket).header("origin", origin).open().await);
        assert_eq!(answer.status, 403, "{origin}: {}", answer.text);
        answer.expect_problem(403, "ORIGIN_NOT_ALLOWED");
        // Before anything is looked at: a room that is not there is answered alike, and a ticket is not used up.
        let absent = refused(room.user.knock(ABSENT).header("origin", origin).open().await);
        assert_eq!(essence(&absent), essence(&answer), "{origin}");
    }
    let ticket = one_time_ticket(&room.user).await;
    let path = format!("/ws/chat/{}?ticket={ticket}", room.ticket);
    let foreign = refused(room.user.knock_at(&path).header("origin", "https://evil.example").open().await);
    foreign.expect_problem(403, "ORIGIN_NOT_ALLOWED");
    // Two of them are none.
    let twice = room.user.knock(&room.ticket).header("origin", "https://desk.example");
    let twice = refused(twice.header("origin", "https://evil.example").open().await);
    twice.expect_problem(403, "ORIGIN_NOT_ALLOWED");
    let knock = room.user.knock_at(&path).header("origin", "https://desk.example");
    assert!(knock.open().await.is_ok(), "the ticket is still good");
}

#[tokio::test]
async fn where_no_page_is_named_it_is_the_desks_own() {
    let room = Room::start().await;
    let own = room.desk.url(0);
    let localhost = own.replace("127.0.0.1", "localhost");
    for origin in [&own, &localhost] {
        let knock = room.user.knock(&room.ticket).header("origin", origin);
        assert!(knock.open().await.is_ok(), "{origin}");
    }
    for origin in ["https://evil.example", "null", "http://localhost", "http://127.0.0.1", "http://127.0.0.1:1"] {
        let answer = refused(room.user.knock(&room.ticket).header("origin", origin).open().await);
        answer.expect_problem(403, "ORIGIN_NOT_ALLOWED");
    }
    // A host that the client makes up is no origin.
    let (host, token) = ("evil.example", room.user.token.as_deref().unwrap());
    let request = format!(
        "GET /ws/chat/{} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\nauthorization: Bearer {token}\r\n\
         connection: Upgrade, close\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        room.ticket
    );
    let answer = wire::exchange(&own, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn a_one_time_ticket_opens_one_chat_once() {
    let room = Room::of(Desk::builder().ingress(2)).await;
    let (near, far) = (room.desk.anonymous(), room.desk.anonymous().at(&room.desk.url(1)));
    let answer = room.user.call(Method::POST, "/auth/ws-ticket").await.expect(200);
    assert_eq!(answer["expires_in"], 30);
    let ticket = answer["ticket"].as_str().unwrap();
    assert!(ticket.len() >= 32 && ticket.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    let mut socket = with_ticket(&far, &room.ticket, ticket).await.unwrap_or_else(|answer| panic!("{answer:?}"));
    socket.entered().await;
    // It is the session's own: what it says is said by user1.
    socket.say("Hello").await;
    assert_eq!(socket.next("chat").await["sender_id"], room.user.id());
    for client in [&near, &far] {
        refused(with_ticket(client, &room.ticket, ticket).await).expect_problem(401, "UNAUTHENTICATED");
    }
    // At both processes at once, one is let in.
    for _ in 0..5 {
        let ticket = one_time_ticket(&room.user).await;
        let tries = (0..8).map(|number| with_ticket([&near, &far][number % 2], &room.ticket, &ticket));
        let tries = join_all(tries).await;
        let refusals: Vec<_> = tries.iter().filter_map(|one| one.as_ref().err()).collect();
        assert_eq!(refusals.len(), 7);
        for answer in refusals {
            answer.expect_problem(401, "UNAUTHENTICATED");
        }
    }
    for wrong in ["", "x", &"A".repeat(ticket.len()), "*", "%00", &ticket.to_lowercase(), &format!("{ticket}A")] {
        let answer = refused(with_ticket(&near, &room.ticket, wrong).await);
        answer.expect_problem(401, "UNAUTHENTICATED");
    }
    // No call but the chat's takes one, and nobody's ticket outlives their login.
    let ticket = one_time_ticket(&room.user).await;
    near.get(&format!("/tickets?ticket={ticket}")).await.expect_problem(401, "UNAUTHENTICATED");
    near.with_token(&ticket).get("/tickets").await.expect_problem(401, "UNAUTHENTICATED");
    room.user.call(Method::POST, "/auth/logout").await.expect(204);
    refused(with_ticket(&near, &room.ticket, &ticket).await).expect_problem(401, "UNAUTHENTICATED");
    // What the desk keeps of it opens nothing.
    let logs = room.desk.logs();
    assert!(!logs.contains(ticket.as_str()), "a ticket is in a log");
}

#[tokio::test]
async fn a_one_time_ticket_is_soon_too_old() {
    let room = Room::start().await;
    // Tickets made at once age at once; each is tried once, so that none is refused for having been used.
    let tickets = join_all((0..60).map(|_| one_time_ticket(&room.user))).await;
    let began = std::time::Instant::now();
    let tickets = std::sync::Mutex::new(tickets.into_iter());
    let first = tickets.lock().unwrap().next().unwrap();
    assert!(with_ticket(&room.user, &room.ticket, &first).await.is_ok());
    eventually("the tickets are too old", || async {
        if began.elapsed() < std::time::Duration::from_secs(28) {
            return None;
        }
        let ticket = tickets.lock().unwrap().next().expect("they become too old before they are used up");
        let refused = with_ticket(&room.user, &room.ticket, &ticket).await.err()?;
        refused.expect_problem(401, "UNAUTHENTICATED");
        Some(())
    })
    .await;
    let fresh = one_time_ticket(&room.user).await;
    assert!(with_ticket(&room.user, &room.ticket, &fresh).await.is_ok());
    let left = tickets.lock().unwrap().next();
    if let Some(old) = left {
        refused(with_ticket(&room.user, &room.ticket, &old).await).expect_problem(401, "UNAUTHENTICATED");
    }
}
