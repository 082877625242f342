//! A ticket goes to another agent or department, or on after it was flagged.

use contracts::{Event, Kind};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Desk, eventually};

use super::{ABSENT, Room, contents, messages, raise_flagged};

#[tokio::test]
async fn with_the_ticket_goes_the_right_to_its_room() {
    let room = Room::of(Desk::builder().ingress(2)).await;
    let hr = room.desk.login("hr-agent").await;
    let admin = room.desk.login("admin").await;
    let second_it = room.desk.new_agent("IT").await;
    let far = |client: &tests::Client| client.at(&room.desk.url(1));
    let assign = |body: Value| {
        let (agent, path) = (room.agent.clone(), room.path("/assign"));
        async move { agent.post(&path, &body).await }
    };
    let mut user = room.user.enter(&room.ticket).await;
    let mut watcher = far(&admin).enter(&room.ticket).await;
    let mut agents = [room.agent.enter(&room.ticket).await, far(&second_it).enter(&room.ticket).await];
    let absent = hr.knock(ABSENT).open().await.err().unwrap();
    absent.expect_problem(404, "TICKET_NOT_FOUND");
    assert_eq!(hr.knock(&room.ticket).open().await.err().unwrap().text, absent.text);

    // Within the department nobody has to leave.
    let ticket = assign(json!({"assignee_id": second_it.id()})).await.expect(200);
    assert_eq!((&ticket["assignee_id"], &ticket["department"]), (&json!(second_it.id()), &json!("IT")));
    for socket in agents.iter_mut().chain([&mut user, &mut watcher]) {
        assert_eq!(socket.next("ticket").await["ticket"], ticket);
        assert_eq!(socket.next("chat").await["sender_role"], "system");
    }
    // Again, it is as it is.
    assert_eq!(assign(json!({"assignee_id": second_it.id()})).await.expect(200), ticket);

    for (body, field) in [
        (json!({"department": "HR"}), "reason"),
        (json!({"department": "HR", "reason": ""}), "reason"),
        (json!({"department": "HR", "reason": " \n"}), "reason"),
        (json!({"department": "HR", "reason": "x".repeat(501)}), "reason"),
        (json!({"department": "hr", "reason": "x"}), "department"),
        (json!({"department": "HR", "assignee_id": room.agent.id(), "reason": "x"}), "assignee_id"),
        (json!({"department": "IT", "assignee_id": hr.id(), "reason": "x"}), "assignee_id"),
        (json!({"assignee_id": hr.id()}), "assignee_id"),
        (json!({"assignee_id": room.user.id()}), "assignee_id"),
        (json!({"assignee_id": admin.id()}), "assignee_id"),
        (json!({"assignee_id": ABSENT}), "assignee_id"),
        (json!({"assignee_id": "x'--"}), "assignee_id"),
        (json!({"department": "HR", "reason": "x", "status": "open"}), "status"),
        (json!({}), "department"),
    ] {
        let answer = assign(body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [field], "{body}: {}", answer.text);
    }
    assert_eq!(room.ticket_now().await, ticket);
    assert_eq!(room.messages().await.len(), 2);

    let ticket = assign(json!({"department": "HR", "reason": "It is about leave."})).await.expect(200);
    assert_eq!((&ticket["department"], &ticket["assignee_id"]), (&json!("HR"), &json!(hr.id())));
    // Those who may not see it any more are out, at whatever process they are; they hear no more of it.
    for socket in &mut agents {
        assert_eq!(socket.closed().await, Some(1008));
    }
    room.post(&room.user, &json!({"content": "For HR alone"})).await.expect(201);
    for mut socket in agents {
        let heard = socket.receive().await;
        assert!(
            heard.as_ref().is_err() || heard.as_ref().is_ok_and(|frame| !frame.to_string().contains("For HR alone"))
        );
    }
    for socket in [&mut user, &mut watcher] {
        assert_eq!(socket.next("ticket").await["ticket"], ticket);
        assert_eq!(contents(&socket.chats(2).await)[1], "For HR alone");
    }
    for client in [&room.agent, &second_it] {
        assert_eq!(client.knock(&room.ticket).open().await.err().unwrap().text, absent.text);
        client.get(&room.path("/messages")).await.expect_problem(404, "TICKET_NOT_FOUND");
        room.post(client, &json!({"content": "Hello"})).await.expect_problem(404, "TICKET_NOT_FOUND");
        client.get(&room.path("")).await.expect_problem(404, "TICKET_NOT_FOUND");
        assert_eq!(client.get("/tickets").await.expect(200)["total"], 0);
        let back = json!({"department": "IT", "reason": "It was mine."});
        client.post(&room.path("/assign"), &back).await.expect_problem(404, "TICKET_NOT_FOUND");
    }
    let mut new = hr.enter(&room.ticket).await;
    new.say("Here I am").await;
    assert_eq!(contents(&user.chats(1).await), ["Here I am"]);

    // Admins may, too, and back again.
    let body = json!({"department": "IT", "assignee_id": room.agent.id(), "reason": "It is about a laptop."});
    let ticket = admin.post(&room.path("/assign"), &body).await.expect(200);
    assert_eq!((&ticket["department"], &ticket["assignee_id"]), (&json!("IT"), &json!(room.agent.id())));
    assert_eq!(new.closed().await, Some(1008));
    room.agent.enter(&room.ticket).await;
    room.desk.drained().await;
    let reasons = room.desk.stored_about(Kind::TicketAssigned, &room.ticket).await.into_iter();
    let reasons = reasons.map(|stored| match stored.envelope.event {
        Event::TicketAssigned(event) => event.reason,
        other => panic!("{other:?}"),
    });
    let expected = [None, Some("It is about leave.".to_owned()), Some("It is about a laptop.".to_owned())];
    assert_eq!(reasons.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn an_agent_whose_account_is_disabled_gets_no_ticket() {
    let room = Room::start().await;
    let (admin, gone) = (room.desk.login("admin").await, room.desk.new_agent("IT").await);
    admin
        .request(Method::PATCH, &format!("/users/{}", gone.id()))
        .json(&json!({"disabled": true}))
        .send()
        .await
        .unwrap();
    let answer = room.agent.post(&room.path("/assign"), &json!({"assignee_id": gone.id()})).await;
    answer.expect_problem(422, "VALIDATION_FAILED");
    assert_eq!(answer.wrong_fields(), ["assignee_id"]);
    assert_eq!(room.ticket_now().await["assignee_id"], room.agent.id());
}

#[tokio::test]
async fn a_released_ticket_goes_on_in_the_slot_that_it_has() {
    let desk = Desk::builder().ingress(2).start().await;
    let (user, admin) = (desk.login("user1").await, desk.login("admin").await);
    let id = raise_flagged(&user).await;
    let quota = user.get("/quota").await.expect(200);
    assert_eq!(quota["used"], 1);
    let mut sockets = [user.enter(&id).await, admin.at(&desk.url(1)).enter(&id).await];
    assert!(messages(&user, &id).await.is_empty());
    let release = format!("/tickets/{id}/release");
    let ticket = admin.call(Method::POST, &release).await.expect(200);
    assert_eq!((&ticket["status"], &ticket["misuse_flag"]), (&json!("assigned"), &json!(false)));
    assert!(["IT", "HR"].contains(&ticket["department"].as_str().unwrap()) && ticket["assignee_id"].is_string());
    for socket in &mut sockets {
        let said = socket.chats(2).await;
        assert!(said.iter().all(|frame| frame["sender_role"] == "system") && said[0]["content"] != said[1]["content"]);
        socket.next_where("ticket", |frame| frame["ticket"] == ticket).await;
    }
    let again = admin.call(Method::POST, &release).await.expect_problem(409, "TICKET_STATE_CONFLICT");
    assert_eq!(again["ticket_status"], "assigned");
    let agent = desk.login(if ticket["department"] == "IT" { "it-agent" } else { "hr-agent" }).await;
    assert_eq!(agent.id(), ticket["assignee_id"]);
    agent.enter(&id).await;
    assert_eq!(user.get("/quota").await.expect(200), quota);

    // It was created once, and the admins were told once.
    desk.drained().await;
    let counts = [Kind::TicketSaved, Kind::TicketReleased, Kind::TicketRouted, Kind::TicketAssigned];
    for kind in counts {
        assert_eq!(desk.stored_about(kind, &id).await.len(), 1, "{kind}");
    }
    let told = desk.stored_events(Kind::AuditWebhookReceived).await;
    assert_eq!(told.len(), 1);
    eventually("the admin is told", || async {
        let page = admin.get("/notifications").await.expect(200);
        (page["items"].as_array().unwrap().len() == 1).then_some(())
    })
    .await;
    // The quota counts what was raised, and not what was released.
    for _ in 0..4 {
        super::raise(&user).await;
    }
    user.raise("Mouse", "It is stuck.").await.expect_problem(429, "RATE_LIMIT_EXCEEDED");
}
