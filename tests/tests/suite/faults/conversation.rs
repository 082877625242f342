//! One part is killed while a message, or a ticket that goes on, stands at a step.

use contracts::Kind;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, Desk, Part, Socket, eventually, stored_messages};

use super::{HARMFUL, HARMLESS, in_hand, reached, revive};

const VICTIMS: [Part; 3] = [Part::Workers(0), Part::Ingress(0), Part::Nats(0)];

/// Two people at a desk whose second ingress process is never killed.
struct Talk {
    desk: Desk,
    user: Client,
    ticket: String,
    /// At the first process.
    near: Socket,
    /// At the second.
    far: Socket,
    told: usize,
}

impl Talk {
    async fn start() -> Self {
        let desk = Desk::builder().ingress(2).set("ingress.wait_seconds", 1).start().await;
        let user = desk.login("user1").await;
        let answer = user.raise(HARMLESS.0, HARMLESS.1).await.json();
        let ticket = answer["id"].as_str().or(answer["ticket_id"].as_str()).unwrap().to_owned();
        reached(&desk, Kind::TicketSaved, &ticket).await;
        let near = user.enter(&ticket).await;
        let far = desk.login("it-agent").await.at(&desk.url(1)).enter(&ticket).await;
        Self { desk, user, ticket, near, far, told: 0 }
    }

    async fn come_back(&mut self) {
        self.near = self.user.enter(&self.ticket).await;
    }

    /// The message is where it belongs, once, whoever looks; the one at the second process did nothing for it.
    async fn expect_once(&mut self, id: &str) {
        let seen = self.far.next("chat").await;
        self.told += 1;
        assert_eq!((&seen["client_message_id"], &seen["seq"]), (&json!(id), &json!(self.told + 1)));
        self.near.send(&json!({"type": "resume", "after_seq": self.told})).await;
        self.near.next_where("chat", |frame| *frame == seen).await;
        self.desk.drained().await;
        let unasked = self.far.so_far().await;
        assert!(unasked.iter().all(|frame| frame["type"] != "chat"), "{unasked:?}");
        let kept = self.user.get(&format!("/tickets/{}/messages", self.ticket)).await.expect(200);
        assert_eq!(kept["items"].as_array().unwrap().len(), self.told + 1);
        let saved = self.desk.stored_about(Kind::MessageSaved, &self.ticket).await;
        assert_eq!(saved.len(), self.told);
        // The ticket's own call is one more.
        let calls = self.desk.stored_events(Kind::AuditWebhookReceived).await;
        assert_eq!(calls.len(), self.told + 1);
        assert!(self.desk.dead_letters().await.is_empty());
    }
}

#[tokio::test]
async fn after_a_message_was_sent() {
    let mut talk = Talk::start().await;
    for victim in VICTIMS {
        talk.desk.kill(Part::Workers(0));
        let id = format!("{victim:?}");
        let ack = talk.near.say_as(&id, "Hello").await;
        assert_eq!(ack.get("seq"), None, "it is on disk, and nobody has stored it");
        talk.desk.kill(victim);
        revive(&mut talk.desk, victim).await;
        if victim == Part::Ingress(0) {
            talk.come_back().await;
        }
        talk.expect_once(&id).await;
    }
}

/// The message is in the store, and neither was the room told nor is `message.saved` in the stream.
#[tokio::test]
async fn after_a_message_was_stored_before_it_was_told() {
    let mut talk = Talk::start().await;
    let store = talk.desk.store().await;
    for victim in VICTIMS {
        let id = format!("{victim:?}");
        let away = talk.desk.take_store_away();
        talk.near.say_as(&id, "Hello").await;
        in_hand(&talk.desk, |count| count >= 1).await;
        talk.desk.kill(Part::Nats(0));
        drop(away);
        eventually("the message is written", || async {
            let stored = stored_messages(&*store, &talk.ticket).await;
            stored.last().filter(|message| message.client_message_id.as_ref() == Some(&id)).map(drop)
        })
        .await;
        let unasked = talk.far.so_far().await;
        assert!(unasked.iter().all(|frame| frame["type"] != "chat"), "nobody was told: {unasked:?}");
        if victim != Part::Nats(0) {
            talk.desk.kill(victim);
        }
        talk.desk.restart(Part::Nats(0)).await;
        if victim != Part::Nats(0) {
            talk.desk.restart(victim).await;
        }
        talk.desk.ready().await;
        if victim == Part::Ingress(0) {
            talk.come_back().await;
        }
        talk.expect_once(&id).await;
    }
}

/// What the desk itself says is told as what people say.
#[tokio::test]
async fn after_a_ticket_was_released() {
    let mut desk = super::desk().start().await;
    let (user, admin) = (desk.login("user1").await, desk.login("admin").await);
    for (number, victim) in VICTIMS.into_iter().enumerate() {
        let answer = user.raise(HARMFUL.0, HARMFUL.1).await.json();
        let id = answer["id"].as_str().or(answer["ticket_id"].as_str()).unwrap().to_owned();
        reached(&desk, Kind::TicketSaved, &id).await;
        desk.drained().await;
        desk.kill(Part::Workers(0));
        let pools = r#"["ratelimit","moderation","persistence","webhooks","notify"]"#;
        desk.set_for(Part::Workers(0), "workers.pools", pools);
        desk.restart(Part::Workers(0)).await;
        desk.ready().await;
        admin.call(Method::POST, &format!("/tickets/{id}/release")).await.expect(202);
        reached(&desk, Kind::TicketReleased, &id).await;
        in_hand(&desk, |count| count == 0).await;
        desk.kill(victim);
        revive(&mut desk, victim).await;
        let path = format!("/tickets/{id}");
        let shown = eventually("it is assigned", || async {
            let shown = admin.get(&path).await.json();
            (shown["ticket"]["status"] == "assigned").then_some(shown)
        })
        .await;
        desk.drained().await;
        let said = shown["messages"].as_array().unwrap();
        assert!(said.len() == 2 && said.iter().all(|message| message["sender_role"] == "system"), "{said:?}");
        assert_eq!(
            (&shown["ticket"]["misuse_flag"], shown["ticket"]["assignee_id"].is_string()),
            (&Value::from(false), true)
        );
        for kind in [Kind::TicketSaved, Kind::TicketReleased, Kind::TicketRouted, Kind::TicketAssigned] {
            assert_eq!(desk.stored_about(kind, &id).await.len(), 1, "{kind}");
        }
        assert_eq!(user.get("/quota").await.expect(200)["used"], number + 1);
    }
    assert!(desk.dead_letters().await.is_empty());
}
