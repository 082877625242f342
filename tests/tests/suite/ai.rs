//! The bot.

mod answers;
mod away;
mod hand_over;
mod injection;
mod model;
mod sessions;
mod stream;
mod suggestions;

use serde_json::{Value, json};
use tests::{Answer, Client, eventually};

/// Articles that the questions of these tests are about.
const VPN: &str = "Open Causeway on your laptop, choose **Connect** and approve on your phone.\n\n## In a hotel\n\n\
    Hotel networks often block the VPN. Open a browser and accept the welcome page of the hotel first. If that does not \
    help, use your phone as a hotspot.\n\n## Slow connections\n\nClose large uploads and video streams.";
const PAY: &str = "Salaries are paid on the 25th of each month. When the 25th is a Sunday, the money comes on the Friday \
    before.\n\n## Payslips\n\nPayslips are in Hearth under **Pay**.";

/// Makes an article and publishes it.
async fn publish(admin: &Client, title: &str, body: &str, audience: &str) -> String {
    let article = json!({"title": title, "body": body, "audience": audience, "tags": []});
    let made = admin.post("/articles", &article).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    admin.post(&format!("/articles/{id}/publish"), &json!({})).await.expect(200);
    id
}

/// The same, and waits until the bot knows them.
async fn publish_both(admin: &Client) {
    publish(admin, "Connect to the VPN", VPN, "everyone").await;
    publish(admin, "Payday", PAY, "everyone").await;
    knows(admin, "How do I connect to the VPN?", "Connect to the VPN").await;
    knows(admin, "When are salaries paid?", "Payday").await;
}

async fn ask(person: &Client, query: &str) -> Answer {
    person.post("/ai/self-serve-query", &json!({"query": query})).await
}

async fn ask_in(person: &Client, session: &Value, query: &str) -> Answer {
    person.post("/ai/self-serve-query", &json!({"query": query, "session_id": session})).await
}

/// Waits until an answer rests on an article before all others.
async fn knows(person: &Client, query: &str, title: &str) -> Value {
    eventually(&format!("the bot knows {title}"), || async {
        let answer = ask(person, query).await.json();
        (answer["sources"][0]["title"] == title).then_some(answer)
    })
    .await
}

/// The numbers in brackets of an answer.
fn numbers(answer: &Value) -> Vec<u64> {
    let text = answer["answer"].as_str().unwrap();
    text.split('[').skip(1).filter_map(|part| part.split_once(']')?.0.parse().ok()).collect()
}

/// What holds of every answer.
fn check(answer: &Value) {
    assert_eq!(answer["isAI"], true, "{answer}");
    let sources = answer["sources"].as_array().unwrap();
    let known: Vec<u64> = sources.iter().map(|source| source["number"].as_u64().unwrap()).collect();
    let named = numbers(answer);
    assert!(named.iter().all(|number| known.contains(number)), "{answer}");
    assert!(known.iter().all(|number| named.contains(number)), "{answer}");
    assert_eq!(answer["answered"], !sources.is_empty(), "{answer}");
    assert!(answer["answer"].as_str().unwrap().chars().count() <= contracts::ai::ANSWER_MAX, "{answer}");
    let shown = answer.to_string();
    assert!(!shown.contains("://") && !shown.contains("]("), "{answer}");
}
