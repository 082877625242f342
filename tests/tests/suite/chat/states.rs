//! What a ticket may become, by whom and from where, and what its room hears of it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, Desk};

use super::{ABSENT, Room, SYSTEM, contents, message_of, messages, raise, raise_flagged, seqs};

/// The states from which a change is asked for.
const STATES: [&str; 4] = ["flagged", "assigned", "resolved", "closed"];
const STEPS: [&str; 4] = ["close", "reopen", "assign", "release"];

/// The state that a step leads to; none where it is refused.
fn after(step: &str, state: &str) -> Option<&'static str> {
    match (step, state) {
        ("close", "flagged" | "assigned" | "resolved") => Some("closed"),
        ("reopen", "resolved" | "closed") | ("release", "flagged") | ("assign", "assigned") => Some("assigned"),
        _ => None,
    }
}

struct People {
    desk: Desk,
    owner: Client,
    other: Client,
    it: Client,
    second_it: Client,
    hr: Client,
    admin: Client,
}

impl People {
    async fn start() -> Self {
        let desk = Desk::builder().set("ratelimit.limit", 1_000).start().await;
        Self {
            owner: desk.login("user1").await,
            other: desk.login("user2").await,
            it: desk.login("it-agent").await,
            second_it: desk.new_agent("IT").await,
            hr: desk.login("hr-agent").await,
            admin: desk.login("admin").await,
            desk,
        }
    }

    async fn ticket_in(&self, state: &str) -> String {
        if state == "flagged" {
            return raise_flagged(&self.owner).await;
        }
        let ticket = raise(&self.owner).await;
        let step = match state {
            "resolved" => "resolve",
            "closed" => "close",
            _ => return ticket,
        };
        self.it.call(Method::POST, &format!("/tickets/{ticket}/{step}")).await.expect(200);
        ticket
    }

    /// Everything that there is to see of a ticket.
    async fn snapshot(&self, ticket: &str) -> (Value, Vec<Value>) {
        let shown = self.admin.get(&format!("/tickets/{ticket}")).await.expect(200);
        (shown["ticket"].clone(), messages(&self.admin, ticket).await)
    }

    fn body(&self, step: &str) -> Value {
        if step == "assign" { json!({"assignee_id": self.second_it.id()}) } else { json!({}) }
    }
}

async fn step(client: &Client, ticket: &str, step: &str, body: &Value) -> tests::Answer {
    client.post(&format!("/tickets/{ticket}/{step}"), body).await
}

#[tokio::test]
async fn each_step_is_for_those_who_may_and_from_where_it_goes() {
    let people = People::start().await;
    for name in STEPS {
        let body = people.body(name);
        for state in STATES {
            let ticket = people.ticket_in(state).await;
            let before = people.snapshot(&ticket).await;
            // A requester lacks the right, whatever the ticket is; release is for admins.
            for (client, id) in [(&people.owner, ticket.as_str()), (&people.other, &ticket), (&people.owner, ABSENT)] {
                step(client, id, name, &body).await.expect_problem(403, "FORBIDDEN");
            }
            if name == "release" {
                for agent in [&people.it, &people.hr] {
                    step(agent, &ticket, name, &body).await.expect_problem(403, "FORBIDDEN");
                }
            } else {
                let absent = step(&people.hr, ABSENT, name, &body).await;
                absent.expect_problem(404, "TICKET_NOT_FOUND");
                assert_eq!(step(&people.hr, &ticket, name, &body).await.text, absent.text);
                if state == "flagged" {
                    assert_eq!(step(&people.it, &ticket, name, &body).await.text, absent.text);
                }
            }
            step(&people.admin, ABSENT, name, &body).await.expect_problem(404, "TICKET_NOT_FOUND");
            let anonymous = step(&people.desk.anonymous(), &ticket, name, &body).await;
            anonymous.expect_problem(401, "UNAUTHENTICATED");
            let unknown = step(&people.admin, &ticket, name, &json!({"status": "closed"})).await;
            unknown.expect_problem(422, "VALIDATION_FAILED");
            assert_eq!(people.snapshot(&ticket).await, before, "{name} of a ticket that is {state}");

            let staff = if name == "release" || state == "flagged" { &people.admin } else { &people.it };
            for client in [staff, &people.admin] {
                let ticket = people.ticket_in(state).await;
                let (before, said) = people.snapshot(&ticket).await;
                let answer = step(client, &ticket, name, &body).await;
                let Some(expected) = after(name, state) else {
                    let problem = answer.expect_problem(409, "TICKET_STATE_CONFLICT");
                    assert_eq!(problem["ticket_status"], before["status"]);
                    assert_eq!(people.snapshot(&ticket).await, (before, said), "{name} of a ticket that is {state}");
                    continue;
                };
                let changed = answer.expect(200);
                assert_eq!(changed["status"], expected, "{name} of a ticket that is {state}");
                let (now, says) = people.snapshot(&ticket).await;
                assert_eq!(now, changed, "{name} of a ticket that is {state}");
                let news = &says[said.len()..];
                assert_eq!(news.len(), if name == "release" { 2 } else { 1 }, "{news:?}");
                assert!(
                    news.iter().all(|message| message["sender_role"] == "system" && message["sender_id"] == SYSTEM)
                );
                assert_eq!(seqs(&says), (1..=says.len() as u64).collect::<Vec<_>>());
                check_ticket(&before, &now, name, &people);
            }
        }
    }
    people.desk.drained().await;
    assert!(people.desk.dead_letters().await.is_empty());
}

/// Nothing changes but what the step says.
fn check_ticket(before: &Value, now: &Value, step: &str, people: &People) {
    for field in ["id", "user_id", "title", "description", "urgency", "feedback", "rating", "created_at"] {
        assert_eq!(before[field], now[field], "{field} after {step}");
    }
    assert!(now["updated_at"].as_str() > before["updated_at"].as_str(), "{step}: {now}");
    let closed = step == "close";
    assert_eq!(now["closed_at"].is_string(), closed, "{step}: {now}");
    if !closed {
        assert_eq!(now["resolved_at"], Value::Null, "{step}: {now}");
    }
    let expected = match step {
        "assign" => json!([people.second_it.id(), before["department"], before["misuse_flag"]]),
        "release" => json!([now["assignee_id"], now["department"], false]),
        _ => json!([before["assignee_id"], before["department"], before["misuse_flag"]]),
    };
    assert_eq!(json!([now["assignee_id"], now["department"], now["misuse_flag"]]), expected, "{step}");
    assert!(step != "release" || now["department"].is_string() && now["assignee_id"].is_string(), "{now}");
}

/// Who raised a ticket may close it as little when they are an agent elsewhere.
#[tokio::test]
async fn an_agent_who_raised_a_ticket_elsewhere_is_its_requester() {
    let people = People::start().await;
    let ticket =
        people.it.raise("Payslip", "My payslip of March is missing, whom may I ask in payroll?").await.expect(201);
    assert_eq!(ticket["department"], "HR");
    let id = ticket["id"].as_str().unwrap();
    let before = people.snapshot(id).await;
    step(&people.it, id, "close", &json!({})).await.expect_problem(403, "FORBIDDEN");
    step(&people.it, id, "reopen", &json!({})).await.expect_problem(403, "FORBIDDEN");
    let body = json!({"department": "IT", "reason": "It is mine."});
    step(&people.it, id, "assign", &body).await.expect_problem(403, "FORBIDDEN");
    assert_eq!(people.snapshot(id).await, before);
    let mut socket = people.it.enter(id).await;
    assert_eq!(socket.say_as("one", "Hello").await["seq"], 2);
    people.it.call(Method::POST, &format!("/tickets/{id}/resolve")).await.expect(200);
}

#[tokio::test]
async fn the_room_hears_of_every_change_in_order() {
    let room = Room::of(Desk::builder().ingress(2)).await;
    let (mut user, mut agent) =
        (room.user.at(&room.desk.url(1)).enter(&room.ticket).await, room.agent.enter(&room.ticket).await);
    let mut said = Vec::new();
    for (step, status) in [
        ("resolve", "resolved"),
        ("reopen", "assigned"),
        ("close", "closed"),
        ("reopen", "assigned"),
        ("close", "closed"),
    ] {
        let changed = room.agent.call(Method::POST, &room.path(&format!("/{step}"))).await.expect(200);
        assert_eq!(changed["status"], status);
        for socket in [&mut user, &mut agent] {
            let frame = socket.next("ticket").await;
            assert_eq!(frame, json!({"type": "ticket", "ticket": changed}));
        }
        let frame = user.next("chat").await;
        assert_eq!(agent.next("chat").await, frame);
        assert_eq!(frame["sender_role"], "system");
        said.push(message_of(&frame));
    }
    let kept = room.messages().await;
    assert_eq!(kept[1..], said);
    let words = contents(&said);
    assert!(words[0] != words[1] && words[1] != words[2] && words[0] != words[2], "{words:?}");
    // The desk's own words are told to nobody outside.
    room.desk.drained().await;
    assert!(room.desk.stored_events(contracts::Kind::MessageSaved).await.is_empty());
}

#[tokio::test]
async fn a_message_opens_a_resolved_ticket_again() {
    let room = Room::start().await;
    let (mut user, mut agent) = (room.user.enter(&room.ticket).await, room.agent.enter(&room.ticket).await);
    let resolve = json!({"feedback": "quick", "rating": 4});
    let first = user.say_as("before", "Thank you").await;
    agent.chats(1).await;
    for by_http in [false, true] {
        let resolved = room.user.post(&room.path("/resolve"), &resolve).await.expect(200);
        for socket in [&mut user, &mut agent] {
            assert_eq!(socket.next("ticket").await["ticket"], resolved);
        }
        agent.chats(1).await;
        // What was said before it was resolved opens nothing when it is sent again.
        assert_eq!(user.say_as("before", "Thank you").await["id"], first["id"]);
        let again = json!({"content": "Thank you", "client_message_id": "before"});
        assert_eq!(room.post(&room.user, &again).await.expect(201)["id"], first["id"]);
        assert_eq!(room.ticket_now().await, resolved);

        let id = format!("{by_http}");
        let body = json!({"content": "It is back", "client_message_id": id});
        let place = if by_http {
            room.post(&room.user, &body).await.expect(201)["seq"].clone()
        } else {
            user.say_as(&id, "It is back").await["seq"].clone()
        };
        let said = agent.chats(2).await;
        assert_eq!((&said[0]["content"], &said[0]["seq"]), (&json!("It is back"), &place));
        assert_eq!((&said[1]["sender_role"], &said[1]["sender_id"]), (&json!("system"), &json!(SYSTEM)));
        let open = agent.next("ticket").await["ticket"].clone();
        assert_eq!(user.next("ticket").await["ticket"], open);
        assert_eq!((&open["status"], &open["resolved_at"]), (&json!("assigned"), &Value::Null));
        assert_eq!(open["assignee_id"], room.agent.id());
        assert_eq!(room.ticket_now().await, open);
        // Sent again, it is the same message, and opens nothing either.
        assert_eq!(user.say_as(&id, "It is back").await["seq"], place);
    }
    assert_eq!(seqs(&room.messages().await), (1..=8).collect::<Vec<_>>());
    room.desk.drained().await;
    let reopened = room.desk.stored_about(contracts::Kind::TicketReopened, &room.ticket).await;
    assert_eq!(reopened.len(), 2);

    // A flagged ticket that was resolved is open again, and still flagged.
    let flagged = raise_flagged(&room.user).await;
    room.user.call(Method::POST, &format!("/tickets/{flagged}/resolve")).await.expect(200);
    room.user.post(&format!("/tickets/{flagged}/messages"), &json!({"content": "Wait"})).await.expect(201);
    let ticket = room.user.get(&format!("/tickets/{flagged}")).await.expect(200)["ticket"].clone();
    assert_eq!(
        (&ticket["status"], &ticket["misuse_flag"], &ticket["resolved_at"]),
        (&json!("open"), &json!(true), &Value::Null)
    );
}

#[tokio::test]
async fn a_closed_ticket_takes_no_message_but_knows_those_it_took() {
    let room = Room::start().await;
    let (mut user, mut agent) = (room.user.enter(&room.ticket).await, room.agent.enter(&room.ticket).await);
    let first = user.say_as("before", "Thank you").await;
    let closed = room.agent.call(Method::POST, &room.path("/close")).await.expect(200);
    assert_eq!(agent.next("ticket").await["ticket"], closed);
    assert_eq!(seqs(&agent.chats(2).await), [2, 3]);
    let admin = room.desk.login("admin").await;
    for client in [&room.user, &room.agent, &admin] {
        let mut socket = client.enter(&room.ticket).await;
        for id in ["one", "two"] {
            socket.send(&json!({"type": "chat", "content": "Wait", "client_message_id": id})).await;
            let error = socket.answer_to(id).await;
            assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("TICKET_CLOSED")));
        }
        socket.say("Wait").await;
        assert_eq!(socket.next("error").await["code"], "TICKET_CLOSED");
        for body in [json!({"content": "Wait"}), json!({"content": "Wait", "client_message_id": "three"})] {
            room.post(client, &body).await.expect_problem(409, "TICKET_CLOSED");
        }
        socket.leave().await;
    }
    // An answer that got lost can be asked for again.
    assert_eq!(user.say_as("before", "Thank you").await["id"], first["id"]);
    let again = json!({"content": "Thank you", "client_message_id": "before"});
    assert_eq!(room.post(&room.user, &again).await.expect(201)["id"], first["id"]);

    assert_eq!(room.messages().await.len(), 3);
    assert_eq!(room.ticket_now().await, closed);
    assert_eq!(room.desk.stored_about(contracts::Kind::MessageSaved, &room.ticket).await.len(), 1);
    // Opened again, it takes them, those that were refused as well.
    room.agent.call(Method::POST, &room.path("/reopen")).await.expect(200);
    assert_eq!(user.say_as("one", "Wait").await["seq"], 5);
    assert_eq!(seqs(&agent.chats(2).await), [4, 5]);
}
