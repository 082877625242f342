//! What an operator does with the data of a desk: move it to a cluster, keep it elsewhere and bring it back.

mod backup;
mod transfer;

use std::{
    collections::BTreeMap,
    process::{Command, Output},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tests::{Client, Desk, eventually};
use tokio::task::JoinHandle;

/// A text in which moderation finds no harm, and one in which it does.
const HARMLESS: (&str, &str) = ("My laptop does not start", "It stays black since this morning's update.");
const HARMFUL: (&str, &str) =
    ("You are worthless scum", "I will find you at home and kill you tonight, you pathetic pig.");

/// Runs a command to its end, while the rest of the test goes on; whether it went well, and all that it said.
pub(super) async fn run(mut command: Command) -> (bool, String) {
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.success(), said)
}

/// The id of a ticket that was answered or accepted.
fn id_of(answer: &Value) -> String {
    answer["id"].as_str().or(answer["ticket_id"].as_str()).unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// How often a [`Writer`] writes: as fast as it could, no copy would ever catch up with it.
const PACE: Duration = Duration::from_millis(50);

/// Somebody who raises tickets and says something in one of them, again and again.
struct Writer {
    stop: Arc<AtomicBool>,
    taken: Arc<Mutex<Taken>>,
    task: JoinHandle<()>,
}

/// What was taken of a writer.
#[derive(Clone, Default)]
struct Taken {
    tickets: Vec<String>,
    messages: usize,
}

impl Writer {
    /// Begins, in a ticket that is there.
    fn start(user: Client, ticket: String) -> Self {
        let (stop, taken) = (Arc::<AtomicBool>::default(), Arc::<Mutex<Taken>>::default());
        let (stopped, told) = (Arc::clone(&stop), Arc::clone(&taken));
        let task = tokio::spawn(async move {
            let mut pace = tokio::time::interval(PACE);
            while !stopped.load(Ordering::Relaxed) {
                pace.tick().await;
                let id = id_of(&user.raise(HARMLESS.0, HARMLESS.1).await.json());
                let number = {
                    let mut taken = told.lock().unwrap();
                    taken.tickets.push(id);
                    taken.messages + 1
                };
                // While no worker says who may speak, nobody may.
                let said = json!({"content": format!("{number}"), "client_message_id": format!("writer-{number}")});
                let answer = user.post(&format!("/tickets/{ticket}/messages"), &said).await;
                match answer.status.as_u16() {
                    503 => {}
                    201 | 202 => told.lock().unwrap().messages = number,
                    _ => panic!("{}", answer.text),
                }
            }
        });
        Self { stop, taken, task }
    }

    fn so_far(&self) -> Taken {
        self.taken.lock().unwrap().clone()
    }

    /// Waits until so many more tickets were taken.
    async fn more(&self, count: usize) {
        let enough = self.so_far().tickets.len() + count;
        eventually("tickets are taken", || async { (self.so_far().tickets.len() >= enough).then_some(()) }).await;
    }

    /// Ends it; what was taken.
    async fn stop(self) -> Taken {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap();
        self.taken.lock().unwrap().clone()
    }
}

/// A desk on which everything has happened once, with what it looks like to people.
struct Story {
    tickets: Vec<String>,
}

impl Story {
    async fn tell(desk: &Desk) -> Self {
        let (user, agent, admin) = (desk.login("user1").await, desk.login("it-agent").await, desk.login("admin").await);
        let mut tickets = Vec::new();
        for (number, text) in [HARMLESS, HARMLESS, HARMLESS, HARMFUL].into_iter().enumerate() {
            let id = id_of(&user.raise(text.0, text.1).await.json());
            if text != HARMFUL {
                eventually("it is assigned", || async {
                    (user.get(&format!("/tickets/{id}")).await.status == 200).then_some(())
                })
                .await;
                for count in 0..=number {
                    let said = json!({"content": format!("Line {count}"), "client_message_id": format!("{count}")});
                    user.post(&format!("/tickets/{id}/messages"), &said).await.expect(201);
                    agent.post(&format!("/tickets/{id}/messages"), &json!({"content": "I see."})).await.expect(201);
                }
            }
            tickets.push(id);
        }
        let resolved = json!({"rating": 4, "feedback": "Fine"});
        user.post(&format!("/tickets/{}/resolve", tickets[1]), &resolved).await.expect(200);
        let hr = json!({"department": "HR", "reason": "Not ours"});
        agent.post(&format!("/tickets/{}/assign", tickets[2]), &hr).await.expect(200);
        let gone = desk.new_user().await;
        let disabled = admin.request(reqwest::Method::PATCH, &format!("/users/{}", gone.id()));
        assert_eq!(disabled.json(&json!({"disabled": true})).send().await.unwrap().status(), 200);
        let notice = eventually("the admin hears of it", || async {
            let notices = admin.get("/notifications").await.json();
            notices["items"][0]["id"].as_str().map(str::to_owned)
        })
        .await;
        admin.call(reqwest::Method::POST, &format!("/notifications/{notice}/read")).await.expect(204);
        desk.drained().await;
        Self { tickets }
    }

    /// Panics unless people see what they saw.
    async fn expect(&self, desk: &Desk, seen: &BTreeMap<String, Value>) {
        for (what, now) in self.look(desk).await {
            assert_eq!(Some(&now), seen.get(&what), "{what}");
        }
    }

    /// What people see.
    async fn look(&self, desk: &Desk) -> BTreeMap<String, Value> {
        let mut seen = BTreeMap::new();
        let admin = desk.login("admin").await;
        for name in ["user1", "it-agent", "hr-agent", "admin"] {
            let client = desk.login(name).await;
            seen.insert(format!("{name}: me"), client.get("/auth/me").await.expect(200));
            for id in &self.tickets {
                let answer = client.get(&format!("/tickets/{id}")).await;
                seen.insert(format!("{name}: {id}"), json!([answer.status.as_u16(), answer.json()]));
            }
            let listed = listed(&client).await.into_iter();
            let ours = listed.filter(|item| self.tickets.iter().any(|id| item["id"] == id.as_str()));
            seen.insert(format!("{name}: list"), ours.collect());
        }
        seen.insert("notifications".to_owned(), admin.get("/notifications").await.expect(200));
        seen
    }
}

/// Every ticket that somebody sees.
async fn listed(client: &Client) -> Vec<Value> {
    let mut listed = Vec::new();
    let mut path = "/tickets?limit=100".to_owned();
    loop {
        let page = client.get(&path).await.expect(200);
        listed.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return listed };
        path = format!("/tickets?limit=100&cursor={next}");
    }
}

/// Waits until a desk is at rest, then checks that each of these tickets is there once, and that a ticket's messages have no
/// gap; how many there are.
async fn expect_whole(desk: &Desk, tickets: &[String], ticket: &str) -> usize {
    desk.drained().await;
    let admin = desk.login("admin").await;
    let mut listed = BTreeMap::<String, usize>::new();
    for item in self::listed(&admin).await {
        *listed.entry(item["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for id in tickets {
        assert_eq!(listed.get(id), Some(&1), "{id}");
    }
    let saved = desk.stored_events(contracts::Kind::TicketSaved).await;
    let ids: std::collections::BTreeSet<_> = saved.iter().map(|saved| saved.envelope.event.entity_id()).collect();
    assert_eq!((ids.len(), saved.len()), (listed.len(), listed.len()), "each is told to be saved once");
    let mut places = Vec::new();
    loop {
        let after = places.last().copied().unwrap_or(0);
        let page = admin.get(&format!("/tickets/{ticket}/messages?after_seq={after}&limit=100")).await.expect(200);
        places.extend(page["items"].as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()));
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(places, (1..=places.len() as u64).collect::<Vec<_>>());
    assert!(desk.dead_letters().await.is_empty());
    places.len()
}
